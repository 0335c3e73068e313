"""What others thought first, and words that only look like a sign."""

import pytest

from trabecula.read.report import read_report


def states(text: str) -> dict[str, str]:
    """Presence by sign of one text."""
    return {finding.sign.name: finding.presence for finding in read_report(text).findings}


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("The film report from the other hospital said ossified lump of the calf.", "ossification"),
        ("First read elsewhere as ossified haematoma of the arm.", "ossification"),
        ("The outside radiologist thought of heterotopic ossification.", "ossification"),
        ("The letter mentions a calcified node in the neck.", "calcification"),
        ("Initial diagnosis was myositis ossificans.", "ossification"),
        ("Sent with a diagnosis of ossified haematoma.", "ossification"),
        ("Outside MRI reported as myositis ossificans.", "ossification"),
        ("Foreign-body granuloma was the first guess.", "foreign_material"),
    ],
)
def test_an_earlier_opinion_of_others_is_doubtful(text: str, sign: str) -> None:
    assert states(text)[sign] == "uncertain"


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Ossification at the hip, known from an earlier report.", "ossification"),
        ("An earlier film showed calcification of the calf.", "calcification"),
        ("First read elsewhere as a cyst. CT shows ossification of the arm.", "ossification"),
        ("Referred with a calcified mass of the calf.", "calcification"),
        ("Homogeneous calcified mass of the calf.", "homogeneous_dense"),
        ("The metalwork is sound.", "osteosynthesis_metal"),
        ("ANA 1:640.", "ana_positive"),
        ("Coma after a crash, GCS 5.", "brain_injury"),
    ],
)
def test_a_finding_stays_a_finding(text: str, sign: str) -> None:
    assert states(text)[sign] == "present"


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("GCS 15 throughout.", "brain_injury"),
        ("No head injury, GCS 15.", "brain_injury"),
        ("Little enhancement of the mass.", "solid_enhancement"),
        ("Serum eosinophils normal.", "parasite_serology"),
        ("His older brother has clear skin.", "affected_sibling"),
        ("ANA 1:80.", "ana_positive"),
        ("Arc of movement is 60 degrees.", "rings_and_arcs"),
        ("Homogeneous mass with smooth margins.", "homogeneous_dense"),
        ("Yellow plaques on the sclera.", "yellow_papules"),
        ("The MRI was limited by motion.", "restricted_motion"),
        ("A steroid injection into the shoulder joint.", "steroid_therapy"),
        ("Asks if an injection would help.", "im_injection"),
        ("Scar of an old foot ulcer.", "ulceration"),
        ("A gastric lesion was resected.", "surgery"),
        ("No wound trouble.", "trauma"),
    ],
)
def test_words_that_only_look_like_a_sign_do_not_state_it(text: str, sign: str) -> None:
    assert states(text).get(sign, "absent") == "absent"
