"""Calcium or bone: balanced accuracy of what was called, calibration, and when it abstains."""

from collections.abc import Sequence

import numpy as np

from trabecula.validate.lines import THICK_SLICES_MM, THIN_SLICES_MM, Line, by_case
from trabecula.validate.statistics import Estimate, bootstrap, wilson

ABSTAINED = "indeterminate"
BINS = 10
"""Equal bins of probability for the calibration error."""


def judged(lines: Sequence[Line], *, thin: bool | None = None) -> list[Line]:
    """Found lesions of 10 mm and more above the floor, in thin or in thick slices."""
    kept = [line for line in lines if line.found and line.sized]
    if thin is None:
        return kept
    if thin:
        return [line for line in kept if line.slice_mm <= THIN_SLICES_MM]
    return [line for line in kept if line.slice_mm >= THICK_SLICES_MM]


def balanced_accuracy(lines: Sequence[Line]) -> float | None:
    """Mean of the shares of bone and of calcium called right, among what was called."""
    called = [line for line in lines if line["verdict"] != ABSTAINED]
    shares: list[float] = []
    for kind in ("ossification", "calcification"):
        own = [line for line in called if line["mineral"] == kind]
        if not own:
            return None
        shares.append(sum(line["verdict"] == kind for line in own) / len(own))
    return sum(shares) / 2.0


def accuracy(lines: Sequence[Line], *, thin: bool) -> Estimate:
    """Balanced accuracy with its interval."""
    return bootstrap(judged(lines, thin=thin), balanced_accuracy, by=by_case)


def calibration_error(lines: Sequence[Line]) -> float | None:
    """Mean gap between the probability of bone and how often it was bone, over ten bins."""
    if not lines:
        return None
    probability = np.array([line["probability"] for line in lines])
    bone = np.array([line.bone for line in lines], dtype=np.float64)
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    gaps = [
        abs(probability[bins == b].mean() - bone[bins == b].mean()) * (bins == b).sum()
        for b in np.unique(bins)
    ]
    return float(sum(gaps) / len(lines))


def calibration(lines: Sequence[Line]) -> Estimate:
    """Calibration error over all slices."""
    return bootstrap(judged(lines), calibration_error, by=by_case)


def abstention(lines: Sequence[Line]) -> Estimate:
    """Share of resolved lesions of 10 mm and more that were not called."""
    own = [line for line in judged(lines) if not line["below_floor"]]
    return wilson(sum(line["verdict"] == ABSTAINED for line in own), len(own))


def abstention_below_floor(lines: Sequence[Line]) -> Estimate:
    """Share of unresolved lesions that were not called."""
    own = [line for line in lines if line.found and line["below_floor"]]
    return wilson(sum(line["verdict"] == ABSTAINED for line in own), len(own))


def wrong_below_floor(lines: Sequence[Line]) -> Estimate:
    """Share of unresolved lesions that were called wrong."""
    own = [line for line in lines if line.found and line["below_floor"]]
    wrong = sum(line["verdict"] not in (ABSTAINED, line["mineral"]) for line in own)
    return wilson(wrong, len(own))


def by_model(lines: Sequence[Line]) -> dict[str, tuple[int, int, int]]:
    """For each model of lesion of 10 mm and more: right, abstained, called wrong."""
    table: dict[str, list[int]] = {}
    for line in judged(lines):
        row = table.setdefault(str(line["model"]), [0, 0, 0])
        if line["verdict"] == line["mineral"]:
            row[0] += 1
        elif line["verdict"] == ABSTAINED:
            row[1] += 1
        else:
            row[2] += 1
    return {model: (row[0], row[1], row[2]) for model, row in sorted(table.items())}
