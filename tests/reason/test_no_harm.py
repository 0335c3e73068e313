"""No line of an answer advises what another forbids: over every file and over random signs."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trabecula.model import Context, Presence, Reasoning, Sign, sign_definitions
from trabecula.reason import load_gamut, reason
from trabecula.reason.advice import OPEN_SHARE

GAMUT = load_gamut()
FOP = {c.id for c in GAMUT.conditions if c.family == "fop"}
NAMES = sorted(name for name, d in sign_definitions().items() if d.kind != "patient")
WORDS = {
    "biopsy": r"\b(biops|core needle|needle core|sample of the lesion|histolog|excise|incise)",
    "surgery": r"\b(operat|excis|resect|remove the|surgical(?!ly)|surgery (?:to|of the lesion))",
    "injection": r"\b(inject (?:the|a)|give .* injection|intramuscular dose)",
}
"""What advising the act looks like in words."""

ASKING_ABOUT = r"^(ask|look|is there|has|have|when|compare)\b"
"""A question about what has happened advises nothing."""

SIGNS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.booleans(), st.sampled_from((1.0, 0.7))),
    min_size=1,
    max_size=14,
    unique_by=lambda entry: entry[0],
)


def advises(text: str, act: str) -> bool:
    """Whether the words propose the act."""
    lowered = text.lower()
    negated = "instead of" in lowered or "not " in lowered
    asks = re.match(ASKING_ABOUT, lowered) is not None
    return bool(re.search(WORDS[act], lowered)) and not asks and not negated


def forbidden(answer: Reasoning) -> set[str]:
    """Acts forbidden by a condition whose family keeps its prohibitions over questions."""
    share: dict[str, float] = {}
    for candidate in answer.differential:
        family = GAMUT.condition(candidate.id).family
        share[family] = share.get(family, 0.0) + candidate.probability
    return {
        act
        for candidate in answer.differential
        for condition in [GAMUT.condition(candidate.id)]
        # Strictly above, because the list leaves out what is less than 3 in 1000.
        if share[condition.family] > OPEN_SHARE * condition.threshold
        for avoid in condition.avoid
        for act in avoid.forbids
    }


@pytest.mark.parametrize("key", [c.id for c in GAMUT.conditions])
def test_a_question_that_proposes_an_act_says_which(key):
    for ask in GAMUT.condition(key).ask:
        for act in WORDS:
            if advises(ask.text, act):
                assert ask.act, ask.text


@pytest.mark.parametrize("key", [c.id for c in GAMUT.conditions])
def test_no_condition_asks_for_what_it_forbids(key):
    condition = GAMUT.condition(key)
    forbids = {act for avoid in condition.avoid for act in avoid.forbids}

    for ask in condition.ask:
        if ask.act in forbids:
            assert not any(advises(ask.text, act) for act in forbids), ask.text


def test_a_proposal_is_told_from_a_question_about_the_past():
    assert advises("Planned core biopsy at a sarcoma centre.", "biopsy")
    assert advises("Surgery to remove the bone.", "surgery")
    assert not advises("Ask whether bone came after a biopsy or an operation.", "biopsy")
    assert not advises("Sequence ACVR1 from blood, instead of taking a biopsy.", "biopsy")


@settings(max_examples=60, deadline=None)
@given(signs=SIGNS, age=st.one_of(st.none(), st.floats(0, 95)), sex=st.sampled_from(("M", "F")))
def test_no_question_proposes_what_an_open_condition_forbids(signs, age, sex):
    given_signs = [
        Sign(name, Presence.PRESENT if there else Presence.ABSENT, certainty=certainty)
        for name, there, certainty in signs
    ]

    answer = reason(given_signs, Context(age_years=age, sex=sex))

    for act in forbidden(answer):
        for question in answer.next:
            assert not advises(question.text, act), (act, question.text)


@settings(max_examples=60, deadline=None)
@given(signs=SIGNS)
def test_an_open_fibrodysplasia_is_always_warned_of(signs):
    given_signs = [
        Sign(name, Presence.PRESENT if there else Presence.ABSENT) for name, there, _ in signs
    ]

    answer = reason(given_signs)
    share = sum(c.probability for c in answer.differential if c.id in FOP)

    warned = any(c.condition_id in FOP for c in answer.avoid)
    assert warned or share < 0.05
