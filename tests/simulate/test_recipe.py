"""Recipes: what is asked for is what the scan shows; what cannot be is refused."""

import tomllib

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from trabecula.errors import InputError
from trabecula.model import Tissue
from trabecula.simulate import EXAMPLE, SCENES, cook, parse_recipe

COARSE = {"spacing_mm": [3.0, 2.0, 2.0], "noise_hu": 5.0}
HIP = {"scene": "hip", "age_years": 40}


def hip(*lesions, variant="train", seed=1):
    """A coarse hip with lesions given as tuples of items."""
    recipe = {
        "seed": seed,
        "variant": variant,
        "patient": HIP,
        "scan": COARSE,
        "lesion": [dict(one) for one in lesions],
    }
    return cook(parse_recipe(recipe))


def lesion(model, **keys):
    return (("model", model), *keys.items())


def bones_of(patient, *names):
    return patient.anatomy.mask(
        patient.anatomy.named(*names) if names else patient.anatomy.of(Tissue.BONE)
    )


def test_the_example_is_a_recipe():
    recipe = parse_recipe(tomllib.loads(EXAMPLE))

    assert len(recipe.lesions) == 4
    assert recipe.scene == "pelvis"


@pytest.mark.parametrize("variant", ["train", "judge"])
@pytest.mark.slow
def test_a_bridge_joins_its_two_bones(variant):
    patient = hip(lesion("bone_bridge", between=["hip_left", "femur_left"], width_mm=18.0),
                  variant=variant)  # fmt: skip
    truth = patient.truth[0]
    around = binary_dilation(patient.lesion_mask(1))

    assert truth.contact == "bridging"
    assert truth.bridged == ("femur_left", "hip_left")
    assert (around & bones_of(patient, "hip_left")).any()
    assert (around & bones_of(patient, "femur_left")).any()


@pytest.mark.slow
def test_brooker_4_joins_two_bones_and_brooker_2_does_not():
    keys = {"between": ["hip_left", "femur_left"]}
    four = hip(lesion("hip_ossification", grade=4, **keys))
    two = hip(lesion("hip_ossification", grade=2, **keys))

    assert four.truth[0].contact == "bridging"
    assert len(two.truth) == 2
    assert all(not one.bridged for one in two.truth)
    assert {name for one in two.truth for name in one.touches} == {"hip_left", "femur_left"}


@pytest.mark.parametrize("contact", ["free", "touching", "fused"])
@pytest.mark.slow
def test_contact_is_what_was_asked_for(contact):
    patient = hip(lesion("neurogenic_ossification", on="femur_left", contact=contact, size_mm=45))
    near = binary_dilation(patient.lesion_mask(1), np.ones((3, 3, 3), bool))

    assert patient.truth[0].contact == contact
    assert (near & bones_of(patient)).any() == (contact != "free")


@pytest.mark.slow
def test_a_fused_lesion_shares_its_border_with_the_bone():
    patient = hip(lesion("insertion_spur", on="femur_left", size_mm=30, continuity=True))
    border = binary_dilation(patient.lesion_mask(1)) & bones_of(patient, "femur_left")

    assert patient.truth[0].contact == "fused"
    assert patient.truth[0].continuity
    assert border.sum() > 5


@pytest.mark.slow
def test_a_tumour_opens_the_cortex_of_its_host_and_wraps_it():
    keys = {"on": "femur_left", "size_mm": 45, "wraps_deg": 160}
    opened, whole = (
        hip(lesion("osteosarcoma", continuity=c, **keys), seed=4) for c in (True, False)
    )

    assert opened.truth[0].continuity
    assert not whole.truth[0].continuity
    assert opened.truth[0].wraps_deg == 160
    changed = opened.volume.hu != whole.volume.hu
    # Only the way through the host differs, by blur and rounding at most a voxel beyond it.
    assert changed.any()
    assert (changed & bones_of(opened, "femur_left")).sum() > 0.3 * changed.sum()


