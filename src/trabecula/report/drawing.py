"""What every picture of the report shares: colours, lines, letters, scale bars, encoding."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from trabecula.model import Float32, Float64, Mask, Verdict

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

VERDICT_COLOUR: dict[Verdict, tuple[int, int, int]] = {
    Verdict.OSSIFICATION: (86, 180, 255),
    Verdict.CALCIFICATION: (255, 160, 30),
    Verdict.MIXED: (214, 132, 230),
    Verdict.INDETERMINATE: (214, 214, 214),
}
"""On a dark picture: blue, orange, purple, grey, told apart by the colour-blind as well."""

JPEG_QUALITY = 82
"""The texture of noise is still true, and a plane takes about 30 kB."""

SCALE_BARS_MM = (200, 100, 50, 20, 10, 5)
"""Lengths a scale bar may have; the longest under a third of the picture is taken."""

LINE_ROOM = 4
"""Pixels beside a lesion's box that its line may touch."""

LETTER_PIXELS = 22
"""Height of the letters that tell the sides."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, ready to be shown.

    Attributes
    ----------
    data, media_type
        Encoded bytes, and what they are.
    width, height
        Pixels.
    title, alt
        Caption, and the words for who cannot see it.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    title: str
    alt: str


@dataclass(frozen=True, slots=True)
class Plane:
    """How a plane of a canonical volume lies on paper.

    Attributes
    ----------
    name
        Axial, coronal or sagittal.
    axis
        Array axis that the plane stands on.
    rows, columns
        Array axes along the picture's edges, downward and rightward.
    head_up
        Whether rows are turned over, because k runs toward the head.
    letters
        What lies to the left, right, top and bottom.
    """

    name: str
    axis: int
    rows: int
    columns: int
    head_up: bool
    letters: str


AXIAL = Plane("axial", 0, 1, 2, head_up=False, letters="RLAP")
CORONAL = Plane("coronal", 1, 0, 2, head_up=True, letters="RLSI")
SAGITTAL = Plane("sagittal", 2, 0, 1, head_up=True, letters="APSI")


def resampled(part: Float32, rows: Float64, columns: Float64) -> Float32:
    """Interpolate a plane linearly at fractional indices; nothing, 0, lies outside it.

    Parameters
    ----------
    part : (r, c) float32
        The plane.
    rows, columns : (n,), (m,) float64
        Where to sample it, in its own indices.

    Returns
    -------
    (n, m) float32
    """
    return _between(_between(part, rows).T, columns).T


def _between(part: Float32, position: Float64) -> Float32:
    """Interpolate linearly between the rows of a plane."""
    low = np.floor(position).astype(int)
    share = (position - low).astype(np.float32)[:, None]
    bordered = np.pad(part, ((1, 1), (0, 0)))
    first, second = (np.clip(low + step, 0, len(part) + 1) for step in (1, 2))
    between: Float32 = bordered[first] * (1.0 - share) + bordered[second] * share
    return between


def _weights(position: Float64, size: int, reach: float = 1.0) -> Float32:
    """Weight of each voxel at each position; a reach of one is linear interpolation."""
    distance = np.abs(position[:, None] - np.arange(size))
    weights: Float32 = np.maximum(0.0, 1.0 - distance / reach).astype(np.float32)
    return weights


def member_of(
    cut: Mask, spans: tuple[slice, slice], pixels: tuple[Float64, Float64]
) -> tuple[tuple[slice, slice], Float32] | None:
    """Find the part of a picture where a lesion lies, and how far each pixel belongs to it.

    Parameters
    ----------
    cut : (r, c) bool
        The lesion on a plane, inside its box.
    spans
        Where the box lies along rows and columns, voxels.
    pixels : (n,), (m,) float64
        Fractional voxel index of the picture's rows and columns.

    Returns
    -------
    parts, member : (slice, slice), (p, q) float32
        Part of the picture, with room for the line, and membership 0 to 1; ``None`` when the
        picture does not show the lesion.
    """
    parts = []
    for position, span in zip(pixels, spans, strict=True):
        near = np.flatnonzero((position >= span.start - 1.5) & (position <= span.stop + 0.5))
        if near.size < 2:
            return None
        parts.append(slice(max(0, int(near[0]) - LINE_ROOM), int(near[-1]) + 1 + LINE_ROOM))
    down, across = (
        _weights(position[part] - span.start, span.stop - span.start, _reach(position))
        for position, part, span in zip(pixels, parts, spans, strict=True)
    )
    member = np.linalg.multi_dot([down, cut.astype(np.float32), across.T])
    return (parts[0], parts[1]), np.minimum(member, 1.0).astype(np.float32)


def _reach(position: Float64) -> float:
    """Voxels that a pixel looks at: where pixels are coarser, no voxel falls between them."""
    return max(1.0, float(np.abs(np.diff(position)).max(initial=1.0)))


def paint_outline(
    canvas: Float32,
    member: Float32,
    colour: tuple[int, int, int],
    *,
    width: float,
    fill: float = 0.0,
) -> None:
    """Draw the half-way contour of a membership onto a picture, from just outside it.

    The inside gets soft edges by its slope, and the line is what a disc of its width adds
    to it, so the line is as wide at coarse voxels as at fine ones.

    Parameters
    ----------
    canvas : (r, c, 3) float32
        Changed in place.
    member : (r, c) float32
        How far each pixel belongs to the lesion, 0 to 1.
    colour
        Red, green, blue, to 255.
    width
        Of the line, pixels.
    fill
        Opacity of the inside.
    """
    slope_down, slope_across = np.gradient(member)
    slope = np.sqrt(slope_down**2 + slope_across**2)
    inside = np.clip((member - 0.5) / np.maximum(slope, 1e-3) + 0.5, 0.0, 1.0)
    opacity = np.maximum(_grown(inside, width) - inside, fill * inside)
    canvas += (np.array(colour, np.float32) - canvas) * opacity[..., None].astype(np.float32)


def _grown(inside: Float32, width: float) -> Float32:
    """Widen a soft shape by a disc."""
    reach = int(np.ceil(width))
    padded = np.pad(inside, reach)
    rows, columns = inside.shape
    grown = inside.copy()
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            share = min(1.0, width + 0.5 - float(np.hypot(down, across)))
            if share > 0.0:
                top, left = reach + down, reach + across
                part = padded[top : top + rows, left : left + columns]
                np.maximum(grown, share * part, out=grown)
    return grown


def image_of(canvas: Float32) -> "Image":
    """Make a Pillow image of a canvas of 0 to 255."""
    from PIL import Image as Images

    return Images.fromarray(np.round(np.clip(canvas, 0.0, 255.0)).astype(np.uint8))


@cache
def font(pixels: int) -> "FreeTypeFont | ImageFont":
    """Return the font that comes with Pillow, so pictures are the same on every machine."""
    from PIL import ImageFont as Fonts

    return Fonts.load_default(size=pixels)


def write(
    pen: "ImageDraw", at: tuple[float, float], text: str, *, anchor: str, pixels: int
) -> None:
    """Write with a dark edge, legible on bone and on air."""
    pen.text(
        at,
        text,
        font=font(pixels),
        fill=(255, 255, 255),
        anchor=anchor,
        stroke_width=2,
        stroke_fill=(0, 0, 0),
    )


def letter_sides(image: "Image", letters: str) -> None:
    """Write what lies to the left, right, top and bottom."""
    from PIL import ImageDraw as Pens

    pen = Pens.Draw(image)
    width, height = image.size
    places = ((8, height / 2), (width - 8, height / 2), (width / 2, 6), (width / 2, height - 8))
    for letter, place, anchor in zip(letters, places, ("lm", "rm", "mt", "mb"), strict=True):
        write(pen, place, letter, anchor=anchor, pixels=LETTER_PIXELS)


def scale_bar(image: "Image", pixels_per_mm: float) -> None:
    """Draw a bar of a round length at the lower right, with its length in cm."""
    from PIL import ImageDraw as Pens

    width, height = image.size
    fitting = [mm for mm in SCALE_BARS_MM if mm * pixels_per_mm <= width / 3.0]
    length_mm = fitting[0] if fitting else SCALE_BARS_MM[-1]
    right, y = width - 12.0, height - 14.0
    left = right - length_mm * pixels_per_mm
    pen = Pens.Draw(image)
    pen.rectangle((left - 1, y - 2, right + 1, y + 3), fill=(0, 0, 0))
    pen.rectangle((left, y - 1, right, y + 2), fill=(255, 255, 255))
    words = f"{length_mm / 10:g} cm" if length_mm >= 10 else f"{length_mm} mm"
    write(pen, ((left + right) / 2, y - 5), words, anchor="mb", pixels=17)


def jpeg(image: "Image", title: str, alt: str) -> Picture:
    """Encode with full colour resolution, so that thin coloured lines stay crisp."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0, optimize=True)
    width, height = image.size
    return Picture(buffer.getvalue(), "image/jpeg", width, height, title, alt)
