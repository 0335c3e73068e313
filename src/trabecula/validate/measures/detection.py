"""Lesions found, by size and by how they meet bone; and how well fused ones are outlined."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from trabecula.validate.lines import Line, by_case
from trabecula.validate.statistics import Estimate, bootstrap, wilson

FUSED = ("fused", "bridging")
CONTACTS = ("free", "touching", "fused", "bridging")
SIZES_ML = (0.0, 0.1, 1.0, 10.0, 1e9)
"""Borders of the groups of size in the table."""


def found(
    lines: Sequence[Line], *, contacts: Sequence[str], least_ml: float, most_ml: float = 1e9
) -> Estimate:
    """Share of lesions of these contacts and sizes that were found."""
    own = [
        line
        for line in lines
        if line["contact"] in contacts and least_ml <= line["volume_ml"] < most_ml
    ]
    return wilson(sum(line.found for line in own), len(own))


def table(lines: Sequence[Line]) -> dict[tuple[str, float], Estimate]:
    """Share found for every contact and group of size."""
    return {
        (contact, low): found(lines, contacts=(contact,), least_ml=low, most_ml=high)
        for contact in CONTACTS
        for low, high in pairwise(SIZES_ML)
    }


def dice(lines: Sequence[Line], *, contacts: Sequence[str], least_ml: float) -> Estimate:
    """Mean Dice of whole lesions of these contacts and sizes; one that was missed counts 0."""
    own = [
        line
        for line in lines
        if line.whole and line["contact"] in contacts and line["volume_ml"] >= least_ml
    ]
    return bootstrap(own, _mean_dice, by=by_case)


def _mean_dice(lines: Sequence[Line]) -> float | None:
    if not lines:
        return None
    return float(np.mean([line["dice"] or 0.0 for line in lines]))
