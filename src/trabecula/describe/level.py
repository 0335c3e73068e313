"""Fluid-calcium levels: sediment that lies level with gravity."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from trabecula.describe.observation import HU_UNIT, graded, not_assessed
from trabecula.describe.patch import Patch
from trabecula.describe.shell import Shell
from trabecula.describe.volume import believes_shell
from trabecula.model import Float32, Mask, Measured, Sign

GRAVITY = {
    "HFS": (1, 1),
    "FFS": (1, 1),
    "HFP": (1, -1),
    "FFP": (1, -1),
    "HFDL": (2, 1),
    "FFDL": (2, 1),
    "HFDR": (2, -1),
    "FFDR": (2, -1),
}
"""Patient position to the array axis of gravity, and its sign (1 = toward back, 2 = left)."""

POSITION_WORDS = {
    "S": "supine",
    "P": "prone",
    "DL": "lying on the left side",
    "DR": "lying on the right side",
}
"""How the patient lies, after head or feet first."""

SMALLEST_MM = 5.0
"""A lobule less high than this shows no level."""

LOBULE_PART = 0.5
"""Lobules are the parts that stay apart at this part of the greatest depth."""

STEP_PART = 0.12
"""Step that counts, as part of the lesion's height above soft tissue."""

UNEVEN_LAYERS = 3.0
"""Spread within a layer over the height of the step, times this, beyond 1 speaks against it."""

SHARP_MM = 3.0
"""A level is a step, not a slope: most of it happens within this height, mm."""


def fluid_level_of(patch: Patch, shell: Shell, position: str | None) -> Sign:
    """Look for a horizontal step, denser on the side gravity pulls to."""
    name = "fluid_calcium_level"
    if position not in GRAVITY:
        return not_assessed(
            "the position of the patient is not known, so neither is the way of gravity", name
        )[0]
    axis, sign = GRAVITY[position]
    start = 1.5 * max(patch.sigma_mm[1], 0.5)
    if believes_shell(shell) and shell.shell is not None:
        start += shell.shell.rim_mm
    interior = (patch.depth_mm > start) & patch.interior
    spacing = patch.spacing_mm[axis]
    high = 2.0 * float(patch.depth_mm.max(initial=0.0))
    if high < SMALLEST_MM or int(interior.sum()) < 60:
        return not_assessed(
            f"{high:.1f} mm thick; below {SMALLEST_MM:.0f} mm no level can be read", name
        )[0]
    labels, count = _lobules(patch, interior)
    parts = _largest(labels, count)
    if not parts:
        return not_assessed("no lobule with an interior clear of its wall", name)[0]
    steps = [_step(patch, labels == n, (axis, sign)) for n in parts]
    step, sharp = max(steps, key=lambda found: found[0] * found[1])
    height = max(patch.surface_hu - patch.background_hu, 1.0)
    figure = Measured(
        step * sharp,
        HU_UNIT,
        f"step of {step:.0f} HU toward gravity ({POSITION_WORDS[position[2:]]}), "
        f"{sharp:.0%} of it within {SHARP_MM:.0f} mm, voxel {spacing:.1f} mm",
    )
    limit = max(STEP_PART * height, 3.0 * patch.noise_hu, 40.0)
    return graded(name, figure, limit, spread=max(0.2 * limit, patch.noise_hu))


def _lobules(patch: Patch, interior: Mask) -> tuple[npt.NDArray[np.int32], int]:
    """Interior by lobule: each has its own level, at its own height."""
    depth = ndimage.gaussian_filter(patch.depth_mm, [1.0 / s for s in patch.spacing_mm])
    labels, count = ndimage.label(interior & (depth > LOBULE_PART * depth.max()))
    return labels, count


def _largest(labels: npt.NDArray[np.int32], count: int) -> list[int]:
    sizes = np.bincount(labels.ravel())[1 : count + 1]
    return [int(n) + 1 for n in np.argsort(-sizes)[:4] if sizes[n] >= 30]


def _step(patch: Patch, part: Mask, gravity: tuple[int, int]) -> tuple[float, float]:
    """Height of the step along gravity, and how much of it is sudden and level, 0 to 1."""
    axis, sign = gravity
    others = tuple(a for a in range(3) if a != axis)
    counts = part.sum(axis=others)
    sums = np.where(part, patch.hu, np.float32(0.0)).sum(axis=others)
    use = counts >= 4
    if use.sum() < 4:
        return 0.0, 0.0
    profile = (sums[use] / counts[use])[:: 1 if sign > 0 else -1]
    weights = counts[use][:: 1 if sign > 0 else -1].astype(float)
    best = (0.0, 1)
    for at in range(2, len(profile) - 1):
        below = float(np.average(profile[at:], weights=weights[at:]))
        above = float(np.average(profile[:at], weights=weights[:at]))
        gain = (below - above) * np.sqrt(weights[:at].sum() * weights[at:].sum())
        if gain > best[0]:
            best = (float(gain), at)
    at = best[1]
    if best[0] <= 0.0:
        return 0.0, 0.0
    step = float(
        np.average(profile[at:], weights=weights[at:])
        - np.average(profile[:at], weights=weights[:at])
    )
    reach = max(1, round(0.5 * SHARP_MM / patch.spacing_mm[axis]))
    low, high = profile[max(0, at - reach - 1) : at].min(), profile[at : at + reach + 1].max()
    full = max(float(np.percentile(profile, 95) - np.percentile(profile, 5)), 1.0)
    sudden = float(np.clip((high - low) / full, 0.0, 1.0))
    flat = _flatness(profile, at, reach, step) * _evenness(patch, part, gravity, step)
    return step, sudden * flat


def _evenness(patch: Patch, part: Mask, gravity: tuple[int, int], step: float) -> float:
    """How even the layers are: sediment and fluid are, trabeculae are not."""
    axis, _ = gravity
    moved = np.moveaxis(np.where(part, patch.hu, np.float32(np.nan)), axis, 0)
    layers = moved.reshape(moved.shape[0], -1)
    spreads = [float(np.nanstd(layer)) for layer in layers if np.isfinite(layer).sum() >= 8]
    spread = float(np.median(spreads)) if spreads else 0.0
    return float(np.clip(2.0 - UNEVEN_LAYERS * spread / max(step, 1.0), 0.0, 1.0))


def _flatness(profile: Float32, at: int, reach: int, step: float) -> float:
    """How flat the profile is away from the step: a slope is no level."""
    drift = 0.0
    for side in (profile[: max(at - reach, 0)], profile[at + reach :]):
        if len(side) >= 3:
            drift = max(drift, abs(float(np.polyfit(np.arange(len(side)), side, 1)[0])) * len(side))
    return float(np.clip(1.0 - drift / max(step, 1.0), 0.0, 1.0))
