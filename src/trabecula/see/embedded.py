"""The embedded segmenter: native bone found without names, by connection, symmetry and place.

It needs no weights and no download. It takes bone that has grown onto the skeleton for skeleton (a
trial found 2 of 47 such lesions by connection alone); :mod:`trabecula.see.parts` then looks for it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trabecula.model import Anatomy, Labels, Level, Mask, Noise, Note, Structure, Tissue, Volume
from trabecula.see.bodies import Bodies, connect, paint
from trabecula.see.free_bones import FreeBone, free_bones
from trabecula.see.mineral import Mineral, find_mineral
from trabecula.see.morphology import closed_by_box, components
from trabecula.see.native import EMBEDDED
from trabecula.see.scene import Scene, bounds, look

LEAST_BONE_ML = 0.5
"""Free bodies below this are not taken for bones here: they are judged one by one."""

MAIN_SHARE = 0.2
"""A body of at least this share of the largest is skeleton too (a leg beside a pelvis)."""

MARROW_HOLE_CM2 = 20.0
"""Holes in a slice of bone up to this are marrow: a vertebral body or femoral head has 12 to 20."""

FREE_LABEL = {
    FreeBone.PAIRED: 2,
    FreeBone.LONG: 2,
    FreeBone.MIDLINE: 2,
    FreeBone.EXTREMITY: 7,
    FreeBone.RIB_CAGE: 3,
    FreeBone.CUT: 4,
}
"""Label of a free bone, by what told it."""

STRUCTURES = (
    Structure(1, "native_skeleton", Tissue.BONE),
    Structure(2, "free_bone", Tissue.BONE),
    Structure(3, "rib_cage_part", Tissue.BONE),
    Structure(4, "bone_cut_by_field_of_view", Tissue.BONE),
    Structure(5, "metal", Tissue.OTHER),
    Structure(6, "lungs", Tissue.AIRWAY),
    Structure(7, "bones_of_hand_or_foot", Tissue.BONE),
)
"""What the embedded anatomy names; coarse, and its own where TotalSegmentator has no such name."""

BONE_LABELS = tuple(part.label for part in STRUCTURES if part.tissue is Tissue.BONE)

NOTE_FUSED = Note(
    Level.WARNING,
    "embedded_anatomy",
    "The skeleton was found by density, connection, symmetry and place, without names of bones.",
    "Ossification fused to native bone is called only where the other side clearly lacks it, "
    "offered as a part where that is not sure, and may be missed where both sides have it. Give a "
    "label map (--anatomy), or say what the parts are (--edits).",
)


@dataclass(frozen=True, slots=True)
class Embedded:
    """Segmenter without weights: ``Embedded()(volume, noise)`` gives a coarse anatomy."""

    def __call__(self, volume: Volume, noise: Noise) -> Anatomy:
        """Native skeleton, free bones, metal and lungs of a scan."""
        scene = look(volume)
        return segment(volume, scene, find_mineral(volume, noise, scene))


def segment(volume: Volume, scene: Scene, mineral: Mineral) -> Anatomy:
    """Native skeleton, free bones, metal and lungs from what is already known of the scan.

    Parameters
    ----------
    volume
    scene
    mineral
        Bright runs of the same scan.

    Returns
    -------
    Anatomy
        Source ``embedded``; does not separate fused bone.
    """
    bodies = connect(mineral.inside)
    kinds = _bones(bodies, volume, scene)
    labels = np.zeros(volume.hu.shape, dtype=np.uint8)
    paint_lungs(labels, scene)
    for label in BONE_LABELS:
        paint(labels, bodies.runs_among(kinds == label), label)
    paint(labels, mineral.metal, 5)
    skeleton = scene.mark(bodies.runs_among(kinds > 0))
    _paint_marrow(labels, volume, scene=scene, skeleton=skeleton, mineral_hu=mineral.threshold_hu)
    return Anatomy(labels, STRUCTURES, EMBEDDED, "1", False, (NOTE_FUSED,))


def _bones(bodies: Bodies, volume: Volume, scene: Scene) -> npt.NDArray[np.uint8]:
    """Label of each body: 0 not a bone, else a label of :data:`STRUCTURES`."""
    kinds = np.zeros(len(bodies), dtype=np.uint8)
    if len(bodies) == 0:
        return kinds
    size_ml = bodies.voxels * volume.grid.voxel_ml
    order = np.argsort(-size_ml, kind="stable")
    large = [int(n) for n in order if size_ml[n] >= LEAST_BONE_ML]
    if not large:
        return kinds
    kinds[[n for n in large if size_ml[n] >= MAIN_SHARE * size_ml[large[0]]]] = 1
    skeleton = scene.mark(bodies.runs_among(kinds > 0))
    free = [n for n in large if kinds[n] == 0]
    for number, bone in free_bones(free, bodies, volume=volume, scene=scene, skeleton=skeleton):
        kinds[number] = FREE_LABEL[bone]
    return kinds


def paint_lungs(labels: Labels, scene: Scene) -> None:
    """Write the lungs of the coarse grid into full labels."""
    _paint_coarse(labels, scene.lungs, scene, 6)


def _paint_coarse(labels: Labels, coarse: Mask, scene: Scene, value: int) -> None:
    dk, dj, di = scene.stride_kji
    for k in np.flatnonzero(coarse.any(axis=(1, 2))).tolist():
        block, rows, columns = _upsampled(coarse[k], (dj, di), labels.shape[1:])
        part = labels[k * dk : (k + 1) * dk, rows, columns]
        part[:, block] = value


def _upsampled(
    plane: Mask, stride: tuple[int, int], shape: tuple[int, ...]
) -> tuple[Mask, slice, slice]:
    """Block of a coarse plane at full size, and where it lies."""
    j, i = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
    part = plane[j[0] : j[-1] + 1, i[0] : i[-1] + 1]
    full = part.repeat(stride[0], axis=0).repeat(stride[1], axis=1)
    first = (int(j[0]) * stride[0], int(i[0]) * stride[1])
    full = full[: shape[0] - first[0], : shape[1] - first[1]]
    rows, columns = (slice(at, at + size) for at, size in zip(first, full.shape, strict=True))
    return full, rows, columns


def _paint_marrow(
    labels: Labels, volume: Volume, *, scene: Scene, skeleton: Mask, mineral_hu: float
) -> None:
    """Give the holes inside bone to the skeleton, where nothing bright lies in them."""
    dk, dj, di = scene.stride_kji
    inside = marrow_holes(skeleton, scene)
    for k in np.flatnonzero(inside.any(axis=(1, 2))).tolist():
        block, rows, columns = _upsampled(inside[k], (dj, di), labels.shape[1:])
        part = labels[k * dk : (k + 1) * dk, rows, columns]
        dim = volume.hu[k * dk : (k + 1) * dk, rows, columns] <= mineral_hu
        part[(part == 0) & dim & block[None]] = 1


def marrow_holes(skeleton: Mask, scene: Scene) -> Mask:
    """Coarse voxels enclosed by bone within a slice, in holes no larger than marrow."""
    marrow = np.zeros(skeleton.shape, dtype=bool)
    held = bounds(skeleton)
    if held is None:
        return marrow
    box = scene.grid.pad(held, max(scene.spacing_kji_mm))
    closed = closed_by_box(skeleton[box], (0, 1, 1))
    _, dj, di = scene.spacing_kji_mm
    most = MARROW_HOLE_CM2 * 100.0 / (dj * di)
    for k, plane in enumerate(closed, start=box[0].start):
        holes, _ = components(~plane, 4)
        small: Mask = np.bincount(holes.reshape(-1)) <= most
        small[0] = False
        marrow[k, box[1], box[2]] = small[holes]
    return marrow
