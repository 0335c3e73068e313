"""What is true of each lesion in one scan of it, in the words that the measures use."""

from dataclasses import dataclass

import numpy as np

from trabecula.model import Mask, Volume
from trabecula.simulate import Patient, TrueLesion
from trabecula.simulate.truth import bodies_of
from trabecula.validate.acquire import Scan, TrueBody
from trabecula.validate.condition import Condition

FLOOR_WIDTHS = 3.0
"""Rim, core and rim need three resolution elements across the thinnest side to be told apart."""

FLOOR_SLICES = 2.0
"""… and two slices along the body."""

RIMLESS = frozenset({"amorphous", "cloud", "sheet", "speckled", "rings_and_arcs"})
"""Patterns without a continuous shell around a less dense core."""

UNSURE_RIM = frozenset({"shell", "wall", "fluid_level", "nodular", "immature"})
"""Patterns of which it is not plain whether their border counts as a rim; left out."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One true lesion in one scan.

    Attributes
    ----------
    label, model, mineral, pattern, contact, expected_kind
        As in the simulated patient.
    volume_ml
        Of the finely painted patient, not of the scan's voxels.
    size_mm
        Diameter of the sphere of that volume.
    thickness_mm
        Twice the greatest depth in a slice; ``height_mm`` is the extent along the body.
    below_floor
        Whether this scan cannot resolve a rim and a core in it.
    rim
        Whether it has a cortical rim; ``None`` where that is not plain.
    bridging
        Whether it joins two bones; ``None`` where it touches two without being fused to both.
    zonation, continuity, wraps_deg, rim_thickness_mm
        As made.
    bodies
        Separate bodies that it is in this scan.
    """

    label: int
    model: str
    mineral: str
    pattern: str
    contact: str
    expected_kind: str
    volume_ml: float
    size_mm: float
    thickness_mm: float
    height_mm: float
    below_floor: bool
    rim: bool | None
    rim_thickness_mm: float | None
    zonation: str
    continuity: bool
    bridging: bool | None
    wraps_deg: float
    bodies: int


def truth_of(patient: Patient, scan: Scan, condition: Condition) -> dict[int, Truth]:
    """Truth of every lesion that the scan shows, by its number."""
    lesions = {one.label: one for one in patient.truth}
    return {
        body.label: true_of(lesions[body.label], body, scan.volume, condition)
        for body in scan.bodies
    }


def true_of(lesion: TrueLesion, body: TrueBody, volume: Volume, condition: Condition) -> Truth:
    """Truth of one lesion in one scan."""
    step, pixel, _ = volume.spacing_kji_mm
    thickness, height = _thickness_mm(body.mask, pixel), body.mask.shape[0] * step
    element = max(condition.blur_fwhm_mm, 1.5 * pixel)
    return Truth(
        label=lesion.label,
        model=lesion.model,
        mineral=lesion.mineral,
        pattern=lesion.pattern,
        contact=lesion.contact,
        expected_kind=lesion.expected_kind,
        volume_ml=lesion.volume_ml,
        size_mm=(lesion.volume_ml * 1000.0 * 6.0 / np.pi) ** (1.0 / 3.0),
        thickness_mm=thickness,
        height_mm=height,
        below_floor=thickness < FLOOR_WIDTHS * element or height < FLOOR_SLICES * step,
        rim=_rim(lesion),
        rim_thickness_mm=lesion.rim_thickness_mm,
        zonation=lesion.zonation,
        continuity=lesion.continuity,
        bridging=_bridging(lesion),
        wraps_deg=lesion.wraps_deg,
        bodies=bodies_of(body.mask),
    )


def _rim(lesion: TrueLesion) -> bool | None:
    if lesion.pattern in UNSURE_RIM:
        return None
    if lesion.mineral == "ossification":
        return lesion.rim_thickness_mm is not None
    return False if lesion.pattern in RIMLESS else None


def _bridging(lesion: TrueLesion) -> bool | None:
    """Tell whether it joins two bones; ``None`` where it meets two and is fused to fewer."""
    if len(lesion.bridged) > 1:
        return True
    return False if len(lesion.touches) < 2 else None


def _thickness_mm(mask: Mask, pixel_mm: float) -> float:
    """Twice the greatest depth in any slice, mm."""
    from scipy.ndimage import distance_transform_edt

    deepest = max(
        float(distance_transform_edt(np.pad(plane, 1)).max(initial=0.0)) for plane in mask
    )
    return max(2.0 * deepest - 1.0, 1.0) * pixel_mm
