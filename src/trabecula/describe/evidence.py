"""Figures that the verdict weighs beside the signs: levels on the patient's own scale.

Thick slices mix what lies above and below, but in their own plane they are as sharp as thin ones.
So rim and core are also compared within the planes, in slices that have a neighbour of the same
lesion on either side.
"""

from collections.abc import Mapping
from itertools import pairwise
from math import log10, sqrt

import numpy as np
from scipy import ndimage

from trabecula.describe.observation import Observations
from trabecula.describe.patch import FARTHEST_MM, FWHM_PER_SIGMA, Patch, distance_mm
from trabecula.describe.pattern import inner_level
from trabecula.describe.shell import Shell
from trabecula.model import Float32, Float64, Mask, Presence

FLOOR_WIDTHS, FLOOR_PIXELS, FLOOR_SLICES = 3.2, 1.5, 2.0
"""Rim, core and rim need three resolution elements (the blur, at least 1.5 pixels) across the
thinnest side, and two slices along the body, to be told apart. The outline at half height of what
is as thin as that is a little wider."""

DEEPEST_PART, OUTER_PARTS = 0.7, (0.15, 0.65)
"""Part of a slice's greatest depth from which a pixel belongs to the middle, and the outer ring."""

FEWEST_PIXELS = 8
"""Fewer pixels in the middle or the ring say nothing."""

SMALLEST_HOLE = 4
"""Fewer pixels are no lucent area."""

SOFT_REACH, SOFT_SPREAD = 0.06, 0.20
"""How far the middle may be from soft tissue, and how uneven, to be anything like it."""

EGGSHELL_MM, BROAD_MM = 1.5, 2.5
"""Rims up to the first are as thin as that of a cyst or node, mm; ripening bone has a broad one."""

EVEN_SLICE_MM = 3.0
"""Thicker slices average trabeculae away, so that an even middle says less."""

FAINT_LEVEL = 0.3
"""Fainter mineral does not tell lobules from gaps."""

PARTS = 5
"""Rings that the outer part is cut into; the densest is the rim."""

OUTSIDE_MM, BIN_MM, CLEAR_MM = 3.0, 0.5, 2.0
"""The rim is followed this far out of the body, in steps of depth, and this far from bone, mm."""

SLANT_MM, UPRIGHT_PART = 1.0, 0.15
"""Where the surface moves farther than this from slice to slice, mm, the slice smears the rim; it
is left out where so much of the lesion is upright."""

FEWEST_BINS = 5
"""Fewer steps of depth show no rim."""

RIM_PART = 0.65
"""A rim lies within this part of the greatest depth."""

RIM_NOISES = 3.0
"""It is this many times the noise above what lies on either side of it."""

THINNEST_RIM_MM = 0.2
"""Rims thinner than this are not told from the blur, mm."""


def evidence_of(patch: Patch, observed: Observations, shell: Shell) -> Mapping[str, float]:
    """Figures by name; those that could not be measured are left out.

    Levels are parts of the way from the patient's soft tissue (0) to cortex (1).
    """
    span = patch.cortex_hu - patch.soft_hu
    found = {
        "surface_level": patch.relative_level,
        "peak_level": (
            float(np.percentile(patch.hu[patch.mask], 98)) - patch.noise_hu - patch.soft_hu
        )
        / span,
        "shell_gain": log10(1.0 + max(shell.gain, 0.0)),
        "voxels": float(patch.mask.sum()),
    }
    depth = plane_depth_mm(patch)
    found.update(_resolution(patch, depth))
    found.update(_profile(patch, depth, span))
    found.update(_rim(patch, depth, span))
    inner = inner_level(patch, patch.body, patch.depth_mm)
    if inner is not None:
        found["inner_level"] = inner
    found.update(_zones(patch, observed))
    found.update(_shape(observed))
    found = {name: round(value, 4) for name, value in found.items()}
    return {**found, **combined(found)}


def combined(found: Mapping[str, float]) -> Mapping[str, float]:
    """Figures that follow from others."""
    made = {}
    if "plane_core" in found:
        near = 1.0 - abs(found["plane_core"]) / SOFT_REACH
        even = 1.0 - found["plane_spread"] / SOFT_SPREAD
        clear = min(1.0, EVEN_SLICE_MM / found["slice_mm"])
        thin = (BROAD_MM - found.get("plane_rim_mm", 0.0)) / (BROAD_MM - EGGSHELL_MM)
        soft = max(near, 0.0) * max(even, 0.0) * clear
        made["plane_soft"] = round(soft * min(max(thin, 0.0), 1.0), 4)
        if found["surface_level"] >= FAINT_LEVEL:
            made["plane_lobules"] = found["plane_holes"]
    return made


