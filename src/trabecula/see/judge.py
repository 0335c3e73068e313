"""What a free body of mineral is, told by place and shape: expected, stone, content, … or lesion.

Each rule names one kind with its reason and how sure it is, or passes. The first that does not pass
decides; what all pass is a lesion. Places are those of the adult; the certainty says how far a
place alone can be trusted.
"""

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

STREAK_ML = 1.0
"""Streaks beside metal are thin; what is larger is judged by itself."""

STREAK_MEAN_HU = 600.0
"""Mean of a streak; solid mineral beside metal is denser."""

CARTILAGE_ML = 2.0
"""A single free piece of mineralised costal cartilage is smaller."""

CARTILAGE_DEPTH_MM = 60.0
"""Costal cartilage lies within this of the front skin, breast and fat included."""

CARTILAGE_FRONT = 0.24
"""Share of the depth of the trunk, in its own column, that the front chest wall takes up."""

CARTILAGE_FRONT_LATERAL = 0.4
"""The same at the side, where the chest wall curves back."""

CARTILAGE_BESIDE_MM = (65.0, 130.0)
"""Farthest from the midline: at the apex of the lungs, and at their base where the arch is wide."""

CARTILAGE_LUNG_MM = 20.0
"""At the side lung lies behind it this close; the muscles of the chest lie farther out."""

LUNG_BEHIND_MM = 45.0
"""Lung within this counts as lying behind; heart and liver take its place elsewhere."""

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

FREE_OF_BONE_MM = 6.0
"""Stones, vessel walls and bowel content do not lie against bone."""

GAS_MM = 18.0
"""Bowel content lies this close to gas in the bowel."""

BOWEL_DEPTH_MM = 12.0
"""Bowel lies deeper than the abdominal wall."""

AORTA_BESIDE_MM = (-20.0, 29.0)
"""The aorta and its branches, from the right of the midline to the left."""

AORTA_BEFORE_SPINE_MM = (-6.0, 45.0)
"""From the front of the spine forwards."""

VESSEL_ML = 2.0
"""A single free plaque is smaller."""

FRAGMENT_ML = 0.15
"""A fragment of the skeleton, broken off by threshold or thin cortex, is smaller than this."""

FRAGMENT_EXCESS_HU = 350.0
"""Its peak is at most this far above the threshold: broken cortex is faint cortex."""

FRAGMENT_MM = 4.0
"""And within this of it, or within two slices."""

CONTRAST_ML = 3.0
"""Lumen or bladder filled with contrast is larger than this."""

CONTRAST_HU = 450.0
"""Lumen with contrast is seldom denser than this away from the injection."""

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
    k, _, _ = candidate.coarse_kji
    if candidate.volume_ml > CARTILAGE_ML or not place.scene.lungs.any():
        return None
    height = _height_in_chest(candidate, place)
    inner, outer = CARTILAGE_BESIDE_MM
    beside = abs(candidate.beside_mm) <= outer - (outer - inner) * (height or 0.0)
    medial = abs(candidate.beside_mm) < inner
    layer = medial or not CARTILAGE_LUNG_MM < candidate.lung_mm < LUNG_BEHIND_MM
    level = height is not None or _below_lungs(k, place)
    wall = candidate.skin_depth_mm <= CARTILAGE_DEPTH_MM and _before_lungs(candidate, place)
    ahead = _in_front_wall(candidate, place)
    if not (beside and layer and level and ahead and wall and _below_apex(k, place)):
        return None
    return Judgement(
        Kind.EXPECTED_MINERAL,
        "in the front chest wall between sternum and ribs, where costal cartilage mineralises",
        0.85,
    )


def _in_front_wall(candidate: Candidate, place: Place) -> bool:
    """Whether it lies in the front share of the trunk in its own column."""
    k, j, i = candidate.coarse_kji
    rows = np.flatnonzero(place.scene.body[k, :, i])
    medial = abs(candidate.beside_mm) < CARTILAGE_BESIDE_MM[0]
    front = CARTILAGE_FRONT if medial else CARTILAGE_FRONT_LATERAL
    return bool(rows.size) and bool(j < rows[0] + front * (rows[-1] - rows[0]))


