"""Free bones: bodies of mineral that are native though nothing joins them to the skeleton.

Ribs cut off their cartilage, a clavicle, a humerus, a patella, bones that the field of view cuts.
"""

from collections.abc import Iterator, Sequence
from enum import Enum

import numpy as np

from trabecula.model import Mask, Volume
from trabecula.see.bodies import Bodies, Int64
from trabecula.see.candidates import CHEST_WALL_MM, cut_area_mm2
from trabecula.see.extremities import extremity_bones
from trabecula.see.landmarks import Middle, best_shift, find_middle
from trabecula.see.morphology import TINY_MM, grown
from trabecula.see.scene import Scene

CUT_AREA_MM2 = 30.0
"""A bone cut by the field of view shows at least this area at the edge."""

GRAZED = 0.5
"""A body cut through less than this share of its mean section is shown nearly whole (48 bodies of
normal simulated scans are cut through 0.79 of it or more)."""

MIRROR_TOLERANCE_MM = 5.0
"""A mirrored bone may miss its fellow by this much: bodies are not quite symmetrical."""

MIRROR_SHARE = 0.6
"""Share of a mirrored body that must meet bone of the other side."""

RIB_SHARE = 0.6
"""Share of a free body along the lungs that makes it a part of the rib cage."""

RIB_LENGTH_MM = 15.0
"""A piece of rib is at least this long: thick slices cut ribs into short pieces."""

INSIDE_LUNG_SHARE = 0.2
"""What lies in the lungs themselves by more than this is no rib."""

PAIR_VOLUME_RATIO = 1.4
"""Two free bones of a pair differ in volume by less than this factor."""

PAIR_ML = 2.0
"""Smallest body taken for one of a pair of free bones (a patella is 10 to 20 ml)."""

LONG_BONE_ML = 20.0
"""One of a pair that is not compact is at least this large: calcified arteries are paired too."""

COMPACT = 0.3
"""Least ratio of the shortest to the longest side of a compact bone's box: a patella is 20 mm by
45, and thick slices add one to its length (a contrasted artery in them: 0.16)."""

LEAST_MIRRORED_ML = 3.0
"""Smallest body told by its mirror image meeting the skeleton: smaller ones meet it by chance."""


SHIFTED_ML = 8.0
"""Bodies of this size may be shifted to meet the other side: shoulders are rarely level."""

SHIFTED_SHARE = 0.55
"""Share that must then lie in bone (a clavicle reached 0.61, bone in muscle 0.41 at most)."""

MIDLINE_ML = 15.0
"""Smallest body on the midline taken for a bone by its own symmetry (a jaw is 40 to 90 ml)."""

FELLOW_SHARE = 0.5
"""Share of the bone met by a mirror image that must lie nearer to the body than to other bone."""

LONG_MM = 180.0
"""A limb bone of an adult is at least this long, corner to corner."""

LONG_GIRTH_MM2 = 1500.0
"""And its mineral's cross-section on average at most this."""


class FreeBone(Enum):
    """What told that a free body is a bone; the value is the reason given."""

    PAIRED = "its mirror image meets bone of the other side"
    RIB_CAGE = "long, and along the lungs, as ribs and sternum"
    CUT = "a bone cut by the field of view"
    LONG = "as long and slim as a limb bone"
    EXTREMITY = "among many small bones, as in a hand or foot"
    MIDLINE = "on the midline and its own mirror image, as jaw and breastbone"


