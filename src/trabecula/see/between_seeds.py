"""Mineral about a reader's seeds, divided between what is ectopic and what is native.

From the seeds of both kinds fronts run through mineral and marrow, and each cell falls to the one
that comes first. A step costs its length, and more where the density falls: a front climbs freely
from marrow into the cortex around it, but leaves a cortex at a price. So fronts meet on the cortex
between them, and where there is none, half-way between the seeds' surfaces. What is only presumed,
such as that bone beyond a neck is native, starts behind what a seed says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from trabecula.model import Belonging, Box, Float32, Float64, Mask, Seed, Volume
from trabecula.see.morphology import grown_by_box
from trabecula.see.outline import filled

GRAIN_MM = 1.6
"""Largest edge of a cell, where voxels are smaller: about the thickness of a cortex."""

MINERAL_SHARE = 0.3
"""Share of a cell's voxels that must be mineral."""

SMOOTH_MM = 0.8
"""Smoothing of the density whose fall is taken, SD: noise costs nothing."""

PER_FALL_MM = 6.0
"""Way that a fall by 100 HU is worth, mm."""

PRESUMED_MM = 15.0
"""How far behind a seed starts what is only presumed, mm."""

STEPS = tuple(step for step in product((-1, 0, 1), repeat=3) if 0 < sum(map(abs, step)) < 3)
"""To the neighbours across faces and edges."""

LEAST_MM = 1e-3
"""Cost of a start; a sparse graph takes 0 for no way."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Mineral and marrow of a box of the scan, in cells.

    Attributes
    ----------
    box
        Where it lies in the scan.
    mineral : (k, j, i) bool
        Its mineral, voxels.
    stride_kji
        Voxels per cell along each axis.
    solid : (k, j, i) bool
        Cells of mineral, marrow filled.
    density_hu : (n,) float32
        Smoothed density of the solid cells.
    index_kji : (n, 3) int64
        The solid cells.
    points_mm : (n, 3) float64
        Their centres, LPS.
    spacing_mm : (3,) float64
        Edges of a cell, k, j, i.
    """

    box: Box
    mineral: Mask
    stride_kji: tuple[int, int, int]
    solid: Mask
    density_hu: Float32
    index_kji: npt.NDArray[np.int64]
    points_mm: Float64
    spacing_mm: Float64


def block_of(mineral: Mask, box: Box, volume: Volume) -> Block:
    """Cells of the mineral in a box."""
    k, j, i = (max(1, int(GRAIN_MM / edge)) for edge in volume.spacing_kji_mm)
    stride = (k, j, i)
    spacing = volume.grid.spacing_kji_mm * np.array(stride)
    dk, dj, di = spacing.tolist()
    share = _means(mineral.astype(np.float32), stride)
    dense = share >= MINERAL_SHARE
    solid = filled(dense, (dk, dj, di))
    of_mineral = _means(np.where(mineral, volume.hu[box], 0).astype(np.float32), stride)
    of_all = _means(volume.hu[box].astype(np.float32), stride)
    density = np.where(dense, of_mineral / np.maximum(share, MINERAL_SHARE), of_all)
    index = np.argwhere(solid)
    first = [axis.start for axis in box] + (np.array(stride) - 1) / 2.0
    points = volume.grid.to_lps_mm(index * np.array(stride) + first)
    smooth = _smoothed(density, solid, spacing)
    return Block(box, mineral, stride, solid, smooth[solid], index, points, spacing)


