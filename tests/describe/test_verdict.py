from math import log

import pytest

from trabecula.describe.weighing import weight_table
from trabecula.model import Verdict, sign_definitions

IMAGE_SIGNS = {
    "ossification",
    "calcification",
    "trabeculated",
    "cortical_rim",
    "marrow_core",
    "faint_veil",
    "amorphous_matrix",
    "rings_and_arcs",
    "speckled",
    "sheet_like",
    "lobulated",
    "fluid_calcium_level",
    "tram_track",
    "phlebolith_like",
    "denser_rim",
    "denser_centre",
    "separate_from_bone",
    "touches_bone",
    "medullary_continuity",
    "wraps_bone",
    "bridging",
    "in_muscle",
    "along_muscle_plane",
    "subcutaneous",
    "periarticular",
    "vascular",
    "mature",
    "immature",
}


@pytest.mark.parametrize("slice_mm", [1.0, 3.0])
def test_ossicle_is_bone(render, measure, paint, slice_mm):
    lesion = measure(render(paint.ossicle(20), slice_mm=slice_mm, size_mm=(45, 34, 34)))

    assert lesion.verdict is Verdict.OSSIFICATION


@pytest.mark.parametrize("slice_mm", [1.0, 3.0])
def test_amorphous_ball_is_calcium(render, measure, paint, slice_mm):
    lesion = measure(render(paint.sphere(20), slice_mm=slice_mm, size_mm=(45, 34, 34)))

    assert lesion.verdict is Verdict.CALCIFICATION


@pytest.mark.parametrize("name", ["rings", "tube", "flecks"])
def test_ordered_calcium_is_not_bone(render, measure, paint, name):
    lesion = measure(render(getattr(paint, name)(), size_mm=(40, 40, 40), noise_sd=20))

    assert lesion.verdict is Verdict.CALCIFICATION


def test_level_outweighs_texture(render, measure, paint):
    lesion = measure(render(paint.lobules(level=True), size_mm=(40, 40, 44)))

    assert lesion.verdict is Verdict.CALCIFICATION
    assert lesion.weights[0].sign == "fluid_calcium_level"


def test_veil_is_left_open(render, measure, paint):
    assert measure(render(paint.veil(), noise_sd=20)).verdict is Verdict.INDETERMINATE


def test_small_dense_focus_is_probably_calcium(render, measure, paint):
    lesion = measure(render(paint.sphere(3.8, 1200), pixel_mm=0.8, noise_sd=25))

    assert lesion.verdict is Verdict.CALCIFICATION
    assert 0.05 < lesion.probability_ossification < 0.2


def test_small_dim_focus_is_left_open(render, measure, paint):
    lesion = measure(render(paint.sphere(4, 320), noise_sd=20))

    assert lesion.verdict is Verdict.INDETERMINATE


def test_bridge_with_marrow_is_bone(render, measure, paint):
    from trabecula.model import Tissue

    bones = {"femur_left": Tissue.BONE, "hip_left": Tissue.BONE}
    scene = render(paint.bridge(open_marrow=False), size_mm=(34, 34, 66), bones=bones)

    assert measure(scene).verdict is Verdict.OSSIFICATION


def test_weights_add_up_to_the_probability(render, measure, paint):
    lesion = measure(render(paint.ossicle(20)))
    total = sum(weight.log_odds for weight in lesion.weights)

    p = lesion.probability_ossification
    assert log(p / (1 - p)) == pytest.approx(total, abs=0.02)


def test_every_weight_names_a_sign_and_a_source():
    table = weight_table()
    own = ("small_dense_focus", "eggshell", "broad_rim", "dense_on_bone")

    for row in table.signs.values():
        assert row.name in sign_definitions() or row.name in own
        assert row.source
        assert row.text
        assert set(row.explains) <= set(table.signs) | set(table.figures)


def test_no_weight_goes_against_clinical_sense():
    table = weight_table()

    for name in ("cortical_rim", "marrow_core", "trabeculated"):
        assert table.signs[name].present >= 0.0 >= table.signs[name].absent
    for name in ("amorphous_matrix", "rings_and_arcs", "fluid_calcium_level", "tram_track"):
        assert table.signs[name].present <= 0.0
    assert sum(table.figures["plane_step"].rise) > 0.0 > sum(table.figures["plane_soft"].rise)
    assert table.prior == 0.0


