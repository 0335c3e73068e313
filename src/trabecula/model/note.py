"""Notes: something about the input that limits what may be claimed."""

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How much a note matters to the reader."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the input that limits what may be claimed.

    Attributes
    ----------
    level
        ``WARNING`` when a claim of the answer is limited by it.
    check
        Short name of the check, such as ``slice_thickness``.
    text
        What was found.
    consequence
        What may not be claimed because of it; empty for information.
    """

    level: Level
    check: str
    text: str
    consequence: str = ""
