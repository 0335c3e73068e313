"""Cautions and questions."""

import numpy as np
import pytest

from trabecula.model import Presence, Sign
from trabecula.reason import load_gamut, posterior, reason
from trabecula.reason.advice import together
from trabecula.reason.weighing import table_of

GAMUT = load_gamut()
TAKES_TISSUE = ("biopsy", "tissue", "sample", "histology")
FORBIDDING = [c.id for c in GAMUT.conditions if any("biopsy" in a.forbids for a in c.avoid)]


def textbook(key: str) -> tuple[Sign, ...]:
    """The six signs that tell most of a condition, all there."""
    column = [c.id for c in GAMUT.conditions].index(key)
    table = table_of(GAMUT)
    likely = [n for n in table.telling[column] if table.probability[table.index[n], column] > 0.5]
    return tuple(Sign(name, Presence.PRESENT) for name in ("calcification", *likely[:6]))


@pytest.mark.parametrize("key", [c.id for c in GAMUT.conditions])
def test_no_question_takes_tissue_while_a_condition_that_forbids_it_is_open(key):
    answer = reason(textbook(key))
    forbidden = any(
        "biopsy" in avoid.forbids
        for caution in answer.avoid
        for avoid in GAMUT.condition(caution.condition_id).avoid
    )

    if forbidden:
        for question in answer.next:
            assert not any(word in question.text.lower() for word in TAKES_TISSUE[:1])


@pytest.mark.parametrize("key", FORBIDDING)
def test_a_condition_that_forbids_biopsy_says_so_when_it_leads(key):
    answer = reason(textbook(key))

    assert answer.differential[0].id == key or key.startswith("fop")
    assert any("biopsy" in c.text or "excise" in c.text for c in answer.avoid)
    assert not any("biopsy" in question.text.lower() for question in answer.next)


@pytest.mark.parametrize("key", [c.id for c in GAMUT.conditions if c.id != "other"])
def test_every_condition_leads_where_its_own_strongest_signs_are_there(key):
    order = [candidate.id for candidate in reason(textbook(key)).differential]

    assert key in order[:3]


def test_fibrodysplasia_warns_before_it_is_first(ranked):
    answer = ranked("ossification in_muscle site_back multifocal", age=8)
    share = {c.id: c.probability for c in answer.differential}

    assert any(c.condition_id.startswith("fop") for c in answer.avoid)
    assert share["fop_classic"] + share["fop_atypical"] >= 0.05


def test_the_two_forms_of_fibrodysplasia_warn_together(given):
    ids = [c.id for c in GAMUT.conditions]
    classic, atypical = ids.index("fop_classic"), ids.index("fop_atypical")
    for extra in ("", " site_back", " site_shoulder", " bilateral", " multifocal", " in_muscle"):
        signs = given("ossification soft_tissue_mass" + extra)
        both = posterior(signs)[[classic, atypical]].sum()

        warned = any(c.condition_id.startswith("fop") for c in reason(signs).avoid)

        assert warned == (both >= 0.05)


def test_the_same_caution_is_said_once(ranked, founding):
    texts = [caution.text for caution in ranked(founding).avoid]

    assert len(texts) == len(set(texts))


def test_an_old_bridge_after_hip_replacement_does_not_warn_of_fibrodysplasia(ranked):
    answer = ranked("ossification periarticular site_hip arthroplasty metal_implant", age=70)

    assert not any(c.condition_id.startswith("fop") for c in answer.avoid)


def test_a_look_at_the_toes_is_among_the_first_questions_of_a_child_with_bone(ranked):
    answer = ranked("ossification multifocal in_muscle site_back bridging", age=8)

    assert "great_toe_anomaly" in [question.sign for question in answer.next[:3]]


def test_a_question_is_not_asked_twice(ranked, founding):
    answer = ranked(founding, absent="great_toe_anomaly", age=8)

    assert "great_toe_anomaly" not in [question.sign for question in answer.next]


def test_an_answer_does_what_the_question_said_it_would(given):
    signs = given("ossification multifocal in_muscle site_back", absent="burn")
    before = reason(signs)
    question = next(q for q in before.next if q.sign == "great_toe_anomaly")

    after = reason((*signs, *given("great_toe_anomaly")))

    assert question.if_present[0][0] == after.differential[0].id
    assert question.if_present[0][1] == pytest.approx(after.differential[0].probability, abs=0.05)


def test_telling_one_form_of_a_family_from_the_other_is_worth_nothing(gamut):
    table = table_of(gamut)
    ids = [c.id for c in gamut.conditions]
    sure = np.zeros(len(ids))
    sure[[ids.index("fop_classic"), ids.index("fop_atypical")]] = 0.5

    assert together(table, sure)[ids.index("fop_classic")] == pytest.approx(1.0)


def test_a_toe_is_looked_at_before_a_knee_is_radiographed(ranked, founding):
    signs = [question.sign for question in ranked(founding, age=11).next]

    assert "great_toe_anomaly" in signs
    assert "tibial_osteochondroma" not in signs[: signs.index("great_toe_anomaly")]


def test_gain_is_never_negative_beyond_rounding(ranked):
    for question in ranked("calcification subcutaneous multifocal").next:
        assert question.expected_gain_bits > 0


def test_a_cheap_look_comes_before_an_equally_telling_operation(ranked):
    answer = ranked("ossification soft_tissue_mass solitary in_muscle site_thigh", age=60)
    texts = [question.text.lower() for question in answer.next]
    tissue = [n for n, text in enumerate(texts) if "biopsy" in text]

    assert not tissue or tissue[0] > 0


def test_where_nothing_forbids_it_a_planned_biopsy_may_be_asked_for(ranked):
    answer = ranked(
        "calcification speckled soft_tissue_mass solitary periarticular site_knee "
        "unmineralised_component",
        age=30,
    )

    assert answer.differential[0].id == "synovial_sarcoma"
    assert any("biopsy" in question.text for question in answer.next)


def test_what_the_scan_could_not_show_is_not_asked_for_again():
    seen = [Sign("ossification", Presence.PRESENT), Sign("in_muscle", Presence.PRESENT)]
    asked = {question.sign for question in reason(seen).next}
    name = sorted(asked)[0]

    blind = [*seen, Sign(name, Presence.NOT_ASSESSED, reason="too small for this scan")]

    assert name not in {question.sign for question in reason(blind).next}


def test_a_small_quiet_calcification_is_not_sent_to_biopsy():
    seen = [
        Sign("calcification", Presence.PRESENT),
        Sign("ossification", Presence.ABSENT),
        Sign("separate_from_bone", Presence.PRESENT),
        Sign("site_chest", Presence.PRESENT),
        Sign("solitary", Presence.PRESENT),
    ]

    assert not any("biops" in question.text.lower() for question in reason(seen).next)


def test_no_question_promises_less_than_nothing():
    sure = [Sign("acvr1_variant", Presence.PRESENT), Sign("ossification", Presence.PRESENT)]

    assert all(question.expected_gain_bits >= 0.0 for question in reason(sure).next)