def _below_lungs(k: int, place: Place) -> bool:
    bottom = place.landmarks.lung_bottom_k
    if bottom is None:
        return False
    return 0 <= (bottom - k) * place.scene.spacing_kji_mm[0] <= CARTILAGE_BELOW_LUNG_MM


def _below_apex(k: int, place: Place) -> bool:
    top = place.landmarks.lung_top_k
    return top is None or k <= top


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


def urinary_stone(candidate: Candidate, place: Place) -> Judgement | None:
    """Stones in the place of the kidneys or on the line of the ureters."""
    dense = candidate.peak_hu >= STONE_PEAK_HU and candidate.volume_ml <= STONE_ML
    free = candidate.skeleton_mm >= FREE_OF_BONE_MM and candidate.elongation < 4.0
    below = not candidate.lung_share and candidate.skin_depth_mm >= STONE_DEPTH_MM
    below = below and _above_lung_base_mm(candidate, place) <= KIDNEY_ABOVE_BASE_MM
    if not (dense and free and below and _abdomen_is_known(place)):
        return None
    beside, before = abs(candidate.beside_mm), candidate.before_spine_mm
    ureter = _within(beside, URETER_BESIDE_MM) and _within(before, URETER_BEFORE_SPINE_MM)
    ureter = ureter and not _in_low_pelvis(candidate, place)
    kidney = _within(beside, KIDNEY_BESIDE_MM) and _within(before, KIDNEY_BEFORE_SPINE_MM)
    kidney = kidney and not _below_crest(candidate, place)
    if not (ureter or kidney) or (candidate.gas_mm <= GAS_MM and not kidney):
        return None
    side = "left" if candidate.beside_mm > 0 else "right"
    if ureter and not (kidney and before < 20.0 and beside > URETER_BESIDE_MM[1]):
        text = f"dense, free of bone, on the line of the {side} ureter or renal pelvis"
    else:
        text = f"dense, free of bone, in the place of the {side} kidney"
    return Judgement(Kind.STONE, text, 0.75)


def _abdomen_is_known(place: Place) -> bool:
    """Whether lungs or iliac crests tell that there is an abdomen in this scan, and where."""
    return place.crest_k is not None or bool(place.scene.lungs.any())


def _below_crest(candidate: Candidate, place: Place) -> bool:
    return place.crest_k is not None and candidate.coarse_kji[0] < place.crest_k


def bowel_content(candidate: Candidate, place: Place) -> Judgement | None:
    """Dense content of the bowel, beside its gas."""
    inside = candidate.gas_mm <= GAS_MM and candidate.skin_depth_mm >= BOWEL_DEPTH_MM
    height = _height_in_chest(candidate, place)
    inside = inside and (height is None or height < DOME_TOP)
    above = candidate.lung_share > 0.0 or candidate.skeleton_mm < FREE_OF_BONE_MM
    if not inside or above or not candidate.before_spine_mm > 0.0:
        return None
    return Judgement(Kind.BOWEL_CONTENT, "beside gas in the bowel, in front of the spine", 0.6)


def vessel_wall(candidate: Candidate, place: Place) -> Judgement | None:
    """Plaque in the wall of aorta, caval vein or iliac arteries, in front of the spine."""
    before = _within(candidate.before_spine_mm, AORTA_BEFORE_SPINE_MM)
    if not before or candidate.volume_ml > VESSEL_ML:
        return None
    if not _below_apex(candidate.coarse_kji[0], place) or _above_base(candidate, place):
        return None
    if not _within(candidate.beside_mm, AORTA_BESIDE_MM):
        return None
    return Judgement(
        Kind.VESSEL_WALL,
        "in front of the spine, in the place of the aorta and its branches; "
        "it may be bowel content or a node",
        0.5,
    )


DOME_TOP = 0.4
"""Stomach and colon reach up under the diaphragm to this share of the lungs' height."""

BOWEL_REACH_MM = 45.0
"""Bowel may lie this far from the nearest gas in it."""

BOWEL_ML = 1.0
"""What is larger is judged as a lesion even between the bowel loops."""

LOW_PELVIS_MM = 70.0
"""From this far below the iliac crests, where veins with phleboliths lie, place tells nothing."""