@pytest.mark.slow
def test_a_lesion_in_a_muscle_lies_in_that_muscle():
    patient = hip(lesion("rings_and_arcs", **{"in": "gluteus_maximus_left"}, size_mm=25))
    muscle = patient.anatomy.mask(patient.anatomy.named("gluteus_maximus_left"))

    assert (muscle & patient.lesion_mask(1)).sum() > 0.6 * patient.lesion_mask(1).sum()


@pytest.mark.slow
def test_the_same_recipe_makes_the_same_bytes_and_variants_differ():
    one = lesion("muscle_ribbon", **{"in": "gluteus_maximus_left"}, size_mm=50)
    first = hip(one)
    again, judge = hip(one), hip(one, variant="judge")

    assert first.volume.acquisition.sha256 == again.volume.acquisition.sha256
    assert first.truth == again.truth
    assert first.volume.acquisition.sha256 != judge.volume.acquisition.sha256


@pytest.mark.slow
def test_a_lesion_at_a_point_is_there():
    patient = hip(lesion("amorphous_calcification", at=(60.0, 80.0, 20.0), size_mm=20))

    assert patient.truth[0].centroid_lps_mm == pytest.approx((60.0, 80.0, 20.0), abs=4.0)


@pytest.mark.slow
def test_sizes_are_millimetres_of_the_patient_not_of_the_adult():
    volumes = []
    for years in (8, 40):
        recipe = {
            "patient": {"scene": "hip", "age_years": years},
            "scan": {**COARSE, "spacing_mm": [2.0, 1.5, 1.5]},
            "lesion": [{"model": "phlebolith", "in": "iliac_vena_left", "size_mm": 12}],
        }
        volumes.append(cook(parse_recipe(recipe)).truth[0].volume_ml)

    assert volumes[0] == pytest.approx(volumes[1], rel=0.12)
    assert volumes[1] == pytest.approx(np.pi / 6 * 1.2**3, rel=0.12)


@pytest.mark.slow
def test_a_child_has_open_growth_plates_and_an_adult_none():
    least = []
    for years in (9, 40):
        recipe = {"patient": {"scene": "knee", "age_years": years},
                  "scan": {"spacing_mm": [1.0, 2.0, 2.0]}}  # fmt: skip
        patient = cook(parse_recipe(recipe))
        areas = bones_of(patient, "femur_left").sum(axis=(1, 2))
        beside = np.minimum(areas[:-8], areas[8:])
        least.append((areas[4:-4] / np.maximum(beside, 1))[beside > 50].min())

    assert least[0] < 0.2
    assert least[1] > 0.6


@pytest.mark.parametrize("scene", sorted(set(SCENES) - {"whole_body"}))
@pytest.mark.slow
def test_every_scene_shows_bones(scene):
    recipe = {"patient": {"scene": scene}, "scan": {"spacing_mm": [7.0, 5.0, 5.0]}}
    patient = cook(parse_recipe(recipe))

    assert bones_of(patient).any()
    assert not patient.truth


@pytest.mark.slow
def test_a_heavy_patient_is_wider_and_an_osteoporotic_one_less_dense():
    def coarse(**patient):
        recipe = {"patient": {**HIP, **patient}, "scan": COARSE}
        return cook(parse_recipe(recipe))

    slim, heavy, thin_boned = coarse(), coarse(fat_mm=40), coarse(bone_density=0.5)
    body = [(p.volume.hu > -300).mean() * p.volume.hu.size for p in (slim, heavy)]
    dense = [p.volume.hu[bones_of(p)].mean() for p in (slim, thin_boned)]

    assert body[1] > 1.15 * body[0]
    assert dense[1] < 0.85 * dense[0]


@pytest.mark.slow
def test_contrast_raises_vessels_and_bowel_and_leaves_bone():
    def pelvis(contrast):
        scan = {"spacing_mm": [5.0, 3.0, 3.0], "noise_hu": 1.0, "contrast": contrast}
        return cook(parse_recipe({"patient": {"scene": "pelvis"}, "scan": scan}))

    plain, both = pelvis("none"), pelvis("both")
    vessels = plain.anatomy.mask(plain.anatomy.of(Tissue.VESSEL))

    assert both.volume.acquisition.contrast_agent
    assert both.volume.hu[vessels].mean() > plain.volume.hu[vessels].mean() + 80
    bones = bones_of(plain)
    assert both.volume.hu[bones].mean() == pytest.approx(plain.volume.hu[bones].mean(), abs=8)


