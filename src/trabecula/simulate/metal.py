"""Metal: nail with lag screw, hip replacement, plate with screws."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from trabecula.simulate.canvas import Canvas
from trabecula.simulate.shapes import Ellipsoid, Shape, Tube, Union
from trabecula.simulate.skeleton import HEAD_CENTRE, mirrored

STEEL_HU = 9000.0
"""Far beyond the scale; the scan cuts it at its top, the streaks come from its shape."""


@dataclass(frozen=True, slots=True)
class Implant:
    """A metal implant: its kind, and the side it is on (+1 left, −1 right)."""

    kind: str
    side: int


def _nail(side: int) -> Shape:
    rod = Tube(mirrored(((131, 18, 6), (127, 10, -55), (126, 6, -80), (122, 0, -130)), side),
               (5.5, 5.5, 5.5, 5.5))  # fmt: skip
    screw = Tube(mirrored(((136, 16, -36), (82, 1, -2)), side), (5.0, 5.0))
    return Union((rod, screw))


def _replacement(side: int) -> Shape:
    x, y, z = HEAD_CENTRE
    stem = Tube(mirrored(((112, 8, -18), (124, 11, -50), (125, 6, -110), (123, 2, -150)), side),
                (7.0, 9.0, 6.5, 4.5))  # fmt: skip
    neck = Tube(mirrored(((x + 2, y, z), (112, 8, -18)), side), (7.0, 7.5))
    return Union((Ellipsoid((side * x, y, z), (14, 14, 14)), stem, neck))


def _plate(side: int) -> Shape:
    bar = Tube(mirrored(((143, 8, -70), (140, 4, -140), (134, 0, -200)), side), (4.0, 4.0, 4.0))
    screws = tuple(
        Tube(mirrored(((143 - t * 5, 6, -80 - 30 * t), (112 - t * 3, 4, -80 - 30 * t)), side),
             (2.0, 2.0))
        for t in range(4)
    )  # fmt: skip
    return Union((bar, *screws))


METALS: Mapping[str, Callable[[int], Shape]] = {
    "nail": _nail,
    "hip_replacement": _replacement,
    "plate": _plate,
}
"""What a recipe can put in."""


def paint_metal(canvas: Canvas, implants: tuple[Implant, ...]) -> None:
    """Paint implants over everything; labels stay those of the bones around them."""
    for implant in implants:
        shape = METALS[implant.kind](implant.side)
        box = canvas.lattice.box(shape.bounds)
        if box is None:
            continue
        labels = canvas.labels[box].copy()
        canvas.fill(box, shape.distance(*canvas.lattice.part(box).mesh()), STEEL_HU)
        canvas.labels[box] = labels
