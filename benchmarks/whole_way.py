"""Seconds and peak memory of the whole way, stage by stage, each run in a process of its own.

    python benchmarks/whole_way.py
    python benchmarks/whole_way.py --write docs/benchmarks.md

The thorax scan is timed too where it is there. The whole-body patient is simulated, written as an
uncompressed DICOM series, and analysed from that folder to the report by the `trabecula` command,
as a user would.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WHOLE_BODY_KJI = (1000, 512, 512)
DATA = Path(os.environ.get("TRABECULA_DATA", Path(__file__).resolve().parents[2] / "shared/data"))
THORAX = DATA / "ct/thorax_shoulder_1mm.zip"
GOALS = {
    "whole body, DICOM to report": (20.0, 2.5),
    "whole body, DICOM to lesion table": (5.0, 2.5),
    "thorax, DICOM to report": (8.0, None),
}

SIMULATE = """
import sys
from pathlib import Path
from trabecula.deliver import write_dicom_series
from trabecula.simulate import whole_body
write_dicom_series(whole_body(shape_kji=({k}, {j}, {i})).volume, Path(sys.argv[1]))
"""


def timed(source: Path, out: Path, formats: str) -> dict[str, float]:
    """One run of the command: wall seconds, peak resident memory in GB, and its own stages."""
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "trabecula", "analyze", str(source), "-o", str(out)]
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--quiet", "--formats", formats], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"the analysis failed ({os.waitstatus_to_exitcode(status)})")
    stages = {}
    if (out / "result.json").exists():
        stages = json.loads((out / "result.json").read_text(encoding="utf-8"))["timings_s"]
    return {"wall": wall, "peak_gb": usage.ru_maxrss / 1024**2, **stages}


def median_of(runs: list[dict[str, float]]) -> dict[str, float]:
    """Median of each figure over the runs."""
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def measure(source: Path, label: str, repeats: int) -> dict[str, dict[str, float]]:
    """Time the whole way with every file, and the way to the lesion table alone."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        report = [timed(source, out, "html,json,csv,nifti") for _ in range(repeats)]
        table = [timed(source, out, "json,csv") for _ in range(repeats)]
    return {
        f"{label}, DICOM to report": median_of(report),
        f"{label}, DICOM to lesion table": median_of(table),
    }


def table(figures: dict[str, dict[str, float]], repeats: int) -> str:
    """Markdown: what was measured, and what was to be reached."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - git is looked up on PATH
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    stages = list(
        dict.fromkeys(k for row in figures.values() for k in row if k not in ("wall", "peak_gb"))
    )
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Medians of "
        f"{repeats} runs of the command, each in a process of its own, start-up included; "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, commit {commit}.",
        "",
        "| what | wall s | to reach s | peak GB | to reach GB | "
        + " | ".join(f"{s} s" for s in stages)
        + " |",
        "| --- |" + " --- |" * (4 + len(stages)),
    ]
    for name, row in figures.items():
        seconds, memory = GOALS.get(name, (None, None))
        lines.append(
            f"| {name} | {row['wall']:.1f} | {seconds or '–'} "
            f"| {row['peak_gb']:.2f} | {memory or '–'} | "
            + " | ".join(f"{row[s]:.2f}" if s in row else "–" for s in stages)
            + " |"
        )
    whole = next(iter(figures.values()))
    worst = max(stages, key=lambda s: whole.get(s, 0.0))
    k, j, i = WHOLE_BODY_KJI
    lines += [
        "",
        f"The whole body is simulated: {j} × {i} × {k} voxels, noisy, uncompressed DICOM. The",
        "thorax is a real scan, 512 × 512 × 275, from a zip. What the stages leave open of the",
        "wall time is start-up, imports and writing.",
        "",
        f"The stage that costs most for the whole body is `{worst}`: "
        f"{whole[worst]:.1f} of {whole['wall']:.1f} s.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--write", type=Path, help="also write the table to this file")
    parser.add_argument("--scan", type=Path, help="a whole-body DICOM folder made before")
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    with tempfile.TemporaryDirectory() as folder:
        scan = given.scan or Path(folder) / "scan"
        if not scan.exists():
            k, j, i = WHOLE_BODY_KJI
            code = SIMULATE.format(k=k, j=j, i=i)
            subprocess.run([sys.executable, "-c", code, str(scan)], check=True)
        figures = measure(scan, "whole body", given.repeats)
    if THORAX.exists():
        figures |= measure(THORAX, "thorax", given.repeats)
    else:
        print("the thorax scan is not here (set TRABECULA_DATA)", file=sys.stderr)
    text = table(figures, given.repeats)
    print(text)
    if given.write:
        given.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
