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
