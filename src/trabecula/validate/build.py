"""How a simulated patient is built: part of the body, age, fat, muscle, bone, proportions.

The trainer's bodies have the proportions that the plans are drawn with. The judge's never have:
width, depth and height are each stretched by 4 to 10 per cent of their own, and sway over
centimetres, so that no bone has the section or the course that anything was fitted on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from trabecula.model import Float64, Tissue
from trabecula.simulate import Figure
from trabecula.simulate.canvas import Canvas
from trabecula.simulate.detail import VESSELS
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.render import Body, tissue_of
from trabecula.simulate.scenes import body_of
from trabecula.simulate.shapes import Point
from trabecula.simulate.skeleton import SIDES, Bone, mirrored
from trabecula.simulate.soft_tissue import ARTERIES, ARTERY_RADIUS_MM
from trabecula.validate.region import REGIONS, Region

SIZES = (0.86, 1.12)
"""Scale of the trainer's patients; 1 is an adult man."""

ADULT_YEARS, CHILD_YEARS, CHILD_SHARE = (18.0, 90.0), (5.0, 16.0), 0.25
FAT_MM, WASTING_MM, BONE_DENSITY = (-3.0, 30.0), (0.0, 2.5), (0.45, 1.4)
"""Thin to heavy, muscular to wasted, osteoporotic to dense."""

TRAINED_FAT_MM, TRAINED_DENSITY = (0.0, 16.0), (0.6, 1.3)
"""The same of the trainer, beyond the pelvis."""

STRETCH, SWAY_MM, SWAY_LENGTH_MM = (0.04, 0.10), (1.5, 3.5), (110.0, 190.0)
"""Of the judge's proportions: logarithm of the stretch, and how far and over which length a body
sways along each axis. At the most a bone is a third wider here than there."""

INVERSIONS = 12
"""Steps that bring a point from the plan to the body; each makes the error four times smaller."""

VENOUS_SHARE = 0.4
"""Contrast in veins against that in arteries."""


@dataclass(frozen=True, slots=True)
class Proportions:
    """How a body is stretched against its plan, along ``x, y, z``; as it is unless told.

    A point ``p`` of the body lies at ``p / stretch + sway sin(2 pi p / length + phase)`` of the
    plan.
    """

    stretch: Point = (1.0, 1.0, 1.0)
    sway_mm: Point = (0.0, 0.0, 0.0)
    length_mm: Point = (150.0, 150.0, 150.0)
    phase: Point = (0.0, 0.0, 0.0)

    def plan(self, lattice: Lattice) -> Lattice:
        """Return the same voxels with the coordinates that they have in the plan."""
        axes = enumerate((lattice.x, lattice.y, lattice.z))
        x, y, z = (
            (at / self.stretch[n] + self._sway(at.astype(np.float64), n)).astype(np.float32)
            for n, at in axes
        )
        return Lattice(x, y, z, lattice.first)

    def body(self, place: Point) -> Point:
        """Return where a point of the plan lies in the body."""
        goal = np.asarray(place, dtype=np.float64)
        found = goal
        for _ in range(INVERSIONS):
            sway = np.array([float(self._sway(found[n : n + 1], n)[0]) for n in range(3)])
            found = np.multiply(self.stretch, goal - sway)
        x, y, z = found.tolist()
        return x, y, z

    def _sway(self, at: Float64, axis: int) -> Float64:
        turn = 2.0 * np.pi / self.length_mm[axis]
        sway: Float64 = self.sway_mm[axis] * np.sin(turn * at + self.phase[axis])
        return sway


