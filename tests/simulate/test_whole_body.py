import numpy as np
import pytest

from trabecula.model import Tissue
from trabecula.simulate import whole_body, whole_body_lesions
from trabecula.simulate.whole_skeleton import SPINE_NAMES, rib, spine_centres

COARSE = {"shape_kji": (220, 100, 100), "spacing_kji_mm": (8.0, 4.9, 4.9)}


@pytest.fixture(scope="module")
def tall():
    """A whole patient in coarse voxels."""
    return whole_body(**COARSE)


def extent_mm(patient, name):
    mask = patient.anatomy.mask(patient.anatomy.named(name))
    return patient.volume.grid.to_lps_mm(np.argwhere(mask))


def test_the_whole_patient_goes_from_heel_to_crown(tall):
    assert extent_mm(tall, "foot_left")[:, 2].min() < -800
    assert extent_mm(tall, "skull")[:, 2].max() > 830


def test_every_rib_and_vertebra_is_there(tall):
    names = {structure.name for structure in tall.anatomy.structures}
    ribs = {f"rib_{side}_{n}" for side in ("left", "right") for n in range(1, 13)}

    assert ribs | set(SPINE_NAMES) <= names


def test_lungs_hold_air_and_bones_do_not(tall):
    lung = tall.volume.hu[tall.anatomy.mask(tall.anatomy.named("lung_left"))]
    femur = tall.volume.hu[tall.anatomy.mask(tall.anatomy.named("femur_left"))]

    assert np.median(lung) == pytest.approx(-850, abs=40)
    assert femur.mean() > 300


def test_voxel_statistics_are_those_of_a_body_scan(tall):
    """Some 70 litres of body and 5 to 7 of mineral-bearing bone in the field."""
    litres = tall.volume.grid.voxel_ml / 1000
    body = (tall.volume.hu > -300).sum() * litres
    bone = (tall.volume.hu > 150).sum() * litres

    assert 55 < body < 90
    assert 4 < bone < 9


def test_the_shoulder_bridge_joins_scapula_and_humerus(tall):
    bridge = next(lesion for lesion in tall.truth if "scapula" in lesion.name)

    assert bridge.bridged == ("humerus_right", "scapula_right")


def test_all_lesions_larger_than_a_voxel_are_in_the_field(tall):
    missing = {m.name for m in whole_body_lesions()} - {lesion.name for lesion in tall.truth}

    assert missing <= {"phlebolith"}
    assert len(tall.truth) >= len(whole_body_lesions()) - 2


def test_structures_keep_one_number_through_all_slabs(tall):
    """Left femora of every slab are one body, above and below the seams."""
    from scipy.ndimage import label

    femur = tall.anatomy.mask(tall.anatomy.named("femur_left"))
    _, bodies = label(femur, np.ones((3, 3, 3)))

    assert bodies == 1


def test_ribs_fall_toward_the_front():
    path = np.asarray(rib(6, 1).path)

    assert path[-1, 2] < path[0, 2] - 20
    assert path[-1, 1] < 0 < path[0, 1]


def test_the_spine_bends_back_in_the_chest():
    centres = spine_centres()

    assert centres["vertebrae_T6"][1] > centres["vertebrae_L1"][1] + 20
    assert centres["vertebrae_T6"][1] > centres["vertebrae_C4"][1] + 20


def test_bones_of_the_whole_body_are_known_as_bone(tall):
    named = {s.name: s.tissue for s in tall.anatomy.structures}

    for name in ("rib_left_4", "sternum", "scapula_right", "clavicula_left", "tibia_left", "skull"):
        assert named[name] is Tissue.BONE
    assert named["lung_left"] is Tissue.AIRWAY
    assert named["kidney_left"] is Tissue.KIDNEY


@pytest.mark.slow
def test_same_seed_same_bytes_whatever_the_order_of_slabs(tall):
    again = whole_body(**COARSE)

    assert again.volume.acquisition.sha256 == tall.volume.acquisition.sha256
    assert np.array_equal(again.anatomy.labels, tall.anatomy.labels)
