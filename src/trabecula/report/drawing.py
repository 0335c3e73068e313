"""What every picture of the report shares: colours, lines, letters, scale bars, encoding."""

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from trabecula.model import Float32, Float64, Verdict

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
    down, across = _weights(rows, part.shape[0]), _weights(columns, part.shape[1])
    sampled: Float32 = np.linalg.multi_dot([down, part, across.T]).astype(np.float32, copy=False)
    return sampled


def _weights(position: Float64, size: int) -> Float32:
    weights = np.zeros((len(position), size), np.float32)
    low = np.floor(position).astype(int)
    share = (position - low).astype(np.float32)
    which = np.arange(len(position))
    for index, weight in ((low, 1.0 - share), (low + 1, share)):
        valid = (index >= 0) & (index < size)
        weights[which[valid], index[valid]] += weight[valid]
    return weights


def paint_outline(
    canvas: Float32,
    member: Float32,
    colour: tuple[int, int, int],
    *,
    half_width: float,
    fill: float = 0.0,
) -> None:
    """Draw the half-way contour of a membership onto a picture, from just outside it.

    The distance from the contour is the membership over its slope, so the line has one width
    and soft edges however coarse the voxels are.

    Parameters
    ----------
    canvas : (r, c, 3) float32
        Changed in place.
    member : (r, c) float32
        How far each pixel belongs to the lesion, 0 to 1.
    colour
        Red, green, blue, to 255.
    half_width
        Of the line, pixels.
    fill
        Opacity of the inside.
    """
    slope_down, slope_across = np.gradient(member)
    slope = np.sqrt(slope_down**2 + slope_across**2)
    distance = (member - 0.5) / np.maximum(slope, 1e-3)
    line = np.clip(half_width + 0.5 - np.abs(distance + half_width), 0.0, 1.0)
    line[slope < 1e-3] = 0.0
    opacity = np.maximum(line, fill * np.clip(distance + 0.5, 0.0, 1.0))
    canvas += (np.array(colour, np.float32) - canvas) * opacity[..., None].astype(np.float32)


def image_of(canvas: Float32) -> "Image":
    """Make a Pillow image of a canvas of 0 to 255."""
    from PIL import Image as Images

    return Images.fromarray(np.round(np.clip(canvas, 0.0, 255.0)).astype(np.uint8))


def font(pixels: int) -> "FreeTypeFont | ImageFont":
    """Return the font that comes with Pillow, so pictures are the same on every machine."""
    from PIL import ImageFont as Fonts

    return Fonts.load_default(size=pixels)


def write(
    pen: "ImageDraw", at: tuple[float, float], text: str, *, anchor: str, pixels: int = 22,
    colour: tuple[int, int, int] = (255, 255, 255),
) -> None:  # fmt: skip
    """Write with a dark edge, legible on bone and on air."""
    pen.text(
        at,
        text,
        font=font(pixels),
        fill=colour,
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
