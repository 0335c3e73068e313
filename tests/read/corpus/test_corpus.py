"""The corpus keeps its own rules: names, words, counts and no doubles."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from trabecula.model.anatomy import Region
from trabecula.model.sign import sign_definitions

HERE = Path(__file__).parent
SENTENCES = ("sentences_develop.jsonl", "sentences_judge.jsonl")
SECOND = ("sentences_develop_2.jsonl", "reports_2.jsonl")
FRESH = (
    "sentences_develop_3.jsonl",
    "reports_3.jsonl",
    "sentences_develop_4.jsonl",
    "sentences_develop_5.jsonl",
    "reports_4.jsonl",
)
FILES = (*SENTENCES, "reports.jsonl", *SECOND, *FRESH)
PRESENCES = {"present", "absent", "uncertain"}
SIDES = {"left", "right", "both", None}
TIMINGS = {"days", "weeks", "months", "years", "decades", None}


def _lines(name: str) -> list[dict[str, Any]]:
    text = (HERE / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("name", FILES)
def test_every_sign_is_of_the_vocabulary_and_its_words_are_in_the_text(name: str) -> None:
    regions = {region.value for region in Region} | {None}
    for entry in _lines(name):
        for sign in entry["signs"]:
            assert sign["name"] in sign_definitions(), sign
            assert sign["words"] and sign["words"] in entry["text"], sign
            assert sign["presence"] in PRESENCES
            assert sign["side"] in SIDES
            assert sign["region"] in regions
            assert sign["timing"] in TIMINGS


def test_no_text_occurs_twice() -> None:
    texts = [entry["text"] for name in FILES for entry in _lines(name)]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize("name", FILES)
def test_no_sign_is_told_twice_with_the_same_place(name: str) -> None:
    for entry in _lines(name):
        keys = [(s["name"], s["presence"], s["side"], s["region"]) for s in entry["signs"]]
        assert len(keys) == len(set(keys)), entry["text"]


@pytest.mark.parametrize("name", SENTENCES)
def test_both_halves_deny_and_doubt_often(name: str) -> None:
    count = Counter(s["presence"] for entry in _lines(name) for s in entry["signs"])
    assert len(_lines(name)) >= 110
    assert count["absent"] >= 60
    assert count["uncertain"] >= 40


def test_the_sentences_span_the_vocabulary() -> None:
    names = {s["name"] for name in SENTENCES for entry in _lines(name) for s in entry["signs"]}
    assert len(names) >= 200


def test_reports_are_halved_and_span_the_gamut() -> None:
    reports = _lines("reports.jsonl")
    splits = Counter(report["split"] for report in reports)
    assert splits["develop"] == splits["judge"] >= 16
    assert len({r["condition"] for r in reports} - {None}) >= 25
    assert sum(not r["signs"] for r in reports) >= 2


def test_the_second_body_denies_and_doubts_over_the_whole_vocabulary() -> None:
    entries = [entry for name in SECOND for entry in _lines(name)]
    count = Counter(s["presence"] for entry in entries for s in entry["signs"])
    assert len(_lines(SECOND[0])) >= 260
    assert count["absent"] >= 130
    assert count["uncertain"] >= 90
    assert len({s["name"] for entry in entries for s in entry["signs"]}) >= 300


def test_the_second_reports_are_whole_and_all_for_developing() -> None:
    reports = _lines("reports_2.jsonl")
    known = {report["id"] for report in _lines("reports.jsonl")}
    assert len(reports) >= 30
    assert not known & {report["id"] for report in reports}
    assert len({report["condition"] for report in reports}) >= 25
    for report in reports:
        assert report["split"] == "develop"
        assert 80 <= len(report["text"].split()) <= 220, report["id"]
