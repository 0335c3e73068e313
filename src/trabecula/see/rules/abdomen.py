"""Abdomen: stones of kidneys and ureters, and what lies in or among the bowel."""

from trabecula.model import Kind
from trabecula.see.candidates import Candidate
from trabecula.see.rules.place import (
    BOWEL_DEPTH_MM,
    FREE_OF_BONE_MM,
    Judgement,
    Place,
    abdomen_is_known,
    above_lung_base_mm,
    below_crest,
    height_in_chest,
    in_low_pelvis,
    within,
)

KIDNEY_BESIDE_MM = (35.0, 125.0)
"""Distance of the renal collecting system from the midline."""

KIDNEY_BEFORE_SPINE_MM = (-55.0, 45.0)
"""Kidneys lie beside the spine: from behind its front to a little before it."""

URETER_BESIDE_MM = (28.0, 55.0)
"""The ureter runs on the psoas, off the midline by this much."""

URETER_BEFORE_SPINE_MM = (-15.0, 45.0)
"""And about level with the front of the spine."""

STONE_PEAK_HU = 250.0
"""Stones of calcium reach this even when small and the slices are thick."""

STONE_ML = 2.5
"""Larger bodies (a staghorn is 5 to 20 ml) are not named by place alone."""

STONE_DEPTH_MM = 35.0
"""Kidneys and ureters lie deeper than the muscles of the back and flank."""

KIDNEY_ABOVE_BASE_MM = 50.0
"""The recess of the lungs reaches down behind the kidneys by this much."""

GAS_MM = 18.0
"""Bowel content lies this close to gas in the bowel."""

LUMEN_MM = 7.0
"""A larger body that is content lies against the gas of its own lumen: within two coarse voxels."""


def urinary_stone(candidate: Candidate, place: Place) -> Judgement | None:
    """Stones in the place of the kidneys or on the line of the ureters."""
    dense = candidate.peak_hu >= STONE_PEAK_HU and candidate.volume_ml <= STONE_ML
    free = candidate.skeleton_mm >= FREE_OF_BONE_MM and candidate.elongation < 4.0
    below = not candidate.lung_share and candidate.skin_depth_mm >= STONE_DEPTH_MM
    below = below and above_lung_base_mm(candidate, place) <= KIDNEY_ABOVE_BASE_MM
    if not (dense and free and below and abdomen_is_known(place)):
        return None
    beside, before = abs(candidate.beside_mm), candidate.before_spine_mm
    ureter = within(beside, URETER_BESIDE_MM) and within(before, URETER_BEFORE_SPINE_MM)
    ureter = ureter and not in_low_pelvis(candidate, place)
    kidney = within(beside, KIDNEY_BESIDE_MM) and within(before, KIDNEY_BEFORE_SPINE_MM)
    kidney = kidney and not below_crest(candidate, place)
    if not (ureter or kidney) or (candidate.gas_mm <= GAS_MM and not kidney):
        return None
    side = "left" if candidate.beside_mm > 0 else "right"
    if ureter and not (kidney and before < 20.0 and beside > URETER_BESIDE_MM[1]):
        text = f"dense, free of bone, on the line of the {side} ureter or renal pelvis"
    else:
        text = f"dense, free of bone, in the place of the {side} kidney"
    return Judgement(Kind.STONE, text, 0.75)


def bowel_content(candidate: Candidate, place: Place) -> Judgement | None:
    """Dense content of the bowel, beside its gas."""
    inside = candidate.gas_mm <= GAS_MM and candidate.skin_depth_mm >= BOWEL_DEPTH_MM
    height = height_in_chest(candidate, place)
    inside = inside and (height is None or height < DOME_TOP)
    above = candidate.lung_share > 0.0 or candidate.skeleton_mm < FREE_OF_BONE_MM
    if not inside or above or not candidate.before_spine_mm > 0.0:
        return None
    if candidate.volume_ml > BOWEL_ML and candidate.gas_mm > LUMEN_MM:
        return None
    return Judgement(Kind.BOWEL_CONTENT, "beside gas in the bowel, in front of the spine", 0.6)


DOME_TOP = 0.4
"""Stomach and colon reach up under the diaphragm to this share of the lungs' height."""

BOWEL_REACH_MM = 45.0
"""Bowel may lie this far from the nearest gas in it."""

BOWEL_ML = 1.0
"""What is larger is judged as a lesion even between the bowel loops."""


def among_bowel(candidate: Candidate, place: Place) -> Judgement | None:
    """Small mineral deep in the abdomen, not far from bowel with gas."""
    small = candidate.volume_ml <= BOWEL_ML and candidate.skeleton_mm >= FREE_OF_BONE_MM
    deep = candidate.skin_depth_mm >= BOWEL_DEPTH_MM and candidate.before_spine_mm > 0.0
    if not (small and deep) or candidate.gas_mm > BOWEL_REACH_MM or candidate.lung_share > 0.0:
        return None
    if height_in_chest(candidate, place) is not None or in_low_pelvis(candidate, place):
        return None
    return Judgement(
        Kind.UNCERTAIN,
        "small, deep in the abdomen and not far from bowel: bowel content, a node, a vessel "
        "or an organ's calcification",
        0.5,
    )
