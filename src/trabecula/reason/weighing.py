"""How findings weigh: likelihood ratios both ways, shared by group, on top of a prior."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from trabecula.model import sign_definitions
from trabecula.model.arrays import Float64
from trabecula.reason.evidence import CERTAIN_ENOUGH, Finding
from trabecula.reason.knowledge import AGE_BANDS, OTHER, Condition, Gamut, Weights

TINY = 1e-4
"""No likelihood is nearer to 0 or 1 than this."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The gamut as arrays; rows are signs, columns conditions in the gamut's order.

    Attributes
    ----------
    index
        Row of each sign.
    probability : (s, c) float64
        Of the sign being present; the background where the condition says nothing.
    stated : (s, c) bool
        Whether the condition says anything about the sign.
    background : (s,) float64
        Of the sign being present in the whole gamut, weighed by the prior.
    incompatible : (s, c) bool
        Signs a condition does not survive.
    group : (s,) int64
        Number of each sign's group.
    prior : (c,) float64
        Natural logarithm of the pre-test weight.
    age : (c, b) float64
        Share of patients by age band; not a number where the condition says nothing.
    male : (c,) float64
        Share of men; not a number where the condition says nothing.
    calcium, bone : (s,) bool
        Which kind of mineral a sign speaks for.
    makes_bone, makes_calcium : (c,) bool
        What a condition may make.
    telling
        For each condition the names of its signs, the one that would tell most first.
    sources
        For each condition the sources of its line on each sign, and of age and sex.
    members : (c, f) float64
        1 where the condition belongs to the family; members warn together.
    reliability, reliability_absent : (s,) float64
        How often a sign said to be present is there, and one said to be absent is not.
    alternative : (s,) bool
        Signs of a group of which one true one is enough.
    history : (s,) bool
        Signs that a history is made of.
    told : (s, c) bool
        Signs one of which a report on a condition hardly ever leaves out.
    threshold : (c,) float64
        Probability of the family from which a condition's cautions are given.
    """

    index: dict[str, int]
    probability: Float64
    stated: NDArray[np.bool_]
    background: Float64
    incompatible: NDArray[np.bool_]
    group: NDArray[np.int64]
    prior: Float64
    age: Float64
    male: Float64
    calcium: NDArray[np.bool_]
    bone: NDArray[np.bool_]
    makes_bone: NDArray[np.bool_]
    makes_calcium: NDArray[np.bool_]
    telling: tuple[tuple[str, ...], ...]
    sources: tuple[Mapping[str, tuple[str, ...]], ...]
    members: Float64
    threshold: Float64
    reliability: Float64
    reliability_absent: Float64
    alternative: NDArray[np.bool_]
    history: NDArray[np.bool_]
    told: NDArray[np.bool_]
    untold: float
    history_signs: float
    temperature: float
    group_share: float
    cap: float
    fatal: float
    prior_cap: float


@lru_cache(maxsize=8)
def table_of(gamut: Gamut) -> Table:
    """Turn the gamut into arrays, once."""
    known, weights, scale = sign_definitions(), gamut.weights, gamut.weights.scale
    index = {name: row for row, name in enumerate(known)}
    conditions = gamut.conditions
    families = {name: n for n, name in enumerate(dict.fromkeys(c.family for c in conditions))}
    groups = {name: n for n, name in enumerate(sorted({d.group for d in known.values()}))}
    weight = _pre_test(conditions, weights)
    stated = np.full((len(index), len(conditions)), np.nan)
    fatal = np.zeros(stated.shape, dtype=bool)
    for column, condition in enumerate(conditions):
        for line in condition.lines:
            stated[index[line.sign], column] = line.probability
        fatal[[index[name] for name in condition.incompatible], column] = True
    usual = np.array(
        [
            weights.background_of.get(n, weights.background.get(d.kind, 0.5))
            for n, d in known.items()
        ]
    )
    filled = np.where(np.isnan(stated), usual[:, None], stated)
    genes = np.array([d.kind == "gene" for d in known.values()])
    floor = np.where(genes, scale["gene_floor"], scale["floor"])
    background = np.clip(filled @ (weight / weight.sum()), floor, 1 - floor)
    probability = np.where(np.isnan(stated), background[:, None], stated)
    says = ~np.isnan(stated)
    group = np.array([groups[d.group] for d in known.values()])
    implied = weights.implies.items()
    for column, condition in enumerate(conditions):
        for name, ratio in condition.unlisted.items():
            silent = (group == groups[name]) & ~says[:, column]
            probability[silent, column] = background[silent] * ratio
    _raise_general(probability, says, [(index[n], [index[p] for p in v]) for n, v in implied])
    return Table(
        index=index,
        probability=np.clip(probability, TINY, 1 - TINY),
        stated=says,
        background=background,
        incompatible=fatal,
        group=group,
        prior=np.log(weight / weight.sum()),
        age=np.array([_shares(condition) for condition in conditions]),
        male=np.array([np.nan if c.male is None else c.male for c in conditions]),
        calcium=np.array([name in weights.calcium_side for name in index]),
        bone=np.array([name in weights.bone_side for name in index]),
        makes_bone=np.array([c.mineral in ("ossification", "both") for c in conditions]),
        makes_calcium=np.array([c.mineral in ("calcification", "both") for c in conditions]),
        telling=_telling(tuple(index), says, probability, background),
        sources=tuple(
            {**{n.sign: n.source for n in c.lines}, "age": c.age_source, "sex": c.sex_source}
            for c in conditions
        ),
        members=np.eye(len(families))[[families[c.family] for c in conditions]],
        threshold=np.array([c.threshold for c in conditions]),
        reliability=np.where(genes, scale["gene_reliability"], scale["reliability"]),
        reliability_absent=np.where(genes, scale["gene_reliability"], scale["reliability_absent"]),
        alternative=np.array([d.group in weights.alternatives for d in known.values()]),
        history=np.array([d.kind in weights.history_kinds for d in known.values()]),
        told=np.array([[name in c.told for c in conditions] for name in index]),
        untold=np.log(scale["untold"]),
        history_signs=scale["history_signs"],
        temperature=scale["temperature"],
        group_share=scale["group_share"],
        cap=scale["cap"],
        fatal=scale["incompatible"],
        prior_cap=scale["prior_cap"],
    )


def _raise_general(
    probability: Float64, says: NDArray[np.bool_], implied: Sequence[tuple[int, Sequence[int]]]
) -> None:
    """Make a general sign no rarer than the particular one that brings it, where that is stated."""
    for child, parents in implied:
        told = says[child]
        for parent in parents:
            at_least = np.where(told, probability[child], 0.0)
            probability[parent] = np.maximum(probability[parent], at_least)


def _pre_test(conditions: Sequence[Condition], weights: Weights) -> Float64:
    """Weight of each condition before any sign.

    Members of a family share what its commonest member weighs: a disease is not met more often
    because it is told in two files.
    """
    weight = np.array([weights.rarity[c.rarity] for c in conditions])
    for family in {c.family for c in conditions}:
        mine = np.array([c.family == family for c in conditions])
        weight[mine] *= weight[mine].max() / weight[mine].sum()
    return weight


def _telling(
    names: Sequence[str], says: NDArray[np.bool_], probability: Float64, background: Float64
) -> tuple[tuple[str, ...], ...]:
    """Signs of each condition by the information expected of them, were it that condition."""
    p0 = background[:, None]
    worth = probability * np.log(probability / p0)
    worth += (1 - probability) * np.log((1 - probability) / (1 - p0))
    order = np.argsort(np.where(says, -worth, 0.0), axis=0, kind="stable")
    return tuple(
        tuple(names[row] for row in order[:, column] if says[row, column])
        for column in range(says.shape[1])
    )


def _shares(condition: Condition) -> list[float]:
    """Share of patients in each age band, adding up to one."""
    if not condition.age:
        return [np.nan] * len(AGE_BANDS)
    total = sum(condition.age.values())
    least = 0.01
    return [max(condition.age.get(band, 0.0) / total, least) for band in AGE_BANDS]


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """What the findings do to each condition.

    Attributes
    ----------
    rows : (k,) int64
        Row of each finding in the table.
    pull : (k, c) float64
        Natural logarithm of each finding's likelihood ratio, its group's share applied.
    age_pull, sex_pull : (c,) float64
        The same for age and sex.
    silence : (c,) float64
        The same for what a report on the condition would have told.
    score : (c,) float64
        Prior and all pulls together, natural logarithm.
    posterior : (c,) float64
        Probability of each condition; adds up to one.
    """

    rows: NDArray[np.int64]
    pull: Float64
    age_pull: Float64
    sex_pull: Float64
    silence: Float64
    score: Float64
    posterior: Float64


def weigh(
    table: Table,
    found: Sequence[Finding],
    *,
    age_years: float | None = None,
    sex: str | None = None,
) -> Weighed:
    """Weigh every finding for every condition.

    Independent signs add their log ratios. Signs of one group share one weight: the strongest
    counts whole, the others less and less. A condition silent on a sign is not moved by it.

    Parameters
    ----------
    table
        From :func:`table_of`.
    found
        One finding a sign.
    age_years, sex
        Priors; ``None`` moves nothing.
    """
    rows = np.array([table.index[f.name] for f in found], dtype=np.int64)
    belief = np.array([f.belief for f in found])
    pull = _share_groups(table, rows, _ratios(table, rows, belief))
    age_pull, sex_pull = _age_pull(table, age_years), _sex_pull(table, sex)
    silence = _silence(table, rows, belief)
    score = table.prior + age_pull + sex_pull + silence + pull.sum(axis=0)
    posterior = softmax(score / table.temperature)
    return Weighed(rows, pull, age_pull, sex_pull, silence, score, posterior)


def _silence(table: Table, rows: NDArray[np.int64], belief: Float64) -> Float64:
    """Pull of a history that tells none of the signs a report on the condition would tell.

    Unknown is not absent, and the signs themselves stay unknown. But who reports bone after a
    burn tells of the burn. Without a history silence says nothing.
    """
    spoken = min(1.0, float(table.history[rows].sum()) / table.history_signs)
    met = table.told[rows[belief > CERTAIN_ENOUGH]].any(axis=0)
    return np.where(table.told.any(axis=0) & ~met, spoken * table.untold, 0.0)


def softmax(score: Float64) -> Float64:
    """Probabilities along the last axis from log weights."""
    raised = np.exp(score - score.max(axis=-1, keepdims=True))
    shares: Float64 = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _ratios(table: Table, rows: NDArray[np.int64], belief: Float64) -> Float64:
    """Log likelihood ratio of each finding; a doubtful finding pulls less."""
    p, p0 = table.probability[rows], table.background[rows][:, None]
    trust = np.where(
        belief > CERTAIN_ENOUGH, table.reliability[rows], table.reliability_absent[rows]
    )
    b = (0.5 + (belief - 0.5) * (2 * trust - 1))[:, None]
    ratio = np.log((b * p + (1 - b) * (1 - p)) / (b * p0 + (1 - b) * (1 - p0)))
    ratio = np.clip(ratio, -table.cap, table.cap)
    sure = 2 * belief[:, None] - 1
    ratio = np.where(table.incompatible[rows] & (sure > 0), table.fatal * sure, ratio)
    return _let_both_stand(table, rows, belief, ratio)


def _let_both_stand(
    table: Table, rows: NDArray[np.int64], belief: Float64, ratio: Float64
) -> Float64:
    """Where bone and calcium are both present, neither speaks against the other's conditions."""
    present = belief > CERTAIN_ENOUGH
    both = [table.index["ossification"], table.index["calcification"]]
    if not all(row in rows[present] for row in both):
        return ratio
    bone_only = table.makes_bone & ~table.makes_calcium
    calcium_only = table.makes_calcium & ~table.makes_bone
    excused = (present & table.calcium[rows])[:, None] & bone_only[None, :]
    excused |= (present & table.bone[rows])[:, None] & calcium_only[None, :]
    return np.where(excused, np.maximum(ratio, 0.0), ratio)


