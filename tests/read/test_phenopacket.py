"""Phenopackets: small packets of our own, valid to the published schema."""

import json
from copy import deepcopy
from typing import Any

import pytest

from trabecula.errors import ContextError
from trabecula.model import Context, Presence, sign_definitions
from trabecula.read.phenopacket import _terms, is_phenopacket, phenopacket_of

GIRL: dict[str, Any] = {
    "id": "packet-1",
    "subject": {
        "id": "patient-1",
        "timeAtLastEncounter": {"age": {"iso8601duration": "P9Y6M"}},
        "sex": "FEMALE",
    },
    "phenotypicFeatures": [
        {
            "type": {"id": "HP:0011987", "label": "Ectopic ossification in muscle tissue"},
            "onset": {"age": {"iso8601duration": "P4Y"}},
        },
        {"type": {"id": "HP:0010109", "label": "Short hallux"}},
        {"type": {"id": "HP:0002905", "label": "Hyperphosphatemia"}, "excluded": True},
        {"type": {"id": "HP:0001596", "label": "Alopecia"}},
    ],
    "interpretations": [
        {
            "id": "interpretation-1",
            "progressStatus": "SOLVED",
            "diagnosis": {
                "disease": {"id": "MONDO:0007606", "label": "a disease"},
                "genomicInterpretations": [
                    {
                        "subjectOrBiosampleId": "patient-1",
                        "interpretationStatus": "CAUSATIVE",
                        "variantInterpretation": {
                            "acmgPathogenicityClassification": "PATHOGENIC",
                            "variationDescriptor": {
                                "id": "variant-1",
                                "geneContext": {"valueId": "HGNC:171", "symbol": "ACVR1"},
                                "moleculeContext": "genomic",
                            },
                        },
                    }
                ],
            },
        }
    ],
    "metaData": {
        "created": "2020-01-01T00:00:00Z",
        "createdBy": "test",
        "phenopacketSchemaVersion": "2.0",
    },
}

BOY_V1: dict[str, Any] = {
    "id": "packet-2",
    "subject": {"id": "patient-2", "ageAtCollection": {"age": "P11M"}, "sex": "MALE"},
    "phenotypicFeatures": [
        {
            "type": {"id": "HP:0034282", "label": "Subcutaneous ossification"},
            "classOfOnset": {"id": "HP:0003577", "label": "Congenital onset"},
        },
        {"type": {"id": "HP:0001513", "label": "Obesity"}, "negated": True},
    ],
    "genes": [{"id": "HGNC:4392", "symbol": "GNAS"}],
    "metaData": {"phenopacketSchemaVersion": "1.0.0"},
}


def presences(context: Context) -> dict[str, Presence]:
    return {sign.name: sign.presence for sign in context.signs}


def test_age_and_sex_are_read() -> None:
    context = phenopacket_of(GIRL).context

    assert context.age_years == pytest.approx(9.5)
    assert context.sex == "F"


def test_terms_become_signs_and_excluded_terms_become_absent() -> None:
    read = presences(phenopacket_of(GIRL).context)

    assert read["ossification"] is Presence.PRESENT
    assert read["in_muscle"] is Presence.PRESENT
    assert read["great_toe_anomaly"] is Presence.PRESENT
    assert read["phosphate_high"] is Presence.ABSENT


def test_the_onset_of_a_lesion_is_a_sign() -> None:
    assert presences(phenopacket_of(GIRL).context)["onset_childhood"] is Presence.PRESENT


def test_a_gene_of_an_interpretation_is_a_sign() -> None:
    assert presences(phenopacket_of(GIRL).context)["acvr1_variant"] is Presence.PRESENT


def test_a_benign_variant_is_no_sign() -> None:
    packet = deepcopy(GIRL)
    row = packet["interpretations"][0]["diagnosis"]["genomicInterpretations"][0]
    row["variantInterpretation"]["acmgPathogenicityClassification"] = "BENIGN"

    assert "acvr1_variant" not in presences(phenopacket_of(packet).context)


def test_a_variant_of_uncertain_significance_is_uncertain() -> None:
    packet = deepcopy(GIRL)
    row = packet["interpretations"][0]["diagnosis"]["genomicInterpretations"][0]
    row["variantInterpretation"]["acmgPathogenicityClassification"] = "UNCERTAIN_SIGNIFICANCE"
    context = phenopacket_of(packet).context

    assert next(s for s in context.signs if s.name == "acvr1_variant").certainty == 0.5


def test_a_term_without_a_sign_is_told() -> None:
    assert phenopacket_of(GIRL).not_understood == ("HP:0001596 Alopecia",)


def test_the_disease_of_the_packet_is_not_used_and_that_is_told() -> None:
    without = deepcopy(GIRL)
    without["diseases"] = []
    reading = phenopacket_of(GIRL)

    assert any("not used" in note.text for note in reading.notes)
    assert "a disease" not in json.dumps([s.reason for s in reading.context.signs])


def test_version_one_is_tolerated() -> None:
    context = phenopacket_of(BOY_V1).context
    read = presences(context)

    assert context.age_years == pytest.approx(11 / 12)
    assert read["subcutaneous"] is Presence.PRESENT
    assert read["obesity"] is Presence.ABSENT
    assert read["gnas_variant"] is Presence.PRESENT
    assert read["present_at_birth"] is Presence.PRESENT


def test_snake_case_reads_the_same() -> None:
    snake = {
        "id": "packet-1",
        "subject": {"time_at_last_encounter": {"age": {"iso8601duration": "P2Y"}}, "sex": "MALE"},
        "phenotypic_features": [{"type": {"id": "HP:0003761"}}],
    }

    assert presences(phenopacket_of(snake).context) == {"calcification": Presence.PRESENT}


@pytest.mark.parametrize(
    "content", [[], {"age_years": 4}, {"phenotypicFeatures": "none"}, {"phenotypicFeatures": [1]}]
)
def test_what_is_no_phenopacket_is_refused(content: object) -> None:
    with pytest.raises(ContextError):
        phenopacket_of(content)


def test_a_form_is_not_taken_for_a_phenopacket() -> None:
    assert not is_phenopacket({"age_years": 9, "signs": ["ossification"]})


def test_every_mapped_sign_is_of_the_vocabulary() -> None:
    terms = _terms()
    names = {n for signs in (*terms.present.values(), *terms.excluded.values()) for n in signs}

    assert names | set(terms.onset.values()) | set(terms.genes.values()) <= set(sign_definitions())
    assert set(terms.excluded) <= set(terms.present)


def test_the_packet_is_valid_to_the_published_schema() -> None:
    phenopackets = pytest.importorskip("phenopackets")
    json_format = pytest.importorskip("google.protobuf.json_format")

    message = json_format.Parse(json.dumps(GIRL), phenopackets.Phenopacket())
    assert message.subject.id == "patient-1"
    assert phenopacket_of(json_format.MessageToDict(message)) == phenopacket_of(GIRL)
