"""The judge files say what was agreed on; two annotators agree more than a reader is asked to."""

import sys
from importlib import util
from pathlib import Path
from types import ModuleType

import pytest

FACTS = ("presence", "side", "region", "timing")


@pytest.fixture(scope="module")
def agreement() -> ModuleType:
    path = Path(__file__).with_name("agreement.py")
    spec = util.spec_from_file_location("agreement", path)
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules["agreement"] = module
    spec.loader.exec_module(module)
    return module


def test_every_settled_dispute_is_what_the_judge_files_say(agreement: ModuleType) -> None:
    rows = agreement.agreed()
    for dispute in agreement.disputes():
        said = [
            [sign[fact] for fact in FACTS]
            for sign in rows[dispute["text"]]["signs"]
            if sign["name"] == dispute["name"]
        ]
        assert sorted(said, key=str) == sorted(dispute["agreed"], key=str), dispute


def test_every_dispute_is_one(agreement: ModuleType) -> None:
    for dispute in agreement.disputes():
        versions = [dispute[version] for version in ("first", "second", "agreed")]
        assert any(version != versions[0] for version in versions), dispute


@pytest.mark.parametrize("kind", [int, str])
def test_two_annotators_agree_on_what_is_present_absent_and_where(
    agreement: ModuleType, kind: type
) -> None:
    first = {k: row for k, row in agreement.annotation("first").items() if isinstance(k, kind)}

    result = agreement.agreement(first, agreement.annotation("second"))

    assert result.f1("present") > 0.96
    assert result.f1("absent") > 0.95
    assert result.place_accuracy > 0.95
