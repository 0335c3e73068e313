"""The word ``bone`` as a substance in soft tissue, told from the bones of the skeleton.

``Bone fills the track`` and ``a tongue of bone`` tell of bone where none belongs; ``erodes the
bone``, ``bone scan`` and ``host bone`` speak of the skeleton. The difference lies in the
grammar: the substance has no article, joins no other noun, and nothing touches or erodes it.
"""

from collections.abc import Sequence

from trabecula.read.report.patterns import Match
from trabecula.read.report.tokens import Token
from trabecula.read.report.wordlists import beginnings_of, words_of

_COMPOUND = beginnings_of("bone_compound")
"""Beginnings of words that make ``bone`` before them the skeleton's."""
_NATIVE = words_of("bone_native")
"""Words before ``bone`` that make it one of the skeleton, or a report of the microscope."""
_TOUCHED = beginnings_of("bone_touched")
"""Beginnings of verbs whose object is the skeleton's bone."""
_TOWARD = words_of("bone_toward")
"""Prepositions whose ``bone`` is a place."""
_SUBSTANCES = beginnings_of("bone_substance")
"""Beginnings of words whose ``of bone`` is the substance."""
_BACK = 3
"""Words before ``bone`` that may describe it."""


def bare_bones(tokens: Sequence[Token]) -> list[Match]:
    """Where ``bone`` is said of a substance, not of the skeleton."""
    return [
        Match((at,))
        for at, token in enumerate(tokens)
        if token.text.lower() == "bone" and _alone(tokens, at) and _grows(tokens, at)
    ]


def _alone(tokens: Sequence[Token], at: int) -> bool:
    """Whether no noun follows that ``bone`` belongs to."""
    after = [token.word for token in tokens[at + 1 : at + 3]]
    if after[:1] == ["be"] and after[1:2]:
        return not after[1].startswith(_COMPOUND)
    return not (after[:1] and after[0].startswith(_COMPOUND))


def _grows(tokens: Sequence[Token], at: int) -> bool:
    """Whether the words before leave ``bone`` a substance."""
    for back in range(at - 1, max(-1, at - 1 - _BACK), -1):
        word = tokens[back].word
        if word in _NATIVE or word.startswith(_TOUCHED):
            return False
        if word == "of":
            return back > 0 and tokens[back - 1].word.startswith(_SUBSTANCES)
        if word in _TOWARD:
            return False
        if not tokens[back].is_word or word in (
            "and",
            "or",
            "with",
            "by",
            "as",
            "into",
            "no",
        ):
            return not (word == "and" and back and tokens[back - 1].word in ("tissue", "muscle"))
    return True
