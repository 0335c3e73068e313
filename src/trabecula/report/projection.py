"""The whole scan from the front and from the left, with the lesions in colour."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trabecula.model import HU, DescribedLesion, Float32, Float64, Grid, Part, Volume
from trabecula.report.drawing import (
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
    write,
)
from trabecula.report.words import counted

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST_PIXELS = 820
"""Longest edge of the two projections, which share one scale."""

RANGE_HU = (100.0, 1300.0)
"""From black to white where the patient's own bone is not known: soft tissue falls away."""

SLABS = 32
"""Slabs that the depth is cut into; each farther one is darker, which gives depth."""

FARTHEST_SHADE = 0.45
"""Brightness of the farthest slab against the nearest."""

OVERSTEP = 1.6
"""Voxels a sample may stand for, in pixels: bounds the time on long scans."""

LESION_OPACITY = 0.55
"""Of a lesion's colour: the bone behind it still shows."""

MOST_LABELS = 40
"""Ids written on a projection; with more they would hide the picture."""

LABEL_PIXELS = 24
"""Height of an id."""


PART_COLOUR = (214, 196, 0)
"""Of a part that was not called: a colour that no verdict has."""


def projections(
    volume: Volume,
    lesions: Sequence[DescribedLesion],
    *,
    range_hu: tuple[float, float] = RANGE_HU,
    parts: Sequence[Part] = (),
) -> tuple[Picture, ...]:
    """Project the scan from the front and from the left, with the lesions in colour.

    Parameters
    ----------
    volume
        The scan. It is read slice by slice; no copy of it is made.
    lesions
        Coloured by verdict, labelled by id.
    parts
        Parts whose border is not certain, outlined and numbered P1, P2, …
    range_hu
        What is black and what is white. From the scan's threshold for mineral to the patient's
        own cortex, noise stays out of the picture and thin bone shows at thick slices too.

    Returns
    -------
    tuple of Picture
        Coronal and sagittal maximum projections, nearer bone brighter.
    """
    return tuple(
        _projection(volume, lesions, plane, range_hu=range_hu, parts=parts)
        for plane in (CORONAL, SAGITTAL)
    )


def _projection(
    volume: Volume,
    lesions: Sequence[DescribedLesion],
    plane: Plane,
    *,
    range_hu: tuple[float, float],
    parts: Sequence[Part],
) -> Picture:
    grid = volume.grid
    pixels_per_mm = LONGEST_PIXELS / float((grid.spacing_kji_mm * grid.shape_kji).max())
    rows, columns = (_positions(grid, axis, pixels_per_mm) for axis in (plane.rows, plane.columns))
    if plane.head_up:
        rows = rows[::-1]
    steps = _steps(grid, plane, pixels_per_mm)
    shade = _depth_cued(volume.hu, plane, steps, range_hu=range_hu)
    grey = resampled(shade, rows / steps[0], columns / steps[1]) * 255.0
    canvas = np.repeat(grey[..., None], 3, axis=2)
    spots = []
    for described in sorted(lesions, key=lambda one: (-one.volume.value, one.lesion.id)):
        spots.append(_colour(canvas, described, plane, (rows, columns)))
    marks = [_outline(canvas, part, plane, (rows, columns)) for part in parts]
    image = image_of(canvas)
    words = [(*spot[:2], str(spot[2].lesion.id)) for spot in spots if spot is not None]
    words += [(*m, f"P{n}") for n, m in enumerate(marks, start=1) if m is not None]
    _label(image, words)
    letter_sides(image, plane.letters)
    scale_bar(image, pixels_per_mm)
    side = "front" if plane is CORONAL else "left"
    title = f"{plane.name.capitalize()} projection, seen from the {side}"
    found = counted(len(lesions), "lesion", "lesions")
    offered = f", {counted(len(parts), 'part', 'parts')} outlined in yellow" if parts else ""
    words_for_it = f"{title}: the skeleton in grey, {found} in the verdict's colour{offered}."
    return jpeg(image, title, words_for_it)


