"""From judged bodies to lesions: pieces joined, outlines drawn, places named, largest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from trabecula.model import Anatomy, Border, Box, Float64, Lesion, Mask, Noise, Tissue, Volume
from trabecula.see.bodies import Bodies, Int64, mask_in_box
from trabecula.see.candidates import points_mm
from trabecula.see.labelled import touched
from trabecula.see.outline import outline, trimmed
from trabecula.see.regions import Places

ONE_BODY_MM = 2.5
"""Pieces with a gap up to this are one lesion: a thin bridge is lost to blur and threshold."""

MARGIN_MM = 4.0
"""Room around a lesion for its outline."""

FUSED_VOXELS = 3
"""A lesion that lies against bone over more voxels than this is fused to it, not only near."""


@dataclass(frozen=True, slots=True, eq=False)
class Outlined:
    """A lesion's mask in its box, before it has a number."""

    mask: Mask
    box: Box


def groups(
    numbers: Sequence[int],
    bodies: Bodies,
    volume: Volume,
    *,
    together: Sequence[Sequence[int]] = (),
) -> list[list[int]]:
    """Bodies of one lesion: those whose gap is at most a few millimetres, directly or by others.

    Those of ``together`` make one whatever their gap, and are not joined with one another: they
    were cut apart on purpose.
    """
    known = dict.fromkeys(number for group in together for number in group)
    numbers = [*dict.fromkeys((*numbers, *known))]
    parent = {number: number for number in numbers}

    def root(number: int) -> int:
        while parent[number] != number:
            number = parent[number]
        return number

    for group in together:
        for other in group[1:]:
            if root(group[0]) != root(other):
                parent[root(other)] = root(group[0])
    spacing = volume.grid.spacing_kji_mm
    for one, other in combinations(numbers, 2):
        if one in known and other in known:
            continue
        apart = np.maximum(
            bodies.low_kji[one] - bodies.high_kji[other],
            bodies.low_kji[other] - bodies.high_kji[one],
        )
        near = bool((np.maximum(apart, 0) * spacing <= ONE_BODY_MM).all())
        if near and root(one) != root(other) and _gap(one, other, bodies, volume):
            parent[root(other)] = root(one)
    joined: dict[int, list[int]] = {}
    for number in numbers:
        joined.setdefault(root(number), []).append(number)
    return list(joined.values())


def _gap(one: int, other: int, bodies: Bodies, volume: Volume) -> bool:
    """Whether two bodies come as close as one body's pieces."""
    from scipy.spatial import KDTree

    first, second = (_surface_points(number, bodies, volume) for number in (one, other))
    # Points are voxel centres: one voxel's edge of their distance is not gap.
    reach = ONE_BODY_MM + float(volume.grid.spacing_kji_mm.min())
    distance, _ = KDTree(first).query(second, distance_upper_bound=reach)
    return bool(np.isfinite(distance).any())


def _surface_points(number: int, bodies: Bodies, volume: Volume) -> Float64:
    part = bodies.runs.take(bodies.runs_of(number))
    ends = np.unique(np.concatenate([part.start, part.stop - 1]))
    return points_mm(ends, volume)


def outlined(
    group: Sequence[int], bodies: Bodies, *, volume: Volume, noise: Noise, anatomy: Anatomy
) -> Outlined:
    """Outline of a group of bodies that make one lesion."""
    low = bodies.low_kji[list(group)].min(axis=0).tolist()
    high = bodies.high_kji[list(group)].max(axis=0).tolist()
    k, j, i = (slice(a, b) for a, b in zip(low, high, strict=True))
    box = volume.grid.pad((k, j, i), MARGIN_MM)
    voxels = np.concatenate([bodies.voxels_of(number) for number in group])
    core = mask_in_box(voxels, bodies.runs.shape_kji, box)
    mask = outline(
        core,
        volume.hu[box],
        bone=np.isin(anatomy.labels[box], anatomy.of(Tissue.BONE)) & ~core,
        soft_tissue_hu=noise.soft_tissue_hu,
        spacing_kji_mm=volume.spacing_kji_mm,
    )
    mask, box = trimmed(mask if mask.any() else core, box)
    return Outlined(mask, box)


