"""What a free body of mineral is, told by its place and shape: expected, stone, content, … or lesion.

Each rule names one kind with its reason and how sure it is, or passes. The first that does not pass
decides; what all pass is a lesion. Places are those of the adult; the certainty says how far a
place alone can be trusted.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trabecula.model import Kind, Noise
from trabecula.see.candidates import CHEST_WALL_MM, Candidate
from trabecula.see.landmarks import Landmarks
from trabecula.see.scene import Scene


@dataclass(frozen=True, slots=True)
class Judgement:
    """Why a body of mineral is set aside.

    ``certainty`` says how sure the naming is, from 0 to 1.
    """

    kind: Kind
    reason: str
    certainty: float


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """All that a rule may ask of a scan."""

    scene: Scene
    landmarks: Landmarks
    noise: Noise
    streak: bool
    slice_mm: float


Rule = Callable[[Candidate, Place], Judgement | None]

STREAK_ML = 1.0
"""Streaks beside metal are thin; what is larger is judged by itself."""

STREAK_MEAN_HU = 600.0
"""Mean of a streak; solid mineral beside metal is denser."""

CARTILAGE_ML = 6.0
"""A single free piece of mineralised costal cartilage is smaller."""

CARTILAGE_DEPTH_MM = 60.0
"""Costal cartilage lies within this of the front skin, breast and fat included."""

CARTILAGE_BESIDE_MM = (8.0, 130.0)
"""Its distance from the midline."""

CARTILAGE_BELOW_LUNG_MM = 110.0
"""The costal arch reaches this far below the last wide slice of lung."""

LARYNX_BESIDE_MM = 38.0
"""Thyroid cartilage and hyoid lie within this of the midline."""

AIRWAY_MM = 22.0
"""And this close to the airway."""

KIDNEY_BESIDE_MM = (35.0, 125.0)
"""Distance of the renal collecting system from the midline."""

KIDNEY_BEFORE_SPINE_MM = (-55.0, 45.0)
"""Kidneys lie beside the spine: from behind its front to a little before it."""

URETER_BESIDE_MM = (18.0, 65.0)
"""The ureter runs on the psoas, off the midline by this much."""

URETER_BEFORE_SPINE_MM = (-15.0, 45.0)
"""And about level with the front of the spine."""

STONE_PEAK_HU = 400.0
"""Stones of calcium reach this even when small; noise, contrast residue and stool rarely."""

STONE_ML = 12.0
"""Larger bodies in the kidney's place (staghorn) are not named by place alone."""

FREE_OF_BONE_MM = 6.0
"""Stones, vessel walls and bowel content do not lie against bone."""

GAS_MM = 18.0
"""Bowel content lies this close to gas in the bowel."""

BOWEL_DEPTH_MM = 20.0
"""Bowel lies deeper than the abdominal wall."""

AORTA_BESIDE_MM = (-30.0, 42.0)
"""Aorta and caval vein, to the right and to the left of the midline."""

AORTA_BEFORE_SPINE_MM = (-6.0, 45.0)
"""From the front of the spine forwards."""

VESSEL_ML = 2.0
"""A single free plaque is smaller."""

FRAGMENT_ML = 0.15
"""A fragment of the skeleton, broken off by threshold or thin cortex, is smaller than this."""

FRAGMENT_MM = 4.0
"""And within this of it, or within two slices."""

CONTRAST_ML = 3.0
"""Lumen or bladder filled with contrast is larger than this."""

CONTRAST_SPREAD_SD = 4.0
"""And even: its 10th to 90th percentile spans less than this many noise SD (a normal spread
is 2.6)."""


def by_place(candidate: Candidate, place: Place) -> Judgement | None:
    """Name a free body of mineral by place and shape; ``None`` when it is a lesion."""
    for rule in RULES:
        judgement = rule(candidate, place)
        if judgement is not None:
            return judgement
    return None


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def streak(candidate: Candidate, place: Place) -> Judgement | None:
    """Bright streaks beside metal."""
    thin = candidate.volume_ml < STREAK_ML and candidate.mean_hu < STREAK_MEAN_HU
    if not (place.streak and thin):
        return None
    return Judgement(Kind.ARTEFACT, "small and beside metal, in the slices its streaks cross", 0.7)


def cut(candidate: Candidate, _: Place) -> Judgement | None:
    """Bodies cut by the edge of the field of view."""
    if candidate.cut_area_mm2 <= 0.0:
        return None
    return Judgement(
        Kind.CUT_BY_FIELD_OF_VIEW,
        f"cut by the edge of the field of view ({candidate.cut_area_mm2:.0f} mm²): "
        "it may be the end of a bone outside it",
        0.6,
    )


def costal_cartilage(candidate: Candidate, place: Place) -> Judgement | None:
    """Mineral in the costal cartilages, between sternum and the front ends of the ribs."""
    k, j, _ = candidate.coarse_kji
    if candidate.volume_ml > CARTILAGE_ML or not place.scene.lungs.any():
        return None
    beside = _within(abs(candidate.beside_mm), CARTILAGE_BESIDE_MM)
    near_wall = candidate.lung_mm < 2 * CHEST_WALL_MM or _below_lungs(k, place)
    rows = np.flatnonzero(place.scene.body[k].any(axis=1))
    ahead = bool(rows.size) and j < rows[0] + 0.4 * (rows[-1] - rows[0])
    wall = candidate.skin_depth_mm <= CARTILAGE_DEPTH_MM and _outside_heart(candidate, place)
    if not (beside and near_wall and ahead and wall and _below_apex(k, place)):
        return None
    return Judgement(
        Kind.EXPECTED_MINERAL,
        "in the front chest wall between sternum and ribs, where costal cartilage mineralises",
        0.85,
    )


