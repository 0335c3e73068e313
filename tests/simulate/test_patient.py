import numpy as np
import pytest

from trabecula.errors import InputError
from trabecula.model import Side, Tissue
from trabecula.simulate import (
    HeterotopicBone,
    Phlebolith,
    Scanner,
    demo_context,
    demo_lesions,
    demo_patient,
    pelvis_patient,
)
from trabecula.simulate.shapes import Tube

TINY = (6.0, 4.0, 4.0)


def test_every_lesion_of_the_plan_is_in_the_truth(coarse):
    assert [lesion.name for lesion in coarse.truth] == [model.name for model in demo_lesions()]
    assert [lesion.id for lesion in coarse.truth] == list(range(1, len(coarse.truth) + 1))


def test_true_volume_is_the_volume_of_its_label(coarse):
    voxel_ml = coarse.volume.grid.voxel_ml
    for lesion in coarse.truth:
        counted = np.count_nonzero(coarse.truth_labels == lesion.label) * voxel_ml

        assert lesion.volume_ml == pytest.approx(counted)


def test_true_centroid_is_where_the_label_lies(coarse):
    for lesion in coarse.truth:
        index = np.argwhere(coarse.lesion_mask(lesion.label)).mean(axis=0)

        assert coarse.volume.grid.to_lps_mm(index) == pytest.approx(lesion.centroid_lps_mm, abs=0.1)


def test_the_bridge_joins_right_ilium_and_right_femur(coarse):
    bridge = coarse.truth[0]

    assert bridge.contact == "bridging"
    assert bridge.bridged == ("femur_right", "hip_right")
    assert bridge.volume_ml > 30.0
    assert bridge.centroid_lps_mm[0] < 0


def test_the_bridge_is_one_body(coarse):
    from scipy.ndimage import label

    _, bodies = label(coarse.lesion_mask(1), np.ones((3, 3, 3)))

    assert bodies == 1


def test_all_other_lesions_keep_off_the_bones(coarse):
    assert {lesion.contact for lesion in coarse.truth[1:]} == {"free"}


def test_bone_lies_on_both_sides_and_in_the_back(coarse):
    places = [lesion.centroid_lps_mm for lesion in coarse.truth if lesion.mineral == "ossification"]

    assert {x > 0 for x, _, _ in places} == {True, False}
    assert any(z > 120 and y > 50 for _, y, z in places)


def test_only_calcifications_are_expected_to_be_set_aside(coarse):
    aside = [lesion for lesion in coarse.truth if lesion.expected_kind != "lesion"]

    assert {lesion.expected_kind for lesion in aside} == {"vessel_wall", "phlebolith"}
    assert {lesion.mineral for lesion in aside} == {"calcification"}


def test_bone_has_a_rim_and_calcification_none(coarse):
    for lesion in coarse.truth:
        assert (lesion.rim_thickness_mm is not None) == (lesion.mineral == "ossification")


def test_lesions_and_native_bones_share_no_voxel(coarse):
    bones = coarse.anatomy.mask(coarse.anatomy.of(Tissue.BONE))

    assert not (bones & (coarse.truth_labels > 0)).any()


def test_the_skeleton_is_that_of_the_same_body_without_lesions(coarse, coarse_normal):
    bones, normal = (p.anatomy.mask(p.anatomy.of(Tissue.BONE)) for p in (coarse, coarse_normal))

    assert np.array_equal(bones, normal)
    assert not coarse_normal.truth


@pytest.mark.parametrize("bone", ["femur", "hip"])
def test_left_and_right_bones_are_nearly_but_not_quite_alike(coarse, bone):
    left, right = (
        coarse.anatomy.mask(coarse.anatomy.named(f"{bone}_{side}")) for side in ("left", "right")
    )
    mirrored = right[:, :, ::-1]
    # The grid is not exactly centred on the patient; a shift of one voxel puts it right.
    dice = max(
        2 * (left & np.roll(mirrored, s, 2)).sum() / (left.sum() + right.sum())
        for s in range(-3, 4)
    )

    assert 0.80 < dice < 1.0


def test_joints_are_open(coarse):
    """No bone shares a face with another."""
    labels = coarse.anatomy.labels
    bones = np.where(np.isin(labels, coarse.anatomy.of(Tissue.BONE)), labels, 0).astype(int)
    for axis in range(3):
        a, b = np.moveaxis(bones, axis, 0)[1:], np.moveaxis(bones, axis, 0)[:-1]
        touching = (a > 0) & (b > 0) & (a != b)

        assert touching.mean() < 1e-4


def test_names_tell_tissue_and_side(coarse):
    named = {s.name: s for s in coarse.anatomy.structures}

    assert named["hip_left"].tissue is Tissue.BONE
    assert named["gluteus_maximus_right"].side is Side.RIGHT
    assert named["gluteus_maximus_right"].tissue is Tissue.MUSCLE
    assert named["iliac_artery_left"].tissue is Tissue.VESSEL
    assert named["urinary_bladder"].tissue is Tissue.URINARY
    assert {"sacrum", "vertebrae_L4", "vertebrae_L5"} <= set(named)
    assert coarse.anatomy.separates_fused_bone


