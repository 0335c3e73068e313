"""How the slices of a stack lie: even, sheared by gantry tilt, uneven, or with slices missing."""

from dataclasses import dataclass

import numpy as np

from trabecula.errors import GeometryError
from trabecula.model import Float64, Level, Note
from trabecula.read.headers import SliceHeader

EVEN_TOLERANCE = 0.05
"""A slice may lie this part of the mean step off its even place; positions are written rounded."""

EVEN_TOLERANCE_MM = 0.01
"""… or this far, whichever is more."""

SHEAR_TOLERANCE_PX = 0.25
"""Slices whose corners wander less than this across the whole stack are not resampled."""

SAME_PLACE_MM = 0.01
"""Two slices closer than this lie at one position."""

GAP_FACTOR = 1.5
"""A step this many times the usual one is a gap, unless thicker slices were planned there."""

COVER_FACTOR = 1.2
"""Slices spaced no wider than this many times their thickness cover the tissue between them."""

UNIT_TOLERANCE = 0.01
"""How far the direction cosines may be from unit length."""

RIGHT_ANGLE_TOLERANCE = 1e-3
"""Largest cosine between row and column direction."""

AXIAL_COSINE = 0.75
"""Smallest cosine between the slice normal and the body's axis in an axial-ish stack (41 deg)."""

MAX_WANDER = 1.0
"""Slices may be shifted against one another by at most this part of the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where each slice of a stack lies against a regular grid.

    Attributes
    ----------
    slices
        Toward the head.
    row, column, normal : (3,) float64
        Unit vectors: growing column index, growing row index, toward the head.
    pixel_spacing_mm
        Between rows, between columns.
    origin_mm : (3,) float64
        Centre of the first pixel of the first slice, LPS.
    heights_mm : (n,) float64
        Along the normal, from the first slice.
    shifts_px : (n, 2) float64
        Rows and columns by which each slice lies off the line along the normal.
    step_mm
        Slice step of the regular grid.
    even, sheared
        Whether heights are even; whether shifts matter.
    """

    slices: tuple[SliceHeader, ...]
    row: Float64
    column: Float64
    normal: Float64
    pixel_spacing_mm: tuple[float, float]
    origin_mm: Float64
    heights_mm: Float64
    shifts_px: Float64
    step_mm: float
    even: bool
    sheared: bool

    @property
    def slice_thickness_mm(self) -> float | None:
        """Thickest slice, which limits what may be claimed."""
        known = [s.slice_thickness_mm for s in self.slices if s.slice_thickness_mm]
        return max(known, default=None)


def axes_of(header: SliceHeader) -> tuple[Float64, Float64, Float64]:
    """Return unit vectors along growing column index, growing row index, and toward the head."""
    if header.row is None or header.column is None:
        raise GeometryError(
            "The slices do not say how they lie in the patient.",
            remedy="Send the original series, with Image Orientation and Image Position.",
        )
    lengths = np.linalg.norm([header.row, header.column], axis=1)
    skew = abs(float(header.row @ header.column))
    if (np.abs(lengths - 1) > UNIT_TOLERANCE).any() or skew > RIGHT_ANGLE_TOLERANCE:
        raise GeometryError(
            "The row and column directions of the slices are not perpendicular unit vectors.",
            remedy="Send the original series as the scanner wrote it.",
        )
    row, column = header.row / lengths[0], header.column / lengths[1]
    normal = np.cross(row, column)
    return row, column, normal if normal[2] >= 0 else -normal


def is_axial(header: SliceHeader) -> bool:
    """Whether the slice lies across the body, gantry tilt allowed."""
    return bool(axes_of(header)[2][2] >= AXIAL_COSINE)


def lay_out(slices: tuple[SliceHeader, ...]) -> Layout:
    """Order slices by position and find out how regular they are.

    Raises
    ------
    GeometryError
        When a slice has no place, two share one, or some are missing; the gap is named.
    """
    row, column, normal = axes_of(slices[0])
    spacing = slices[0].pixel_spacing_mm
    places = [s.position_mm for s in slices if s.position_mm is not None]
    if spacing is None or min(spacing) <= 0 or len(places) < len(slices):
        raise GeometryError(
            "The slices have no pixel spacing or no position.",
            remedy="Send the original series, with Pixel Spacing and Image Position.",
        )
    along = np.array(places) @ normal
    order = np.argsort(along, kind="stable")
    ordered = tuple(slices[n] for n in order)
    origins = np.array(places)[order]
    heights = along[order] - along[order[0]]
    if len(ordered) == 1:
        step, even = _one_step(ordered[0]), True
    else:
        _refuse_doubles(heights, origins)
        _refuse_gaps(heights, ordered, origins)
        step, even = _step(heights)
    wander = (origins - origins[0]) - np.outer(heights, normal)
    shifts = np.stack([wander @ column / spacing[0], wander @ row / spacing[1]], axis=1)
    if (
        np.ptp(shifts, axis=0) > MAX_WANDER * np.array([ordered[0].rows, ordered[0].columns])
    ).any():
        raise GeometryError(
            "The slices are shifted against one another by more than a picture's width.",
            remedy="Send one series whose slices lie above one another.",
        )
    return Layout(
        slices=ordered,
        row=row,
        column=column,
        normal=normal,
        pixel_spacing_mm=spacing,
        origin_mm=origins[0],
        heights_mm=heights,
        shifts_px=shifts,
        step_mm=step,
        even=even,
        sheared=bool(np.ptp(shifts, axis=0).max() > SHEAR_TOLERANCE_PX),
    )


