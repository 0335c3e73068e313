"""Calcium or bone: a small sum of log odds over the described signs, each with its reason.

HU alone do not separate the two (no validated cut-off exists), so only signs that were read
relative to the patient's own tissue and to the scan's own noise and blur speak here. The
weights are data (``weights.toml``); a later fit may replace the numbers without touching code.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, tanh

from trabecula.describe.observation import Observations, stated
from trabecula.describe.patch import Patch
from trabecula.model import Presence, Sign, Verdict, Weight

CALL_AT = 0.80
"""Probability from which a kind is named."""

MOST_LOG_ODDS = 3.9
"""Log odds level off toward this, a probability of 0.98: the weights were set by hand and no
fit to patients has shown that they deserve more."""

MIXED_AT = 2.4
"""Log odds that must speak for both kinds at once before a lesion is called mixed."""

SECOND_SHARE = 1.0 / 3.0
"""Weight of further signs of one group, which say much the same as the first."""

EXPLAINED_SHARE = 0.2
"""Weight left to a sign that another, present one brings about by itself."""

ARCHITECTURE = ("cortical_rim", "marrow_core", "trabeculated")
"""Signs of which one must have been looked for before bone can be called or excluded."""

BLIND_LIMIT = 0.85
"""Log odds are held within this when no architecture was assessed and nothing else is telling."""

SMALL_MM = 8.0
"""A small focus is at most this long, mm, half a slice taken off for the partial volume."""

SMALL_LEVEL = 0.35
"""… and at least this far from soft tissue toward the patient's cortex at its brightest."""

SMALL_SOLE_SHARE = 0.5
"""… half of which must be reached by its surface level: dense as a whole, not at one voxel."""

SMALL_SLICES = 2.5
"""… on at least this many slices: fewer mix an ossicle's marrow into its shell."""

SMALL_VOXELS = 8
"""Fewer voxels than this are below the resolution floor whatever their density."""


EGGSHELL_MM, EGGSHELL_RATIO = 2.5, 0.6
"""Thickest shell of an eggshell, mm, and its shortest over its longest extent at least."""

FLUID_HU, SOFT_HU = (-65.0, -15.0), 25.0
"""Core that may be fluid, HU from the scan's own soft tissue: water to about 35 HU. Up to the
second it is as dense as soft tissue, and so are young marrow and the middle of a ripening bone."""

FLUID_CERTAINTY, SOFT_CERTAINTY = 0.95, 0.7
"""How sure an eggshell is around either."""


