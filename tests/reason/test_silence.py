"""What a history leaves out, where a lesion is said to lie, and what was only concluded."""

from dataclasses import replace

import numpy as np
import pytest

from trabecula.model import COUNTED_PLACES
from trabecula.reason import load_gamut, posterior
from trabecula.reason.engine import NOT_TOLD
from trabecula.reason.evidence import findings
from trabecula.reason.weighing import column_of, table_of, weigh

GAMUT = load_gamut()
TABLE = table_of(GAMUT)
HISTORY = "trauma surgery long_standing"


def weighed(signs):
    return weigh(TABLE, findings(signs, GAMUT.weights))


def test_a_history_without_a_burn_speaks_against_bone_after_a_burn(given):
    place = column_of(GAMUT, "burn_ho")

    assert weighed(given(f"ossification {HISTORY}")).silence[place] == pytest.approx(TABLE.untold)
    assert weighed(given(f"ossification burn {HISTORY}")).silence[place] == 0


def test_without_a_history_silence_says_nothing(given):
    assert not weighed(given("ossification trabeculated in_muscle")).silence.any()


def test_a_short_history_says_less_by_its_silence_than_a_long_one(given):
    place = column_of(GAMUT, "burn_ho")
    short = weighed(given("ossification trauma")).silence[place]
    long = weighed(given(f"ossification {HISTORY}")).silence[place]

    assert long < short < 0


def test_fibrodysplasia_is_never_less_likely_by_silence(given):
    silence = weighed(given(f"ossification {HISTORY} painful")).silence

    assert silence[column_of(GAMUT, "fop_classic")] == 0
    assert silence[column_of(GAMUT, "fop_atypical")] == 0


def test_what_was_not_told_is_a_reason_against_and_stays_unknown(ranked):
    answer = ranked(f"ossification periarticular site_elbow restricted_motion {HISTORY}")
    burnt = next(c for c in answer.differential if c.id == "burn_ho")
    reason = next(r for r in burnt.reasons_against if r.source[0] == NOT_TOLD)

    assert reason.sign == "burn"
    assert reason.likelihood_ratio == pytest.approx(0.25)
    assert "burn" in burnt.not_assessed


def test_a_place_where_nothing_is_does_not_outweigh_the_place_of_the_lesion(given):
    place = column_of(GAMUT, "pellegrini_stieda")
    knee = weighed(given("site_medial_knee")).pull[:, place].sum()
    both = weighed(given("site_medial_knee site_elbow")).pull[:, place].sum()

    assert 0 < both < knee


@pytest.mark.parametrize("condition", GAMUT.conditions, ids=lambda c: c.id)
def test_a_general_sign_is_no_rarer_than_the_particular_one(condition):
    column = column_of(GAMUT, condition.id)
    for child, parents in GAMUT.weights.implies.items():
        if TABLE.stated[TABLE.index[child], column]:
            for parent in parents:
                least = TABLE.probability[TABLE.index[child], column]
                assert TABLE.probability[TABLE.index[parent], column] >= least


def test_lesions_counted_from_places_weigh_less_than_lesions_counted(given):
    (said,) = given("multifocal")
    place = column_of(GAMUT, "esos")
    one = given("ossification cloud_like in_muscle")
    counted = replace(said, reason=COUNTED_PLACES)

    alone, guessed, sure = (
        posterior(signs)[place] for signs in (one, (*one, counted), (*one, said))
    )
    assert sure < guessed < alone
    assert np.isfinite(sure)
