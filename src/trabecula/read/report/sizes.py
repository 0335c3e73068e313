"""Sizes of lesions, as the text gives them."""

from collections.abc import Sequence
from dataclasses import dataclass

from trabecula.read.report.tokens import Token

LARGE_MM = 50.0
"""Above this a mass is large (definition of ``large_mass``)."""

THICK_CAP_MM = 20.0
"""A cartilage cap from this on is thick in an adult (definition of ``thick_cartilage_cap``)."""

_UNITS = {
    "cm": 10.0,
    "mm": 1.0,
    "centimeter": 10.0,
    "millimeter": 1.0,
    "centimetre": 10.0,
    "millimetre": 1.0,
}
_TIMES = frozenset({"x", "×", "by", "*", "-", "to", "–"})


@dataclass(frozen=True, slots=True)
class Size:
    """The largest figure of one size, mm, and where it stands."""

    mm: float
    first: int
    last: int


def sizes_of(tokens: Sequence[Token]) -> list[Size]:
    """Sizes in a sentence, such as ``12 x 9 cm``."""
    found: list[Size] = []
    for at, token in enumerate(tokens):
        factor = _UNITS.get(token.word)
        if factor is None or at == 0:
            continue
        numbers: list[float] = []
        first = at
        for back in range(at - 1, -1, -1):
            word = tokens[back].word
            if word[0].isdigit():
                numbers.append(float(word.replace(",", ".")) if word.count(",") < 2 else 0.0)
            elif word not in _TIMES and word not in _UNITS:
                break
            first = back
        if numbers:
            found.append(Size(max(numbers) * factor, first, at))
    return found
