"""Are these values Hounsfield units? Tests that a scale other than HU does not pass.

A volume passes when all of these hold for the voxels that the scanner reconstructed:

1. *depth*: the values are spread over at least :data:`MIN_SPAN_HU`, with at least
   :data:`MIN_LEVELS` different ones, as 8-bit pictures and masks are not;
2. *zero*: some voxels lie below :data:`FAT_HU`. Fat and air do in every patient; a scale that
   begins at zero has none;
3. *soft tissue*: of the voxels denser than air and lung (above :data:`LUNG_HU`), at least
   :data:`MIN_SOFT_PART` lie within :data:`SOFT_HU`, where every tissue but bone is;
4. *air*: where :data:`FLOOR_PART` of the voxels share the lowest value, that is air
   (below :data:`AIR_BELOW_HU`); a floor higher up means the values were cut or shifted;
5. *not cut*: the highest value is not shared by more than :data:`MAX_AT_TOP` of the voxels,
   unless it is at or above :data:`SCANNER_TOP_HU`, where scanners themselves stop.

A cropped scan without any air passes; a micro-CT cube, a mask, a magnetic-resonance image, an
8-bit export and a windowed export do not.
"""

import numpy as np
import numpy.typing as npt

from trabecula.errors import CalibrationError
from trabecula.model import HU
from trabecula.read.pixels import OUTSIDE

SAMPLE_VOXELS = 2_000_000
"""About this many voxels, evenly spread, are looked at."""

MIN_SPAN_HU = 150
"""From fat to blood is about 150 HU."""

MIN_LEVELS = 100
"""Noise alone gives a CT hundreds of different values."""

SMALL_SAMPLE = 5_000
"""Below this many voxels fewer levels are asked for."""

FAT_HU = -20
"""Fat is -120 to -60 HU, and noise brings muscle this low too."""

MIN_BELOW_ZERO_PART = 0.0005
"""Part of the voxels that must lie below :data:`FAT_HU`."""

SOFT_HU = (-200, 200)
"""Fat to enhanced organs."""

LUNG_HU = -500
"""Lung and air are lighter."""

MIN_SOFT_PART = 0.10
"""Real scans have 70 to 94 %, a plastic skull 37 %, uniform noise over HU's range 6 %."""

AIR_BELOW_HU = -800
"""Air is -1000 HU; poor scanners and cone-beam artefact bring it to -850."""

FLOOR_PART = 0.05
"""When this part of the voxels shares the lowest value, the scale has a floor."""

MAX_AT_TOP = 0.001
"""Part of the voxels that may share the highest value."""

SCANNER_TOP_HU = 2900
"""Twelve bits with an offset of 1000 or 1024 end at 3095 or 3071 HU."""


def check_hounsfield(hu: HU) -> None:
    """Refuse a volume whose values cannot be Hounsfield units.

    Parameters
    ----------
    hu : (k, j, i) int16
        :data:`OUTSIDE` marks voxels that were not reconstructed; they are left out.

    Raises
    ------
    CalibrationError
        Naming the test that failed.
    """
    sample = _sample(hu)
    reason = _why_not(sample) if sample.size else "no voxel was reconstructed"
    if reason:
        raise CalibrationError(
            f"The values are not Hounsfield units: {reason}.",
            remedy="Give the original CT series, or a copy that keeps its Hounsfield units.",
        )


def _sample(hu: HU) -> npt.NDArray[np.int16]:
    step = max(1, round((hu.size / SAMPLE_VOXELS) ** (1 / 3)))
    # Few slices are all looked at; a thick stack is thinned alike in every direction.
    sample = hu[:: step if hu.shape[0] > 4 * step else 1, ::step, ::step].ravel()
    kept: npt.NDArray[np.int16] = sample[sample != OUTSIDE]
    return kept


def _why_not(sample: npt.NDArray[np.int16]) -> str:
    values, counts = np.unique(sample, return_counts=True)
    size = sample.size
    low, high = int(values[0]), int(values[-1])
    levels = MIN_LEVELS if size >= SMALL_SAMPLE else MIN_LEVELS // 4
    if high - low < MIN_SPAN_HU or values.size < levels:
        return f"they hold {values.size} different values from {low} to {high}"
    if counts[values < FAT_HU].sum() < max(1, MIN_BELOW_ZERO_PART * size):
        return f"the lowest is {low}, where fat and air would lie below zero"
    soft = counts[(values >= SOFT_HU[0]) & (values <= SOFT_HU[1])].sum()
    dense = max(1, int(counts[values > LUNG_HU].sum()))
    if soft < MIN_SOFT_PART * dense:
        return (
            f"only {soft / dense:.1%} of those above lung lie between {SOFT_HU[0]} and "
            f"{SOFT_HU[1]}, where soft tissue is"
        )
    if counts[0] > FLOOR_PART * size and low > AIR_BELOW_HU:
        return f"they are cut off at {low}, above air"
    if counts[-1] > max(3, MAX_AT_TOP * size) and high < SCANNER_TOP_HU:
        return f"they are cut off at {high}, where bone and metal go higher"
    return ""
