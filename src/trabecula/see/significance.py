"""Which bodies are more than noise: by size and peak, then by the noise around each."""

import numpy as np
import numpy.typing as npt

from trabecula.model import HU, Noise, Volume
from trabecula.see.bodies import Bodies

LEAST_MM3 = 20.0
"""Smallest body of mineral that is looked at: a ball of 3.4 mm, as it shows at the threshold."""

LEAST_VOXELS = 2
"""A single voxel is never a body."""

PEAK_EXCESS_HU = 100.0
"""The peak of a small body stands at least this far above the threshold (hysteresis)."""

PEAK_EXCESS_SD = 4.0
"""And at least this many noise SD above it."""

LARGE_MM3 = 300.0
"""A body of this size is no noise, however faint."""

AROUND_MM = 12.0
"""Noise is measured again this far around a body: beside shoulders and metal it is higher."""

LOCAL_SD = 6.0
"""A body's peak must stand this many of those SD above soft tissue."""

SPECK_MM3 = 60.0
"""Bodies up to this may be noise; larger ones are left out of the measure of it."""


def significant(
    bodies: Bodies, *, volume: Volume, noise: Noise
) -> tuple[list[int], npt.NDArray[np.bool_]]:
    """Numbers of the bodies worth judging, largest first, and a mark of each dropped speck."""
    mm3 = bodies.voxels * volume.grid.voxel_ml * 1000.0
    excess = max(PEAK_EXCESS_HU, PEAK_EXCESS_SD * noise.noise_sd_hu)
    clear = bodies.peak >= noise.mineral_threshold_hu + excess
    enough = (mm3 >= LEAST_MM3) & (bodies.voxels >= LEAST_VOXELS)
    kept = enough & (clear | (mm3 >= LARGE_MM3))
    specks = np.flatnonzero(~kept & (mm3 < SPECK_MM3))
    low, high = bodies.low_kji[specks], bodies.high_kji[specks]
    for number in np.flatnonzero(kept & (mm3 < LARGE_MM3)).tolist():
        box = volume.grid.pad(bodies.box(number), AROUND_MM)
        inside = np.ones(len(specks), dtype=bool)
        for axis, span in enumerate(box):
            inside &= (low[:, axis] >= span.start) & (high[:, axis] <= span.stop)
        count = int(bodies.voxels[specks[inside]].sum())
        sd = _local_sd(count, volume.hu[box], noise)
        kept[number] = bodies.peak[number] >= noise.soft_tissue_hu + LOCAL_SD * sd
    order = np.argsort(-bodies.voxels, kind="stable")
    return [int(n) for n in order if kept[n]], ~kept


def _local_sd(above: int, hu: HU, noise: Noise) -> float:
    """Noise that explains how many soft-tissue voxels of a box pass the threshold by chance."""
    from scipy.special import ndtri

    soft = int(((hu > SOFT_HU[0]) & (hu < SOFT_HU[1])).sum())
    share = min(above / max(soft, 1), MOST_NOISE)
    if share <= 0.0:
        return noise.noise_sd_hu
    reach = noise.mineral_threshold_hu - noise.soft_tissue_hu
    return max(noise.noise_sd_hu, reach / -float(ndtri(share)))


SOFT_HU = (-50.0, 250.0)
"""Soft tissue with its noise: what might pass the threshold by chance."""

MOST_NOISE = 0.2
"""More than this share is no noise."""
