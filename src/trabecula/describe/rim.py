"""Rim and core: whether there is a cortex, how thick, and where the lesion is denser.

Heterotopic bone ripens from its surface inward and so is denser at the periphery; a
bone-forming tumour tends to be denser in its centre. Depth is counted from the surface, not
from the centroid, which for a curved lesion lies outside it.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from trabecula.describe.observation import HU_UNIT, MM, ONE, Observations, graded, not_assessed
from trabecula.describe.patch import FARTHEST_MM, FWHM_PER_SIGMA, Patch, distance_mm
from trabecula.describe.shell import NOISE_CORRELATION, Fitting, Levels, Shell
from trabecula.describe.volume import believed, believes_shell
from trabecula.model import Measured, Presence, Sign

ZONE_PART = 1.0 / 3.0
"""Outer part of the greatest depth that counts as periphery."""

ZONE_MM = (1.0, 4.0)
"""Thinnest and thickest periphery, mm."""

THINNEST_WIDTHS = 3.0
"""A rim and a core can be told apart in lesions at least this many blur widths (FWHM) thick."""

ARCHITECTURE = ("cortical_rim", "marrow_core", "denser_rim", "trabeculated")
"""Signs whose absence speaks against bone."""

THICK_SLICE_MM, FEWEST_SLICES = 2.0, 2.0
"""Thicker slices are counted apart from the planes; so many filled ones are the least."""

THINNEST_VOXELS = 4.5
"""… and at least this many voxels thick within the planes."""

RIM_STEP, CENTRE_STEP, OPEN_STEP = 0.175, -0.2, 0.03
"""Difference of rim and core from which either counts as denser, and how near to it nothing is
said, at least: parts of the lesion's own height. Of train lesions that are even, nine of ten lie
within 0.14; of those with a rim, nine of ten above 0.35; with a denser centre, below -0.13."""

CORTEX_STEP = 0.3
"""A denser rim is called a cortex from this difference on."""

COMPACT_LEVEL, COMPACT_MM = 0.65, 6.5
"""A thinner lesion whose core reaches this part of the patient's cortex may be cortex all through:
rims of 2 mm and more leave no core to compare them with."""

COVERAGE_LIMIT = 0.6
"""A rim is a shell when it covers at least this part of the surface."""

DENSEST_PART = 1.15
"""A lesion's rim is at most this many times as dense as the patient's own cortex."""

CLEAR_SIGMA, FEWEST_DEEP = 2.0, 40
"""The core is read directly this many sigma below the rim, where this many voxels lie there."""

MARROW_ALLOWANCE = 0.25
"""Core counts as marrow-like up to this part of the way from the patient's marrow to cortex."""

FLUID_BAND = 0.05
"""Within this part of the way around soft tissue a core may be fluid or cartilage, not marrow."""


class Zones(NamedTuple):
    """What rim and core turned out to be; ``None`` where the lesion is too thin."""

    observations: Observations
    levels: Levels | None


def rim_of(patch: Patch, shell: Shell, fitting: Fitting, *, textured: bool) -> Zones:
    """Cortical rim, its thickness, the core and the zonation by depth."""
    why = too_thin(patch)
    if why:
        names = ("cortical_rim", "marrow_core", "denser_rim", "denser_centre")
        return Zones(Observations(not_assessed(why, *names)), None)
    width = float(np.clip(ZONE_PART * 0.5 * patch.thickness_mm, *ZONE_MM))
    zones = _with_deep_core(patch, fitting.trial(believed(shell).shift_mm, width), width)
    covered = rim_coverage(patch, zones.core_hu)
    denser, centre = _zonation(patch, zones, width)
    signs = (
        denser,
        centre,
        _cortical_rim(shell, zones, covered, patch=patch, denser=denser),
        _marrow_core(patch, zones, denser=denser, textured=textured),
    )
    figures = {
        "rim": Measured(
            round(zones.rim_hu, 1),
            HU_UNIT,
            f"outer {width:.1f} mm, freed of the blur by least squares",
        ),
        "core": Measured(
            round(zones.core_hu, 1), HU_UNIT, f"deeper than {width:.1f} mm, freed of the blur"
        ),
        "rim_coverage": Measured(
            round(covered, 3), ONE, "part of the surface with a denser rim below it"
        ),
    }
    if believes_shell(shell) and shell.shell is not None:
        figures["rim_thickness"] = _thickness(patch, shell.shell)
    return Zones(Observations(signs, figures), zones)