@dataclass(frozen=True, slots=True)
class Build:
    """A patient to be painted, without lesions.

    Attributes
    ----------
    region
        Name in ``REGIONS``.
    figure
        Age, sex, fat, muscle, bone and size.
    proportions
        Against the plan.
    right
        Whether a region of one side is the right one.
    """

    region: str
    figure: Figure
    proportions: Proportions = Proportions()
    right: bool = False

    @property
    def part(self) -> Region:
        """What is shown of the body."""
        return REGIONS[self.region]

    @property
    def corners(self) -> tuple[Float64, Float64]:
        """Corners of where lesions may lie."""
        return self._of_side(self.part.low_mm, self.part.high_mm)

    @property
    def normal_corners(self) -> tuple[Float64, Float64]:
        """Corners of what a normal scan shows."""
        return self._of_side(self.part.normal_low_mm, self.part.normal_high_mm)

    def _of_side(self, low: Point, high: Point) -> tuple[Float64, Float64]:
        first, last = np.array(low), np.array(high)
        if self.right and self.part.paired:
            first[0], last[0] = -last[0], -first[0]
        return first, last

    def body(self, *, seed: int, contrast_hu: float = 0.0) -> Body:
        """Return the plan of this body, in its own proportions."""
        plan = body_of(self.figure, pelvic=self.part.pelvic, seed=seed)
        return replace(
            plan,
            soft_tissue=partial(self._soft_tissue, plan=plan, contrast_hu=contrast_hu),
            bones=partial(self._bones, plan=plan),
            contrast=contrast_hu > 0,
        )

    def arteries(self) -> Mapping[str, tuple[tuple[Point, ...], float]]:
        """Course in the body, and radius, of every artery whose wall can calcify."""
        courses = {name: (course, ARTERY_RADIUS_MM) for name, course in ARTERIES.items()}
        if not self.part.pelvic:
            for name, (course, radii, _) in VESSELS.items():
                if "artery" in name:
                    for side, word in SIDES:
                        courses[f"{name}_{word}"] = mirrored(course, side), max(radii)
        return {
            name: (tuple(self.proportions.body(place) for place in course), radius)
            for name, (course, radius) in courses.items()
        }

    def _soft_tissue(self, canvas: Canvas, *, plan: Body, contrast_hu: float) -> None:
        planned = replace(canvas, lattice=self.proportions.plan(canvas.lattice))
        plan.soft_tissue(planned)
        if contrast_hu:
            _enhance(planned, contrast_hu)

    def _bones(self, lattice: Lattice, *, plan: Body) -> list[Bone]:
        bones = plan.bones(self.proportions.plan(lattice))
        for bone in bones:
            make, bottom = bone.make, bone.make.shaft_bottom_mm
            bone.make = replace(
                make,
                shaft_top_mm=self._height(make.shaft_top_mm),
                shaft_bottom_mm=None if bottom is None else self._height(bottom),
            )
        return bones

    def _height(self, z: float) -> float:
        return self.proportions.body((0.0, 0.0, z))[2]


def _enhance(canvas: Canvas, contrast_hu: float) -> None:
    """Fill vessels: arteries wholly, veins less."""
    for name, number in canvas.names.items():
        if tissue_of(name) is Tissue.VESSEL or name == "heart":
            share = VENOUS_SHARE if "ven" in name or "vein" in name else 1.0
            canvas.hu[canvas.labels == number] = share * contrast_hu


def trained_build(random: np.random.Generator, region: str) -> Build:
    """Draw a body of the trainer: the plan's own proportions."""
    size = float(random.uniform(*SIZES))
    if region == "pelvis":
        return Build(region, Figure(size=size))
    figure = Figure(
        age_years=float(random.uniform(*ADULT_YEARS)),
        sex=str(random.choice(["F", "M"])),
        fat_mm=float(random.uniform(*TRAINED_FAT_MM)),
        bone_density=float(random.uniform(*TRAINED_DENSITY)),
        size=size,
    )
    return Build(region, figure, right=bool(random.random() < 0.5))


def judged_build(random: np.random.Generator, region: str) -> Build:
    """Draw a body of the judge: child or adult, thin to heavy, in proportions of its own."""
    child = random.random() < CHILD_SHARE
    figure = Figure(
        age_years=float(random.uniform(*(CHILD_YEARS if child else ADULT_YEARS))),
        sex=str(random.choice(["F", "M"])),
        fat_mm=float(random.uniform(*FAT_MM)),
        wasting_mm=float(random.uniform(*WASTING_MM)),
        bone_density=float(random.uniform(*BONE_DENSITY)),
    )
    signs = random.choice([-1.0, 1.0], 3)
    proportions = Proportions(
        stretch=_three(np.exp(signs * random.uniform(*STRETCH, 3))),
        sway_mm=_three(random.uniform(*SWAY_MM, 3)),
        length_mm=_three(random.uniform(*SWAY_LENGTH_MM, 3)),
        phase=_three(random.uniform(0.0, 2.0 * np.pi, 3)),
    )
    return Build(region, figure, proportions, right=bool(random.random() < 0.5))


def _three(values: Float64) -> Point:
    x, y, z = values.tolist()
    return x, y, z
