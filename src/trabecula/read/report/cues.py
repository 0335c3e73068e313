"""The cues of a sentence: what denies, doubts, plans, and which way each works."""

from collections.abc import Sequence
from dataclasses import dataclass

from trabecula.read.report.matcher import Matcher
from trabecula.read.report.patterns import Match
from trabecula.read.report.tokens import Token

_CLOSING = frozenset({"no", "none", "nil", "negative", "neg", "not"})
_BEFORE_MONTH = frozenset({"in", "of", "since", "last", "early", "late", "until", "from"})


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue found in a sentence."""

    kind: str
    match: Match
    likely: bool


def cues_of(tokens: Sequence[Token], matcher: Matcher) -> list[Cue]:
    """Cues that do not overlap, the longest first; each token belongs to one cue at most."""
    found: dict[tuple[int, ...], list[str]] = {}
    for kind, match in matcher.find(tokens):
        if _is_month(tokens, match):
            continue
        found.setdefault(match.positions, []).append(kind)
    taken: set[int] = set()
    chosen: list[Cue] = []
    order = sorted(found, key=lambda p: (-len(p), p[-1] - p[0], p[0]))
    for positions in order:
        kinds = found[positions]
        if taken & set(positions):
            continue
        real = [kind for kind in kinds if kind != "likely"]
        if not real:
            continue
        taken |= set(positions)
        kind = _direction(real, positions, tokens)
        chosen.append(Cue(kind, Match(positions), "likely" in kinds))
        chosen.extend(
            Cue(other, Match(positions), False)
            for other in real
            if other != kind and not (_polar(other) and _polar(kind))
        )
    return sorted(chosen, key=lambda cue: cue.match.first)


def _is_month(tokens: Sequence[Token], match: Match) -> bool:
    """Whether a lone ``May`` is the month: a number or ``in`` stands beside it."""
    if len(match.positions) > 1 or tokens[match.first].text != "May":
        return False
    before = tokens[match.first - 1].word if match.first else ""
    after = tokens[match.first + 1].word if match.first + 1 < len(tokens) else ""
    return before[:1].isdigit() or after[:1].isdigit() or before in _BEFORE_MONTH


def _polar(kind: str) -> bool:
    return kind.startswith(("denied", "uncertain", "sure"))


def _direction(kinds: Sequence[str], positions: tuple[int, ...], tokens: Sequence[Token]) -> str:
    """Which way a cue works that could work both ways: backward when nothing follows it."""
    if "sure" in kinds:
        return "sure"
    if tokens[positions[0]].word == "?":
        return _queried(positions[0], tokens)
    after = [kind for kind in kinds if kind.endswith("_after")]
    before = [kind for kind in kinds if kind.endswith("_before")]
    follows = positions[-1] + 1 < len(tokens) and _goes_on(tokens[positions[-1] + 1].word)
    if follows and positions[0] > 0 and tokens[positions[-1] + 1].word == ":":
        follows = False
    word = tokens[positions[-1]].word
    if after and before:
        starts = positions[0] == 0 or not tokens[positions[0] - 1].is_word
        return before[0] if follows and (starts or word != "absent") else after[0]
    if not before and positions[0] == 0 and follows and after[:1] == ["denied_after"]:
        return "denied_before"
    at_end = positions[-1] + 1 == len(tokens) or not tokens[positions[-1] + 1].is_word
    if before and at_end and word in _CLOSING and positions[0] > 0:
        return "denied_after"
    return kinds[0]


def _queried(at: int, tokens: Sequence[Token]) -> str:
    """Which way a question mark works: on the word it touches, ``?HO`` or ``HO?``."""
    touches_next = at + 1 < len(tokens) and tokens[at + 1].start == tokens[at].end
    touches_last = at > 0 and tokens[at - 1].end == tokens[at].start
    return "uncertain_after" if touches_last and not touches_next else "uncertain_before"


_TURNS = frozenset(
    [
        "and",
        "but",
        "on",
        "at",
        "in",
        "by",
        "from",
        "clinically",
        "here",
        "with",
        "to",
        "for",
        "as",
        "since",
        "after",
        "during",
        "though",
        "although",
        "because",
        "so",
        "if",
        "per",
        "according",
        "only",
        "previously",
    ]
)


def _goes_on(word: str) -> bool:
    """Whether a clause goes on with this word."""
    return (word[0].isalnum() or word == ":") and word not in _TURNS