def _with_deep_core(patch: Patch, zones: Levels, width: float) -> Levels:
    """Read the core where the blur of the rim does not reach, if there is such a place."""
    deep = patch.interior & (patch.depth_mm > width + CLEAR_SIGMA * patch.sigma_mm[1])
    count = int(deep.sum())
    if count < FEWEST_DEEP:
        return zones
    values = patch.hu[deep]
    error = float(values.std(dtype=np.float64)) * (NOISE_CORRELATION / count) ** 0.5
    core = float(values.mean(dtype=np.float64))
    return replace(
        zones,
        core_hu=core,
        core_error_hu=error,
        contrast_error_hu=max(zones.contrast_error_hu, error),
    )


def without_lobules(observed: Observations) -> Observations:
    """Call no rim of the whole what are the rims of its lobules."""
    if observed.presence("rings_and_arcs") is not Presence.PRESENT:
        return observed
    why = "it is made of lobules, each with a rim of its own"
    kept = [
        not_assessed(why, sign.name)[0]
        if sign.name in ("cortical_rim", "denser_rim") and sign.presence is Presence.PRESENT
        else sign
        for sign in observed.signs
    ]
    return replace(observed, signs=tuple(kept))


def too_thin(patch: Patch) -> str:
    """Why rim and core cannot be told apart here; empty when they can.

    In the planes the blur is narrow, so that a lesion that runs through the slices is resolved
    there however thick they are; across them a few filled slices are the least.
    """
    widest = in_plane_thickness_mm(patch)
    need = max(
        THINNEST_WIDTHS * FWHM_PER_SIGMA * patch.sigma_mm[1],
        THINNEST_VOXELS * patch.spacing_mm[1],
    )
    if widest < need:
        return (
            f"{widest:.1f} mm thick at most; below {need:.1f} mm the blur of this scan "
            "mixes rim and core"
        )
    across = across_slices_mm(patch)
    if patch.slice_mm > THICK_SLICE_MM and across < FEWEST_SLICES * patch.slice_mm:
        return (
            f"{across:.0f} mm across slices of {patch.slice_mm:.1f} mm; fewer than "
            f"{FEWEST_SLICES:g} filled slices mix rim and core"
        )
    if patch.slice_mm <= THICK_SLICE_MM and patch.thickness_mm < (
        least := THINNEST_WIDTHS * patch.resolution_mm
    ):
        return (
            f"{patch.thickness_mm:.1f} mm thick at most; below {least:.1f} mm the blur of this "
            "scan mixes rim and core"
        )
    return ""


def in_plane_thickness_mm(patch: Patch) -> float:
    """Widest part across within the planes of the slices, mm."""
    _, row, column = patch.spacing_mm
    # Slices so far apart that the nearest surface is always in the same one.
    near = ndimage.find_objects(np.pad(patch.body, 1).astype(np.uint8))[0]
    body = np.pad(patch.body, 1)[tuple(slice(s.start - 1, s.stop + 1) for s in near)]
    depth = distance_mm(body, (FARTHEST_MM, row, column))
    return 2.0 * float(np.where(depth < FARTHEST_MM / 2.0, depth, 0.0).max(initial=0.0))


def across_slices_mm(patch: Patch) -> float:
    """Extent across the slices, mm: the outermost are partly filled, one of them does not count."""
    slices = float(patch.body.sum(axis=0).max(initial=0)) - 1.0
    return max(slices, 0.0) * patch.spacing_mm[0]


