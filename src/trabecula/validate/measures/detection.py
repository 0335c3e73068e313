"""Lesions found, by size and by how they meet bone; outlines of fused ones, also after edits."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from trabecula.validate.lines import Line, by_case
from trabecula.validate.reader import COVERS_DICE
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


def edited(lines: Sequence[Line], *, contacts: Sequence[str] = FUSED) -> list[Line]:
    """Lesions that a reader corrected, as they were then: found, and their Dice."""
    return [
        replace(line, lesion={**line.lesion, **line["corrected"]})
        for line in lines
        if line["corrected"] is not None and line["contact"] in contacts
    ]


def covered(lines: Sequence[Line], *, contacts: Sequence[str] = FUSED) -> Estimate:
    """Share of lesions that an offered part covers well enough to be toggled."""
    own = edited(lines, contacts=contacts)
    return wilson(sum(line["covered_dice"] >= COVERS_DICE for line in own), len(own))


def mean_edits(lines: Sequence[Line], *, contacts: Sequence[str] = FUSED) -> Estimate:
    """Edits a lesion took."""
    return bootstrap(edited(lines, contacts=contacts), _mean_of_edits, by=by_case)


def _mean_of_edits(lines: Sequence[Line]) -> float | None:
    return float(np.mean([line["edits"] for line in lines])) if lines else None


def rerun_s(lines: Sequence[Line], *, contacts: Sequence[str] = FUSED) -> float | None:
    """Median time of analysing a scan anew with its edits, seconds."""
    seconds = [line["seconds"] for line in edited(lines, contacts=contacts) if line["edits"]]
    return float(np.median(seconds)) if seconds else None
