"""The validation page: the table, how it was measured, what fails; markdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from trabecula.validate.goals import Goal, measured_words, met_word, written
from trabecula.validate.journal import Header, Row
from trabecula.validate.lines import Line, lesion_lines, scan_rows, with_map, without_map
from trabecula.validate.measures import alarms, detection, failures, signs, verdict, volume
from trabecula.validate.method import APART, METHOD
from trabecula.validate.pictures import Shown
from trabecula.validate.statistics import Estimate

MOST_CAUSES = 25
"""Rows of the table of causes."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """All that a page shows."""

    header: Header
    command: str
    machine: str
    rows: Sequence[Row]
    goals: Sequence[Goal]
    shown: Sequence[Shown] = ()


def table_text(goals: Sequence[Goal]) -> str:
    """Return the table for the terminal."""
    rows = [
        (one.what, one.reach, measured_words(one), str(one.estimate.n or ""), met_word(one))
        for one in goals
    ]
    names = ("what", "reach", "measured (95 %)", "n", "met")
    wide = [max(len(row[c]) for row in (names, *rows)) for c in range(5)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(names, wide, strict=True)).rstrip()]
    lines += ["  ".join(cell.ljust(w) for cell, w in zip(row, wide, strict=True)).rstrip()
              for row in rows]  # fmt: skip
    return "\n".join(lines)


def markdown(page: Page, *, picture: str | None = None) -> str:
    """Return the page; ``picture`` is where the sheet of failures lies."""
    parts = [
        "# Validation",
        "",
        "Simulated patients with known truth, judged by `trabecula validate`; every number on this "
        "page was written by that command.",
        f"Version {page.header.version}, source {page.header.source}; `{page.command}`; "
        f"{page.machine}.",
        "",
        "## Figures to reach",
        "",
        *_table(
            ("what", "reach", "measured (95 % interval)", "n", "met"),
            (
                (g.what, g.reach or "–", measured_words(g), str(g.estimate.n or "–"), met_word(g))
                for g in page.goals
            ),
        ),
        "",
        *_suites(page.rows),
        "## How it is measured",
        "",
        METHOD,
        "## Trainer and judge",
        "",
        APART,
        *_details(page.rows),
        *_failed(page, picture),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _suites(rows: Sequence[Row]) -> list[str]:
    names = dict.fromkeys(row["suite"] for row in rows)
    lines = []
    for name in names:
        own = [row for row in rows if row["suite"] == name]
        scans = sum(len(row["scans"]) for row in own)
        lesions = len(lesion_lines(own, name))
        failed = sum(row["status"] == "failed" for row in own)
        low, high = min(row["seed"] for row in own), max(row["seed"] for row in own)
        lines.append((name, str(len(own)), str(scans), str(lesions), str(failed), f"{low}–{high}"))
    head = ("suite", "cases", "analyses", "lesions seen", "ended with an error", "seeds")
    return ["## Cases", "", *_table(head, lines), ""]


def _details(rows: Sequence[Row]) -> list[str]:
    lines = lesion_lines(rows, "phantom", "implants")
    mapped, bare = with_map(lines), without_map(lines)
    sweep = with_map(lesion_lines(rows, "phantom", "implants", "sweep"))
    parts = ["## Found, by contact and size", ""]
    for name, own in (("With a label map", mapped), ("Embedded anatomy", bare)):
        cells = detection.table(own)
        sizes = list(pairwise(detection.SIZES_ML))
        head = (name, *(f"≥ {low:g} ml" if high > 1e6 else f"{low:g}–{high:g} ml"
                        for low, high in sizes))  # fmt: skip
        body = (
            (contact, *(_share(cells[contact, low]) for low, _ in sizes))
            for contact in detection.CONTACTS
        )
        parts += [*_table(head, body), ""]
    parts += _edit_table(bare)
    parts += _regions(rows)
    parts += ["## Verdict by model, 10 mm and more", ""]
    parts += _table(
        ("model", "right", "abstained", "wrong"),
        ((m, *(str(n) for n in counts)) for m, counts in verdict.by_model(mapped).items()),
    )
    wrong = verdict.wrong_below_floor(mapped)
    parts += ["", f"Called wrong below the resolution floor: {_share(wrong)}.", ""]
    parts += ["## Volume", ""]
    groups = [(f"{low:g}–{high:g} mm", one) for (low, high), one in volume.by_size(mapped).items()]
    parts += _table(
        ("size", "bias", "n"),
        ((name, _signed(one.value), str(one.n)) for name, one in groups if one.n),
    )
    median = volume.median_error([line for line in sweep if line.sized])
    rim = signs.rim_error_mm(mapped)
    parts += [
        "",
        f"Median error of lesions of 10 mm and more: {_signed(median.value)} (n = {median.n}). "
        f"Thickness of the rim: {written(rim.value, 'mm')} on average (n = {rim.n}).",
        "",
        *_sweep(rows),
        *_alarm_table(rows),
    ]
    return parts


def _edit_table(lines: Sequence[Line]) -> list[str]:
    """Tell what a reader's edits make of fused lesions, by contact."""
    body = []
    for contact in detection.FUSED:
        own = detection.edited(lines, contacts=(contact,))
        if own:
            seconds = detection.rerun_s(lines, contacts=(contact,))
            body.append(
                (
                    contact,
                    _share(detection.found(own, contacts=(contact,), least_ml=0.0)),
                    written(detection.dice(own, contacts=(contact,), least_ml=0.0).value, "abs"),
                    f"{detection.mean_edits(lines, contacts=(contact,)).value:.1f}",
                    _share(detection.covered(lines, contacts=(contact,))),
                    "–" if seconds is None else f"{seconds:.1f} s",
                )
            )
    if not body:
        return []
    head = (
        "After edits, ≥ 1 ml",
        "found",
        "Dice",
        "edits a lesion",
        "covered by an offered part",
        "analysed anew in",
    )
    return [*_table(head, body), ""]


