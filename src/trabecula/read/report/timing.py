"""Time since an event, in days, as the text gives it."""

from collections.abc import Sequence
from dataclasses import dataclass

from trabecula.read.report.person import number_of
from trabecula.read.report.tokens import Token

_DAYS = {
    "hour": 1 / 24,
    "h": 1 / 24,
    "hr": 1 / 24,
    "day": 1,
    "d": 1,
    "week": 7,
    "wk": 7,
    "w": 7,
    "month": 30.44,
    "mo": 30.44,
    "mth": 30.44,
    "m": 30.44,
    "year": 365.25,
    "yr": 365.25,
    "y": 365.25,
    "decade": 3652.5,
    "fortnight": 14,
}
_VAGUE = {"few": 3, "several": 4, "some": 4, "couple": 2, "many": 12, "half": 0.5}
_BARE = {"years": 5.0, "decades": 2.0, "weeks": 4.0, "months": 6.0}
"""What ``years ago`` without a number is taken for, in that unit."""

_AFTER = frozenset(
    [
        "after",
        "following",
        "since",
        "post",
        "ago",
        "earlier",
        "before",
        "previously",
        "later",
        "out",
        "prior",
        "old",
        "back",
        "postop",
        "postinjury",
        "from",
    ]
)
_CLASSES = (
    (14.0, "days_to_weeks_after_event", "days"),
    (91.0, "weeks_after_event", "weeks"),
    (725.0, "months_after_event", "months"),
    (3653.0, "years_after_event", "years"),
    (float("inf"), "decades_after_event", "decades"),
)
"""Longest time, days, of each class of the vocabulary (2 weeks, 12 weeks, 24 months, 10 years)."""

REACH = 6
"""Tokens between a time and the word that makes it a time since something."""


@dataclass(frozen=True, slots=True)
class Elapsed:
    """A time since something: days, its class, and where it stands."""

    days: float
    sign: str
    unit: str
    first: int
    last: int


def elapsed_times(tokens: Sequence[Token]) -> list[Elapsed]:
    """Find the times since something in a sentence: ``8 weeks after``, ``6 mo ago``."""
    found: list[Elapsed] = []
    for at in range(len(tokens)):
        days = _length(tokens, at)
        first = at - 1
        if days is None:
            days, first = _fraction(tokens, at), at - 2
        numbered = _numbered(tokens, at) if days is None else None
        if numbered is not None:
            sign, unit = elapsed_class(numbered)
            found.append(Elapsed(numbered, sign, unit, at - 1, at))
            continue
        if days is None or not _is_since(tokens, at):
            continue
        sign, unit = elapsed_class(days)
        last = min(len(tokens) - 1, at + 1)
        found.append(Elapsed(days, sign, unit, first, last))
    return found


def elapsed_class(days: float) -> tuple[str, str]:
    """Sign and unit of a time since an event."""
    return next((sign, unit) for limit, sign, unit in _CLASSES if days <= limit)


_NTH = {
    name: number
    for number, name in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
        ],
        1,
    )
}


def _numbered(tokens: Sequence[Token], at: int) -> float | None:
    """Days of ``in the third week after``, ``in week nine`` and ``POD 9``."""
    word, unit = tokens[at].word, _DAYS.get(tokens[at].word)
    if unit and at and tokens[at - 1].word in _NTH and _afterwards(tokens, at):
        return _NTH[tokens[at - 1].word] * unit
    value = number_of(word)
    if value is None or not at:
        return None
    if tokens[at - 1].word == "pod":
        return value
    counted = _DAYS.get(tokens[at - 1].word)
    led = at >= 2 and tokens[at - 2].word in (
        "in",
        "by",
        "at",
        "on",
        "since",
        "post",
        ",",
        "(",
    )
    return value * counted if counted and len(tokens[at - 1].word) > 2 and led else None


def _afterwards(tokens: Sequence[Token], at: int) -> bool:
    return at + 1 < len(tokens) and tokens[at + 1].word in (
        "after",
        "following",
        "post",
    )


def _length(tokens: Sequence[Token], at: int) -> float | None:
    """Days that a number and the unit at ``at`` come to."""
    unit = _DAYS.get(tokens[at].word)
    if unit is None or at == 0 or _is_capital(tokens[at]):
        return None
    word = tokens[at - 1].word
    if word == "of" and at >= 2:
        word = tokens[at - 2].word
    value = _value(tokens, at - 1) if word not in _VAGUE else _VAGUE[word]
    if value is None and tokens[at].text.lower() in _BARE:
        value = _BARE[tokens[at].text.lower()]
    return None if value is None else value * unit


_FRACTIONS = {"7": 1, "52": 7, "12": 30.44}
"""Days of one part of a week, year by weeks, year by months: ``3/52`` is three weeks."""


def _fraction(tokens: Sequence[Token], at: int) -> float | None:
    """Days of a time written as a fraction: ``6/12`` for six months."""
    if at < 2 or tokens[at - 1].word != "/" or tokens[at].word not in _FRACTIONS:
        return None
    number = tokens[at - 2].word
    dated = at + 1 < len(tokens) and tokens[at + 1].word == "/"
    return None if dated or not number.isdigit() else int(number) * _FRACTIONS[tokens[at].word]


def _is_capital(token: Token) -> bool:
    """Whether a unit is a lone capital, which is a sex or a side."""
    return len(token.text) == 1 and token.text.isupper()


def _value(tokens: Sequence[Token], at: int) -> float | None:
    word = tokens[at].word
    if at >= 1 and tokens[at - 1].word not in (",", "."):
        joined = number_of(f"{tokens[at - 1].word} {word}")
        if joined is not None and number_of(word) is not None and number_of(word) != joined:
            return joined
    value = number_of(word)
    if value is not None and at >= 2 and tokens[at - 1].word in ("-", "to", "–"):
        low = number_of(tokens[at - 2].word)
        return value if low is None else (low + value) / 2
    if word == "a" and at >= 1 and tokens[at - 1].word == "half":
        return 0.5
    return value


_NO_EVENT = frozenset({"now", "today", "onset", "birth", "here", "presentation", "about"})
"""Words after ``from`` that name no event: ``three weeks from now``."""


def _stands_alone(tokens: Sequence[Token], at: int) -> bool:
    """Whether a time stands between marks behind what it dates: ``paraplegia, 7 months``."""
    closed = at + 1 == len(tokens) or tokens[at + 1].word in (",", ":", "–", "—")
    return closed and at >= 3 and tokens[at - 2].word == ","


def _is_since(tokens: Sequence[Token], at: int) -> bool:
    """Whether the words around make it a time since something rather than an age or duration."""
    after = [token.word for token in tokens[at + 1 : at + 4] if token.word != "."][:2]
    if after[:1] == ["on"] and len(tokens) <= at + 2:
        return True
    if _stands_alone(tokens, at):
        return True
    if after[:2] in (["on", ","], ["on", ":"], ["down", "the"]):
        return True
    if after[:1] and after[0] in _AFTER and not (after[0] == "old" and after[1:2] != ["injury"]):
        return after[:2] != ["of", "age"] and not (
            after[0] == "from" and after[1:2] and after[1] in _NO_EVENT
        )
    if after[:2] == ["s", "/"]:
        return True
    before = [token.word for token in tokens[max(0, at - REACH) : at]]
    if after[:1] == ["into"] or "day" in before[-1:]:
        return False
    marks = {"since", "post", "postop", "interval", "duration"}
    since = bool(marks & set(before[-3:])) and ("since" not in before or "time" in before)
    return since or ("at" in before[-3:-1] and after[:1] == ["post"])
