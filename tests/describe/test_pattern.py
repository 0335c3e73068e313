from itertools import product

import numpy as np
import pytest

from trabecula.model import Verdict


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("rings", "rings_and_arcs"),
        ("flecks", "speckled"),
        ("tube", "tram_track"),
        ("veil", "faint_veil"),
    ],
)
def test_pattern_is_named(render, signs, paint, name, sign):
    scene = render(getattr(paint, name)(), size_mm=(40, 40, 40), noise_sd=20)

    assert signs(scene)[sign] == "present"


def test_curved_plate_is_sheet_like_and_a_ball_is_not(render, measure, paint, presence):
    plate = measure(render(paint.plate(36, 4), size_mm=(50, 40, 50)))
    ball = measure(render(paint.sphere(20)))

    assert presence(plate, "sheet_like") == "present"
    assert presence(ball, "sheet_like") == "absent"
    assert presence(ball, "amorphous_matrix") == "present"


def test_one_marrow_core_is_not_rings_and_arcs(render, measure, paint, presence):
    lesion = measure(render(paint.ossicle(24, grain=0), pixel_mm=0.8))

    assert presence(lesion, "rings_and_arcs") == "absent"


def test_marrow_spaces_between_trabeculae_are_not_rings_and_arcs(render, measure, presence):
    def paint(z, y, x):
        r = np.sqrt(z * z + y * y + x * x)
        spaces = np.zeros(z.shape, bool)
        for k, j, i in product((-3.5, 3.5), repeat=3):
            spaces |= (z - k) ** 2 + (y - j) ** 2 + (x - i) ** 2 < 2.4**2
        hu = np.where(r > 9.5, 1250.0, np.where(spaces, -20.0, 450.0))
        return {"hu": np.where(r <= 11, hu, 50.0), "lesion": r <= 11}

    assert presence(measure(render(paint, size_mm=(36, 36, 36))), "rings_and_arcs") == "absent"


@pytest.mark.parametrize("slice_mm", [1.0, 3.0])
def test_shell_of_cortex_is_no_tube(render, measure, paint, presence, slice_mm):
    lesion = measure(render(paint.ossicle(20), slice_mm=slice_mm, size_mm=(45, 40, 40)))

    assert presence(lesion, "tram_track") == "absent"


def test_small_dense_ball_is_a_small_round_body(render, measure, paint, presence):
    lesion = measure(render(paint.sphere(6, 900), pixel_mm=0.8))

    assert presence(lesion, "phlebolith_like") == "present"
    assert presence(measure(render(paint.sphere(14))), "phlebolith_like") == "absent"


def test_several_balls_are_lobules(render, measure, paint, presence):
    scene = render(paint.lobules(level=False), size_mm=(40, 40, 44))

    assert presence(measure(scene), "lobulated") == "present"


@pytest.mark.parametrize(("position", "expected"), [("HFS", "present"), ("HFP", "absent")])
def test_level_must_lie_with_gravity(render, signs, paint, position, expected):
    scene = render(paint.lobules(level=True), size_mm=(40, 40, 44), position=position)

    assert signs(scene)["fluid_calcium_level"] == expected


def test_level_is_not_assessed_when_the_position_is_unknown(render, measure, paint, presence):
    scene = render(paint.sphere(20), position=None)

    assert presence(measure(scene), "fluid_calcium_level") == "not_assessed"


def test_trabeculae_show_above_noise_and_noise_does_not(render, measure, paint, presence):
    textured = measure(render(paint.trabeculae(20), pixel_mm=0.8, noise_sd=20))
    noisy = measure(render(paint.sphere(20), pixel_mm=0.8, noise_sd=60))

    assert presence(textured, "trabeculated") == "present"
    assert presence(noisy, "trabeculated") == "absent"
    assert noisy.verdict is Verdict.CALCIFICATION
