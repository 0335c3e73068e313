import numpy as np
import pytest


def sphere(diameter_mm, level=600.0):
    def paint(z, y, x):
        inside = z * z + y * y + x * x <= (diameter_mm / 2) ** 2
        return {"hu": np.where(inside, level, 50.0), "lesion": inside}

    return paint


def ossicle(diameter_mm, rim_mm=1.0, core=100.0):
    def paint(z, y, x):
        r = np.sqrt(z * z + y * y + x * x)
        inside = r <= diameter_mm / 2
        hu = np.where(r > diameter_mm / 2 - rim_mm, 1250.0, core)
        return {"hu": np.where(inside, hu, 50.0), "lesion": inside}

    return paint


@pytest.mark.parametrize("slice_mm", [1.0, 3.0])
@pytest.mark.parametrize("diameter_mm", [10, 20])
def test_solid_sphere_keeps_its_volume_at_any_slice(render, measure, diameter_mm, slice_mm):
    scene = render(sphere(diameter_mm), slice_mm=slice_mm, pixel_mm=1.0, noise_sd=20)
    volume = measure(scene).volume

    assert volume.value == pytest.approx(scene.truth_ml, rel=0.05)
    assert volume.low < scene.truth_ml < volume.high


def test_ossicle_keeps_its_outer_volume_marrow_included(render, measure):
    scene = render(ossicle(14), pixel_mm=0.75, noise_sd=20)

    assert measure(scene).volume.value == pytest.approx(scene.truth_ml, rel=0.06)


def test_thin_cortex_is_measured_below_the_voxel_size(render, measure):
    scene = render(ossicle(16, rim_mm=0.75), pixel_mm=1.0, noise_sd=20)
    thickness = measure(scene).figures["rim_thickness"]

    assert thickness.value == pytest.approx(0.75, abs=0.25)


def test_volume_does_not_depend_on_the_outline_threshold(render, measure):
    low = measure(render(sphere(12), threshold_hu=130)).volume.value
    high = measure(render(sphere(12), threshold_hu=250)).volume.value

    assert low == pytest.approx(high, rel=0.01)


def test_mass_is_not_stated_without_calibration(render, measure):
    assert measure(render(sphere(10))).mineral_mass_mg is None
