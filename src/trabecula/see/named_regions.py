"""Regions told by named bones: a point belongs to the region of its nearest bone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trabecula.model import Anatomy, Float64, Mask, Region, Side, Tissue
from trabecula.see.bodies import Int64
from trabecula.see.native import EMBEDDED
from trabecula.see.regions import BACK_MM, Geometry, Point
from trabecula.see.scene import Scene

FAR_MM = 160.0
"""Farther than this from every named bone the bones do not tell the region."""

JOINT_MM = 85.0
"""A long bone's end belongs to its joint over this length."""

HIP_JOINT_MM = 75.0
"""Hip bone within this of the femur belongs to the hip."""

HEAD_RADIUS_MM = 25.0
"""Radius of the femoral head."""

SACRUM_TOP_MM = 20.0
"""The muscles of the back go on below the top of the sacrum for this far."""

_BY_NAME = {
    "skull": Region.HEAD,
    "mandible": Region.HEAD,
    "vertebrae_C": Region.NECK,
    "hyoid": Region.NECK,
    "sacrum": Region.PELVIS,
    "vertebrae_S": Region.PELVIS,
    "rib_": Region.CHEST,
    "sternum": Region.CHEST,
    "clavicula": Region.SHOULDER,
    "scapula": Region.SHOULDER,
    "ulna": Region.FOREARM,
    "radius": Region.FOREARM,
    "carpal": Region.HAND,
    "metacarpal": Region.HAND,
    "phalanges_hand": Region.HAND,
    "patella": Region.KNEE,
    "tarsal": Region.LEG_FOOT,
    "metatarsal": Region.LEG_FOOT,
    "phalanges_feet": Region.LEG_FOOT,
}
"""Region of a bone by the beginning of its name; long bones, hips and the lower spine need more."""

_LONG_BONES = {
    "humerus": (Region.SHOULDER, Region.UPPER_ARM, Region.ELBOW),
    "femur": (Region.HIP, Region.THIGH, Region.KNEE),
    "tibia": (Region.KNEE, Region.LEG_FOOT, Region.LEG_FOOT),
    "fibula": (Region.KNEE, Region.LEG_FOOT, Region.LEG_FOOT),
}
"""Region of the upper end, shaft and lower end."""

_WHOLE = {
    Region.HEAD: ("skull",),
    Region.NECK: ("vertebrae_C1", "vertebrae_C7"),
    Region.CHEST: ("sternum", "rib_left_1", "rib_right_1", "vertebrae_T12"),
    Region.BACK: ("vertebrae_T1", "vertebrae_L5"),
    Region.ABDOMEN: ("vertebrae_L1", "vertebrae_L5"),
    Region.PELVIS: ("hip_left", "hip_right", "sacrum"),
    Region.SHOULDER: ("scapula_left", "scapula_right", "clavicula_left", "clavicula_right"),
    Region.UPPER_ARM: ("humerus_left", "humerus_right"),
    Region.ELBOW: ("humerus_left", "humerus_right", "ulna_left", "ulna_right"),
    Region.FOREARM: ("ulna_left", "ulna_right"),
    Region.HAND: ("metacarpal_left", "metacarpal_right"),
    Region.THIGH: ("femur_left", "femur_right"),
    Region.KNEE: ("femur_left", "femur_right", "patella_left", "patella_right"),
    Region.LEG_FOOT: ("tibia_left", "tibia_right", "metatarsal_left", "metatarsal_right"),
}
"""Bones that must lie whole in the scan for a region to be shown whole; the hip is asked apart."""


