"""Two ways to make the shapes and textures of lesions that have nothing in common.

What is fitted to one of them must be judged on the other: ``train`` bends simple bodies with
smooth noise, ``judge`` grows them bead by bead, with branches and spicules, and its bone is a net
of plates and rods instead of a grain.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trabecula.model.arrays import Float32, Float64
from trabecula.simulate.growths.fields import struts, waves
from trabecula.simulate.growths.forms import Strap, Warped, point, unit
from trabecula.simulate.growths.growth import Inside
from trabecula.simulate.shapes import Ellipsoid, Point, Shape, Tube, Union

STRUT_SCALE_MM = 0.9
"""Size of the meshes between the plates and rods of the judge's bone."""


class Generator(Protocol):
    """How the shapes and textures of one lesion are made."""

    @property
    def variant(self) -> str:
        """``train`` or ``judge``."""
        ...

    def band(
        self, path: tuple[Point, ...], half_widths: tuple[float, ...], *, normal: Point, flat: float
    ) -> Shape:
        """Return a body along a path."""
        ...

    def blob(
        self, centre: Point, half_axes: tuple[float, float, float], *, axis: Point, normal: Point
    ) -> Shape:
        """Return a rounded body: half axes along ``axis``, across it, and along ``normal``, mm."""
        ...

    def lobules(
        self, centre: Point, half_axes: tuple[float, float, float], *, radius_mm: float, count: int
    ) -> tuple[Ellipsoid, ...]:
        """Return rounded parts of one body, touching."""
        ...

    def grain(self, inside: Inside) -> Float32:
        """Return cancellous texture, mean 0 and SD 1."""
        ...

    def clouds(self, inside: Inside, scale_mm: float) -> Float32:
        """Slow unevenness, mean 0 and SD 1."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Waved:
    """Simple bodies bent by smooth noise; Gaussian grain."""

    seed: int
    roughness: float = 1.0

    variant = "train"

    def band(
        self, path: tuple[Point, ...], half_widths: tuple[float, ...], *, normal: Point, flat: float
    ) -> Shape:
        """Band whose faces are wavy."""
        thin = min(half_widths) / flat
        return self._rough(Strap(path, half_widths, normal, flat), thin=thin, wide=max(half_widths))

    def blob(
        self, centre: Point, half_axes: tuple[float, float, float], *, axis: Point, normal: Point
    ) -> Shape:
        """Return a rounded body with a wavy face."""
        along, across, out = half_axes
        shape = _turned(centre, half_axes, axis=axis, normal=normal)
        return self._rough(shape, thin=min(across, out), wide=along)

    def lobules(
        self, centre: Point, half_axes: tuple[float, float, float], *, radius_mm: float, count: int
    ) -> tuple[Ellipsoid, ...]:
        """Balls scattered evenly in an ellipsoid, the first in its middle."""
        random = np.random.default_rng((self.seed, 2))
        reach = np.maximum(np.subtract(half_axes, radius_mm), 0.15 * radius_mm)
        places = [np.zeros(3)]
        # Keep the candidate that lies farthest from those already there.
        for _ in range(count - 1):
            tries = _in_ball(random, 24) * reach
            gaps = np.min([np.linalg.norm(tries - p, axis=1) for p in places], axis=0)
            wanted = np.abs(gaps - 1.45 * radius_mm)
            places.append(tries[int(np.argmin(wanted))])
        sizes = radius_mm * random.uniform(0.85, 1.15, count)
        return tuple(
            Ellipsoid(point(np.add(centre, p)), (s, s * 0.95, s))
            for p, s in zip(places, sizes.tolist(), strict=True)
        )

    def grain(self, inside: Inside) -> Float32:
        """Grain of the palette, another stretch for each lesion."""
        shift = np.random.default_rng((self.seed, 3)).integers(0, 128, 3).tolist()
        return inside.palette.trabeculae.at(inside.lattice, (shift[0], shift[1], shift[2]))

    def clouds(self, inside: Inside, scale_mm: float) -> Float32:
        """Sum of plane waves."""
        return waves(inside.lattice, scale_mm=scale_mm, seed=self.seed + 11)

    def _rough(self, shape: Shape, *, thin: float, wide: float) -> Shape:
        coarse = Warped(shape, min(0.16 * thin, 2.5) * self.roughness, max(0.45 * wide, 4.0),
                        self.seed + 1)  # fmt: skip
        return Warped(coarse, min(0.06 * thin, 0.6) * self.roughness, 2.2, self.seed + 2)


@dataclass(frozen=True, slots=True, eq=False)
class Beaded:
    """Chains of beads with branches and spicules; bone as a net of plates and rods."""

    seed: int
    spicules: int = 6

    variant = "judge"

    def band(
        self, path: tuple[Point, ...], half_widths: tuple[float, ...], *, normal: Point, flat: float
    ) -> Shape:
        """Beads along the path, each turned a little, held together by a thin cord."""
        random = np.random.default_rng((self.seed, 5))
        places, widths = _resampled(path, half_widths)
        parts: list[Shape] = [
            Strap(
                tuple(point(p) for p in places),
                tuple(float(0.62 * w) for w in widths),
                normal,
                flat,
            )
        ]
        for index in range(len(places)):
            ahead = places[min(index + 1, len(places) - 1)] - places[max(index - 1, 0)]
            along = unit(ahead) * float(widths[index]) * random.uniform(0.3, 0.8)
            off = random.normal(0.0, 0.16 * float(widths[index]) / flat, 3)
            middle = places[index] + off
            tilt = unit(unit(normal) + random.normal(0.0, 0.18, 3))
            size = float(widths[index]) * float(random.uniform(0.72, 1.08))
            ends = (point(middle - along), point(middle + along))
            parts.append(Strap(ends, (size, size * 0.9), point(tilt), flat))
        parts += self._spicules(random, places, widths / flat, normal)
        return Union(tuple(parts), blend_mm=1.5)

    def blob(
        self, centre: Point, half_axes: tuple[float, float, float], *, axis: Point, normal: Point
    ) -> Shape:
        """Beads about a core."""
        random = np.random.default_rng((self.seed, 6))
        frame = np.stack([unit(axis), unit(np.cross(normal, axis)), unit(normal)])
        parts: list[Shape] = [
            _turned(centre, point(np.multiply(half_axes, 0.8)), axis=axis, normal=normal)
        ]
        places = []
        for turn in _on_sphere(random, 9):
            at = np.asarray(centre) + (turn * np.multiply(half_axes, 0.55)) @ frame
            size = float(min(half_axes) * random.uniform(0.38, 0.55))
            parts.append(Ellipsoid(point(at), point(size * random.uniform(0.85, 1.15, 3))))
            places.append(at)
        reach = np.full(len(places), min(half_axes) * 0.6)
        parts += self._spicules(random, np.array(places), reach, normal)
        return Union(tuple(parts), blend_mm=2.0)

    def lobules(
        self, centre: Point, half_axes: tuple[float, float, float], *, radius_mm: float, count: int
    ) -> tuple[Ellipsoid, ...]:
        """Grow each lobule from the side of an earlier one, oblong."""
        random = np.random.default_rng((self.seed, 7))
        reach = np.maximum(np.subtract(half_axes, radius_mm), 0.15 * radius_mm)
        places = [np.zeros(3)]
        for _ in range(count - 1):
            parent = places[int(random.integers(len(places)))]
            step = _on_sphere(random, 1)[0] * radius_mm * float(random.uniform(1.1, 1.5))
            away = parent + step
            over = max(float(np.linalg.norm(away / reach)), 1.0)
            places.append(away / over)
        return tuple(
            Ellipsoid(point(np.add(centre, p)), point(radius_mm * random.uniform(0.75, 1.2, 3)))
            for p in places
        )

    def grain(self, inside: Inside) -> Float32:
        """Net of plates and rods."""
        return struts(inside.lattice, scale_mm=STRUT_SCALE_MM, seed=self.seed + 13)

    def clouds(self, inside: Inside, scale_mm: float) -> Float32:
        """Patches with steep borders."""
        field = waves(inside.lattice, scale_mm=1.2 * scale_mm, seed=self.seed + 17)
        steep: Float32 = np.tanh(2.0 * field) / np.float32(0.80)
        return steep

    def _spicules(
        self, random: np.random.Generator, places: Float64, reach: Float64, normal: Point
    ) -> list[Shape]:
        parts: list[Shape] = []
        for _ in range(self.spicules):
            index = int(random.integers(len(places)))
            toward = unit(_on_sphere(random, 1)[0] + 0.4 * unit(normal))
            far = float(reach[index]) + float(random.uniform(1.5, 4.0))
            start, end = places[index], places[index] + toward * far
            parts.append(Tube((point(start), point(end)), (1.6, 0.7)))
        return parts


GENERATORS: Mapping[str, Callable[[int], Generator]] = {"train": Waved, "judge": Beaded}


def _turned(
    centre: Point, half_axes: tuple[float, float, float], *, axis: Point, normal: Point
) -> Strap:
    along, across, out = half_axes
    width = min(across, along)
    half = unit(axis) * max(along - width, 0.05)
    ends = (point(np.subtract(centre, half)), point(np.add(centre, half)))
    return Strap(ends, (width, width), normal, max(1.0, width / out))


def _resampled(path: tuple[Point, ...], widths: tuple[float, ...]) -> tuple[Float64, Float64]:
    """Return points along a path about a width apart, and the widths there."""
    points = np.asarray(path, dtype=np.float64)
    steps = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    count = max(3, int(np.ceil(steps[-1] / (1.1 * max(widths)))) + 1)
    at = np.linspace(0.0, steps[-1], count)
    places = np.column_stack([np.interp(at, steps, points[:, axis]) for axis in range(3)])
    return places, np.interp(at, steps, widths)


def _on_sphere(random: np.random.Generator, count: int) -> Float64:
    turns = random.standard_normal((count, 3))
    sphere: Float64 = turns / np.linalg.norm(turns, axis=1, keepdims=True)
    return sphere


def _in_ball(random: np.random.Generator, count: int) -> Float64:
    ball: Float64 = _on_sphere(random, count) * random.uniform(0.0, 1.0, (count, 1)) ** (1.0 / 3.0)
    return ball
