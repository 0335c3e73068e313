import pytest

from trabecula.describe.lesion import observe_lesion


@pytest.fixture
def evidence():
    def measured(scene):
        return observe_lesion(scene.seen.lesions[0], scene.seen, scene.volume).evidence

    return measured


@pytest.mark.parametrize("slice_mm", [1.0, 3.0])
@pytest.mark.parametrize("rim_mm", [1.2, 3.0])
def test_width_of_the_rim_is_freed_of_the_blur(render, evidence, paint, rim_mm, slice_mm):
    scene = render(
        paint.eggshell(26, rim=rim_mm, core=50.0), slice_mm=slice_mm, size_mm=(48, 40, 40)
    )

    assert evidence(scene)["plane_rim_mm"] == pytest.approx(rim_mm, abs=0.5)


def test_an_even_ball_has_no_rim(render, evidence, paint):
    found = evidence(render(paint.sphere(20)))

    assert "plane_rim_mm" not in found
    assert found["plane_step"] < 0.05


def test_only_a_thin_shell_around_soft_tissue_is_like_a_cyst(render, evidence, paint):
    thin, broad = (
        evidence(render(paint.eggshell(26, rim=rim, core=50.0), size_mm=(40, 40, 40)))
        for rim in (1.0, 3.5)
    )

    assert thin["plane_soft"] > 0.3
    assert broad["plane_soft"] < 0.1


def test_a_plate_is_longer_than_thick(render, evidence, paint):
    plate, ball = (
        evidence(render(paint.plate(24, 6), size_mm=(44, 34, 44))),
        evidence(render(paint.sphere(16))),
    )

    assert plate["elongation"] > 2.5
    assert ball["elongation"] == pytest.approx(1.0, abs=0.25)


def test_trabeculae_are_far_fainter_than_their_cortex_and_walls_are_not(render, evidence, paint):
    ossicle = evidence(render(paint.ossicle(22), size_mm=(40, 36, 36)))
    rings = evidence(render(paint.rings(), size_mm=(40, 40, 40), noise_sd=20))
    solid = evidence(render(paint.sphere(20)))

    assert ossicle["inner_level"] < 0.7
    assert rings["inner_level"] > 0.87
    assert solid["inner_level"] == pytest.approx(1.0, abs=0.05)
