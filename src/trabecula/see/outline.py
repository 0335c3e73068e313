"""The outline of a lesion: its outer surface, marrow included."""

import numpy as np

from trabecula.model import HU, Box, Mask
from trabecula.see.morphology import closed, components, grown, grown_by_box, holes

SURFACE_REACH_MM = 2.5
"""The surface's own density is taken this far around: a little more than the blur."""


EDGE_PART = 0.35
"""Mineral below this part of the highest around is taken for the blurred edge itself."""

LEAST_SHARE = 1e-4
"""Less than one voxel of any neighbourhood: what lies beyond all mineral."""


def outline(
    core: Mask,
    hu: HU,
    *,
    bone: Mask,
    soft_tissue_hu: float,
    spacing_kji_mm: tuple[float, float, float],
) -> Mask:
    """Outer surface of a body of mineral at half the height of its own edge.

    A fixed threshold sets the surface too far out where mineral is dense and too far in where it
    is faint. Half-way between soft tissue and the density of the mineral about it is where a
    blurred edge lies: the mean of what is no edge itself, since the largest value nearby is noise,
    a denser grain or the native cortex. What the shell encloses, marrow too, belongs to the body.

    Parameters
    ----------
    core : (k, j, i) bool
        What is above the mineral threshold, in a box with a margin of a few voxels.
    hu : (k, j, i) int16
        The same box.
    bone : (k, j, i) bool
        Native bone in the box: it closes the shell of a body fused to it.
    soft_tissue_hu
        What lies around.
    spacing_kji_mm
        Voxel edges, mm.

    Returns
    -------
    (k, j, i) bool
    """
    from scipy.ndimage import maximum_filter, uniform_filter

    size = [2 * max(1, round(SURFACE_REACH_MM / edge)) + 1 for edge in spacing_kji_mm]
    values = hu.astype(np.float32)
    reach = grown_by_box(core, (1, 1, 1))
    height = values - np.float32(soft_tissue_hu)
    highest = maximum_filter(np.where(core, height, np.float32(0.0)), size=size)
    plateau = core & (height >= EDGE_PART * highest)
    share = uniform_filter(plateau.astype(np.float32), size=size)
    total = uniform_filter(np.where(plateau, height, np.float32(0.0)), size=size)
    surface = reach & (share > LEAST_SHARE) & (height * share >= total / 2.0)
    interior = _eroded(filled(core | bone, spacing_kji_mm)) & ~bone
    whole = surface | interior
    whole |= holes(whole)
    return _main_piece(whole, core)


MEND_MM = 2.6
"""Gaps in a thin cortex up to twice this are mended before its inside is filled."""


def filled(mask: Mask, spacing_kji_mm: tuple[float, float, float]) -> Mask:
    """Holes filled, also those that only small gaps of the shell open to the outside.

    A thin cortex is broken by voxel size and noise. It is closed by a small ball, what it then
    encloses is filled, and what the closing alone added outside is taken off again.
    """
    reach = max(MEND_MM, min(spacing_kji_mm))
    rim = [round(2 * reach / edge) + 1 for edge in spacing_kji_mm]
    padded = np.pad(mask, [(width, width) for width in rim])
    mended = closed(padded, reach, spacing_kji_mm)
    inside = holes(mended)
    # The closing has also narrowed the holes from inside: they take back what it took of them.
    inside |= grown(inside, reach, spacing_kji_mm) & mended & ~padded
    whole = padded | inside
    whole |= holes(whole)
    k, j, i = (slice(width, -width) for width in rim)
    return whole[k, j, i]


def _eroded(mask: Mask) -> Mask:
    """Take off the outermost voxels, those that have a face outside or at the array's edge."""
    inner = np.pad(mask, 1)
    inner = ~grown(~inner, 1.0, (1.0, 1.0, 1.0))
    return inner[1:-1, 1:-1, 1:-1]


def _main_piece(mask: Mask, core: Mask) -> Mask:
    """Keep what hangs together with the core."""
    labels, count = components(mask, 26)
    if count <= 1:
        return mask
    keep = np.zeros(count + 1, dtype=bool)
    keep[np.unique(labels[core])] = True
    keep[0] = False
    member: Mask = keep[labels]
    return member


def trimmed(mask: Mask, box: Box) -> tuple[Mask, Box]:
    """Mask and box cut to what the mask holds."""
    spans = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        held = np.flatnonzero(mask.any(axis=others))
        spans.append(slice(int(held[0]), int(held[-1]) + 1))
    k, j, i = (
        slice(outer.start + span.start, outer.start + span.stop)
        for outer, span in zip(box, spans, strict=True)
    )
    return mask[spans[0], spans[1], spans[2]].copy(), (k, j, i)
