"""Which of the fifteen regions a point lies in, on which side, and which a scan shows whole.

With named bones a point belongs to the region of its nearest bone. Without, coarse landmarks tell:
apex and base of the lungs, iliac crests, midline and spine. Where they do not, the answer is None.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trabecula.model import Mask, Region, Side
from trabecula.see.landmarks import Landmarks
from trabecula.see.scene import Scene

MIDLINE_MM = 8.0
"""Within this of the mid-sagittal plane a point is in the midline."""

Point = tuple[float, float, float]


class Places(Protocol):
    """Tells the region and side of points, and what the field of view shows whole."""

    def region(self, point_lps_mm: Point) -> Region | None:
        """Region of a point; ``None`` when the field of view does not tell."""
        ...

    def side(self, point_lps_mm: Point) -> Side | None:
        """Side of a point; ``None`` when there is no midline to tell by."""
        ...

    def evaluable(self) -> Mapping[Region, bool]:
        """Whether each region lies whole in the field of view."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """Places told by coarse landmarks of an adult body.

    Attributes
    ----------
    scene, landmarks
        The patient on the coarse grid.
    crest_k
        Coarse slice of the iliac crests; ``None`` where the scan does not show them.
    """

    scene: Scene
    landmarks: Landmarks
    crest_k: int | None

    def side(self, point_lps_mm: Point) -> Side | None:
        """Left, right or midline by the mid-sagittal plane."""
        return side_of(self._beside(point_lps_mm))

    def region(self, point_lps_mm: Point) -> Region | None:
        """Region by height and by distance from midline and spine."""
        k, j, _ = self.scene.grid.to_index_kji(point_lps_mm).tolist()
        beside = abs(self._beside(point_lps_mm))
        apex, base, crest = self._heights_mm(k)
        if apex is not None and apex > APEX_REACH_MM[0]:
            return _upper(apex, beside)
        if crest is not None and crest > -KNEE_MM[0] and self._in_arm(point_lps_mm, beside):
            return _arm(crest)
        if crest is not None and crest < 0.0:
            return _lower(crest, beside)
        trunk = self._trunk(base, crest, beside)
        behind = self._behind_spine_mm(k, j)
        if trunk and behind is not None and behind > BACK_MM and beside < BACK_BESIDE_MM:
            return Region.BACK
        return trunk

    def evaluable(self) -> Mapping[Region, bool]:
        """Regions shown whole: their landmarks lie in the scan, and its sides do not cut them.

        Arms and hands never count: without names nothing tells where they lie.
        """
        dk = self.scene.spacing_kji_mm[0]
        last = self.scene.body.shape[0] - 1
        top, bottom, crest = (
            self.landmarks.lung_top_k,
            self.landmarks.lung_bottom_k,
            self.crest_k,
        )
        above = 0.0 if top is None else (last - top) * dk
        below = 0.0 if crest is None else crest * dk
        chest = top is not None and bottom is not None and not self.chest_wall_cut()
        abdomen = (
            bottom is not None and crest is not None and not self.cut_sideways(crest, bottom + 1)
        )
        whole = dict.fromkeys(Region, False)
        whole[Region.CHEST], whole[Region.ABDOMEN] = chest, abdomen
        whole[Region.BACK] = chest and abdomen
        for region, reach in _ABOVE_MM.items():
            sure = top is not None and above > reach
            whole[region] = sure and not self.cut_sideways(top or 0, (top or 0) + round(reach / dk))
        for region, reach in _BELOW_MM.items():
            sure = crest is not None and below > reach
            low = (crest or 0) - round(reach / dk)
            whole[region] = sure and not self.cut_sideways(low, crest or 0)
        return whole

    def cut_sideways(self, low_k: int, high_k: int) -> bool:
        """Whether the sides of the image cut the body in half of some coarse slices or more."""
        body = self.scene.body[max(0, low_k) : max(0, high_k)]
        depth = np.asarray(body.any(axis=2)).sum(axis=1)
        at_sides = body[:, :, 0].sum(axis=1) + body[:, :, -1].sum(axis=1)
        held = depth > 0
        if not held.any():
            return True
        return bool(np.median(at_sides[held] / (2.0 * depth[held])) > CUT_SHARE)

    def slices(self, low_mm: float, high_mm: float) -> tuple[int, int]:
        """Coarse slices between two heights (LPS z, mm)."""
        origin = self.scene.grid.to_lps_mm((0, 0, 0))[2]
        dk = self.scene.spacing_kji_mm[0]
        return round((low_mm - float(origin)) / dk), round((high_mm - float(origin)) / dk) + 1

    def chest_wall_cut(self) -> bool:
        """Whether lung comes so near the sides of the image that the chest wall lies outside."""
        columns = np.flatnonzero(self.scene.lungs.any(axis=(0, 1)))
        if columns.size == 0:
            return True
        last = self.scene.lungs.shape[2] - 1
        room = min(int(columns[0]), last - int(columns[-1])) * self.scene.spacing_kji_mm[2]
        return bool(room < CHEST_WALL_ROOM_MM)

    def _beside(self, point_lps_mm: Point) -> float:
        column = float(self.scene.grid.to_index_kji(point_lps_mm)[2])
        return (column - self.landmarks.middle_i) * self.scene.spacing_kji_mm[2]

    def _in_arm(self, point_lps_mm: Point, beside: float) -> bool:
        """Whether a point beside the trunk lies in a hand or wrist, or farther out than ribs."""
        if beside > CHEST_BESIDE_MM:
            return True
        index = np.rint(self.scene.grid.to_index_kji(point_lps_mm)).astype(int)
        k, j, i = np.clip(index, 0, np.array(self.scene.body.shape) - 1)
        slender = self.scene.slender_share((k, j, i)) > 0.0
        return beside > ARM_BESIDE_MM and slender

    def _heights_mm(self, k: float) -> tuple[float | None, float | None, float | None]:
        """Height over lung apex, lung base and iliac crest, mm."""
        dk = self.scene.spacing_kji_mm[0]
        marks = (self.landmarks.lung_top_k, self.landmarks.lung_bottom_k, self.crest_k)
        apex, base, crest = (None if mark is None else (k - mark) * dk for mark in marks)
        return apex, base, crest

    def _trunk(self, base: float | None, crest: float | None, beside: float) -> Region | None:
        lungs = self.scene.lungs.any()
        if base is None:
            if lungs:  # the base is cut off: all below the apex is chest
                return Region.CHEST
            return Region.ABDOMEN if crest is not None else None
        if base > 0.0:
            return Region.CHEST if beside < CHEST_BESIDE_MM else Region.UPPER_ARM
        return Region.ABDOMEN

    def _behind_spine_mm(self, k: float, j: float) -> float | None:
        row = min(max(int(k), 0), self.landmarks.spine_front_j.size - 1)
        front = float(self.landmarks.spine_front_j[row])
        return None if np.isnan(front) else (j - front) * self.scene.spacing_kji_mm[1]


APEX_REACH_MM = (-60.0, 60.0)
"""Shoulder girdle: from this far below the lung apices to this far above."""

HEAD_ABOVE_MM = 130.0
"""The neck ends about this far above the lung apices, at the chin."""

NECK_BESIDE_MM = 75.0
"""Half the width of the neck."""

SHOULDER_BESIDE_MM = 100.0
"""Shoulders begin this far from the midline, lateral to the lung apices."""

CHEST_BESIDE_MM = 190.0
"""Half the width of the chest; beyond it hang the arms."""

BACK_MM = 25.0
"""This far behind the front of the spine begins the back."""

BACK_BESIDE_MM = 70.0
"""Half the width of the muscles of the back."""

PELVIS_MM = 215.0
"""From iliac crest to ischial tuberosity, adult."""

HIP_MM = (90.0, 235.0)
"""Hip region below the iliac crest: from above the joint to below the lesser trochanter."""

HIP_BESIDE_MM = 55.0
"""The hip joint lies this far from the midline or farther."""

KNEE_MM = (510.0, 640.0)
"""Knee region below the iliac crest, adult."""

PELVIS_SHOWN_MM = 175.0
"""From iliac crest to the lower edge of the pubic symphysis, adult; the sitting bones go on for
30 mm more."""

CUT_SHARE = 0.25
"""Body that meets the sides of the image over more than this share of its depth is cut."""

CHEST_WALL_ROOM_MM = 25.0
"""Room that the chest wall needs beside the lungs: ribs, serratus and its fat."""

ARM_MM = {
    Region.UPPER_ARM: 150.0,
    Region.ELBOW: 40.0,
    Region.FOREARM: -60.0,
}
"""Arms hang at the sides: parts of the arm from this far above the iliac crest, adult."""

ARM_BESIDE_MM = 100.0
"""Slender parts this far from the midline are not of the trunk."""


_ABOVE_MM = {
    Region.HEAD: 330.0,
    Region.NECK: HEAD_ABOVE_MM,
    Region.SHOULDER: APEX_REACH_MM[1],
}
"""Shown whole from the lung apices to this far above."""

_BELOW_MM = {
    Region.PELVIS: PELVIS_SHOWN_MM,
    Region.HIP: HIP_MM[1],
    Region.THIGH: KNEE_MM[0],
    Region.KNEE: KNEE_MM[1],
}
"""Shown whole from the iliac crests to this far below."""


def _arm(above_crest: float) -> Region:
    found = (region for region, above in ARM_MM.items() if above_crest > above)
    return next(found, Region.HAND)


def _upper(above_apex: float, beside: float) -> Region:
    if above_apex > HEAD_ABOVE_MM and beside < SHOULDER_BESIDE_MM:
        return Region.HEAD
    if beside >= SHOULDER_BESIDE_MM:
        return Region.SHOULDER
    if above_apex > 0.0:
        return Region.NECK if beside < NECK_BESIDE_MM else Region.SHOULDER
    return Region.CHEST


def _lower(above_crest: float, beside: float) -> Region:
    below = -above_crest
    if beside >= HIP_BESIDE_MM and HIP_MM[0] <= below <= HIP_MM[1]:
        return Region.HIP
    if below <= PELVIS_MM:
        return Region.PELVIS
    if below < KNEE_MM[0]:
        return Region.THIGH
    return Region.KNEE if below <= KNEE_MM[1] else Region.LEG_FOOT


def side_of(beside_mm: float) -> Side:
    """Side of a point by its distance to the left of the midline."""
    if abs(beside_mm) <= MIDLINE_MM:
        return Side.MIDLINE
    return Side.LEFT if beside_mm > 0 else Side.RIGHT


CREST_BAND_MM = (45.0, 170.0)
"""Iliac wings lie this far from the midline."""

CREST_GAP_MM = 8.0
"""Height without bone beside the spine, between the last ribs and the iliac crests."""


def find_crest(scene: Scene, skeleton: Mask, landmarks: Landmarks) -> int | None:
    """Coarse slice of the iliac crests, found below a waist without bone beside the spine.

    Parameters
    ----------
    scene
    skeleton : (k, j, i) bool
        Coarse voxels of native bone.
    landmarks
    """
    if not landmarks.middle.known:
        return None
    columns = np.arange(skeleton.shape[2])
    beside = (columns - landmarks.middle_i) * scene.spacing_kji_mm[2]
    low, high = CREST_BAND_MM
    left = skeleton[:, :, (beside > low) & (beside < high)].any(axis=(1, 2))
    right = skeleton[:, :, (beside < -low) & (beside > -high)].any(axis=(1, 2))
    wings: Mask = np.asarray(left & right)
    dk = scene.spacing_kji_mm[0]
    height = round(WING_HEIGHT_MM / dk)
    gap = max(2, round(CREST_GAP_MM / dk))
    base = landmarks.lung_bottom_k
    top = wings.size if base is None else base
    for k in range(top - 1, -1, -1):
        above = wings[k + 1 : k + 1 + gap]
        if wings[max(0, k - height) : k + 1].all() and k >= height // 2 and not above.any():
            return k if above.size == gap else None
    return None


WING_HEIGHT_MM = 70.0
"""Downwards from the crests the iliac wings are unbroken for at least this far."""


def geometry(scene: Scene, skeleton: Mask, landmarks: Landmarks) -> Geometry:
    """Places by coarse landmarks."""
    return Geometry(scene, landmarks, find_crest(scene, skeleton, landmarks))
