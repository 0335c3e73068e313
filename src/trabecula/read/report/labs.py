"""Laboratory values in words or numbers: high, low or normal."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trabecula.read.labs import (
    ANALYTES,
    CREATININE_UNITS,
    ckd_epi_2021,
    interval_of,
    kidney_failure_of,
)
from trabecula.read.report.patterns import Match
from trabecula.read.report.tokens import Token

_JOINERS = frozenset(
    {
        ",",
        "and",
        "or",
        "/",
        "&",
        "serum",
        "the",
        "both",
        "plasma",
        "blood",
        "in",
        "urine",
        "level",
    }
)
_FILLERS = frozenset(
    [
        "serum",
        "plasma",
        "blood",
        "total",
        "corrected",
        "the",
        "value",
        "intact",
        "urinary",
        "urine",
        "level",
        "s",
        "free",
        "his",
        "her",
    ]
)
_NUMBER = r"\d+(?:[.,]\d+)?"
_RANGE = re.compile(
    rf"(?:(?P<low>{_NUMBER})\s*(?:-|–|to)\s*(?P<high>{_NUMBER}))"
    rf"|(?:(?:<|≤|up to|below|under|less than)\s*(?P<top>{_NUMBER}))"
    rf"|(?:(?:upper limit|uln)\s*(?:of normal)?\s*(?:is|of|:)?\s*(?P<uln>{_NUMBER}))",
    re.IGNORECASE,
)
_VALUE = re.compile(
    rf"(?<![\w.])(?P<more>[<>]\s*)?(?P<n>{_NUMBER})\s*"
    r"(?P<unit>[a-zµμ%^0-9]*\s*/\s*[a-zµμ0-9^]+|mg%|mm/?h?r?|x?10\^9/l)?",
    re.IGNORECASE,
)
_TIMES = re.compile(
    rf"(?:{_NUMBER}|\w+)\s*(?:times|x|fold|×)\s*(?:the\s*)?(?:upper|uln|normal)",
    re.IGNORECASE,
)
CREATININE_NORMAL_UMOL_L = 110.0
"""Creatinine, umol/L, up to which the kidneys of most adults of unknown age or sex are normal."""

EGFR_NORMAL = 60.0
"""From 60 ml/min/1.73 m2 on the filtration is normal or mildly reduced (KDIGO G1 and G2)."""

AFTER = 7
"""Farthest word, in tokens, that may say what a quantity is."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whose values they are: age and sex as far as the report tells them."""

    age_years: float | None = None
    sex: str | None = None


NOBODY = Person()
"""A patient of whom nothing is known: adult intervals hold."""


@dataclass(frozen=True, slots=True)
class LabReading:
    """One quantity found high, low or normal.

    Attributes
    ----------
    analyte
        Key of ``labs.toml``.
    state
        ``high``, ``low`` or ``normal``.
    value, unit
        The number and unit as printed, when there is one.
    positions
        Tokens that say so.
    reason
        How it was judged.
    """

    analyte: str
    state: str
    value: float | None
    unit: str | None
    positions: tuple[int, ...]
    reason: str


def read_labs(
    tokens: Sequence[Token],
    text: str,
    *,
    mentions: Sequence[tuple[str, Match]],
    words: Mapping[str, Sequence[Match]],
    analytes: Mapping[str, Mapping[str, Any]],  # rows of a TOML table
    person: Person = NOBODY,
) -> list[LabReading]:
    """Read the laboratory quantities of one sentence.

    Parameters
    ----------
    mentions
        Where each analyte is named, in order.
    words
        Matches of ``raised``, ``lowered`` and ``normal``.
    analytes
        How units are spelled, by analyte.
    person
        Age and sex, which decide the reference interval.
    """
    found: list[LabReading] = []
    groups = _groups(tokens, mentions)
    for at, group in enumerate(groups):
        limit = groups[at + 1][0][1].first if at + 1 < len(groups) else len(tokens)
        state = _said_before(tokens, group, words)
        number = None if state else _measured(tokens, text, group[-1], limit, (analytes, person))
        if number is not None:
            found.append(number)
            continue
        state = state or _said_after(tokens, group, words, limit)
        if state is None:
            continue
        for analyte, match in group:
            positions = (*match.positions, *state[1])
            found.append(
                LabReading(analyte, state[0], None, None, positions, "as the report words it")
            )
    return [lab for lab in found if lab.state != _BETWEEN and not _slight(lab, tokens)]


_BETWEEN = "between"
"""State of a value that speaks neither for nor against what its analyte tells."""

