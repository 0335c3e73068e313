"""Signs and context in; a ranked differential with its reasons, cautions and questions out."""

from collections.abc import Iterable, Sequence

import numpy as np

from trabecula.model import Candidate, Context, Reason, Reasoning, Sign
from trabecula.model.arrays import Float64
from trabecula.reason.advice import cautions, questions
from trabecula.reason.evidence import Finding, about_mineral, findings
from trabecula.reason.knowledge import OTHER, Condition, Gamut, load_gamut
from trabecula.reason.weighing import Table, Weighed, table_of, weigh

LEAST_PROBABILITY = 0.002
"""A condition less probable than this is not listed; ``other`` always is."""

LEAST_PULL = float(np.log(1.1))
"""A likelihood ratio nearer to 1 than 1.1 is no reason."""

NOT_ASSESSED = 5
"""How many of the heaviest signs nobody looked for are listed with a condition."""


SILENT = ("closed list: this condition is not known to show it",)
"""Source of a pull against a condition that lists its signs of this group completely."""


def reason(
    signs: Iterable[Sign], context: Context | None = None, *, gamut: Gamut | None = None
) -> Reasoning:
    """Rank what the signs may mean.

    Parameters
    ----------
    signs
        From image, report and form; those of the context are added.
    context
        Age, sex and further signs. Age and sex are priors.
    gamut
        The one that comes with the package by default.

    Returns
    -------
    Reasoning
        Differential with reasons, cautions, questions. Empty where no sign is about mineral, a
        mass or a proof of disease: nothing is made out of nothing.
    """
    gamut = gamut or load_gamut()
    context = context or Context()
    found = findings((*signs, *context.signs), gamut.weights)
    if not about_mineral(found, gamut.weights):
        return Reasoning(differential=(), avoid=(), next=(), gamut_version=gamut.version)
    table = table_of(gamut)
    weighed = weigh(table, found, age_years=context.age_years, sex=context.sex)
    return Reasoning(
        differential=_differential(gamut, table, weighed, found),
        avoid=cautions(gamut, weighed.posterior),
        next=questions(gamut, table, weighed, found),
        gamut_version=gamut.version,
    )


def posterior(
    signs: Iterable[Sign], context: Context | None = None, *, gamut: Gamut | None = None
) -> Float64:
    """Probability of each condition, in the gamut's order, without reasons or advice."""
    gamut = gamut or load_gamut()
    context = context or Context()
    found = findings((*signs, *context.signs), gamut.weights)
    weighed = weigh(table_of(gamut), found, age_years=context.age_years, sex=context.sex)
    return weighed.posterior


def _differential(
    gamut: Gamut, table: Table, weighed: Weighed, found: Sequence[Finding]
) -> tuple[Candidate, ...]:
    """Most probable first; equal ones in order of id."""
    order = [
        int(column)
        for column in np.argsort(-weighed.posterior, kind="stable")
        if weighed.posterior[column] >= LEAST_PROBABILITY or gamut.conditions[column].id == OTHER
    ]
    looked_for = np.zeros(len(table.index), dtype=bool)
    looked_for[weighed.rows] = True
    return tuple(
        _candidate(gamut.conditions[column], rank, column, (table, weighed, found, looked_for))
        for rank, column in enumerate(order, 1)
    )


def _candidate(
    condition: Condition,
    rank: int,
    column: int,
    case: tuple[Table, Weighed, Sequence[Finding], np.ndarray],
) -> Candidate:
    table, weighed, found, looked_for = case
    reasons = _reasons(condition, column, weighed, found)
    return Candidate(
        rank=rank,
        id=condition.id,
        name=condition.name,
        probability=float(weighed.posterior[column]),
        synonyms=condition.synonyms,
        codes=condition.codes,
        reasons_for=tuple(r for r in reasons if r.likelihood_ratio > 1),
        reasons_against=tuple(r for r in reversed(reasons) if r.likelihood_ratio < 1),
        not_assessed=_heaviest_unknown(table, column, looked_for),
    )


def _reasons(
    condition: Condition, column: int, weighed: Weighed, found: Sequence[Finding]
) -> list[Reason]:
    """Every pull worth naming, strongest for first; ratios are those that counted."""
    source = {line.sign: line.source for line in condition.lines}
    pulls = [
        (float(weighed.pull[n, column]), finding.name, source.get(finding.name, SILENT))
        for n, finding in enumerate(found)
    ]
    pulls.append((float(weighed.age_pull[column]), "age", condition.age_source))
    pulls.append((float(weighed.sex_pull[column]), "sex", condition.sex_source))
    strong = [pull for pull in pulls if abs(pull[0]) >= LEAST_PULL]
    strong.sort(key=lambda pull: (-pull[0], pull[1]))
    return [Reason(name, float(np.exp(pull)), cited) for pull, name, cited in strong]


def _heaviest_unknown(table: Table, column: int, looked_for: np.ndarray) -> tuple[str, ...]:
    """Signs nobody looked for that would tell most about this condition."""
    rows = np.flatnonzero(table.stated[:, column] & ~looked_for)
    p, p0 = table.probability[rows, column], table.background[rows]
    telling = p * np.log(p / p0) + (1 - p) * np.log((1 - p) / (1 - p0))
    names = list(table.index)
    best = np.argsort(-telling, kind="stable")[:NOT_ASSESSED]
    return tuple(names[rows[n]] for n in best)
