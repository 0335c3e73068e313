"""How an observation is written down: three-valued, with its figure, method and certainty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import erf, sqrt

from trabecula.model import Measured, Presence, Sign

MM, HU_UNIT, ONE, DEGREE, COUNT = "mm", "[hnsf'U]", "1", "deg", "{count}"
"""UCUM units of the figures."""

SPOKEN = {MM: " mm", HU_UNIT: " HU", DEGREE: "°"}
"""The same units as people write them; numbers and counts have none."""

BONE_WORDS = {"hip": "hip bone", "clavicula": "clavicle", "vertebrae": "vertebra"}
"""Names of structures that need another word."""

SIDE_WORDS = ("left", "right")
"""Parts of a structure's name that say its side."""

BOUNDS = (0.5, 0.99)
"""Certainty of a graded sign: a coin toss at its limit, never quite sure."""


@dataclass(frozen=True, slots=True)
class Observations:
    """What one measurement brings: signs, and figures beside them."""

    signs: tuple[Sign, ...] = ()
    figures: Mapping[str, Measured] = field(default_factory=dict)

    def presence(self, name: str) -> Presence:
        """Presence of a sign; one not looked for is not assessed."""
        return next((s.presence for s in self.signs if s.name == name), Presence.NOT_ASSESSED)

    def joined(self, other: "Observations") -> "Observations":
        """Both together."""
        return Observations(self.signs + other.signs, {**self.figures, **other.figures})


def not_assessed(why: str, *names: str) -> tuple[Sign, ...]:
    """Signs that could not be looked for, all for one reason."""
    return tuple(Sign(name, Presence.NOT_ASSESSED, certainty=0.0, reason=why) for name in names)


def stated(name: str, present: bool, reason: str, *, certainty: float = 0.9) -> Sign:
    """Return a sign without a figure."""
    presence = Presence.PRESENT if present else Presence.ABSENT
    return Sign(name, presence, certainty=certainty, reason=reason)


def graded(
    name: str, figure: Measured, limit: float, *, spread: float, below: bool = False
) -> Sign:
    """Hold a figure against a limit; the nearer to it, the less certain.

    Parameters
    ----------
    name
        Sign.
    figure
        What was measured.
    limit
        Present above it, or below it when ``below`` is set; same unit.
    spread
        Standard error of the figure, same unit, above zero.
    """
    distance = (figure.value - limit) * (-1.0 if below else 1.0)
    sure = 0.5 * (1.0 + erf(abs(distance) / spread / sqrt(2.0)))
    return Sign(
        name,
        Presence.PRESENT if distance > 0 else Presence.ABSENT,
        measured=round(figure.value, 3),
        unit=figure.unit,
        certainty=round(min(max(sure, BOUNDS[0]), BOUNDS[1]), 3),
        reason=f"{figure.method}; limit {limit:.3g}{SPOKEN.get(figure.unit, '')}",
    )


def structure_words(name: str) -> str:
    """Name of a structure for people: ``rib_left_5`` is the left rib 5."""
    parts = name.split("_")
    side = [part for part in parts if part in SIDE_WORDS]
    rest = [BONE_WORDS.get(part, part) for part in parts if part not in SIDE_WORDS]
    return " ".join(side + rest)


def listed(words: Sequence[str]) -> str:
    """Words in a sentence: a, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