def with_inside(found: Outlined, voxels: Int64, volume: Volume) -> Outlined:
    """Outline with voxels known to lie inside: the marrow of a shell that is open to bone."""
    if voxels.size == 0:
        return found
    index = np.stack(np.unravel_index(voxels, volume.hu.shape), axis=1)
    first = np.minimum(index.min(axis=0), [axis.start for axis in found.box]).tolist()
    last = np.maximum(index.max(axis=0) + 1, [axis.stop for axis in found.box]).tolist()
    k, j, i = (slice(low, high) for low, high in zip(first, last, strict=True))
    mask = mask_in_box(voxels, (volume.hu.shape[0], *volume.hu.shape[1:]), (k, j, i))
    at = tuple(
        slice(axis.start - low, axis.stop - low) for axis, low in zip(found.box, first, strict=True)
    )
    mask[at] |= found.mask
    return Outlined(mask, (k, j, i))


def without_bone(
    found: Outlined, group: Sequence[int], *, bodies: Bodies, anatomy: Anatomy
) -> Outlined:
    """Outline less what named structures own, unless it is mineral of the lesion itself.

    The base of a fused lesion may lie in the skin of named bone; the outline's growth and filling
    may not eat into the bone beside it.
    """
    owned = np.isin(anatomy.labels[found.box], anatomy.of(Tissue.BONE))
    voxels = np.concatenate([bodies.voxels_of(number) for number in group])
    own = mask_in_box(voxels, bodies.runs.shape_kji, found.box)
    mask = found.mask & (own | ~owned)
    return Outlined(*trimmed(mask, found.box)) if mask.any() else found


def lesions(
    found: Sequence[Outlined], *, anatomy: Anatomy, volume: Volume, noise: Noise, places: Places
) -> tuple[Lesion, ...]:
    """Lesions from their outlines, numbered from the largest."""
    ordered = sorted(
        found,
        key=lambda one: (
            -int(one.mask.sum()),
            one.box[0].start,
            one.box[1].start,
            one.box[2].start,
        ),
    )
    return tuple(
        _lesion(number, one, anatomy=anatomy, volume=volume, noise=noise, places=places)
        for number, one in enumerate(ordered, start=1)
    )


def _lesion(
    number: int,
    found: Outlined,
    *,
    anatomy: Anatomy,
    volume: Volume,
    noise: Noise,
    places: Places,
) -> Lesion:
    index = np.argwhere(found.mask) + [axis.start for axis in found.box]
    centre = volume.grid.to_lps_mm(index.mean(axis=0))
    centroid = (float(centre[0]), float(centre[1]), float(centre[2]))
    names, against = touched(found.mask, found.box, anatomy=anatomy)
    return Lesion(
        id=number,
        mask=found.mask,
        box=found.box,
        region=places.region(centroid),
        side=places.side(centroid),
        centroid_lps_mm=centroid,
        bounding_box_lps_mm=_bounds(found.box, volume),
        border=_border(names, against),
        threshold_hu=noise.mineral_threshold_hu,
        touches=names,
    )


def _border(names: tuple[str, ...], against: int) -> Border:
    if not names:
        return Border.CLEAR
    return Border.FUSED_NOT_CERTAIN if against > FUSED_VOXELS else Border.TOUCHING


def _bounds(box: Box, volume: Volume) -> tuple[float, float, float, float, float, float]:
    """Outer faces of the box's corner voxels, LPS, mm."""
    starts = np.array([axis.start for axis in box]) - 0.5
    stops = np.array([axis.stop for axis in box]) - 0.5
    corners = volume.grid.to_lps_mm(
        [
            [a, b, c]
            for a in _two(starts, stops, 0)
            for b in _two(starts, stops, 1)
            for c in _two(starts, stops, 2)
        ]
    )
    low, high = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return (low[0], low[1], low[2], high[0], high[1], high[2])


def _two(starts: Float64, stops: Float64, axis: int) -> tuple[float, float]:
    return float(starts[axis]), float(stops[axis])
