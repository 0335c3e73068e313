"""Edits files: what is read, and what is refused with a reason."""

import json

import pytest

from trabecula.errors import ContextError
from trabecula.model import Belonging, Edits, LesionEdit, Seed, Toggle
from trabecula.read import read_edits
from trabecula.read.edits import SEED_RADIUS_MM, edits_of

FORM = {"schema": "trabecula.edits/1"}


def test_every_kind_of_edit_is_read(tmp_path) -> None:
    path = tmp_path / "edits.json"
    path.write_text(
        json.dumps(
            FORM
            | {
                "toggle": [
                    {"part": "p+1-2+3", "to": "native"},
                    {"at_lps_mm": [1, 2, 3], "to": "ectopic"},
                ],
                "seed": [{"at_lps_mm": [1, 2, 3.5], "is": "ectopic", "radius_mm": 8}],
                "lesion": [{"at_lps_mm": [4, 5, 6], "to": "native"}],
            }
        )
    )

    assert read_edits(path) == Edits(
        toggle=(
            Toggle(Belonging.NATIVE, part="p+1-2+3"),
            Toggle(Belonging.ECTOPIC, at_lps_mm=(1.0, 2.0, 3.0)),
        ),
        seed=(Seed((1.0, 2.0, 3.5), Belonging.ECTOPIC, 8.0),),
        lesion=(LesionEdit((4.0, 5.0, 6.0)),),
    )


def test_a_seed_without_radius_has_the_usual_one() -> None:
    (seed,) = edits_of(FORM | {"seed": [{"at_lps_mm": [1, 2, 3], "is": "native"}]}).seed

    assert seed.radius_mm == SEED_RADIUS_MM


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "no table"),
        ({}, "does not name its form"),
        (FORM | {"sed": []}, "unknown key 'sed'"),
        (FORM | {"seed": {}}, "no list"),
        (FORM | {"seed": [{"at_lps_mm": [1, 2, 3], "is": "bone"}]}, "no 'is'"),
        (FORM | {"seed": [{"at_lps_mm": [1, 2], "is": "native"}]}, "no point"),
        (FORM | {"seed": [{"at_lps_mm": [1, 2, True], "is": "native"}]}, "no point"),
        (
            FORM | {"seed": [{"at_lps_mm": [1, 2, 3], "is": "native", "radius_mm": -1}]},
            "no radius",
        ),
        (FORM | {"toggle": [{"to": "native"}]}, "names no part"),
        (FORM | {"toggle": [{"part": "a", "at_lps_mm": [1, 2, 3], "to": "native"}]}, "or two"),
        (FORM | {"toggle": [{"part": 3, "to": "native"}]}, "by no text"),
        (FORM | {"toggle": [{"part": "a", "to": "lesion"}]}, "no 'to'"),
        (FORM | {"lesion": [{"at_lps_mm": [1, 2, 3], "to": "ectopic"}]}, "nothing that can"),
    ],
)
def test_what_is_not_known_is_refused_by_name(content: object, words: str) -> None:
    with pytest.raises(ContextError, match=words):
        edits_of(content)


def test_a_file_that_is_no_json_is_refused(tmp_path) -> None:
    path = tmp_path / "edits.json"
    path.write_text("{seed: ")

    with pytest.raises(ContextError, match="not valid JSON"):
        read_edits(path)


def test_a_file_that_is_not_there_is_refused(tmp_path) -> None:
    with pytest.raises(ContextError, match="no such edits file"):
        read_edits(tmp_path / "nothing.json")