def has_doubles(slices: tuple[SliceHeader, ...]) -> bool:
    """Whether two slices lie at one position; false where a position is missing."""
    places = [s.position_mm for s in slices if s.position_mm is not None]
    if len(places) < len(slices) or len(slices) < 2:
        return False
    along = np.sort(np.array(places) @ axes_of(slices[0])[2])
    return bool((np.diff(along) < SAME_PLACE_MM).any())


def _one_step(only: SliceHeader) -> float:
    if not only.slice_thickness_mm or only.slice_thickness_mm <= 0:
        raise GeometryError(
            "A single slice without a slice thickness has no volume.",
            remedy="Give the folder of the whole series.",
        )
    return only.slice_thickness_mm


def _refuse_doubles(heights: Float64, origins: Float64) -> None:
    doubled = np.flatnonzero(np.diff(heights) < SAME_PLACE_MM)
    if doubled.size:
        raise GeometryError(
            f"{doubled.size} positions hold more than one slice, the first at "
            f"z = {origins[doubled[0], 2]:.1f} mm.",
            remedy="Send one series of one reconstruction, each slice once.",
        )


def _refuse_gaps(heights: Float64, slices: tuple[SliceHeader, ...], origins: Float64) -> None:
    steps = np.diff(heights)
    usual = float(np.median(steps))
    wide = np.flatnonzero(steps > GAP_FACTOR * usual).tolist()
    gaps = [n for n in wide if not _planned(n, steps, slices)]
    if not gaps:
        return
    named = "; ".join(
        f"{_missing(steps[n], usual)} between z = {origins[n, 2]:.1f} and "
        f"{origins[n + 1, 2]:.1f} mm ({steps[n]:.2f} mm apart)"
        for n in gaps[:3]
    )
    more = f"; and {len(gaps) - 3} more gaps" if len(gaps) > 3 else ""
    raise GeometryError(
        f"Slices are missing: {named}{more}. The others are {usual:.2f} mm apart.",
        remedy="Send the complete series.",
    )


def _missing(step: float, usual: float) -> str:
    count = max(1, round(step / usual) - 1)
    return f"{count} slice{'s' if count > 1 else ''}"


def _planned(n: int, steps: Float64, slices: tuple[SliceHeader, ...]) -> bool:
    """Whether a wide step belongs to a block of thicker slices that cover it."""
    thickness = [slices[n].slice_thickness_mm, slices[n + 1].slice_thickness_mm]
    covered = all(t and steps[n] <= COVER_FACTOR * t for t in thickness)
    beside = steps[max(0, n - 1) : n + 2]
    in_block = int((np.abs(beside - steps[n]) <= EVEN_TOLERANCE * steps[n]).sum()) > 1
    return covered and in_block


def _step(heights: Float64) -> tuple[float, bool]:
    """Step of the regular grid: the mean where slices lie evenly, else the median."""
    mean = float(heights[-1]) / (len(heights) - 1)
    off = np.abs(heights - mean * np.arange(len(heights))).max()
    if off <= max(EVEN_TOLERANCE * mean, EVEN_TOLERANCE_MM):
        return mean, True
    return float(np.median(np.diff(heights))), False


def layout_notes(layout: Layout) -> tuple[Note, ...]:
    """Say what the reader must know about how the slices lay."""
    notes = []
    if len(layout.slices) == 1:
        notes.append(
            Note(
                Level.WARNING,
                "single_slice",
                "Only one slice was given; it was taken to be as deep as its slice thickness.",
                "No volume, shape or continuity across slices may be claimed.",
            )
        )
    if layout.sheared:
        notes.append(_shear_note(layout))
    if not layout.even:
        steps = np.diff(layout.heights_mm)
        notes.append(
            Note(
                Level.WARNING,
                "uneven_spacing",
                f"Slices lay {steps.min():.2f} to {steps.max():.2f} mm apart; they were resampled "
                f"by linear interpolation onto an even step of {layout.step_mm:.2f} mm.",
                "Detail along the body axis is no finer than the widest step; texture and thin "
                "rims across slices may not be claimed.",
            )
        )
    thickness = layout.slice_thickness_mm
    if layout.even and thickness and layout.step_mm > COVER_FACTOR * thickness:
        notes.append(
            Note(
                Level.WARNING,
                "slices_apart",
                f"Slices are {thickness:.2f} mm thick but {layout.step_mm:.2f} mm apart.",
                "Mineral between the slices was not imaged; volumes are estimates.",
            )
        )
    return tuple(notes)


def _shear_note(layout: Layout) -> Note:
    rows, columns = np.ptp(layout.shifts_px, axis=0) * layout.pixel_spacing_mm
    height = float(layout.heights_mm[-1]) or 1.0
    angle = np.degrees(np.arctan(float(np.hypot(rows, columns)) / height))
    return Note(
        Level.INFO,
        "gantry_tilt",
        f"Slices were shifted against one another ({angle:.1f} degrees, as by gantry tilt); each "
        "was moved to its true place by linear interpolation within its plane.",
        "Edges are softened by up to half a pixel.",
    )
