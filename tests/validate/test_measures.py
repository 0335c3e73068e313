"""Measures, on rows whose answer is known."""

from collections.abc import Callable
from typing import Any

import pytest

from trabecula.validate.lines import Line
from trabecula.validate.measures import (
    alarms,
    detection,
    failures,
    repeatability,
    signs,
    verdict,
    volume,
)

MakeLine = Callable[..., Line]


def test_accuracy_is_balanced_between_the_kinds(line: MakeLine) -> None:
    bones = [line(case=f"a{n}") for n in range(9)]
    calcium = [line(case="b", mineral="calcification", verdict="ossification")]

    assert verdict.balanced_accuracy([*bones, *calcium]) == 0.5


def test_what_was_not_called_is_abstained_and_not_wrong(line: MakeLine) -> None:
    lines = [
        line(case="a"),
        line(case="b", mineral="calcification", verdict="calcification", probability=0.1),
        line(case="c", verdict="indeterminate", probability=0.5),
    ]

    assert verdict.balanced_accuracy(lines) == 1.0
    assert verdict.abstention(lines).value == pytest.approx(1 / 3)


def test_a_mixed_verdict_of_pure_bone_is_wrong(line: MakeLine) -> None:
    lines = [
        line(verdict="mixed"),
        line(mineral="calcification", verdict="calcification"),
    ]

    assert verdict.balanced_accuracy(lines) == 0.5


def test_one_kind_alone_has_no_balanced_accuracy(line: MakeLine) -> None:
    assert verdict.balanced_accuracy([line()]) is None


def test_small_and_thick_scans_are_left_out_of_the_thin_verdict(line: MakeLine) -> None:
    lines = [line(), line(size_mm=9.9), line(slice_mm=3.0), line(found=False)]

    assert len(verdict.judged(lines, thin=True)) == 1
    assert len(verdict.judged(lines, thin=False)) == 1


def test_calibration_error_of_a_sure_error_is_its_sureness(line: MakeLine) -> None:
    lines = [line(mineral="calcification", probability=0.9) for _ in range(4)]

    assert verdict.calibration_error(lines) == pytest.approx(0.9)


def test_calibrated_halves_have_no_error(line: MakeLine) -> None:
    lines = [line(probability=0.55)] * 11 + [line(probability=0.55, mineral="calcification")] * 9

    assert verdict.calibration_error(lines) == pytest.approx(0.0, abs=1e-9)


def test_a_missed_lesion_has_a_dice_of_zero(line: MakeLine) -> None:
    lines = [line(contact="fused", dice=0.8), line(contact="fused", found=False, dice=None)]

    assert detection.dice(lines, contacts=("fused",), least_ml=1.0).value == pytest.approx(0.4)


def test_detection_counts_its_contact_and_size_alone(line: MakeLine) -> None:
    lines = [line(volume_ml=0.05, found=False), line(volume_ml=0.5), line(contact="touching")]

    assert detection.found(lines, contacts=("free",), least_ml=0.1).n == 1


def test_bias_is_the_mean_relative_error(line: MakeLine) -> None:
    lines = [line(measured_ml=2.2), line(measured_ml=1.9), line(found=False, measured_ml=None)]

    assert volume.bias(lines).value == pytest.approx(0.025)


def test_an_interval_that_misses_does_not_cover(line: MakeLine) -> None:
    lines = [line(), line(low_ml=2.1, high_ml=2.4)]

    assert volume.cover(lines).value == 0.5


def test_signs_that_were_not_assessed_are_no_claims(line: MakeLine) -> None:
    lines = [
        line(signs={"cortical_rim": "present"}),
        line(signs={"cortical_rim": "absent"}),
        line(signs={}),
        line(rim=None, signs={"cortical_rim": "present"}),
    ]

    claim = signs.rim(lines)

    assert claim.right.value == 0.5
    assert claim.claimed.value == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("rim", "centre", "true", "right"),
    [
        ("present", "absent", "rim", 1.0),
        ("absent", "present", "core", 1.0),
        ("absent", "absent", "even", 1.0),
        ("absent", "absent", "rim", 0.0),
    ],
)
def test_zonation_is_read_from_both_signs(
    line: MakeLine, rim: str, centre: str, true: str, right: float
) -> None:
    one = line(zonation=true, signs={"denser_rim": rim, "denser_centre": centre})

    assert signs.zonation([one]).right.value == right


def test_continuity_is_asked_of_lesions_that_meet_bone(line: MakeLine) -> None:
    free = line(signs={"medullary_continuity": "absent"})
    fused = line(contact="fused", continuity=True, signs={"medullary_continuity": "present"})

    assert signs.continuity([free, fused]).right.n == 1


def test_variation_of_two_scans_ten_percent_apart_is_seven(line: MakeLine) -> None:
    lines = [line(scan=0, measured_ml=1.9), line(scan=1, measured_ml=2.1)]

    assert repeatability.of_lesions(lines).value == pytest.approx(0.0707, abs=0.0005)


def test_a_lesion_missed_once_moves_the_total(line: MakeLine) -> None:
    lines = [
        line(scan=0),
        line(scan=0, label=2),
        line(scan=1),
        line(scan=1, label=2, found=False, measured_ml=None),
    ]

    assert repeatability.of_totals(lines).value == pytest.approx(0.4714, abs=0.001)
    assert repeatability.of_lesions(lines).value == 0.0


def test_a_listed_phlebolith_is_a_false_lesion_also_when_named(lesion_row: dict[str, Any]) -> None:
    stone = {
        **lesion_row,
        "expected_kind": "phlebolith",
        "verdict": "calcification",
        "signs": {"phlebolith_like": "present"},
    }
    scan = {"lesions": [stone], "alarms": []}

    assert alarms.false_lesions(scan) == 1
    assert alarms.named_stones(scan) == 1
    assert alarms.false_bone(scan) == 0


def test_a_missed_lesion_is_named_by_what_it_was_taken_for(line: MakeLine) -> None:
    (failure,) = failures.failures_of(line(found=False, named="vessel_wall"))

    assert failure.cause == "missed (free, vessel_wall)"


def test_a_good_lesion_has_no_failure(line: MakeLine) -> None:
    assert failures.failures_of(line()) == []


def test_the_worst_are_of_many_causes(line: MakeLine) -> None:
    missed = [line(case=f"m{n}", found=False, named="native", volume_ml=9.0) for n in range(9)]
    wrong = [line(case="w", verdict="calcification", probability=0.1)]

    worst = failures.worst(failures.all_failures([*missed, *wrong]), 4)

    assert [one.case for one in worst].count("w") == 1
    assert len(worst) == 3
