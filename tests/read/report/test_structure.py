"""Grammar that holds whatever the words: substance, shared heads, roles of places, scopes."""

import pytest

from trabecula.read.report import ReportReading, read_report
from trabecula.read.report.inflect import inflections


def told(text: str) -> set[tuple[str, str]]:
    return {(f.sign.name, f.presence) for f in read_report(text).findings}


def placed(reading: ReportReading, name: str) -> set[tuple[str | None, str | None]]:
    return {
        (f.side.value if f.side else None, f.region.value if f.region else None)
        for f in reading.findings
        if f.sign.name == name
    }


@pytest.mark.parametrize(
    "text",
    [
        "Bone now fills the biopsy track.",
        "A tongue of bone lies behind the left hip.",
        "The sciatic nerve is encased by bone.",
    ],
)
def test_bone_without_article_is_bone_where_none_belongs(text: str) -> None:
    assert ("ossification", "present") in told(text)


@pytest.mark.parametrize(
    "text",
    ["Bone scan is quiescent.", "The mass erodes the bone.", "No relation to the host bone."],
)
def test_bone_of_the_skeleton_is_no_ossification(text: str) -> None:
    assert "ossification" not in {name for name, _ in told(text)}


def test_items_of_a_list_share_its_head() -> None:
    signs = told("Calcification of the popliteal and tibial arteries.")

    assert ("site_knee", "present") in signs
    assert ("site_leg_foot", "present") in signs


def test_the_place_of_a_pain_is_not_that_of_the_lesion() -> None:
    signs = told("Pain is in the right groin, but the mineral sits in the left gluteus medius.")

    assert ("site_gluteal", "present") in signs
    assert ("site_groin", "present") not in signs


def test_a_longer_name_holds_its_parts() -> None:
    assert ("site_fingers", "present") not in told("Calcification at the tip of the thumb.")


def test_whether_doubts_only_what_is_said_of_its_subject() -> None:
    signs = told("I wonder whether the mass is ossified.")

    assert ("soft_tissue_mass", "present") in signs
    assert ("ossification", "uncertain") in signs


def test_without_describes_the_noun_before_it_only() -> None:
    signs = told("A part without mineral makes up half of the lesion, which is ossified.")

    assert ("ossification", "present") in signs


def test_none_on_the_left_answers_what_the_right_has() -> None:
    reading = read_report("HO around the right hip, none on the left.")

    assert placed(reading, "ossification") == {("right", "hip"), ("left", "hip")}


def test_a_title_gives_its_side_to_the_limb() -> None:
    reading = read_report("CT LEFT THIGH. A calcified mass lies in the thigh. Right thigh normal.")

    assert placed(reading, "calcification") == {("left", "thigh")}


def test_a_larger_side_does_not_undo_both() -> None:
    reading = read_report("Calcified nodules in both buttocks, the largest on the right.")

    assert placed(reading, "calcification") == {("both", "pelvis")}


def test_a_parent_bone_is_no_relative() -> None:
    signs = told("Bony outgrowth, its cortex and marrow continuous with the parent bone.")

    assert ("medullary_continuity", "present") in signs
    assert ("affected_parent", "present") not in signs


def test_daughter_cysts_are_no_relatives() -> None:
    assert ("calcification", "present") in told("Calcified cyst wall with daughter cysts.")


def test_a_narrower_sign_has_its_words_alone() -> None:
    signs = told("Restricted neck motion.")

    assert ("neck_stiffness", "present") in signs
    assert ("restricted_motion", "present") not in signs


def test_tests_of_a_list_share_one_word() -> None:
    signs = told("Calcium, phosphate, PTH, vitamin D, kidney function normal.")

    assert {
        ("calcium_high", "absent"),
        ("phosphate_low", "absent"),
        ("pth_high", "absent"),
    } <= signs


def test_a_bare_pth_that_either_unit_would_judge_otherwise_is_not_judged() -> None:
    assert not {"pth_high", "pth_low"} & {name for name, _ in told("Calcified mass. PTH 9.")}


def test_what_was_not_examined_is_told() -> None:
    notes = read_report("Calcified mass of the thigh. The toes were not examined.").notes

    assert any("The toes were not examined" in note.text for note in notes)


def test_words_meet_their_other_forms() -> None:
    assert {"surround", "surrounded", "surrounding"} <= inflections("surrounded")
    assert inflections("left") == {"left"}
