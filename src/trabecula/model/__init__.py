"""Frozen values that every layer speaks: volumes, anatomy, lesions, signs, answers."""

from trabecula.model.anatomy import Anatomy, Region, Side, Structure, Tissue
from trabecula.model.answer import (
    Answer,
    Candidate,
    Caution,
    Context,
    Noise,
    Question,
    Reason,
    Reasoning,
    RegionBurden,
    Seen,
)
from trabecula.model.arrays import HU, Box, Float32, Float64, Labels, Mask, frozen
from trabecula.model.geometry import Grid
from trabecula.model.lesion import (
    Border,
    DescribedLesion,
    HounsfieldSummary,
    Kind,
    Lesion,
    Measured,
    SetAside,
    Verdict,
    Weight,
)
from trabecula.model.note import Level, Note
from trabecula.model.sign import Origin, Presence, Sign, SignDefinition, sign_definitions
from trabecula.model.volume import AIR_HU, Acquisition, StoredAxes, Volume

__all__ = [
    "AIR_HU",
    "HU",
    "Acquisition",
    "Anatomy",
    "Answer",
    "Border",
    "Box",
    "Candidate",
    "Caution",
    "Context",
    "DescribedLesion",
    "Float32",
    "Float64",
    "Grid",
    "HounsfieldSummary",
    "Kind",
    "Labels",
    "Lesion",
    "Level",
    "Mask",
    "Measured",
    "Noise",
    "Note",
    "Origin",
    "Presence",
    "Question",
    "Reason",
    "Reasoning",
    "Region",
    "RegionBurden",
    "Seen",
    "SetAside",
    "Side",
    "Sign",
    "SignDefinition",
    "StoredAxes",
    "Structure",
    "Tissue",
    "Verdict",
    "Volume",
    "Weight",
    "frozen",
    "sign_definitions",
]
