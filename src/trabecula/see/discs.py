"""Disc spaces: mineral between two named vertebrae, where the outlines of both err."""

import numpy as np

from trabecula.model import Anatomy, Box, Float32, Mask, Volume, place_in

FACING = -0.5
"""Cosine from which two bones lie on opposite sides of a voxel: seen from it 120° apart."""

MOST_ML = 4.0
"""Two endplates of 10 cm², each a slice of 2 mm, are no more."""

SHARE = 0.9
"""Share of a body that must lie so: what has grown at their rim lies outside."""


def in_disc_space(
    mask: Mask, box: Box, *, anatomy: Anatomy, volume: Volume, error_mm: float
) -> bool:
    """Whether mineral lies in the space between two named vertebrae.

    Each voxel lies within the error of an outline, or between two outlines that both may err.

    Parameters
    ----------
    mask : (k, j, i) bool
    box
        Box of the mask in the volume.
    anatomy
        With named vertebrae.
    volume
    error_mm
        How far a named bone may end inside the true one.
    """
    if float(mask.sum()) * volume.grid.voxel_ml > MOST_ML:
        return False
    wide = volume.grid.pad(box, 2.0 * error_mm)
    part = anatomy.labels[wide]
    index = np.argwhere(mask) + [axis.start for axis in place_in(box, wide)]
    names = [(int(label), anatomy.name_of(int(label))) for label in np.unique(part[part > 0])]
    towards = [
        _towards(part == label, index, volume)
        for label, name in names
        if name.startswith("vertebrae_")
    ]
    if len(towards) < 2:
        return False
    apart = np.stack([np.linalg.norm(way, axis=1) for way in towards])
    held: Mask = apart.min(axis=0) <= error_mm
    for at, one in enumerate(towards):
        for other in towards[at + 1 :]:
            held |= _between(one, other, 2.0 * error_mm)
    return float(held.mean()) >= SHARE


def _towards(bone: Mask, index: np.ndarray, volume: Volume) -> Float32:
    """Way ``(n, 3)`` from each voxel to the nearest voxel of a bone, mm."""
    from scipy.spatial import KDTree

    spacing = volume.grid.spacing_kji_mm
    points, of_bone = index * spacing, np.argwhere(bone) * spacing
    _, nearest = KDTree(of_bone).query(points)
    way: Float32 = (of_bone[nearest] - points).astype(np.float32)
    return way


def _between(one: Float32, other: Float32, reach_mm: float) -> Mask:
    """Which voxels have two bones near, on opposite sides."""
    first, second = np.linalg.norm(one, axis=1), np.linalg.norm(other, axis=1)
    near = (first <= reach_mm) & (second <= reach_mm)
    facing: Mask = near & ((one * other).sum(axis=1) <= FACING * first * second)
    return facing
