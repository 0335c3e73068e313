"""Volume: bias by size and slice thickness, and whether the interval keeps what it promises."""

from collections.abc import Sequence

import numpy as np

from trabecula.validate.lines import Line, by_case
from trabecula.validate.statistics import Estimate, bootstrap, wilson

SLICES_MM = ((0.0, 1.6), (1.6, 2.6), (2.6, 4.0), (4.0, 9.0))
"""Groups of slice thickness."""

SIZES_MM = ((0.0, 10.0), (10.0, 20.0), (20.0, 1e3))
"""Groups of size."""


def relative_error(line: Line) -> float:
    """Measured over true volume, less one."""
    return float(line["measured_ml"] / line["volume_ml"] - 1.0)


def bias(lines: Sequence[Line]) -> Estimate:
    """Mean relative error of found lesions."""
    return bootstrap([line for line in lines if line.found], _mean, by=by_case)


def _mean(lines: Sequence[Line]) -> float | None:
    return float(np.mean([relative_error(line) for line in lines])) if lines else None


def median_error(lines: Sequence[Line]) -> Estimate:
    """Median relative error: what a typical lesion shows, whatever the outliers."""
    return bootstrap([line for line in lines if line.found], _median, by=by_case)


def _median(lines: Sequence[Line]) -> float | None:
    return float(np.median([relative_error(line) for line in lines])) if lines else None


def by_slice(lines: Sequence[Line]) -> dict[tuple[float, float], Estimate]:
    """Bias of lesions of 10 mm and more in each group of slice thickness."""
    return {
        (low, high): bias([line for line in lines if line.sized and low <= line.slice_mm < high])
        for low, high in SLICES_MM
    }


def by_size(lines: Sequence[Line]) -> dict[tuple[float, float], Estimate]:
    """Bias in each group of size."""
    return {
        (low, high): bias([line for line in lines if low <= line["size_mm"] < high])
        for low, high in SIZES_MM
    }


def cover(lines: Sequence[Line]) -> Estimate:
    """Share of found lesions of 10 mm and more whose interval holds the true volume."""
    own = [line for line in lines if line.found and line.sized and line["low_ml"] is not None]
    return wilson(
        sum(line["low_ml"] <= line["volume_ml"] <= line["high_ml"] for line in own), len(own)
    )
