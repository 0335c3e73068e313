import json

import click
import pytest

from trabecula.cli import app as door
from trabecula.cli import main
from trabecula.cli.output import ALL_FORMATS
from trabecula.deliver import FORMATS


def leave(*arguments):
    with pytest.raises(SystemExit) as left:
        main([*map(str, arguments)])
    return left.value.code


def test_help_teaches_the_first_commands(capsys):
    assert leave("--help") == 0

    shown = capsys.readouterr().out
    assert "trabecula demo" in shown
    assert "not a medical device" in shown


def test_an_unknown_command_is_wrong_usage(capsys):
    assert leave("analyse") == 2
    assert "No such command" in capsys.readouterr().err


def test_a_source_that_is_not_there_is_wrong_usage(tmp_path):
    assert leave("analyze", tmp_path / "none", "-o", tmp_path / "out") == 2


def test_a_format_that_does_not_exist_is_wrong_usage(tmp_path, capsys):
    assert leave("analyze", tmp_path, "-o", tmp_path / "out", "--formats", "html,docx") == 2
    assert "docx" in capsys.readouterr().err


def test_the_formats_of_the_help_are_those_that_can_be_written():
    assert tuple(ALL_FORMATS.split(",")) == FORMATS


def test_two_sources_of_anatomy_are_wrong_usage(tmp_path):
    both = ("--anatomy", tmp_path, "--totalsegmentator")

    assert leave("analyze", tmp_path, "-o", tmp_path / "out", *both) == 2


def test_a_folder_without_an_image_is_refused_with_problem_and_remedy(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("no image here", encoding="utf-8")

    assert leave("analyze", tmp_path, "-o", tmp_path / "out") == 3

    said = capsys.readouterr()
    assert said.out == ""
    assert "problem:" in said.err
    assert "remedy:" in said.err
    assert not (tmp_path / "out").exists()


def test_a_bug_says_where_but_not_on_what(monkeypatch, capsys):
    @click.command()
    def broken():
        raise RuntimeError("Jane Example 1970-01-01")

    monkeypatch.setitem(door.app.commands, "info", broken)

    assert leave("info") == 1

    said = capsys.readouterr().err
    assert "RuntimeError" in said
    assert "Jane" not in said


def test_stopping_by_hand_says_that_nothing_was_written(monkeypatch, capsys):
    @click.command()
    def stopped():
        raise KeyboardInterrupt

    monkeypatch.setitem(door.app.commands, "info", stopped)

    assert leave("info") == 130
    assert "Nothing was written" in capsys.readouterr().err


def test_info_tells_version_and_gamut(capsys):
    assert leave("info", "--json") == 0

    facts = json.loads(capsys.readouterr().out)
    assert facts["gamut"]["conditions"] >= 25
    assert "medical device" in facts["use"]


def test_gamut_list_names_fop(capsys):
    assert leave("gamut", "list") == 0
    assert "fop_classic" in capsys.readouterr().out


def test_gamut_show_warns_against_biopsy_in_fop(capsys):
    assert leave("gamut", "show", "fop_classic") == 0
    assert "biops" in capsys.readouterr().out.lower()


def test_a_misspelt_condition_gets_a_suggestion(capsys):
    assert leave("gamut", "show", "fop_clasic") == 2
    assert "fop_classic" in capsys.readouterr().err


def test_the_gamut_passes_its_own_check(capsys):
    assert leave("gamut", "check") == 0
    assert "no problems" in capsys.readouterr().out
