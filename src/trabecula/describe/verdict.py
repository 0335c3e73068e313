"""Calcium or bone: a small sum of log odds over signs and figures, each with its reason.

HU alone do not separate the two (no validated cut-off exists), so only what was read relative to
the patient's own tissue and to the scan's own noise and blur speaks here. The weights are data
(``weights.toml``), fitted by ``validation/fit_verdict.py`` on simulated lesions of the training
generator and calibrated on patients that were left out of the fit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, tanh

from trabecula.describe.evidence import EGGSHELL_MM, below_floor
from trabecula.describe.observation import Observations, stated
from trabecula.describe.weighing import terms_of, text_of, weight_of, weight_table
from trabecula.model import Presence, Sign, Verdict, Weight

MOST_LOG_ODDS = 3.9
"""Log odds level off toward this, a probability of 0.98: they were fitted to simulated lesions,
and no fit to patients has shown that they deserve more."""

MOST_BELOW_FLOOR = 2.7
"""The same where rim and core cannot be resolved, a probability of 0.94."""

MIXED_AT = 2.4
"""Log odds of signs that must speak for both kinds at once before a lesion is called mixed."""

LEAST_TOLD = 0.01
"""Smaller log odds are not worth a line."""

SMALL_MM = 6.0
"""A small focus is at most this long, mm, half a slice taken off for the partial volume."""

SMALL_LEVEL = 0.38
"""… and at least this far from soft tissue toward the patient's cortex at its brightest."""

SMALL_SOLE_SHARE = 0.5
"""… of which this part is reached by its surface level: dense as a whole, not at one voxel."""

SMALL_SLICES = 2.5
"""… on at least this many slices: fewer mix an ossicle's marrow into its shell."""

SMALL_VOXELS = 8
"""Fewer voxels than this are below the resolution floor whatever their density."""

SMALL_FOCUS = "small_dense_focus"
"""A sign that only the verdict asks for."""

CALLED_UNRESOLVED = frozenset({SMALL_FOCUS, "tram_track", "speckled"})
"""Below the resolution floor only lesions with one of these are called: they are thin or small by
nature, and none asks for a rim and a core."""

DENSE_ON_BONE = "dense_on_bone"
"""A sign that only the verdict asks for."""

NEAR_CORTEX = 0.7
"""Part of the way from soft tissue to the patient's cortex that counts as nearly as dense."""

EGGSHELL_RATIO = 0.6
"""Shortest over longest extent of an eggshell at least."""

BROAD_RIM = "broad_rim"
"""A sign that only the verdict asks for."""

BROAD_RIM_MM, BROAD_STEP, ONE_CORE = 1.8, 0.35, 1.5
"""Least width of a broad rim, mm, how far it is above the core, as part of the lesion's height,
and lucent areas in a slice that are one core."""

SURELY_BROAD_MM = 1.2
"""Width beyond that of an eggshell at which a rim is surely broad, mm."""

FLUID_HU, SOFT_HU = (-65.0, -15.0), 25.0
"""Core that may be fluid, HU from the scan's own soft tissue: water to about 35 HU. Up to the
second it is as dense as soft tissue, and so are young marrow and the middle of a ripening bone."""

FLUID_CERTAINTY, SOFT_CERTAINTY = 0.95, 0.7
"""How sure an eggshell is around either."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict with its probability and the weights behind it, strongest first."""

    verdict: Verdict
    probability_ossification: float
    weights: tuple[Weight, ...]


def judge(observed: Observations, evidence: Mapping[str, float]) -> Judgement:
    """Weigh the signs and figures of one lesion."""
    table = weight_table()
    signs = weighed_signs(observed, evidence)
    told = []
    for term in terms_of(signs, evidence, table):
        log_odds = weight_of(term, table)
        if abs(log_odds) >= LEAST_TOLD:
            told.append(Weight(term.name, log_odds, text_of(term, table)))
    total = table.prior + sum(weight.log_odds for weight in told)
    modest = MOST_LOG_ODDS * tanh(total / MOST_LOG_ODDS)
    unresolved = withheld(signs, evidence)
    if unresolved:
        band = 0.999 * log(table.call_at / (1.0 - table.call_at))
        modest = max(-band, min(band, modest))
    elif below_floor(evidence):
        modest = max(-MOST_BELOW_FLOOR, min(MOST_BELOW_FLOOR, modest))
    share = modest / total if abs(total) > 1e-6 else 1.0
    weights = _scaled(told, share)
    if abs(table.prior * share) >= LEAST_TOLD:
        before = "before looking, by the share of lesions that nothing else tells apart"
        weights.append(Weight("prior", round(table.prior * share, 3), before))
    probability = 1.0 / (1.0 + exp(-modest))
    ordered = tuple(sorted(weights, key=lambda w: (-abs(w.log_odds), w.sign)))
    verdict = _verdict(probability, [w for w in told if w.sign in table.signs], table.call_at)
    return Judgement(verdict, round(probability, 4), ordered)


def withheld(signs: Sequence[Sign], evidence: Mapping[str, float]) -> bool:
    """Whether the scan cannot resolve the lesion, and nothing else tells what it is."""
    return below_floor(evidence) and not any(
        sign.name in CALLED_UNRESOLVED and sign.presence is Presence.PRESENT for sign in signs
    )


