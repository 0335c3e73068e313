"""Growing, shrinking and filling masks by distances in mm: quick at any radius.

SciPy's binary morphology grows with the cube of the radius and its hole filling creeps voxel by
voxel; exact distances and one labelling of the background do the same in two passes.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from trabecula.model import Mask

Spacing = tuple[float, float, float]


MOST_SHIFTS = 90
"""Up to this many neighbour rows shifting is quicker than measuring distances."""


def grown(mask: Mask, radius_mm: float, spacing_kji_mm: Spacing) -> Mask:
    """Voxels whose centre is within a radius of a voxel of the mask.

    Parameters
    ----------
    mask : (k, j, i) bool
    radius_mm
    spacing_kji_mm
        Voxel edges, mm; an axis with an edge beyond the radius is not grown along.
    """
    if not mask.any():
        return mask.copy()
    rows = _ball_rows(radius_mm + TINY_MM, spacing_kji_mm)
    if len(rows) <= MOST_SHIFTS:
        return _by_shifts(mask, rows)
    import edt

    distance = edt.edt(np.ascontiguousarray(~mask), anisotropy=spacing_kji_mm, parallel=2)
    near: Mask = distance <= radius_mm + TINY_MM
    return near


def grown_by_box(mask: Mask, half_kji: tuple[int, int, int]) -> Mask:
    """Voxels within a box of a voxel of the mask; its half widths are given in voxels."""
    k, j, i = half_kji
    return _by_shifts(
        _by_shifts(mask, [(0, 0, i)]),
        [(a, b, 0) for a in range(-k, k + 1) for b in range(-j, j + 1)],
    )


def closed_by_box(mask: Mask, half_kji: tuple[int, int, int]) -> Mask:
    """Close gaps narrower than a box; the array's edge is no outside."""
    return ~grown_by_box(~grown_by_box(mask, half_kji), half_kji) | mask


def opened_by_box(mask: Mask, half_kji: tuple[int, int, int]) -> Mask:
    """Take off parts thinner than a box; the array's edge is no outside."""
    return grown_by_box(~grown_by_box(~mask, half_kji), half_kji) & mask


def _ball_rows(radius_mm: float, spacing_kji_mm: Spacing) -> list[tuple[int, int, int]]:
    """Rows of a ball of voxels: offsets in slice and row, and how far the row reaches."""
    dk, dj, di = spacing_kji_mm
    k, j = int(radius_mm // dk), int(radius_mm // dj)
    if (2 * k + 1) * (2 * j + 1) > 2 * MOST_SHIFTS:
        return [(0, 0, 0)] * (MOST_SHIFTS + 1)
    rest = {
        (a, b): radius_mm**2 - (a * dk) ** 2 - (b * dj) ** 2
        for a in range(-k, k + 1)
        for b in range(-j, j + 1)
    }
    return [(a, b, int(np.sqrt(left) // di)) for (a, b), left in rest.items() if left >= 0.0]


def _by_shifts(mask: Mask, rows: Sequence[tuple[int, int, int]]) -> Mask:
    """Union of a mask's copies, shifted by slices and rows and widened along the rows."""
    result = mask.copy()
    wide, reach = mask, 0
    for a, b, width in sorted(rows, key=lambda row: row[2]):
        if width > reach:
            wide = wide.copy()
            for step in range(reach + 1, width + 1):
                _or_shifted(wide, mask, (0, 0, step))
                _or_shifted(wide, mask, (0, 0, -step))
            reach = width
        _or_shifted(result, wide, (a, b, 0))
    return result


def _or_shifted(target: Mask, source: Mask, offset: tuple[int, int, int]) -> None:
    to, off = [], []
    for step, size in zip(offset, source.shape, strict=True):
        if abs(step) >= size:
            return
        to.append(slice(max(0, step), size + min(0, step)))
        off.append(slice(max(0, -step), size + min(0, -step)))
    part = target[tuple(to)]
    np.logical_or(part, source[tuple(off)], out=part)


def shrunk(mask: Mask, radius_mm: float, spacing_kji_mm: Spacing) -> Mask:
    """Voxels farther than a radius from every voxel outside; the array's edge is no outside.

    Parameters are those of :func:`grown`.
    """
    if mask.all():
        return mask.copy()
    return ~grown(~mask, radius_mm, spacing_kji_mm)


TINY_MM = 1e-3
"""Distances are single precision."""


def closed(mask: Mask, radius_mm: float, spacing_kji_mm: Spacing) -> Mask:
    """Grow, then shrink: gaps narrower than twice the radius are closed."""
    return shrunk(grown(mask, radius_mm, spacing_kji_mm), radius_mm, spacing_kji_mm) | mask


def opened(mask: Mask, radius_mm: float, spacing_kji_mm: Spacing) -> Mask:
    """Shrink, then grow: parts thinner than twice the radius are taken off."""
    return grown(shrunk(mask, radius_mm, spacing_kji_mm), radius_mm, spacing_kji_mm) & mask


def components(
    mask: Mask, connectivity: Literal[4, 6, 26] = 6
) -> tuple[npt.NDArray[np.int32], int]:
    """Label the pieces of a mask from 1, and count them.

    Parameters
    ----------
    mask : (k, j, i) or (j, i) bool
    connectivity
        6 or 26 neighbours; 4 for a single slice.
    """
    import cc3d

    labels, count = cc3d.connected_components(
        np.ascontiguousarray(mask), connectivity=connectivity, return_N=True, out_dtype=np.uint32
    )
    return labels.view(np.int32), int(count)


def holes(mask: Mask) -> Mask:
    """Voxels outside a mask that it encloses on every side."""
    labels, _ = components(np.pad(~mask, 1, constant_values=True))
    enclosed: Mask = (labels > 0) & (labels != labels[0, 0, 0])
    return enclosed[1:-1, 1:-1, 1:-1]
