"""Connected bodies of bright voxels, kept as runs along the rows: sparse, quick, exact.

A whole-body scan has a quarter of a billion voxels, of which some four per cent are mineral. A
label volume of them costs a gigabyte; their runs cost some ten megabytes, and everything asked of
a body (size, box, centroid, peak) is a sum over runs.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trabecula.model import HU, Box, Float64, Labels, Mask

Int64 = npt.NDArray[np.int64]

SLAB_VOXELS = 8_000_000
"""Voxels thresholded at a time; keeps the temporary mask small."""

THREADS = 2
"""Slabs worked at the same time; numpy lets go of the interpreter in them."""


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Runs of voxels along the rows of a volume, sorted.

    Attributes
    ----------
    start, stop : (n,) int64
        First flat voxel index of each run and one past its last.
    peak, total : (n,) int64
        Largest value and sum of values of each run, HU.
    shape_kji
        Shape of the volume the indices refer to.
    """

    start: Int64
    stop: Int64
    peak: Int64
    total: Int64
    shape_kji: tuple[int, int, int]

    def __len__(self) -> int:
        return len(self.start)

    @property
    def length(self) -> Int64:
        """Voxels in each run."""
        return self.stop - self.start

    def take(self, keep: npt.NDArray[np.bool_] | Int64) -> "Runs":
        """Return a selection of the runs, in order."""
        return Runs(
            self.start[keep], self.stop[keep], self.peak[keep], self.total[keep], self.shape_kji
        )

    def index_kji(self) -> tuple[Int64, Int64, Int64]:
        """Slice, row and first column of each run."""
        _, rows, columns = self.shape_kji
        line, first = np.divmod(self.start, columns)
        k, j = np.divmod(line, rows)
        return k, j, first

    def voxels(self) -> Int64:
        """Flat indices of every voxel, in order."""
        return expand(self.start, self.length)


def expand(start: Int64, length: Int64) -> Int64:
    """Flat indices of runs given by start and length."""
    total = int(length.sum())
    if total == 0:
        return np.empty(0, dtype=np.int64)
    before = np.cumsum(length) - length
    return np.repeat(start - before, length) + np.arange(total, dtype=np.int64)


