from dataclasses import replace

import pytest

from trabecula.describe import describe
from trabecula.model import Tissue


@pytest.mark.parametrize("slice_mm", [1.0, 3.0])
@pytest.mark.parametrize("diameter_mm", [10, 20])
def test_solid_sphere_keeps_its_volume_at_any_slice(render, measure, paint, diameter_mm, slice_mm):
    scene = render(paint.sphere(diameter_mm), slice_mm=slice_mm, noise_sd=20)
    volume = measure(scene).volume

    assert volume.value == pytest.approx(scene.truth_ml, rel=0.05)
    assert volume.low < scene.truth_ml < volume.high


def test_ossicle_keeps_its_outer_volume_marrow_included(render, measure, paint):
    scene = render(paint.ossicle(14, rim=1.0, cortex=900.0), pixel_mm=0.75, noise_sd=20)

    assert measure(scene).volume.value == pytest.approx(scene.truth_ml, rel=0.06)


def test_marrow_left_out_of_the_outline_is_filled_in(render, paint):
    scene = render(paint.ossicle(16), noise_sd=15)
    lesion = scene.seen.lesions[0]
    hollow = lesion.mask & (scene.volume.hu[lesion.box] > 500)
    seen = replace(scene.seen, lesions=(replace(lesion, mask=hollow),))

    assert describe(seen, scene.volume)[0].volume.value == pytest.approx(scene.truth_ml, rel=0.08)


@pytest.mark.parametrize("rim_mm", [0.5, 1.0, 2.0])
def test_cortex_is_measured_below_the_voxel_size(render, measure, paint, rim_mm):
    scene = render(paint.ossicle(16, rim=rim_mm, cortex=900.0), noise_sd=20)
    thickness = measure(scene).figures["rim_thickness"].value

    assert thickness == pytest.approx(rim_mm, abs=0.3)


def test_volume_does_not_depend_on_the_outline_threshold(render, measure, paint):
    low = measure(render(paint.sphere(12), threshold_hu=130)).volume.value
    high = measure(render(paint.sphere(12), threshold_hu=250)).volume.value

    assert low == pytest.approx(high, rel=0.01)


def test_mass_is_not_stated_without_calibration(render, measure, paint):
    assert measure(render(paint.sphere(10))).mineral_mass_mg is None


def test_noise_moves_a_volume_by_less_than_its_interval(render, measure, paint):
    volumes = [measure(render(paint.sphere(12), seed=s, noise_sd=40)).volume for s in range(4)]

    values = [v.value for v in volumes]
    assert max(values) - min(values) < volumes[0].high - volumes[0].low


@pytest.mark.parametrize("cortex_hu", [700.0, 1000.0, 1350.0])
def test_thickness_interval_holds_whatever_the_density_of_the_rim(
    render, measure, paint, cortex_hu
):
    scene = render(paint.ossicle(20, rim=1.5, cortex=cortex_hu), noise_sd=20)
    thickness = measure(scene).figures["rim_thickness"]

    assert thickness.low <= 1.5 <= thickness.high


@pytest.mark.parametrize("slice_mm", [1.0, 3.0])
def test_a_bridge_takes_up_no_bone(render, measure, paint, slice_mm):
    bones = {"femur_left": Tissue.BONE, "hip_left": Tissue.BONE}
    scene = render(
        paint.bridge(open_marrow=False), size_mm=(45, 40, 66), slice_mm=slice_mm, bones=bones
    )
    volume = measure(scene).volume

    assert volume.value == pytest.approx(scene.truth_ml, rel=0.15)
    assert volume.low < scene.truth_ml < volume.high


def test_a_shell_leaning_on_bone_is_filled(render, measure, paint):
    """The wall toward the bone is the bone's; the marrow is the lesion's all the same."""
    bones = {"femur_left": Tissue.BONE}
    scene = render(paint.leaning_shell(), size_mm=(40, 40, 50), slice_mm=3.0, bones=bones)
    lesion = scene.seen.lesions[0]
    hollow = lesion.mask & (scene.volume.hu[lesion.box] > 400)
    seen = replace(scene.seen, lesions=(replace(lesion, mask=hollow),))

    assert describe(seen, scene.volume)[0].volume.value == pytest.approx(scene.truth_ml, rel=0.15)


@pytest.mark.parametrize(("slice_mm", "within"), [(1.0, 0.1), (3.0, 0.2)])
def test_a_fading_border_is_measured_where_mineral_begins(render, measure, paint, slice_mm, within):
    scene = render(paint.fading(24.0, 4.0), slice_mm=slice_mm, noise_sd=20)

    assert measure(scene).volume.value == pytest.approx(scene.truth_ml, rel=within)
