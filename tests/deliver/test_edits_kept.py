"""Edits stay with the result they made."""

from dataclasses import replace

from trabecula.deliver import deliver
from trabecula.model import Answer, Belonging, Edits, Seed, Toggle
from trabecula.read import read_edits

EDITS = Edits(
    toggle=(Toggle(Belonging.NATIVE, part="p+1+2+3"),),
    seed=(Seed((1.0, 2.0, 3.0), Belonging.ECTOPIC, 5.0),),
)


def test_edits_are_written_as_they_are_read(answer: Answer, tmp_path) -> None:
    assert answer.seen is not None
    edited = replace(answer, seen=replace(answer.seen, edits=EDITS))

    written = deliver(edited, tmp_path / "out", formats=("json",))

    assert written == ("result.json", "edits.json")
    assert read_edits(tmp_path / "out" / "edits.json") == EDITS


def test_without_edits_there_is_no_edits_file(answer: Answer, tmp_path) -> None:
    assert deliver(answer, tmp_path / "out", formats=("json",)) == ("result.json",)