def bright_runs(hu: HU, above_hu: float) -> Runs:
    """Find the runs of voxels denser than a threshold.

    Parameters
    ----------
    hu : (k, j, i) int16
    above_hu
        Threshold, HU; voxels at it do not count.

    Returns
    -------
    Runs
        In order of their flat index.
    """
    per_slab = max(1, SLAB_VOXELS // max(1, hu.shape[1] * hu.shape[2]))
    firsts = range(0, hu.shape[0], per_slab)

    def slab(first: int) -> tuple[Int64, Int64, Int64, Int64]:
        return _slab_runs(hu[first : first + per_slab], above_hu, first)

    with ThreadPoolExecutor(THREADS) as pool:
        parts = list(pool.map(slab, firsts))
    start, stop, peak, total = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Runs(start, stop, peak, total, (hu.shape[0], hu.shape[1], hu.shape[2]))


def _slab_runs(hu: HU, above_hu: float, first_slice: int) -> tuple[Int64, Int64, Int64, Int64]:
    _, rows, columns = hu.shape
    flat = np.ascontiguousarray(hu).reshape(-1)
    index = np.flatnonzero(flat > above_hu)
    if index.size == 0:
        none = np.empty(0, dtype=np.int64)
        return none, none, none, none
    breaks = np.empty(index.size, dtype=bool)
    breaks[0] = True
    np.greater(np.diff(index), 1, out=breaks[1:])
    breaks |= index % columns == 0
    at = np.flatnonzero(breaks)
    values = flat[index]
    start = index[at]
    length = np.diff(np.append(at, index.size))
    offset = first_slice * rows * columns
    return (
        start + offset,
        start + length + offset,
        np.maximum.reduceat(values, at).astype(np.int64),
        np.add.reduceat(values, at, dtype=np.int64),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Bodies:
    """Connected bodies of runs (26-connected), with what is asked of each.

    Attributes
    ----------
    runs
        All runs.
    of_run : (n,) int64
        Number of the body each run belongs to, from 0.
    voxels, peak, total : (m,) int64
        Size, largest value and sum of values of each body.
    low_kji, high_kji : (m, 3) int64
        First voxel of each body along each axis, and one past the last.
    centre_kji : (m, 3) float64
        Mean voxel index.
    """

    runs: Runs
    of_run: Int64
    voxels: Int64
    peak: Int64
    total: Int64
    low_kji: Int64
    high_kji: Int64
    centre_kji: Float64
    _order: Int64
    _first: Int64

    def __len__(self) -> int:
        return len(self.voxels)

    def box(self, body: int) -> Box:
        """Tight box of one body."""
        k, j, i = (
            slice(int(low), int(high))
            for low, high in zip(self.low_kji[body], self.high_kji[body], strict=True)
        )
        return k, j, i

    def runs_of(self, body: int) -> Int64:
        """Numbers of the runs of one body."""
        return self._order[self._first[body] : self._first[body + 1]]

    def runs_among(self, member: Mask) -> Runs:
        """Return the runs of the bodies marked in a (m,) bool array."""
        return self.runs.take(member[self.of_run])

    def voxels_of(self, body: int) -> Int64:
        """Flat indices of the voxels of one body."""
        part = self.runs_of(body)
        return expand(self.runs.start[part], self.runs.length[part])

    def mask(self, body: int, box: Box | None = None) -> Mask:
        """Voxels of one body in a box that holds it (its own when none is given)."""
        where = box or self.box(body)
        return mask_in_box(self.voxels_of(body), self.runs.shape_kji, where)

    def mean(self) -> Float64:
        """Mean value of each body, HU."""
        return self.total / np.maximum(self.voxels, 1)


def mask_in_box(voxels: Int64, shape_kji: tuple[int, int, int], box: Box) -> Mask:
    """Mask of flat voxel indices inside a box; those outside it are left out."""
    _, rows, columns = shape_kji
    line, i = np.divmod(voxels, columns)
    k, j = np.divmod(line, rows)
    inside = np.ones(voxels.size, dtype=bool)
    for axis, index in zip(box, (k, j, i), strict=True):
        inside &= (index >= axis.start) & (index < axis.stop)
    shape = tuple(axis.stop - axis.start for axis in box)
    mask = np.zeros(shape, dtype=bool)
    mask[k[inside] - box[0].start, j[inside] - box[1].start, i[inside] - box[2].start] = True
    return mask


def flat_in_volume(mask: Mask, box: Box, shape_kji: tuple[int, int, int]) -> Int64:
    """Flat indices in the volume of a mask that fills a box."""
    k, j, i = np.nonzero(mask)
    _, rows, columns = shape_kji
    index: Int64 = ((k + box[0].start) * rows + (j + box[1].start)) * columns + i + box[2].start
    return index


def connect(runs: Runs) -> Bodies:
    """Join runs that touch at faces, edges or corners into bodies.

    Returns
    -------
    Bodies
        Numbered in no particular order.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if len(runs) == 0:
        return _measured(runs, np.empty(0, dtype=np.int64), 0)
    pairs = list(_touching(runs))
    left = np.concatenate([a for a, _ in pairs])
    right = np.concatenate([b for _, b in pairs])
    size = len(runs)
    graph = coo_array((np.ones(left.size, dtype=np.int8), (left, right)), shape=(size, size))
    count, of_run = connected_components(graph, directed=False)
    return _measured(runs, of_run.astype(np.int64), int(count))


def _touching(runs: Runs) -> Iterator[tuple[Int64, Int64]]:
    """Pairs of touching runs, over the four neighbour rows that come before each row."""
    _, rows, columns = runs.shape_kji
    # One empty column after each row, one empty row after each slice: neighbours never wrap round.
    k, j, i = runs.index_kji()
    wide = columns + 1
    slab = (rows + 1) * wide
    start = k * slab + j * wide + i
    stop = start + runs.length
    for back in (wide, slab - wide, slab, slab + wide):
        first = np.searchsorted(stop, start - back, side="left")
        last = np.searchsorted(start, stop - back, side="right")
        count = np.maximum(last - first, 0)
        yield np.repeat(np.arange(len(runs)), count), expand(first, count)


def _measured(runs: Runs, of_run: Int64, count: int) -> Bodies:
    order = np.argsort(of_run, kind="stable")
    first = np.searchsorted(of_run[order], np.arange(count + 1))
    k, j, i = (axis[order] for axis in runs.index_kji())
    length = runs.length[order]
    if count == 0:
        none = np.empty(0, dtype=np.int64)
        empty = np.empty((0, 3))
        return Bodies(
            runs,
            of_run,
            none,
            none,
            none,
            empty.astype(int),
            empty.astype(int),
            empty,
            order,
            first,
        )
    at = first[:-1]
    voxels = np.add.reduceat(length, at)
    low = np.stack([np.minimum.reduceat(axis, at) for axis in (k, j, i)], axis=1)
    high = np.stack([np.maximum.reduceat(axis, at) for axis in (k + 1, j + 1, i + length)], axis=1)
    middles = (k, j, i + (length - 1) / 2.0)
    sums = np.stack([np.add.reduceat(axis * length, at) for axis in middles], axis=1)
    return Bodies(
        runs=runs,
        of_run=of_run,
        voxels=voxels,
        peak=np.maximum.reduceat(runs.peak[order], at),
        total=np.add.reduceat(runs.total[order], at),
        low_kji=low,
        high_kji=high,
        centre_kji=sums / voxels[:, None],
        _order=order,
        _first=first,
    )


def joined(one: Runs, other: Runs) -> Runs:
    """Return the runs of both, sorted; they must not overlap."""
    if len(other) == 0:
        return one
    order = np.argsort(np.concatenate([one.start, other.start]), kind="stable")
    return Runs(
        np.concatenate([one.start, other.start])[order],
        np.concatenate([one.stop, other.stop])[order],
        np.concatenate([one.peak, other.peak])[order],
        np.concatenate([one.total, other.total])[order],
        one.shape_kji,
    )


def beside(voxels: Int64, runs: Runs) -> bool:
    """Whether any voxel touches some runs at a face, edge or corner.

    Parameters
    ----------
    voxels : (n,) int64
        Flat indices.
    runs
        Sorted runs of the same volume.
    """
    if len(runs) == 0:
        return False
    _, rows, columns = runs.shape_kji
    for back_k in (-1, 0, 1):
        for back_j in (-1, 0, 1):
            near = voxels + (back_k * rows + back_j) * columns
            # The run that starts last before the voxel's right-hand neighbour.
            at = np.searchsorted(runs.start, near + 1, side="right") - 1
            if ((at >= 0) & (runs.stop[np.maximum(at, 0)] > near - 1)).any():
                return True
    return False


def runs_of_voxels(voxels: Int64, hu: HU) -> Runs:
    """Join sorted flat voxel indices of a volume to runs."""
    shape = (hu.shape[0], hu.shape[1], hu.shape[2])
    none = np.empty(0, dtype=np.int64)
    if voxels.size == 0:
        return Runs(none, none, none, none, shape)
    breaks = np.empty(voxels.size, dtype=bool)
    breaks[0] = True
    np.greater(np.diff(voxels), 1, out=breaks[1:])
    breaks |= voxels % shape[2] == 0
    at = np.flatnonzero(breaks)
    values = hu.reshape(-1)[voxels]
    start = voxels[at]
    length = np.diff(np.append(at, voxels.size))
    return Runs(
        start,
        start + length,
        np.maximum.reduceat(values, at).astype(np.int64),
        np.add.reduceat(values, at, dtype=np.int64),
        shape,
    )


def paint(labels: Labels, runs: Runs, value: int) -> None:
    """Set the voxels of runs in a label volume."""
    labels.reshape(-1)[runs.voxels()] = value
