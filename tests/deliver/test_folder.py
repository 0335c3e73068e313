"""The result folder: whole or not at all."""

import csv
import errno
import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from trabecula.deliver import FORMATS, check_formats, deliver, folder, refuse_unsafe_out
from trabecula.errors import DeliveryError
from trabecula.report import schema

NAMES = (
    "report.html",
    "result.json",
    "lesions.csv",
    "lesions.nii.gz",
    "anatomy.nii.gz",
    "anatomy.csv",
)


def files(place):
    return {path.name: path.read_bytes() for path in sorted(place.iterdir())}


def breaking(monkeypatch, error):
    """Make the last writer fail, when the others are done."""

    def fail(answer, place):
        (place / "half").write_text("written")
        raise error

    monkeypatch.setitem(folder.WRITERS, "nifti", fail)


def test_folder_holds_what_was_promised(answer, tmp_path):
    written = deliver(answer, tmp_path / "out")

    assert written == NAMES
    assert set(files(tmp_path / "out")) == set(NAMES)


def test_written_result_fits_the_schema(answer, tmp_path):
    deliver(answer, tmp_path / "out", formats=["json"])
    data = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))

    Draft202012Validator(schema()).validate(data)
    assert data["lesions"][0]["id"] == 1


def test_table_reads_back(answer, tmp_path):
    deliver(answer, tmp_path / "out", formats=["csv"])
    with (tmp_path / "out" / "lesions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert [row["verdict"] for row in rows] == ["ossification", "calcification", "indeterminate"]
    assert rows[1]["mineral_mass_mg"] == ""


def test_same_answer_makes_the_same_bytes(answer, tmp_path):
    deliver(answer, tmp_path / "one")
    deliver(answer, tmp_path / "two")

    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_parents_are_made(answer, tmp_path):
    deliver(answer, tmp_path / "a" / "b" / "out", formats=["csv"])

    assert (tmp_path / "a" / "b" / "out" / "lesions.csv").is_file()


def test_answer_without_image_has_no_label_maps(imageless, tmp_path):
    assert deliver(imageless, tmp_path / "out") == ("report.html", "result.json", "lesions.csv")


def test_failure_leaves_nothing(answer, tmp_path, monkeypatch):
    breaking(monkeypatch, RuntimeError("broken"))
    with pytest.raises(RuntimeError, match="broken"):
        deliver(answer, tmp_path / "out")

    assert list(tmp_path.iterdir()) == []


def test_failure_leaves_the_former_result_as_it_was(answer, tmp_path, monkeypatch):
    deliver(answer, tmp_path / "out", formats=["json"])
    before = files(tmp_path / "out")
    breaking(monkeypatch, OSError(errno.ENOSPC, "No space left on device", "/secret/name"))
    with pytest.raises(DeliveryError, match="disk is full") as caught:
        deliver(answer, tmp_path / "out")

    assert files(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert "secret" not in str(caught.value)


def test_failure_of_the_last_move_brings_the_former_result_back(answer, tmp_path, monkeypatch):
    deliver(answer, tmp_path / "out", formats=["json"])
    before = files(tmp_path / "out")
    rename = folder.Path.rename

    def refuse(self, target):
        if self.name.startswith(".out.") and not self.name.endswith(".former"):
            raise PermissionError(errno.EACCES, "refused")
        return rename(self, target)

    monkeypatch.setattr(folder.Path, "rename", refuse)
    with pytest.raises(DeliveryError, match="may not be written"):
        deliver(answer, tmp_path / "out")

    assert files(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_former_result_is_replaced_whole(answer, tmp_path):
    deliver(answer, tmp_path / "out")
    deliver(answer, tmp_path / "out", formats=["json"])

    assert list(files(tmp_path / "out")) == ["result.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_empty_folder_is_taken(answer, tmp_path):
    (tmp_path / "out").mkdir()

    assert deliver(answer, tmp_path / "out", formats=["csv"]) == ("lesions.csv",)


@pytest.mark.parametrize("name", ["thesis.txt", "result.json"])
def test_folder_of_somebody_else_is_left_alone(answer, tmp_path, name):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text('{"mine": 1}')
    with pytest.raises(DeliveryError, match="other files"):
        deliver(answer, tmp_path / "out")

    assert files(tmp_path / "out") == {name: b'{"mine": 1}'}


def test_result_with_somebody_elses_file_beside_it_is_left_alone(answer, tmp_path):
    deliver(answer, tmp_path / "out", formats=["json"])
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(DeliveryError, match="other files"):
        deliver(answer, tmp_path / "out")

    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


def test_folder_without_json_is_known_again(answer, tmp_path):
    deliver(answer, tmp_path / "out", formats=["html", "nifti"])

    assert deliver(answer, tmp_path / "out", formats=["csv"]) == ("lesions.csv",)


def test_file_in_the_place_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(DeliveryError, match="is a file"):
        refuse_unsafe_out(tmp_path / "out")


def test_file_on_the_way_is_explained(answer, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DeliveryError, match="way to the result folder is a file"):
        deliver(answer, tmp_path / "file" / "out")


@pytest.mark.parametrize("name", ["seg", "sr", "fhir", "pdf"])
def test_format_that_cannot_be_written_is_refused_by_name(answer, tmp_path, name):
    with pytest.raises(ValueError, match=f"{name} cannot be written; choose from html, json"):
        deliver(answer, tmp_path / "out", formats=["html", name])

    assert list(tmp_path.iterdir()) == []


def test_formats_are_taken_once_in_the_order_asked():
    assert check_formats(["csv", "html", "csv"]) == ("csv", "html")
    assert check_formats(FORMATS) == FORMATS


def test_identity_does_not_reach_the_files(answer, tmp_path):
    """The acquisition holds no name; what it does hold is the series, which links the result."""
    deliver(replace(answer, timings_s={}), tmp_path / "out", formats=["html", "json"])
    text = (tmp_path / "out" / "result.json").read_text(encoding="utf-8")

    assert str(tmp_path) not in text
    assert "Patient" not in text


def test_unwritable_place_is_refused_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr(folder.os, "access", lambda place, mode: False)
    with pytest.raises(DeliveryError, match="may not be written"):
        refuse_unsafe_out(tmp_path / "new" / "out")

    assert list(tmp_path.iterdir()) == []
