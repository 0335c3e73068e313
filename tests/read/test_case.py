"""Cases: reports, forms, phenopackets and many in one file."""

import json
from pathlib import Path

import pytest

from trabecula.errors import ContextError, InputError
from trabecula.model import Presence
from trabecula.read.case import case_of, case_of_report, read_cases


def test_a_text_file_is_a_report(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("58M. Ossification of the left hip, no fever.", encoding="utf-8")
    case = next(read_cases(path))

    assert case.context.age_years == 58
    assert {"ossification", "fever"} <= {sign.name for sign in case.signs}
    assert case.text is not None and case.text.startswith("58M")


def test_cases_come_in_the_order_of_the_file_with_their_ids(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    rows = [
        {"id": "B", "age_years": 9, "sex": "F", "report": "Lump of the neck."},
        {"age_years": None, "sex": "unknown", "report": "Calcified mass of the hip."},
    ]
    path.write_text("\n\n".join(map(json.dumps, rows)), encoding="utf-8")
    cases = list(read_cases(path))

    assert [case.id for case in cases] == ["B", "3"]
    assert cases[0].context.age_years == 9
    assert cases[1].context.sex is None


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"report": "Lump."}\n{broken\n', encoding="utf-8")

    with pytest.raises(ContextError, match="Line 2"):
        list(read_cases(path))


def test_a_form_may_hold_a_report(tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    path.write_text(
        'age_years = 9\nsex = "F"\nreport = "Ossification of the neck."\n[signs]\n'
        "great_toe_anomaly = true\n",
        encoding="utf-8",
    )
    case = next(read_cases(path))

    assert [sign.name for sign in case.context.signs] == ["great_toe_anomaly"]
    assert "ossification" in {sign.name for sign in case.signs}


def test_the_form_goes_before_the_report_and_the_conflict_is_told() -> None:
    case = case_of(
        {"age_years": 40, "sex": "F", "signs": {"fever": True}, "report": "58M. Lump. No fever."}
    )

    assert case.context.age_years == 40
    assert case.context.signs[0].presence is Presence.PRESENT
    assert "fever" not in {sign.name for sign in case.signs}
    told = " ".join(note.text for note in case.notes if note.check == "form_and_report")
    assert "58" in told and "sex F, the report M" in told and "'fever'" in told


def test_form_and_report_that_agree_bring_no_note() -> None:
    case = case_of({"age_years": 58, "signs": {"fever": False}, "report": "58M. Lump. No fever."})

    assert not [note for note in case.notes if note.check == "form_and_report"]


def test_a_json_phenopacket_is_told_from_a_form(tmp_path: Path) -> None:
    path = tmp_path / "packet.json"
    packet = {"id": "P", "subject": {"sex": "MALE"}, "phenotypicFeatures": []}
    path.write_text(json.dumps(packet), encoding="utf-8")

    assert next(read_cases(path)).id == "P"


def test_a_report_without_mineral_has_no_signs_of_it() -> None:
    case = case_of_report("The heart is normal in size.")

    assert any("nothing about mineral" in note.text for note in case.notes)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.txt", b"\xff\xfe\x00\x01"), ("a.json", b"{"), ("a.toml", b"x ="), ("a.json", b"[1]")],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(InputError):
        list(read_cases(path))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        list(read_cases(tmp_path / "none.txt"))


def test_an_unknown_key_of_a_case_is_refused() -> None:
    with pytest.raises(ContextError, match="agee"):
        case_of({"agee": 4, "report": "Lump."})
