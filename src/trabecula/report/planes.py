"""Three planes through a lesion.

Radiological convention: the patient's right is on the left of the picture, the head is up, and in
sagittal pictures the front is on the left.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trabecula.model import HU, Box, DescribedLesion, Float32, Float64, Grid, Lesion, Mask, Volume
from trabecula.report.drawing import (
    AXIAL,
    CORONAL,
    SAGITTAL,
    VERDICT_COLOUR,
    Picture,
    Plane,
    image_of,
    jpeg,
    letter_sides,
    member_of,
    paint_outline,
    resampled,
    scale_bar,
)
from trabecula.report.words import percent, place_words

PLANE_PIXELS = 440
"""Edge of the picture; the page shows it at about half that size, so it is sharp in print."""

LINE_PIXELS, THIN_LINE_PIXELS = 2.6, 1.2
"""Width of the outline of the lesion itself, and of others in the field."""

MARGIN_MM = 25.0
"""Tissue shown around a lesion."""

LEAST_FIELD_MM = 100.0
"""Edge of the smallest field shown, so that the place can be recognised."""

BONE_WINDOW_HU = (450.0, 1800.0)
"""Centre and width: the usual window for bone."""

FAINT_WINDOW_HU = (150.0, 700.0)
"""Centre and width, for lesions that the bone window would hide in muscle."""

FAINT_HU = 350.0
"""A lesion whose 95th percentile lies below this is shown in the faint window."""

AIR = -1000.0
"""What lies outside the scan in a picture, HU."""


def lesion_pictures(
    volume: Volume, described: DescribedLesion, others: Sequence[DescribedLesion] = ()
) -> tuple[Picture, ...]:
    """Three planes through a lesion, with its outline.

    Parameters
    ----------
    volume
        The scan.
    described
        The lesion; each plane is the one that cuts most of it.
    others
        Lesions whose outline is drawn thinly where they come into the field.

    Returns
    -------
    tuple of Picture
        Axial, coronal, sagittal; square, isotropic, with letters and a scale bar.
    """
    return tuple(_picture(volume, described, others, plane) for plane in (AXIAL, CORONAL, SAGITTAL))


def _picture(
    volume: Volume, described: DescribedLesion, others: Sequence[DescribedLesion], plane: Plane
) -> Picture:
    lesion = described.lesion
    window = FAINT_WINDOW_HU if described.hu.p95 < FAINT_HU else BONE_WINDOW_HU
    field = _Field.around(lesion, volume.grid, plane)
    grey = (field.sample(volume.hu) - (window[0] - window[1] / 2.0)) / window[1] * 255.0
    canvas = np.repeat(np.clip(grey, 0.0, 255.0)[..., None], 3, axis=2)
    for other in (*others, described):
        itself = other.lesion.id == lesion.id
        if itself is (other is described) and (found := field.member(other.lesion)) is not None:
            (rows, columns), member = found
            colour = VERDICT_COLOUR[other.verdict]
            width = LINE_PIXELS if itself else THIN_LINE_PIXELS
            paint_outline(canvas[rows, columns], member, colour, width=width)
    image = image_of(canvas)
    letter_sides(image, plane.letters)
    scale_bar(image, PLANE_PIXELS / field.edge_mm)
    title = f"{plane.name.capitalize()}, window {window[0]:.0f}/{window[1]:.0f}"
    alt = (
        f"{plane.name.capitalize()} plane through lesion {lesion.id}, "
        f"{place_words(lesion.region, lesion.side)}: {described.verdict.value} in outline "
        f"(ossification {percent(described.probability_ossification)}); "
        f"field of {field.edge_mm:.0f} mm."
    )
    return jpeg(image, title, alt)


@dataclass(frozen=True, slots=True)
class _Field:
    """A square field on one slice.

    Attributes
    ----------
    index
        The slice, along the plane's axis.
    rows, columns : (n,) float64
        Fractional voxel indices of the picture's rows and columns.
    edge_mm
        Edge of the field.
    """

    plane: Plane
    index: int
    rows: Float64
    columns: Float64
    edge_mm: float

    @classmethod
    def around(cls, lesion: Lesion, grid: Grid, plane: Plane) -> "_Field":
        """Centre a field on a lesion, in the slice that cuts most of it."""
        index = _fullest_slice(lesion.mask, plane.axis) + lesion.box[plane.axis].start
        edge_mm = _edge_mm(lesion.box, grid, plane)
        steps = (np.arange(PLANE_PIXELS) + 0.5) / PLANE_PIXELS - 0.5

        def positions(axis: int) -> Float64:
            middle = (lesion.box[axis].start + lesion.box[axis].stop - 1) / 2.0
            around: Float64 = middle + steps * edge_mm / grid.spacing_kji_mm[axis]
            return around

        rows = positions(plane.rows)
        return cls(
            plane, index, rows[::-1] if plane.head_up else rows, positions(plane.columns), edge_mm
        )

    def sample(self, hu: HU) -> Float32:
        """HU of the field; outside the scan it is air."""
        rows, columns = (
            _cover(self.rows, hu.shape[self.plane.rows]),
            _cover(self.columns, hu.shape[self.plane.columns]),
        )
        part = np.take(hu, self.index, axis=self.plane.axis)[rows, columns].astype(np.float32)
        field: Float32 = resampled(
            part - AIR, self.rows - rows.start, self.columns - columns.start
        ) + np.float32(AIR)
        return field

    def member(self, lesion: Lesion) -> tuple[tuple[slice, slice], Float32] | None:
        """Where a lesion lies in the field, and how far each pixel belongs to it."""
        plane, box = self.plane, lesion.box
        at = self.index - box[plane.axis].start
        if not 0 <= at < lesion.mask.shape[plane.axis]:
            return None
        cut = np.take(lesion.mask, at, axis=plane.axis)
        spans = (box[plane.rows], box[plane.columns])
        return member_of(cut, spans, (self.rows, self.columns))


def _fullest_slice(mask: Mask, axis: int) -> int:
    """Slice along an axis that cuts most of the mask; of equals the middle one."""
    area = mask.sum(axis=tuple(other for other in range(3) if other != axis))
    fullest = np.flatnonzero(area == area.max())
    return int(fullest[len(fullest) // 2])


def _edge_mm(box: Box, grid: Grid, plane: Plane) -> float:
    extents = [
        float((box[axis].stop - box[axis].start) * grid.spacing_kji_mm[axis])
        for axis in (plane.rows, plane.columns)
    ]
    return max(LEAST_FIELD_MM, max(extents) + 2.0 * MARGIN_MM)


def _cover(positions: Float64, size: int) -> slice:
    """Voxels that interpolation at these positions needs, inside the scan."""
    start = int(np.clip(np.floor(positions.min()), 0, size - 1))
    return slice(start, int(np.clip(np.floor(positions.max()) + 2, start + 1, size)))