@pytest.mark.slow
def test_metal_is_denser_than_bone_and_throws_streaks():
    def scanned(metal):
        recipe = {"patient": HIP, "scan": {**COARSE, "noise_hu": 0.0}}
        return cook(parse_recipe(recipe | ({"metal": metal} if metal else {})))

    plain, nailed = scanned([]), scanned([{"kind": "nail", "side": "left"}])
    muscle = plain.anatomy.mask(plain.anatomy.of(Tissue.MUSCLE))
    difference = nailed.volume.hu[muscle].astype(int) - plain.volume.hu[muscle]

    assert nailed.volume.hu.max() == 3071
    assert difference.min() < -20
    assert difference.max() > 20


@pytest.mark.parametrize(
    ("recipe", "word"),
    [
        ({"sead": 1}, "seed"),
        ({"patient": {"scene": "pelvs"}}, "pelvis"),
        ({"patient": {"scene": "hip", "age": 3}}, "age_years"),
        ({"patient": {"age_years": 300}}, "100"),
        ({"patient": {"sex": "X"}}, '"F"'),
        ({"scan": {"kernel": "sharpest"}}, "sharp"),
        ({"scan": {"dose": 0.0}}, "0.02"),
        ({"scan": {"spacing_mm": 1.0}}, "spacing_mm"),
        ({"scan": {"slice_thickness_mm": 50}}, "10 mm"),
        ({"scan": {"kvp": 200}}, "140"),
        ({"variant": "jugde"}, "judge"),
        ({"lesion": [{"in": "femur_left"}]}, "model"),
        ({"lesion": [{"model": "muscle_ribon", "in": "x"}]}, "muscle_ribbon"),
        ({"lesion": [{"model": "muscle_ribbon", "in": "x", "size": 3}]}, "size_mm"),
        ({"lesion": [{"model": "muscle_ribbon", "in": "x", "on": "y"}]}, "one"),
        ({"lesion": [{"model": "bone_bridge", "between": ["hip_left"]}]}, "between"),
        ({"lesion": [{"model": "muscle_ribbon", "path": "x"}]}, "[[x, y, z], ...]"),
        ({"lesion": [{"model": "muscle_ribbon", "path": [[np.nan, 0, 0], [1, 2, 3]]}]}, "path"),
        ({"lesion": [{"model": "muscle_ribbon", "at": [1, 2, 3], "along": [0, 0, 0]}]}, "along"),
        ({"metal": [{"kind": "nails"}]}, "nail"),
        ({"labels": {"file": "a"}, "patient": {"scene": "hip"}}, "scene"),
    ],
)
def test_a_bad_recipe_is_refused_with_the_nearest_good_word(recipe, word):
    with pytest.raises(InputError) as refusal:
        parse_recipe(recipe)

    assert word in refusal.value.remedy


@pytest.mark.parametrize(
    ("one", "word"),
    [
        (lesion("muscle_ribbon", **{"in": "gluteus_maximus_lef"}), "gluteus_maximus_left"),
        (lesion("muscle_ribbon"), "in ="),
        (lesion("bone_bridge", between=["hip_left", "femur_left"], contact="free"), "bridging"),
        (lesion("bone_bridge", between=["hip_left", "hip_left"]), "two different"),
        (lesion("muscle_plate", at=(900.0, 0.0, 0.0)), "inside the patient"),
        (lesion("calcified_node", at=(79.5, 0.0, 0.0)), "another place"),
        (lesion("muscle_plate", **{"in": "gluteus_maximus_left"}, size_mm=259), "size_mm"),
        (lesion("artery_wall", **{"in": "gluteus_maximus_left"}), "vessel"),
    ],
)
@pytest.mark.slow
def test_an_impossible_place_is_refused_and_the_lesion_is_named(one, word):
    with pytest.raises(InputError) as refusal:
        hip(one)

    assert refusal.value.problem.startswith("Lesion 1")
    assert word in refusal.value.remedy
