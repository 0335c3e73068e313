"""The report's own words, with those that were read marked."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from trabecula.model import Answer, Origin, Presence, Sign
from trabecula.report.words import sign_title

SURE_AT = 0.75
"""A sign stated with less certainty than this is shown as uncertain."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the report.

    Attributes
    ----------
    text
        Its words.
    reading
        ``present``, ``absent`` or ``uncertain``; empty where nothing was read.
    titles
        What was read there.
    """

    text: str
    reading: str = ""
    titles: str = ""


def passages(answer: Answer) -> tuple[Passage, ...]:
    """Cut the report at the borders of what was read in it.

    Returns
    -------
    tuple of Passage
        Together they are the whole report; empty when the answer has none.
    """
    if not answer.report_text:
        return ()
    return tuple(_cut(answer.report_text, _read(answer)))


def _read(answer: Answer) -> list[Sign]:
    """Signs of the report that have a place in it."""
    return [s for s in answer.signs if s.origin is Origin.REPORT and s.text_span is not None]


def _cut(text: str, signs: list[Sign]) -> Iterator[Passage]:
    borders = {0, len(text)}
    for sign in signs:
        borders.update(sign.text_span or ())
    places = sorted(border for border in borders if 0 <= border <= len(text))
    for start, stop in pairwise(places):
        here = [
            s for s in signs if s.text_span and s.text_span[0] <= start and stop <= s.text_span[1]
        ]
        titles = ", ".join(dict.fromkeys(_title(sign) for sign in here))
        yield Passage(text[start:stop], _reading(here), titles)


def _title(sign: Sign) -> str:
    return f"{sign_title(sign.name)}: {_reading([sign])}"


def _reading(signs: list[Sign]) -> str:
    """One word for the passage; what is present outshines what is denied."""
    if not signs:
        return ""
    readings = {
        "uncertain" if sign.certainty < SURE_AT else sign.presence.value
        for sign in signs
        if sign.presence is not Presence.NOT_ASSESSED
    }
    return next((r for r in ("present", "uncertain", "absent") if r in readings), "")
