"""Milliseconds a radiology report takes from its text to the differential, once all is loaded.

    python benchmarks/report_text.py [reports.jsonl]

Each line of the file holds one report under ``text``; those of the tests unless told.
"""

import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from trabecula.read import read_report
from trabecula.run import diagnose

REPORTS = Path(__file__).resolve().parents[1] / "tests/read/corpus/reports.jsonl"


def milliseconds(work: Callable[[str], object], texts: list[str]) -> list[float]:
    """Time one call for each text."""
    taken = []
    for text in texts:
        begun = perf_counter()
        work(text)
        taken.append(1000 * (perf_counter() - begun))
    return taken


def main() -> None:
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else REPORTS
    lines = source.read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines if line.strip()]
    begun = perf_counter()
    diagnose(texts[0])
    print(f"first report, loading included: {perf_counter() - begun:.2f} s")
    for name, work in (("read", read_report), ("read and reason", diagnose)):
        taken = milliseconds(work, texts)
        print(
            f"{name}: median {statistics.median(taken):.0f} ms, most {max(taken):.0f} ms, "
            f"{len(texts)} reports"
        )


if __name__ == "__main__":
    main()
