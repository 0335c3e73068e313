"""Where the voxels of a scan, or of a slab of it, lie in the body frame."""

from dataclasses import dataclass

import numpy as np

from trabecula.model.arrays import Box, Float32, Float64

Bounds = tuple[Float64, Float64]
"""Lowest and highest corner ``(x, y, z)``, mm."""


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Voxel centres of an upright grid: one coordinate array an axis, mm.

    ``first`` are the indices of its first voxel in the whole scan, so that a slab of a scan has
    the same texture as the scan.
    """

    x: Float32
    y: Float32
    z: Float32
    first: tuple[int, int, int] = (0, 0, 0)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Slices, rows, columns."""
        return self.z.size, self.y.size, self.x.size

    @property
    def spacing_kji_mm(self) -> tuple[float, float, float]:
        """Voxel edges."""
        k, j, i = (float(c[1] - c[0]) if c.size > 1 else 1.0 for c in (self.z, self.y, self.x))
        return k, j, i

    @property
    def edge_mm(self) -> float:
        """Edge of a cube as large as one voxel: over it a border goes from full to empty."""
        return float(np.cbrt(np.prod(self.spacing_kji_mm)))

    def box(self, bounds: Bounds, margin_mm: float = 2.0) -> Box | None:
        """Voxels within bounds and a margin; ``None`` when there are none."""
        low, high = bounds
        slices = []
        for axis, centres in zip((2, 1, 0), (self.z, self.y, self.x), strict=True):
            start = int(np.searchsorted(centres, low[axis] - margin_mm))
            stop = int(np.searchsorted(centres, high[axis] + margin_mm, side="right"))
            if start >= stop:
                return None
            slices.append(slice(start, stop))
        return slices[0], slices[1], slices[2]

    def part(self, box: Box) -> "Lattice":
        """Return the voxels of a box."""
        k, j, i = box
        start = (self.first[0] + k.start, self.first[1] + j.start, self.first[2] + i.start)
        return Lattice(self.x[i], self.y[j], self.z[k], start)

    def seen_from(self, x: float, y: float, z: float) -> "Lattice":
        """Return the same voxels with coordinates counted from another origin, mm."""
        away = (np.float32(x), np.float32(y), np.float32(z))
        return Lattice(self.x - away[0], self.y - away[1], self.z - away[2], self.first)

    def mesh(self) -> tuple[Float32, Float32, Float32]:
        """Coordinates ``x, y, z`` as open grids that broadcast to ``(k, j, i)``."""
        return self.x[None, None, :], self.y[None, :, None], self.z[:, None, None]