def unresolved(patch: Patch) -> str:
    """Why architecture that is not seen may still be there; empty when it would be seen.

    The blur is counted in each direction by itself: across the slices it is that of their
    profile.
    """
    across = across_slices_mm(patch)
    need = THINNEST_WIDTHS * FWHM_PER_SIGMA * patch.sigma_mm[0]
    if across >= need:
        return ""
    return (
        f"{across:.0f} mm across slices of {patch.slice_mm:.1f} mm; below {need:.0f} mm "
        "they mix rim and core, so what is not seen may still be there"
    )


def without_unresolved(patch: Patch, observed: Observations) -> Observations:
    """Let architecture be absent only where it would have been seen."""
    why = unresolved(patch)
    if not why:
        return observed
    kept = [
        not_assessed(why, sign.name)[0]
        if (sign.name in ARCHITECTURE and sign.presence is Presence.ABSENT)
        or (sign.name == "denser_centre" and sign.presence is Presence.PRESENT)
        else sign
        for sign in observed.signs
    ]
    return replace(observed, signs=tuple(kept))


def rim_coverage(patch: Patch, core_hu: float) -> float:
    """Part of the surface under which something denser than the core lies."""
    edge = (patch.depth_mm > 0.0) & (patch.outside_mm <= 0.0)
    edge &= ndimage.binary_dilation(~patch.body)
    if not edge.any():
        return 0.0
    highest = ndimage.maximum_filter(np.where(patch.body, patch.hu, np.float32(-2000.0)), size=3)
    rim = float(np.percentile(highest[edge], 75))
    limit = core_hu + 0.35 * (rim - core_hu)
    return float(np.mean(highest[edge] > max(limit, core_hu + 2.0 * patch.noise_hu)))


def _zonation(patch: Patch, zones: Levels, width: float) -> tuple[Sign, Sign]:
    """Denser rim and denser centre; neither is said near its limit."""
    figure = Measured(
        zones.rim_hu - zones.core_hu,
        HU_UNIT,
        f"outer {width:.1f} mm minus core, freed of the blur; standard error "
        f"{zones.contrast_error_hu:.0f} HU",
    )
    own = _own_height(patch, zones)
    compact = zones.core_hu > COMPACT_LEVEL * patch.cortex_hu and patch.thickness_mm < COMPACT_MM
    if compact and CENTRE_STEP * own < figure.value < RIM_STEP * own:
        why = (
            f"{patch.thickness_mm:.1f} mm thick and nearly as dense as cortex all through: "
            "two rims that meet look the same"
        )
        denser, centre = not_assessed(why, "denser_rim", "denser_centre")
        return denser, centre
    open_hu = max(2.0 * zones.contrast_error_hu, OPEN_STEP * own)
    spread = max(zones.contrast_error_hu, 0.02 * own)
    found: list[Sign] = []
    for name, part in (("denser_rim", RIM_STEP), ("denser_centre", CENTRE_STEP)):
        limit = part * own
        if abs(figure.value - limit) < open_hu:
            why = (
                f"rim and core differ by {figure.value:.0f} HU, within {open_hu:.0f} HU of the "
                f"limit of {limit:.0f} HU"
            )
            found += not_assessed(why, name)
        else:
            found.append(graded(name, figure, limit, spread=spread, below=part < 0.0))
    return found[0], found[1]


def _own_height(patch: Patch, zones: Levels) -> float:
    """Height of the denser of rim and core above soft tissue, HU."""
    return max(zones.core_hu - patch.background_hu, zones.rim_hu - patch.background_hu, 1.0)


