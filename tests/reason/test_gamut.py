"""The knowledge itself, and the check that guards it."""

import dataclasses
import re
from importlib.resources import files

import pytest

from trabecula.errors import GamutError
from trabecula.model import sign_definitions
from trabecula.reason import build_gamut, check_gamut, condition_page, load_gamut
from trabecula.reason.knowledge import LIKELIHOOD_KINDS, Line
from trabecula.reason.weighing import table_of, weigh

GAMUT = load_gamut()
WEIGHTS = files("trabecula.reason").joinpath("weights.toml").read_bytes()

SMALL = """
id = "small"
name = "Small"
mineral = "both"
base_rate = { rarity = "common", context = "Here.", source = ["a"] }
sign = [
  { sign = "calcification", n = 3, N = 4, kind = "finding_given_condition", source = ["a"] },
  { sign = "burn", grade = "never", source = ["a"] },
]

[sources]
a = "A book."
"""


def altered(**changes):
    """The gamut with its first condition changed."""
    first = dataclasses.replace(GAMUT.conditions[0], **changes)
    return dataclasses.replace(GAMUT, conditions=(first, *GAMUT.conditions[1:]))


def line(**changes):
    whole = Line("burn", 0.5, "50 %", "qualitative", "", ("A book.",))
    return dataclasses.replace(whole, **changes)


def test_the_gamut_that_is_shipped_has_no_problem():
    assert check_gamut(GAMUT) == ()


def test_all_conditions_of_the_knowledge_base_and_other_are_there():
    assert len(GAMUT.conditions) >= 74
    assert {"fop_classic", "fop_atypical", "other", "calcifying_aponeurotic_fibroma"} <= {
        c.id for c in GAMUT.conditions
    }


def test_every_condition_but_other_tells_at_least_fifteen_signs():
    for condition in GAMUT.conditions:
        assert condition.id == "other" or len(condition.lines) >= 15, condition.id


def test_counts_are_shrunk_towards_a_half():
    small = build_gamut({"small": SMALL.encode()}, WEIGHTS).condition("small")

    assert small.lines[0].probability == pytest.approx(4 / 6)
    assert small.lines[0].words == "3/4"


def test_no_prior_or_outcome_weighs_as_a_likelihood():
    for condition in GAMUT.conditions:
        assert all(line.kind in LIKELIHOOD_KINDS for line in condition.lines)


def test_the_version_changes_with_any_letter():
    one = build_gamut({"small": SMALL.encode()}, WEIGHTS)
    two = build_gamut({"small": SMALL.replace("Here.", "There.").encode()}, WEIGHTS)

    assert one.version != two.version


def test_a_file_that_lacks_a_key_says_which_file():
    with pytest.raises(GamutError, match=r"small\.toml"):
        build_gamut({"small": b'id = "small"'}, WEIGHTS)


def test_an_unknown_condition_is_refused_with_a_remedy():
    with pytest.raises(GamutError, match="gamut list"):
        GAMUT.condition("flu")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "other_name"}, "not the file's name"),
        ({"mineral": "gold"}, "not one of"),
        ({"threshold": 1.5}, "is no probability"),
        ({"male": 0.0}, "share of men"),
        ({"unlisted": {"colour": 0.1}}, "no group 'colour'"),
        ({"lines": (line(sign="purple"),)}, "not in the vocabulary"),
        ({"lines": (line(sign="age"),)}, "not in the vocabulary"),
        ({"lines": (line(probability=1.0),)}, "is no probability"),
        ({"lines": (line(kind="condition_given_exposure"),)}, "is no likelihood"),
        ({"lines": (line(kind="within_subset"),)}, "subset that is not named"),
        ({"lines": (line(), line())}, "stated 2 times"),
        ({"lines": (line(source=()),)}, "sign burn is not cited"),
        ({"base_source": ()}, "base_rate is not cited"),
        ({"incompatible": ("purple",)}, "'purple' is not in the vocabulary"),
        ({"age": {"teen": 1.0}, "age_source": ("A book.",)}, "age band"),
    ],
)
def test_the_check_finds_what_is_wrong(changes, said):
    assert any(said in problem for problem in check_gamut(altered(**changes)))


def test_the_check_finds_a_prohibition_that_forbids_nothing():
    avoid = dataclasses.replace(GAMUT.condition("fop_classic").avoid[0], text="Biopsy it.")

    problems = check_gamut(altered(avoid=(avoid,)))

    assert any("forbids nothing" in problem for problem in problems)


def test_the_check_finds_an_act_it_does_not_know():
    avoid = dataclasses.replace(GAMUT.condition("fop_classic").avoid[0], forbids=("singing",))

    assert any("'singing' is not known" in p for p in check_gamut(altered(avoid=(avoid,))))


def test_a_condition_known_by_one_name_has_a_page_without_synonyms():
    one = build_gamut({"small": SMALL.encode()}, WEIGHTS)

    assert "Also:" not in condition_page(one, "small")


def test_a_gamut_without_ages_is_not_moved_by_age():
    table = table_of(build_gamut({"small": SMALL.encode()}, WEIGHTS))

    assert not weigh(table, (), age_years=9, sex="F").age_pull.any()


def test_the_check_finds_a_question_that_hides_a_biopsy():
    ask = dataclasses.replace(GAMUT.condition("hadd").ask[0], text="Do a biopsy.", act="")

    assert any("takes tissue" in problem for problem in check_gamut(altered(ask=(ask,))))


def test_the_check_finds_an_orphan_sign_and_a_twin():
    bare = dataclasses.replace(GAMUT, conditions=GAMUT.conditions[:1])
    twin = dataclasses.replace(GAMUT.conditions[0], id="twin", file="twin")
    twins = dataclasses.replace(GAMUT, conditions=(*GAMUT.conditions, twin))

    assert any("tells nothing about any condition" in p for p in check_gamut(bare))
    assert any("no condition 'other'" in p for p in check_gamut(bare))
    assert any("exactly the evidence of another" in p for p in check_gamut(twins))


def test_the_code_names_no_disease():
    words = {c.id for c in GAMUT.conditions} - {"other"}
    words |= {"fibrodysplasia", "osteosarcoma", "calcinosis", "myositis"}
    for entry in files("trabecula.reason").iterdir():
        if entry.name.endswith(".py") or entry.name == "weights.toml":
            text = re.sub(r'"""[\s\S]*?"""', "", entry.read_text(encoding="utf-8")).lower()
            assert not [word for word in words if re.search(rf"\b{word}\b", text)], entry.name


def test_likelihoods_never_reach_certainty():
    table = table_of(GAMUT)

    assert table.probability.min() > 0
    assert table.probability.max() < 1
    assert table.background.min() > 0
    assert table.background.max() < 1


@pytest.mark.parametrize("key", [c.id for c in GAMUT.conditions])
def test_every_condition_has_a_page_with_its_signs_and_sources(key):
    page = condition_page(GAMUT, key)
    condition = GAMUT.condition(key)

    assert condition.name in page
    assert "SOURCES" in page
    for avoid in condition.avoid:
        assert avoid.text.split()[0] in page
    for told in condition.lines:
        assert sign_definitions()[told.sign].title[:42] in page


def test_a_page_shows_count_subset_contradiction_and_prior():
    page = condition_page(GAMUT, "neurogenic_ho")

    assert "counted among operations for troublesome bone" in page
    assert "SOURCES DISAGREE" in page
    assert "FIGURES THAT WEIGH NOTHING BY THEMSELVES" in page
    assert "Does not go with" in condition_page(GAMUT, "tumoral_calcinosis_hyperphos")
