"""The answer as data."""

import hashlib
import json
from dataclasses import replace

import jsonschema
import pytest
from jsonschema import Draft202012Validator

from trabecula.model import (
    Answer,
    Border,
    Kind,
    Level,
    Origin,
    Presence,
    Region,
    Side,
    Verdict,
)
from trabecula.report import result, schema

TOP_KEYS = [
    "schema",
    "software",
    "input",
    "notes",
    "lesions",
    "set_aside",
    "parts",
    "edits",
    "burden",
    "signs",
    "differential",
    "advice",
    "timings_s",
]


def valid(data: object) -> None:
    Draft202012Validator(schema()).validate(data)


def test_schema_is_itself_valid():
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("case", ["answer", "imageless", "nothing_found"])
def test_every_kind_of_answer_fits_the_schema(case, request):
    data = result(request.getfixturevalue(case))

    valid(json.loads(json.dumps(data)))
    assert list(data) == TOP_KEYS


def test_schema_refuses_a_key_it_does_not_know(answer):
    data = result(answer)
    data["lesions"][0]["colour"] = "blue"

    with pytest.raises(jsonschema.ValidationError, match="colour"):
        valid(data)


def test_every_object_of_the_schema_is_closed():
    def objects(node):
        if isinstance(node, dict):
            if node.get("type") == "object":
                yield node
            for value in node.values():
                yield from objects(value)
        elif isinstance(node, list):
            for value in node:
                yield from objects(value)

    assert all("additionalProperties" in node for node in objects(schema()))


def test_schema_knows_every_word_of_the_model():
    words = schema()["$defs"]

    assert set(words["region"]["enum"]) == {None, *(region.value for region in Region)}
    assert set(words["side"]["enum"]) == {None, *(side.value for side in Side)}
    assert words["set_aside"]["properties"]["kind"]["enum"] == [kind.value for kind in Kind]
    lesion = words["lesion"]["properties"]
    assert set(lesion["verdict"]["enum"]) == {verdict.value for verdict in Verdict}
    assert set(lesion["border"]["enum"]) == {border.value for border in Border}
    sign = words["sign"]["properties"]
    assert set(sign["presence"]["enum"]) == {presence.value for presence in Presence}
    assert set(sign["from"]["enum"]) == {origin.value for origin in Origin}
    assert set(words["note"]["properties"]["level"]["enum"]) == {level.value for level in Level}


def test_a_case_id_may_stand_beside_the_result(imageless):
    valid({"id": "case-7", **result(imageless)})


def test_two_results_differ_in_timings_alone(answer):
    later = result(replace(answer, timings_s={"see": 99.0}))
    first = result(answer)

    assert later.pop("timings_s") != first.pop("timings_s")
    assert json.dumps(later) == json.dumps(first)


def test_numbers_keep_six_significant_digits(answer):
    body = replace(answer.lesions[0].lesion, threshold_hu=1234.56789)
    data = result(replace(answer, lesions=(replace(answer.lesions[0], lesion=body),)))

    assert data["lesions"][0]["threshold_hu"] == 1234.57


def test_probabilities_of_a_lesion_add_up_to_one(answer):
    for lesion in result(answer)["lesions"]:
        assert sum(lesion["probability"].values()) == pytest.approx(1.0, abs=1e-4)


def test_sign_tells_its_code_and_its_evidence(answer):
    sign = result(answer)["signs"][0]

    assert sign["code"] == "HP:0011986"
    assert sign["evidence"] == {"lesion_ids": [1]}
    assert sign["from"] == "image"


def test_words_of_a_report_are_evidence_by_their_place(imageless):
    data = result(imageless)

    assert data["signs"][0]["evidence"] == {"text_span": [9, 21]}
    assert data["input"]["sha256"] == hashlib.sha256(imageless.report_text.encode()).hexdigest()
    assert data["input"]["shape_kji"] is None


def test_words_not_understood_become_notes(imageless):
    note = result(imageless)["notes"][-1]

    assert note["check"] == "not_understood"
    assert note["text"] == "about the right hip"


def test_burden_is_the_sum_of_its_regions(answer):
    burden = result(answer)["burden"]
    ossified = sum(one["ossification_ml"] for one in burden["by_region"].values())

    assert burden["ossification_ml"] == pytest.approx(ossified)
    assert burden["by_region"]["hip"]["evaluable"] is True
    assert burden["by_region"]["head"]["evaluable"] is False


def test_result_is_plain_data_without_nan(answer: Answer):
    assert json.loads(json.dumps(result(answer), allow_nan=False)) == result(answer)