def _share_groups(table: Table, rows: NDArray[np.int64], ratio: Float64) -> Float64:
    """Within a group the strongest ratio counts whole, each further one a share of the last.

    Of alternatives the one that speaks most in favour comes first: a report names places where
    there is nothing, and a condition need lie in one of them only.
    """
    shared, group, share = ratio.copy(), table.group[rows], table.group_share
    numbers, counts = np.unique(group, return_counts=True)
    for number in numbers[counts > 1]:
        members = np.flatnonzero(group == number)
        weight = ratio[members] if table.alternative[rows[members[0]]] else abs(ratio[members])
        order = np.argsort(-weight, axis=0, kind="stable")
        rank = np.empty_like(order)
        np.put_along_axis(rank, order, np.arange(len(members))[:, None], axis=0)
        shared[members] = ratio[members] * share**rank
    return shared


def _age_pull(table: Table, age_years: float | None) -> Float64:
    """Log ratio of the share of patients of this age to that of the whole gamut.

    Shares are interpolated between the middles of the bands, so that a birthday changes little.
    """
    if age_years is None:
        return np.zeros(len(table.prior))
    place = np.interp(age_years, list(AGE_BANDS.values()), np.arange(len(AGE_BANDS)))
    low = min(int(place), len(AGE_BANDS) - 2)
    part = place - low
    share = (1 - part) * table.age[:, low] + part * table.age[:, low + 1]
    return _against_mean(share, table)


def _sex_pull(table: Table, sex: str | None) -> Float64:
    if sex not in ("M", "F"):
        return np.zeros(len(table.prior))
    share = table.male if sex == "M" else 1 - table.male
    return _against_mean(share, table)


def _against_mean(share: Float64, table: Table) -> Float64:
    """Log of a share over its weighted mean; 0 where a condition says nothing."""
    says = ~np.isnan(share)
    if not says.any():
        return np.zeros(len(share))
    mean = np.average(share[says], weights=np.exp(table.prior[says]))
    pull = np.zeros(len(share))
    pull[says] = np.clip(np.log(share[says] / mean), -table.prior_cap, table.prior_cap)
    return pull


def column_of(gamut: Gamut, key: str = OTHER) -> int:
    """Column of a condition in the table."""
    return next(n for n, c in enumerate(gamut.conditions) if c.id == key)
