"""The answer for the terminal."""

from dataclasses import replace

import pytest

from trabecula.model import Level, Note
from trabecula.report import summary, text


@pytest.mark.parametrize("case", ["answer", "imageless", "nothing_found"])
def test_no_line_is_longer_than_a_terminal(case, request):
    assert max(map(len, text(request.getfixturevalue(case)).splitlines())) <= 100


def test_answer_comes_first_and_cautions_second(answer):
    told = text(answer)

    assert " ".join(told.split()).startswith(" ".join(summary(answer)))
    assert told.index("CAUTIONS") < told.index("LESIONS") < told.index("DIFFERENTIAL")
    assert "! Do not take a biopsy of any lesion." in told


def test_figure_stays_with_its_unit(answer):
    assert not any(line.strip().startswith("%") for line in text(answer).splitlines())


def test_reasons_against_carry_a_minus(answer):
    lines = text(answer).splitlines()

    assert any(line.strip().startswith("- multifocal") and "LR 0.2" in line for line in lines)


def test_what_was_set_aside_and_not_assessed_is_told(answer):
    told = text(answer)

    assert "2 × vessel wall" in told
    assert "Not assessed in lesions 1, 2 and 3: trabeculated interior, because" in told
    assert "not a medical device" in told


def test_note_is_told_with_its_consequence(answer):
    note = Note(Level.WARNING, "kernel", "The kernel is sharp", "Rims may be overstated")
    told = text(replace(answer, notes=(note,)))

    assert "The kernel is sharp. Rims may be overstated." in told


def test_absent_sign_that_pulls_is_called_absent(answer):
    """`both sides` lowers the condition because it is absent; its bare name would mislead."""
    lines = [line.strip() for line in text(answer).splitlines()]

    assert any(line.startswith("- both sides: absent") for line in lines)
    assert any(line.startswith("+ bridging  ") for line in lines)


def test_same_note_from_two_layers_is_told_once(answer):
    note = Note(Level.WARNING, "kernel", "The kernel is sharp")

    assert text(replace(answer, notes=(note, note))).count("The kernel is sharp") == 1
