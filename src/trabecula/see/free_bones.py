"""Free bones: bodies of mineral that are native though nothing joins them to the skeleton.

Ribs cut off their cartilage, a clavicle, a humerus, a patella, bones that the field of view cuts.
"""

from collections.abc import Sequence
from enum import Enum

import numpy as np

from trabecula.model import Float32, Mask, Volume
from trabecula.see.bodies import Bodies
from trabecula.see.candidates import CHEST_WALL_MM, cut_area_mm2
from trabecula.see.landmarks import mirror_plane, mirrored
from trabecula.see.scene import Scene

CUT_AREA_MM2 = 30.0
"""A bone cut by the field of view shows at least this area at the edge."""

MIRROR_TOLERANCE_MM = 5.0
"""A mirrored bone may miss its fellow by this much: bodies are not quite symmetrical."""

MIRROR_SHARE = 0.6
"""Share of a mirrored body that must meet bone of the other side."""

RIB_SHARE = 0.6
"""Share of a free body along the lungs that makes it a part of the rib cage."""

RIB_LENGTH_MM = 25.0
"""A piece of rib is at least this long."""

INSIDE_LUNG_SHARE = 0.2
"""What lies in the lungs themselves by more than this is no rib."""

PAIR_VOLUME_RATIO = 1.4
"""Two free bones of a pair differ in volume by less than this factor."""

PAIR_ML = 2.0
"""Smallest body taken for one of a pair of free bones (a patella is 10 to 20 ml)."""

LONG_BONE_ML = 20.0
"""One of a pair that is not compact is at least this large: calcified arteries are paired too."""

COMPACT = 0.45
"""Least ratio of the shortest to the longest side of a compact bone's box (patella, talus)."""

LEAST_MIRRORED_ML = 3.0
"""Smallest body told by its mirror image meeting the skeleton: smaller ones meet it by chance."""


class FreeBone(Enum):
    """What told that a free body is a bone; the value is the reason given."""

    PAIRED = "its mirror image meets bone of the other side"
    RIB_CAGE = "long, and along the lungs, as ribs and sternum"
    CUT = "a bone cut by the field of view"


def free_bones(
    numbers: Sequence[int], bodies: Bodies, *, volume: Volume, scene: Scene, skeleton: Mask
) -> list[tuple[int, FreeBone]]:
    """Which free bodies are native bones, and what tells it.

    Parameters
    ----------
    numbers
        Bodies asked about, largest first.
    bodies
    volume
    scene
    skeleton : (k, j, i) bool
        Coarse voxels of the bone already known.
    """
    lung_mm = scene.distance_mm(scene.lungs)
    found: dict[int, FreeBone] = {}
    for number in numbers:
        bone = _by_place(number, bodies, volume=volume, scene=scene, lung_mm=lung_mm)
        if bone is not None:
            found[number] = bone
    free = [number for number in numbers if number not in found]
    known = [scene.mark(bodies.runs.take(bodies.runs_of(number))) for number in found]
    for number in _by_mirror(free, bodies, scene=scene, skeleton=_joined(skeleton, known)):
        found[number] = FreeBone.PAIRED
    return list(found.items())


def _joined(first: Mask, others: Sequence[Mask]) -> Mask:
    joined = first.copy()
    for mask in others:
        joined |= mask
    return joined


def _by_place(
    number: int, bodies: Bodies, *, volume: Volume, scene: Scene, lung_mm: Float32
) -> FreeBone | None:
    if cut_area_mm2(bodies, number, volume) >= CUT_AREA_MM2:
        return FreeBone.CUT
    where = scene.at_runs(bodies.runs.take(bodies.runs_of(number)))
    extent = (bodies.high_kji[number] - bodies.low_kji[number]) * volume.grid.spacing_kji_mm
    along = float((lung_mm[where] < CHEST_WALL_MM).mean())
    inside_lung = float(scene.lungs[where].mean())
    long_enough = float(extent.max()) >= RIB_LENGTH_MM
    rib = along >= RIB_SHARE and inside_lung < INSIDE_LUNG_SHARE and long_enough
    return FreeBone.RIB_CAGE if rib else None


def _by_mirror(free: Sequence[int], bodies: Bodies, *, scene: Scene, skeleton: Mask) -> list[int]:
    """Free bodies whose mirror image meets bone of the other side, or one another's."""
    middle, _ = mirror_plane(skeleton)
    near = scene.distance_mm(skeleton) <= MIRROR_TOLERANCE_MM
    marks = {n: scene.mark(bodies.runs.take(bodies.runs_of(n))) for n in free}
    size_ml = {n: float(bodies.voxels[n]) * scene.full_voxel_ml for n in free}
    found = []
    for number in free:
        image = mirrored(marks[number], middle)
        meets = bool(image.any()) and float(near[image].mean()) >= MIRROR_SHARE
        if size_ml[number] >= LEAST_MIRRORED_ML and meets and _off_middle(image, middle):
            found.append(number)
    rest = [
        n
        for n in free
        if n not in found
        and size_ml[n] >= PAIR_ML
        and (size_ml[n] >= LONG_BONE_ML or _is_compact(n, bodies, scene))
    ]
    for at, one in enumerate(rest):
        for other in rest[at + 1 :]:
            alike = max(size_ml[one], size_ml[other]) <= PAIR_VOLUME_RATIO * min(
                size_ml[one], size_ml[other]
            )
            if alike and _are_pair(marks[one], marks[other], middle=middle, scene=scene):
                found += [one, other]
    return found


def _is_compact(number: int, bodies: Bodies, scene: Scene) -> bool:
    edges = np.array(scene.spacing_kji_mm) / scene.stride_kji
    sides = (bodies.high_kji[number] - bodies.low_kji[number]) * edges
    return bool(sides.min() >= COMPACT * sides.max())


def _off_middle(mask: Mask, middle_i: float) -> bool:
    """Whether a body lies beside the midline: one on it is its own mirror image."""
    columns = np.flatnonzero(mask.any(axis=(0, 1)))
    return bool(columns[0] > middle_i or columns[-1] < middle_i)


def _are_pair(one: Mask, other: Mask, *, middle: float, scene: Scene) -> bool:
    near = scene.distance_mm(other) <= MIRROR_TOLERANCE_MM
    image = mirrored(one, middle)
    return bool(image.any()) and float(near[image].mean()) >= MIRROR_SHARE
