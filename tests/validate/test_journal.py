"""A run goes on where it stopped, and never mixes two versions."""

from pathlib import Path

import pytest

from trabecula.errors import InputError
from trabecula.validate.cases import judge_case
from trabecula.validate.condition import JUDGE_SEEDS_FROM, Case
from trabecula.validate.journal import NAME, Header, Journal, header
from trabecula.validate.runner import run_cases

FIRST = Header("0.1.0", "abc", 1_000_000, "judge")


def row(key: str) -> dict[str, object]:
    return {"key": key, "status": "done", "scans": []}


def test_a_journal_is_continued(tmp_path: Path) -> None:
    Journal(tmp_path, FIRST).add(row("phantom-0000"))

    assert set(Journal(tmp_path, FIRST).rows) == {"phantom-0000"}


def test_a_line_cut_short_is_run_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path, FIRST)
    journal.add(row("phantom-0000"))
    with (tmp_path / NAME).open("a", encoding="utf-8") as out:
        out.write('{"key": "phantom-00')

    again = Journal(tmp_path, FIRST)
    again.add(row("phantom-0001"))

    assert set(Journal(tmp_path, FIRST).rows) == {"phantom-0000", "phantom-0001"}


@pytest.mark.parametrize(
    "other",
    [Header("0.2.0", "abc", 1_000_000, "judge"), Header("0.1.0", "abc", 1_000_001, "judge")],
)
def test_another_version_or_seed_is_refused(tmp_path: Path, other: Header) -> None:
    Journal(tmp_path, FIRST).add(row("phantom-0000"))

    with pytest.raises(InputError, match="another version, seed or variant"):
        Journal(tmp_path, other)
    assert Journal(tmp_path, other, restart=True).rows == {}


def test_the_header_knows_the_state_of_the_source() -> None:
    assert len(header(1_000_000, "judge").source) == 12


def broken_case(index: int) -> Case:
    return Case("phantom", index, JUDGE_SEEDS_FROM + index, kind="real: nothing")


def test_a_case_that_fails_is_a_row_with_its_cause() -> None:
    outcome = judge_case(broken_case(0))

    assert outcome["status"] == "failed"
    assert outcome["cause"].startswith("KeyError in trabecula.validate.real.judge_real")


def test_a_failing_case_does_not_end_the_run(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    cases = [broken_case(0), broken_case(1)]
    journal = Journal(tmp_path, FIRST)

    rows = run_cases(cases, journal, jobs=1, progress=lambda *said: told.append(said))

    assert [one["status"] for one in rows] == ["failed", "failed"]
    assert told[-1] == ("2 of 2 cases, 2 failed", 1.0)


def test_what_the_journal_holds_is_not_run_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path, FIRST)
    journal.add(row("phantom-0000"))

    rows = run_cases([broken_case(0)], journal, jobs=1, progress=lambda *_: None)

    assert rows[0]["status"] == "done"
