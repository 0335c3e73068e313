"""How large a lesion is: outer-surface volume that conserves mass, with its interval.

A threshold counts the blurred edge as a whole or not at all: +17 to +97 % at 130 HU and -1 to
-36 % at half height on spheres of 5 to 20 mm. Here each edge voxel contributes by where its HU
lie between the soft tissue and the lesion's own level, and the interior counts fully.
"""

import numpy as np
from scipy import ndimage

from trabecula.describe.observation import Observations
from trabecula.describe.patch import Patch
from trabecula.describe.shell import Levels, Shell
from trabecula.describe.surface import FADE_MM, Surface
from trabecula.model import Float32, Float64, HounsfieldSummary, Mask, Measured

SHELL_GAIN = 25.0
"""Drop of the squared error, in noise variances, from which two compartments are believed."""

SURFACE_ERROR_SIGMA, SHELL_ERROR_SIGMA = 0.12, 0.2
"""Uncertainty of the surface, one standard deviation, as part of the blur's sigma; more for a
shell, whose own density is taken from the patient's cortex."""

UNEVEN_PART, FEWEST_INTERIOR = 0.12, 60
"""An interior this uneven, over this many voxels, has no single level to measure edges by."""

UNEVEN_ERROR = 0.25
"""Error of the volume added for an uneven interior, as part of the unevenness."""

EDGE_ERROR = 0.5
"""Error added where the lesion fades out, as part of what lies beyond a sharp edge."""

RIVAL_ERROR = 0.25
"""Error added where another density of the rim fits nearly as well, as part of the change."""

THIN_FROM, THIN_ERROR = 0.4, 0.5
"""A lesion thinner than 2.5 slices has an error growing by this with slice over thickness: its
size and its density are one unknown."""

HOLLOW_FROM, HOLLOW_ERROR = 0.3, 1.2
"""A hollow lesion thinner than 3.3 slices: its caps fall into one slice or two by chance."""

MOST_ERROR = 1.0
"""Largest error stated, as part of the volume: beyond it nothing is known but the order."""

LOCAL_MM = 2.0
"""Reach of the local level of an uneven lesion, mm."""


def believes_shell(shell: Shell) -> bool:
    """Whether two compartments explain the lesion better than one."""
    return (
        shell.shell is not None
        and shell.gain > SHELL_GAIN
        and shell.shell.rim_hu - shell.shell.core_hu > 3.0 * shell.shell.contrast_error_hu
    )


def believed(shell: Shell) -> Levels:
    """Return the one of the fits that the lesion is measured by."""
    if shell.shell is not None and believes_shell(shell):
        return shell.shell
    return shell.fading or shell.solid


def volume_of(patch: Patch, shell: Shell, surface: Surface) -> tuple[Measured, Observations]:
    """Outer-surface volume in ml with a 95 % interval, and the half-maximum volume beside it."""
    two = believes_shell(shell)
    levels = believed(shell)
    drawn = two or levels.fading_mm > 0.0
    surface_ml = _surface_volume_ml(patch, levels, surface)
    mass_ml = _mass_volume_ml(patch, levels)
    uneven = 0.0 if two else _unevenness(patch, levels)
    if uneven > UNEVEN_PART and not _denser_edge(patch):
        mass_ml = _local_mass_volume_ml(patch, levels)
    value = surface_ml if drawn else mass_ml
    error = (
        uneven * UNEVEN_ERROR * value
        + EDGE_ERROR * _faint_edge_ml(patch, levels, value)
        + _standard_error_ml(patch, levels, surface_ml=surface_ml, mass_ml=mass_ml)
    )
    if two:
        error += HOLLOW_ERROR * max(_slice_part(patch) - HOLLOW_FROM, 0.0) * value
    error = min(error, MOST_ERROR * value)
    method = (
        f"outer surface of a blurred rim of {levels.rim_mm:.1f} mm"
        if two
        else f"outer surface of a border that fades over {levels.fading_mm:.1f} mm"
        if drawn
        else f"mass conserved between {levels.background_hu:.0f} HU (soft tissue) and "
        f"{levels.core_hu:.0f} HU (lesion)"
    )
    volume = Measured(
        round(value, 4),
        "ml",
        method,
        low=round(max(0.0, value - 1.96 * error), 4),
        high=round(value + 1.96 * error, 4),
    )
    half = Measured(
        round(float(patch.body.sum()) * patch.voxel_mm3 / 1000.0, 4),
        "ml",
        f"voxels above half height ({patch.half_hu:.0f} HU), interior filled",
    )
    outline = Measured(
        round(patch.lesion.voxels * patch.voxel_mm3 / 1000.0, 4),
        "ml",
        f"voxels of the outline at {patch.lesion.threshold_hu:.0f} HU",
    )
    return volume, Observations((), {"half_maximum_volume": half, "outline_volume": outline})


