"""Mineral beside metal: streaks, and what cannot be told there."""

from trabecula.model import Kind
from trabecula.see.candidates import Candidate
from trabecula.see.rules.place import Judgement, Place

STREAK_ML = 1.0
"""Streaks beside metal are thin; what is larger is judged by itself."""

STREAK_MEAN_HU = 600.0
"""Mean of a streak; solid mineral beside metal is denser."""


def streak(candidate: Candidate, place: Place) -> Judgement | None:
    """Bright streaks beside metal."""
    thin = candidate.volume_ml < STREAK_ML and candidate.mean_hu < STREAK_MEAN_HU
    if not (place.streak and thin):
        return None
    return Judgement(Kind.ARTEFACT, "small and beside metal, in the slices its streaks cross", 0.7)


METAL_SHARE = 0.5
"""Share of a body beside metal that makes it not tellable from metal's blur and the bone around."""

METAL_TOUCH_MM = 6.0
"""A body this near metal at its nearest is joined to it by blur."""

WIDE_STREAK_HU = 80.0
"""Wide streaks that start from metal have a mean this far above the threshold at most."""


def beside_metal(candidate: Candidate, place: Place) -> Judgement | None:
    """Mineral around an implant: bone, cement, blur and streaks look alike."""
    faint = candidate.mean_hu <= place.noise.mineral_threshold_hu + WIDE_STREAK_HU
    around = candidate.metal_share >= METAL_SHARE or (place.streak and faint)
    if not around or candidate.metal_mm > METAL_TOUCH_MM:
        return None
    return Judgement(
        Kind.UNCERTAIN,
        "around metal: bone at an implant, cement or the metal's own blur and streaks; "
        "ossification there cannot be told from them",
        0.5,
    )