_SLIGHTLY = frozenset({"mildly", "mild", "slightly", "slight", "marginally", "minimally"})


def _slight(lab: LabReading, tokens: Sequence[Token]) -> bool:
    """Whether a creatinine is worded as a little raised, which is no kidney failure."""
    if lab.analyte != "creatinine" or lab.state != "high" or lab.value is not None:
        return False
    near = tokens[max(0, min(lab.positions) - 1) : max(lab.positions) + 1]
    return any(token.text.lower() in _SLIGHTLY for token in near)


def _groups(
    tokens: Sequence[Token], mentions: Sequence[tuple[str, Match]]
) -> list[list[tuple[str, Match]]]:
    """Quantities that share one word: ``calcium, phosphate and PTH normal``."""
    groups: list[list[tuple[str, Match]]] = []
    for analyte, match in mentions:
        if groups:
            last = groups[-1][-1][1].last
            between = {token.word for token in tokens[last + 1 : match.first]}
            if between <= _JOINERS:
                groups[-1].append((analyte, match))
                continue
        groups.append([(analyte, match)])
    return groups


def _said_before(
    tokens: Sequence[Token],
    group: Sequence[tuple[str, Match]],
    words: Mapping[str, Sequence[Match]],
) -> tuple[str, tuple[int, ...]] | None:
    first = group[0][1].first
    for state, name in (("normal", "normal"), ("high", "raised"), ("low", "lowered")):
        for match in words.get(name, ()):
            between = {token.word for token in tokens[match.last + 1 : first]}
            if match.last < first and first - match.last <= 3 and between <= _FILLERS:
                if len(tokens[match.last].word) == 1:
                    continue
                return state, match.positions
    return None


def _said_after(
    tokens: Sequence[Token],
    group: Sequence[tuple[str, Match]],
    words: Mapping[str, Sequence[Match]],
    limit: int,
) -> tuple[str, tuple[int, ...]] | None:
    last = group[-1][1].last
    best: tuple[int, int, str, tuple[int, ...]] | None = None
    for state, name in (("normal", "normal"), ("high", "raised"), ("low", "lowered")):
        for match in words.get(name, ()):
            if not last < match.first <= min(limit - 1, last + AFTER):
                continue
            between = tokens[last + 1 : match.first]
            if any(t.word in ("but", "with") for t in between):
                continue
            if any(t.word == "," for t in between) and not _lists_on(tokens, between, match):
                continue
            if match.last == limit - 1 and limit < len(tokens) and match.first > last + 2:
                continue
            rank = (match.first, -len(match.positions), state, match.positions)
            best = rank if best is None or rank < best else best
    return None if best is None else (best[2], best[3])


_ITEM = 3
"""Longest item, in tokens, of a list of tests that share one word."""


def _lists_on(tokens: Sequence[Token], between: Sequence[Token], match: Match) -> bool:
    """Whether tests without a word of their own go on to it: ``PTH, kidney function normal``."""
    ends = match.last + 1 == len(tokens) or not tokens[match.last + 1].is_word
    length = 0
    for token in between:
        length = 0 if token.word in (",", "and") else length + 1
        if length > _ITEM or token.word[0].isdigit() or token.word in ("be", "no", "not"):
            return False
    return ends and between[0].word == ","


def _measured(
    tokens: Sequence[Token],
    text: str,
    mention: tuple[str, Match],
    limit: int,
    known: tuple[Mapping[str, Mapping[str, Any]], Person],  # rows of a TOML table
) -> LabReading | None:
    """Judge a number behind the name by the range in the text, else by adult usage."""
    analyte, match = mention
    start = tokens[match.last].end
    end = tokens[limit - 1].end if limit else start
    if limit < len(tokens):
        end = tokens[limit].start
    window = text[start:end][:80]
    span = _RANGE.search(window)
    rest = (
        window
        if span is None
        else window[: span.start()] + " " * len(span.group()) + window[span.end() :]
    )
    if _TIMES.search(window):
        return LabReading(analyte, "high", None, None, match.positions, "as the report words it")
    value = next((m for m in _VALUE.finditer(rest) if not _is_noise(rest, m)), None)
    if value is None:
        return None
    number = float(value["n"].replace(",", "." if len(value["n"].split(",")[-1]) != 3 else ""))
    unit = re.sub(
        r"\s|μ",
        lambda m: "µ" if m.group() == "μ" else "",
        (value["unit"] or "").lower(),
    )
    if not unit and _SI.search(text):
        unit = "mmol/l"
    low, high, reason = _limits(span, (number, unit), analyte, known)
    if low is None and high is None and analyte != "creatinine":
        return None
    state = "high" if high is not None and number > high else "normal"
    if low is not None and number < low:
        state = "low"
    if low is None and high is None:
        state = _BETWEEN
    stop = start + max(value.end(), span.end() if span else 0)
    behind = tuple(n for n in range(match.last + 1, limit) if tokens[n].start < stop)
    return LabReading(analyte, state, number, unit or None, (*match.positions, *behind), reason)


