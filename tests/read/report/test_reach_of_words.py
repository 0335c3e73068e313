"""What a wording reaches, and what it only suggests: foci in a mass, rims, values in between."""

import pytest

from trabecula.read.report import read_report


def states(text: str) -> dict[str, str]:
    """Presence by sign of one text."""
    return {finding.sign.name: finding.presence for finding in read_report(text).findings}


@pytest.mark.parametrize(
    "text",
    [
        "The lesion shows two calcified areas.",
        "A lump of the heel with many calcified foci inside.",
        "A mass of the calf holding several islands of calcification.",
        "The septum separates most of the calcified mass from the ulna.",
        "Calcified mass of the calf and three new pulmonary nodules.",
        "Scattered areas of ossification throughout the tumour of the arm.",
        "Within the swelling, numerous calcified foci.",
        "Lesion of the groin made of two ossified parts.",
    ],
)
def test_parts_of_one_mass_are_not_several_lesions(text: str) -> None:
    assert "multifocal" not in states(text)


@pytest.mark.parametrize(
    "text",
    [
        "Multiple deposits about the hips and elbows.",
        "Three separate masses of the thigh contain chalk.",
        "Calcified foci in the left calf and the right shoulder.",
    ],
)
def test_lesions_at_several_places_stay_several(text: str) -> None:
    assert states(text)["multifocal"] == "present"


@pytest.mark.parametrize(
    "text",
    [
        "Creatinine 1.9 mg/dL.",
        "Man of 60. Creatinine 150 umol/L.",
        "Creatinine 170 umol/L.",
        "Creatinine 1.8 mg/dL (0.7-1.2).",
        "Creatinine mildly raised.",
    ],
)
def test_a_creatinine_between_normal_and_failure_says_neither(text: str) -> None:
    assert "kidney_failure" not in states(text)


@pytest.mark.parametrize(
    ("text", "presence"),
    [
        ("Creatinine 80 umol/L.", "absent"),
        ("Woman of 30. Creatinine 0.8 mg/dL.", "absent"),
        ("Creatinine 6 mg/dL.", "present"),
        ("Creatinine 600 umol/L (60-105).", "present"),
        ("Creatinine high.", "present"),
    ],
)
def test_a_plain_creatinine_is_judged(text: str, presence: str) -> None:
    assert states(text)["kidney_failure"] == presence


@pytest.mark.parametrize(
    "text",
    [
        "Ossification is mature centrally and immature peripherally.",
        "Dense central ossification with an irregular, spiculated peripheral part.",
        "Mature bone in the centre and immature mineral at the periphery.",
    ],
)
def test_a_mature_centre_in_an_immature_edge_is_zonation_reversed(text: str) -> None:
    found = states(text)

    assert found["denser_centre"] == "present"
    assert not {"denser_rim", "peripheral_shell"} & set(found)


@pytest.mark.parametrize(
    "text",
    [
        "A few calcified foci lie at the periphery of the mass.",
        "Peripheral punctate calcifications.",
        "Eccentric calcification at the edge of the tumour.",
    ],
)
def test_foci_at_the_edge_are_no_shell(text: str) -> None:
    assert "peripheral_shell" not in states(text)


def test_a_mature_edge_around_an_immature_centre_is_zonation() -> None:
    found = states("The periphery is mature, the centre immature.")

    assert found["denser_rim"] == "present"
    assert "denser_centre" not in found


def test_a_rim_of_calcification_is_a_shell() -> None:
    assert states("A peripheral rim of calcification.")["peripheral_shell"] == "present"


@pytest.mark.parametrize(
    ("text", "presence"),
    [
        ("Several small pulmonary nodules.", "uncertain"),
        ("Two lung nodules are seen.", "uncertain"),
        ("Multiple pulmonary metastases.", "present"),
        ("No pulmonary nodules.", "absent"),
    ],
)
def test_nodules_of_the_lung_only_suggest_metastases(text: str, presence: str) -> None:
    assert states(text)["lung_metastases"] == presence


@pytest.mark.parametrize(
    ("text", "zoned"),
    [
        ("Soft tissue mass of the calf with central low attenuation.", False),
        ("Ossified mass of the calf with central low attenuation.", True),
        ("Calcified lesion, centrally unmineralised.", True),
    ],
)
def test_a_dark_centre_is_zonation_of_mineral_only(text: str, zoned: bool) -> None:
    assert (states(text).get("denser_rim") == "present") is zoned


def test_two_places_of_a_report_only_suggest_two_lesions() -> None:
    text = "Calcified mass of the left calf. There is calcification in the right shoulder."
    several = next(sign for sign in read_report(text).signs if sign.name == "multifocal")

    assert several.certainty == pytest.approx(0.5)
