"""What a lesion is built from: its entry, its numbers, its place and its generator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from trabecula.model.arrays import Float64
from trabecula.simulate.growths.forms import point, unit
from trabecula.simulate.growths.generators import Generator
from trabecula.simulate.growths.growth import Facts, Growth
from trabecula.simulate.shapes import Point

Value = float | str | bool
"""A parameter of a recipe."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a lesion grows, mm in the frame it is painted in.

    Attributes
    ----------
    centre
        Its middle.
    axis
        Unit vector along the muscle, the vessel or the bone beside it.
    outward
        Unit vector away from the host, or out of the thin side of its compartment.
    path
        A line to follow: between bones, along a vessel; empty when axis and centre say it all.
    hosts
        Bones it is to meet.
    core
        Middle of the host's cross-section beside it; ``None`` without a host.
    radius_mm
        Radius of the vessel; 0 when there is none.
    """

    centre: Point
    axis: Point = (0.0, 0.0, 1.0)
    outward: Point = (0.0, 1.0, 0.0)
    path: tuple[Point, ...] = ()
    hosts: tuple[str, ...] = ()
    core: Point | None = None
    radius_mm: float = 0.0

    def line(self, length_mm: float, *, count: int = 5, bend_mm: float = 0.0) -> tuple[Point, ...]:
        """Return points along the given path, or a slightly bent line along the axis."""
        if self.path:
            return self.path
        middle, axis, out = np.asarray(self.centre), unit(self.axis), unit(self.outward)
        return tuple(
            point(middle + axis * t * length_mm / 2.0 + out * bend_mm * (1.0 - t * t))
            for t in np.linspace(-1.0, 1.0, count)
        )

    def normal(self) -> Point:
        """Return the outward direction made square to the axis."""
        axis, out = unit(self.axis), unit(self.outward)
        square: Float64 = out - axis * float(out @ axis)
        if float(np.linalg.norm(square)) < 1e-3:
            square = np.cross(axis, [1.0, 0.0, 0.0] if abs(axis[0]) < 0.9 else [0.0, 1.0, 0.0])
        return point(unit(square))


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A lesion to be built.

    Attributes
    ----------
    model, name
        Entry of the catalogue, and words for people.
    values
        Its parameters, all given, checked against the catalogue.
    site, generator
        Where, and how shapes and textures are made.
    random
        For what the generator does not decide.
    size
        Scale of the body: millimetres of the patient for one of the frame.
    down
        Unit vector of gravity.
    """

    model: str
    name: str
    values: Mapping[str, Value]
    site: Site
    generator: Generator
    random: np.random.Generator
    size: float = 1.0
    down: Point = (0.0, 1.0, 0.0)

    def number(self, key: str) -> float:
        """Return a parameter that is a number."""
        return float(self.values[key])

    def mm(self, key: str) -> float:
        """Return a length of the patient in millimetres of the frame."""
        return self.number(key) / self.size

    def facts(
        self,
        mineral: str,
        pattern: str,
        *,
        zonation: str = "even",
        rim_frame_mm: float | None = None,
        expected_kind: str = "lesion",
        continuity: bool = False,
        wraps_deg: float = 0.0,
        name: str | None = None,
    ) -> Facts:
        """Return what is true by making; ``rim_frame_mm`` is in millimetres of the frame."""
        return Facts(
            model=self.model,
            name=name or self.name,
            mineral=mineral,
            variant=self.generator.variant,
            pattern=pattern,
            zonation=zonation,
            rim_thickness_mm=None if rim_frame_mm is None else rim_frame_mm * self.size,
            expected_kind=expected_kind,
            continuity=continuity,
            wraps_deg=wraps_deg,
        )


Builder = Callable[[Plan], tuple[Growth, ...]]
"""Makes one lesion or several of a plan."""
