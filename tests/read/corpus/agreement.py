"""Agreement of the two annotations of the judge texts, counted as the reader's score is.

`judge_disputes.jsonl` keeps, for each text and sign on which they differed, the entries of the
first annotation, of the second, and those agreed on; everywhere else both say what the judge
files say. Run as a script it prints the figures of README.md.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "report"))

from scorer import Score, entries, score_signs  # noqa: E402

Rows = dict[int | str, dict[str, Any]]


def agreed() -> Rows:
    """The judge texts by line (sentences, from 1) or name (reports)."""
    sentences: Rows = dict(enumerate(entries("sentences_judge.jsonl"), start=1))
    return sentences | {row["id"]: row for row in entries("reports.jsonl", "judge")}


def disputes() -> list[dict[str, Any]]:
    lines = (HERE / "judge_disputes.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def annotation(version: str) -> Rows:
    """The judge texts as the `first` or `second` annotation had them, words left out."""
    rows: Rows = {
        key: {"text": row["text"], "signs": [_entry(s) for s in row["signs"]]}
        for key, row in agreed().items()
    }
    for dispute in disputes():
        row = rows[dispute["text"]]
        row["signs"] = [s for s in row["signs"] if s["name"] != dispute["name"]]
        row["signs"] += [
            dict(
                zip(
                    ("name", "presence", "side", "region", "timing"),
                    (dispute["name"], *facts),
                    strict=True,
                )
            )
            for facts in dispute[version]
        ]
    return rows


def agreement(truth: Rows, other: Rows) -> Score:
    """`other` scored against `truth`, as findings of a reader are."""
    total = Score()
    for key, row in truth.items():
        score_signs(total, row, tuple(_finding(s) for s in other[key]["signs"]))
    return total


def _entry(sign: dict[str, Any]) -> dict[str, Any]:
    return {key: sign[key] for key in ("name", "presence", "side", "region", "timing")}


def _finding(sign: dict[str, Any]) -> Any:
    return SimpleNamespace(
        sign=SimpleNamespace(name=sign["name"]),
        presence=sign["presence"],
        side=sign["side"] and SimpleNamespace(value=sign["side"]),
        region=sign["region"] and SimpleNamespace(value=sign["region"]),
        timing=sign["timing"],
    )


def main() -> None:
    pairs = {
        "second against first": (annotation("first"), annotation("second")),
        "first against agreed": (agreed(), annotation("first")),
        "second against agreed": (agreed(), annotation("second")),
    }
    for title, (truth, other) in pairs.items():
        for part, kind in (("sentences", int), ("reports", str)):
            rows = {key: row for key, row in truth.items() if isinstance(key, kind)}
            result = agreement(rows, other)
            figures = "  ".join(
                f"{p} {result.f1(p):.3f}" for p in ("present", "absent", "uncertain")
            )
            print(f"{title}, {part}: {figures}  place {result.place_accuracy:.3f}")  # noqa: T201
    print(f"{len(disputes())} disputes, settled as the first had it:", end=" ")  # noqa: T201
    settled = [[d["agreed"] == d[v] for v in ("first", "second")] for d in disputes()]
    first, second = (sum(column) for column in zip(*settled, strict=True))
    print(f"{first}, as the second: {second}, as neither: {len(settled) - first - second}")  # noqa: T201


if __name__ == "__main__":
    main()