def _regions(rows: Sequence[Row]) -> list[str]:
    """One line a part of the body."""
    body = []
    for name in dict.fromkeys(row["region"] for row in rows if row["suite"] == "phantom"):
        own = [row for row in rows if row["suite"] == "phantom" and row["region"] == name]
        lines = lesion_lines(own, "phantom")
        mapped, bare = with_map(lines), without_map(lines)
        body.append(
            (
                name,
                str(len(own)),
                _share(detection.found(mapped, contacts=("free",), least_ml=0.1)),
                _share(detection.found(bare, contacts=("free",), least_ml=0.1)),
                _share(detection.found(mapped, contacts=detection.FUSED, least_ml=1.0)),
                written(verdict.balanced_accuracy(verdict.judged(mapped)), "%"),
                str(sum(len(scan["alarms"]) for _, scan in scan_rows(own, "phantom"))),
            )
        )
    head = (
        "part of the body",
        "cases",
        "free, ≥ 0.1 ml, label map",
        "embedded",
        "fused, ≥ 1 ml, label map",
        "balanced accuracy, 10 mm and more",
        "false lesions",
    )
    return ["## By part of the body", "", *_table(head, body), ""] if body else []


def _sweep(rows: Sequence[Row]) -> list[str]:
    """One line a condition of the sweep."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row["suite"] == "sweep":
            for scan in row["scans"]:
                groups.setdefault(condition_words(scan["condition"]), []).append(
                    {**row, "scans": [scan]}
                )
    if not groups:
        return []
    body = []
    for name, own in groups.items():
        lines = lesion_lines(own, "sweep")
        sized = [line for line in lines if line.sized and line.bordered and line.whole]
        right = verdict.balanced_accuracy(verdict.judged(lines))
        tenth = detection.found(lines, contacts=detection.CONTACTS, least_ml=0.1)
        false = sum(alarms.false_lesions(scan) for _, scan in scan_rows(own, "sweep"))
        body.append(
            (
                name,
                _share(tenth),
                written(right, "%"),
                _signed(volume.bias(sized).value),
                str(false),
            )
        )
    head = ("scan", "found, ≥ 0.1 ml", "balanced accuracy", "volume bias, ≥ 10 mm", "false lesions")
    return ["## One thing changed at a time", "", *_table(head, body), ""]


def condition_words(condition: Row) -> str:
    """Say how a scan was taken, in a few words."""
    words = [f"{condition['slice_mm']:g} mm", f"{condition['noise_hu']:g} HU noise"]
    if condition["overshoot"]:
        words.append("sharp kernel")
    elif condition["blur_fwhm_mm"] > 1.4:
        words.append("very soft kernel")
    if condition["rotation_deg"]:
        words.append(f"turned {condition['rotation_deg']:g}°")
    return ", ".join(words)


def _alarm_table(rows: Sequence[Row]) -> list[str]:
    scans = scan_rows(rows, "normal")
    if not scans:
        return []
    kinds: dict[tuple[str, str], list[Row]] = {}
    of_case = {
        row["key"]: f"simulated: {row['region']}" if row["kind"] == "normal" else row["kind"]
        for row in rows
    }
    for key, scan in scans:
        kind = of_case[key]
        kinds.setdefault((kind, scan["anatomy"]), []).append(scan)
    body = [
        (
            kind,
            anatomy,
            str(len(own)),
            str(sum(alarms.false_lesions(scan) for scan in own)),
            str(sum(alarms.named_stones(scan) for scan in own)),
            str(sum(alarms.false_bone(scan) for scan in own)),
        )
        for (kind, anatomy), own in kinds.items()
    ]
    head = (
        "normal scan",
        "anatomy",
        "scans",
        "false lesions",
        "phleboliths named so",
        "called bone",
    )
    return ["## False alarms", "", *_table(head, body), ""]


def _failed(page: Page, picture: str | None) -> list[str]:
    lines = lesion_lines(page.rows, "phantom", "implants")
    causes = failures.by_cause(failures.all_failures(lines))
    parts = ["## Failures by cause", ""]
    parts += _table(
        ("cause", "anatomy", "lesions"),
        ((cause, anatomy, str(n)) for cause, anatomy, n in causes[:MOST_CAUSES]),
    )
    ended = failures.broken(page.rows)
    if ended:
        parts += ["", "Cases that ended with an error:", ""]
        parts += _table(("case", "cause"), ended)
    if page.shown:
        parts += ["", "### The worst", "", "Green is the truth, orange what the program outlined."]
        parts += ["", f"![the worst cases]({picture})", ""] if picture else [""]
        parts += [
            f"{number}. {one.failure.case}, {one.failure.anatomy}: {one.failure.cause}; "
            f"{one.failure.text}"
            for number, one in enumerate(page.shown, start=1)
        ]
    return parts


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> list[str]:
    rows = ["| " + " | ".join(row) + " |" for row in body]
    return ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *rows]


def _share(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    return f"{100 * estimate.value:.0f} % of {estimate.n}"


def _signed(value: float | None) -> str:
    return written(value, "signed")