def plane_depth_mm(patch: Patch) -> Float32:
    """Depth below the surface within the plane of each slice, mm."""
    return _plane_distance_mm(patch.body, patch.spacing_mm)


def _plane_distance_mm(
    mask: Mask, spacing_mm: tuple[float, float, float], *, beyond: bool = False
) -> Float32:
    """Distance inside a mask, which may go on beyond the box, to its border in the slice, mm."""
    _, row, column = spacing_mm
    wide = np.pad(mask, ((0, 0), (1, 1), (1, 1)), constant_values=beyond)
    # Slices so far apart that the nearest surface is always in the same one.
    depth = distance_mm(wide, (FARTHEST_MM, row, column))[:, 1:-1, 1:-1]
    return np.where(depth < FARTHEST_MM / 2.0, depth, np.float32(0.0))


def below_floor(evidence: Mapping[str, float]) -> bool:
    """Whether this scan cannot resolve a rim and a core in the lesion."""
    return evidence["widths_across"] < 1.0 or evidence["slices_across"] < 1.0


def _resolution(patch: Patch, depth: Float32) -> Mapping[str, float]:
    """Size against the resolution floor, across and along the body; 1 is the floor."""
    element = max(FWHM_PER_SIGMA * patch.sigma_mm[1], FLOOR_PIXELS * patch.spacing_mm[1])
    slices = float(patch.body.any(axis=(1, 2)).sum())
    return {
        "widths_across": 2.0 * float(depth.max(initial=0.0)) / (FLOOR_WIDTHS * element),
        "slices_across": slices / FLOOR_SLICES,
        "slice_mm": patch.slice_mm,
    }


def _profile(patch: Patch, depth: Float32, span: float) -> Mapping[str, float]:
    """Rim and middle within the planes of the inner slices."""
    inner: Mask = patch.body.copy()
    filled: Mask = np.asarray(patch.body.any(axis=(1, 2)))
    inner[1:] &= filled[:-1, None, None]
    inner[:-1] &= filled[1:, None, None]
    inner[0], inner[-1] = False, False
    if not inner.any():
        return {}
    greatest = np.where(inner, depth, 0.0).max(axis=(1, 2), keepdims=True)
    inner &= greatest > 2.0 * patch.sigma_mm[1]
    part = depth / np.maximum(greatest, 1e-3)
    middle = inner & (part >= DEEPEST_PART)
    if int(middle.sum()) < FEWEST_PIXELS:
        return {}
    rings = []
    edges = np.linspace(*OUTER_PARTS, PARTS)
    for low, high in pairwise(edges):
        ring = inner & (part >= low) & (part < high)
        if int(ring.sum()) >= FEWEST_PIXELS:
            rings.append(float(patch.hu[ring].mean()))
    if not rings:
        return {}
    values = patch.hu[middle]
    core = float(values.mean())
    low, high = np.percentile(values, [10.0, 90.0])
    height = max(*rings, core) - patch.background_hu
    spread = 0.39 * float(high - low)
    ring = inner & (part < OUTER_PARTS[1])
    denser = patch.hu > core + 0.35 * (max(rings) - core) + patch.noise_hu
    return {
        "plane_holes": _lucent_areas(patch, inner),
        "plane_cover": float(denser[ring].mean()),
        "plane_step": (max(rings) - core) / max(height, 3.0 * patch.noise_hu),
        "plane_core": (core - patch.soft_hu) / span,
        "plane_spread": float(np.sqrt(max(spread**2 - patch.noise_hu**2, 0.0)))
        / max(height, 3.0 * patch.noise_hu),
    }


def _lucent_areas(patch: Patch, inner: Mask) -> float:
    """Count the lucent areas that one slice shows: one is a core, several are lobules or gaps."""
    hu = ndimage.gaussian_filter(patch.hu, (0.0, *(0.5 / step for step in patch.spacing_mm[1:])))
    top = float(np.percentile(hu[patch.body], 85))
    lucent = inner & (hu < 0.5 * (top + patch.background_hu) - patch.noise_hu)
    plane = np.zeros((3, 3, 3), dtype=bool)
    plane[1] = True
    labels, _ = ndimage.label(lucent, plane)
    areas = np.bincount(labels.ravel())[1:]
    slices = int(inner.any(axis=(1, 2)).sum())
    return float((areas >= SMALLEST_HOLE).sum()) / max(slices, 1)


