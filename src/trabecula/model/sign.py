"""Signs: one observation each, from an image, a report or a form."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files

COUNTED_PLACES = "from the places named"
"""Reason of a sign that no word states: it was concluded from the places that a text names."""


class Presence(Enum):
    """A sign looked for is present or absent; one not looked for is neither."""

    PRESENT = "present"
    ABSENT = "absent"
    NOT_ASSESSED = "not_assessed"


class Origin(Enum):
    """Which door a sign came through."""

    IMAGE = "image"
    REPORT = "report"
    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Sign:
    """One observation and the number behind it.

    Attributes
    ----------
    name
        A key of :func:`sign_definitions`.
    presence
        Present, absent or not assessed.
    measured, unit
        The figure behind it and its UCUM unit; both or neither.
    certainty
        From 0 to 1: how sure the observer is of the presence stated.
    origin
        Image, report or context.
    lesion_ids
        Lesions the sign was seen in.
    text_span
        Start and end of the words behind it, in the report.
    reason
        How it was measured or, when not assessed, why not.
    """

    name: str
    presence: Presence
    measured: float | None = None
    unit: str | None = None
    certainty: float = 1.0
    origin: Origin = Origin.IMAGE
    lesion_ids: tuple[int, ...] = ()
    text_span: tuple[int, int] | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if (self.measured is None) != (self.unit is None):
            raise ValueError("A measured value and its UCUM unit come together.")
        if self.presence is Presence.NOT_ASSESSED and not self.reason:
            raise ValueError("Say why the sign was not assessed.")
        if not 0.0 <= self.certainty <= 1.0:
            raise ValueError("Certainty lies between 0 and 1.")


@dataclass(frozen=True, slots=True)
class SignDefinition:
    """What a sign means.

    Attributes
    ----------
    name, title, definition
        Key, words for people, and what must be seen.
    kind
        Heading in the atlas: matrix, zonation, relation, plane, distribution, site, …
    group
        Signs of one group say much the same thing and share one weight in reasoning.
    code
        ``HP:…`` or ``SCT:…`` where one exists.
    """

    name: str
    title: str
    definition: str
    kind: str
    group: str
    code: str | None = None


@cache
def sign_definitions() -> Mapping[str, SignDefinition]:
    """Every sign the program knows, by name, from ``signs.toml``."""
    text = files("trabecula.model").joinpath("signs.toml").read_text(encoding="utf-8")
    return {
        name: SignDefinition(
            name=name,
            title=entry["title"],
            definition=entry["definition"],
            kind=entry["kind"],
            group=entry.get("group", name),
            code=entry.get("code"),
        )
        for name, entry in tomllib.loads(text).items()
    }
