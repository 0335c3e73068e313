"""Mineral outside the skeleton, each kind a documented model with parameters.

Bone models are painted before the native bones, so that where they meet the native cortex stays
whole between lesion and marrow: fused, without a medullary way through.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Protocol

import numpy as np
import numpy.typing as npt

from trabecula.errors import InputError
from trabecula.model.arrays import Box, Float32, Mask
from trabecula.simulate.canvas import Canvas, coverage, depth_mm
from trabecula.simulate.lattice import Bounds
from trabecula.simulate.shapes import Ellipsoid, Point, Shape, Tube, Union
from trabecula.simulate.tissue import CORTEX_MG_CM3, MARROW_FAT, MUSCLE, mineralised_hu

GAP_EDGE_MM = 3.0
"""How far a gap's border moves when the slow noise changes by its SD."""


@dataclass(frozen=True, slots=True, eq=False)
class Deposit:
    """One painted lesion.

    Attributes
    ----------
    box, mask
        Where it lies: voxels at least half filled.
    mineral_mg_cm3 : (k, j, i) float32
        Mineral of each voxel of the box, partial volume included.
    compact : (k, j, i) bool
        Dense part of the mask: the rim of bone, all of a calcification.
    """

    box: Box
    mask: Mask
    mineral_mg_cm3: Float32
    compact: Mask


