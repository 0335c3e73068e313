import pytest

from trabecula.model import Presence, sign_definitions
from trabecula.read.labs import ANALYTES, ckd_epi_2021, lab_keys, lab_signs


def presences(key, value, age_years=None, sex=None):
    signs = lab_signs(key, value, age_years=age_years, sex=sex)
    return {sign.name: sign.presence for sign in signs}


def test_every_laboratory_sign_is_in_the_atlas():
    names = {name for a in ANALYTES.values() for name in (a.high, a.low) if name}

    assert names | {"kidney_failure"} <= set(sign_definitions())


@pytest.mark.parametrize("key", lab_keys())
def test_every_key_gives_signs_with_a_reason(key):
    for sign in lab_signs(key, 1.0, age_years=40, sex="F"):
        assert sign.reason
        assert sign.measured is not None


@pytest.mark.parametrize(
    ("age_years", "high"),
    [(0.5, False), (3, False), (9, True), (14, True), (30, True), (None, True)],
)
def test_phosphate_that_is_normal_in_a_baby_is_high_in_an_adult(age_years, high):
    found = presences("phosphate_mmol_l", 2.1, age_years)["phosphate_high"]

    assert found is (Presence.PRESENT if high else Presence.ABSENT)


@pytest.mark.parametrize(
    ("si", "conventional"),
    [
        (("phosphate_mmol_l", 1.44), ("phosphate_mg_dl", 4.46)),
        (("phosphate_mmol_l", 1.46), ("phosphate_mg_dl", 4.53)),
        (("calcium_mmol_l", 2.56), ("calcium_mg_dl", 10.27)),
        (("urate_umol_l", 430), ("urate_mg_dl", 7.2)),
        (("pth_pmol_l", 7.5), ("pth_pg_ml", 70)),
    ],
)
def test_units_agree(si, conventional):
    assert presences(*si) == presences(*conventional)


def test_value_in_the_interval_is_neither_high_nor_low():
    assert set(presences("calcium_mmol_l", 2.3).values()) == {Presence.ABSENT}


def test_low_value_is_low_and_not_high():
    found = presences("phosphate_mmol_l", 0.5, 40)

    assert found == {"phosphate_high": Presence.ABSENT, "phosphate_low": Presence.PRESENT}


def test_limits_of_creatine_kinase_and_urate_depend_on_sex():
    assert presences("ck_u_l", 250, 40, "F")["ck_high"] is Presence.PRESENT
    assert presences("ck_u_l", 250, 40, "M")["ck_high"] is Presence.ABSENT
    assert presences("urate_umol_l", 400, 40, "F")["urate_high"] is Presence.PRESENT
    assert presences("urate_umol_l", 400, 40, "M")["urate_high"] is Presence.ABSENT


def test_unknown_age_is_said_in_the_reason():
    (sign, _) = lab_signs("phosphate_mmol_l", 2.0, age_years=None, sex=None)

    assert "age not given" in sign.reason


@pytest.mark.parametrize(
    ("creatinine", "age", "sex", "egfr"),
    [(0.9, 50, "M", 104.1), (0.7, 50, "F", 105.3), (2.0, 60, "M", 37.5), (6.0, 60, "F", 7.5)],
)
def test_filtration_rate_follows_the_2021_equation(creatinine, age, sex, egfr):
    assert ckd_epi_2021(creatinine, age, sex) == pytest.approx(egfr, rel=0.01)


def test_creatinine_needs_age_and_sex():
    assert presences("creatinine_mg_dl", 6.0)["kidney_failure"] is Presence.NOT_ASSESSED
    assert presences("creatinine_mg_dl", 6.0, 10, "F")["kidney_failure"] is Presence.NOT_ASSESSED
    assert presences("creatinine_umol_l", 530, 60, "F")["kidney_failure"] is Presence.PRESENT
    assert presences("egfr_ml_min", 80)["kidney_failure"] is Presence.ABSENT
