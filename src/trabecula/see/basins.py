"""Bone divided at its necks and at changes of thickness: the watershed of its depth.

Every cell runs uphill to the deepest point it can reach; the cells of one such point are a basin.
Basins join where the pass between them is nearly as deep as the deeper of both, so a shaft stays
whole, and a plate that meets a rod, or a rod that meets a plate, is cut off.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from trabecula.model import Float32, Mask
from trabecula.see.bodies import Int64

NECK = 0.72
"""A pass below this share of the deeper basin's depth is a neck or a change of thickness."""

NEIGHBOURS = tuple(step for step in product((-1, 0, 1), repeat=3) if step != (0, 0, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Basins:
    """Basins of bone and the passes between them.

    Attributes
    ----------
    flat : (n,) int64
        Flat index of each cell of bone, in order.
    of_cell : (n,) int64
        Basin of each cell, from 0.
    peak_mm : (m,) float32
        Depth of each basin's deepest cell.
    one, other : (p,) int64
        Basins on the two sides of each pass, deepest pass first.
    pass_mm : (p,) float32
        Depth of each pass.
    shape_kji
        Shape of the grid of cells.
    """

    flat: Int64
    of_cell: Int64
    peak_mm: Float32
    one: Int64
    other: Int64
    pass_mm: Float32
    shape_kji: tuple[int, int, int]

    def __len__(self) -> int:
        return len(self.peak_mm)


def basins(solid: Mask, depth_mm: Float32) -> Basins:
    """Divide bone into the basins of its depth.

    Parameters
    ----------
    solid, depth_mm : (k, j, i)
        As of :class:`trabecula.see.cells.Cells`.
    """
    shape = (solid.shape[0], solid.shape[1], solid.shape[2])
    flat = np.flatnonzero(solid)
    padded = tuple(size + 2 for size in shape)
    _, rows, columns = padded
    number = np.zeros(padded, dtype=np.int32)  # 0 = no bone, else number of the cell from 1
    number[1:-1, 1:-1, 1:-1][solid] = np.arange(1, flat.size + 1, dtype=np.int32)
    numbers = number.reshape(-1)
    k, j, i = np.unravel_index(flat, shape)
    at = ((k + 1) * rows + j + 1) * columns + i + 1
    depth = np.concatenate([[0.0], depth_mm[solid]]).astype(np.float32)
    up = _uphill(numbers, at, depth, (rows, columns))
    roots, of_cell = np.unique(_followed(up), return_inverse=True)
    of_cell = of_cell.astype(np.int64)
    one, other, height = _passes(numbers, at, depth, of_cell, (rows, columns))
    return Basins(flat, of_cell, depth[1:][roots], one, other, height, shape)


def _uphill(
    numbers: npt.NDArray[np.int32], at: Int64, depth: Float32, lines: tuple[int, int]
) -> npt.NDArray[np.int64]:
    """Deepest neighbour of each cell, itself where none is deeper.

    Cells of one depth do not run into each other: a rod of even thickness would else run into the
    bone at its end. They become basins of their own, which join as their pass is as deep as they.
    """
    rows, columns = lines
    own = numbers[at]
    best, best_depth = own.copy(), depth[own]
    for a, b, c in NEIGHBOURS:
        near = numbers[at + (a * rows + b) * columns + c]
        found = depth[near]
        better = found > best_depth
        best[better] = near[better]
        best_depth[better] = found[better]
    return best.astype(np.int64) - 1


def _followed(up: Int64) -> Int64:
    """Top that each cell's way leads to."""
    while True:
        further = up[up]
        if np.array_equal(further, up):
            return up
        up = further


def _passes(
    numbers: npt.NDArray[np.int32],
    at: Int64,
    depth: Float32,
    of_cell: Int64,
    lines: tuple[int, int],
) -> tuple[Int64, Int64, Float32]:
    """Deepest pass between each two basins that share a face, deepest first."""
    rows, columns = lines
    count = int(of_cell.max()) + 1 if of_cell.size else 0
    keys, heights = [], []
    own = numbers[at]
    for step in (rows * columns, columns, 1):
        near = numbers[at + step]
        held = np.flatnonzero(near > 0)
        first, second = of_cell[own[held] - 1], of_cell[near[held] - 1]
        apart = first != second
        low = np.minimum(first, second)[apart]
        high = np.maximum(first, second)[apart]
        keys.append(low * count + high)
        heights.append(np.minimum(depth[own[held][apart]], depth[near[held][apart]]))
    key, height = np.concatenate(keys), np.concatenate(heights)
    order = np.lexsort((-height, key))
    key, height = key[order], height[order]
    leading = np.ones(key.size, dtype=bool)
    leading[1:] = key[1:] != key[:-1]
    key, height = key[leading], height[leading]
    order = np.lexsort((key, -height))
    one, other = np.divmod(key[order], max(count, 1))
    return one, other, height[order]


class _Sets:
    """Disjoint sets of basins."""

    def __init__(self, count: int) -> None:
        self.parent = list(range(count))

    def root(self, number: int) -> int:
        parent = self.parent
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    def roots(self) -> Int64:
        return np.array([self.root(n) for n in range(len(self.parent))], dtype=np.int64)


def merged(found: Basins, least_cells: int, neck: float = NECK) -> Int64:
    """Piece of each basin ``(m,)``, from 0: basins joined where no neck lies between them.

    Parameters
    ----------
    found
    least_cells
        Pieces smaller than this join the neighbour over their deepest pass.
    neck
        Share of the deeper basin's depth.
    """
    sets = _Sets(len(found))
    peak = found.peak_mm.tolist()
    size = np.bincount(found.of_cell, minlength=len(found)).tolist()
    ways = list(zip(found.one.tolist(), found.other.tolist(), found.pass_mm.tolist(), strict=True))

    def join(a: int, b: int) -> None:
        sets.parent[b] = a
        peak[a] = max(peak[a], peak[b])
        size[a] += size[b]

    for one, other, height in ways:
        a, b = sets.root(one), sets.root(other)
        if a != b and height >= neck * max(peak[a], peak[b]):
            join(min(a, b), max(a, b))
    for one, other, _ in ways:
        a, b = sets.root(one), sets.root(other)
        if a != b and min(size[a], size[b]) < least_cells:
            join(min(a, b), max(a, b))
    _, pieces = np.unique(sets.roots(), return_inverse=True)
    return pieces.astype(np.int64)