class LesionModel(Protocol):
    """How one lesion is made."""

    @property
    def name(self) -> str:
        """What it is, for people."""
        ...

    @property
    def mineral(self) -> str:
        """``ossification`` or ``calcification``."""
        ...

    @property
    def expected_kind(self) -> str:
        """``lesion``, or why it should be set aside (``vessel_wall``, ``phlebolith``)."""
        ...

    @property
    def rim_thickness_mm(self) -> float | None:
        """Thickness of its cortex; ``None`` when it has none."""
        ...

    def paint(self, canvas: Canvas) -> Deposit | None:
        """Paint it; ``None`` when it lies outside the field of view."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class HeterotopicBone:
    """Bone that formed in soft tissue, from early to mature.

    Attributes
    ----------
    shape
        Its outer surface before unevenness.
    name
        What it is, for people.
    rim_thickness_mm
        Cortex.
    rim_mg_cm3, core_mg_cm3
        Mineral of cortex and of the trabeculated core; immature bone has less in the rim.
    marrow_hu
        What fills the core between trabeculae: fat when mature, soft tissue before.
    roughness_mm
        SD of the unevenness of its surface.
    """

    shape: Shape
    name: str
    rim_thickness_mm: float = 1.6
    rim_mg_cm3: float = CORTEX_MG_CM3 * 0.85
    core_mg_cm3: float = 110.0
    marrow_hu: float = MARROW_FAT
    roughness_mm: float = 0.9

    mineral = "ossification"
    expected_kind = "lesion"

    def __post_init__(self) -> None:
        if self.rim_thickness_mm <= 0 or min(self.rim_mg_cm3, self.core_mg_cm3) < 0:
            raise InputError(
                "Bone needs a rim above 0 mm and mineral of 0 mg/cm³ or more.",
                remedy="For bone without a cortex give its rim the mineral of its core.",
            )

    def paint(self, canvas: Canvas) -> Deposit | None:
        """Cortex around a trabeculated core."""
        box = canvas.lattice.box(self.shape.bounds, margin_mm=4.0)
        if box is None:
            return None
        here = canvas.lattice.part(box)
        distance = self.shape.distance(*here.mesh())
        distance = distance + self.roughness_mm * canvas.palette.lumps.at(here, (17, 5, 83))
        compact = np.clip(
            0.5 + (self.rim_thickness_mm - depth_mm(distance, here.spacing_kji_mm)) / here.edge_mm,
            0.0,
            1.0,
        )
        # Trabeculae stand out against marrow: texture as strong as half the mean.
        trabeculae = 1.0 + 0.5 * canvas.palette.trabeculae.at(here, (3, 57, 21))
        core = np.maximum(self.core_mg_cm3 * trabeculae, 0.0)
        mineral = core + compact * (self.rim_mg_cm3 - core)
        matrix = self.marrow_hu + compact * (50.0 - self.marrow_hu)
        return deposited(canvas, box, distance, mineral=mineral, matrix=matrix, compact=compact)


@dataclass(frozen=True, slots=True, eq=False)
class AmorphousCalcification:
    """Dense lobules of calcium without rim or inner order, as an old injection leaves."""

    lobules: tuple[Ellipsoid, ...]
    name: str = "amorphous calcification"
    mineral_mg_cm3: float = 430.0

    mineral = "calcification"
    expected_kind = "lesion"
    rim_thickness_mm = None

    def paint(self, canvas: Canvas) -> Deposit | None:
        """Lobules, merged, evenly dense."""
        return _homogeneous(canvas, Union(self.lobules, blend_mm=2.0), self.mineral_mg_cm3)


@dataclass(frozen=True, slots=True, eq=False)
class TramTrack:
    """Calcium in the wall of an artery: a tube of mineral, open at both ends, with gaps.

    Attributes
    ----------
    path, radius_mm
        The stretch of artery, and its radius.
    wall_mm
        Thickness of the mineral.
    cover
        Fraction of the wall that is calcified.
    """

    path: tuple[Point, ...]
    radius_mm: float
    name: str = "arterial wall calcification"
    wall_mm: float = 1.3
    mineral_mg_cm3: float = 620.0
    cover: float = 0.75

    mineral = "calcification"
    expected_kind = "vessel_wall"
    rim_thickness_mm = None

    def __post_init__(self) -> None:
        if not 0.0 < self.cover < 1.0:
            raise InputError(
                f"A wall cannot be calcified over {self.cover:g} of itself.",
                remedy="Choose a fraction between 0 and 1.",
            )

    def paint(self, canvas: Canvas) -> Deposit | None:
        """Wall mineral, left out where the slow noise is high."""
        stretch = self._tube(self.path, self.radius_mm + self.wall_mm)
        box = canvas.lattice.box(stretch.bounds)
        if box is None:
            return None
        here = canvas.lattice.part(box)
        # The wall of a longer tube, cut to the stretch: its own ends would be closed by caps.
        longer = self._tube(self._extended(), self.radius_mm)
        wall = np.abs(longer.distance(*here.mesh())) - self.wall_mm / 2.0
        most = NormalDist().inv_cdf(self.cover)
        gaps = GAP_EDGE_MM * (canvas.palette.lumps.at(here, (5, 77, 40)) - most)
        open_ended = np.maximum(wall, stretch.distance(*here.mesh()))
        return _even(canvas, box, np.maximum(open_ended, gaps), self.mineral_mg_cm3)

    def _tube(self, path: tuple[Point, ...], radius_mm: float) -> Tube:
        return Tube(path, (radius_mm,) * len(path))

    def _extended(self) -> tuple[Point, ...]:
        points = np.asarray(self.path, dtype=np.float64)
        ends = []
        for end, neighbour in ((points[0], points[1]), (points[-1], points[-2])):
            away = (end - neighbour) / np.linalg.norm(end - neighbour)
            ends.append(end + 4.0 * self.radius_mm * away)
        first, last = (tuple(float(c) for c in end) for end in ends)
        return ((first[0], first[1], first[2]), *self.path, (last[0], last[1], last[2]))


@dataclass(frozen=True, slots=True, eq=False)
class Phlebolith:
    """A small round stone in a pelvic vein."""

    centre: Point
    diameter_mm: float = 4.8
    name: str = "phlebolith"
    mineral_mg_cm3: float = 480.0

    mineral = "calcification"
    expected_kind = "phlebolith"
    rim_thickness_mm = None

    def paint(self, canvas: Canvas) -> Deposit | None:
        """Paint a dense ball."""
        radius = self.diameter_mm / 2.0
        return _homogeneous(canvas, Ellipsoid(self.centre, (radius,) * 3), self.mineral_mg_cm3)


def _homogeneous(canvas: Canvas, shape: Shape, mineral_mg_cm3: float) -> Deposit | None:
    bounds: Bounds = shape.bounds
    box = canvas.lattice.box(bounds)
    if box is None:
        return None
    distance = shape.distance(*canvas.lattice.part(box).mesh())
    return _even(canvas, box, distance, mineral_mg_cm3)


def _even(canvas: Canvas, box: Box, distance: Float32, mineral_mg_cm3: float) -> Deposit:
    full = np.ones(distance.shape, dtype=np.float32)
    return deposited(
        canvas, box, distance, mineral=mineral_mg_cm3 * full, matrix=MUSCLE * full, compact=full
    )


def deposited(
    canvas: Canvas,
    box: Box,
    distance: Float32,
    *,
    mineral: npt.NDArray[np.floating],
    matrix: npt.NDArray[np.floating],
    compact: npt.NDArray[np.floating],
) -> Deposit:
    """Blend mineral in its matrix over what lies there; structure labels stay as they are."""
    filled = coverage(distance, canvas.lattice.edge_mm)
    slope = mineralised_hu(0.0, 1.0, canvas.palette.kvp)
    hu = matrix + slope * mineral
    canvas.hu[box] += (filled * (hu - canvas.hu[box])).astype(np.float32)
    inside = filled > 0.5
    amount = (filled * mineral).astype(np.float32)
    return Deposit(box, inside, amount, inside & (compact > 0.5))
