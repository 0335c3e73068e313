"""What is where in the body: the value behind the anatomy port."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from trabecula.model.arrays import Labels, Mask, frozen
from trabecula.model.note import Note


class Tissue(Enum):
    """What a labelled structure is made of."""

    BONE = "bone"
    CARTILAGE = "cartilage"
    MUSCLE = "muscle"
    VESSEL = "vessel"
    ORGAN = "organ"
    BOWEL = "bowel"
    KIDNEY = "kidney"
    URINARY = "urinary tract"
    AIRWAY = "airway or lung"
    NERVOUS = "brain or cord"
    OTHER = "other"


class Region(Enum):
    """Fifteen body regions; each is evaluable or not in a given field of view."""

    HEAD = "head"
    NECK = "neck"
    CHEST = "chest"
    BACK = "back"
    ABDOMEN = "abdomen"
    PELVIS = "pelvis"
    SHOULDER = "shoulder"
    UPPER_ARM = "upper_arm"
    ELBOW = "elbow"
    FOREARM = "forearm"
    HAND = "hand"
    HIP = "hip"
    THIGH = "thigh"
    KNEE = "knee"
    LEG_FOOT = "leg_foot"


class Side(Enum):
    """Always the patient's."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"
    MIDLINE = "midline"
    UNPAIRED = "unpaired"


@dataclass(frozen=True, slots=True)
class Structure:
    """One labelled structure.

    Attributes
    ----------
    label
        Its number in the label array.
    name
        TotalSegmentator's name where there is one (``hip_left``), else our own in the same manner.
    tissue
        What it is made of.
    """

    label: int
    name: str
    tissue: Tissue

    @property
    def side(self) -> Side:
        """Side told by the name."""
        words = self.name.split("_")
        if "left" in words:
            return Side.LEFT
        return Side.RIGHT if "right" in words else Side.UNPAIRED


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """What is where in one scan.

    Attributes
    ----------
    labels : (k, j, i) uint8 or uint16
        Structure numbers on the grid of the scan, 0 = none.
    structures
        What the numbers mean.
    source
        ``label map``, ``TotalSegmentator`` or ``embedded``.
    version
        Version of that source; empty for a label map that does not say.
    separates_fused_bone
        Whether bone grown onto the skeleton can be told from it: true when bones were given by
        name, false when the skeleton was found by its density alone.
    notes
        What this anatomy cannot do in this scan.
    """

    labels: Labels
    structures: tuple[Structure, ...]
    source: str
    version: str
    separates_fused_bone: bool
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        frozen(self.labels)

    def named(self, *names: str) -> tuple[int, ...]:
        """Labels of the structures that bear these names; absent ones are left out."""
        return tuple(s.label for s in self.structures if s.name in names)

    def of(self, *tissues: Tissue) -> tuple[int, ...]:
        """Labels of all structures of these tissues."""
        return tuple(s.label for s in self.structures if s.tissue in tissues)

    def name_of(self, label: int) -> str:
        """Name of a label."""
        return next(s.name for s in self.structures if s.label == label)

    def mask(self, labels: Iterable[int], box: tuple[slice, slice, slice] | None = None) -> Mask:
        """Voxels of some labels, in a box or everywhere, bool."""
        table = np.zeros(int(np.iinfo(self.labels.dtype).max) + 1, dtype=bool)
        table[list(labels)] = True
        part = self.labels if box is None else self.labels[box]
        member: Mask = table[part]
        return member
