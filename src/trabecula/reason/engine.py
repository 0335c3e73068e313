"""Signs and context in; a ranked differential with its reasons, cautions and questions out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from math import exp, log

import numpy as np

from trabecula.model import Candidate, Context, Origin, Presence, Reason, Reasoning, Sign
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

UNTOLD = "untold"
"""Stands among the names of pulls for what the history does not tell."""

NOT_TOLD = "not told: a report on this condition hardly ever leaves it out"
"""Source of that pull; the reason carries the name of the first sign left out."""


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
    every = (*signs, *context.signs)
    found = findings(every, gamut.weights)
    if not about_mineral(found, gamut.weights):
        return Reasoning(differential=(), avoid=(), next=(), gamut_version=gamut.version)
    table = table_of(gamut)
    weighed = weigh(table, found, age_years=context.age_years, sex=context.sex)
    unseen = frozenset(
        sign.name
        for sign in every
        if sign.presence is Presence.NOT_ASSESSED and sign.origin is Origin.IMAGE
    )
    return Reasoning(
        differential=_differential(gamut, table, weighed, found),
        avoid=cautions(gamut, table, weighed.posterior),
        next=questions(gamut, table, weighed, found=found, unseen=unseen),
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
    conditions, posterior = gamut.conditions, weighed.posterior.tolist()
    order = [
        column
        for column in np.argsort(-weighed.posterior, kind="stable").tolist()
        if posterior[column] >= LEAST_PROBABILITY or conditions[column].id == OTHER
    ]
    names = [finding.name for finding in found]
    parts = [weighed.pull, weighed.age_pull, weighed.sex_pull, weighed.silence]
    pulls = np.vstack(parts).T[order].tolist()
    case = _Case((*names, "age", "sex", UNTOLD), frozenset(names), table)
    return tuple(
        _candidate(case, rank, _Column(conditions[column], column, posterior[column], pull))
        for rank, (column, pull) in enumerate(zip(order, pulls, strict=True), 1)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """What was found, under the names that reasons carry; age and sex come last."""

    names: tuple[str, ...]
    spoken_of: frozenset[str]
    table: Table


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """One condition in everything that was weighed."""

    condition: Condition
    number: int
    probability: float
    pull: Sequence[float]


def _candidate(case: _Case, rank: int, column: _Column) -> Candidate:
    condition = column.condition
    reasons, favourable = _reasons(case, column)
    unknown = (n for n in case.table.telling[column.number] if n not in case.spoken_of)
    return Candidate(
        rank=rank,
        id=condition.id,
        name=condition.name,
        probability=column.probability,
        synonyms=condition.synonyms,
        codes=condition.codes,
        reasons_for=tuple(reasons[:favourable]),
        reasons_against=tuple(reversed(reasons[favourable:])),
        not_assessed=tuple(islice(unknown, NOT_ASSESSED)),
    )


def _reasons(case: _Case, column: _Column) -> tuple[list[Reason], int]:
    """Every pull worth naming, strongest for first, and how many speak for."""
    strong = [
        (-pull, name)
        for pull, name in zip(column.pull, case.names, strict=True)
        if not -LEAST_PULL < pull < LEAST_PULL
    ]
    strong.sort()
    condition = column.condition
    source = {**case.table.sources[column.number], UNTOLD: (NOT_TOLD, *condition.told_source)}
    reasons = [
        Reason(condition.told[0] if name == UNTOLD else name, exp(-fall), source.get(name, SILENT))
        for fall, name in strong
    ]
    return reasons, sum(fall < 0 for fall, _ in strong)
