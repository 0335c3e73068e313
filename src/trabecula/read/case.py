"""What `diagnose` is given: a report, a form, a phenopacket, or many cases in one file.

===========  ====================================================================================
``.jsonl``   one case a line: ``id``, ``age_years``, ``sex``, ``report``, and the keys of a form
``.json``    a phenopacket, or a form (:mod:`trabecula.read.context`) with an optional ``report``
``.toml``    a form with an optional ``report``
others       the text of a report in UTF-8
===========  ====================================================================================

Where form and report contradict each other the form goes first, because somebody stated it on
purpose; the contradiction is told in a note.
"""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from trabecula.errors import ContextError, InputError
from trabecula.model import Context, Level, Note, Presence, Sign
from trabecula.read.context import context_of
from trabecula.read.phenopacket import is_phenopacket, phenopacket_of
from trabecula.read.report import ReportReading, read_report
from trabecula.read.small_file import small_text

MAX_BYTES = 50_000_000
"""A file of cases is text; a larger one is not meant for here."""

AGE_TOLERANCE_YEARS = 1.0
"""Ages of form and report within this say the same."""

_CASE_KEYS = ("id", "report")


@dataclass(frozen=True, slots=True)
class Case:
    """One patient to reason about.

    Attributes
    ----------
    id
        As the file gives it, else the place in the file from 1; empty for a single report.
    text
        The report; ``None`` when there is none.
    context
        Age, sex and the signs of form or phenopacket.
    signs
        Signs of the report that the form does not settle; reasoning takes both.
    not_understood
        Clinical words and terms that no sign was found for.
    notes
        Contradictions between form and report, and what limits the reading.
    """

    id: str
    text: str | None
    context: Context
    signs: tuple[Sign, ...] = ()
    not_understood: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def read_cases(path: str | os.PathLike[str]) -> Iterator[Case]:
    """Cases of a file, one after the other, in its order.

    Parameters
    ----------
    path
        Report ``.txt``, form ``.toml`` or ``.json``, phenopacket ``.json``, cases ``.jsonl``.

    Yields
    ------
    Case
        As soon as it is read.

    Raises
    ------
    InputError
        When the file is missing, too large, or not text.
    ContextError
        When a form or a line of cases cannot be read; the line is named.
    """
    place = Path(path)
    text = text_of(place)
    match place.suffix.lower():
        case ".jsonl" | ".ndjson":
            yield from _lines(text)
        case ".json":
            yield case_of(_parsed(text, "JSON"))
        case ".toml":
            yield case_of(_parsed(text, "TOML"))
        case _:
            yield case_of_report(text)


def case_of_report(text: str, context: Context | None = None, *, id: str = "") -> Case:
    """Case of a report's text and what else is known."""
    return _merged(id, text, context or Context())


def case_of(content: object, *, id: str = "") -> Case:
    """Case of a parsed form or phenopacket."""
    if is_phenopacket(content):
        packet = phenopacket_of(content)
        return Case(packet.id or id, None, packet.context, (), packet.not_understood, packet.notes)
    if not isinstance(content, Mapping):
        raise ContextError(
            "A case is not an object with keys.", remedy="Give age_years, sex, report or signs."
        )
    form = {key: value for key, value in content.items() if key not in _CASE_KEYS}
    context = context_of(form)
    report = content.get("report")
    if report is not None and not isinstance(report, str):
        raise ContextError("'report' is not text.", remedy="Give the report as one string.")
    name = str(content.get("id", id))
    return Case(name, None, context) if report is None else _merged(name, report, context)


def text_of(place: Path) -> str:
    """Text of a file in UTF-8; refused when missing, too large or not text."""
    remedy = f"Give at most {MAX_BYTES // 1_000_000} MB."
    try:
        return small_text(place, "case file", most_bytes=MAX_BYTES, remedy=remedy)
    except UnicodeDecodeError as error:
        raise InputError(
            "The case file is not text in UTF-8.", remedy="Save it as plain text in UTF-8."
        ) from error


def _parsed(text: str, form: str) -> object:
    try:
        return json.loads(text) if form == "JSON" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ContextError(
            f"The case file is not valid {form}.", remedy="Check commas, quotes and brackets."
        ) from error


def _lines(text: str) -> Iterator[Case]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield case_of(_parsed(line, "JSON"), id=str(number))
        except InputError as error:
            raise ContextError(f"Line {number}: {error.problem}", remedy=error.remedy) from error


def _merged(name: str, text: str, context: Context) -> Case:
    """Join report and form; where they contradict each other the form goes first."""
    reading = read_report(text)
    stated = {
        sign.name: sign for sign in context.signs if sign.presence is not Presence.NOT_ASSESSED
    }
    notes = [*reading.notes, *_conflicts(reading, context, stated)]
    age = context.age_years if context.age_years is not None else reading.age_years
    return Case(
        id=name,
        text=text,
        context=Context(age, context.sex or reading.sex, context.signs),
        signs=tuple(sign for sign in reading.signs if sign.name not in stated),
        not_understood=reading.not_understood,
        notes=tuple(notes),
    )


def _conflicts(
    reading: ReportReading, context: Context, stated: Mapping[str, Sign]
) -> Iterator[Note]:
    both = (context.age_years, reading.age_years)
    if None not in both and abs((both[0] or 0.0) - (both[1] or 0.0)) > AGE_TOLERANCE_YEARS:
        yield _conflict(f"The form says {both[0]:g} years, the report {both[1]:g}.")
    if context.sex and reading.sex and context.sex != reading.sex:
        yield _conflict(f"The form says sex {context.sex}, the report {reading.sex}.")
    for sign in reading.signs:
        form = stated.get(sign.name)
        if form is not None and form.presence is not sign.presence:
            yield _conflict(
                f"'{sign.name}' is {form.presence.value} in the form and"
                f" {sign.presence.value} in the report."
            )


def _conflict(text: str) -> Note:
    return Note(Level.WARNING, "form_and_report", text, "The form was used.")