def free_bones(
    numbers: Sequence[int],
    bodies: Bodies,
    *,
    volume: Volume,
    scene: Scene,
    skeleton: Mask,
    least_mirrored_ml: float = LEAST_MIRRORED_ML,
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
    least_mirrored_ml
        Smallest body told by its mirror image meeting bone.
    """
    found: dict[int, FreeBone] = {}
    for number in numbers:
        bone = _by_place(number, bodies, volume=volume, scene=scene)
        if bone is not None:
            found[number] = bone
    free = [number for number in numbers if number not in found]
    middle = find_middle(scene, skeleton)
    small = extremity_bones(free, bodies, scene=scene, skeleton=skeleton, middle_i=middle.column)
    found |= dict.fromkeys(small, FreeBone.EXTREMITY)
    free = [number for number in free if number not in found]
    known = np.zeros(len(bodies), dtype=bool)
    known[list(found)] = True
    joined = skeleton | scene.mark(bodies.runs_among(known))
    mirror = _Mirror(free, bodies, scene=scene, skeleton=joined, middle=middle)
    mirror.least_ml = least_mirrored_ml
    return [*found.items(), *mirror.bones()]


def _by_place(number: int, bodies: Bodies, *, volume: Volume, scene: Scene) -> FreeBone | None:
    extent = (bodies.high_kji[number] - bodies.low_kji[number]) * volume.grid.spacing_kji_mm
    section_mm2 = bodies.voxels[number] * volume.grid.voxel_ml * 1000.0 / float(extent.max())
    if cut_area_mm2(bodies, number, volume) >= max(CUT_AREA_MM2, GRAZED * section_mm2):
        return FreeBone.CUT
    where = scene.at_runs(bodies.runs.take(bodies.runs_of(number)))
    along = float((scene.lung_mm[where] < CHEST_WALL_MM).mean())
    inside_lung = float(scene.lungs[where].mean())
    long_enough = float(extent.max()) >= RIB_LENGTH_MM
    rib = along >= RIB_SHARE and inside_lung < INSIDE_LUNG_SHARE and long_enough
    return FreeBone.RIB_CAGE if rib else None


class _Mirror:
    """What left against right tells about free bodies."""

    def __init__(
        self,
        free: Sequence[int],
        bodies: Bodies,
        *,
        scene: Scene,
        skeleton: Mask,
        middle: Middle,
    ) -> None:
        self.free = free
        self.bodies = bodies
        self.scene = scene
        self.skeleton = skeleton
        self.middle = middle
        self.least_ml = LEAST_MIRRORED_ML
        self.near = grown(skeleton, MIRROR_TOLERANCE_MM, scene.spacing_kji_mm)
        self.cells = {n: scene.cells(bodies.runs.take(bodies.runs_of(n))) for n in free}
        self.size_ml = {n: float(bodies.voxels[n]) * scene.full_voxel_ml for n in free}

    def bones(self) -> list[tuple[int, FreeBone]]:
        """Bodies that symmetry or length tells to be bones."""
        found = {n: bone for n in self.free if (bone := self._alone(n)) is not None}
        if not self.middle.known:
            return list(found.items())
        rest = [n for n in self.free if n not in found and self._may_be_paired(n)]
        for at, one in enumerate(rest):
            for other in rest[at + 1 :]:
                if self._are_pair(one, other):
                    found[one] = found[other] = FreeBone.PAIRED
        return list(found.items())

    def _alone(self, number: int) -> FreeBone | None:
        size = self.size_ml[number]
        if size >= LONG_BONE_ML and self._is_long(number):
            return FreeBone.LONG
        image = self._image(number)
        if len(image) == 0 or not self.middle.known:
            return None
        if not _off_middle(image, self.middle.column):
            large = size >= MIDLINE_ML and self._meets_itself(number, image) >= MIRROR_SHARE
            return FreeBone.MIDLINE if large and self._in_front(number) else None
        for least, shift in self._shifts(size, image):
            if size >= least and self._is_fellow(number, image + shift):
                return FreeBone.PAIRED
        return None

    def _shifts(self, size_ml: float, image: Int64) -> Iterator[tuple[float, Int64]]:
        """Shifts that bring a mirror image into bone, each with the least volume it asks."""
        if self.near[tuple(image.T)].mean() >= MIRROR_SHARE:
            yield self.least_ml, np.zeros(3, dtype=np.int64)
        if size_ml >= SHIFTED_ML:
            share, shift = best_shift(image, self.skeleton)
            if share >= SHIFTED_SHARE:
                yield SHIFTED_ML, shift

    def _is_fellow(self, number: int, image: Int64) -> bool:
        """Whether the bone that a mirror image meets is this body's fellow.

        It is not when it has another here: its own mirror image then lies nearer to the skeleton
        of this side than to the body. So what lies beside a hip is not taken for the other hip.
        """
        from scipy.spatial import KDTree

        spacing = np.array(self.scene.spacing_kji_mm)
        others = self.skeleton.copy()
        others[tuple(self.cells[number].T)] = False
        bone = np.argwhere(others)
        reach = MIRROR_TOLERANCE_MM + TINY_MM
        distance, nearest = KDTree(bone * spacing).query(
            image * spacing, distance_upper_bound=reach
        )
        met = bone[np.unique(nearest[np.isfinite(distance)])]
        if len(met) == 0:
            return False
        met[:, 2] = np.rint(2 * self.middle.column - met[:, 2]).astype(np.int64)
        points = met * spacing
        to_body, _ = KDTree(self.cells[number] * spacing).query(points)
        to_bone, _ = KDTree(bone * spacing).query(points)
        return float((to_body <= to_bone).mean()) >= FELLOW_SHARE

    def _in_front(self, number: int) -> bool:
        """Whether a body lies in the front half of the trunk: what is behind is no jaw."""
        k, j, _ = self.cells[number].T
        rows = np.flatnonzero(self.scene.body[int(k.min()) : int(k.max()) + 1].any(axis=(0, 2)))
        return bool(rows.size) and float(j.mean()) < (rows[0] + rows[-1]) / 2.0

    def _image(self, number: int) -> Int64:
        """Mirror image of a body's coarse voxels; what falls outside is lost."""
        image = self.cells[number].copy()
        image[:, 2] = np.rint(2 * self.middle.column - image[:, 2]).astype(np.int64)
        inside = (image[:, 2] >= 0) & (image[:, 2] < self.skeleton.shape[2])
        kept: Int64 = image[inside]
        return kept

    def _meets_itself(self, number: int, image: Int64) -> float:
        shape = self.skeleton.shape
        own = np.ravel_multi_index(tuple(self.cells[number].T), shape)
        return float(np.isin(np.ravel_multi_index(tuple(image.T), shape), own).mean())

    def _is_long(self, number: int) -> bool:
        edges = np.array(self.scene.spacing_kji_mm) / self.scene.stride_kji
        sides = (self.bodies.high_kji[number] - self.bodies.low_kji[number]) * edges
        length = float(np.linalg.norm(sides))
        girth = self.size_ml[number] * 1000.0 / max(length, 1.0)
        return length >= LONG_MM and girth <= LONG_GIRTH_MM2

    def _may_be_paired(self, number: int) -> bool:
        size = self.size_ml[number]
        return size >= LONG_BONE_ML or (
            size >= PAIR_ML and _is_compact(number, self.bodies, self.scene)
        )

    def _are_pair(self, one: int, other: int) -> bool:
        from scipy.spatial import KDTree

        large, small = sorted((self.size_ml[one], self.size_ml[other]), reverse=True)
        if large > PAIR_VOLUME_RATIO * small:
            return False
        image, spacing = self._image(one), np.array(self.scene.spacing_kji_mm)
        if len(image) == 0:
            return False
        reach = MIRROR_TOLERANCE_MM + TINY_MM
        distance, _ = KDTree(self.cells[other] * spacing).query(
            image * spacing, distance_upper_bound=reach
        )
        return float(np.isfinite(distance).mean()) >= MIRROR_SHARE


def _is_compact(number: int, bodies: Bodies, scene: Scene) -> bool:
    edges = np.array(scene.spacing_kji_mm) / scene.stride_kji
    sides = (bodies.high_kji[number] - bodies.low_kji[number]) * edges
    return bool(sides.min() >= COMPACT * sides.max())


def _off_middle(cells: Int64, middle_i: float) -> bool:
    """Whether a body lies beside the midline: one on it is its own mirror image."""
    return bool(cells[:, 2].min() > middle_i or cells[:, 2].max() < middle_i)
