"""Array axes turned to head, back and left, without moving a voxel in the patient."""

from itertools import permutations

import numpy as np
import numpy.typing as npt

from trabecula.errors import GeometryError
from trabecula.model import Grid, StoredAxes
from trabecula.model.arrays import Scalar

TOWARD_HEAD_BACK_LEFT = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
"""Where canonical axes k, j, i point, LPS."""

OBLIQUE_COSINE = float(np.sqrt(0.5))
"""An axis more than 45 degrees off every body axis cannot be given a name."""


def canonical(
    array: npt.NDArray[Scalar], grid: Grid
) -> tuple[npt.NDArray[Scalar], Grid, StoredAxes]:
    """Turn axes so that k runs toward the head, j toward the back, i toward the left.

    Parameters
    ----------
    array : (a, b, c)
        As stored.
    grid
        Its grid, axes in the stored order.

    Returns
    -------
    array : (k, j, i)
        Contiguous; the same array where no axis had to be swapped or turned.
    grid
        Of the turned array; every voxel keeps its patient point.
    axes
        How to go back.
    """
    order, flipped = turning(grid)
    turned = np.transpose(array, order)
    turned = np.flip(turned, tuple(axis for axis in range(3) if flipped[axis]))
    affine = np.array(grid.affine_kji_to_lps)
    new = affine.copy()
    for axis, stored in enumerate(order):
        vector = affine[:3, stored]
        if flipped[axis]:
            new[:3, 3] += vector * (grid.shape_kji[stored] - 1)
            vector = -vector
        new[:3, axis] = vector
    k, j, i = turned.shape
    axes = StoredAxes(order=order, flipped=flipped)
    return np.ascontiguousarray(turned), Grid(new, (k, j, i)), axes


def turning(grid: Grid) -> tuple[tuple[int, int, int], tuple[bool, bool, bool]]:
    """Which stored axis becomes each canonical axis, and whether it is turned round."""
    directions = grid.affine_kji_to_lps[:3, :3] / grid.spacing_kji_mm
    cosines = TOWARD_HEAD_BACK_LEFT @ directions
    order = max(
        permutations(range(3)),
        key=lambda p: sum(abs(cosines[axis, stored]) for axis, stored in enumerate(p)),
    )
    chosen = [float(cosines[axis, stored]) for axis, stored in enumerate(order)]
    if min(abs(c) for c in chosen) < OBLIQUE_COSINE:
        raise GeometryError(
            "The scan lies too obliquely to tell head, back and left by its axes.",
            remedy="Reformat it into axial slices.",
        )
    a, b, c = order
    return (a, b, c), (chosen[0] < 0, chosen[1] < 0, chosen[2] < 0)
