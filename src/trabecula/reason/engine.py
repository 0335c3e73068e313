"""Signs and context in; a ranked differential with its reasons, cautions and questions out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from math import exp, log

import numpy as np

from trabecula.model import Candidate, Context, Reason, Reasoning, Sign
from trabecula.model.arrays import Float64
from trabecula.reason.advice import cautions, questions
from trabecula.reason.evidence import Finding, about_mineral, findings
from trabecula.reason.knowledge import OTHER, Condition, Gamut, load_gamut
from trabecula.reason.weighing import Table, Weighed, table_of, weigh

LEAST_PROBABILITY = 0.003
"""A condition less probable than this is not listed; ``other`` always is."""

LEAST_PULL = log(1.1)
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
        avoid=cautions(gamut, table, weighed.posterior),
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
    return tuple(
        _candidate(gamut.conditions[column], rank, _Case(column, table, weighed, found))
        for rank, column in enumerate(order, 1)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """One condition's column in everything that was weighed."""

    column: int
    table: Table
    weighed: Weighed
    found: Sequence[Finding]


def _candidate(condition: Condition, rank: int, case: _Case) -> Candidate:
    reasons = _reasons(condition, case)
    spoken_of = {finding.name for finding in case.found}
    unknown = (name for name in case.table.telling[case.column] if name not in spoken_of)
    return Candidate(
        rank=rank,
        id=condition.id,
        name=condition.name,
        probability=float(case.weighed.posterior[case.column]),
        synonyms=condition.synonyms,
        codes=condition.codes,
        reasons_for=tuple(r for r in reasons if r.likelihood_ratio > 1),
        reasons_against=tuple(r for r in reversed(reasons) if r.likelihood_ratio < 1),
        not_assessed=tuple(islice(unknown, NOT_ASSESSED)),
    )


def _reasons(condition: Condition, case: _Case) -> list[Reason]:
    """Every pull worth naming, strongest for first; ratios are those that counted."""
    source, weighed = case.table.sources[case.column], case.weighed
    strong = [
        (pull, finding.name, source.get(finding.name, SILENT))
        for pull, finding in zip(weighed.pull[:, case.column].tolist(), case.found, strict=True)
        if not -LEAST_PULL < pull < LEAST_PULL
    ]
    for name, pull, cited in (
        ("age", float(weighed.age_pull[case.column]), condition.age_source),
        ("sex", float(weighed.sex_pull[case.column]), condition.sex_source),
    ):
        if abs(pull) >= LEAST_PULL:
            strong.append((pull, name, cited))
    strong.sort(key=lambda entry: (-entry[0], entry[1]))
    return [Reason(name, exp(pull), cited) for pull, name, cited in strong]
