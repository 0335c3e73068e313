"""Score of the report reader against the corpus: F1 by presence, and place and time.

A sign counts once a text and presence (`name`, `present`); a text that states a sign in two
places with one presence counts it once. Places and times are scored over the entries whose
sign and presence were read: an entry is right when side, region and timing all are.
Run as a script it prints figures of the texts one may read, with `--judge` of the others too;
`--misses FILE` lists the misses of a file one may read.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trabecula.read.report import Finding, read_report

CORPUS = Path(__file__).parent.parent / "corpus"


DEVELOP: tuple[tuple[str, str | None], ...] = (
    ("sentences_develop.jsonl", None),
    ("sentences_develop_2.jsonl", None),
    ("reports.jsonl", "develop"),
    ("reports_2.jsonl", None),
    ("sentences_develop_3.jsonl", None),
    ("reports_3.jsonl", None),
    ("sentences_develop_4.jsonl", None),
    ("sentences_develop_5.jsonl", None),
    ("reports_4.jsonl", None),
)
JUDGE: tuple[tuple[str, str | None], ...] = (
    ("sentences_judge.jsonl", None),
    ("reports.jsonl", "judge"),
)
"""Measured alone, and seldom: a figure looked at too often is fitted to."""


@dataclass
class Score:
    """Counts by presence, and of places."""

    hits: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    placed: int = 0
    place_right: int = 0
    facets: Counter[str] = field(default_factory=Counter)
    ages: int = 0
    ages_right: int = 0
    misses: list[str] = field(default_factory=list)

    def f1(self, presence: str) -> float:
        hits = self.hits[presence]
        return 2 * hits / max(1, 2 * hits + self.false[presence] + self.missed[presence])

    @property
    def place_accuracy(self) -> float:
        return self.place_right / max(1, self.placed)


def entries(name: str, split: str | None = None) -> list[dict[str, Any]]:
    lines = (CORPUS / name).read_text(encoding="utf-8").splitlines()
    rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return [row for row in rows if split is None or row["split"] == split]


def score(rows: Iterable[Mapping[str, Any]]) -> Score:
    total = Score()
    for row in rows:
        reading = read_report(row["text"])
        score_signs(total, row, reading.findings)
        for key, value in (("age_years", reading.age_years), ("sex", reading.sex)):
            if row.get(key) is not None:
                total.ages += 1
                same = value == row[key] or (
                    key == "age_years" and value is not None and abs(value - row[key]) < 0.06
                )
                total.ages_right += same
                if not same:
                    total.misses.append(f"{key} {value} for {row[key]}: {row['text'][:90]}")
    return total


def score_signs(total: Score, row: Mapping[str, Any], findings: tuple[Finding, ...]) -> None:
    stated = {(s["name"], s["presence"]) for s in row["signs"]}
    read = {(f.sign.name, f.presence) for f in findings}
    for name, presence in stated & read:
        total.hits[presence] += 1
        del name
    for name, presence in read - stated:
        total.false[presence] += 1
        total.misses.append(f"FALSE {name} {presence}: {row['text'][:400]}")
    for name, presence in stated - read:
        total.missed[presence] += 1
        total.misses.append(f"MISS  {name} {presence}: {row['text'][:400]}")
    _score_places(total, row, findings)


def _score_places(total: Score, row: Mapping[str, Any], findings: tuple[Finding, ...]) -> None:
    for sign in row["signs"]:
        same = [
            f for f in findings if (f.sign.name, f.presence) == (sign["name"], sign["presence"])
        ]
        if not same:
            continue
        total.placed += 1
        wanted = (sign["side"], sign["region"], sign["timing"])
        got = [
            (
                f.side.value if f.side else None,
                f.region.value if f.region else None,
                f.timing,
            )
            for f in same
        ]
        if wanted in got:
            total.place_right += 1
            continue
        for n, facet in enumerate(("side", "region", "timing")):
            total.facets[facet] += all(g[n] != wanted[n] for g in got)
        total.misses.append(f"PLACE {sign['name']} {wanted} got {got}: {row['text'][:160]}")


def main() -> None:
    import sys

    shown = sys.argv[2:] if sys.argv[1:2] == ["--misses"] else []
    parts = [*DEVELOP, *(JUDGE if "--judge" in sys.argv else ())]
    for name, split in parts:
        if not (CORPUS / name).is_file():
            continue
        result = score(entries(name, split))
        figures = "  ".join(f"{p} {result.f1(p):.3f}" for p in ("present", "absent", "uncertain"))
        print(  # noqa: T201
            f"{name} {split or ''}: F1 {figures}  place {result.place_accuracy:.3f} of"
            f" {result.placed} (wrong: {dict(result.facets)})  age and sex"
            f" {result.ages_right}/{result.ages}"
        )
        if (name, split) in DEVELOP and name in shown:
            print("\n".join(result.misses))  # noqa: T201


if __name__ == "__main__":
    main()
