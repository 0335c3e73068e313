"""Bodies made from label maps."""

import numpy as np
import pytest

from trabecula.errors import InputError
from trabecula.model import Tissue
from trabecula.simulate import LabelEntry, LabelMap, cook, parse_recipe, table_of

PHANTOM_ROWS = [
    {"organ_id": "28", "name": "Femora, upper half, cortical", "density_g_cm3": "1.92"},
    {"organ_id": "29", "name": "Femora, upper half, spongiosa", "density_g_cm3": "1.124"},
    {"organ_id": "107", "name": "Muscle, legs", "density_g_cm3": "1.05"},
    {"organ_id": "118", "name": "Residual tissue, legs", "density_g_cm3": "0.95"},
]


def thigh():
    """A thigh of 3 mm voxels: fat, muscle, a bone parted into cortex and spongiosa."""
    labels = np.zeros((24, 48, 48), np.uint8)
    j, i = np.mgrid[:48, :48]
    radius = np.hypot(j - 24, i - 24)
    for number, reach in ((118, 22), (107, 17), (28, 6), (29, 4)):
        labels[:, radius < reach] = number
    return LabelMap(labels, (0.0, 0.0, 0.0), (3.0, 3.0, 3.0), table_of(PHANTOM_ROWS, "icrp110"))


def recipe(**more):
    return parse_recipe(
        {
            "labels": {"file": "x.nii.gz", "table": "x.csv", "names": "icrp110"},
            "scan": {"spacing_mm": [2.0, 1.0, 1.0], "noise_hu": 3.0},
            **more,
        }
    )


def test_parts_of_a_bone_are_joined_and_get_a_cortex_round_spongiosa():
    patient = cook(recipe(), labels=thigh())
    bone = patient.anatomy.mask(patient.anatomy.named("femora"))
    middle = patient.volume.hu[patient.volume.hu.shape[0] // 2]
    centre = middle.shape[0] // 2, middle.shape[1] // 2

    assert patient.anatomy.of(Tissue.BONE) == patient.anatomy.named("femora")
    assert patient.volume.hu[bone].max() > 1000
    assert middle[centre[0] - 4 : centre[0] + 4, centre[1] - 4 : centre[1] + 4].mean() < 400


def test_the_scan_has_the_spacing_asked_for_and_lies_where_the_map_does():
    patient = cook(recipe(), labels=thigh())
    middle = patient.volume.grid.to_lps_mm((np.array(patient.volume.hu.shape) - 1) / 2)

    assert patient.volume.spacing_kji_mm == pytest.approx((2.0, 1.0, 1.0))
    assert middle == pytest.approx((70.5, 70.5, 34.5), abs=1.5)


def test_muscle_and_fat_have_their_hu():
    patient = cook(recipe(), labels=thigh())
    hu, anatomy = patient.volume.hu, patient.anatomy

    assert hu[anatomy.mask(anatomy.named("muscle_legs"))].mean() == pytest.approx(50, abs=15)
    assert np.median(hu[anatomy.mask(anatomy.named("residual_tissue_legs"))]) < -20


def test_a_lesion_is_placed_by_the_names_of_the_map():
    one = {"model": "muscle_ribbon", "in": "muscle_legs", "size_mm": 30}
    patient = cook(recipe(lesion=[one]), labels=thigh())

    assert patient.truth[0].contact == "free"
    inside = patient.anatomy.mask(patient.anatomy.named("muscle_legs"))
    assert (patient.lesion_mask(1) & inside).any()


def test_a_shape_that_misses_the_lesion_is_no_silent_loss():
    one = {"model": "phlebolith", "at": [70.5, 110.0, 3.0], "size_mm": 3}
    scan = {"spacing_mm": [2.0, 1.0, 1.0], "shape": [8, 140, 140]}
    with pytest.raises(InputError):
        cook(recipe(lesion=[one], scan=scan), labels=thigh())


def test_names_of_a_dissected_body_get_their_side():
    rows = [{"label": "3", "side": "Left", "kind": "Muscle", "name": "AdductorMagnus"}]

    assert table_of(rows, "visible_human") == {3: LabelEntry("adductor_magnus_left", Tissue.MUSCLE)}


def test_plain_tables_may_give_tissue_and_hu():
    rows = [
        {"label": "1", "name": "femur_left"},
        {"label": "2", "name": "gel", "tissue": "organ or lung", "hu": "12"},
    ]
    with pytest.raises(InputError):
        table_of(rows, "plain")
    rows[1]["tissue"] = "organ"

    assert table_of(rows, "plain")[1].tissue is Tissue.BONE
    assert table_of(rows, "plain")[2] == LabelEntry("gel", Tissue.ORGAN, 12.0)


def test_an_empty_map_and_a_strange_table_are_refused():
    with pytest.raises(InputError):
        LabelMap(np.zeros((4, 4, 4), np.uint8), (0, 0, 0), (1, 1, 1), {})
    with pytest.raises(InputError):
        table_of([{"wrong": "1"}], "icrp110")
