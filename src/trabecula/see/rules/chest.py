"""Chest and neck: cartilage of ribs and larynx, heart, and the bright borders of lung."""

import numpy as np

from trabecula.model import Kind
from trabecula.see.candidates import Candidate
from trabecula.see.rules.place import (
    CARTILAGE_BESIDE_MM,
    HEART_TOP,
    Judgement,
    Place,
    below_apex,
    height_in_chest,
    in_front_wall,
    within,
)

CARTILAGE_ML = 2.0
"""A single free piece of mineralised costal cartilage is smaller."""

CARTILAGE_EXCESS_HU = 50.0
"""Plain cartilage, of 80 to 130 HU, passes the threshold by its noise: its mean is this little
above it."""

PLAIN_CARTILAGE_ML = 40.0
"""The costal arch of one side is a larger piece."""

CARTILAGE_DEPTH_MM = 60.0
"""Costal cartilage lies within this of the front skin, breast and fat included."""

CARTILAGE_LUNG_MM = 20.0
"""At the side lung lies behind it this close; the muscles of the chest lie farther out."""

LOW_CHEST = 0.1
"""Up to this share of the lungs' height, liver and stomach lie behind the costal arch."""

LUNG_BEHIND_MM = 45.0
"""Lung within this counts as lying behind; heart and liver take its place elsewhere."""

CARTILAGE_BELOW_LUNG_MM = 110.0
"""The costal arch reaches this far below the last wide slice of lung."""

LARYNX_BESIDE_MM = 38.0
"""Thyroid cartilage and hyoid lie within this of the midline."""

AIRWAY_MM = 22.0
"""And this close to the airway."""


def costal_cartilage(candidate: Candidate, place: Place) -> Judgement | None:
    """Mineral in the costal cartilages, between sternum and the front ends of the ribs."""
    k, _, _ = candidate.coarse_kji
    faint = candidate.mean_hu <= place.noise.mineral_threshold_hu + CARTILAGE_EXCESS_HU
    most = PLAIN_CARTILAGE_ML if faint else CARTILAGE_ML
    if candidate.volume_ml > most or not place.scene.lungs.any():
        return None
    height = height_in_chest(candidate, place)
    inner, outer = CARTILAGE_BESIDE_MM
    # Where no midline is known, front wall and lung alone tell.
    unknown = not place.landmarks.middle.known
    beside = unknown or abs(candidate.beside_mm) <= outer - (outer - inner) * (height or 0.0)
    medial = unknown or abs(candidate.beside_mm) < inner
    low = height is None or height <= LOW_CHEST
    layer = medial or low or not CARTILAGE_LUNG_MM < candidate.lung_mm < LUNG_BEHIND_MM
    level = height is not None or _below_lungs(k, place)
    wall = candidate.skin_depth_mm <= CARTILAGE_DEPTH_MM and _before_lungs(candidate, place)
    ahead = in_front_wall(candidate, place)
    if not (beside and layer and level and ahead and wall and below_apex(k, place)):
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


def _before_lungs(candidate: Candidate, place: Place) -> bool:
    """In front of the lung of its own columns, or of all lung where they hold none."""
    k, j, i = candidate.coarse_kji
    lungs = place.scene.lungs[k]
    column = np.flatnonzero(lungs[:, max(0, i - 3) : i + 4].any(axis=1))
    rows = column if column.size else np.flatnonzero(lungs.any(axis=1))
    if rows.size == 0:
        return True
    return bool((j - rows[0]) * place.scene.spacing_kji_mm[1] <= BEHIND_LUNG_FRONT_MM)


BEHIND_LUNG_FRONT_MM = 6.0
"""Cartilage may lie this far behind the front of the lung beside it."""


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


HEART_ML = 0.5
"""A single deposit of coronary artery or valve is smaller."""

HEART_BESIDE_MM = (-65.0, 95.0)
"""From the right border of the heart to its apex."""

HEART_BEFORE_SPINE_MM = 20.0
"""The heart lies this far before the front of the spine or farther."""

EDGE_PEAK_HU = 600.0
"""Sharp kernels and motion brighten the border of lung to less than this."""

EDGE_MM = 9.0
"""Within this of lung (coarse grid)."""

EDGE_ML = 0.3
"""Such borders are smaller than this."""


def lung_border(candidate: Candidate, place: Place) -> Judgement | None:
    """Borders of heart, diaphragm and vessels against lung, brightened by kernel or motion."""
    faint = candidate.peak_hu < EDGE_PEAK_HU and candidate.volume_ml < EDGE_ML
    faint = faint and candidate.mean_hu < place.noise.mineral_threshold_hu + EDGE_MEAN_EXCESS_HU
    if not faint or candidate.lung_mm > EDGE_MM:
        return None
    return Judgement(
        Kind.ARTEFACT,
        "faint, at the border of lung, where sharp kernels and motion brighten edges and vessels",
        0.7,
    )


EDGE_MEAN_EXCESS_HU = 150.0
"""And their mean is at most this far above the threshold."""


def heart(candidate: Candidate, place: Place) -> Judgement | None:
    """Coronary arteries, valves and annulus."""
    height = height_in_chest(candidate, place)
    inside = height is not None and height <= HEART_TOP and candidate.volume_ml <= HEART_ML
    before = candidate.before_spine_mm >= HEART_BEFORE_SPINE_MM
    if in_front_wall(candidate, place) or not within(candidate.beside_mm, HEART_BESIDE_MM):
        return None
    if not (inside and before):
        return None
    return Judgement(
        Kind.VESSEL_WALL,
        "in the place of the heart: coronary artery, valve or annulus",
        0.5,
    )
