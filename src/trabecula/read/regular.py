"""Slices moved onto a regular grid: shifted within their plane, interpolated across planes."""

import numpy as np

from trabecula.model import HU, Float32, Float64, Grid, Mask
from trabecula.read.layout import Layout
from trabecula.read.pixels import OUTSIDE


def regular(hu: HU, layout: Layout) -> tuple[HU, Grid]:
    """Bring a stack onto a regular grid, touching nothing that already lies on one.

    A shifted slice is moved by its exact shift, with linear interpolation inside its own plane; the
    picture grows so that nothing is cut off. Slices at uneven heights are then interpolated
    linearly between their two neighbours. Both work slice by slice in float32.

    Parameters
    ----------
    hu : (n, rows, columns) int16
        In the order of ``layout.slices``; ``OUTSIDE`` marks what was not reconstructed.
    layout
        Where the slices lie.

    Returns
    -------
    hu : (k, rows, columns) int16
        The same array where nothing had to be moved.
    grid
        Axes along the normal, the columns and the rows of the slices.
    """
    low = layout.shifts_px.min(axis=0) if layout.sheared else np.zeros(2)
    if layout.sheared:
        hu = _unsheared(hu, layout.shifts_px - low)
    if not layout.even:
        hu = _evened(hu, layout.heights_mm, layout.step_mm)
    along_rows = layout.column * layout.pixel_spacing_mm[0]
    along_columns = layout.row * layout.pixel_spacing_mm[1]
    affine = np.eye(4)
    affine[:3, 0] = layout.normal * layout.step_mm
    affine[:3, 1] = along_rows
    affine[:3, 2] = along_columns
    affine[:3, 3] = layout.origin_mm + low[0] * along_rows + low[1] * along_columns
    k, j, i = hu.shape
    return hu, Grid(affine, (k, j, i))


def _unsheared(hu: HU, shifts_px: Float64) -> HU:
    count, rows, columns = hu.shape
    grow = np.ceil(shifts_px.max(axis=0) - 1e-6).astype(int)
    moved = np.full((count, rows + grow[0], columns + grow[1]), OUTSIDE, dtype=np.int16)
    for k, (down, across) in enumerate(shifts_px):
        part = _shifted(hu[k], float(down), axis=0)
        part = _shifted(part, float(across), axis=1)
        top, left = int(np.floor(down + 1e-6)), int(np.floor(across + 1e-6))
        height, width = (
            min(part.shape[0], moved.shape[1] - top),
            min(part.shape[1], moved.shape[2] - left),
        )
        moved[k, top : top + height, left : left + width] = part[:height, :width]
    return moved


def _shifted(plane: HU, shift_px: float, *, axis: int) -> HU:
    """Move a plane by the fraction of a shift along one axis; it grows by one pixel there."""
    fraction = shift_px - np.floor(shift_px + 1e-6)
    if fraction < 1e-3:
        return plane
    lines = np.moveaxis(plane, axis, 0)
    grown = np.full((lines.shape[0] + 1, lines.shape[1]), OUTSIDE, dtype=np.int16)
    # Content moves toward higher indices, so a pixel takes its share from the one before it.
    grown[1:-1] = _mixed(lines[1:], lines[:-1], fraction)
    result: HU = np.moveaxis(grown, 0, axis)
    return result


def _evened(hu: HU, heights_mm: Float64, step_mm: float) -> HU:
    count = int(np.floor(heights_mm[-1] / step_mm + 1e-6)) + 1
    wanted = np.minimum(step_mm * np.arange(count), heights_mm[-1])
    below = np.clip(np.searchsorted(heights_mm, wanted, side="right") - 1, 0, len(hu) - 2)
    part = (wanted - heights_mm[below]) / (heights_mm[below + 1] - heights_mm[below])
    evened = np.empty((count, *hu.shape[1:]), dtype=np.int16)
    for k, (n, share) in enumerate(zip(below.tolist(), part.tolist(), strict=True)):
        evened[k] = _mixed(hu[n], hu[n + 1], share)
    return evened


def _mixed(first: HU, second: HU, share: float) -> HU:
    """Weighted mean of two planes; what is outside in either (with weight) stays outside."""
    if share < 1e-3:
        return first
    if share > 1 - 1e-3:
        return second
    blend: Float32 = first * np.float32(1 - share) + second * np.float32(share)
    mixed = np.rint(blend).astype(np.int16)
    outside: Mask = (first == OUTSIDE) | (second == OUTSIDE)
    mixed[outside] = OUTSIDE
    return mixed
