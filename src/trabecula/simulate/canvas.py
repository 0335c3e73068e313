"""Painting tissues over one another, borders partially filled as a scanner would see them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trabecula.model.arrays import Box, Float32, Mask
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.shapes import FAR_MM, Shape, smooth_distance
from trabecula.simulate.texture import Texture, grain
from trabecula.simulate.tissue import AIR, FAT

TRABECULAR_SCALE_MM = 0.6
"""SD of the Gaussian that shapes cancellous texture: struts and gaps of 1 to 2 mm."""
FIBRE_SCALE_MM = 1.6
"""The same for the fat streaks of muscle."""
LUMP_SCALE_MM = 3.5
"""The same for the unevenness of surfaces."""
SUBCUTIS_MM = 6.0
"""Least fat between skin and muscle."""


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """What painting needs to know of the patient and the scanner.

    Attributes
    ----------
    kvp
        Tube voltage, kV.
    trabeculae, fibres
        Grain of cancellous bone and of soft tissue.
    lumps
        Slow unevenness of surfaces.
    """

    kvp: float
    trabeculae: Texture
    fibres: Texture
    lumps: Texture


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """A patient being painted.

    Attributes
    ----------
    lattice
        Where the voxels lie in the body frame.
    hu : (k, j, i) float32
        What a perfect scanner would measure.
    labels : (k, j, i) uint8
        Structure numbers, 0 = none.
    body : (k, j, i) float32
        Distance to the skin, mm, negative inside; muscles stay under it.
    names
        Number of each structure.
    wasting_mm
        How much thinner muscles are on every side.
    """

    lattice: Lattice
    palette: Palette
    hu: Float32
    labels: npt.NDArray[np.uint8]
    body: Float32
    names: dict[str, int]
    wasting_mm: float = 0.0

    def label(self, name: str) -> int:
        """Return the number of a structure, given at its first painting."""
        return self.names.setdefault(name, len(self.names) + 1)

    def paint(
        self, shape: Shape, hu: float | Float32, *, name: str | None = None, streaks_hu: float = 0.0
    ) -> None:
        """Fill a shape with one tissue; ``streaks_hu`` is the SD of its grain."""
        box = self.lattice.box(shape.bounds)
        if box is None:
            return
        here = self.lattice.part(box)
        value: float | Float32 = hu
        if streaks_hu:
            value = np.float32(hu) + streaks_hu * self.palette.fibres.at(here)
        self.fill(box, shape.distance(*here.mesh()), value, name=name)

    def fill(
        self, box: Box, distance: Float32, hu: float | Float32, *, name: str | None = None
    ) -> None:
        """Blend a tissue in where a distance is negative."""
        covered = coverage(distance, self.lattice.edge_mm)
        self.labels[box][covered > 0.5] = 0 if name is None else self.label(name)
        covered *= hu - self.hu[box]
        self.hu[box] += covered

    def muscle(self, shape: Shape, name: str | None, *, hu: float, fascia_mm: float = 1.2) -> None:
        """Paint a muscle inside a thin sheet of fat, so that its neighbours can be told apart."""
        box = self.lattice.box(shape.bounds, margin_mm=2.0 + fascia_mm)
        if box is None:
            return
        here = self.lattice.part(box)
        distance = smooth_distance(shape, here, every=2)
        if self.wasting_mm:
            distance += np.float32(self.wasting_mm)
        np.maximum(distance, self.body[box] + SUBCUTIS_MM, out=distance)
        self.fill(box, distance - fascia_mm, FAT)
        grain_hu = np.float32(hu) + 7.0 * self.palette.fibres.at(here)
        self.fill(box, distance, grain_hu, name=name)


def mixed_palette(spacing_kji_mm: tuple[float, float, float], *, kvp: float, seed: int) -> Palette:
    """Return the grains of one patient on voxels of this size."""
    return Palette(
        kvp,
        trabeculae=grain(spacing_kji_mm, scale_mm=TRABECULAR_SCALE_MM, seed=seed + 1),
        fibres=grain(spacing_kji_mm, scale_mm=FIBRE_SCALE_MM, seed=seed + 2),
        lumps=grain(spacing_kji_mm, scale_mm=LUMP_SCALE_MM, seed=seed + 3),
    )


def blank_canvas(
    lattice: Lattice, palette: Palette, names: dict[str, int], *, wasting_mm: float = 0.0
) -> Canvas:
    """Return air, ready to be painted; ``names`` grows with every structure."""
    return Canvas(
        lattice,
        palette,
        hu=np.full(lattice.shape, AIR, dtype=np.float32),
        labels=np.zeros(lattice.shape, dtype=np.uint8),
        body=np.full(lattice.shape, FAR_MM, dtype=np.float32),
        names=names,
        wasting_mm=wasting_mm,
    )


def coverage(distance: Float32, edge_mm: float) -> Float32:
    """Fraction of each voxel that lies inside."""
    filled = np.multiply(distance, np.float32(-1.0 / edge_mm), dtype=np.float32)
    filled += np.float32(0.5)
    np.clip(filled, 0.0, 1.0, out=filled)
    return filled


def depth_mm(distance: Float32, spacing_kji_mm: tuple[float, float, float]) -> Float32:
    """Depth below the surface, also where parts overlap (there a union's distance falls short)."""
    import edt

    inside: Mask = distance < 0
    measured = edt.edt(inside, anisotropy=spacing_kji_mm, black_border=False)
    half = 0.5 * float(np.mean(spacing_kji_mm))
    depth: Float32 = np.maximum(-distance, measured.astype(np.float32) - half)
    return depth