def weighed_signs(observed: Observations, evidence: Mapping[str, float]) -> tuple[Sign, ...]:
    """Signs that the verdict weighs: those observed, and four that only it asks for.

    A mantle that does not touch the bone beside it is none.
    """
    apart = observed.presence("touches_bone") is not Presence.PRESENT
    return (
        *(sign for sign in observed.signs if not (apart and sign.name == "wraps_bone")),
        *_small_dense_focus(observed, evidence),
        *_eggshell(observed, evidence),
        *_broad_rim(observed, evidence),
        *_dense_on_bone(observed, evidence),
    )


def _scaled(weights: Sequence[Weight], share: float) -> list[Weight]:
    """Weights that still add up after the sum was levelled off."""
    return [Weight(w.sign, round(w.log_odds * share, 3), w.text) for w in weights]


def _small_dense_focus(observed: Observations, evidence: Mapping[str, float]) -> tuple[Sign, ...]:
    """Notice a small, isolated, dense body in which architecture cannot be seen.

    An ossicle this small is a thin shell around marrow, and the blur leaves it dim; what is
    still dense after the blur is filled with mineral.
    """
    if any(
        observed.presence(name) is not Presence.NOT_ASSESSED
        for name in ("cortical_rim", "marrow_core")
    ):
        return ()
    figure = observed.figures.get("longest_extent")
    longest = 0.0 if figure is None else figure.value
    thick = evidence["slice_mm"]
    if longest < SMALL_SLICES * thick or longest - 0.5 * thick > SMALL_MM:
        return ()
    if evidence["voxels"] < SMALL_VOXELS or observed.presence("touches_bone") is Presence.PRESENT:
        return ()
    peak = evidence["peak_level"]
    if peak < SMALL_LEVEL or evidence["surface_level"] < SMALL_SOLE_SHARE * SMALL_LEVEL:
        return ()
    text = f"{longest:.1f} mm long, peak {peak:.0%} of the way from soft tissue to cortex"
    return (stated(SMALL_FOCUS, True, text, certainty=min(0.98, 0.8 + 0.2 * peak)),)


def _eggshell(observed: Observations, evidence: Mapping[str, float]) -> tuple[Sign, ...]:
    """Notice a thin round shell around what may be fluid: a calcified cyst looks so, too."""
    needed = ("core", "longest_extent", "shortest_extent")
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
    core, longest, shortest = (observed.figures[name].value for name in needed)
    # Where the slices show no rim by themselves, one was fitted that is thinner than the blur.
    thick = evidence.get("plane_rim_mm", 0.0)
    above = evidence["core_above_soft_hu"]
    dark = FLUID_HU[0] <= above <= SOFT_HU
    if not dark or thick > EGGSHELL_MM or shortest < EGGSHELL_RATIO * longest:
        return ()
    certainty = FLUID_CERTAINTY if above <= FLUID_HU[1] else SOFT_CERTAINTY
    text = f"round, thin shell around {core:.0f} HU without trabeculae or fat"
    return (stated("eggshell", True, text, certainty=certainty),)


def _broad_rim(observed: Observations, evidence: Mapping[str, float]) -> tuple[Sign, ...]:
    """Notice a broad band of mineral around one unripe core, as bone ripens from its surface.

    The shell of a calcified cyst or node is thin; lobules have more than one core.
    """
    width = evidence.get("plane_rim_mm", 0.0)
    if (
        width < BROAD_RIM_MM
        or evidence.get("plane_step", 0.0) < BROAD_STEP
        or evidence.get("plane_holes", 0.0) > ONE_CORE
        or observed.presence("fluid_calcium_level") is Presence.PRESENT
    ):
        return ()
    certainty = min(0.95, 0.5 + 0.5 * (width - EGGSHELL_MM) / SURELY_BROAD_MM)
    text = f"band of mineral, {width:.1f} mm broad, around one core"
    return (stated(BROAD_RIM, True, text, certainty=certainty),)


def _dense_on_bone(observed: Observations, evidence: Mapping[str, float]) -> tuple[Sign, ...]:
    """Notice a mass on bone that is denser in its centre, as what a tumour lays down is.

    Calcium beside a bone is even, or fades from several centres; it neither wraps the bone nor
    nears the density of cortex.
    """
    if observed.presence("touches_bone") is not Presence.PRESENT:
        return ()
    centre = next((sign for sign in observed.signs if sign.name == "denser_centre"), None)
    if centre is None or centre.presence is not Presence.PRESENT:
        return ()
    grown = Presence.PRESENT in (
        observed.presence("wraps_bone"),
        observed.presence("bridging"),
        observed.presence("medullary_continuity"),
    )
    peak = evidence["peak_level"]
    if not grown and peak < NEAR_CORTEX:
        return ()
    text = f"on bone, denser in its centre, up to {peak:.0%} of the way to cortex"
    return (stated(DENSE_ON_BONE, True, text, certainty=min(centre.certainty, 0.95)),)


def _verdict(probability: float, weights: Sequence[Weight], call_at: float) -> Verdict:
    toward = sum(w.log_odds for w in weights if w.log_odds > 0)
    against = -sum(w.log_odds for w in weights if w.log_odds < 0)
    if min(toward, against) >= MIXED_AT and (1.0 - call_at) < probability < call_at:
        return Verdict.MIXED
    if probability >= call_at:
        return Verdict.OSSIFICATION
    return Verdict.CALCIFICATION if probability <= 1.0 - call_at else Verdict.INDETERMINATE