@dataclass(frozen=True, slots=True, eq=False)
class NamedPlaces:
    """Places told by named bones, and by geometry where they are too far.

    Attributes
    ----------
    names
        Names of the bones.
    tree
        Nearest-point search over coarse bone voxels.
    bone_of_point : (n,) int64
        Which bone each of its points belongs to.
    low_mm, high_mm : (m, 3) float64
        Extent of each bone, LPS, mm.
    cut : (m,) bool
        Whether the end of the scan cuts through a bone.
    middles : (m, 3) float64
        Centre of each bone, LPS, mm.
    geometry
        What tells where bones do not.
    """

    names: tuple[str, ...]
    tree: Any  # scipy's KDTree, which carries no types
    bone_of_point: Int64
    low_mm: Float64
    high_mm: Float64
    cut: Mask
    middles: Float64
    geometry: Geometry

    def side(self, point_lps_mm: Point) -> Side | None:
        """Side by the mid-sagittal plane."""
        return self.geometry.side(point_lps_mm)

    def region(self, point_lps_mm: Point) -> Region | None:
        """Region of the nearest bone."""
        distance, at = self.tree.query(point_lps_mm)
        if distance > FAR_MM:
            return self.geometry.region(point_lps_mm)
        return self._of_bone(int(self.bone_of_point[at]), point_lps_mm)

    def _of_bone(self, bone: int, point: Point) -> Region | None:
        name = self.names[bone]
        for beginning, (upper, shaft, lower) in _LONG_BONES.items():
            if name.startswith(beginning):
                if self.high_mm[bone][2] - point[2] <= JOINT_MM:
                    return upper
                whole = not self.cut[bone]
                return lower if whole and point[2] - self.low_mm[bone][2] <= JOINT_MM else shaft
        if name.startswith("hip"):
            if self._near_femur(point):
                return Region.HIP
            return Region.BACK if self._behind_spine(point) else Region.PELVIS
        if name.startswith(("vertebrae_T", "vertebrae_L")):
            if point[1] - self.middles[bone][1] > BACK_MM / 2:
                return Region.BACK
            return Region.CHEST if name.startswith("vertebrae_T") else Region.ABDOMEN
        found = (region for start, region in _BY_NAME.items() if name.startswith(start))
        return next(found, self.geometry.region(point))

    def _near_femur(self, point: Point) -> bool:
        """Whether a point is near a femoral head, or below it: the ischium is among the thigh."""
        for n, name in enumerate(self.names):
            if name.startswith("femur"):
                head = np.array([*self.middles[n][:2], self.high_mm[n][2] - HEAD_RADIUS_MM])
                apart = head - point
                beside = float(np.hypot(apart[0], apart[1]))
                if float(np.linalg.norm(apart)) <= HIP_JOINT_MM:
                    return True
                if apart[2] > HEAD_RADIUS_MM and beside <= HIP_JOINT_MM:
                    return True
        return False

    def _behind_spine(self, point: Point) -> bool:
        """Whether a point by the posterior iliac crest lies in the muscles of the back."""
        if "sacrum" not in self.names:
            return False
        at = self.names.index("sacrum")
        above = point[2] >= self.high_mm[at][2] - SACRUM_TOP_MM
        return bool(above and point[1] > self.middles[at][1])

    def evaluable(self) -> Mapping[Region, bool]:
        """Regions whose bones are all named and in the scan, and that its sides do not cut."""
        shown = {region: self._shown(bones) for region, bones in _WHOLE.items()}
        shown[Region.ABDOMEN] &= "vertebrae_T12" in self.names
        shown[Region.HIP] = all(self._hip_whole(side) for side in ("left", "right"))
        return {region: shown[region] for region in Region}

    def _shown(self, bones: tuple[str, ...]) -> bool:
        if not all(name in self.names for name in bones):
            return False
        at = [self.names.index(name) for name in bones]
        if self.cut[at].any():
            return False
        z = (self.low_mm[at, 2].min(), self.high_mm[at, 2].max())
        if bones == _WHOLE[Region.CHEST] and self.geometry.scene.lungs.any():
            return not self.geometry.chest_wall_cut()
        return not self.geometry.cut_sideways(*self.geometry.slices(*z))

    def _hip_whole(self, side: str) -> bool:
        """Whether hip bone and upper femur are shown, with the muscles beside them."""
        hip, femur = f"hip_{side}", f"femur_{side}"
        if hip not in self.names or femur not in self.names:
            return False
        at = self.names.index(femur)
        low, high = float(self.low_mm[at][2]), float(self.high_mm[at][2])
        whole = not self.cut[self.names.index(hip)] and high - low >= JOINT_MM
        return whole and not self.geometry.cut_sideways(*self.geometry.slices(low, high))


def named_places(anatomy: Anatomy, scene: Scene, geometry: Geometry) -> NamedPlaces | Geometry:
    """Places by named bones; by geometry alone when none is named."""
    from scipy.spatial import KDTree

    bones = [s for s in anatomy.structures if s.tissue is Tissue.BONE and _tells_region(s.name)]
    if anatomy.source == EMBEDDED or not bones:
        return geometry
    k, j, i = scene.stride_kji
    coarse = anatomy.labels[::k, ::j, ::i]
    member = np.zeros(int(np.iinfo(coarse.dtype).max) + 1, dtype=np.int64)
    member[[s.label for s in bones]] = np.arange(1, len(bones) + 1)
    numbers = member[coarse]
    index = np.argwhere(numbers > 0)
    if index.size == 0:
        return geometry
    of_point = numbers[tuple(index.T)] - 1
    present = np.unique(of_point)
    points = scene.grid.to_lps_mm(index)
    parts = [points[of_point == bone] for bone in present.tolist()]
    slices = [index[of_point == bone, 0] for bone in present.tolist()]
    last = coarse.shape[0] - 1
    return NamedPlaces(
        names=tuple(bones[int(bone)].name for bone in present),
        tree=KDTree(points),
        bone_of_point=np.searchsorted(present, of_point),
        low_mm=np.array([part.min(axis=0) for part in parts]),
        high_mm=np.array([part.max(axis=0) for part in parts]),
        cut=np.array([_is_cut(np.bincount(k, minlength=last + 1)) for k in slices]),
        middles=np.array([part.mean(axis=0) for part in parts]),
        geometry=geometry,
    )


END_SHARE = 0.5
"""A bone that meets the end of the scan with less than this share of its widest section ends near
it; with more it is cut."""


def _is_cut(section: Int64) -> bool:
    """Whether the first or last slice cuts through a bone, by its coarse voxels in each slice."""
    return bool(max(section[0], section[-1]) >= END_SHARE * section.max())


def _tells_region(name: str) -> bool:
    starts = (*_BY_NAME, *_LONG_BONES, "hip", "vertebrae_T", "vertebrae_L")
    return name.startswith(starts)
