"""What went wrong, by cause, and which cases to look at first."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trabecula.validate.journal import Row
from trabecula.validate.lines import Line
from trabecula.validate.measures.verdict import ABSTAINED
from trabecula.validate.measures.volume import relative_error

VOLUME_OFF = 0.25
"""Relative error of a volume that counts as a failure."""

OUTLINE_OFF = 0.6
"""Dice below which an outline counts as a failure."""


MOST_OF_ONE_CAUSE = 2
"""Pictures shown of one cause."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that went wrong in one lesion.

    ``badness`` orders them: how much it would mislead a reader.
    """

    case: str
    anatomy: str
    scan: int
    label: int
    cause: str
    text: str
    badness: float


def failures_of(line: Line) -> list[Failure]:
    """Everything that went wrong in one lesion."""
    what = f"{line['model']}, {line['contact']}, {line['volume_ml']:.2f} ml, {line.slice_mm:g} mm"
    weight = min(line["volume_ml"], 20.0)
    made = _of_edits(line, what, weight)
    if not line.found:
        cause = f"missed ({line['contact']}, {line['named']})"
        return [_failure(line, cause, what, 1.0 + weight), *made]
    if line["verdict"] not in (ABSTAINED, line["mineral"]):
        text = f"{what}: {line['verdict']}, probability of bone {line['probability']:.2f}"
        sure = abs(line["probability"] - 0.5)
        size = 1.0 if line.sized else 0.2
        made.append(_failure(line, f"called wrong ({line['model']})", text, 25.0 * sure * size))
    if line.sized and line.whole and abs(relative_error(line)) > VOLUME_OFF:
        text = f"{what}: {line['measured_ml']:.2f} ml measured"
        border = "" if line.bordered else ", border without mineral"
        cause = "volume too " + ("large" if relative_error(line) > 0 else "small") + border
        made.append(_failure(line, f"{cause} ({line['model']})", text, 3.0))
    if line.sized and line.whole and line["dice"] < OUTLINE_OFF:
        text = f"{what}: Dice {line['dice']:.2f}"
        made.append(_failure(line, f"outline ({line['contact']})", text, 2.0 + 0.5 * weight))
    return made


def _of_edits(line: Line, what: str, weight: float) -> list[Failure]:
    """Lesion that a reader's edits did not outline either."""
    after = line["corrected"]
    if after is None or after["dice"] >= OUTLINE_OFF:
        return []
    text = f"{what}: Dice {after['dice']:.2f} after {after['edits']} edits"
    return [_failure(line, f"outline after edits ({line['contact']})", text, 0.5 * weight)]


def _failure(line: Line, cause: str, text: str, badness: float) -> Failure:
    return Failure(line.case, line.anatomy, line.scan, line["label"], cause, text, badness)


def all_failures(lines: Iterable[Line]) -> list[Failure]:
    """Every failure, worst first."""
    found = [failure for line in lines for failure in failures_of(line)]
    return sorted(found, key=lambda one: (-one.badness, one.case, one.label))


def by_cause(failures: Iterable[Failure]) -> list[tuple[str, str, int]]:
    """Cause, anatomy and count, most frequent first."""
    counts = Counter((one.cause, one.anatomy) for one in failures)
    return [(cause, anatomy, n) for (cause, anatomy), n in counts.most_common()]


def worst(failures: Sequence[Failure], count: int = 10) -> list[Failure]:
    """Worst failures: one a lesion, and few of one cause, so that all kinds are seen."""
    kept: list[Failure] = []
    seen: set[tuple[str, int]] = set()
    causes: Counter[str] = Counter()
    for one in failures:
        if (one.case, one.label) in seen or causes[one.cause] >= MOST_OF_ONE_CAUSE:
            continue
        kept.append(one)
        seen.add((one.case, one.label))
        causes[one.cause] += 1
        if len(kept) == count:
            break
    return kept


def broken(rows: Iterable[Row]) -> list[tuple[str, str]]:
    """Cases that ended with an error, and its cause."""
    return [(row["key"], row["cause"]) for row in rows if row["status"] == "failed"]