def test_a_broad_band_around_a_soft_core_is_not_called_calcium(render, measure, paint):
    lesion = measure(render(paint.eggshell(28, rim=3.5, core=50.0), size_mm=(44, 44, 44)))

    assert lesion.verdict is not Verdict.CALCIFICATION
    assert {weight.sign: weight.log_odds for weight in lesion.weights}["broad_rim"] > 0.0


def test_a_curve_is_level_beyond_its_ends_and_crosses_zero_at_its_neutral_point():
    for row in weight_table().figures.values():
        assert row.covered(row.neutral) == tuple(0.0 for _ in row.rise)
        assert row.covered(row.at[-1]) == row.covered(row.at[-1] + 100.0)
        assert row.at[0] <= row.neutral <= row.at[-1]
        assert len(row.rise) == len(row.at) - 1


def test_figures_say_what_was_measured(render, measure, paint):
    weights = {weight.sign: weight for weight in measure(render(paint.ossicle(20))).weights}

    assert weights["plane_step"].log_odds > 0.0
    assert float(weights["plane_step"].text.split(":")[0]) > 0.5


def test_faint_mineral_is_not_blamed_for_lacking_architecture(render, measure, paint):
    faint, dense = (
        measure(render(paint.sphere(20, level), noise_sd=20)) for level in (150.0, 700.0)
    )

    assert 0.2 < faint.probability_ossification < 0.8
    assert dense.probability_ossification < 0.1


def test_a_lesion_below_the_resolution_floor_is_left_open(render, measure, paint):
    lesion = measure(render(paint.ossicle(9), slice_mm=8.0, size_mm=(40, 30, 30)))

    assert lesion.verdict is Verdict.INDETERMINATE


def test_every_lesion_answers_every_lesion_sign(render, measure, paint):
    names = [sign.name for sign in measure(render(paint.sphere(12))).signs]

    assert sorted(names) == sorted(IMAGE_SIGNS)
    assert set(names) <= set(sign_definitions())


@pytest.mark.parametrize("shift_mm", [0.0, 2.5])
def test_ossicle_of_two_slices_is_not_called_calcium(render, measure, paint, shift_mm):
    scene = render(
        paint.ossicle(10), slice_mm=5.0, size_mm=(40, 34, 34), shift_mm=(shift_mm, 0.0, 0.0)
    )

    assert measure(scene).verdict is Verdict.INDETERMINATE


@pytest.mark.parametrize("slice_mm", [1.0, 3.0])
@pytest.mark.parametrize("diameter_mm", [14, 24])
def test_shell_around_fluid_is_not_called_bone(render, measure, paint, diameter_mm, slice_mm):
    scene = render(paint.eggshell(diameter_mm), slice_mm=slice_mm, size_mm=(45, 34, 34))

    assert measure(scene).verdict in (Verdict.INDETERMINATE, Verdict.CALCIFICATION)


def test_even_young_bone_is_left_open(render, measure, paint):
    scene = render(paint.sphere(20, 200), noise_sd=20)

    assert measure(scene).verdict is Verdict.INDETERMINATE


def test_no_weights_fitted_to_simulated_lesions_make_more_than_98_percent(render, measure, paint):
    assert 0.93 < measure(render(paint.ossicle(24), noise_sd=8)).probability_ossification < 0.98


def test_large_ossicle_is_bone_on_slices_of_five_millimetres(render, measure, paint):
    lesion = measure(render(paint.ossicle(28, rim=1.5), slice_mm=5.0, size_mm=(60, 44, 44)))

    assert lesion.verdict is Verdict.OSSIFICATION


def test_thin_shell_around_soft_tissue_is_not_called_bone(render, measure, paint):
    scene = render(paint.eggshell(12, core=50.0), noise_sd=15)

    assert measure(scene).verdict in (Verdict.INDETERMINATE, Verdict.CALCIFICATION)