def test_left_is_left(coarse):
    labels = coarse.anatomy.mask(coarse.anatomy.named("femur_left"))
    centre = coarse.volume.grid.to_lps_mm(np.argwhere(labels).mean(axis=0))

    assert centre[0] > 80


def test_the_spine_is_behind_and_above(coarse):
    labels = coarse.anatomy.mask(coarse.anatomy.named("vertebrae_L4"))
    _, y, z = coarse.volume.grid.to_lps_mm(np.argwhere(labels).mean(axis=0))

    assert y > 5
    assert z > 120


def test_tissues_have_their_hounsfield_units(coarse):
    hu, labels = coarse.volume.hu, coarse.anatomy

    def mean(name):
        return hu[labels.mask(labels.named(name)) & (coarse.truth_labels == 0)].mean()

    assert 30 < mean("gluteus_maximus_left") < 65
    assert -10 < mean("urinary_bladder") < 30
    assert 200 < mean("vertebrae_L4") < 700
    assert np.median(hu[:, :3, :3]) < -950


def test_same_seed_same_bytes():
    first, second = (demo_patient(seed=5, spacing_kji_mm=TINY) for _ in range(2))

    assert first.volume.acquisition.sha256 == second.volume.acquisition.sha256
    assert np.array_equal(first.anatomy.labels, second.anatomy.labels)
    assert first.truth == second.truth


def test_another_seed_another_patient():
    first, second = (demo_patient(seed=s, spacing_kji_mm=TINY) for s in (1, 2))

    assert first.volume.acquisition.sha256 != second.volume.acquisition.sha256


def test_lower_voltage_makes_mineral_brighter_and_leaves_muscle():
    patients = [
        demo_patient(spacing_kji_mm=TINY, scanner=Scanner(kvp=kvp, noise_sd_hu=0))
        for kvp in (80, 140)
    ]
    bone, muscle = (
        [p.volume.hu[p.anatomy.mask(p.anatomy.named(n))].mean() for p in patients]
        for n in ("sacrum", "gluteus_maximus_left")
    )

    assert bone[0] > 1.2 * bone[1]
    assert muscle[0] == pytest.approx(muscle[1], abs=1.0)


def test_a_child_is_smaller():
    small, large = (
        pelvis_patient((), spacing_kji_mm=TINY, size=size, scanner=Scanner(), seed=0)
        for size in (0.6, 1.0)
    )
    volume = [
        np.count_nonzero(p.anatomy.mask(p.anatomy.of(Tissue.BONE))) * p.volume.grid.voxel_ml
        for p in (small, large)
    ]

    assert volume[0] / volume[1] == pytest.approx(0.6**3, rel=0.1)


def test_a_lesion_outside_the_field_of_view_is_not_in_the_truth():
    patient = demo_patient(spacing_kji_mm=TINY, lesions=(Phlebolith((0.0, 0.0, 900.0)),))

    assert patient.truth == ()


def test_a_lesion_grown_into_one_bone_is_fused():
    spur = HeterotopicBone(Tube(((130, 12, -70), (160, 10, -70)), (9.0, 9.0)), "spur")
    patient = demo_patient(spacing_kji_mm=(4.0, 2.2, 2.2), lesions=(spur,))

    assert patient.truth[0].contact == "fused"
    assert patient.truth[0].touches == ("femur_left",)
    assert patient.truth[0].bridged == ()


def test_the_context_is_age_and_sex_as_in_the_header(coarse):
    context = demo_context()

    assert (context.age_years, context.sex) == (
        coarse.volume.acquisition.age_years,
        coarse.volume.acquisition.sex,
    )


@pytest.mark.parametrize("wrong", [(0.0, 1.0, 1.0), (1.0, 1.0, 40.0)])
def test_impossible_voxels_are_refused_with_a_remedy(wrong):
    with pytest.raises(InputError) as refusal:
        demo_patient(spacing_kji_mm=wrong)

    assert refusal.value.remedy


def test_a_giant_is_refused():
    with pytest.raises(InputError, match="size"):
        pelvis_patient((), spacing_kji_mm=TINY, size=3.0, scanner=Scanner(), seed=0)


@pytest.mark.slow
def test_at_full_resolution_cortex_core_and_noise_are_as_made():
    """The demonstration patient itself: what a reader of the scan would measure."""
    from scipy.ndimage import binary_erosion

    patient = demo_patient()
    hu, anatomy = patient.volume.hu, patient.anatomy
    femur = anatomy.mask(anatomy.named("femur_left"))
    shaft = hu[:20][femur[:20]]
    bladder = binary_erosion(anatomy.mask(anatomy.named("urinary_bladder")), iterations=6)
    granuloma = binary_erosion(patient.lesion_mask(6), iterations=3)
    core = binary_erosion(patient.lesion_mask(1), iterations=5)

    assert np.percentile(shaft, 95) == pytest.approx(1405, abs=80)
    assert hu[bladder].std() == pytest.approx(15.0, rel=0.15)
    assert hu[granuloma].mean() == pytest.approx(610, abs=60)
    assert 0 < hu[core].mean() < 250
    assert hu[core].std() > 2 * hu[bladder].std()
