"""`trabecula validate` from the outside."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from trabecula.cli.validate import validate

pytestmark = pytest.mark.slow

ONE_CASE = (
    "--suite",
    "phantom",
    "--variant",
    "train",
    "--region",
    "elbow",
    "--cases",
    "1",
    "--jobs",
    "1",
)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("validation")


@pytest.fixture(scope="module")
def printed(out: Path) -> str:
    page = out / "docs" / "page.md"
    arguments = [*ONE_CASE, "--pictures", "0", "-o", str(out), "--write", str(page)]
    ended = CliRunner().invoke(validate, arguments, catch_exceptions=False)
    assert ended.exit_code == 0
    return ended.output


def test_it_prints_the_table_and_writes_everything(printed: str, out: Path) -> None:
    assert "found, free, ≥ 1 ml (label map)" in printed
    for name in ("cases.jsonl", "validation.json", "validation.html", "validation.md"):
        assert (out / name).stat().st_size > 0
    assert (out / "docs" / "page.md").read_text(encoding="utf-8").startswith("# Validation")


def test_the_summary_holds_every_goal(printed: str, out: Path) -> None:
    summary = json.loads((out / "validation.json").read_text(encoding="utf-8"))

    assert printed.count("not measured") == sum(
        goal["estimate"]["value"] is None for goal in summary["goals"]
    )


def test_a_second_run_takes_the_rows_of_the_first(printed: str, out: Path) -> None:
    before = (out / "cases.jsonl").read_text(encoding="utf-8")
    arguments = [*ONE_CASE, "--pictures", "0", "-o", str(out)]

    again = CliRunner().invoke(validate, arguments, catch_exceptions=False)

    assert (out / "cases.jsonl").read_text(encoding="utf-8") == before
    assert again.output.splitlines()[:5] == printed.splitlines()[:5]


def test_no_path_of_this_machine_is_written(printed: str, out: Path) -> None:
    del printed
    for path in out.rglob("*.*"):
        if path.suffix in (".json", ".jsonl", ".md", ".html"):
            assert str(Path.home()) not in path.read_text(encoding="utf-8")
            assert str(out.parent) not in path.read_text(encoding="utf-8")
