"""Present, absent and unknown; repeats, conflicts and doubt."""

import numpy as np

from trabecula.model import Context, Presence, Sign
from trabecula.reason import load_gamut, posterior, reason
from trabecula.reason.evidence import about_mineral, findings

WEIGHTS = load_gamut().weights


def column(key: str) -> int:
    return [c.id for c in load_gamut().conditions].index(key)


def test_a_sign_not_assessed_moves_nothing(given):
    base = given("ossification multifocal")
    unknown = Sign("great_toe_anomaly", Presence.NOT_ASSESSED, reason="feet not imaged")

    assert np.array_equal(posterior(base), posterior((*base, unknown)))


def test_an_absent_sign_is_not_an_unknown_one(given):
    base = given("ossification multifocal in_muscle")
    absent = posterior((*base, *given(absent="great_toe_anomaly")))[column("fop_classic")]

    assert absent < 0.5 * posterior(base)[column("fop_classic")]


def test_doubt_lies_between_knowing_and_not_knowing(given):
    base = given("ossification multifocal in_muscle")
    place = column("fop_classic")
    unknown = posterior(base)[place]
    doubtful = posterior((*base, *given("great_toe_anomaly", certainty=0.5)))[place]
    sure = posterior((*base, *given("great_toe_anomaly")))[place]

    assert unknown < doubtful < sure


def test_a_sign_held_with_no_certainty_moves_nothing(given):
    base = given("ossification multifocal")

    assert np.allclose(posterior(base), posterior((*base, *given("burn", certainty=0.0))))


def test_the_same_sign_twice_counts_once(given):
    once = given("ossification burn")

    assert np.array_equal(posterior(once), posterior((*once, *once)))


def test_the_surer_of_two_contradicting_statements_counts():
    signs = (
        Sign("burn", Presence.PRESENT, certainty=0.9),
        Sign("burn", Presence.ABSENT, certainty=0.4),
    )

    (finding,) = findings(signs, WEIGHTS)

    assert finding.present


def test_two_equal_contradicting_statements_cancel_out():
    signs = (Sign("burn", Presence.PRESENT), Sign("burn", Presence.ABSENT))

    assert findings(signs, WEIGHTS) == ()


def test_a_fingertip_lies_in_a_finger_and_in_the_hand(given):
    names = {finding.name for finding in findings(given("site_fingertip"), WEIGHTS)}

    assert names == {"site_fingertip", "site_fingers", "site_hand"}


def test_what_is_said_of_the_general_sign_outweighs_what_follows(given):
    found = findings(given("fracture", absent="trauma"), WEIGHTS)

    assert {f.name: f.present for f in found} == {"fracture": True, "trauma": False}


def test_a_word_that_is_no_sign_is_left_out(given):
    assert findings(given("purple_spots"), WEIGHTS) == ()


def test_the_order_of_the_signs_changes_nothing(given):
    signs = given("ossification burn bridging site_elbow bilateral", absent="trauma")
    forward, backward = reason(signs), reason(tuple(reversed(signs)))

    assert forward == backward


def test_signs_of_the_context_count_like_any_other(given):
    direct = reason(given("ossification burn"))
    through_context = reason(given("ossification"), Context(signs=given("burn")))

    assert direct == through_context


def test_pain_after_an_injury_gives_no_differential(ranked):
    answer = ranked("trauma painful", age=30)

    assert answer.differential == ()
    assert answer.avoid == ()
    assert answer.next == ()


def test_denied_mineral_gives_no_differential(given):
    assert reason(given(absent="ossification calcification soft_tissue_mass")).differential == ()


def test_no_signs_at_all_give_no_differential():
    assert reason(()).differential == ()


def test_a_mass_or_a_proof_of_disease_is_enough_to_reason_about(given):
    for name in ("soft_tissue_mass", "acvr1_variant", "biopsy_fibromyxoid", "calcification"):
        assert about_mineral(findings(given(name), WEIGHTS), WEIGHTS)
