"""The validation page: the table, how it was measured, what fails; markdown and HTML."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from trabecula.validate.condition import JUDGE_SEEDS_FROM
from trabecula.validate.goals import Goal, measured_words, met_word, written
from trabecula.validate.journal import Header, Row
from trabecula.validate.lines import Line, lesion_lines, scan_rows, with_map, without_map
from trabecula.validate.measures import alarms, detection, failures, signs, verdict, volume
from trabecula.validate.pictures import Shown
from trabecula.validate.statistics import Estimate

MOST_CAUSES = 25
"""Rows of the table of causes."""

APART = f"""\
Trainer and judge are apart:

- **Generator.** Lesions come in two variants that share no shape code and no texture code:
  `train` bends simple bodies with smooth noise, `judge` grows them bead by bead and fills bone
  with a net of plates and rods. This page uses `judge` alone.
- **Seeds.** The judge's begin at {JUDGE_SEEDS_FROM:,}; the command refuses other seeds with the
  judge's variant and the judge's with `--variant train`. A test reads every script that fits
  something and fails where it finds either.
- **Scanner.** The judge scans with a scanner of its own (point spread, slice profile, noise
  spectrum, overshoot), not with the simulator's.
- **Places, sizes, label maps.** Drawn by the judge's own code. Label maps are coarsened to 1.5 mm,
  as a network gives them; they are right otherwise, which a network's are not always.
- What is *not* apart: the plan of the pelvis (its bones and muscles) is one for both, varied by
  scale, asymmetry and texture; and both generators were written by the same project.
"""

METHOD = """\
- A true lesion is **found** when one found lesion shares a Dice of 0.1 or more with it; pairs are
  made from the best down, each lesion once. What lies on a true body without being its pair is a
  fragment; what lies on none is a false alarm.
- **Edits**: where the embedded anatomy does not outline a fused lesion of 1 ml or more (Dice below
  0.80), a simulated reader toggles the offered part that covers it (Dice 0.5 and more), else marks
  it at its thickest point and the bone under its bases, then what is most wrong: five edits *a
  lesion* at most, 2.5 mm off on average. All edits of a scan count together.
- **Size** is the diameter of the sphere of the true volume; the true volume is counted on the
  finely painted patient, outer surface, marrow included, native bone not.
- **Below the resolution floor**: thinner in the slice than three point spreads, or lower than two
  slices.
- **Balanced accuracy** is taken over what was called; what was not is counted as abstention.
- Intervals are 95 %: Wilson for shares, exact Poisson for alarms, else a bootstrap over patients.
- Clouds, speckles, arcs, fluid above its calcium and veils of young bone have no mineral at parts
  of their planned border, so their outer volume is a matter of definition: they have a row of their
  own, and the interval's cover leaves them out. Volume and Dice leave out lesions that are several
  separate bodies in the scan, each of which is rightly outlined by itself.
- A phlebolith or an arterial wall that is listed as a lesion is a false lesion, also where its
  signs name it rightly.
- Rows say *label map* or *embedded* for the anatomy used. Verdict, volume and signs are those with
  a label map.
"""


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
        sized = [line for line in lines if line.sized]
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
    of_case = {row["key"]: row["kind"] for row in rows}
    for key, scan in scans:
        kind = "simulated pelvis" if of_case[key] == "normal" else of_case[key]
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


def html(page: Page, sheet: bytes) -> str:
    """Return the page as one self-contained HTML file."""
    source = None
    if sheet:
        source = "data:image/png;base64," + base64.b64encode(sheet).decode("ascii")
    body = "\n".join(_blocks(markdown(page, picture=source)))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Validation</title>'
        "<style>body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;"
        "padding:0 1rem;color:#1c2126}table{border-collapse:collapse;margin:1rem 0}"
        "td,th{border-bottom:1px solid #d5dade;padding:.25rem .7rem;text-align:left}"
        "img{max-width:100%}.yes{color:#116329}.no{color:#a40e26;font-weight:600}</style>"
        f"{body}</html>\n"
    )


def _blocks(text: str) -> Iterable[str]:
    """Turn the few forms of markdown that the page uses into HTML."""
    for block in text.split("\n\n"):
        lines = block.strip().splitlines()
        if not lines:
            continue
        if lines[0].startswith("#"):
            level = len(lines[0]) - len(lines[0].lstrip("#"))
            yield f"<h{level}>{_inline(lines[0].lstrip('# '))}</h{level}>"
        elif lines[0].startswith("| "):
            yield _html_table(lines)
        elif lines[0].startswith("!["):
            yield f'<img alt="the worst cases" src="{lines[0].split("](")[1][:-1]}">'
        elif lines[0].startswith("- "):
            yield _html_list("ul", block, "- ")
        elif lines[0].startswith("1. "):
            yield (
                "<ol>"
                + "".join(f"<li>{_inline(i.split('. ', 1)[1])}</li>" for i in lines)
                + "</ol>"
            )
        else:
            yield f"<p>{_inline(' '.join(lines))}</p>"


def _html_list(tag: str, block: str, mark: str) -> str:
    items = ("\n" + block.strip()).split("\n" + mark)[1:]
    inner = "".join(f"<li>{_inline(' '.join(item.split()))}</li>" for item in items)
    return f"<{tag}>{inner}</{tag}>"


def _html_table(lines: Sequence[str]) -> str:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    head = "".join(f"<th>{_inline(cell)}</th>" for cell in rows[0])
    body = "".join(
        "<tr>"
        + "".join(f'<td class="{_mark(cell)}">{_inline(cell)}</td>' for cell in row)
        + "</tr>"
        for row in rows[2:]
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _mark(cell: str) -> str:
    return cell if cell in ("yes", "no") else ""


def _inline(text: str) -> str:
    parts = escape(text, quote=False).split("**")
    bold = "".join(f"<b>{p}</b>" if n % 2 else p for n, p in enumerate(parts))
    code = bold.split("`")
    return "".join(f"<code>{p}</code>" if n % 2 else p for n, p in enumerate(code))