def _rim(patch: Patch, depth: Float32, span: float) -> Mapping[str, float]:
    """Width of the rim within the planes, freed of the blur, and its density.

    HU are averaged over steps of depth below the surface, from soft tissue outside to the
    middle; the rim reaches from half its height outside to half its height inside.
    """
    inner = np.asarray(patch.body.any(axis=(1, 2))).nonzero()[0][1:-1]
    if not inner.size:
        return {}
    across = depth - _plane_distance_mm(~patch.body, patch.spacing_mm, beyond=True)
    used = np.zeros_like(patch.body)
    used[inner] = (~patch.native & (across > -OUTSIDE_MM))[inner]
    upright = np.zeros_like(used)
    upright[1:-1] = np.abs(across[2:] - across[:-2]) < 2.0 * SLANT_MM
    if int((used & upright).sum()) >= UPRIGHT_PART * int(used.sum()):
        used &= upright
    if patch.from_native_mm is not None:
        used &= patch.from_native_mm > CLEAR_MM
    if not used.any():
        return {}
    at, hu = across[used], patch.hu[used]
    places, levels = _binned(at, hu)
    deepest = float(at.max())
    middle = hu[at >= DEEPEST_PART * deepest]
    if places.size < FEWEST_BINS or middle.size < FEWEST_PIXELS:
        return {}
    core, top = float(middle.mean()), int(levels.argmax())
    height = float(levels[top]) - max(core, patch.background_hu)
    if height < RIM_NOISES * patch.noise_hu or places[top] > RIM_PART * deepest:
        return {}
    ends = [
        _half_way(places[part], levels[part], 0.5 * (float(levels[top]) + base))
        for part, base in ((slice(top, None, -1), patch.background_hu), (slice(top, None), core))
    ]
    if ends[0] is None or ends[1] is None:
        return {}
    blur = FWHM_PER_SIGMA * patch.sigma_mm[1]
    width = sqrt(max((ends[1] - ends[0]) ** 2 - blur**2, THINNEST_RIM_MM**2))
    level = (float(levels[top]) - patch.background_hu) / span
    return {"plane_rim_mm": width, "plane_rim_level": level}


def _binned(at: Float32, hu: Float32) -> tuple[Float64, Float64]:
    """Mean HU by steps of depth, where enough pixels have it."""
    steps = np.floor(at / BIN_MM).astype(np.intp)
    first = int(steps.min())
    counts = np.bincount(steps - first)
    means = np.bincount(steps - first, hu) / np.maximum(counts, 1)
    places: Float64 = (np.arange(counts.size, dtype=np.float64) + first + 0.5) * BIN_MM
    kept = counts >= FEWEST_PIXELS
    return places[kept], means[kept]


def _half_way(places: Float64, levels: Float64, level: float) -> float | None:
    """Where levels that start above one fall below it, between the steps."""
    below = np.flatnonzero(levels < level)
    if not below.size:
        return None
    n = int(below[0])
    part = (levels[n - 1] - level) / (levels[n - 1] - levels[n])
    return float(places[n - 1] + part * (places[n] - places[n - 1]))


def _shape(observed: Observations) -> Mapping[str, float]:
    """How much longer than thick the lesion is."""
    longest, shortest = (observed.figures.get(f"{end}_extent") for end in ("longest", "shortest"))
    if longest is None or shortest is None:
        return {}
    return {"elongation": longest.value / max(shortest.value, 0.1)}


def _zones(patch: Patch, observed: Observations) -> Mapping[str, float]:
    """Return what the shell and the texture left, where they could be measured."""
    found = {}
    if "core" in observed.figures:
        found["core_above_soft_hu"] = observed.figures["core"].value - patch.soft_hu
    texture = next((sign for sign in observed.signs if sign.name == "trabeculated"), None)
    assessed = texture is not None and texture.presence is not Presence.NOT_ASSESSED
    if assessed and texture is not None and isinstance(texture.measured, int | float):
        found["texture_level"] = float(texture.measured)
    return found