def hounsfield_of(patch: Patch) -> HounsfieldSummary:
    """Distribution of HU inside the outline."""
    values = patch.hu[patch.mask]
    p05, p50, p95 = np.percentile(values, [5, 50, 95]).tolist()
    return HounsfieldSummary(
        mean=round(float(values.mean(dtype=np.float64)), 1),
        sd=round(float(values.std(dtype=np.float64)), 1),
        p05=round(p05, 1),
        p50=round(p50, 1),
        p95=round(p95, 1),
        max=float(values.max()),
    )


def _surface_volume_ml(patch: Patch, levels: Levels, surface: Surface) -> float:
    """Volume inside the fitted outer surface."""
    if len(surface.hu) == 1:
        return (
            float(surface.fraction(levels.shift_mm).sum(dtype=np.float64))
            * patch.voxel_mm3
            / 1000.0
        )
    signed = patch.depth_mm - patch.outside_mm
    edge = np.float32(patch.voxel_mm3 ** (1 / 3))
    moved: Float32 | np.float32 = np.float32(levels.shift_mm)
    if patch.from_native_mm is not None:
        # Where bone stands behind the outline there is no border to move.
        moved = moved * np.clip(patch.from_native_mm / np.float32(FADE_MM), 0.0, 1.0)
    fraction = np.clip((signed + moved) / edge + 0.5, 0.0, 1.0)
    fraction[patch.native] = 0.0
    return float(fraction.sum(dtype=np.float64)) * patch.voxel_mm3 / 1000.0


def _mass_volume_ml(patch: Patch, levels: Levels) -> float:
    """Volume by conserved mass: full inside, by its HU at the edge."""
    reach = 2.5 * max(patch.sigma_mm) + 0.5
    deep = patch.depth_mm > 2.0 * max(patch.sigma_mm)
    edge = (patch.outside_mm <= reach) & ~deep & ~patch.native
    height = max(levels.core_hu - levels.background_hu, 1.0)
    parts = (patch.hu[edge].astype(np.float64) - levels.background_hu) / height
    parts = _beside_bone(patch, edge, parts)
    return (float(deep.sum()) + float(parts.sum())) * patch.voxel_mm3 / 1000.0


def _faint_edge_ml(patch: Patch, levels: Levels, value_ml: float) -> float:
    """How much larger the outline is than the blur of a sharp edge makes it, ml.

    Where a lesion fades out, where it ends is a matter of definition.
    """
    from scipy.special import ndtri

    top = max(levels.core_hu, levels.rim_hu, levels.background_hu + 1.0)
    part = (patch.lesion.threshold_hu - levels.background_hu) / (top - levels.background_hu)
    out_mm = float(np.mean(patch.sigma_mm)) * float(ndtri(1.0 - np.clip(part, 0.02, 0.98)))
    # Voxels are taken whole: half of one more at most.
    out_mm += 0.5 * patch.voxel_mm3 ** (1 / 3)
    sharp_ml = value_ml + max(out_mm, 0.0) * _area_mm2(patch) / 1000.0
    outline_ml = float(patch.mask.sum()) * patch.voxel_mm3 / 1000.0
    return float(max(outline_ml - sharp_ml, 0.0))


