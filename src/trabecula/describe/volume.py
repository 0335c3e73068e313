"""How large a lesion is: outer-surface volume that conserves mass, with its interval.

A threshold counts the blurred edge as a whole or not at all: +17 to +97 % at 130 HU and -1 to
-36 % at half height on spheres of 5 to 20 mm. Here each edge voxel contributes by where its HU
lie between the soft tissue and the lesion's own level, and the interior counts fully.
"""

import numpy as np
from scipy import ndimage

from trabecula.describe.doubt import doubts_of, interval_ml, unevenness
from trabecula.describe.observation import Observations
from trabecula.describe.patch import Patch
from trabecula.describe.shell import Levels, Shell
from trabecula.describe.surface import FADE_MM, Surface
from trabecula.model import Float32, Float64, HounsfieldSummary, Mask, Measured

SHELL_GAIN = 25.0
"""Drop of the squared error, in noise variances, from which two compartments are believed."""

UNEVEN_PART = 0.12
"""An interior this uneven has no single level to measure edges by."""

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
    if drawn:
        value = _surface_volume_ml(patch, levels, surface)
    elif unevenness(patch, levels) > UNEVEN_PART and not _denser_edge(patch):
        value = _local_mass_volume_ml(patch, levels)
    else:
        value = _mass_volume_ml(patch, levels)
    value = max(value, 0.5 * patch.voxel_mm3 / 1000.0)
    low, high = interval_ml(value, doubts_of(patch, levels, value))
    method = (
        f"outer surface of a blurred rim of {levels.rim_mm:.1f} mm"
        if two
        else f"outer surface of a border that fades over {levels.fading_mm:.1f} mm"
        if drawn
        else f"mass conserved between {levels.background_hu:.0f} HU (soft tissue) and "
        f"{levels.core_hu:.0f} HU (lesion)"
    )
    volume = Measured(round(value, 4), "ml", method, low=round(low, 4), high=round(high, 4))
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


def _beside_bone(patch: Patch, edge: Mask, parts: Float64) -> Float64:
    """Count by the outline, not by HU, where the blur of native bone makes soft tissue bright."""
    if patch.from_native_mm is None:
        return parts
    lent = patch.from_native_mm[edge] <= 2.0 * max(patch.sigma_mm)
    counted: Float64 = np.where(lent, patch.body[edge], parts)
    return counted


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
