"""Shapes that lesions need beside those of the anatomy: bands, warped, carved and sampled ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trabecula.errors import InputError
from trabecula.model.arrays import Float32, Float64
from trabecula.simulate.growths.fields import waves
from trabecula.simulate.lattice import Bounds, Lattice
from trabecula.simulate.shapes import FAR_MM, Point, Shape


def point(values: Sequence[float] | Float64) -> Point:
    """Return three numbers as a point."""
    x, y, z = (float(v) for v in values)
    return x, y, z


def unit(vector: Sequence[float] | Float64) -> Float64:
    """Return the direction of a vector; upward for none."""
    values = np.asarray(vector, dtype=np.float64)
    length = float(np.linalg.norm(values))
    return values / length if length > 1e-9 else np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Strap:
    """A chain of capsules, squeezed along ``normal``: a band, a plate or a turned ellipsoid.

    Attributes
    ----------
    path
        Two points at least.
    radii
        Half the width at each point, mm.
    normal
        Unit vector of the thin side.
    flat
        Width against thickness.
    """

    path: tuple[Point, ...]
    radii: tuple[float, ...]
    normal: Point
    flat: float = 1.0

    def __post_init__(self) -> None:
        if len(self.path) < 2 or len(self.path) != len(self.radii):
            raise InputError(
                "A band has as many widths as points, and two at least.",
                remedy="Give a path of two points or more.",
            )
        if min(self.radii) <= 0 or self.flat < 1.0:
            raise InputError(
                "A band must be wider than nothing and no thicker than wide.",
                remedy="Give sizes in mm above zero.",
            )

    @property
    def bounds(self) -> Bounds:
        """Lowest and highest corner."""
        points, radii = np.asarray(self.path), np.asarray(self.radii)[:, None]
        return (points - radii).min(axis=0), (points + radii).max(axis=0)

    def distance(self, x: Float32, y: Float32, z: Float32) -> Float32:
        """Signed distance: right across the thin side, softer along the wide one."""
        n = unit(self.normal)
        squeeze = np.eye(3) + (self.flat - 1.0) * np.outer(n, n)
        u, v, w = (
            np.float32(row[0]) * x + np.float32(row[1]) * y + np.float32(row[2]) * z
            for row in squeeze
        )
        points = np.asarray(self.path) @ squeeze.T
        nearest: Float32 | None = None
        for start, end, r0, r1 in zip(points, points[1:], self.radii, self.radii[1:], strict=False):
            link = _capsule((u, v, w), start, end, radii=(r0, r1))
            nearest = link if nearest is None else np.minimum(nearest, link, out=nearest)
        whole = np.full(1, FAR_MM, dtype=np.float32) if nearest is None else nearest
        return whole / np.float32(self.flat)


def _capsule(
    at: tuple[Float32, Float32, Float32],
    start: Float64,
    end: Float64,
    *,
    radii: tuple[float, float],
) -> Float32:
    along = (end - start).astype(np.float32)
    length_squared = max(float(along @ along), 1e-6)
    dx, dy, dz = (axis - np.float32(first) for axis, first in zip(at, start, strict=True))
    t = (dx * along[0] + dy * along[1] + dz * along[2]) / np.float32(length_squared)
    np.clip(t, 0.0, 1.0, out=t)
    squared = (dx - t * along[0]) ** 2 + (dy - t * along[1]) ** 2 + (dz - t * along[2]) ** 2
    link: Float32 = np.sqrt(squared) - (np.float32(radii[0]) + t * np.float32(radii[1] - radii[0]))
    return link


@dataclass(frozen=True, slots=True, eq=False)
class Warped:
    """A shape whose surface is pushed in and out by a smooth random field."""

    shape: Shape
    amplitude_mm: float
    scale_mm: float
    seed: int

    @property
    def bounds(self) -> Bounds:
        """Lowest and highest corner."""
        low, high = self.shape.bounds
        reach = 2.5 * self.amplitude_mm
        return np.subtract(low, reach), np.add(high, reach)

    def distance(self, x: Float32, y: Float32, z: Float32) -> Float32:
        """Signed distance, first order."""
        here = Lattice(x.ravel(), y.ravel(), z.ravel())
        push = waves(here, scale_mm=self.scale_mm, seed=self.seed)
        push *= np.float32(self.amplitude_mm)
        push += self.shape.distance(x, y, z)
        return push


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """A distance known on a lattice, linear between its points."""

    values: Float32
    lattice: Lattice

    @property
    def bounds(self) -> Bounds:
        """Lowest and highest corner."""
        axes = (self.lattice.x, self.lattice.y, self.lattice.z)
        return np.array([a[0] for a in axes]), np.array([a[-1] for a in axes])

    def distance(self, x: Float32, y: Float32, z: Float32) -> Float32:
        """Signed distance; beyond the lattice that of its nearest point."""
        values = self.values
        centres = (self.lattice.x, self.lattice.y, self.lattice.z)
        for axis, wanted, known in zip((2, 1, 0), (x, y, z), centres, strict=True):
            if known.size == 1:
                values = np.repeat(values, wanted.size, axis=axis)
                continue
            at = np.clip(wanted.ravel(), known[0], known[-1])
            lower = np.clip(np.searchsorted(known, at, side="right") - 1, 0, known.size - 2)
            weight = ((at - known[lower]) / (known[lower + 1] - known[lower])).astype(np.float32)
            shape = [1, 1, 1]
            shape[axis] = -1
            start = np.take(values, lower, axis=axis)
            step = np.take(values, lower + 1, axis=axis)
            values = start + weight.reshape(shape) * (step - start)
        return values


@dataclass(frozen=True, slots=True, eq=False)
class Carved:
    """A shape kept at least ``gap_mm`` away from another."""

    shape: Shape
    other: Shape
    gap_mm: float

    @property
    def bounds(self) -> Bounds:
        """Lowest and highest corner of the whole shape."""
        return self.shape.bounds

    def distance(self, x: Float32, y: Float32, z: Float32) -> Float32:
        """Signed distance."""
        away = np.float32(self.gap_mm) - self.other.distance(x, y, z)
        carved: Float32 = np.maximum(self.shape.distance(x, y, z), away)
        return carved
