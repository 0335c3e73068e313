"""Where voxels lie in the patient."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trabecula.errors import GeometryError
from trabecula.model.arrays import Box, Float64, frozen

ORTHOGONALITY_TOLERANCE = 1e-3
"""Largest cosine between two voxel axes that still counts as perpendicular."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Where voxel indices lie in the patient.

    Attributes
    ----------
    affine_kji_to_lps : (4, 4) float64
        Maps ``(k, j, i, 1)`` to ``(x, y, z, 1)``; LPS, mm, voxel centres.
    shape_kji : (int, int, int)
        Slices, rows, columns.
    """

    affine_kji_to_lps: Float64
    shape_kji: tuple[int, int, int]

    def __post_init__(self) -> None:
        affine = np.array(self.affine_kji_to_lps, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise GeometryError(
                "The affine is not a finite 4×4 matrix.",
                remedy="Check the orientation fields of the image header.",
            )
        lengths = np.linalg.norm(affine[:3, :3], axis=0)
        if (lengths <= 0).any():
            raise GeometryError(
                "A voxel axis has no length.", remedy="Check the voxel spacing of the image."
            )
        axes = affine[:3, :3] / lengths
        if not np.allclose(axes.T @ axes, np.eye(3), atol=ORTHOGONALITY_TOLERANCE):
            raise GeometryError(
                "Voxel axes are not perpendicular (gantry tilt?).",
                remedy="Resample the series onto a regular grid first.",
            )
        object.__setattr__(self, "affine_kji_to_lps", frozen(affine))
        object.__setattr__(self, "shape_kji", tuple(int(n) for n in self.shape_kji))

    @property
    def spacing_kji_mm(self) -> Float64:
        """Voxel edge along each array axis, mm."""
        spacing: Float64 = np.linalg.norm(self.affine_kji_to_lps[:3, :3], axis=0)
        return spacing

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel, ml."""
        return float(np.prod(self.spacing_kji_mm)) / 1000.0

    @property
    def is_canonical(self) -> bool:
        """Whether k runs mainly toward superior, j toward posterior, i toward left."""
        towards = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=np.float64).T
        axes = self.affine_kji_to_lps[:3, :3] / self.spacing_kji_mm
        return bool((np.einsum("ra,ra->a", axes, towards) > np.sqrt(0.5) - 1e-6).all())

    def to_lps_mm(self, index_kji: npt.ArrayLike) -> Float64:
        """Patient points of voxel indices.

        Parameters
        ----------
        index_kji : (..., 3) array-like
            Fractional indices are allowed; whole numbers are voxel centres.

        Returns
        -------
        (..., 3) float64
            ``(x, y, z)`` in LPS, mm.
        """
        index = np.asarray(index_kji, dtype=np.float64)
        points: Float64 = index @ self.affine_kji_to_lps[:3, :3].T + self.affine_kji_to_lps[:3, 3]
        return points

    def to_index_kji(self, points_lps_mm: npt.ArrayLike) -> Float64:
        """Fractional voxel indices ``(..., 3)`` of patient points (LPS, mm)."""
        offset = np.asarray(points_lps_mm, dtype=np.float64) - self.affine_kji_to_lps[:3, 3]
        index: Float64 = offset @ np.linalg.inv(self.affine_kji_to_lps[:3, :3]).T
        return index

    def crop(self, box: Box) -> "Grid":
        """Return the grid of a box with explicit, non-negative starts and stops."""
        affine = self.affine_kji_to_lps.copy()
        affine[:3, 3] = self.to_lps_mm([axis.start for axis in box])
        k, j, i = (axis.stop - axis.start for axis in box)
        return Grid(affine, (k, j, i))

    def pad(self, box: Box, margin_mm: float) -> Box:
        """Grow a box by a margin on every side, clipped to this grid."""
        steps = np.ceil(margin_mm / self.spacing_kji_mm).astype(int)
        k, j, i = (
            slice(max(0, axis.start - step), min(size, axis.stop + step))
            for axis, step, size in zip(box, steps.tolist(), self.shape_kji, strict=True)
        )
        return k, j, i

    def matches(self, other: "Grid", *, tolerance_mm: float = 0.01) -> bool:
        """Whether another grid has the same shape and the same corners to a tolerance."""
        if self.shape_kji != other.shape_kji:
            return False
        corners = np.array([[0, 0, 0], self.shape_kji])
        return bool(
            np.allclose(self.to_lps_mm(corners), other.to_lps_mm(corners), atol=tolerance_mm)
            and np.allclose(self.affine_kji_to_lps, other.affine_kji_to_lps, atol=tolerance_mm)
        )


def overlap(first: Box, second: Box) -> Box | None:
    """Return the common part of two boxes; ``None`` where they share nothing."""
    starts = [max(a.start, b.start) for a, b in zip(first, second, strict=True)]
    stops = [min(a.stop, b.stop) for a, b in zip(first, second, strict=True)]
    if any(a >= b for a, b in zip(starts, stops, strict=True)):
        return None
    k, j, i = (slice(a, b) for a, b in zip(starts, stops, strict=True))
    return k, j, i


def place_in(inner: Box, outer: Box) -> Box:
    """Return a box counted from the first voxel of a box that holds it."""
    k, j, i = (
        slice(a.start - b.start, a.stop - b.start) for a, b in zip(inner, outer, strict=True)
    )
    return k, j, i