def _below_lungs(k: int, place: Place) -> bool:
    bottom = place.landmarks.lung_bottom_k
    if bottom is None:
        return False
    return 0 <= (bottom - k) * place.scene.spacing_kji_mm[0] <= CARTILAGE_BELOW_LUNG_MM


def _below_apex(k: int, place: Place) -> bool:
    top = place.landmarks.lung_top_k
    return top is None or k <= top


def _outside_heart(candidate: Candidate, place: Place) -> bool:
    """In front of all lung of its slice and column, or at most the thickness of the wall behind."""
    k, j, i = candidate.coarse_kji
    column = np.flatnonzero(place.scene.lungs[k, :, max(0, i - 3) : i + 4].any(axis=1))
    if column.size == 0:
        return True
    return bool((j - column[0]) * place.scene.spacing_kji_mm[1] <= 6.0)


def airway_cartilage(candidate: Candidate, place: Place) -> Judgement | None:
    """Mineral in larynx, hyoid and trachea, about the airway of the neck."""
    k, _, _ = candidate.coarse_kji
    top = place.landmarks.lung_top_k
    above = top is not None and k > top
    if not above or abs(candidate.beside_mm) > LARYNX_BESIDE_MM:
        return None
    airway = min(candidate.gas_mm, candidate.lung_mm)
    if airway > AIRWAY_MM or not candidate.before_spine_mm > 0.0:
        return None
    return Judgement(
        Kind.EXPECTED_MINERAL,
        "about the airway of the neck, where laryngeal and tracheal cartilage and hyoid lie",
        0.7,
    )


def urinary_stone(candidate: Candidate, place: Place) -> Judgement | None:
    """Stones in the place of the kidneys or on the line of the ureters."""
    dense = candidate.peak_hu >= STONE_PEAK_HU and candidate.volume_ml <= STONE_ML
    free = candidate.skeleton_mm >= FREE_OF_BONE_MM and candidate.elongation < 4.0
    below = not candidate.lung_share
    if not (dense and free and below) or not np.isfinite(candidate.before_spine_mm):
        return None
    beside, before = abs(candidate.beside_mm), candidate.before_spine_mm
    ureter = _within(beside, URETER_BESIDE_MM) and _within(before, URETER_BEFORE_SPINE_MM)
    kidney = _within(beside, KIDNEY_BESIDE_MM) and _within(before, KIDNEY_BEFORE_SPINE_MM)
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
    above = candidate.lung_share > 0.0 or candidate.skeleton_mm < FREE_OF_BONE_MM
    if not inside or above or not candidate.before_spine_mm > 0.0:
        return None
    return Judgement(Kind.BOWEL_CONTENT, "beside gas in the bowel, in front of the spine", 0.6)


def vessel_wall(candidate: Candidate, place: Place) -> Judgement | None:
    """Plaque in the wall of aorta, caval vein or iliac arteries, in front of the spine."""
    before = _within(candidate.before_spine_mm, AORTA_BEFORE_SPINE_MM)
    if not before or candidate.volume_ml > VESSEL_ML or candidate.lung_mm < FREE_OF_BONE_MM:
        return None
    if not _within(candidate.beside_mm, AORTA_BESIDE_MM) or _above_base(candidate, place):
        return None
    return Judgement(
        Kind.VESSEL_WALL,
        "in front of the spine, in the place of the aorta and its branches; "
        "it may be bowel content or a node",
        0.5,
    )


def _above_base(candidate: Candidate, place: Place) -> bool:
    """Whether it lies in the chest, where nodes and airway share the aorta's place."""
    k = candidate.coarse_kji[0]
    return bool(place.scene.lungs[k].any()) and place.landmarks.lung_bottom_k is not None


def fragment(candidate: Candidate, place: Place) -> Judgement | None:
    """Splinters of the skeleton that thin cortex or the threshold breaks off."""
    reach = max(FRAGMENT_MM, 1.5 * place.slice_mm)
    if candidate.skeleton_mm > reach or candidate.volume_ml > FRAGMENT_ML:
        return None
    return Judgement(
        Kind.NATIVE,
        f"a fragment of {candidate.volume_ml * 1000:.0f} mm³ within {reach:.0f} mm of the skeleton",
        0.6,
    )


def contrast(candidate: Candidate, place: Place) -> Judgement | None:
    """Vessel, bladder or bowel filled with contrast: large and even."""
    spread = CONTRAST_SPREAD_SD * max(place.noise.noise_sd_hu, 5.0)
    even = candidate.volume_ml >= CONTRAST_ML and candidate.spread_hu < spread
    if not even or candidate.skin_depth_mm < BOWEL_DEPTH_MM / 2:
        return None
    return Judgement(
        Kind.CONTRAST,
        f"large and even ({candidate.mean_hu:.0f} HU, spread no wider than the noise), "
        "as a lumen filled with contrast",
        0.7,
    )


RULES: tuple[Rule, ...] = (
    streak,
    cut,
    airway_cartilage,
    costal_cartilage,
    contrast,
    urinary_stone,
    bowel_content,
    vessel_wall,
    fragment,
)
"""In the order they are asked."""