def _cortical_rim(
    shell: Shell, zones: Levels, covered: float, *, patch: Patch, denser: Sign
) -> Sign:
    name, difference = "cortical_rim", zones.rim_hu - zones.core_hu
    own = _own_height(patch, zones)
    if denser.presence is Presence.NOT_ASSESSED:
        return not_assessed(denser.reason, name)[0]
    if not believes_shell(shell):
        text = f"one compartment explains it as well (gain {shell.gain:.0f} noise variances)"
        if denser.presence is Presence.PRESENT:
            return not_assessed(f"the periphery is denser, but {text}", name)[0]
        return Sign(name, Presence.ABSENT, certainty=0.9, reason=text)
    if denser.presence is Presence.ABSENT:
        text = f"a shell fits, but the periphery is only {difference:.0f} HU above the core"
        return Sign(name, Presence.ABSENT, certainty=0.65, reason=text)
    if difference < CORTEX_STEP * own:
        why = f"the periphery is denser by {difference:.0f} HU: less than a cortex, more than none"
        return not_assessed(why, name)[0]
    figure = Measured(covered, ONE, "part of the surface with a denser rim below it")
    return graded(name, figure, COVERAGE_LIMIT, spread=0.08)


def _marrow_core(patch: Patch, zones: Levels, *, denser: Sign, textured: bool) -> Sign:
    limit = patch.marrow_hu + MARROW_ALLOWANCE * (patch.cortex_hu - patch.marrow_hu)
    figure = Measured(
        zones.core_hu,
        HU_UNIT,
        f"core, against the patient's marrow at {patch.marrow_hu:.0f} HU ({patch.yardstick})",
    )
    if denser.presence is Presence.NOT_ASSESSED:
        return not_assessed(denser.reason, "marrow_core")[0]
    if denser.presence is Presence.ABSENT:
        return Sign(
            "marrow_core",
            Presence.ABSENT,
            measured=round(zones.core_hu, 1),
            unit=HU_UNIT,
            certainty=0.8,
            reason="the core is no less dense than the periphery",
        )
    spread = max(zones.core_error_hu, 0.06 * (patch.cortex_hu - patch.soft_hu))
    sign = graded("marrow_core", figure, limit, spread=spread, below=True)
    band = FLUID_BAND * (patch.cortex_hu - patch.soft_hu) + zones.core_error_hu
    fluid_like = abs(zones.core_hu - patch.soft_hu) < band and not textured
    if sign.presence is Presence.PRESENT and fluid_like:
        return Sign(
            "marrow_core",
            Presence.PRESENT,
            measured=sign.measured,
            unit=sign.unit,
            certainty=0.6,
            reason=f"{figure.method}; near soft tissue, so fluid or young marrow are both open",
        )
    return sign


def _thickness(patch: Patch, levels: Levels) -> Measured:
    """Thickness of the rim, between what denser and what less dense mineral would make of it.

    A thin rim shows only thickness times density. It is hardly denser than the patient's
    densest bone, and not less dense than the lesion looks, for blur only dims a thin rim.
    """
    beside = 0.5 * (levels.core_hu + levels.background_hu)
    amount = levels.rim_mm * (levels.rim_hu - beside)
    densest = max(levels.rim_hu, patch.cortex_hu) * DENSEST_PART
    dimmest = min(max(patch.surface_hu, beside + 1.0), levels.rim_hu)
    thickest = min(amount / max(dimmest - beside, 1.0), 0.5 * patch.thickness_mm)
    held = levels.rim_hu >= patch.cortex_hu - 1.0
    method = (
        f"blurred shell as dense as the patient's own cortex, {patch.cortex_hu:.0f} HU "
        f"({patch.yardstick}); thicker if less dense, at most as at {dimmest:.0f} HU, the level "
        "the lesion shows"
        if held
        else f"blurred shell, its density fitted at {levels.rim_hu:.0f} HU"
    )
    return Measured(
        round(levels.rim_mm, 2),
        MM,
        method,
        low=round(min(amount / max(densest - beside, 1.0), levels.rim_mm), 2),
        high=round(max(thickest, levels.rim_mm), 2),
    )
