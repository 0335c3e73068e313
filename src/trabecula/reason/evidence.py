"""From a list of signs to one finding a sign: repeats merged, conflicts weighed, parents added."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trabecula.model import COUNTED_PLACES, Presence, Sign, sign_definitions
from trabecula.reason.knowledge import Weights

CERTAIN_ENOUGH = 0.5
"""A sign held with less than this certainty is as good as unknown."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is held of one sign.

    Attributes
    ----------
    name
        The sign.
    belief
        Probability that it is present, 0 to 1.
    implied
        Whether it only follows from a more particular sign.
    """

    name: str
    belief: float
    implied: bool = False

    @property
    def present(self) -> bool:
        """Whether it is held to be there."""
        return self.belief > CERTAIN_ENOUGH


def findings(signs: Iterable[Sign], weights: Weights) -> tuple[Finding, ...]:
    """One finding a sign, in order of name.

    A sign not assessed leaves no finding. Of two statements on the same sign the more certain
    one counts; where both are equally certain and contradict each other, neither does.

    Parameters
    ----------
    signs
        From image, report and form, in any order.
    weights
        Holds which signs bring more general ones with them.
    """
    known = sign_definitions()
    stated: dict[str, float] = {}
    for sign in signs:
        if sign.presence is Presence.NOT_ASSESSED or sign.name not in known:
            continue
        half = 0.5 * min(max(sign.certainty, 0.0), 1.0)
        if sign.reason == COUNTED_PLACES:
            half *= weights.scale["counted_places"]
        belief = 0.5 + half if sign.presence is Presence.PRESENT else 0.5 - half
        stated[sign.name] = _stronger(stated.get(sign.name), belief)
    kept = {name: belief for name, belief in stated.items() if abs(belief - 0.5) > 1e-9}
    implied = _implied(kept, weights.implies)
    every = [Finding(name, belief) for name, belief in kept.items()]
    every += [Finding(name, belief, implied=True) for name, belief in implied.items()]
    return tuple(sorted(every, key=lambda finding: finding.name))


def _stronger(first: float | None, second: float) -> float:
    """Take the more certain of two beliefs; 0.5 when they cancel out."""
    if first is None or abs(second - 0.5) > abs(first - 0.5):
        return second
    if abs(first - 0.5) > abs(second - 0.5) or first == second:
        return first
    return 0.5


def _implied(
    stated: Mapping[str, float], implies: Mapping[str, tuple[str, ...]]
) -> Mapping[str, float]:
    """General signs that follow from particular ones and were not spoken of themselves."""
    found: dict[str, float] = {}
    for name, belief in stated.items():
        if belief > CERTAIN_ENOUGH:
            for parent in implies.get(name, ()):
                if parent not in stated:
                    found[parent] = max(found.get(parent, 0.0), belief)
    return found


def about_mineral(found: Iterable[Finding], weights: Weights) -> bool:
    """Whether anything found can be reasoned about: mineral, a mass, or what proves a disease."""
    known = sign_definitions()
    return any(
        finding.present
        and (
            finding.name in weights.anchor_signs or known[finding.name].kind in weights.anchor_kinds
        )
        for finding in found
    )
