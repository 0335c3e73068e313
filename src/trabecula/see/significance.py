"""Which bodies are more than noise: by size and peak, then by the noise around each."""

import numpy as np
import numpy.typing as npt

from trabecula.model import Noise, Volume
from trabecula.see.bodies import Bodies

LEAST_MM3 = 10.0
"""Smallest body of mineral that is looked at: a ball of 2.7 mm."""

LEAST_VOXELS = 2
"""A single voxel is never a body."""

PEAK_EXCESS_HU = 100.0
"""The peak of a small body stands at least this far above the threshold (hysteresis)."""

PEAK_EXCESS_SD = 4.0
"""And at least this many noise SD above it."""

LARGE_MM3 = 300.0
"""A body of this size is no noise, however faint."""

AROUND_MM = 6.0
"""Noise is measured again this far around a small body: streaks make it locally higher."""

LOCAL_SD = 6.0
"""Its peak must stand this many of those SD above what is around it."""


def significant(
    bodies: Bodies, *, volume: Volume, noise: Noise
) -> tuple[list[int], npt.NDArray[np.bool_]]:
    """Numbers of the bodies worth judging, largest first, and a mark of each dropped speck."""
    mm3 = bodies.voxels * volume.grid.voxel_ml * 1000.0
    excess = max(PEAK_EXCESS_HU, PEAK_EXCESS_SD * noise.noise_sd_hu)
    clear = bodies.peak >= noise.mineral_threshold_hu + excess
    enough = (mm3 >= LEAST_MM3) & (bodies.voxels >= LEAST_VOXELS)
    kept = enough & (clear | (mm3 >= LARGE_MM3))
    for number in np.flatnonzero(kept & (mm3 < LARGE_MM3)).tolist():
        kept[number] = _stands_out(number, bodies, volume=volume, noise=noise)
    order = np.argsort(-bodies.voxels, kind="stable")
    return [int(n) for n in order if kept[n]], ~kept


def _stands_out(number: int, bodies: Bodies, *, volume: Volume, noise: Noise) -> bool:
    box = volume.grid.pad(bodies.box(number), AROUND_MM)
    values = volume.hu[box]
    around = values[(values < noise.mineral_threshold_hu) & (values > SOFT_LOW_HU)]
    if around.size < 30:
        return True
    sd = max(float(around.std()), noise.noise_sd_hu)
    middle = float(np.median(around))
    return float(bodies.peak[number]) >= middle + LOCAL_SD * sd


SOFT_LOW_HU = -20.0
"""Fat and air around a body would pass for noise; they are left out."""
