"""Planes through lesions and projections of the scan."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from trabecula.model import HounsfieldSummary, Verdict
from trabecula.report.drawing import VERDICT_COLOUR, paint_outline, resampled
from trabecula.report.planes import PLANE_PIXELS, lesion_pictures
from trabecula.report.projection import projections


def pixels(picture):
    return np.asarray(Image.open(BytesIO(picture.data)).convert("RGB")).astype(int)


def coloured(picture, verdict):
    """Pixels near a verdict's colour."""
    hue = np.array(VERDICT_COLOUR[verdict])
    return np.abs(pixels(picture) - hue).sum(axis=2) < 90


def centre(mask):
    rows, columns = np.nonzero(mask)
    return rows.mean() / mask.shape[0], columns.mean() / mask.shape[1]


def test_patients_left_is_on_the_right_of_the_projection(answer):
    coronal, _ = projections(answer.volume, answer.lesions)
    _, left_deposit = centre(coloured(coronal, Verdict.CALCIFICATION))

    assert answer.lesions[1].lesion.centroid_lps_mm[0] > 0
    assert left_deposit > 0.6


def test_head_is_up_in_both_projections(answer):
    hu = np.full_like(answer.volume.hu, -1000)
    hu[50:60, 30:50, 50:80] = 900
    for picture in projections(replace(answer.volume, hu=hu), ()):
        grey = pixels(picture).max(axis=2)
        block = grey[:, int(0.3 * grey.shape[1]) : int(0.45 * grey.shape[1])] > 60
        row, _ = centre(block)

        assert row == pytest.approx(1.0 - 55.0 / 72.0, abs=0.03)


def test_front_is_left_in_the_sagittal_projection(answer):
    _, sagittal = projections(answer.volume, answer.lesions[1:2])
    _, column = centre(coloured(sagittal, Verdict.CALCIFICATION))

    assert column < 0.45


def test_nearer_bone_is_brighter(answer):
    hu = np.full_like(answer.volume.hu, -1000)
    hu[30:40, 5:8, 20:40] = 900
    hu[30:40, 80:83, 90:110] = 900
    coronal, _ = projections(replace(answer.volume, hu=hu), ())
    grey = pixels(coronal).max(axis=2)
    rows = slice(int(0.4 * grey.shape[0]), int(0.6 * grey.shape[0]))
    front, back = (np.median(grey[rows, int(share * grey.shape[1])]) for share in (0.21, 0.71))

    assert front > 1.3 * back > 0


def test_planes_are_square_and_small(answer):
    pictures = lesion_pictures(answer.volume, answer.lesions[0], answer.lesions)

    assert [(one.width, one.height) for one in pictures] == [(PLANE_PIXELS, PLANE_PIXELS)] * 3
    assert sum(len(one.data) for one in pictures) < 150_000
    assert [one.title.split(",")[0] for one in pictures] == ["Axial", "Coronal", "Sagittal"]


@pytest.mark.parametrize("which", [0, 1])
def test_outline_runs_around_the_lesion_in_its_colour(answer, which):
    described = answer.lesions[which]
    axial = lesion_pictures(answer.volume, described)[0]
    line = coloured(axial, described.verdict)
    row, column = centre(line)

    assert (row, column) == pytest.approx((0.5, 0.5), abs=0.03)
    assert not line[PLANE_PIXELS // 2 - 8 : PLANE_PIXELS // 2 + 8, PLANE_PIXELS // 2].any()


def test_oblong_voxels_give_a_round_picture():
    """A ball in voxels of 4 × 1 stays round when the picture is isotropic."""
    k, i = np.mgrid[:12, :48]
    cut = (((k - 5.5) * 4.0) ** 2 + (i - 23.5) ** 2 <= 14.0**2).astype(np.float32)
    member = resampled(cut, np.linspace(0, 11, 220), np.linspace(0, 47, 235)) > 0.5
    height = np.ptp(np.flatnonzero(member.any(axis=1))) / 5.0
    width = np.ptp(np.flatnonzero(member.any(axis=0))) / 5.0

    assert height == pytest.approx(width, abs=4.0)


def test_line_is_as_wide_at_coarse_as_at_fine_voxels():
    widths = []
    for coarse in (1, 8):
        part = np.zeros((96 // coarse, 96 // coarse), np.float32)
        part[: 48 // coarse] = 1.0
        at = (np.arange(384) + 0.5) / 384 * part.shape[0] - 0.5
        canvas = np.zeros((384, 384, 3), np.float32)
        paint_outline(canvas, resampled(part, at, at), (255, 255, 255), width=3.0)
        widths.append(canvas[:, 192, 0].sum() / 255.0)

    assert widths[0] == pytest.approx(widths[1], abs=0.6)


def test_faint_lesion_is_shown_in_a_narrow_window(answer):
    faint = replace(answer.lesions[2], hu=HounsfieldSummary(180, 20, 150, 180, 210, 230))

    assert "window 150/700" in lesion_pictures(answer.volume, faint)[0].title
    assert "window 450/1800" in lesion_pictures(answer.volume, answer.lesions[0])[0].title


def test_lesion_at_the_edge_of_the_scan_is_still_centred(answer):
    body = answer.lesions[0].lesion
    moved = replace(
        body, box=(slice(0, 32), slice(0, 12), slice(0, 12)), mask=body.mask[:32, :12, :12]
    )
    pictures = lesion_pictures(answer.volume, replace(answer.lesions[0], lesion=moved))

    for picture in pictures:
        assert centre(coloured(picture, Verdict.OSSIFICATION)) == pytest.approx((0.5, 0.5), abs=0.1)


def test_same_answer_gives_the_same_bytes(answer):
    first = projections(answer.volume, answer.lesions)

    assert [one.data for one in projections(answer.volume, answer.lesions)] == [
        one.data for one in first
    ]
