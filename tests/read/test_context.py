import json

import pytest

from trabecula.errors import ContextError
from trabecula.model import Origin, Presence
from trabecula.read import read_context
from trabecula.read.context import context_of

TOML = """
age_years = 9
sex = "female"

[signs]
great_toe_anomaly = true
trauma = false
family_history = "unknown"

[signs.flare_ups]
presence = true
certainty = 0.8
reason = "told by the mother"

[labs]
phosphate_mmol_l = 1.6
"""


def by_name(context):
    return {sign.name: sign for sign in context.signs}


def test_form_in_toml_is_read(tmp_path):
    (tmp_path / "case.toml").write_text(TOML)
    context = read_context(tmp_path / "case.toml")
    signs = by_name(context)

    assert (context.age_years, context.sex) == (9.0, "F")
    assert signs["great_toe_anomaly"].presence is Presence.PRESENT
    assert signs["trauma"].presence is Presence.ABSENT
    assert signs["family_history"].presence is Presence.NOT_ASSESSED
    assert signs["family_history"].reason
    assert (signs["flare_ups"].certainty, signs["flare_ups"].reason) == (0.8, "told by the mother")
    assert {sign.origin for sign in context.signs} == {Origin.CONTEXT}


def test_json_says_the_same_as_toml(tmp_path):
    import tomllib

    (tmp_path / "case.toml").write_text(TOML)
    (tmp_path / "case.json").write_text(json.dumps(tomllib.loads(TOML)))

    assert read_context(tmp_path / "case.json") == read_context(tmp_path / "case.toml")


def test_signs_may_be_a_list():
    context = context_of(
        {"signs": ["trauma", {"name": "flare_ups", "presence": "absent", "certainty": 0.5}]}
    )
    signs = by_name(context)

    assert signs["trauma"].presence is Presence.PRESENT
    assert signs["flare_ups"].presence is Presence.ABSENT


def test_empty_form_knows_nothing():
    context = context_of({})

    assert (context.age_years, context.sex, context.signs) == (None, None, ())


@pytest.mark.parametrize(
    ("form", "words", "remedy"),
    [
        ({"agee_years": 9}, "'agee_years'", "age_years"),
        ({"signs": {"flare_up": True}}, "'flare_up'", "flare_ups"),
        ({"signs": {"xqzw": True}}, "'xqzw'", "Known are"),
        ({"labs": {"phosphat_mmol_l": 1.0}}, "'phosphat_mmol_l'", "phosphate_mmol_l"),
        ({"labs": {"phosphate_mmol_l": "high"}}, "not a number", "plain number"),
        ({"labs": {"phosphate_mmol_l": -1}}, "not a number", "plain number"),
        ({"labs": [1]}, "no table", "labs"),
        ({"age_years": 200}, "from 0 to 130", "plain number"),
        ({"age_years": True}, "not a number", "plain number"),
        ({"sex": "x"}, "'sex'", "M"),
        ({"signs": {"trauma": "perhaps"}}, "'trauma'", "unknown"),
        ({"signs": {"trauma": {"presence": True, "certain": 1}}}, "'certain'", "certainty"),
        ({"signs": {"trauma": {"measured": 3}}}, "without a unit", "both"),
        ({"signs": {"trauma": {"certainty": 2}}}, "from 0 to 1", "plain number"),
        ({"signs": [3]}, "neither a name", "name"),
        ({"signs": "trauma"}, "neither a table", "signs"),
        ([], "no table", "age_years"),
        (
            {"signs": {"phosphate_high": False}, "labs": {"phosphate_mmol_l": 3.0}},
            "phosphate_high",
            "Correct one",
        ),
    ],
)
def test_a_form_that_is_not_understood_is_refused_by_name(form, words, remedy):
    with pytest.raises(ContextError, match=words) as refusal:
        context_of(form)

    assert remedy in refusal.value.remedy


def test_stated_sign_that_agrees_with_the_value_keeps_the_value():
    context = context_of({"signs": {"phosphate_high": True}, "labs": {"phosphate_mmol_l": 3.0}})
    (sign,) = [s for s in context.signs if s.name == "phosphate_high"]

    assert (sign.measured, sign.unit) == (3.0, "mmol/L")


@pytest.mark.parametrize(
    ("name", "content"), [("a.json", "{"), ("a.toml", "a = "), ("a.toml", b"\xff\xfe\x00")]
)
def test_broken_file_is_refused_without_its_name(tmp_path, name, content):
    place = tmp_path / f"Doe_{name}"
    place.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(ContextError, match="neither valid TOML nor JSON") as refusal:
        read_context(place)

    assert "Doe" not in str(refusal.value)


def test_missing_form_is_refused(tmp_path):
    with pytest.raises(ContextError, match="no such case form"):
        read_context(tmp_path / "Doe.toml")
