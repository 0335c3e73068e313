"""Bone on a grid of about 3 mm, marrow filled: what necks and thickness are looked for on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trabecula.model import Box, Float32, Grid, Mask, Volume
from trabecula.see.bodies import Int64, Runs, expand
from trabecula.see.morphology import closed_by_box, components, grown_by_box
from trabecula.see.scene import bounds

CELL_MM = 2.8
"""Edge aimed at for a cell, mm: a cortex fills enough of it, a neck is a few of them wide."""

BONE_SHARE = 0.25
"""Share of a cell's voxels that must be mineral."""

MARROW_CM2 = (20.0, 4.0, 4.0)
"""Largest hole filled in axial, coronal and sagittal cuts: a vertebral body; a shaft or a plate.
Larger ones in the upright cuts are the obturator foramina and the spaces between ribs."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Bone on a coarse grid.

    Attributes
    ----------
    stride_kji
        Voxels of the scan per cell along each axis.
    grid
        The grid of cells; it begins at the scan's first voxel.
    low_kji
        First cell of the box that is held.
    solid : (k, j, i) bool
        Cells of bone, marrow filled, inside that box.
    depth_mm : (k, j, i) float32
        Distance of a solid cell to the surface, mm.
    """

    stride_kji: tuple[int, int, int]
    grid: Grid
    low_kji: tuple[int, int, int]
    solid: Mask
    depth_mm: Float32

    @property
    def spacing_kji_mm(self) -> tuple[float, float, float]:
        """Edges of a cell, mm."""
        k, j, i = self.grid.spacing_kji_mm.tolist()
        return k, j, i

    @property
    def voxel_kji_mm(self) -> tuple[float, float, float]:
        """Edges of a voxel of the scan, mm."""
        k, j, i = (self.grid.spacing_kji_mm / np.array(self.stride_kji)).tolist()
        return k, j, i

    def centres_lps_mm(self, cells_kji: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Points ``(n, 3)`` of cells of the box."""
        return self.grid.to_lps_mm(cells_kji + np.array(self.low_kji))

    def of_coarse_column(self, grid: Grid, column: float) -> float:
        """Column of the box where a column of another grid of the same scan lies."""
        point = grid.to_lps_mm((0.0, 0.0, column))
        return float(self.grid.to_index_kji(point)[2]) - self.low_kji[2]

    def box_of(self, low: Int64, high: Int64, shape_kji: tuple[int, int, int]) -> Box:
        """Box of voxels that cells from ``low`` to below ``high`` cover."""
        k, j, i = (
            slice((int(a) + first) * step, min((int(b) + first) * step, size))
            for a, b, first, step, size in zip(
                low, high, self.low_kji, self.stride_kji, shape_kji, strict=True
            )
        )
        return k, j, i

    def upsampled(self, cells: Mask, box: Box) -> Mask:
        """Voxels of a block of cells that fills a box of voxels."""
        full = cells
        for axis, step in enumerate(self.stride_kji):
            full = full.repeat(step, axis=axis)
        k, j, i = (axis.stop - axis.start for axis in box)
        return full[:k, :j, :i]


def bone_cells(runs: Runs, volume: Volume) -> Cells | None:
    """Bone of some runs on the coarse grid; ``None`` without bone."""
    import edt

    k, j, i = (max(1, round(CELL_MM / edge)) for edge in volume.spacing_kji_mm)
    stride = (k, j, i)
    shape = tuple(-(-size // step) for size, step in zip(volume.hu.shape, stride, strict=True))
    count = _counts(runs, stride, (shape[0], shape[1], shape[2]))
    solid = count >= BONE_SHARE * k * j * i
    held = bounds(solid)
    if held is None:
        return None
    affine = volume.grid.affine_kji_to_lps.copy()
    affine[:3, 3] = volume.grid.to_lps_mm([(step - 1) / 2.0 for step in stride])
    affine[:3, :3] *= np.array(stride)
    grid = Grid(affine, (shape[0], shape[1], shape[2]))
    # All columns are held: mirror images lie on the other side, where there may be no bone.
    held = (held[0], held[1], slice(0, grid.shape_kji[2]))
    part = solid[held]
    part |= _marrow(part, grid)
    dk, dj, di = grid.spacing_kji_mm.tolist()
    # Bone ends where the image does to the sides, and goes on above and below.
    padded = np.pad(part, ((0, 0), (1, 1), (1, 1)))
    depth = edt.edt(padded, anisotropy=(dk, dj, di), parallel=2)[:, 1:-1, 1:-1]
    low = (held[0].start, held[1].start, held[2].start)
    return Cells(stride, grid, low, part, np.ascontiguousarray(depth))


def _counts(
    runs: Runs, stride: tuple[int, int, int], shape: tuple[int, int, int]
) -> npt.NDArray[np.uint16]:
    """Voxels of some runs in each cell."""
    k, j, first = runs.index_kji()
    step = stride[2]
    last = first + runs.length - 1
    low, high = first // step, last // step
    cells = high - low + 1
    line = (k // stride[0] * shape[1] + j // stride[1]) * shape[2]
    flat = expand(line + low, cells)
    held = np.full(flat.size, step, dtype=np.int64)
    begin = np.cumsum(cells) - cells
    held[begin] -= first - low * step
    held[begin + cells - 1] -= (high + 1) * step - 1 - last
    count = np.bincount(flat, weights=held, minlength=shape[0] * shape[1] * shape[2])
    return count.astype(np.uint16).reshape(shape)


def _marrow(solid: Mask, grid: Grid) -> Mask:
    """Cells that bone encloses within an axial, coronal or sagittal cut."""
    inside = np.zeros(solid.shape, dtype=bool)
    edges = grid.spacing_kji_mm
    for axis, most_cm2 in enumerate(MARROW_CM2):
        most = most_cm2 * 100.0 / float(np.prod(np.delete(edges, axis)))
        planes, found = np.moveaxis(solid, axis, 0), np.moveaxis(inside, axis, 0)
        for number, plane in enumerate(planes):
            rows, columns = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
            if rows.size:
                part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
                found[number][part] |= _small_holes(plane[part], most)
    return inside & ~solid


def _small_holes(plane: Mask, most: float) -> Mask:
    """Holes of a cut, and what lies well inside it once its small gaps are mended."""
    padded = np.pad(plane, 2)
    mended = closed_by_box(padded[None], (0, 1, 1))[0]
    whole = mended | _enclosed(mended, most)
    inner = ~grown_by_box(~whole[None], (0, 1, 1))[0]
    held: Mask = (inner | _enclosed(padded, most))[2:-2, 2:-2] & ~plane
    return held


def _enclosed(plane: Mask, most: float) -> Mask:
    """Holes up to a number of cells."""
    labels, _ = components(~plane, 4)
    small: Mask = np.bincount(labels.reshape(-1)) <= most
    small[[0, labels[0, 0]]] = False  # bone, and what lies around it
    held: Mask = small[labels]
    return held
