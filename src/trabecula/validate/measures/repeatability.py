"""Repeatability: the same patient scanned again, with other noise, kernel and pose."""

from collections.abc import Sequence

import numpy as np

from trabecula.validate.lines import Line
from trabecula.validate.statistics import Estimate, bootstrap

LEAST_ML = 1.0
"""Lesions from this volume on count by themselves."""

Series = tuple[str, tuple[float, ...]]
"""A case, and the volumes measured in its scans."""


def of_lesions(lines: Sequence[Line]) -> Estimate:
    """Within-lesion coefficient of variation of volume, root mean square over lesions."""
    series: dict[tuple[str, int], list[float]] = {}
    for line in lines:
        if line.found and line["volume_ml"] >= LEAST_ML:
            series.setdefault((line.case, line["label"]), []).append(line["measured_ml"])
    return _estimate([(key[0], tuple(values)) for key, values in series.items()])


def of_totals(lines: Sequence[Line]) -> Estimate:
    """Return the same for all that was found in a scan together; what is missed once counts."""
    totals: dict[str, dict[int, float]] = {}
    for line in lines:
        scans = totals.setdefault(line.case, {})
        scans[line.scan] = scans.get(line.scan, 0.0) + (line["measured_ml"] if line.found else 0.0)
    return _estimate([(case, tuple(scans.values())) for case, scans in totals.items()])


def _estimate(series: Sequence[Series]) -> Estimate:
    kept = [one for one in series if len(one[1]) > 1 and np.mean(one[1]) > 0]
    return bootstrap(kept, _variation, by=lambda one: one[0])


def _variation(series: Sequence[Series]) -> float | None:
    if not series:
        return None
    squared = [np.var(values, ddof=1) / np.mean(values) ** 2 for _, values in series]
    return float(np.sqrt(np.mean(squared)))
