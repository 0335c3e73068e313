"""How blurred a scan is, measured on its skin."""

import numpy as np

from trabecula.model import Float64, Volume
from trabecula.simulate.scanner import FWHM_PER_SD

AIR_BELOW_HU, TISSUE_ABOVE_HU = -850.0, -250.0
"""What lies outside and inside of an edge that is measured."""
REACH_MM = 6.0
"""How far from the edge its two sides are looked at."""
MOST_SLICES = 24
SHARPEST = 0.2
"""Quantile of the widths found: most edges are widened by their slope or by clothes."""
UNKNOWN_MM = 1.2
"""Where no edge of the skin is in the scan."""
LEAST_VOXELS = 0.9
"""No blur is narrower than this many voxels: partial volume alone makes as much."""


def edge_fwhm_mm(volume: Volume) -> float:
    """Return the full width at half maximum of the blur in the slice, mm.

    Where the skin stands square to the rows, the step from air to fat is the integral of the
    point spread: its steepest slope over its height gives the width of a Gaussian.
    """
    _, dj, di = volume.spacing_kji_mm
    rows = np.linspace(0, volume.hu.shape[0] - 1, min(MOST_SLICES, volume.hu.shape[0])).astype(int)
    widths: list[float] = []
    for k in rows.tolist():
        plane = volume.hu[k].astype(np.float64)
        widths += _widths(plane, di, dj)
        widths += _widths(plane.T, dj, di)
    if len(widths) < 20:
        return UNKNOWN_MM
    width = float(np.quantile(widths, SHARPEST))
    return max(width, LEAST_VOXELS * min(dj, di))


def _widths(plane: Float64, step_mm: float, other_mm: float) -> list[float]:
    """Widths of the edges from air to tissue that lie square to the second axis."""
    reach = max(5, int(np.ceil(REACH_MM / step_mm)))
    slopes = np.diff(plane, axis=1) / step_mm
    sideways = np.abs(np.gradient(plane, other_mm, axis=0))[:, :-1]
    found = []
    for column in (slice(None), slice(None, None, -1)):
        steep = slopes[:, column] * (1 if column.step is None else -1)
        lean = sideways[:, column]
        line = plane[:, column]
        crossing = (line[:, :-1] < -550.0) & (line[:, 1:] >= -550.0)
        for j, i in np.argwhere(crossing).tolist():
            if i < reach or i + reach >= line.shape[1]:
                continue
            outside, inside = line[j, i - reach : i - 1].min(), line[j, i + 2 : i + reach].mean()
            clean = line[j, i - reach : i - reach // 2].max() < AIR_BELOW_HU
            if not clean or inside < TISSUE_ABOVE_HU or inside > 200.0:
                continue
            best = float(steep[j, i - 1 : i + 2].max())
            if best <= 0 or lean[j, i] > 0.25 * best:
                continue
            sd = (inside - outside) / (best * np.sqrt(2.0 * np.pi))
            found.append(float(sd * FWHM_PER_SD))
    return found
