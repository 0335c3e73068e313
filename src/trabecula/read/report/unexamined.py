"""What a text says was not looked at: ``toes not assessed`` leaves the toes unknown."""

from collections.abc import Iterable, Sequence

from trabecula.model import Level, Note
from trabecula.read.report.finding import Line

MAX_TOLD = 8
"""Statements told in one note."""


def unexamined(text: str, lines: Iterable[Line]) -> tuple[str, ...]:
    """Words of each statement that something this reader knows was not examined."""
    told: dict[str, None] = {}
    for line in lines:
        flagged = [at for at, meaning in enumerate(line.meant) if "unknown" in meaning.flags]
        known = any(name[0] not in "!=" and match.first in flagged for name, match in line.found)
        if known:
            start, end = line.tokens[flagged[0]].start, line.tokens[flagged[-1]].end
            told.setdefault(" ".join(text[start:end].split()))
    return tuple(told)


def unexamined_note(statements: Sequence[str]) -> Note:
    """Tell what the text leaves open."""
    quoted = "; ".join(f"“{words}”" for words in statements[:MAX_TOLD])
    return Note(
        Level.INFO,
        "not_examined",
        f"The text says that something was not examined: {quoted}.",
        "It counts as unknown, not as absent.",
    )
