"""What a rule may ask of a scan, what it answers, and positions that several rules share."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trabecula.model import Kind, Noise
from trabecula.see.candidates import Candidate
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
    crest_k: int | None


Rule = Callable[[Candidate, Place], Judgement | None]

CARTILAGE_FRONT = 0.24
"""Share of the depth of the trunk, in its own column, that the front chest wall takes up."""

CARTILAGE_FRONT_LATERAL = 0.4
"""The same at the side, where the chest wall curves back."""

CARTILAGE_BESIDE_MM = (65.0, 130.0)
"""Farthest from the midline: at the apex of the lungs, and at their base where the arch is wide."""

FREE_OF_BONE_MM = 6.0
"""Stones, vessel walls and bowel content do not lie against bone."""

BOWEL_DEPTH_MM = 12.0
"""Bowel lies deeper than the abdominal wall."""

AORTA_BESIDE_MM = (-20.0, 29.0)
"""The aorta and its branches, from the right of the midline to the left."""

AORTA_BEFORE_SPINE_MM = (-6.0, 45.0)
"""From the front of the spine forwards."""


def within(value: float, bounds: tuple[float, float]) -> bool:
    """Whether a value lies within bounds, ends included."""
    return bounds[0] <= value <= bounds[1]


def in_front_wall(candidate: Candidate, place: Place) -> bool:
    """Whether it lies in the front share of the trunk in its own column."""
    k, j, i = candidate.coarse_kji
    rows = np.flatnonzero(place.scene.body[k, :, i])
    medial = abs(candidate.beside_mm) < CARTILAGE_BESIDE_MM[0]
    front = CARTILAGE_FRONT if medial else CARTILAGE_FRONT_LATERAL
    return bool(rows.size) and bool(j < rows[0] + front * (rows[-1] - rows[0]))


def below_apex(k: int, place: Place) -> bool:
    """Whether a coarse slice lies below the lung apices, or nothing is known of them."""
    top = place.landmarks.lung_top_k
    return top is None or k <= top


def abdomen_is_known(place: Place) -> bool:
    """Whether lungs or iliac crests tell that there is an abdomen in this scan, and where."""
    return place.crest_k is not None or bool(place.scene.lungs.any())


def below_crest(candidate: Candidate, place: Place) -> bool:
    """Whether a body lies below the iliac crests."""
    return place.crest_k is not None and candidate.coarse_kji[0] < place.crest_k


LOW_PELVIS_MM = 70.0
"""From this far below the iliac crests, where veins with phleboliths lie, place tells nothing."""


def in_low_pelvis(candidate: Candidate, place: Place) -> bool:
    """Whether a body lies where the veins of the pelvis lie."""
    if place.crest_k is None:
        return False
    below = (place.crest_k - candidate.coarse_kji[0]) * place.scene.spacing_kji_mm[0]
    return below > LOW_PELVIS_MM


def bone_beside_mm(candidate: Candidate, place: Place) -> tuple[float, float]:
    """Distance to the nearest bone of a body's own row, to its right and to its left, mm.

    Infinite where the image shows none.
    """
    k, j, i = candidate.coarse_kji
    bone = place.landmarks.skeleton_mm[max(0, k - 1) : k + 2, max(0, j - 1) : j + 2] <= 0.0
    columns = np.flatnonzero(bone.any(axis=(0, 1)))
    right, left = i - columns[columns < i], columns[columns > i] - i
    nearest = (float(side.min()) if side.size else np.inf for side in (right, left))
    first, second = (cells * place.scene.spacing_kji_mm[2] for cells in nearest)
    return first, second


def bone_in(
    candidate: Candidate, place: Place, *, above_mm: float, before_mm: float, beside_mm: float
) -> bool:
    """Whether bone lies in a box that starts at a body's middle.

    Parameters
    ----------
    candidate, place
    above_mm
        From its slice up.
    before_mm
        From just before it forwards; negative from just behind it backwards.
    beside_mm
        To either side.
    """
    k, j, i = candidate.coarse_kji
    dk, dj, di = place.scene.spacing_kji_mm
    up, ahead, side = round(above_mm / dk), round(before_mm / dj), round(beside_mm / di)
    rows = slice(max(0, j - ahead), max(0, j - 1)) if ahead > 0 else slice(j + 2, j - ahead + 1)
    levels, columns = slice(max(0, k - 1), k + up + 2), slice(max(0, i - side), i + side + 1)
    return bool((place.landmarks.skeleton_mm[levels, rows, columns] <= 0.0).any())


LUNG_MM = 240.0
"""Height of the lungs of an adult, where the scan does not show their apices."""


def height_in_chest(candidate: Candidate, place: Place) -> float | None:
    """Height between the lung's base (0) and apex (1); ``None`` outside the chest."""
    lungs = np.flatnonzero(place.scene.lungs.any(axis=(1, 2)))
    k = candidate.coarse_kji[0]
    if lungs.size == 0 or k < lungs[0]:
        return None
    top = place.landmarks.lung_top_k
    if top is None:  # the scan ends below the apices
        top = max(int(lungs[-1]), int(lungs[0]) + round(LUNG_MM / place.scene.spacing_kji_mm[0]))
    return float(k - int(lungs[0])) / max(1.0, float(top - int(lungs[0])))


def above_lung_base_mm(candidate: Candidate, place: Place) -> float:
    """Height above the lowest lung, mm; negative below it, and without lungs far below."""
    lungs = np.flatnonzero(place.scene.lungs.any(axis=(1, 2)))
    if lungs.size == 0:
        return -np.inf
    return float(candidate.coarse_kji[0] - int(lungs[0])) * place.scene.spacing_kji_mm[0]


HEART_TOP = 0.62
"""Heart and valves lie below this share of the height from lung base to apex."""


def by_the_aorta(candidate: Candidate) -> bool:
    """Whether a body lies in front of the spine, in the place of the aorta."""
    before = within(candidate.before_spine_mm, AORTA_BEFORE_SPINE_MM)
    return before and within(candidate.beside_mm, AORTA_BESIDE_MM)