@dataclass(frozen=True, slots=True)
class WeightRow:
    """One line of ``weights.toml``."""

    sign: str
    group: str
    present: float
    absent: float
    text: str
    source: tuple[str, ...]
    explains: tuple[str, ...] = ()
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict with its probability and the weights behind it, strongest first."""

    verdict: Verdict
    probability_ossification: float
    weights: tuple[Weight, ...]


@cache
def weight_table() -> tuple[float, Mapping[str, WeightRow]]:
    """Prior log odds and the weight of each sign, from ``weights.toml``."""
    text = files("trabecula.describe").joinpath("weights.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    prior = float(table.pop("prior")["log_odds"])
    rows = {
        sign: WeightRow(
            sign,
            row["group"],
            row["present"],
            row["absent"],
            row["text"],
            tuple(row["source"]),
            tuple(row.get("explains", ())),
            row.get("needs", ""),
        )
        for sign, row in table.items()
    }
    return prior, rows


def judge(patch: Patch, observed: Observations) -> Judgement:
    """Weigh the signs of one lesion."""
    prior, rows = weight_table()
    signs = [*observed.signs, *_small_dense_focus(patch, observed), *_eggshell(patch, observed)]
    told = [weight for weight in (_weigh(sign, rows) for sign in signs) if weight]
    weights = _grouped(_explained(told, signs, rows), rows)
    total = prior + sum(weight.log_odds for weight in weights)
    if _blind(observed, weights):
        total = max(-BLIND_LIMIT, min(BLIND_LIMIT, total))
    verdict_weights = weights
    told_log_odds = prior + sum(weight.log_odds for weight in weights)
    modest = MOST_LOG_ODDS * tanh(total / MOST_LOG_ODDS)
    weights = _scaled(weights, modest / told_log_odds if abs(told_log_odds) > 1e-6 else 1.0)
    probability = 1.0 / (1.0 + exp(-modest))
    ordered = tuple(sorted(weights, key=lambda w: (-abs(w.log_odds), w.sign)))
    return Judgement(_verdict(probability, verdict_weights), round(probability, 4), ordered)


def _scaled(weights: Sequence[Weight], share: float) -> list[Weight]:
    """Weights that still add up after the sum was levelled off."""
    return [Weight(w.sign, round(w.log_odds * share, 3), w.text) for w in weights]


def _small_dense_focus(patch: Patch, observed: Observations) -> tuple[Sign, ...]:
    """Notice a small, isolated, dense body in which architecture cannot be seen.

    An ossicle this small is a thin shell around marrow, and the blur leaves it dim; what is
    still dense after the blur is filled with mineral.
    """
    if any(
        observed.presence(name) is not Presence.NOT_ASSESSED
        for name in ("cortical_rim", "marrow_core")
    ):
        return ()
    longest = (
        observed.figures["longest_extent"].value if "longest_extent" in observed.figures else 0.0
    )
    if longest < SMALL_SLICES * patch.slice_mm:
        return ()
    if longest - 0.5 * patch.slice_mm > SMALL_MM or int(patch.mask.sum()) < SMALL_VOXELS:
        return ()
    if observed.presence("touches_bone") is Presence.PRESENT:
        return ()
    span = patch.cortex_hu - patch.soft_hu
    peak = (float(patch.hu[patch.mask].max()) - 2.0 * patch.noise_hu - patch.soft_hu) / span
    dense = peak >= SMALL_LEVEL and patch.relative_level >= SMALL_SOLE_SHARE * SMALL_LEVEL
    if not dense:
        return ()
    text = f"{longest:.1f} mm long, peak {peak:.0%} of the way from soft tissue to cortex"
    return (stated("small_dense_focus", True, text, certainty=min(0.98, 0.8 + 0.2 * peak)),)


def _eggshell(patch: Patch, observed: Observations) -> tuple[Sign, ...]:
    """Notice a thin round shell around what may be fluid: a calcified cyst looks so, too."""
    needed = ("rim_thickness", "core", "longest_extent", "shortest_extent")
    if observed.presence("cortical_rim") is not Presence.PRESENT or any(
        name not in observed.figures for name in needed
    ):
        return ()
    if Presence.PRESENT in (
        observed.presence("trabeculated"),
        observed.presence("bridging"),
        observed.presence("medullary_continuity"),
    ):
        return ()
    thick, core, longest, shortest = (observed.figures[name].value for name in needed)
    above = core - patch.soft_hu
    dark = FLUID_HU[0] <= above <= SOFT_HU
    if not dark or thick > EGGSHELL_MM or shortest < EGGSHELL_RATIO * longest:
        return ()
    certainty = FLUID_CERTAINTY if above <= FLUID_HU[1] else SOFT_CERTAINTY
    text = f"round, {thick:.1f} mm thin shell around {core:.0f} HU without trabeculae or fat"
    return (stated("eggshell", True, text, certainty=certainty),)


def _weigh(sign: Sign, rows: Mapping[str, WeightRow]) -> Weight | None:
    row = rows.get(sign.name)
    if row is None or sign.presence is Presence.NOT_ASSESSED:
        return None
    sure = max(0.0, 2.0 * sign.certainty - 1.0)
    value = (row.present if sign.presence is Presence.PRESENT else row.absent) * sure
    if abs(value) < 0.01:
        return None
    return Weight(sign.name, round(value, 3), f"{sign.presence.value}: {row.text}")


def _explained(
    weights: Sequence[Weight], signs: Sequence[Sign], rows: Mapping[str, WeightRow]
) -> list[Weight]:
    """Cut what a present sign explains by itself: rings of mineral look like rims and texture."""
    by: dict[str, tuple[str, float]] = {}
    for sign in signs:
        if sign.presence is Presence.PRESENT and sign.name in rows:
            share = 1.0 - (1.0 - EXPLAINED_SHARE) * max(0.0, 2.0 * sign.certainty - 1.0)
            for name in rows[sign.name].explains:
                if name not in by or share < by[name][1]:
                    by[name] = (sign.name, share)
    unseen = {sign.name for sign in signs if sign.presence is Presence.NOT_ASSESSED}
    kept = []
    for weight in weights:
        needed = rows[weight.sign].needs
        if needed in unseen:
            text = f"{weight.text} ({needed.replace('_', ' ')} could not be assessed)"
            kept.append(Weight(weight.sign, round(0.5 * weight.log_odds, 3), text))
        elif weight.sign in by:
            cause, share = by[weight.sign]
            text = f"{weight.text} (explained by {cause.replace('_', ' ')})"
            kept.append(Weight(weight.sign, round(weight.log_odds * share, 3), text))
        else:
            kept.append(weight)
    return kept


def _grouped(weights: Sequence[Weight], rows: Mapping[str, WeightRow]) -> list[Weight]:
    """Let the strongest sign of each group and direction count in full, further ones in part."""
    taken: set[tuple[str, bool]] = set()
    kept = []
    for weight in sorted(weights, key=lambda w: (-abs(w.log_odds), w.sign)):
        key = (rows[weight.sign].group, weight.log_odds > 0)
        share = SECOND_SHARE if key in taken else 1.0
        taken.add(key)
        kept.append(Weight(weight.sign, round(weight.log_odds * share, 3), weight.text))
    return kept


def _blind(observed: Observations, weights: Sequence[Weight]) -> bool:
    """Whether no architecture was assessed and no other sign is telling by itself."""
    looked = any(observed.presence(name) is not Presence.NOT_ASSESSED for name in ARCHITECTURE)
    return not looked and not any(abs(weight.log_odds) >= 1.2 for weight in weights)


def _verdict(probability: float, weights: Sequence[Weight]) -> Verdict:
    toward = sum(w.log_odds for w in weights if w.log_odds > 0)
    against = -sum(w.log_odds for w in weights if w.log_odds < 0)
    if min(toward, against) >= MIXED_AT and (1.0 - CALL_AT) < probability < CALL_AT:
        return Verdict.MIXED
    if probability >= CALL_AT:
        return Verdict.OSSIFICATION
    return Verdict.CALCIFICATION if probability <= 1.0 - CALL_AT else Verdict.INDETERMINATE
