"""Bodies that only blur joins to the skeleton: they come off it where the threshold is raised.

A gap of a voxel or two between mineral and bone is filled by partial volume, so both are one body
at the threshold. Where bone and mineral themselves are dense, that bridge is not: above a higher
threshold they are two. What so comes off is grown back, and it is loose when hardly any of its
surface meets bone. Native pieces come off as well (ribs at their joints, ends of bones); whether
they are native is asked as of any free body.
"""

from dataclasses import replace

import numpy as np

from trabecula.model import HU, Anatomy, Mask, Tissue, Volume
from trabecula.see.bodies import (
    Bodies,
    Int64,
    Runs,
    connect,
    flat_in_volume,
    joined,
    paint,
    runs_of_voxels,
)
from trabecula.see.free_bones import free_bones
from trabecula.see.mineral import denser, without
from trabecula.see.morphology import grown_by_box
from trabecula.see.scene import Scene

EXCESS_HU = 400.0
"""Above the mineral threshold by this, blurred gaps to bone are open (seven of eleven free lesions
of simulated patients that were one body with bone, none of the lesions fused to it)."""

LEAST_DENSE_ML = 0.04
"""Least volume of what comes off, above the higher threshold."""

LEAST_ML = 0.1
"""And grown back: smaller pieces of faint bone come off everywhere."""

LARGEST_ML = 40.0
"""What is larger is a bone or has grown onto one by more than blur."""

LONGEST_MM = 120.0
"""What is longer is a bone: a rib, a bone of a limb."""

MAIN_SHARE = 0.2
"""And this share of the densest body is skeleton."""

GROWN_MM = 3.0
"""What comes off is grown back, through mineral and as far as it is nearer than other dense
mineral, by this much."""

CONTACT_SHARE = 0.07
"""Share of its surface that may meet mineral (free lesions 0.002 to 0.06, ribs at their joints
0.02 to 0.08, other native pieces from 0.1 on)."""


def loosened(
    anatomy: Anatomy, inside: Runs, volume: Volume, *, scene: Scene, threshold_hu: float
) -> tuple[Anatomy, Runs]:
    """Take the bodies that only blur joins to bone, and that are none, out of an anatomy.

    Parameters
    ----------
    anatomy
        Whose labels are whole runs.
    inside
        Mineral inside the body.
    volume, scene
    threshold_hu
        The mineral threshold.

    Returns
    -------
    (Anatomy, Runs)
        Anatomy without those bodies; mineral inside the body, they as runs of their own.
    """
    is_bone = np.isin(anatomy.labels.reshape(-1)[inside.start], anatomy.of(Tissue.BONE))
    bone = inside.take(is_bone)
    found = _all_loose(bone, volume, threshold_hu)
    if not found:
        return anatomy, inside
    loose = connect(runs_of_voxels(np.unique(np.concatenate(found)), volume.hu))
    skeleton = scene.mark(bone)
    numbers = [int(n) for n in np.argsort(-loose.voxels, kind="stable")]
    bones = free_bones(
        numbers, loose, volume=volume, scene=scene, skeleton=skeleton, least_mirrored_ml=0.0
    )
    free = np.ones(len(loose), dtype=bool)
    free[[number for number, _ in bones]] = False
    free &= loose.voxels * volume.grid.voxel_ml >= LEAST_ML
    taken = loose.runs_among(free)
    if len(taken) == 0:
        return anatomy, inside
    labels = anatomy.labels.copy()
    paint(labels, taken, 0)
    return replace(anatomy, labels=labels), joined(without(inside, taken, volume.hu), taken)


def _all_loose(bone: Runs, volume: Volume, low_hu: float) -> list[Int64]:
    """Voxels of each body of dense mineral that comes off, grown back."""
    dense_hu = low_hu + EXCESS_HU
    dense = connect(denser(bone, dense_hu, volume.hu))
    if len(dense) == 0:
        return []
    size_ml = dense.voxels * volume.grid.voxel_ml
    most_ml = min(LARGEST_ML, MAIN_SHARE * float(size_ml.max()))
    extent = (dense.high_kji - dense.low_kji) * volume.grid.spacing_kji_mm
    short = extent.max(axis=1) <= LONGEST_MM
    some = np.flatnonzero((size_ml >= LEAST_DENSE_ML) & (size_ml <= most_ml) & short)
    bodies = (_loose(number, dense, volume, (low_hu, dense_hu)) for number in some.tolist())
    return [voxels for voxels in bodies if voxels is not None]


def _loose(
    number: int, dense: Bodies, volume: Volume, levels_hu: tuple[float, float]
) -> Int64 | None:
    """Voxels of a body that comes off, grown back; ``None`` when it is not loose."""
    low_hu, dense_hu = levels_hu
    spacing = volume.spacing_kji_mm
    box = volume.grid.pad(dense.box(number), 2.0 * GROWN_MM)
    hu = volume.hu[box]
    own = dense.mask(number, box)
    body = _grown_back(own, hu, low_hu=low_hu, dense_hu=dense_hu, spacing_kji_mm=spacing)
    around = grown_by_box(body, (1, 1, 1)) & ~body
    contact = int((hu[around] > low_hu).sum())
    # A body that touches nothing is free already.
    if contact == 0 or contact > CONTACT_SHARE * int(around.sum()):
        return None
    return flat_in_volume(body, box, (volume.hu.shape[0], volume.hu.shape[1], volume.hu.shape[2]))


def _grown_back(
    own: Mask,
    hu: HU,
    *,
    low_hu: float,
    dense_hu: float,
    spacing_kji_mm: tuple[float, float, float],
) -> Mask:
    """Mineral about a dense body, taken step by step against other dense mineral that grows too."""
    mineral = hu > low_hu
    body, other = own.copy(), (hu > dense_hu) & ~own
    step_mm = min(spacing_kji_mm)
    for number in range(1, round(GROWN_MM / step_mm) + 1):
        # Along a thicker axis a step is taken only when its distance is due.
        k, j, i = (
            int(number * step_mm // edge) - int((number - 1) * step_mm // edge)
            for edge in spacing_kji_mm
        )
        other = grown_by_box(other, (k, j, i)) & mineral & ~body
        body |= grown_by_box(body, (k, j, i)) & mineral & ~other
    return body
