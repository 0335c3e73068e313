"""One lesion ready to be painted: its surface, what fills it, and what is true of it by making."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trabecula.model.arrays import Float32
from trabecula.simulate.canvas import Canvas, Palette, coverage, depth_mm
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.lesions import Deposit, deposited
from trabecula.simulate.shapes import Shape
from trabecula.simulate.tissue import mineralised_hu

NECK_MG_CM3 = 150.0
"""Mineral of cancellous bone where a lesion's inside runs into the marrow of its host."""
NECK_MATRIX_HU = -20.0
"""What lies between its trabeculae."""


@dataclass(frozen=True, slots=True, eq=False)
class Neck:
    """Where the native cortex is opened between a lesion and its host's marrow.

    Attributes
    ----------
    shape
        Opening; only its part inside the host is used.
    mineral_mg_cm3, matrix_hu
        What fills it.
    """

    shape: Shape
    mineral_mg_cm3: float = NECK_MG_CM3
    matrix_hu: float = NECK_MATRIX_HU

    def hu(self, kvp: float) -> np.float32:
        """HU of what fills it."""
        return np.float32(mineralised_hu(self.matrix_hu, self.mineral_mg_cm3, kvp))


@dataclass(frozen=True, slots=True, eq=False)
class Substance:
    """What fills a shape, voxel by voxel of a box ``(k, j, i)`` float32.

    Attributes
    ----------
    mineral_mg_cm3
        Hydroxyapatite where the voxel lies wholly inside.
    matrix_hu
        What holds the mineral.
    compact
        From 0 to 1, how far it belongs to the dense part: rim of bone, shell, calcified lobule.
    """

    mineral_mg_cm3: Float32
    matrix_hu: Float32
    compact: Float32


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """The inside of a shape in a box, for what fills it.

    ``depth_mm`` counts from the surface inward; ``offset`` picks a stretch of the palette's grain.
    """

    lattice: Lattice
    palette: Palette
    distance: Float32
    depth_mm: Float32


Fill = Callable[[Inside], Substance]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of a lesion by the way it is made.

    Attributes
    ----------
    model, name
        Entry of the catalogue, and words for people.
    mineral
        ``ossification`` or ``calcification``.
    expected_kind
        ``lesion``, or why it should be set aside.
    rim_thickness_mm
        Its cortex; ``None`` when it has none.
    variant
        Which generator made it: ``train`` or ``judge``.
    pattern
        ``trabeculated``, ``immature``, ``amorphous``, ``cloud``, ``rings_and_arcs``,
        ``fluid_level``, ``sheet``, ``nodular``, ``speckled``, ``shell``, ``wall``.
    zonation
        Where it is densest: ``rim``, ``core`` or ``even``.
    continuity
        Whether its inside runs into the marrow of its host.
    wraps_deg
        How much of its host's girth it takes, by plan; 0 when it wraps nothing.
    """

    model: str
    name: str
    mineral: str
    variant: str
    pattern: str
    expected_kind: str = "lesion"
    rim_thickness_mm: float | None = None
    zonation: str = "even"
    continuity: bool = False
    wraps_deg: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """A lesion: a shape, what fills it, and its facts.

    Attributes
    ----------
    neck
        Where the native cortex is opened between lesion and marrow; ``None`` for a whole cortex.
    hosts
        Bones it is to meet, of those its place names; ``None`` for all of them.
    """

    shape: Shape
    fill: Fill
    facts: Facts
    neck: Neck | None = None
    hosts: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """What it is, for people."""
        return self.facts.name

    @property
    def mineral(self) -> str:
        """``ossification`` or ``calcification``."""
        return self.facts.mineral

    @property
    def expected_kind(self) -> str:
        """``lesion``, or why it should be set aside."""
        return self.facts.expected_kind

    @property
    def rim_thickness_mm(self) -> float | None:
        """Thickness of its cortex."""
        return self.facts.rim_thickness_mm

    def substance(self, here: Lattice, palette: Palette) -> tuple[Float32, Substance]:
        """Return the distance to its surface in a box, and what fills it."""
        distance = self.shape.distance(*here.mesh())
        depth = depth_mm(distance, here.spacing_kji_mm)
        return distance, self.fill(Inside(here, palette, distance, depth))

    def paint(self, canvas: Canvas) -> Deposit | None:
        """Paint it under the native bones; ``None`` outside the field of view."""
        box = canvas.lattice.box(self.shape.bounds, margin_mm=4.0)
        if box is None:
            return None
        distance, inside = self.substance(canvas.lattice.part(box), canvas.palette)
        return deposited(
            canvas,
            box,
            distance,
            mineral=inside.mineral_mg_cm3,
            matrix=inside.matrix_hu,
            compact=inside.compact,
        )

    def finish(self, canvas: Canvas, bones: Sequence[int]) -> None:
        """Open the native cortex, once it is painted, where marrow and lesion are one."""
        if self.neck is None:
            return
        box = canvas.lattice.box(self.neck.shape.bounds)
        if box is None:
            return
        distance = self.neck.shape.distance(*canvas.lattice.part(box).mesh())
        opening = coverage(distance, canvas.lattice.edge_mm)
        opening *= np.isin(canvas.labels[box], bones)
        canvas.hu[box] += opening * (self.neck.hu(canvas.palette.kvp) - canvas.hu[box])
