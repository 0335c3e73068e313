"""Hands and feet, and the skin: slender parts where place and symmetry tell little."""

from trabecula.model import Kind
from trabecula.see.candidates import Candidate
from trabecula.see.rules.place import Judgement, Place

SKIN_REACH_MM = 9.0
"""Skin is at most 4 mm thick; the depth is known to a coarse voxel."""

SKIN_THICK_MM = 9.0
"""Thickness of a curved sheet of skin, by its principal axes."""

SKIN_EXCESS_HU = 70.0
"""Sharp kernels and thick slices lift skin to this far above the threshold at most; mineral in
skin is denser."""


def skin(candidate: Candidate, place: Place) -> Judgement | None:
    """Sheets of skin, brightened by a sharp kernel or where slices are thick and air is beside."""
    faint = candidate.peak_hu <= place.noise.mineral_threshold_hu + SKIN_EXCESS_HU
    sheet = candidate.skin_reach_mm <= SKIN_REACH_MM and candidate.thickness_mm <= SKIN_THICK_MM
    if not (faint and sheet):
        return None
    return Judgement(
        Kind.ARTEFACT, "a faint sheet of skin, brightened where it borders on air", 0.7
    )


SLENDER_MM = 26.0
"""Half the thickness of a hand, wrist or foot; a forearm or calf is thicker."""

SLENDER_REACH_MM = 32.0
"""The thickness of the part is taken over this far around."""


def hand_or_foot(candidate: Candidate, place: Place) -> Judgement | None:
    """Free bones of hand and foot, which are many and small."""
    depth = place.scene.skin_depth_mm
    around = tuple(
        slice(max(0, at - round(SLENDER_REACH_MM / edge)), at + round(SLENDER_REACH_MM / edge) + 1)
        for at, edge in zip(candidate.coarse_kji, place.scene.spacing_kji_mm, strict=True)
    )
    if float(depth[around].max()) > SLENDER_MM or candidate.volume_ml < SLENDER_ML:
        return None
    return Judgement(
        Kind.UNCERTAIN,
        "in a part of the body as slender as a hand or foot: one of its bones, or mineral "
        "beside them",
        0.5,
    )


SLENDER_ML = 0.1
"""The smallest bones of hand and foot; smaller mineral is judged as elsewhere."""
