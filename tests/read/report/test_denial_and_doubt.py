"""Denial, doubt and who is meant, each wording with the sign and presence it states."""

import pytest

from trabecula.read.report import read_report


def states(text: str) -> dict[str, str]:
    """Presence by sign of one text."""
    return {finding.sign.name: finding.presence for finding in read_report(text).findings}


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("No fever.", "fever"),
        ("Denies trauma, fever or weight loss.", "weight_loss"),
        ("No swelling, tenderness or palpable mass.", "soft_tissue_mass"),
        ("Without trabeculae.", "trabeculated"),
        ("Trabeculae are not seen.", "trabeculated"),
        ("Cortical destruction is absent.", "bone_destruction"),
        (
            "Neither cortical destruction nor periosteal reaction is identified.",
            "periosteal_reaction",
        ),
        ("Fever: none.", "fever"),
        ("Periosteal reaction could not be identified.", "periosteal_reaction"),
        ("Negative for periosteal reaction.", "periosteal_reaction"),
        ("There is calcification but no ossification.", "ossification"),
        ("Calcification rather than ossification.", "ossification"),
        ("The mass is not attached to the cortex by a stalk.", "cortical_attachment"),
        ("He is not on warfarin.", "warfarin"),
        ("Quantiferon negative.", "tb_test_positive"),
        ("Deep vein thrombosis was excluded.", "venous_thrombosis"),
        ("The patient is afebrile.", "fever"),
        ("Both great toes are normal.", "great_toe_anomaly"),
        ("Skin intact over the lump.", "ulceration"),
        ("Parents unrelated.", "consanguinity"),
        ("Family history: none.", "family_history"),
        ("Mineral lies neither in muscle nor in tendon.", "tendon"),
    ],
)
def test_a_denied_sign_is_absent(text: str, sign: str) -> None:
    assert states(text)[sign] == "absent"


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Possible ossification of the left hip.", "ossification"),
        ("Medullary continuity cannot be excluded.", "medullary_continuity"),
        ("?HO left elbow.", "ossification"),
        ("Calcification versus ossification.", "calcification"),
        ("Bridging is questionable.", "bridging"),
        ("A tibial osteochondroma is suspected.", "tibial_osteochondroma"),
        ("Probable mixed connective tissue disease.", "known_mixed_ctd"),
        ("This may represent early ossification.", "ossification"),
        ("GNAS imprinting defect cannot be excluded.", "gnas_variant"),
        ("ACVR1 variant suspected.", "acvr1_variant"),
        ("Gout was queried.", "known_gout"),
    ],
)
def test_a_doubted_sign_is_uncertain(text: str, sign: str) -> None:
    assert states(text)[sign] == "uncertain"


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("No mineral in the mass.", "soft_tissue_mass"),
        ("Not only calcification but also a mass.", "calcification"),
        ("No trauma, however burns in 2010.", "burn"),
        ("Pregnant, no fever, back pain, no trauma.", "back_pain"),
        ("There is no doubt that this is ossification.", "ossification"),
        ("Calcification is not seen, but ossification is present.", "ossification"),
        ("His mother noticed a lump in the thigh.", "soft_tissue_mass"),
        ("Denser at its periphery than at its centre.", "denser_rim"),
    ],
)
def test_what_lies_outside_the_denial_stays_present(text: str, sign: str) -> None:
    assert states(text)[sign] == "present"


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Please advise whether biopsy or excision is reasonable.", "surgery"),
        ("Is this calcification or bone?", "ossification"),
        ("Excision has been offered.", "surgery"),
        ("His sister has had the same lumps.", "soft_tissue_mass"),
        ("Such bridging is thought uncommon below adulthood.", "bridging"),
        ("Sarcoma was suspected by the referrer.", "biopsy_malignant"),
        ("Calcium and phosphate were not supplied.", "calcium_high"),
        ("Family doctor requests an opinion.", "family_history"),
        ("Calcification is typically seen in dermatomyositis.", "calcification"),
        ("Serum calcium level to follow.", "calcification"),
    ],
)
def test_what_is_not_said_of_this_patient_is_no_sign(text: str, sign: str) -> None:
    assert sign not in states(text)


def test_a_relative_gives_the_family_sign_and_not_the_disease() -> None:
    read = states("Lump of the thigh. Multiple exostoses, father similarly affected.")

    assert read["affected_parent"] == "present"
    assert "family_history" not in read


def test_a_sure_statement_goes_before_a_doubted_one_of_the_same_sign() -> None:
    reading = read_report("Possible ossification of the hip. Ossification bridges the joint.")

    sign = next(s for s in reading.signs if s.name == "ossification")
    assert sign.certainty == 1.0


def test_the_span_holds_the_words_behind_the_sign() -> None:
    text = "58M. Periarticular mineral, warm and red."
    spans = {f.sign.name: f.sign.text_span for f in read_report(text).findings}

    start, end = spans["periarticular"] or (0, 0)
    assert text[start:end] == "Periarticular"
