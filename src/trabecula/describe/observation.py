"""How an observation is written down: three-valued, with its figure, method and certainty."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import erf, sqrt

from trabecula.model import Measured, Presence, Sign

MM, HU_UNIT, ONE, DEGREE, COUNT = "mm", "[hnsf'U]", "1", "deg", "{count}"
"""UCUM units of the figures."""

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
        reason=f"{figure.method}; limit {limit:.3g} {figure.unit}",
    )
