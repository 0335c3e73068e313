"""A whole validation: plan, run, measure, write."""

import json
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from trabecula.errors import InputError
from trabecula.validate import page as pages
from trabecula.validate.condition import JUDGE_SEEDS_FROM, Case
from trabecula.validate.goals import Goal, goals
from trabecula.validate.journal import Header, Journal, Row, header
from trabecula.validate.lines import lesion_lines
from trabecula.validate.measures import failures
from trabecula.validate.page_html import html
from trabecula.validate.pictures import Shown, picture_failures, sheet
from trabecula.validate.runner import run_cases
from trabecula.validate.suites import CASES, SUITES, chosen, plan

MOST_PICTURES = 10
"""Failures drawn."""

DATA_VARIABLE = "TRABECULA_DATA"
"""Environment variable that names the folder of real scans."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a validation brought.

    Attributes
    ----------
    goals
        The table.
    rows
        One row a case.
    skipped
        Suites that were not run, and why.
    shown
        The worst failures with their pictures.
    page
        All that the written page shows.
    """

    goals: tuple[Goal, ...]
    rows: tuple[Row, ...]
    skipped: tuple[tuple[str, str], ...]
    shown: tuple[Shown, ...]
    page: pages.Page

    @property
    def table(self) -> str:
        """The table for the terminal."""
        return pages.table_text(self.goals)


def validate(
    suite: str,
    out: Path,
    *,
    cases: int | None = None,
    seed: int = JUDGE_SEEDS_FROM,
    variant: str = "judge",
    region: str | None = None,
    data: Path | None = None,
    jobs: int | None = None,
    restart: bool = False,
    pictures: int = MOST_PICTURES,
    progress: Progress | None = None,
) -> Outcome:
    """Run suites and measure.

    Parameters
    ----------
    suite
        A name of :data:`SUITES`, or ``all``.
    out
        Folder of the journal and the results; a run in it is continued.
    cases
        Cases of every suite; its own number unless told.
    seed
        Of the run; the judge's begin at one million.
    variant
        Generator of the lesions: ``judge``, or ``train`` to look into failures without judging.
    region
        Part of the body of simulated patients, or ``all``; the judge takes all and the trainer the
        pelvis unless told.
    data
        Folder of real scans; that of ``$TRABECULA_DATA`` unless told.
    jobs
        Processes; as many as cores unless told.
    restart
        Begin again where the folder holds a run of another version or seed.
    pictures
        How many failures are drawn.

    Returns
    -------
    Outcome
    """
    tell = progress or (lambda stage, fraction: None)
    data = _data(data)
    first = header(seed, variant)
    planned, skipped = _planned(suite, cases, seed=seed, variant=variant, region=region, data=data)
    journal = Journal(out, first, restart=restart)
    rows = run_cases(planned, journal, jobs=jobs, progress=tell)
    # What an earlier run of the same version left in the folder belongs to the same table.
    rows += [row for key, row in journal.rows.items() if key not in {one["key"] for one in rows}]
    by_key = {case.key: case for case in planned}
    tell("pictures", 1.0)
    shown = tuple(_shown(rows, by_key, pictures))
    outcome = _outcome(rows, skipped, shown, header=first, region=region)
    _write(outcome, out)
    return outcome


def write_docs(outcome: Outcome, path: Path) -> None:
    """Write the page for the documentation, its sheet of pictures beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = sheet(outcome.shown)
    name = None
    if drawn:
        (path.parent / "pictures").mkdir(exist_ok=True)
        name = f"pictures/{path.stem}-worst.png"
        (path.parent / name).write_bytes(drawn)
    path.write_text(pages.markdown(outcome.page, picture=name), encoding="utf-8")


def _data(data: Path | None) -> Path | None:
    if data is not None and not data.is_dir():
        raise InputError(
            "The folder of real scans is not there.", remedy="Give the folder, or leave --data out."
        )
    named = os.environ.get(DATA_VARIABLE)
    if data is None and named and Path(named).is_dir():
        return Path(named)
    return data


def _planned(
    suite: str,
    cases: int | None,
    *,
    seed: int,
    variant: str,
    region: str | None,
    data: Path | None,
) -> tuple[list[Case], list[tuple[str, str]]]:
    planned: list[Case] = []
    skipped: list[tuple[str, str]] = []
    for name in chosen(suite):
        count = CASES[name] if cases is None else cases
        own = plan(name, cases=count, seed=seed, variant=variant, region=region, data=data)
        planned += own
        if not own:
            skipped.append((name, "the real scans are not here (--data or $TRABECULA_DATA)"))
        elif name == "normal" and data is None:
            skipped.append((name, "without real scans: they are not here"))
    return planned, skipped


def _shown(rows: list[Row], cases: dict[str, Case], count: int) -> list[Shown]:
    if not count:
        return []
    lines = [one for one in lesion_lines(rows, "phantom") if one.case in cases]
    drawable = [
        one
        for one in failures.all_failures(lines)
        if one.anatomy == "label map" or "free" in one.cause
    ]
    return picture_failures(failures.worst(drawable, count), cases)


def _outcome(
    rows: list[Row],
    skipped: list[tuple[str, str]],
    shown: tuple[Shown, ...],
    *,
    header: Header,
    region: str | None,
) -> Outcome:
    rows = sorted(rows, key=lambda row: (list(SUITES).index(row["suite"]), row["key"]))
    table = tuple(goals(rows))
    variant = "" if header.variant == "judge" else f" --variant {header.variant}"
    part = "" if region is None else f" --region {region}"
    page = pages.Page(
        header,
        f"trabecula validate --seed {header.seed}{variant}{part}",
        f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        rows,
        table,
        shown,
    )
    return Outcome(table, tuple(rows), tuple(skipped), shown, page)


def _listed(rows: Sequence[Row]) -> list[Row]:
    """Every failure with the seed that brings it back, worst first."""
    seeds = {row["key"]: row["seed"] for row in rows}
    found = failures.all_failures(lesion_lines(rows, *SUITES))
    return [{"seed": seeds[one.case], **asdict(one)} for one in found]


def _write(outcome: Outcome, out: Path) -> None:
    summary = {
        "schema": "trabecula.validation/1",
        **asdict(outcome.page.header),
        "command": outcome.page.command,
        "goals": [asdict(goal) for goal in outcome.goals],
        "skipped": [list(one) for one in outcome.skipped],
        "failed": [list(one) for one in failures.broken(outcome.rows)],
        "failures": _listed(outcome.rows),
    }
    drawn = sheet(outcome.shown)
    if drawn:
        (out / "worst.png").write_bytes(drawn)
    text = json.dumps(summary, indent=1, ensure_ascii=False)
    (out / "validation.json").write_text(text + "\n", encoding="utf-8")
    picture = "worst.png" if drawn else None
    (out / "validation.md").write_text(
        pages.markdown(outcome.page, picture=picture), encoding="utf-8"
    )
    (out / "validation.html").write_text(html(outcome.page, drawn), encoding="utf-8")
