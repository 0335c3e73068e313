"""Splinters and ends of native bone."""

from trabecula.model import Kind
from trabecula.see.candidates import Candidate
from trabecula.see.free_bones import GRAZED
from trabecula.see.rules.place import (
    Judgement,
    Place,
    below_crest,
    bone_in,
    height_in_chest,
)

FRAGMENT_ML = 0.15
"""A fragment of the skeleton, broken off by threshold or thin cortex, is smaller than this."""

FRAGMENT_EXCESS_HU = 350.0
"""Its peak is at most this far above the threshold: broken cortex is faint cortex."""

FRAGMENT_MM = 4.0
"""And within this of it, or within two slices."""


GRAZED_ML = 1.0
"""Smaller bodies at the edge are as likely the tip of a bone."""


def cut(candidate: Candidate, _: Place) -> Judgement | None:
    """Bodies cut by the edge of the field of view."""
    section_mm2 = candidate.volume_ml * 1000.0 / candidate.axes_mm[0]
    grazed = candidate.volume_ml >= GRAZED_ML and candidate.cut_area_mm2 < GRAZED * section_mm2
    if candidate.cut_area_mm2 <= 0.0 or grazed:
        return None
    return Judgement(
        Kind.CUT_BY_FIELD_OF_VIEW,
        f"cut by the edge of the field of view ({candidate.cut_area_mm2:.0f} mm²): "
        "it may be the end of a bone outside it",
        0.6,
    )


THICK_SLICES_MM = 2.5
"""From this slice distance on thin bone looks broken into larger pieces."""

THICK_FRAGMENT_ML = 0.4
"""The largest of them: ends of ribs and processes, as thick as a slice."""

THICK_FRAGMENT_MM = 10.0
"""And within three slices of the skeleton, but no farther than this."""


def fragment(candidate: Candidate, place: Place) -> Judgement | None:
    """Splinters of the skeleton that thin cortex or the threshold breaks off."""
    reach = max(FRAGMENT_MM, 1.5 * place.slice_mm)
    if candidate.peak_hu > place.noise.mineral_threshold_hu + FRAGMENT_EXCESS_HU:
        return None
    size = f"{candidate.volume_ml * 1000:.0f} mm³"
    if candidate.skeleton_mm <= reach and candidate.volume_ml <= FRAGMENT_ML:
        text = f"a fragment of {size} within {reach:.0f} mm of the skeleton"
        return Judgement(Kind.NATIVE, text, 0.6)
    far = min(3.0 * place.slice_mm, THICK_FRAGMENT_MM)
    thick = place.slice_mm >= THICK_SLICES_MM and candidate.volume_ml <= THICK_FRAGMENT_ML
    if not thick or candidate.skeleton_mm > far:
        return None
    text = (
        f"{size} within {far:.0f} mm of the skeleton, in thick slices: "
        "a piece of it, or mineral beside it"
    )
    return Judgement(Kind.UNCERTAIN, text, 0.5)


COCCYX_ML = 1.5
"""A free piece of the coccyx is smaller."""

COCCYX_REACH_MM = 15.0
"""And lies this near the sacrum."""


def coccyx(candidate: Candidate, place: Place) -> Judgement | None:
    """Free pieces of the coccyx: in the midline, the sacrum above them and no spine before them."""
    middle = abs(candidate.beside_mm) <= MIDDLE_MM and candidate.volume_ml <= COCCYX_ML
    lungs_below = height_in_chest(candidate, place) is not None
    below = not lungs_below and (below_crest(candidate, place) or place.crest_k is None)
    if not (middle and below) or candidate.skeleton_mm > COCCYX_REACH_MM:
        return None
    sides = {"above_mm": 0.0, "beside_mm": MIDDLE_MM}
    spine_before = bone_in(candidate, place, before_mm=SPINE_BEFORE_MM, **sides)
    if spine_before or candidate.skin_depth_mm > COCCYX_DEPTH_MM:
        return None
    return Judgement(Kind.NATIVE, "in the midline by the sacrum: a piece of the coccyx", 0.7)


SPINE_BEFORE_MM = 60.0
"""The sacrum lies this near before what lies behind it; the pubis lies farther before a coccyx."""

COCCYX_DEPTH_MM = 80.0
"""The coccyx lies no deeper under the skin of the back."""

MIDDLE_MM = 12.0
"""Half the width of the coccyx."""
