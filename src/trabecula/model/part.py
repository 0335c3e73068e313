"""Parts of the skeleton that may not belong to it, and what a reader says of them."""

from dataclasses import dataclass
from enum import Enum

from trabecula.model.anatomy import Region, Side
from trabecula.model.arrays import Box, Mask, frozen

Point = tuple[float, float, float]
"""Point in the patient ``(x, y, z)``, LPS, mm."""


class Belonging(Enum):
    """Whether mineral is of the native skeleton or not."""

    NATIVE = "native"
    ECTOPIC = "ectopic"


class DecidedBy(Enum):
    """Who said so."""

    PROGRAM = "program"
    EDIT = "edit"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A piece of the bone seen as native that may have grown onto it.

    Attributes
    ----------
    id
        Made of its place, so it is the same in every run on the same scan.
    mask : (k, j, i) bool
        The part inside its box, on the grid of the scan.
    box
        Where the mask lies in the volume.
    region, side
        Where it lies in the patient; ``None`` when the field of view does not tell.
    centroid_lps_mm
        LPS, mm.
    volume_ml
        Of its mask, marrow included.
    touches
        Names of the native structures it joins.
    probability_ectopic
        From 0 to 1, by the program, whatever an edit said.
    reasons
        What speaks for and against, in words.
    state
        What it counts as in this answer.
    decided_by
        The program, or an edit.
    """

    id: str
    mask: Mask
    box: Box
    region: Region | None
    side: Side | None
    centroid_lps_mm: Point
    volume_ml: float
    touches: tuple[str, ...]
    probability_ectopic: float
    reasons: tuple[str, ...]
    state: Belonging = Belonging.NATIVE
    decided_by: DecidedBy = DecidedBy.PROGRAM

    def __post_init__(self) -> None:
        if self.mask.shape != tuple(axis.stop - axis.start for axis in self.box):
            raise ValueError("The mask does not fill its box.")
        if not 0.0 <= self.probability_ectopic <= 1.0:
            raise ValueError("A probability lies between 0 and 1.")
        frozen(self.mask)


@dataclass(frozen=True, slots=True)
class Toggle:
    """Say of a part what it is; it is named by its id or by a point in it."""

    to: Belonging
    part: str | None = None
    at_lps_mm: Point | None = None

    def __post_init__(self) -> None:
        if (self.part is None) == (self.at_lps_mm is None):
            raise ValueError("A toggle names a part or a point, one of them.")


@dataclass(frozen=True, slots=True)
class Seed:
    """Say of a point in mineral what it is; what belongs to it is found from there.

    ``radius_mm`` is how far round the point the word surely holds.
    """

    at_lps_mm: Point
    belongs: Belonging
    radius_mm: float


@dataclass(frozen=True, slots=True)
class LesionEdit:
    """Say of the lesion at a point that it is native bone.

    Lesions are named by a point, not by their number: numbers go by size, so any edit may change
    them.
    """

    at_lps_mm: Point


@dataclass(frozen=True, slots=True)
class Edits:
    """Everything a reader corrected in one scan; data that is kept with the result."""

    toggle: tuple[Toggle, ...] = ()
    seed: tuple[Seed, ...] = ()
    lesion: tuple[LesionEdit, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.toggle or self.seed or self.lesion)
