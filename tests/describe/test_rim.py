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


def test_a_border_that_fades_is_a_denser_centre(render, measure, paint, presence):
    lesion = measure(render(paint.fading(24.0, 4.0), noise_sd=20))

    assert presence(lesion, "denser_centre") == "present"
    assert presence(lesion, "cortical_rim") == "absent"


def test_near_its_limit_no_zone_is_said(render, measure, paint, presence):
    scene = render(paint.ossicle(20, rim=3.0, core=500, grain=0, cortex=600.0), noise_sd=20)

    assert presence(measure(scene), "denser_rim") == "not_assessed"


def test_rims_of_lobules_are_no_rim_of_the_whole(render, measure, paint, presence):
    lesion = measure(render(paint.rings(), noise_sd=15))

    assert presence(lesion, "rings_and_arcs") == "present"
    assert presence(lesion, "cortical_rim") != "present"
    assert presence(lesion, "denser_rim") != "present"


def test_a_thin_body_of_cortex_may_be_two_rims_that_meet(render, measure, paint, presence):
    thin = measure(render(paint.sphere(6.0, 1100.0), pixel_mm=0.6, noise_sd=15))
    thick = measure(render(paint.sphere(14.0, 1100.0), pixel_mm=0.6, noise_sd=15))

    assert presence(thin, "cortical_rim") == "not_assessed"
    assert presence(thick, "cortical_rim") == "absent"
