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
    below_apex,
    by_the_aorta,
    height_in_chest,
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