def _slice_part(patch: Patch) -> float:
    """Slice thickness as part of the lesion's own."""
    return patch.slice_mm / max(patch.thickness_mm, 0.5)


def _area_mm2(patch: Patch) -> float:
    """Surface of the body, mm2: the layer of voxels around it over their width."""
    around = float((patch.outside_mm <= min(patch.spacing_mm)).sum() - patch.body.sum())
    return around * float(patch.voxel_mm3) / min(patch.spacing_mm)


def _beside_bone(patch: Patch, edge: Mask, parts: Float64) -> Float64:
    """Count by the outline, not by HU, where the blur of native bone makes soft tissue bright."""
    if patch.from_native_mm is None:
        return parts
    lent = patch.from_native_mm[edge] <= 2.0 * max(patch.sigma_mm)
    counted: Float64 = np.where(lent, patch.body[edge], parts)
    return counted


def _unevenness(patch: Patch, levels: Levels) -> float:
    """Spread of the interior beyond noise, as part of the lesion's height."""
    values = patch.hu[patch.interior]
    if values.size < FEWEST_INTERIOR:
        return 0.0
    spread = max(float(values.var(dtype=np.float64)) - (1.5 * patch.noise_hu) ** 2, 0.0)
    return float(np.sqrt(spread)) / max(levels.core_hu - levels.background_hu, 1.0)


def _denser_edge(patch: Patch) -> bool:
    """Whether a rim, not what lies below it, makes the edge."""
    edge = patch.body & ~patch.interior & ~patch.native
    inside = patch.interior
    if not edge.any() or not inside.any():
        return False
    return float(patch.hu[inside].mean()) < float(patch.hu[edge].mean())


def _local_mass_volume_ml(patch: Patch, levels: Levels) -> float:
    """Volume by conserved mass where the lesion is uneven: each edge against what lies below it."""
    inside = patch.interior.astype(np.float32)
    wide = [LOCAL_MM / step for step in patch.spacing_mm]
    near = ndimage.gaussian_filter(inside, wide, truncate=3.0)
    level = ndimage.gaussian_filter(patch.hu * inside, wide, truncate=3.0)
    level = np.where(near > 1e-3, level / np.maximum(near, 1e-3), levels.core_hu)
    height = np.maximum(level - levels.background_hu, 0.2 * (levels.core_hu - levels.background_hu))
    reach = 2.5 * max(patch.sigma_mm) + 0.5
    edge = (patch.outside_mm <= reach) & ~patch.interior & ~patch.native
    parts = np.clip((patch.hu[edge] - levels.background_hu) / height[edge], -0.5, 1.5)
    parts = _beside_bone(patch, edge, parts.astype(np.float64))
    total = float(patch.interior.sum()) + float(parts.sum())
    return total * patch.voxel_mm3 / 1000.0


def _standard_error_ml(patch: Patch, levels: Levels, *, surface_ml: float, mass_ml: float) -> float:
    """One standard deviation: noise, level of the lesion, place of the surface, ml."""
    area_mm2 = _area_mm2(patch)
    height = max(patch.surface_hu - levels.background_hu, patch.noise_hu)
    edge_voxels = max(float((patch.outside_mm <= 2.5 * max(patch.sigma_mm)).sum()), 1.0)
    noise = patch.noise_hu / height * np.sqrt(3.0 * edge_voxels) * patch.voxel_mm3
    level = 0.0 if levels.rim_mm > 0.0 else levels.core_error_hu / height * mass_ml * 1000.0
    part = SHELL_ERROR_SIGMA if levels.rim_mm > 0.0 else SURFACE_ERROR_SIGMA
    place = part * float(np.mean(patch.sigma_mm)) * area_mm2
    thin = max(_slice_part(patch) - THIN_FROM, 0.0)
    unresolved = THIN_ERROR * thin * max(surface_ml, mass_ml) * 1000.0
    return float(np.sqrt(noise**2 + level**2 + place**2 + unresolved**2)) / 1000.0
