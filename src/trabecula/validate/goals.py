"""The table of figures to reach: what, how much, what was measured, met or not; none left out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trabecula.validate.journal import Row
from trabecula.validate.lines import Line, lesion_lines, scan_rows, with_map, without_map
from trabecula.validate.measures import alarms, detection, repeatability, signs, verdict, volume
from trabecula.validate.statistics import NOTHING, Estimate

ELSEWHERE = {
    "differential on held-out published cases": "see docs/validation-reasoning.md, "
    "by validation/reason_proof.py",
    "whole-body CT: time and memory": "see docs/benchmarks.md, by benchmarks/whole_way.py",
    "report text: time": "run `python benchmarks/report_text.py`",
    "DICOM objects: errors of two validators": "this version writes none",
    "inputs refused or read right": "each odd file is a test in tests/read/test_odd_inputs.py",
}
"""Rows of the table that other scripts measure."""

DISEASED = ("phantom", "implants", "sweep")
"""Suites with lesions; the sweep takes each patient many times, so it counts for volume only."""

JUDGED = ("phantom", "implants")


@dataclass(frozen=True, slots=True)
class Goal:
    """One row of the table.

    Attributes
    ----------
    what, reach
        In words.
    estimate
        What was measured.
    met
        ``None`` when it was not measured; ``why`` then says why.
    unit
        How the figure is written: ``%``, ``abs`` or ``mm``.
    """

    what: str
    reach: str
    estimate: Estimate
    met: bool | None
    unit: str = "%"
    why: str = ""


def goals(rows: Sequence[Row]) -> list[Goal]:
    """Every row of the table, measured or not."""
    lines = lesion_lines(rows, *JUDGED)
    mapped, bare = with_map(lines), without_map(lines)
    return [
        *_verdict(mapped),
        *_found(mapped, bare),
        *_alarms(rows),
        *_volume(with_map(lesion_lines(rows, *DISEASED))),
        *_signs(mapped),
        *_repeat(with_map(lesion_lines(rows, "repeat"))),
        *(Goal(what, "", NOTHING, None, why=why) for what, why in ELSEWHERE.items()),
    ]


def _verdict(lines: Sequence[Line]) -> list[Goal]:
    ten = "verdict of lesions of 10 mm and more"
    return [
        _least(f"{ten}, slices ≤ 1.5 mm: balanced accuracy", verdict.accuracy(lines, thin=True),
               0.97),
        _least(f"{ten}, slices 3–5 mm: balanced accuracy", verdict.accuracy(lines, thin=False),
               0.93),
        _most(f"{ten}: calibration error", verdict.calibration(lines), 0.05, unit="abs"),
        _most(f"{ten}: abstains", verdict.abstention(lines), 0.15),
        _least("below the resolution floor: abstains", verdict.abstention_below_floor(lines), 0.90),
    ]  # fmt: skip


def _found(mapped: Sequence[Line], bare: Sequence[Line]) -> list[Goal]:
    made = []
    for name, lines in (("label map", mapped), ("embedded", bare)):
        tenth = detection.found(lines, contacts=("free",), least_ml=0.1)
        whole = detection.found(lines, contacts=("free",), least_ml=1.0)
        made += [
            _least(f"found, free, ≥ 0.1 ml ({name})", tenth, 0.95),
            _least(f"found, free, ≥ 1 ml ({name})", whole, 0.99),
        ]
    fused = (
        ("label map", mapped),
        ("embedded", bare),
        ("embedded, at most five edits a lesion", detection.edited(bare)),
    )
    for name, lines in fused:
        share = detection.found(lines, contacts=detection.FUSED, least_ml=1.0)
        outline = detection.dice(lines, contacts=detection.FUSED, least_ml=1.0)
        made += [
            _least(f"found, fused or bridging, ≥ 1 ml ({name})", share, 0.90),
            _least(f"Dice, fused or bridging, ≥ 1 ml ({name})", outline, 0.80, unit="abs"),
        ]
    return made


def _alarms(rows: Sequence[Row]) -> list[Goal]:
    scans = scan_rows(rows, "normal")
    return [
        _most(f"false lesions a normal scan ({name})", alarms.rate(scans, anatomy=name), 0.08,
              unit="abs")
        for name in ("label map", "embedded")
    ]  # fmt: skip


def _volume(lines: Sequence[Line]) -> list[Goal]:
    made = []
    lines = [line for line in lines if line.whole]
    plain = [line for line in lines if line.bordered]
    for (low, high), estimate in volume.by_slice(plain).items():
        name = f"volume, lesions of 10 mm and more, slices {_span(low, high)}: bias"
        made.append(_within(name, estimate, 0.05))
    fading = volume.bias([line for line in lines if line.sized and not line.bordered])
    made.append(_within("volume, no mineral at parts of the border: bias", fading, 0.05))
    cover = volume.cover([line for line in lines if line.suite != "sweep" and line.bordered])
    met = None if cover.value is None else 0.93 <= cover.value <= 0.97
    made.append(Goal("volume: 95 % interval holds the truth", "93–97 %", cover, met, why=_why(met)))
    return made


def _signs(lines: Sequence[Line]) -> list[Goal]:
    made = []
    measures: tuple[tuple[str, Callable[[Sequence[Line]], signs.Claim]], ...] = (
        ("rim present or not", signs.rim),
        ("zonation", signs.zonation),
        ("medullary continuity", signs.continuity),
        ("bridging", signs.bridging),
    )
    for name, measure in measures:
        claim = measure(lines)
        share = "" if claim.claimed.value is None else f" (claimed {claim.claimed.value:.0%})"
        made.append(_least(f"{name}: right where claimed{share}", claim.right, 0.95))
    return made


def _repeat(lines: Sequence[Line]) -> list[Goal]:
    return [
        _most("repeatability of the total, CV", repeatability.of_totals(lines), 0.08),
        _most("repeatability of lesions ≥ 1 ml, CV", repeatability.of_lesions(lines), 0.13),
    ]


def _least(what: str, estimate: Estimate, goal: float, *, unit: str = "%") -> Goal:
    met = None if estimate.value is None else estimate.value >= goal
    return Goal(what, f"≥ {_figure(goal, unit)}", estimate, met, unit, _why(met))


def _most(what: str, estimate: Estimate, goal: float, *, unit: str = "%") -> Goal:
    met = None if estimate.value is None else estimate.value <= goal
    return Goal(what, f"≤ {_figure(goal, unit)}", estimate, met, unit, _why(met))


def _within(what: str, estimate: Estimate, goal: float) -> Goal:
    met = None if estimate.value is None else abs(estimate.value) <= goal
    return Goal(what, f"within ± {goal:.0%}", estimate, met, "signed", _why(met))


def _why(met: bool | None) -> str:
    return "no case of this kind was run" if met is None else ""


def _span(low: float, high: float) -> str:
    if low == 0.0:
        return f"< {high:g} mm"
    return f"{low:g}–{high:g} mm" if high < 8.0 else f"> {low:g} mm"


def _figure(value: float, unit: str) -> str:
    return f"{value:.0%}" if unit == "%" else f"{value:g}"


def written(value: float | None, unit: str) -> str:
    """Return a figure as the table shows it."""
    if value is None:
        return "–"
    match unit:
        case "%":
            return f"{100 * value:.1f} %"
        case "signed":
            return f"{100 * value:+.1f} %"
        case "mm":
            return f"{value:+.2f} mm"
    return f"{value:.3f}"


def measured_words(goal: Goal) -> str:
    """Return figure and interval, or why there is none."""
    one = goal.estimate
    if one.value is None:
        return f"not measured: {goal.why}"
    figure = written(one.value, goal.unit)
    if one.low is None:
        return figure
    return f"{figure} ({written(one.low, goal.unit)} to {written(one.high, goal.unit)})"


def met_word(goal: Goal) -> str:
    """Return yes, no or a dash."""
    return "–" if goal.met is None else "yes" if goal.met else "no"
