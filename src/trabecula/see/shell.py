"""Long bodies as walls about an axis: how an artery's calcified wall differs from a bone's cortex.

An artery is round, as wide at one end as at the other, open at both, and holds blood: even, and as
dense as muscle. Bone with marrow swells and tapers, is closed at its ends, and holds fat, red
marrow and trabeculae: uneven, whatever its mean.
"""

from dataclasses import dataclass

import numpy as np

from trabecula.model import Float64, Volume

STEP_MM = 5.0
"""The axis may bend: it is followed in steps of this length."""

LENGTH_MM = 15.0
"""Shorter bodies have no axis to speak of."""

STEP_VOXELS = 5
"""A step with fewer voxels has no middle."""

OUTER_PERCENTILE = 90.0
"""Outer surface of a step: this percentile of the distance from the axis."""

NORMAL_CONSISTENT = 1.4826
"""Median absolute deviation to standard deviation, for a normal distribution."""


@dataclass(frozen=True, slots=True)
class Shell:
    """Mineral about the axis of a long body.

    Attributes
    ----------
    variation
        Relative spread of the distance of its mineral from the axis.
    lumen_hu, lumen_spread_hu
        Median and robust SD of the values along the axis.
    calibre_mm
        Outer diameter, median along the axis.
    taper
        Range of the middle half of the outer diameters over their median.
    ends_hu
        Lesser of the values on the axis at its two ends: mineral where both are closed.
    """

    variation: float
    lumen_hu: float
    lumen_spread_hu: float
    calibre_mm: float
    taper: float
    ends_hu: float


def shell(points: Float64, volume: Volume) -> Shell | None:
    """Wall and lumen of a long body; ``None`` for one that is short or tiny.

    Parameters
    ----------
    points : (n, 3) float64
        Its voxels along the array axes, mm, as :func:`~trabecula.see.candidates.points_mm` gives.
    volume
    """
    if len(points) < 30:
        return None
    centred = points - points.mean(axis=0)
    along = centred @ np.linalg.eigh(np.cov(centred.T))[1][:, 2]
    if float(np.ptp(along)) < LENGTH_MM:
        return None
    step = ((along - along.min()) // STEP_MM).astype(np.int64)
    held = np.bincount(step)
    count = np.maximum(held, 1)
    middle = np.stack([np.bincount(step, weights=axis) / count for axis in points.T], axis=1)
    radius = np.linalg.norm(points - middle[step], axis=1)
    full = np.flatnonzero(held >= STEP_VOXELS)
    if full.size == 0:
        return None
    index = np.rint(middle[full] / volume.grid.spacing_kji_mm).astype(np.int64)
    axis_hu = volume.hu[tuple(index.T)].astype(np.float64)
    lumen = float(np.median(axis_hu))
    spread = NORMAL_CONSISTENT * float(np.median(np.abs(axis_hu - lumen)))
    outer = [2.0 * float(np.percentile(radius[step == n], OUTER_PERCENTILE)) for n in full.tolist()]
    narrow, calibre, wide = np.percentile(outer, [25, 50, 75]).tolist()
    return Shell(
        variation=float(radius.std() / max(float(radius.mean()), 1e-6)),
        lumen_hu=lumen,
        lumen_spread_hu=spread,
        calibre_mm=calibre,
        taper=(wide - narrow) / max(calibre, 1e-6),
        ends_hu=float(min(axis_hu[0], axis_hu[-1])),
    )


@dataclass(frozen=True, slots=True)
class Ring:
    """Mineral on a cylinder, as part of a vessel's wall is, however short.

    Attributes
    ----------
    radius_mm, misfit
        Of the cylinder, and the spread of the mineral about it as part of the radius.
    cover_deg
        How much of the way round it covers.
    length_mm
        Along the axis.
    lumen_hu, lumen_spread_hu, lumen_peak_hu
        Median, SD and largest of the values on the axis, from end to end.
    """

    radius_mm: float
    misfit: float
    cover_deg: float
    length_mm: float
    lumen_hu: float
    lumen_spread_hu: float
    lumen_peak_hu: float


RING_SAMPLE = 2_000
"""Voxels a cylinder is fitted to at most."""

SECTORS = 24
"""The way round is counted in so many parts."""

AXIS_STEPS = 9
"""Values along the axis."""


def ring(points: Float64, volume: Volume) -> Ring | None:
    """Fit the best of three cylinders along the principal axes; ``None`` for a few voxels.

    Parameters
    ----------
    points : (n, 3) float64
        Its voxels along the array axes, mm.
    volume
    """
    points = points[:: max(1, len(points) // RING_SAMPLE)]
    if len(points) < 12:
        return None
    centred = points - points.mean(axis=0)
    axes = np.linalg.eigh(np.cov(centred.T))[1]
    turned = centred @ axes
    fits = [_circle(np.delete(turned, axis, axis=1)) for axis in range(3)]
    axis = min(range(3), key=lambda n: fits[n][3])
    across, beyond, radius, misfit = fits[axis]
    along, (x, y) = turned[:, axis], np.delete(turned, axis, axis=1).T
    sector = ((np.arctan2(y - beyond, x - across) / np.pi + 1.0) * SECTORS / 2.0).astype(int)
    middle = np.insert(np.array([across, beyond]), axis, 0.0)
    steps = np.linspace(along.min(), along.max(), AXIS_STEPS)
    line = points.mean(axis=0) + (middle + steps[:, None] * np.eye(3)[axis]) @ axes.T
    index = np.rint(line / volume.grid.spacing_kji_mm).astype(np.int64)
    index = np.clip(index, 0, np.array(volume.hu.shape) - 1)
    values = volume.hu[tuple(index.T)].astype(np.float64)
    return Ring(
        radius_mm=radius,
        misfit=misfit,
        cover_deg=360.0 * np.unique(sector % SECTORS).size / SECTORS,
        length_mm=float(np.ptp(along)),
        lumen_hu=float(np.median(values)),
        lumen_spread_hu=float(values.std()),
        lumen_peak_hu=float(values.max()),
    )


def _circle(flat: Float64) -> tuple[float, float, float, float]:
    """Centre, radius and relative misfit of the circle through points of a plane (Kasa 1976)."""
    x, y = flat.T
    design = np.stack([2.0 * x, 2.0 * y, np.ones_like(x)], axis=1)
    (a, b, rest), *_ = np.linalg.lstsq(design, x * x + y * y, rcond=None)
    radius = float(np.sqrt(max(rest + a * a + b * b, 1e-6)))
    misfit = float(np.sqrt(np.mean((np.hypot(x - a, y - b) - radius) ** 2))) / radius
    return float(a), float(b), radius, misfit
