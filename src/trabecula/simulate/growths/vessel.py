"""Calcium in the wall of an artery."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from trabecula.model.arrays import Float32
from trabecula.simulate.growths.calcium import MATRIX_HU
from trabecula.simulate.growths.fields import waves
from trabecula.simulate.growths.forms import point, unit
from trabecula.simulate.growths.growth import Growth, Inside, Substance
from trabecula.simulate.growths.plan import Plan
from trabecula.simulate.lattice import Bounds, Lattice
from trabecula.simulate.shapes import Point, Tube


@dataclass(frozen=True, slots=True, eq=False)
class Wall:
    """Wall of a pipe, open at both ends, left out in places.

    Attributes
    ----------
    cover
        Fraction of the wall that is there, above 0 and up to 1.
    patch_mm
        Size of the patches and gaps.
    """

    path: tuple[Point, ...]
    radius_mm: float
    wall_mm: float
    cover: float
    patch_mm: float
    seed: int

    @property
    def bounds(self) -> Bounds:
        """Lowest and highest corner."""
        return self._tube(self.path, self.radius_mm + self.wall_mm).bounds

    def distance(self, x: Float32, y: Float32, z: Float32) -> Float32:
        """Signed distance."""
        longer = self._tube(self._extended(), self.radius_mm).distance(x, y, z)
        stretch = self._tube(self.path, self.radius_mm + self.wall_mm).distance(x, y, z)
        wall: Float32 = np.maximum(np.abs(longer) - np.float32(self.wall_mm / 2.0), stretch)
        if self.cover >= 1.0:
            return wall
        field = waves(Lattice(x.ravel(), y.ravel(), z.ravel()), scale_mm=self.patch_mm,
                      seed=self.seed)  # fmt: skip
        gaps = np.float32(self.patch_mm) * (field - np.float32(NormalDist().inv_cdf(self.cover)))
        patchy: Float32 = np.maximum(wall, gaps)
        return patchy

    def _tube(self, path: tuple[Point, ...], radius_mm: float) -> Tube:
        return Tube(path, (radius_mm,) * len(path))

    def _extended(self) -> tuple[Point, ...]:
        points = np.asarray(self.path, dtype=np.float64)
        first = points[0] + unit(points[0] - points[1]) * 4.0 * self.radius_mm
        last = points[-1] + unit(points[-1] - points[-2]) * 4.0 * self.radius_mm
        return (point(first), *self.path, point(last))


def artery_wall(plan: Plan) -> tuple[Growth, ...]:
    """Calcium along a stretch of artery: two lines in the slice along it, a ring across it."""
    radius = plan.site.radius_mm or plan.mm("radius_mm")
    path = _cut(plan.site.line(plan.mm("size_mm")), plan.mm("size_mm"))
    judge = plan.generator.variant == "judge"
    shape = Wall(
        path,
        radius,
        plan.mm("wall_mm"),
        plan.number("cover"),
        # The judge's artery has flecks, the trainer's long plates.
        patch_mm=2.2 if judge else 4.5,
        seed=int(plan.random.integers(1 << 31)),
    )
    density = np.float32(plan.number("mineral_mg_cm3"))

    def fill(inside: Inside) -> Substance:
        full = np.ones_like(inside.distance)
        return Substance(density * full, np.float32(MATRIX_HU) * full, full)

    return (Growth(shape, fill, plan.facts("calcification", "wall", expected_kind="vessel_wall")),)


def _cut(path: tuple[Point, ...], length_mm: float) -> tuple[Point, ...]:
    """Middle part of a path, at most so long."""
    points = np.asarray(path, dtype=np.float64)
    steps = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    middle, half = steps[-1] / 2.0, min(length_mm, steps[-1]) / 2.0
    at = np.linspace(middle - half, middle + half, max(3, len(path)))
    return tuple(point([np.interp(t, steps, points[:, axis]) for axis in range(3)]) for t in at)
