"""Bone that the other side does not have: each piece laid over its mirror image."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from trabecula.model import Mask
from trabecula.see.basins import Basins
from trabecula.see.bodies import Int64
from trabecula.see.cells import Cells
from trabecula.see.landmarks import best_shift
from trabecula.see.morphology import components, grown_by_box

NEAR_CELLS = 2
"""A mirror image that misses bone by up to this many cells (6 mm) meets it: bodies differ so."""

FIT_MM = 30.0
"""A piece is shifted together with the bone this far around it: alone, it would be moved to where
what has grown onto it meets bone too."""

SPARSE = 5
"""Every fifth cell is enough for the fit."""

FITS_SHARE = 1.0
"""A piece whose image meets bone in this share needs no shift; less leaves half a cell of error."""

LEAST_CELLS = 20
"""Fewer cells without an image (about 0.4 ml) are pose and partial volume."""

FIELD_SHARE = 0.7
"""Share of a piece's mirror image that the field of view must show."""


@dataclass(frozen=True, slots=True, eq=False)
class Mirror:
    """What left against right tells of each cell of bone.

    Attributes
    ----------
    met : (n,) bool
        The mirror image of the cell lies in bone, after its piece was shifted to fit best.
    near : (n,) bool
        Or within two cells of it.
    known : (n,) bool
        The field of view shows where its piece's image lies.
    """

    met: npt.NDArray[np.bool_]
    near: npt.NDArray[np.bool_]
    known: npt.NDArray[np.bool_]


def mirror(found: Basins, pieces: Int64, cells: Cells, *, middle_i: float, shown: Mask) -> Mirror:
    """Lay each piece of bone over the mirror image of the skeleton.

    Parameters
    ----------
    found
        Basins of the bone.
    pieces : (m,) int64
        Piece of each basin.
    cells
    middle_i
        Column of the mid-sagittal plane, cells of the box.
    shown : (k, j, i) bool
        Cells of the box that the field of view shows.
    """
    solid = cells.solid
    around = grown_by_box(solid, (NEAR_CELLS,) * 3)
    index = np.stack(np.unravel_index(found.flat, solid.shape), axis=1).astype(np.int64)
    image = index.copy()
    image[:, 2] = np.rint(2.0 * middle_i - index[:, 2]).astype(np.int64)
    of_cell = pieces[found.of_cell]
    order = np.argsort(of_cell, kind="stable")
    first = np.searchsorted(of_cell[order], np.arange(int(of_cell.max()) + 2))
    met, near, known = (np.zeros(len(index), dtype=bool) for _ in range(3))
    sparse = image[::SPARSE]
    reach = np.ceil(FIT_MM / np.array(cells.spacing_kji_mm)).astype(np.int64)
    for start, stop in zip(first[:-1].tolist(), first[1:].tolist(), strict=True):
        members = order[start:stop]
        cut = image[members]
        known[members] = _inside(cut, shown).mean() >= FIELD_SHARE
        share = _inside(cut, solid).mean()
        if share < FITS_SHARE:
            low, high = cut.min(axis=0) - reach, cut.max(axis=0) + reach
            first_k, last_k = np.searchsorted(sparse[:, 0], [low[0], high[0] + 1])
            beside = sparse[first_k:last_k]  # cells are in order of their slices
            beside = beside[((beside >= low) & (beside <= high)).all(axis=1)]
            cut = cut + best_shift(np.concatenate([cut[::SPARSE], beside]), solid)[1]
        met[members], near[members] = _inside(cut, solid), _inside(cut, around)
    return Mirror(met, near, known)


def _inside(index: Int64, mask: Mask) -> npt.NDArray[np.bool_]:
    """Whether each cell lies in a mask; those outside its box do not."""
    held = ((index >= 0) & (index < np.array(mask.shape))).all(axis=1)
    result = np.zeros(len(index), dtype=bool)
    result[held] = mask[tuple(index[held].T)]
    return result


def one_sided(found: Basins, mirrored: Mirror, shape: tuple[int, int, int]) -> list[Int64]:
    """Bodies of cells that the other side does not have, each as numbers of cells, largest first.

    Begins at cells whose image misses bone clearly, and takes in those beside them that miss it.
    """
    core, rim = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    core.reshape(-1)[found.flat[~mirrored.near & mirrored.known]] = True
    rim.reshape(-1)[found.flat[~mirrored.met & mirrored.known]] = True
    labels, count = components(core)
    size = np.bincount(labels.reshape(-1), minlength=count + 1)
    size[0] = 0
    grown = (size >= LEAST_CELLS)[labels]
    for _ in range(NEAR_CELLS):
        grown = grown_by_box(grown, (1, 1, 1)) & rim
    labels, count = components(grown)
    of_cell = labels.reshape(-1)[found.flat]
    order = np.argsort(of_cell, kind="stable")
    first = np.searchsorted(of_cell[order], np.arange(1, count + 2))
    bodies = [order[a:b] for a, b in pairwise(first.tolist())]
    return sorted(bodies, key=lambda body: (-len(body), int(body[0])))