def among_bowel(candidate: Candidate, place: Place) -> Judgement | None:
    """Small mineral deep in the abdomen, not far from bowel with gas."""
    small = candidate.volume_ml <= BOWEL_ML and candidate.skeleton_mm >= FREE_OF_BONE_MM
    deep = candidate.skin_depth_mm >= BOWEL_DEPTH_MM and candidate.before_spine_mm > 0.0
    if not (small and deep) or candidate.gas_mm > BOWEL_REACH_MM or candidate.lung_share > 0.0:
        return None
    if _height_in_chest(candidate, place) is not None or _in_low_pelvis(candidate, place):
        return None
    return Judgement(
        Kind.UNCERTAIN,
        "small, deep in the abdomen and not far from bowel: bowel content, a node, a vessel "
        "or an organ's calcification",
        0.5,
    )


def _in_low_pelvis(candidate: Candidate, place: Place) -> bool:
    if place.crest_k is None:
        return False
    below = (place.crest_k - candidate.coarse_kji[0]) * place.scene.spacing_kji_mm[0]
    return below > LOW_PELVIS_MM


def _above_base(candidate: Candidate, place: Place) -> bool:
    """Whether it lies in the upper chest, where nodes and airway share the place of vessels."""
    height = _height_in_chest(candidate, place)
    return height is not None and height > HEART_TOP


def _height_in_chest(candidate: Candidate, place: Place) -> float | None:
    """Height between the lung's base (0) and apex (1); ``None`` outside the chest."""
    lungs = np.flatnonzero(place.scene.lungs.any(axis=(1, 2)))
    k = candidate.coarse_kji[0]
    if lungs.size == 0 or k < lungs[0]:
        return None
    top = place.landmarks.lung_top_k
    last = int(lungs[-1]) if top is None else top
    return float(k - int(lungs[0])) / max(1.0, float(last - int(lungs[0])))


def _above_lung_base_mm(candidate: Candidate, place: Place) -> float:
    """Height above the lowest lung, mm; negative below it, and without lungs far below."""
    lungs = np.flatnonzero(place.scene.lungs.any(axis=(1, 2)))
    if lungs.size == 0:
        return -np.inf
    return float(candidate.coarse_kji[0] - int(lungs[0])) * place.scene.spacing_kji_mm[0]


HEART_TOP = 0.62
"""Heart and valves lie below this share of the height from lung base to apex."""

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
    height = _height_in_chest(candidate, place)
    inside = height is not None and height <= HEART_TOP and candidate.volume_ml <= HEART_ML
    before = candidate.before_spine_mm >= HEART_BEFORE_SPINE_MM
    if _in_front_wall(candidate, place) or not _within(candidate.beside_mm, HEART_BESIDE_MM):
        return None
    if not (inside and before):
        return None
    return Judgement(
        Kind.VESSEL_WALL,
        "in the place of the heart: coronary artery, valve or annulus",
        0.5,
    )


TUBE_ELONGATION = 3.0
"""A vessel's calcified wall is at least this much longer than wide."""

TUBE_CALIBRE_MM = (3.0, 13.0)
"""Outer diameter of limb arteries with the blur of their wall: the common femoral artery has 7 to
11 mm, and an artery of 9.2 mm measured 10.6 to 11.7 mm in the simulated scans."""

AORTA_CALIBRE_MM = 30.0
"""In the place of the aorta and the common iliac arteries, up to the width called aneurysm."""

LUMEN_OFF_HU = 30.0
"""Blood is within this of soft tissue; marrow is fat or bone, or both."""

LUMEN_SPREAD_HU = 45.0
"""And even: marrow with trabeculae varied by 58 to 65 HU along the axis, blood by 10 to 33."""

LUMEN_SPREAD_SD = 2.5
"""The same in noise SD, where a scan is noisy."""

TUBE_TAPER = 0.2
"""An artery keeps its width; bone in muscle swells and tapers."""

SHELL_VARIATION = 0.33
"""Relative spread of the distance from the axis: a full rod has 0.35, a wall clearly less."""


