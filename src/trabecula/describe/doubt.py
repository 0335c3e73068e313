"""How far a volume may be off: what makes it doubtful, and how much each doubt is worth.

The 95 % interval reaches from ``volume / exp(width)`` to ``volume * exp(width)``; the width is the
sum of the doubts below, each times its weight. The weights are fitted to lesions whose volume is
known (``validation/fit_volume.py``), for a sum of textbook errors leaves out what goes wrong most:
outlines that end too early, caps lost in thick slices, borders that fade.
"""

from collections.abc import Mapping

import numpy as np

from trabecula.describe.patch import Patch
from trabecula.describe.shell import Levels

FEWEST_INTERIOR = 60
"""An interior of fewer voxels does not tell how uneven it is."""

MOST = 1.5
"""Largest doubt of each kind that is counted."""


WEIGHTS: Mapping[str, float] = {
    "constant": 0.0,
    "blur": 0.0,
    "slices": 0.27,
    "uneven": 1.77,
    "half": 0.89,
    "outline": 0.27,
    "rim": 0.10,
    "fading": 0.57,
}
"""Width of the interval for one of each, log units; printed by ``validation/fit_volume.py``."""


def doubts_of(patch: Patch, levels: Levels, value_ml: float) -> Mapping[str, float]:
    """Return what makes a volume doubtful, by name; 0 where it does not.

    - ``constant``: 1.
    - ``blur``, ``slices``: standard deviation of the blur, and slice thickness, over the lesion's
      own thickness.
    - ``uneven``: spread of the interior over the lesion's height, where no rim is seen.
    - ``half``: log of the volume at half height over the one stated, either way.
    - ``outline``: log of the volume at half height over the outline's, where larger.
    - ``rim``, ``fading``: 1 where the lesion was measured as a shell, or by a fading border.
    """
    body = max(float(patch.body.sum()), 1.0) * patch.voxel_mm3
    outline = max(float(patch.mask.sum()), 1.0) * patch.voxel_mm3
    thickness = max(patch.thickness_mm, 0.5)
    found = {
        "constant": 1.0,
        "blur": float(np.mean(patch.sigma_mm)) / thickness,
        "slices": patch.slice_mm / thickness,
        "uneven": 0.0 if levels.rim_mm > 0.0 else unevenness(patch, levels),
        "half": abs(float(np.log(body / (1000.0 * value_ml)))),
        "outline": max(float(np.log(body / outline)), 0.0),
        "rim": float(levels.rim_mm > 0.0),
        "fading": float(levels.fading_mm > 0.0),
    }
    return {name: min(float(doubt), MOST) for name, doubt in found.items()}


def interval_ml(value_ml: float, doubts: Mapping[str, float]) -> tuple[float, float]:
    """95 % interval of a volume."""
    width = sum(WEIGHTS[name] * doubt for name, doubt in doubts.items())
    return value_ml * float(np.exp(-width)), value_ml * float(np.exp(width))


def unevenness(patch: Patch, levels: Levels) -> float:
    """Spread of the interior beyond noise, as part of the lesion's height."""
    values = patch.hu[patch.interior]
    if values.size < FEWEST_INTERIOR:
        return 0.0
    spread = max(float(values.var(dtype=np.float64)) - (1.5 * patch.noise_hu) ** 2, 0.0)
    return float(np.sqrt(spread)) / max(levels.core_hu - levels.background_hu, 1.0)
