"""How evidence adds up."""

import dataclasses

import numpy as np
import pytest

from trabecula.model import Context
from trabecula.reason import load_gamut, posterior, reason
from trabecula.reason.evidence import findings
from trabecula.reason.knowledge import AGE_BANDS
from trabecula.reason.weighing import column_of, softmax, table_of, weigh

GAMUT = load_gamut()
TABLE = table_of(GAMUT)


def pulls(signs, **patient):
    found = findings(signs, GAMUT.weights)
    weighed = weigh(TABLE, found, **patient)
    return {f.name: weighed.pull[n] for n, f in enumerate(found)}, weighed


def test_a_condition_that_says_nothing_of_a_sign_is_not_moved_by_it(given):
    alone, _ = pulls(given("burn"))

    assert alone["burn"][column_of(GAMUT, "hadd")] == pytest.approx(0.0)


def test_presence_and_absence_pull_opposite_ways(given):
    there, _ = pulls(given("burn"))
    gone, _ = pulls(given(absent="burn"))
    place = column_of(GAMUT, "burn_ho")

    assert there["burn"][place] > 1
    assert gone["burn"][place] < -1


def test_a_signs_pull_is_the_ratio_of_its_two_probabilities(given):
    row, place = TABLE.index["burn"], column_of(GAMUT, "burn_ho")
    p, p0, r = TABLE.probability[row, place], TABLE.background[row], TABLE.reliability[row]
    expected = np.log((r * p + (1 - r) * (1 - p)) / (r * p0 + (1 - r) * (1 - p0)))
    alone, _ = pulls(given("burn"))

    assert alone["burn"][place] == pytest.approx(expected)


def test_signs_of_one_group_share_one_weight(given):
    place = column_of(GAMUT, "fop_classic")
    first, _ = pulls(given("trabeculated"))
    second, _ = pulls(given("cortical_rim"))
    both, _ = pulls(given("trabeculated cortical_rim"))
    together = both["trabeculated"][place] + both["cortical_rim"][place]

    strongest = max(first["trabeculated"][place], second["cortical_rim"][place])
    weakest = min(first["trabeculated"][place], second["cortical_rim"][place])
    assert together == pytest.approx(strongest + TABLE.group_share * weakest)


def test_independent_signs_add_up(given):
    place = column_of(GAMUT, "burn_ho")
    both, _ = pulls(given("burn bridging"))
    burn, _ = pulls(given("burn"))

    assert both["burn"][place] == pytest.approx(burn["burn"][place])


def test_an_incompatible_sign_all_but_closes_a_condition(given):
    base = given("calcification lobulated periarticular phosphate_high")
    place = column_of(GAMUT, "tumoral_calcinosis_hyperphos")

    assert posterior(base)[place] > 0.2
    assert posterior((*base, *given("dialysis")))[place] < 0.02


def test_a_denied_incompatible_sign_does_no_harm(given):
    gone, _ = pulls(given(absent="dialysis"))

    assert gone["dialysis"][column_of(GAMUT, "tumoral_calcinosis_hyperphos")] >= 0


def test_no_sign_pulls_more_than_the_cap(given):
    every = given(" ".join(name for name in TABLE.index if name not in ("age", "sex")))
    _, weighed = pulls(every)

    assert weighed.pull.max() <= TABLE.cap
    assert weighed.pull.min() >= min(TABLE.fatal, -TABLE.cap)


@pytest.mark.parametrize("age", [0.0, 0.5, 5, 14.9, 15.1, 40, 90, 120])
def test_age_moves_no_condition_beyond_its_cap(age):
    _, weighed = pulls((), age_years=age)

    assert np.abs(weighed.age_pull).max() <= TABLE.prior_cap


def test_a_birthday_changes_little():
    _, before = pulls((), age_years=14.9)
    _, after = pulls((), age_years=15.1)

    assert np.abs(after.age_pull - before.age_pull).max() < 0.1


