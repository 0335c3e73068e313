"""Pictures of what went wrong: the true outline and the found one, in two planes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trabecula.model import Box, DescribedLesion, Float32, Mask, Volume
from trabecula.run import analyze
from trabecula.validate.acquire import Scan, acquire
from trabecula.validate.condition import Case
from trabecula.validate.host import paint
from trabecula.validate.measures.failures import Failure

if TYPE_CHECKING:
    from PIL.Image import Image

Part = tuple[Mask, Box]
"""A body in a part of a scan."""

REACH_MM = 40.0
"""How far around a lesion a picture reaches."""

PIXELS = 200
"""Edge of one plane."""

BLACK_HU, WHITE_HU = -150.0, 900.0
"""Window: fat is dark grey, cortex white."""

TRUE_COLOUR, FOUND_COLOUR = (90, 230, 120), (255, 160, 30)
"""Green is the truth, orange what the program outlined."""

COLUMNS = 5
"""Pictures side by side on the sheet."""

GREYS = 60
"""Shades of the sheet beside the two colours, which keeps it small."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A failure with its picture, PNG."""

    failure: Failure
    png: bytes


def picture_failures(failures: Sequence[Failure], cases: Mapping[str, Case]) -> list[Shown]:
    """Make the cases again and draw the lesions that failed; simulated ones only."""
    return [
        Shown(failure, _png(_picture(failure, cases[failure.case])))
        for failure in failures
        if failure.case in cases and cases[failure.case].simulated
    ]


def sheet(shown: Sequence[Shown]) -> bytes:
    """All pictures on one sheet, numbered from 1, PNG; empty without any."""
    from PIL import Image, ImageDraw

    if not shown:
        return b""
    pictures = [Image.open(BytesIO(one.png)) for one in shown]
    width, height = pictures[0].size
    rows = -(-len(pictures) // COLUMNS)
    whole = Image.new("RGB", (min(COLUMNS, len(pictures)) * width, rows * height))
    for number, picture in enumerate(pictures):
        corner = (number % COLUMNS * width, number // COLUMNS * height)
        whole.paste(picture, corner)
        ImageDraw.Draw(whole).text((corner[0] + 4, corner[1] + 2), str(number + 1), "white")
    return packed(whole)


def _picture(failure: Failure, case: Case) -> "Image":
    scan, lesions = _again(failure, case)
    body = next(one for one in scan.bodies if one.label == failure.label)
    return outlined(
        scan.volume,
        [(body.mask, body.box)],
        [(one.lesion.mask, one.lesion.box) for one in lesions],
    )


def outlined(
    volume: Volume, true: Sequence[Part], found: Sequence[Part], *, reach_mm: float = REACH_MM
) -> "Image":
    """Draw a true lesion and what was found: axial above, coronal below, through its middle.

    Parameters
    ----------
    true, found
        Masks and their boxes.
    reach_mm
        How far around the true lesion's middle is shown.
    """
    from PIL import Image

    truth, shown = _whole(true, volume), _whole(found, volume)
    middle = np.argwhere(truth).mean(axis=0)
    k, j, _ = (int(v) for v in np.rint(middle))
    step, pixel, _ = volume.spacing_kji_mm
    planes = [
        _plane(
            volume.hu[k],
            (truth[k], shown[k]),
            (pixel, pixel),
            (middle[1], middle[2]),
            reach_mm=reach_mm,
        ),
        _plane(
            volume.hu[::-1, j],
            (truth[::-1, j], shown[::-1, j]),
            (step, pixel),
            (volume.hu.shape[0] - 1 - middle[0], middle[2]),
            reach_mm=reach_mm,
        ),
    ]
    both = Image.new("RGB", (PIXELS, 2 * PIXELS + 2))
    for number, plane in enumerate(planes):
        both.paste(Image.fromarray(plane), (0, number * (PIXELS + 2)))
    return both


def _again(failure: Failure, case: Case) -> tuple[Scan, tuple[DescribedLesion, ...]]:
    """Scan and lesions of a failure: scans are counted with and without the label map."""
    ways = 2 if case.both else 1
    condition = case.conditions[failure.scan // ways]
    scan = acquire(paint(case), condition, margin_mm=case.margin_mm)
    answer = analyze(scan.volume, scan.anatomy if failure.anatomy == "label map" else None)
    return scan, answer.lesions


def _whole(parts: Sequence[Part], volume: Volume) -> Mask:
    whole: Mask = np.zeros(volume.hu.shape, dtype=bool)
    for mask, box in parts:
        whole[box] |= mask
    return whole


def _plane(
    hu: npt.NDArray[np.int16],
    outlines: tuple[Mask, Mask],
    spacing_mm: tuple[float, float],
    middle: tuple[float, float],
    *,
    reach_mm: float,
) -> npt.NDArray[np.uint8]:
    """Return one plane around a place, with both outlines, RGB."""
    offsets = np.linspace(-reach_mm, reach_mm, PIXELS)
    rows, columns = (
        np.rint(at + offsets / step).astype(int)
        for at, step in zip(middle, spacing_mm, strict=True)
    )
    inside = np.ix_((rows >= 0) & (rows < hu.shape[0]), (columns >= 0) & (columns < hu.shape[1]))
    index = np.ix_(rows.clip(0, hu.shape[0] - 1), columns.clip(0, hu.shape[1] - 1))
    grey: Float32 = np.clip((hu[index] - BLACK_HU) / (WHITE_HU - BLACK_HU), 0.0, 1.0)
    shown = np.zeros((PIXELS, PIXELS), dtype=bool)
    shown[inside] = True
    image = np.repeat((255 * grey * shown).astype(np.uint8)[..., None], 3, axis=2)
    for mask, colour in zip(outlines, (TRUE_COLOUR, FOUND_COLOUR), strict=True):
        image[_edge(mask[index] & shown)] = colour
    return image


def _edge(mask: Mask) -> Mask:
    from scipy.ndimage import binary_erosion

    edge: Mask = mask & ~binary_erosion(mask)
    return edge


def packed(image: "Image") -> bytes:
    """Return a drawing as a small PNG: few greys and the two colours."""
    from PIL import Image

    return _png(image.quantize(palette=_palette(), dither=Image.Dither.NONE))


def _palette() -> "Image":
    """Shades of grey and the colours of the outlines."""
    from PIL import Image

    shades = [(v, v, v) for v in np.linspace(0, 255, GREYS).astype(int).tolist()]
    colours = [*shades, TRUE_COLOUR, FOUND_COLOUR]
    image = Image.new("P", (1, 1))
    image.putpalette([value for colour in colours for value in colour])
    return image


def _png(image: "Image") -> bytes:
    out = BytesIO()
    image.save(out, format="PNG", optimize=True)
    return out.getvalue()
