"""The discussion that started the program, and the pictures that must never be confused."""

import numpy as np
import pytest

from trabecula.reason import load_gamut, posterior

CALCINOSES = (
    "tumoral_calcinosis_hyperphos",
    "tumoral_calcinosis_normophos",
    "uraemic_tumoral_calcinosis",
    "metastatic_calcification",
    "ssc_calcinosis",
    "jdm_calcinosis",
    "dm_adult_calcinosis",
    "sle_calcinosis",
    "mctd_overlap_calcinosis",
    "milkalkali_vitd",
    "calciphylaxis",
)
OSSIFYING_IN_THE_DISCUSSION = (
    "fop_classic",
    "fop_atypical",
    "posttraumatic_ho",
    "neurogenic_ho",
    "immobilisation_ho",
    "burn_ho",
    "mo_circumscripta",
    "esos",
    "parosteal_os",
)


def test_diffuse_trabeculated_bone_of_neck_and_back_is_fibrodysplasia(ranked, founding):
    answer = ranked(founding + " great_toe_anomaly", absent="trauma burn medullary_continuity")

    assert answer.differential[0].id == "fop_classic"
    assert answer.differential[0].probability > 0.5


def test_the_founding_case_needs_no_toe_to_be_recognised(ranked, founding):
    assert ranked(founding, absent="trauma burn").differential[0].id == "fop_classic"


def test_every_calcinosis_lies_below_every_ossifying_disease(given, founding):
    conditions = [c.id for c in load_gamut().conditions]
    share = dict(zip(conditions, posterior(given(founding)), strict=True))

    worst_bone = min(share[key] for key in OSSIFYING_IN_THE_DISCUSSION)
    best_calcium = max(share[key] for key in CALCINOSES)

    assert best_calcium < worst_bone


def test_osteosarcoma_is_unlikely_because_bone_is_multifocal(given, ranked, founding):
    one = ranked("ossification denser_centre solitary in_muscle site_thigh", age=65)
    many = ranked("ossification denser_centre multifocal in_muscle site_thigh", age=65)

    def sarcoma(answer):
        return {c.id: c.probability for c in answer.differential}.get("esos", 0.0)

    assert sarcoma(one) > 0.2
    assert sarcoma(many) < sarcoma(one) / 2
    assert "esos" not in [c.id for c in ranked(founding).differential]


def test_the_founding_case_forbids_biopsy_surgery_and_injection(ranked, founding):
    words = " ".join(caution.text for caution in ranked(founding, age=9).avoid)

    for act in ("biopsy", "operate", "intramuscular injections"):
        assert act in words


def test_bridging_bone_beside_a_calcified_vessel_in_a_child_is_still_fibrodysplasia(ranked):
    answer = ranked(
        "ossification multifocal bilateral bridging trabeculated cortical_rim denser_rim in_muscle "
        "along_muscle_plane site_hip site_back site_pelvis calcification amorphous_matrix vascular "
        "tram_track subcutaneous",
        age=11,
    )

    assert answer.differential[0].id == "fop_classic"
    assert answer.avoid[0].condition_id == "fop_classic"


@pytest.mark.parametrize("bone", ["fop_classic", "neurogenic_ho"])
def test_calcium_elsewhere_does_not_knock_out_bone_disease(given, founding, bone):
    conditions = [c.id for c in load_gamut().conditions]
    column = conditions.index(bone)
    alone = posterior(given(founding))[column]
    beside = posterior(given(founding + " calcification amorphous_matrix phlebolith_like"))[column]

    assert beside > alone / 2


def test_bone_elsewhere_does_not_knock_out_a_calcinosis(ranked):
    kidney = "calcification lobulated fluid_calcium_level periarticular dialysis phosphate_high"
    answer = ranked(kidney + " ossification trabeculated", age=55)

    assert answer.differential[0].id == "uraemic_tumoral_calcinosis"


def test_one_calcified_node_in_an_old_patient_is_a_node_and_no_caution(ranked):
    answer = ranked(
        "calcification solitary nodal site_mediastinum homogeneous_dense separate_from_bone",
        absent="ossification trabeculated cortical_rim",
        age=78,
    )

    assert answer.differential[0].id == "lymph_node_calcification"
    assert not [c for c in answer.avoid if c.condition_id.startswith("fop")]


def test_dense_centre_wrapping_and_marrow_continuity_put_sarcoma_above_heterotopic_bone(ranked):
    answer = ranked(
        "ossification solitary denser_centre wraps_bone medullary_continuity site_knee", age=30
    )
    order = [c.id for c in answer.differential]

    assert order[0] == "parosteal_os"
    for benign in ("mo_circumscripta", "posttraumatic_ho"):
        assert benign not in order or order.index(benign) > order.index("parosteal_os")


@pytest.mark.parametrize(
    ("present", "absent", "age", "sex", "expected"),
    [
        (
            "ossification peripheral_shell denser_rim in_muscle trauma weeks_after_event solitary",
            "medullary_continuity",
            18,
            "M",
            "mo_circumscripta",
        ),
        ("ossification periarticular site_hip spinal_cord_injury", "", 30, "M", "neurogenic_ho"),
        ("ossification periarticular site_hip arthroplasty metal_implant", "", 70, "M",
         "arthroplasty_ho"),
        ("ossification bridging site_elbow burn bilateral", "", 40, "M", "burn_ho"),
        ("calcification subcutaneous site_fingertip sclerodactyly raynaud", "", 55, "F",
         "ssc_calcinosis"),
        ("calcification sheet_like fascial diffuse dermatomyositis_rash ck_high", "", 8, "F",
         "jdm_calcinosis"),
        ("calcification lobulated periarticular phosphate_high", "kidney_failure", 14, "F",
         "tumoral_calcinosis_hyperphos"),
        ("calcification homogeneous_dense tendon site_rotator_cuff painful", "", 48, "F", "hadd"),
        ("calcification phlebolith_like in_muscle t2_bright_lobulated fat_component", "", 22, "F",
         "haemangioma"),
        ("calcification sheet_like in_muscle whole_compartment decades_after_event fracture", "",
         66, "M", "calcific_myonecrosis"),
        ("calcification rice_grain numerous along_muscle_plane", "", 35, "M", "cysticercosis"),
        ("ossification subcutaneous dermal superficial_to_deep unilateral", "great_toe_anomaly", 3,
         "F", "poh"),
        ("ossification subcutaneous short_metacarpal pth_high phosphate_high obesity", "", 12, "F",
         "aho_php1a"),
        ("loose_bodies intra_articular rings_and_arcs bodies_equal_size site_knee", "", 45, "M",
         "synovial_chondromatosis"),
        ("ossification flowing_spinal disc_height_kept site_thoracic_spine", "sacroiliac_fusion",
         72, "M", "dish"),
        ("calcification tram_track arterial site_leg_arteries diabetes bilateral", "", 70, "M",
         "monckeberg"),
        ("ossification fat_component cortical_attachment juxtacortical exostosis", "", 57, "M",
         "lipoma_ossifying"),
        ("exostosis medullary_continuity cartilage_cap site_knee", "", 16, "M", "osteochondroma"),
    ],
)  # fmt: skip
def test_a_textbook_picture_is_named_first(ranked, present, absent, age, sex, expected):  # noqa: PLR0917
    answer = ranked(present, absent=absent, age=age, sex=sex)

    assert answer.differential[0].id == expected


def test_probabilities_add_up_to_one(given, founding):
    assert np.isclose(posterior(given(founding)).sum(), 1.0)