def test_children_have_fibrodysplasia_and_the_old_have_plaque():
    _, child = pulls((), age_years=6)
    _, old = pulls((), age_years=80)
    bone, vessel = column_of(GAMUT, "fop_classic"), column_of(GAMUT, "monckeberg")

    assert child.age_pull[bone] > 0 > child.age_pull[vessel]
    assert old.age_pull[bone] < 0 < old.age_pull[vessel]


def test_unknown_age_and_sex_move_nothing():
    _, weighed = pulls((), age_years=None, sex="unknown")

    assert not weighed.age_pull.any()
    assert not weighed.sex_pull.any()


def test_systemic_sclerosis_is_a_womans_disease():
    place = column_of(GAMUT, "ssc_calcinosis")

    assert pulls((), sex="F")[1].sex_pull[place] > 0 > pulls((), sex="M")[1].sex_pull[place]


def test_age_and_sex_stand_among_the_reasons(given):
    answer = reason(
        given("calcification subcutaneous site_fingertip"), Context(age_years=60, sex="F")
    )
    named = {r.sign for r in answer.differential[0].reasons_for}

    assert {"age", "sex"} <= named


def test_age_bands_ascend():
    assert list(AGE_BANDS.values()) == sorted(AGE_BANDS.values())


def test_equal_scores_are_ranked_by_id(gamut, given):
    twin = dataclasses.replace(gamut.condition("hadd"), id="zzz", name="twin", file="zzz")
    doubled = dataclasses.replace(gamut, conditions=(*gamut.conditions, twin))
    answer = reason(given("calcification tendon site_rotator_cuff"), gamut=doubled)

    assert [c.id for c in answer.differential[:2]] == ["hadd", "zzz"]


def test_other_is_always_in_the_list(ranked, founding):
    assert "other" in [c.id for c in ranked(founding).differential]


def test_ranks_run_from_one_and_probabilities_fall(ranked):
    listed = ranked("calcification solitary site_neck").differential

    assert [c.rank for c in listed] == list(range(1, len(listed) + 1))
    assert [c.probability for c in listed] == sorted((c.probability for c in listed), reverse=True)


def test_reasons_are_cited_and_their_ratios_are_those_that_counted(ranked, founding):
    answer = ranked(founding + " great_toe_anomaly", absent="trauma", age=9)

    for candidate in answer.differential:
        for named in (*candidate.reasons_for, *candidate.reasons_against):
            assert named.source
            assert named.likelihood_ratio > 0
        assert all(r.likelihood_ratio > 1 for r in candidate.reasons_for)
        assert all(r.likelihood_ratio < 1 for r in candidate.reasons_against)


def test_the_heaviest_unknown_sign_of_fibrodysplasia_is_its_gene_or_its_toe(ranked, founding):
    first = ranked(founding).differential[0]

    assert {"great_toe_anomaly", "acvr1_variant"} <= set(first.not_assessed)


def test_what_was_looked_for_is_not_listed_as_unknown(ranked, founding):
    first = ranked(founding, absent="great_toe_anomaly").differential[0]

    assert "great_toe_anomaly" not in first.not_assessed


def test_softmax_survives_scores_of_any_size():
    assert softmax(np.array([1000.0, 0.0, -1000.0])).tolist() == [1.0, 0.0, 0.0]


def test_conditions_of_one_evidence_never_swap_places(ranked, founding):
    assert ranked(founding) == ranked(founding)


def test_a_disease_told_in_two_files_weighs_no_more_than_one(gamut):
    table = table_of(gamut)
    weight = np.exp(table.prior)
    ids = [c.id for c in gamut.conditions]
    both = weight[ids.index("fop_classic")] + weight[ids.index("fop_atypical")]
    alone = weight[ids.index("trichinosis")]

    assert gamut.condition("trichinosis").rarity == gamut.condition("fop_classic").rarity
    assert both == pytest.approx(alone)


def test_what_the_gamut_does_not_hold_starts_with_a_sixteenth(gamut):
    table = table_of(gamut)

    assert np.exp(table.prior[column_of(gamut)]) == pytest.approx(1 / 16, abs=0.01)
