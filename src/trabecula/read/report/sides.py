"""Words of side in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from trabecula.model import Side
from trabecula.read.report.tokens import Token

_SIDES = {
    "left": Side.LEFT,
    "lt": Side.LEFT,
    "right": Side.RIGHT,
    "rt": Side.RIGHT,
    "bilateral": Side.BOTH,
    "bilaterally": Side.BOTH,
    "both": Side.BOTH,
    "midline": Side.MIDLINE,
}
LETTERS = {"L": Side.LEFT, "R": Side.RIGHT}


@dataclass(frozen=True, slots=True)
class Sided:
    """A word of side and its position."""

    side: Side
    at: int


def sides_of(tokens: Sequence[Token]) -> list[Sided]:
    """Words of side in a sentence: ``left``, ``R``, ``bilateral``, ``both``."""
    found: list[Sided] = []
    for at, token in enumerate(tokens):
        side = _SIDES.get(token.word) or (LETTERS.get(token.text))
        if token.word in ("either", "neither") and _is_of_a_pair(tokens, at):
            side = Side.BOTH
        if token.word == "both" and _is_of_kinds(tokens, at):
            continue
        if side is None:
            continue
        if token.word in ("left", "right") and _is_verb(tokens, at):
            continue
        if [t.word for t in tokens[at + 1 : at + 3]] == ["sided", "predominance"]:
            continue
        if token.text in LETTERS and not _is_letter_side(tokens, at):
            continue
        found.append(Sided(side, at))
    return _paired(_without_emphasis(found, tokens), tokens)


_EMPHASIS = (
    "larg",
    "more",
    "worse",
    "mainly",
    "bigger",
    "great",
    "predomin",
    "especial",
    "most",
)
_EMPHASIS_REACH = 5


def _without_emphasis(found: list[Sided], tokens: Sequence[Token]) -> list[Sided]:
    """Leave out the side that has more of what lies on both: ``both, larger on the right``."""
    if not any(sided.side is Side.BOTH for sided in found):
        return found
    return [
        sided
        for sided in found
        if sided.side is Side.BOTH
        or not any(
            token.word.startswith(_EMPHASIS)
            for token in tokens[max(0, sided.at - _EMPHASIS_REACH) : sided.at]
        )
    ]


_PAIRED = frozenset(
    [
        "hip",
        "knee",
        "elbow",
        "shoulder",
        "ankle",
        "wrist",
        "hand",
        "foot",
        "arm",
        "leg",
        "thigh",
        "calf",
        "forearm",
        "buttock",
        "groin",
        "axilla",
        "heel",
        "breast",
        "femur",
        "tibia",
        "humerus",
        "hemipelvis",
        "flank",
        "limb",
        "side",
        "toe",
        "thumb",
    ]
)


_KINDS = frozenset(
    [
        "anterior",
        "posterior",
        "superior",
        "inferior",
        "medial",
        "lateral",
        "calcification",
        "ossification",
        "benign",
        "early",
        "solid",
        "peripheral",
        "central",
        "of",
        "sequence",
        "study",
        "view",
        "calcific",
        "bony",
        "acute",
        "superficial",
        "deep",
        "in",
        "on",
        "by",
    ]
)


def _is_of_kinds(tokens: Sequence[Token], at: int) -> bool:
    """Whether ``both`` joins two kinds rather than two sides: ``both anterior and posterior``."""
    return at + 1 < len(tokens) and tokens[at + 1].word in _KINDS


def _is_of_a_pair(tokens: Sequence[Token], at: int) -> bool:
    """Whether ``either`` or ``neither`` goes with a paired part: ``neither shoulder``."""
    words = [token.word for token in tokens[at + 1 : at + 4]]
    paired = bool(_PAIRED & set(words[:2]))
    return paired and not (words[:1] == ["side"] and words[1:2] == ["of"])


_LEFT_BEHIND = frozenset({"a", "an", "behind", "no", "some", "him", "her", "his", "us"})
_DEPARTED = frozenset({"hospital", "untreated", "alone", "the", "in", "with", "to", "a"})


def _is_verb(tokens: Sequence[Token], at: int) -> bool:
    """``left hospital`` and ``left untreated`` are no side."""
    before = tokens[at - 1].word if at else ""
    after = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if tokens[at].word == "left" and after in _LEFT_BEHIND and before not in ("the", "on", "of"):
        return True
    departed = before in ("he", "she", "it", "have", "be") and after in _DEPARTED
    return departed or (before in ("all", "quite") and tokens[at].word == "right")


def _is_letter_side(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether a lone ``L`` or ``R`` is a side, which it is not in ``mmol / L``."""
    before = tokens[at - 1].word if at else ""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if before in ("/", "(", "=") or before[:1].isdigit():
        return False
    if after is None:
        return before in (",", "on") or before[:1].isalpha()
    return after.word[0].isalpha() or after.word in (".", ",", "+")


_AND = frozenset({"and", "or", "&", "/", "+", "the"})


def _paired(found: list[Sided], tokens: Sequence[Token]) -> list[Sided]:
    """``right and left`` beside each other is both."""
    out: list[Sided] = []
    for one in found:
        if out and {out[-1].side, one.side} == {Side.LEFT, Side.RIGHT}:
            between = [t.word for t in tokens[out[-1].at + 1 : one.at]]
            if between and set(between) <= _AND:
                out[-1] = Sided(Side.BOTH, one.at)
                continue
        out.append(one)
    return out
