import pytest


def test_mature_ossicle_has_rim_and_marrow(render, measure, paint, presence):
    lesion = measure(render(paint.ossicle(20), pixel_mm=0.8, noise_sd=20))

    for name in ("cortical_rim", "marrow_core", "denser_rim", "trabeculated", "mature"):
        assert presence(lesion, name) == "present", name


def test_fatty_marrow_counts_as_marrow(render, measure, paint, presence):
    lesion = measure(render(paint.ossicle(14, core=-80, grain=0), pixel_mm=0.8, noise_sd=20))

    assert presence(lesion, "marrow_core") == "present"
    assert presence(lesion, "trabeculated") != "present"


@pytest.mark.parametrize("slice_mm", [1.0, 3.0])
def test_blur_alone_makes_no_zones(render, measure, paint, presence, slice_mm):
    lesion = measure(render(paint.sphere(20), slice_mm=slice_mm, noise_sd=20))

    for name in ("denser_rim", "denser_centre", "cortical_rim", "marrow_core"):
        assert presence(lesion, name) == "absent", name


def test_dense_centre_is_told_from_dense_rim(render, measure, paint, presence):
    lesion = measure(render(paint.dense_centre(22), noise_sd=20))

    assert presence(lesion, "denser_centre") == "present"
    assert presence(lesion, "denser_rim") == "absent"


def test_below_the_floor_rim_and_core_are_not_assessed(render, measure, paint):
    lesion = measure(render(paint.sphere(4, 1200), noise_sd=20))
    sign = next(s for s in lesion.signs if s.name == "cortical_rim")

    assert sign.presence.value == "not_assessed"
    assert "mm thick" in sign.reason
