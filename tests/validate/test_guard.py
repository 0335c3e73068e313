"""A few judged cases guard the figures; their seeds are apart from those of the validation page.

The floors stand a little under what was measured when they were set, and only ever move up: a
change that falls below one has made the program worse on lesions it did right before.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from trabecula.validate.cases import judge_case
from trabecula.validate.condition import Case, Condition
from trabecula.validate.journal import Row
from trabecula.validate.lines import Line, lesion_lines, with_map, without_map
from trabecula.validate.measures import detection, verdict, volume

pytestmark = pytest.mark.slow

GUARD_SEED = 9_000_000
SCANNED = (("pelvis", 1.0), ("shoulder", 1.25), ("knee", 1.5), ("spine", 3.0))


def guard_cases() -> list[Case]:
    return [
        Case("phantom", n, GUARD_SEED + n, region=region,
             conditions=(Condition(slice_mm=slices, pixel_mm=0.85, noise_seed=n),))
        for n, (region, slices) in enumerate(SCANNED)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return list(pool.map(judge_case, guard_cases()))


@pytest.fixture(scope="module")
def lines(rows: Sequence[Row]) -> list[Line]:
    return lesion_lines(rows, "phantom")


def test_no_case_ends_with_an_error(rows: Sequence[Row]) -> None:
    assert [row.get("cause") for row in rows] == [None] * len(rows)


def test_free_lesions_of_a_millilitre_are_found(lines: list[Line]) -> None:
    for own in (with_map(lines), without_map(lines)):
        share = detection.found(own, contacts=("free",), least_ml=1.0)

        assert share.value is not None
        assert share.value >= 0.6


def test_fused_lesions_are_found_with_a_label_map(lines: list[Line]) -> None:
    share = detection.found(with_map(lines), contacts=detection.FUSED, least_ml=1.0)

    assert share.value is not None
    assert share.value >= 0.8


def test_what_is_called_is_called_right(lines: list[Line]) -> None:
    right = verdict.balanced_accuracy(verdict.judged(with_map(lines)))

    assert right is not None
    assert right >= 0.9


def test_volumes_are_typically_right(lines: list[Line]) -> None:
    own = [one for one in with_map(lines) if one.found and one.sized and one.bordered]

    assert len(own) >= 4
    assert np.median([abs(volume.relative_error(one)) for one in own]) <= 0.1


def test_nothing_is_found_where_nothing_is(rows: Sequence[Row]) -> None:
    assert sum(len(scan["alarms"]) for row in rows for scan in row["scans"]) <= 4
