"""Cautions by each condition's own threshold, and the question that would tell most."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trabecula.model import Caution, Question
from trabecula.model.arrays import Float64
from trabecula.reason.evidence import Finding
from trabecula.reason.knowledge import Ask, Condition, Gamut
from trabecula.reason.weighing import Table, Weighed, softmax

QUESTIONS = 6
"""How many questions are put at most."""

ASKING = 0.02
"""A condition asks only from this probability on."""

CONFIRMING = 3
"""So many questions are put even where the answer is hardly in doubt."""

LEAST_GAIN_BITS = 0.01
"""A question that tells less is not worth the words."""

COST_BITS = 0.12
"""What one step of cost must bring more to come first, bits."""

OPEN_SHARE = 0.5
"""A condition keeps its prohibitions over questions down to this share of its threshold."""

CONFIRMING_COST_BITS = 1.0
"""The same for a question that only confirms, whose bits are those of the leading condition."""

WOUNDING_SHARE = 1.0 / 3.0
"""A test that wounds (any with a named act) is put only where the conditions that ask for it hold
this share together: a quiet calcified node is not biopsied because a sarcoma cannot be excluded."""

LEADING = 3
"""Conditions shown after either answer."""


def together(table: Table, posterior: Float64) -> Float64:
    """Add up the probability of each condition's family, one figure a condition."""
    total: Float64 = table.members @ (posterior @ table.members)
    return total


def cautions(gamut: Gamut, table: Table, posterior: Float64) -> tuple[Caution, ...]:
    """Say what must not be done, for every condition past its threshold, most probable first.

    A condition of a family that passes the threshold together warns even when it alone would
    not; the same words are said once.
    """
    open_ = np.flatnonzero(together(table, posterior) >= table.threshold)
    given: dict[str, Caution] = {}
    for column in open_[np.argsort(-posterior[open_], kind="stable")]:
        condition = gamut.conditions[column]
        for avoid in condition.avoid:
            given.setdefault(avoid.text, Caution(condition.id, avoid.text, avoid.source))
    return tuple(given.values())


def forbidden_acts(gamut: Gamut, table: Table, posterior: Float64) -> frozenset[str]:
    """Name the acts that no question may propose while a condition that forbids them is open."""
    open_ = np.flatnonzero(together(table, posterior) >= OPEN_SHARE * table.threshold)
    return frozenset(
        act for column in open_ for avoid in gamut.conditions[column].avoid for act in avoid.forbids
    )


def questions(
    gamut: Gamut,
    table: Table,
    weighed: Weighed,
    *,
    found: Sequence[Finding],
    unseen: frozenset[str] = frozenset(),
) -> tuple[Question, ...]:
    """Choose the questions that are worth most, best first; ties by sign.

    Worth is the expected fall of entropy over the differential, less what the test costs.
    ``unseen`` are the signs that an image was searched for and could not show: to ask for them
    again by the same means tells nothing.
    """
    settled = unseen | {finding.name for finding in found if not finding.implied}
    asks = _open_asks(gamut, table, weighed.posterior, settled)
    if not asks:
        return ()
    rows = np.array([table.index[ask.sign] for ask in asks])
    gain, after = _expected_gain(table, weighed, rows)
    worth = gain - COST_BITS * np.array([ask.cost for ask in asks])
    order = sorted(range(len(asks)), key=lambda n: (-worth[n], asks[n].sign))
    best = [n for n in order if gain[n] >= LEAST_GAIN_BITS][:QUESTIONS]
    best += _confirming(table, weighed, asks)[: max(0, CONFIRMING - len(best))]
    best = list(dict.fromkeys(best))
    return tuple(
        Question(
            sign=asks[n].sign,
            text=asks[n].text,
            expected_gain_bits=max(0.0, float(gain[n])),
            source=asks[n].source,
            if_present=_leaders(gamut.conditions, after[0, n]),
            if_absent=_leaders(gamut.conditions, after[1, n]),
        )
        for n in best
    )


def _confirming(table: Table, weighed: Weighed, asks: Sequence[Ask]) -> list[int]:
    """Order questions by what they would tell of the leading condition, were it that.

    Where little is in doubt no answer brings many bits, and yet one wants it confirmed.
    """
    lead = int(weighed.posterior.argmax())
    rows = np.array([table.index[ask.sign] for ask in asks])
    p, p0 = table.probability[rows, lead], table.background[rows]
    bits = p * np.log2(p / p0) + (1 - p) * np.log2((1 - p) / (1 - p0))
    worth = bits - CONFIRMING_COST_BITS * np.array([ask.cost for ask in asks])
    heard = [n for n in range(len(asks)) if table.stated[rows[n], lead]]
    return sorted(heard, key=lambda n: (-worth[n], asks[n].sign))


def _open_asks(
    gamut: Gamut, table: Table, posterior: Float64, settled: frozenset[str]
) -> list[Ask]:
    """Questions of the likely conditions that are not settled and hurt nobody."""
    barred = forbidden_acts(gamut, table, posterior)
    asks: dict[str, Ask] = {}
    wanted: dict[str, float] = {}
    likely = np.flatnonzero(posterior >= ASKING)
    for column in likely[np.argsort(-posterior[likely], kind="stable")]:
        for ask in gamut.conditions[column].ask:
            if ask.sign not in settled and ask.act not in barred:
                asks.setdefault(ask.sign, ask)
                wanted[ask.sign] = wanted.get(ask.sign, 0.0) + float(posterior[column])
    return [a for a in asks.values() if not a.act or wanted[a.sign] >= WOUNDING_SHARE]


def _expected_gain(
    table: Table, weighed: Weighed, rows: NDArray[np.int64]
) -> tuple[Float64, Float64]:
    """Bits each sign is expected to bring, and the differential after either answer.

    Returns
    -------
    gain : (q,) float64
    after : (2, q, c) float64
        First when the sign turns out present, then absent.
    """
    p, p0 = table.probability[rows], table.background[rows][:, None]
    pulls = np.stack([np.log(p / p0), np.log((1 - p) / (1 - p0))]).clip(-table.cap, table.cap)
    known = (table.group[rows][:, None] == table.group[weighed.rows][None, :]).sum(axis=1)
    pulls *= (table.group_share**known)[None, :, None]
    after = softmax((weighed.score + pulls) / table.temperature)
    present = p @ weighed.posterior
    now = _entropy_bits(table, weighed.posterior)
    later = _entropy_bits(table, after)
    gain: Float64 = now - present * later[0] - (1 - present) * later[1]
    return gain, after


def _entropy_bits(table: Table, probability: Float64) -> Float64:
    """Bits of doubt between families; which member it is changes little for the patient."""
    family = probability @ table.members
    entropy: Float64 = -(family * np.log2(np.maximum(family, 1e-12))).sum(axis=-1)
    return entropy


def _leaders(conditions: Sequence[Condition], posterior: Float64) -> tuple[tuple[str, float], ...]:
    order = np.argsort(-posterior, kind="stable")[:LEADING]
    return tuple((conditions[n].id, float(posterior[n])) for n in order)
