"""Every row of the table is there, measured or not."""

from typing import Any

import pytest

from trabecula.validate.goals import goals, measured_words
from trabecula.validate.journal import Header
from trabecula.validate.page import Page, markdown, table_text
from trabecula.validate.page_html import html

WANTED = (
    "balanced accuracy",
    "calibration error",
    "abstains",
    "resolution floor",
    "found, free, ≥ 0.1 ml (label map)",
    "found, free, ≥ 1 ml (embedded)",
    "found, fused or bridging, ≥ 1 ml (label map)",
    "Dice, fused or bridging, ≥ 1 ml (embedded)",
    "found, fused or bridging, ≥ 1 ml (embedded, at most five edits a lesion)",
    "Dice, fused or bridging, ≥ 1 ml (embedded, at most five edits a lesion)",
    "false lesions a normal scan",
    "bias",
    "95 % interval",
    "rim present",
    "zonation",
    "continuity",
    "bridging",
    "repeatability of the total",
    "repeatability of lesions",
    "differential",
    "whole-body CT",
    "report text",
    "DICOM objects",
    "inputs refused",
)


@pytest.mark.parametrize("words", WANTED)
def test_every_row_is_printed_also_when_nothing_was_run(words: str) -> None:
    assert words in table_text(goals([]))


def test_what_was_not_measured_says_why() -> None:
    for goal in goals([]):
        assert goal.met is None
        assert measured_words(goal).startswith("not measured: ")
        assert goal.why


def rows(lesion: dict[str, Any]) -> list[dict[str, Any]]:
    scan = {
        "condition": {"slice_mm": 1.0, "noise_hu": 15.0, "overshoot": 0.0,
                      "blur_fwhm_mm": 1.1, "rotation_deg": 0.0},
        "anatomy": "label map",
        "lesions": [lesion, {**lesion, "label": 2, "found": False, "named": "native"}],
        "alarms": [],
    }  # fmt: skip
    return [
        {"key": f"{suite}-0000", "suite": suite, "seed": 1_000_000, "kind": "lesions",
         "region": "pelvis", "status": "done", "scans": [scan, scan]}
        for suite in ("phantom", "sweep", "repeat", "normal")
    ]  # fmt: skip


def test_a_figure_comes_with_its_interval_and_its_count(lesion_row: dict[str, Any]) -> None:
    goal = next(
        one for one in goals(rows(lesion_row)) if one.what.startswith("found, free, ≥ 1 ml")
    )

    assert goal.estimate.n == 4
    assert goal.met is False
    assert measured_words(goal) == "50.0 % (15.0 % to 85.0 %)"


def test_the_page_tells_how_trainer_and_judge_are_kept_apart(lesion_row: dict[str, Any]) -> None:
    made = rows(lesion_row)
    page = Page(Header("0.1.0", "abc", 1, "judge"), "trabecula validate", "a machine", made,
                goals(made))  # fmt: skip
    text = markdown(page)

    assert "Trainer and judge are apart" in text
    assert "missed (free, native)" in text
    assert "<script" not in html(page, b"")
    assert html(page, b"").count("<table>") == text.count("| --- |\n") - text.count("--- |\n\n|")