def _positions(grid: Grid, axis: int, pixels_per_mm: float) -> Float64:
    """Fractional voxel index of each pixel along an axis."""
    size, edge = grid.shape_kji[axis], float(grid.spacing_kji_mm[axis])
    pixels = max(1, round(size * edge * pixels_per_mm))
    index: Float64 = (np.arange(pixels) + 0.5) / pixels * size - 0.5
    return np.clip(index, 0.0, size - 1.0)


def _steps(grid: Grid, plane: Plane, pixels_per_mm: float) -> tuple[int, int]:
    """Every how manieth voxel is read along rows and columns."""
    edges = grid.spacing_kji_mm
    down, across = (
        max(1, round(OVERSTEP / pixels_per_mm / float(edges[axis])))
        for axis in (plane.rows, plane.columns)
    )
    return down, across


def _depth_cued(
    hu: HU, plane: Plane, steps: tuple[int, int], *, range_hu: tuple[float, float]
) -> Float32:
    """Brightest voxel along each line, 0 to 1, nearer ones brighter.

    Slabs are taken slice by slice, so that each slice passes through the cache once.
    """
    depth = hu.shape[plane.axis]
    starts = np.unique(np.linspace(0, depth, SLABS, endpoint=False).astype(int))
    shades = np.linspace(1.0, FARTHEST_SHADE, len(starts), dtype=np.float32)
    if plane is SAGITTAL:
        shades = shades[::-1]  # seen from the left, and i runs toward the left
    low, high = range_hu
    lines = []
    for one in hu[:: steps[0]]:
        strongest = np.maximum.reduceat(_lines(one, plane, steps[1]), starts, axis=0)
        shaded = np.clip((strongest - np.float32(low)) / (high - low), 0.0, 1.0).astype(np.float32)
        lines.append((shaded * shades[:, None]).max(axis=0))
    return np.stack(lines)


def _lines(one: npt.NDArray[np.int16], plane: Plane, step: int) -> npt.NDArray[np.int16]:
    """Slice ``(depth, column)``: the axis looked along comes first."""
    if plane is CORONAL:
        return one[:, ::step]
    return np.ascontiguousarray(one[::step].T)


def _colour(
    canvas: Float32, described: DescribedLesion, plane: Plane, pixels: tuple[Float64, Float64]
) -> tuple[float, float, DescribedLesion] | None:
    """Colour a lesion and return where its label goes: right edge and middle height."""
    lesion = described.lesion
    shadow = np.any(lesion.mask, axis=plane.axis)
    found = member_of(shadow, (lesion.box[plane.rows], lesion.box[plane.columns]), pixels)
    if found is None:
        return None
    (rows, columns), member = found
    colour = VERDICT_COLOUR[described.verdict]
    paint_outline(canvas[rows, columns], member, colour, width=1.6, fill=LESION_OPACITY)
    return float(columns.stop), (rows.start + rows.stop) / 2.0, described


def _outline(
    canvas: Float32, part: Part, plane: Plane, pixels: tuple[Float64, Float64]
) -> tuple[float, float] | None:
    """Draw a part's outline and return where its label goes."""
    shadow = np.any(part.mask, axis=plane.axis)
    found = member_of(shadow, (part.box[plane.rows], part.box[plane.columns]), pixels)
    if found is None:
        return None
    (rows, columns), member = found
    paint_outline(canvas[rows, columns], member, PART_COLOUR, width=1.6)
    return float(columns.stop), (rows.start + rows.stop) / 2.0


def _label(image: "Image", spots: Sequence[tuple[float, float, str]]) -> None:
    """Write ids beside their lesions and parts, moved apart where they would cover each other."""
    from PIL import ImageDraw as Pens

    pen = Pens.Draw(image)
    taken: list[tuple[float, float]] = []
    for right, middle, words in spots[:MOST_LABELS]:
        x = min(right + 1.0, image.width - 1.6 * LABEL_PIXELS)
        y = middle
        while any(abs(x - a) < 1.5 * LABEL_PIXELS and abs(y - b) < LABEL_PIXELS for a, b in taken):
            y += LABEL_PIXELS / 2.0
        taken.append((x, y))
        write(pen, (x, y), words, anchor="lm", pixels=LABEL_PIXELS)