def _is_noise(window: str, value: re.Match[str]) -> bool:
    """Whether a number is a date, an age or a count rather than a value."""
    behind = window[value.end() : value.end() + 8].lower()
    ahead = window[: value.start()]
    if re.search(r"\b(?:in|since|until|from)\s*$", ahead) and re.match(
        r"(?:19|20)\d\d$", value["n"]
    ):
        return True
    if re.match(r"(?:st|nd|rd|th)\b", behind):
        return True
    if re.match(r"\s*(?:weeks?|days?|months?|years?|cm|mm\b(?!/))", behind):
        return True
    return (
        len(
            re.findall(
                r"[a-z]{3,}",
                re.sub(
                    r"(?i)is|was|of|at|level|serum|total|normal|raised|high|low|elevated|value|measured",
                    "",
                    ahead,
                ).lower(),
            )
        )
        > 2
    )


def _limits(
    span: re.Match[str] | None,
    value: tuple[float, str],
    analyte: str,
    known: tuple[Mapping[str, Mapping[str, Any]], Person],  # rows of a TOML table
) -> tuple[float | None, float | None, str]:
    """Give reference limits in the unit of the value, and how they were had."""
    number, unit = value
    if span is not None:
        low = float(span["low"].replace(",", ".")) if span["low"] else None
        top = float((span["high"] or span["top"] or span["uln"]).replace(",", "."))
        if analyte != "creatinine" or number <= top:
            return low, top, "judged by the range printed in the report"
    entry, person = known[0][analyte], known[1]
    unit = entry.get("spelled", {}).get(unit, unit)
    units = _units(analyte)
    if unit not in units:
        if _either_unit(number, entry):
            return None, None, "the unit is not told"
        default = entry["default"]
        unit = default["unit"] if number > default["above"] else default["else"]
    if analyte == "creatinine":
        umol_l = number * units[unit]
        failing = kidney_failure_of(umol_l, person.age_years, person.sex)
        limit = 0.0 if failing else number if _filters_well(umol_l, person) else None
        return None, limit, "judged by the filtration rate it means"
    interval = interval_of(ANALYTES[analyte], person.age_years, person.sex)
    factor = units[unit]
    whose = "adult usage" if person.age_years is None else f"age {person.age_years:g}"
    return (
        None if interval.low is None else interval.low / factor,
        None if interval.high is None else interval.high / factor,
        f"judged by {whose}, {interval.low or 0:g} to {interval.high or 0:g} {next(iter(units))}",
    )


def _filters_well(creatinine_umol_l: float, person: Person) -> bool:
    """Whether a creatinine speaks against kidney failure, rather than lying in between."""
    if person.age_years is None or person.age_years < 18 or person.sex is None:
        return creatinine_umol_l <= CREATININE_NORMAL_UMOL_L
    rate = ckd_epi_2021(
        creatinine_umol_l * CREATININE_UNITS["umol_l"], person.age_years, person.sex
    )
    return rate >= EGFR_NORMAL


_SI = re.compile(r"mmol|\b(?:ca|calcium)\W{0,2}\s?[1-4][.,]\d", re.IGNORECASE)
"""What shows that a report counts minerals in mmol per litre: the unit, or a calcium of 1 to 4."""


def _either_unit(number: float, entry: Mapping[str, Any]) -> bool:  # a row of a TOML table
    """Whether a bare number would be low in one unit and high in the other."""
    low, high = entry.get("unclear", (0.0, 0.0))
    return bool(low < number < high)


def _units(analyte: str) -> dict[str, float]:
    """Units of an analyte as reports print them, with the factor to the first one."""
    if analyte == "creatinine":
        return {"umol/l": 1.0, "mg/dl": 88.42}
    return {ucum.lower(): factor for factor, ucum in ANALYTES[analyte].units.values()}


def sign_of(analyte: str, way: str) -> str:
    """Name of the sign that an analyte ``high`` or ``low`` states; empty when there is none."""
    if analyte == "creatinine":
        return "kidney_failure" if way == "high" else ""
    known = ANALYTES[analyte]
    return (known.high if way == "high" else known.low) or ""
