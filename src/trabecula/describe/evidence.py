"""Figures that the verdict weighs beside the signs: levels on the patient's own scale.

Thick slices mix what lies above and below, but in their own plane they are as sharp as thin ones.
So rim and core are also compared within the planes, in slices that have a neighbour of the same
lesion on either side.
"""

from collections.abc import Mapping
from itertools import pairwise
from math import log10

import numpy as np
from scipy import ndimage

from trabecula.describe.observation import Observations
from trabecula.describe.patch import FARTHEST_MM, FWHM_PER_SIGMA, Patch, distance_mm
from trabecula.describe.shell import Shell
from trabecula.model import Float32, Mask, Presence

FLOOR_WIDTHS, FLOOR_PIXELS, FLOOR_SLICES = 3.0, 1.5, 2.0
"""Rim, core and rim need three resolution elements (the blur, at least 1.5 pixels) across the
thinnest side, and two slices along the body, to be told apart."""

DEEPEST_PART, OUTER_PARTS = 0.7, (0.15, 0.65)
"""Part of a slice's greatest depth from which a pixel belongs to the middle, and the outer ring."""

FEWEST_PIXELS = 8
"""Fewer pixels in the middle or the ring say nothing."""

SMALLEST_HOLE = 4
"""Fewer pixels are no lucent area."""

SOFT_REACH, SOFT_SPREAD = 0.06, 0.20
"""How far the middle may be from soft tissue, and how uneven, to be anything like it."""

EVEN_SLICE_MM = 3.0
"""Thicker slices average trabeculae away, so that an even middle says less."""

FAINT_LEVEL = 0.3
"""Fainter mineral does not tell lobules from gaps."""

PARTS = 5
"""Rings that the outer part is cut into; the densest is the rim."""


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
        "mean_level": (float(patch.hu[patch.body].mean()) - patch.soft_hu) / span,
        "shell_gain": log10(1.0 + max(shell.gain, 0.0)),
        "noise_level": patch.noise_hu / span,
        "volume_level": log10(max(float(patch.body.sum()) * patch.voxel_mm3, 1.0)),
        "voxels": float(patch.mask.sum()),
    }
    depth = plane_depth_mm(patch)
    found.update(_resolution(patch, depth))
    found.update(_profile(patch, depth, span))
    found.update(_zones(patch, observed, span))
    found = {name: round(value, 4) for name, value in found.items()}
    return {**found, **combined(found)}


def combined(found: Mapping[str, float]) -> Mapping[str, float]:
    """Figures that follow from others."""
    made = {}
    if "plane_core" in found:
        near = 1.0 - abs(found["plane_core"]) / SOFT_REACH
        even = 1.0 - found["plane_spread"] / SOFT_SPREAD
        clear = min(1.0, EVEN_SLICE_MM / found["slice_mm"])
        made["plane_soft"] = round(max(near, 0.0) * max(even, 0.0) * clear, 4)
        if found["surface_level"] >= FAINT_LEVEL:
            made["plane_lobules"] = found["plane_holes"]
    return made


def plane_depth_mm(patch: Patch) -> Float32:
    """Depth below the surface within the plane of each slice, mm."""
    _, row, column = patch.spacing_mm
    # Slices so far apart that the nearest surface is always in the same one.
    depth = distance_mm(np.pad(patch.body, 1), (FARTHEST_MM, row, column))[1:-1, 1:-1, 1:-1]
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
    found = _lucencies(patch, inner)
    values = patch.hu[middle]
    core = float(values.mean())
    low, high = np.percentile(values, [10.0, 90.0])
    height = max(*rings, core) - patch.background_hu
    spread = 0.39 * float(high - low)
    ring = inner & (part < OUTER_PARTS[1])
    denser = patch.hu > core + 0.35 * (max(rings) - core) + patch.noise_hu
    return {
        **found,
        "plane_cover": float(denser[ring].mean()),
        "plane_step": (max(rings) - core) / max(height, 3.0 * patch.noise_hu),
        "plane_core": (core - patch.soft_hu) / span,
        "plane_dark": (float(low) + 1.28 * patch.noise_hu - patch.soft_hu) / span,
        "plane_spread": float(np.sqrt(max(spread**2 - patch.noise_hu**2, 0.0)))
        / max(height, 3.0 * patch.noise_hu),
    }


def _lucencies(patch: Patch, inner: Mask) -> Mapping[str, float]:
    """How many lucent areas one slice shows: one is a core, several are lobules or gaps."""
    hu = ndimage.gaussian_filter(patch.hu, (0.0, *(0.5 / step for step in patch.spacing_mm[1:])))
    top = float(np.percentile(hu[patch.body], 85))
    lucent = inner & (hu < 0.5 * (top + patch.background_hu) - patch.noise_hu)
    plane = np.zeros((3, 3, 3), dtype=bool)
    plane[1] = True
    labels, _ = ndimage.label(lucent, plane)
    areas = np.bincount(labels.ravel())[1:]
    slices = int(inner.any(axis=(1, 2)).sum())
    return {
        "plane_holes": float((areas >= SMALLEST_HOLE).sum()) / max(slices, 1),
        "plane_hollow": float(lucent.sum()) / float(inner.sum()),
    }


def _zones(patch: Patch, observed: Observations, span: float) -> Mapping[str, float]:
    """Levels freed of the blur, where they could be measured."""
    found = {}
    if "rim" in observed.figures and "core" in observed.figures:
        rim, core = observed.figures["rim"].value, observed.figures["core"].value
        found["core_above_soft_hu"] = core - patch.soft_hu
        found["rim_step"] = (rim - core) / span
        found["core_level"] = (core - patch.marrow_hu) / (patch.cortex_hu - patch.marrow_hu)
        found["rim_level"] = (rim - patch.soft_hu) / span
        found["rim_coverage"] = observed.figures["rim_coverage"].value
    texture = next((sign for sign in observed.signs if sign.name == "trabeculated"), None)
    assessed = texture is not None and texture.presence is not Presence.NOT_ASSESSED
    if assessed and texture is not None and isinstance(texture.measured, int | float):
        found["texture_level"] = float(texture.measured)
    return found