def tube(candidate: Candidate, place: Place) -> Judgement | None:
    """Calcified wall of an artery anywhere: a slim, even, open tube about a lumen of blood.

    Passes when in doubt: bone that is set aside as a vessel is lost, a vessel among the lesions is
    described as one.
    """
    wall = candidate.shell
    if wall is None or candidate.elongation < TUBE_ELONGATION:
        return None
    narrow, wide = TUBE_CALIBRE_MM
    wide = AORTA_CALIBRE_MM if _by_the_aorta(candidate) else wide
    spread = max(LUMEN_SPREAD_HU, LUMEN_SPREAD_SD * place.noise.noise_sd_hu)
    blood = abs(wall.lumen_hu - place.noise.soft_tissue_hu) <= LUMEN_OFF_HU
    slim = narrow <= wall.calibre_mm <= wide and wall.taper <= TUBE_TAPER
    hollow = wall.variation < SHELL_VARIATION and wall.lumen_spread_hu <= spread
    open_ends = wall.ends_hu <= place.noise.mineral_threshold_hu
    if not (blood and slim and hollow and open_ends):
        return None
    return Judgement(
        Kind.VESSEL_WALL,
        f"a tube of {candidate.axes_mm[0]:.0f} mm, {wall.calibre_mm:.0f} mm wide, about an even "
        f"lumen of {wall.lumen_hu:.0f} HU, as the calcified wall of an artery",
        0.75,
    )


def _by_the_aorta(candidate: Candidate) -> bool:
    before = _within(candidate.before_spine_mm, AORTA_BEFORE_SPINE_MM)
    return before and _within(candidate.beside_mm, AORTA_BESIDE_MM)


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


def fragment(candidate: Candidate, place: Place) -> Judgement | None:
    """Splinters of the skeleton that thin cortex or the threshold breaks off."""
    reach = max(FRAGMENT_MM, 1.5 * place.slice_mm)
    near = candidate.skeleton_mm <= reach and candidate.volume_ml <= FRAGMENT_ML
    if not near or candidate.peak_hu > place.noise.mineral_threshold_hu + FRAGMENT_EXCESS_HU:
        return None
    return Judgement(
        Kind.NATIVE,
        f"a fragment of {candidate.volume_ml * 1000:.0f} mm³ within {reach:.0f} mm of the skeleton",
        0.6,
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

COCCYX_ML = 1.5
"""A free piece of the coccyx is smaller."""

COCCYX_REACH_MM = 15.0
"""And lies this near the sacrum."""


def coccyx(candidate: Candidate, place: Place) -> Judgement | None:
    """Free pieces of the coccyx, in the midline below and behind the sacrum."""
    middle = abs(candidate.beside_mm) <= MIDDLE_MM and candidate.volume_ml <= COCCYX_ML
    lungs_below = _height_in_chest(candidate, place) is not None
    below = not lungs_below and (_below_crest(candidate, place) or place.crest_k is None)
    rows = np.flatnonzero(place.scene.body[candidate.coarse_kji[0]].any(axis=1))
    behind = bool(rows.size) and candidate.coarse_kji[1] > (rows[0] + rows[-1]) / 2
    if not (middle and below and behind) or candidate.skeleton_mm > COCCYX_REACH_MM:
        return None
    return Judgement(Kind.NATIVE, "in the midline by the sacrum: a piece of the coccyx", 0.7)


MIDDLE_MM = 12.0
"""Half the width of the coccyx."""


def contrast(candidate: Candidate, place: Place) -> Judgement | None:
    """Vessel, bladder or bowel filled with contrast: large and even."""
    spread = CONTRAST_SPREAD_SD * max(place.noise.noise_sd_hu, 5.0)
    even = candidate.volume_ml >= CONTRAST_ML and candidate.spread_hu < spread
    if not even or candidate.mean_hu > CONTRAST_HU or candidate.skin_depth_mm < BOWEL_DEPTH_MM / 2:
        return None
    return Judgement(
        Kind.CONTRAST,
        f"large and even ({candidate.mean_hu:.0f} HU, spread no wider than the noise), "
        "as a lumen filled with contrast",
        0.7,
    )


RULES: tuple[Rule, ...] = (
    beside_metal,
    streak,
    cut,
    airway_cartilage,
    costal_cartilage,
    lung_border,
    skin,
    tube,
    contrast,
    vessel_wall,
    urinary_stone,
    heart,
    hand_or_foot,
    bowel_content,
    among_bowel,
    coccyx,
    fragment,
)
"""In the order they are asked."""
