"""A table of wordings, each with signs it must state: `sentence|sign presence;sign presence`."""

from pathlib import Path

import pytest

from trabecula.read.report import read_report

TABLE = Path(__file__).with_name("wordings.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("row", TABLE)
def test_the_wording_states_its_signs(row: str) -> None:
    text, signs = row.split("|")
    read = {(finding.sign.name, finding.presence) for finding in read_report(text).findings}

    assert {tuple(sign.split()) for sign in signs.split(";")} <= read