def _means(values: Float32, stride: tuple[int, int, int]) -> Float32:
    """Mean over the voxels of each cell; those beyond the box count 0."""
    padded = np.pad(
        values, [(0, -size % step) for size, step in zip(values.shape, stride, strict=True)]
    )
    k, j, i = (size // step for size, step in zip(padded.shape, stride, strict=True))
    cells = padded.reshape(k, stride[0], j, stride[1], i, stride[2])
    means: Float32 = cells.mean(axis=(1, 3, 5), dtype=np.float32)
    return means


def _smoothed(density: Float32, solid: Mask, spacing: Float64) -> Float32:
    """Density smoothed within what is solid."""
    from scipy.ndimage import gaussian_filter

    sigma = SMOOTH_MM / spacing
    weight = gaussian_filter(solid.astype(np.float32), sigma)
    total = gaussian_filter(np.where(solid, density, 0.0).astype(np.float32), sigma)
    smooth: Float32 = total / np.maximum(weight, 1e-3)
    return smooth


def ectopic_in(
    block: Block,
    seeds: Sequence[Seed],
    *,
    presumed_ectopic: npt.NDArray[np.bool_],
    presumed_native: npt.NDArray[np.bool_],
) -> Mask:
    """Mineral and marrow of a block that the ectopic fronts reach first.

    Parameters
    ----------
    block
    seeds
        Those in the block, or beside it.
    presumed_ectopic, presumed_native : (n,) bool
        Cells of the block that are thought to be so without a seed.

    Returns
    -------
    (k, j, i) bool
        Voxels of the block's box.
    """
    start = {
        Belonging.ECTOPIC: np.where(presumed_ectopic, PRESUMED_MM, np.inf),
        Belonging.NATIVE: np.where(presumed_native, PRESUMED_MM, np.inf),
    }
    for seed in seeds:
        apart = np.linalg.norm(block.points_mm - np.asarray(seed.at_lps_mm), axis=1)
        start[seed.belongs][apart <= max(seed.radius_mm, float(apart.min()))] = 0.0
    own = np.zeros(block.solid.shape, dtype=bool)
    own[tuple(block.index_kji.T)] = _first(block, start[Belonging.ECTOPIC], start[Belonging.NATIVE])
    return _voxels(own, block)


def _first(block: Block, ectopic: Float64, native: Float64) -> npt.NDArray[np.bool_]:
    """Whether the ectopic front reaches each cell before the native one does."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    count = len(block.index_kji)
    near, costs = _ways(block)
    held = near >= 0
    rows = [held.sum(axis=1)]
    ways, prices = [near[held]], [costs[held]]
    for start in (ectopic, native):
        begun = np.flatnonzero(np.isfinite(start))
        rows.append(np.array([begun.size]))
        ways.append(begun.astype(near.dtype))
        prices.append(start[begun] + LEAST_MM)
    first_of_row = np.concatenate([[0], np.cumsum(np.concatenate(rows))])
    graph = csr_matrix(
        (np.concatenate(prices), np.concatenate(ways), first_of_row.astype(near.dtype)),
        shape=(count + 2, count + 2),
    )
    _, _, sources = dijkstra(
        graph, indices=[count, count + 1], min_only=True, return_predecessors=True
    )
    first: npt.NDArray[np.bool_] = sources[:count] == count
    return first


def _ways(block: Block) -> tuple[npt.NDArray[np.int32], Float64]:
    """Neighbours ``(n, 18)`` of each cell, -1 for none, and what the way there costs, mm."""
    size = block.solid.shape
    number = np.full(tuple(edge + 2 for edge in size), -1, dtype=np.int32)
    number[1:-1, 1:-1, 1:-1][block.solid] = np.arange(len(block.index_kji), dtype=np.int32)
    numbers = number.reshape(-1)
    at = np.flatnonzero(numbers >= 0)
    _, rows, columns = number.shape
    near = np.empty((len(at), len(STEPS)), dtype=np.int32)
    costs = np.empty(near.shape)
    for column, (k, j, i) in enumerate(STEPS):
        found = numbers[at + (k * rows + j) * columns + i]
        near[:, column] = found
        fall = (block.density_hu - block.density_hu[found]) / 100.0
        length = float(np.linalg.norm((k, j, i) * block.spacing_mm))
        costs[:, column] = length + PER_FALL_MM * np.maximum(fall, 0.0)
    return near, costs


def _voxels(own: Mask, block: Block) -> Mask:
    """Voxels of some cells: their mineral, also in cells too empty to count, and their marrow."""
    inner = own & ~grown_by_box(~block.solid, (1, 1, 1))
    reach = own | (grown_by_box(own, (1, 1, 1)) & ~block.solid)
    wide, inside = reach, inner
    for axis, step in enumerate(block.stride_kji):
        wide, inside = wide.repeat(step, axis=axis), inside.repeat(step, axis=axis)
    k, j, i = block.mineral.shape
    found: Mask = (wide[:k, :j, :i] & block.mineral) | inside[:k, :j, :i]
    return found
