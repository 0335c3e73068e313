"""Intervals hold what they promise."""

import numpy as np
import pytest

from trabecula.validate.statistics import bootstrap, rate_interval, wilson


def test_wilsons_interval_of_nine_in_ten_is_the_textbooks() -> None:
    estimate = wilson(9, 10)

    assert estimate.value == 0.9
    assert (estimate.low, estimate.high) == pytest.approx((0.596, 0.982), abs=0.001)


def test_no_cases_give_no_share() -> None:
    assert wilson(0, 0).value is None
    assert rate_interval(0, 0).value is None


def test_no_alarm_in_twenty_scans_allows_a_rate_of_up_to_0_18() -> None:
    estimate = rate_interval(0, 20)

    assert estimate.value == 0.0
    assert estimate.high == pytest.approx(3.689 / 20, abs=0.001)


def test_bootstrap_draws_whole_patients() -> None:
    # Ten lesions of one patient are no ten patients: drawing patients must give the wider interval.
    rows = [(patient, float(patient)) for patient in range(6) for _ in range(10)]

    def mean(kept: list[tuple[int, float]]) -> float:
        return float(np.mean([value for _, value in kept]))

    by_patient = bootstrap(rows, mean, by=lambda row: row[0])  # type: ignore[arg-type]
    by_lesion = bootstrap(list(enumerate(rows)), lambda kept: mean([row for _, row in kept]),
                          by=lambda row: row[0])  # fmt: skip

    assert by_patient.high is not None
    assert by_patient.low is not None
    assert by_lesion.high is not None
    assert by_lesion.low is not None
    assert by_patient.high - by_patient.low > 2.0 * (by_lesion.high - by_lesion.low)


def test_bootstrap_says_the_same_twice() -> None:
    rows = [(n, float(n % 7)) for n in range(40)]

    first, second = (
        bootstrap(rows, lambda kept: float(np.mean([v for _, v in kept])), by=lambda row: row[0])
        for _ in range(2)
    )

    assert first == second
