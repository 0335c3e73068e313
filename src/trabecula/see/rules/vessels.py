"""Vessels: plaque in front of the spine, calcified tubes anywhere, lumina full of contrast."""

from trabecula.model import Kind
from trabecula.see.candidates import Candidate
from trabecula.see.rules.place import (
    AORTA_BEFORE_SPINE_MM,
    AORTA_BESIDE_MM,
    BOWEL_DEPTH_MM,
    HEART_TOP,
    Judgement,
    Place,
    abdomen_is_known,
    below_apex,
    below_crest,
    bone_beside_mm,
    bone_in,
    by_the_aorta,
    height_in_chest,
    in_low_pelvis,
    within,
)

VESSEL_ML = 2.0
"""A single free plaque is smaller."""

CONTRAST_ML = 3.0
"""Lumen or bladder filled with contrast is larger than this."""

CONTRAST_HU = 450.0
"""Lumen with contrast is seldom denser than this away from the injection."""

CONTRAST_SPREAD_SD = 4.0
"""And even: its 10th to 90th percentile spans less than this many noise SD (a normal spread
is 2.6)."""


def vessel_wall(candidate: Candidate, place: Place) -> Judgement | None:
    """Plaque in the wall of aorta, caval vein or iliac arteries, in front of the spine."""
    before = within(candidate.before_spine_mm, AORTA_BEFORE_SPINE_MM)
    if not before or candidate.volume_ml > VESSEL_ML:
        return None
    if not below_apex(candidate.coarse_kji[0], place) or _above_base(candidate, place):
        return None
    if not abdomen_is_known(place) or in_low_pelvis(candidate, place):
        return None
    if not within(candidate.beside_mm, AORTA_BESIDE_MM):
        return None
    return Judgement(
        Kind.VESSEL_WALL,
        "in front of the spine, in the place of the aorta and its branches; "
        "it may be bowel content or a node",
        0.5,
    )


def _above_base(candidate: Candidate, place: Place) -> bool:
    """Whether it lies in the upper chest, where nodes and airway share the place of vessels."""
    height = height_in_chest(candidate, place)
    return height is not None and height > HEART_TOP


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
    wide = AORTA_CALIBRE_MM if by_the_aorta(candidate) else wide
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


ARC_ML = 4.0
"""Part of a limb artery's wall is smaller."""

ARC_MISFIT = 0.35
"""Spread of a wall about its cylinder (simulated walls 0.14 to 0.33 of the radius)."""

ARC_COVER_DEG = 200.0
"""Less of the way round has no lumen to speak of (bent plates and sheets cover to 195)."""

ARC_LENGTH = 1.0
"""And it is at least as long as wide: plates bent by muscle are shorter along their bend."""


def arc(candidate: Candidate, place: Place) -> Judgement | None:
    """Short or broken part of an artery's calcified wall: on a cylinder about a lumen of blood."""
    wall = candidate.ring
    if wall is None or candidate.volume_ml > ARC_ML:
        return None
    calibre = 2.0 * wall.radius_mm
    spread = max(LUMEN_SPREAD_HU, LUMEN_SPREAD_SD * place.noise.noise_sd_hu)
    blood = abs(wall.lumen_hu - place.noise.soft_tissue_hu) <= LUMEN_OFF_HU
    blood = blood and wall.lumen_spread_hu <= spread
    open_ends = wall.lumen_peak_hu <= place.noise.mineral_threshold_hu
    bent = wall.misfit <= ARC_MISFIT and wall.cover_deg >= ARC_COVER_DEG
    long = wall.length_mm >= ARC_LENGTH * calibre
    if not (within(calibre, TUBE_CALIBRE_MM) and blood and open_ends and bent and long):
        return None
    return Judgement(
        Kind.VESSEL_WALL,
        f"on a cylinder {calibre:.0f} mm wide about an even lumen of {wall.lumen_hu:.0f} HU, "
        f"{wall.cover_deg:.0f} degrees of it, as part of an artery's calcified wall",
        0.65,
    )


PHLEBOLITH_ML = 0.5
"""A phlebolith has 2 to 8 mm; blur and threshold make a ball of 9 mm of the largest."""

PHLEBOLITH_MM = 9.0
"""And is no longer than this and a slice."""

PHLEBOLITH_ELONGATION = 2.0
"""And round, but for a slice."""

PELVIC_DEPTH_MM = 30.0
"""The veins about bladder, rectum and uterus lie deeper than this."""

HIP_BONE_MM = 130.0
"""Hip bones lie within this on either side of what lies in the true pelvis,"""

WALL_BESIDE_MM = 60.0
"""one of them this near,"""

SACRUM_ABOVE_MM = 70.0
SACRUM_BEHIND_MM = 90.0
SACRUM_BESIDE_MM = 45.0
"""and sacrum, coccyx or ischial spine in the box so far above it, behind it and to either side."""


def phlebolith(candidate: Candidate, place: Place) -> Judgement | None:
    """Small round mineral inside the true pelvis, where veins lie and their clots calcify."""
    longest, middle, _ = candidate.axes_mm
    small = candidate.volume_ml <= PHLEBOLITH_ML and longest <= PHLEBOLITH_MM + place.slice_mm
    stretched = candidate.elongation > PHLEBOLITH_ELONGATION
    if not small or (stretched and longest - middle > place.slice_mm):
        return None
    unknown = place.crest_k is None and not place.scene.lungs.any()
    low = below_crest(candidate, place) or unknown
    if candidate.skin_depth_mm < PELVIC_DEPTH_MM or not low:
        return None
    near, far = sorted(bone_beside_mm(candidate, place))
    sacrum = bone_in(
        candidate,
        place,
        above_mm=SACRUM_ABOVE_MM,
        before_mm=-SACRUM_BEHIND_MM,
        beside_mm=SACRUM_BESIDE_MM,
    )
    if near > WALL_BESIDE_MM or far > HIP_BONE_MM or not sacrum:
        return None
    return Judgement(
        Kind.EXPECTED_MINERAL,
        f"round, {longest:.0f} mm, between the hip bones before the sacrum: a phlebolith",
        0.7,
    )


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
