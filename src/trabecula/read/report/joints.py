"""Regions that bones share, and regions that lie beside each other."""

from collections.abc import Sequence

from trabecula.model import Region
from trabecula.read.report.tokens import Token

_THIGH = {"femur", "femoral", "trochanter"}
_ARM = {"humerus", "humeral"}


_JOINTS = (
    (
        {"ilium", "iliac", "acetabulum", "acetabular", "pelvis", "ischium"},
        _THIGH,
        Region.HIP,
    ),
    (_THIGH, {"tibia", "tibial", "patella"}, Region.KNEE),
    (_ARM, {"ulna", "ulnar", "radius", "radial", "olecranon"}, Region.ELBOW),
    (_ARM, {"scapula", "acromion", "glenoid", "clavicle"}, Region.SHOULDER),
    ({"radius", "radial"}, {"ulna", "ulnar"}, Region.FOREARM),
    ({"tibia", "tibial"}, {"fibula", "fibular"}, Region.LEG_FOOT),
)
"""Bones on both sides of a joint or membrane, and its region."""


def joint_between(tokens: Sequence[Token]) -> Region | None:
    """Region between two bones that one sentence joins: ``from the ilium to the femur``."""
    words = {token.word for token in tokens}
    regions = [region for one, other, region in _JOINTS if words & one and words & other]
    return regions[0] if len(regions) == 1 else None


_NEIGHBOURS = (
    {Region.HIP, Region.THIGH, Region.PELVIS},
    {Region.KNEE, Region.THIGH},
    {Region.KNEE, Region.LEG_FOOT},
    {Region.SHOULDER, Region.UPPER_ARM, Region.CHEST},
    {Region.ELBOW, Region.UPPER_ARM, Region.FOREARM},
    {Region.FOREARM, Region.HAND},
    {Region.NECK, Region.HEAD},
    {Region.NECK, Region.BACK},
    {Region.NECK, Region.SHOULDER},
    {Region.CHEST, Region.BACK},
    {Region.ABDOMEN, Region.PELVIS},
    {Region.ABDOMEN, Region.BACK},
    {Region.SHOULDER, Region.BACK},
)
"""Regions that one lesion may well share."""


def apart(one: Region, other: Region) -> bool:
    """Whether two regions are too far from each other for one ordinary lesion."""
    return one is not other and not any({one, other} <= pair for pair in _NEIGHBOURS)
