"""Laboratory values, sizes, times, ages: numbers and what they state."""

import pytest

from trabecula.read.report import read_report
from trabecula.read.report.person import age_of, sex_of


def states(text: str) -> dict[str, str]:
    return {finding.sign.name: finding.presence for finding in read_report(text).findings}


@pytest.mark.parametrize(
    ("text", "sign", "presence"),
    [
        ("Phosphate 2.1 mmol/L.", "phosphate_high", "present"),
        ("Phosphate (0.8-1.45): 2.3 mmol/L.", "phosphate_high", "present"),
        ("Serum phosphorus 4.0 mg/dL.", "phosphate_high", "absent"),
        ("Phosphate 1.9 mmol/L (1.3-2.6).", "phosphate_high", "absent"),
        ("Phosphorus 5.7 mg/dL.", "phosphate_high", "present"),
        ("Phosphate 0.5 mmol/L.", "phosphate_low", "present"),
        ("Calcium 8.1 mg/dL.", "calcium_low", "present"),
        ("Calcium 2.9 mmol/L (2.20-2.60).", "calcium_high", "present"),
        ("Creatinine, calcium and vitamin D normal.", "calcium_high", "absent"),
        ("PTH suppressed.", "pth_low", "present"),
        ("PTH is not raised.", "pth_high", "absent"),
        ("ALP 267 U/L (ref 44-147).", "alp_high", "present"),
        ("CK 240 (normal <250).", "ck_high", "absent"),
        ("CK 3000 U/L.", "ck_high", "present"),
        ("Raised CRP and ESR.", "inflammatory_markers_high", "present"),
        ("WBC normal (9740), CRP 29.3 mg/L.", "inflammatory_markers_high", "present"),
        ("Urate 9.8 mg/dL.", "urate_high", "present"),
        ("Mg 0.5 mmol/L (0.7-1.0).", "magnesium_low", "present"),
        ("25-OH vitamin D 310 ng/mL.", "vitamin_d_25_high", "present"),
        ("1,25-dihydroxyvitamin D 92 pg/mL (20-79).", "vitamin_d_125_high", "present"),
        ("Hyperphosphataemia is known.", "phosphate_high", "present"),
    ],
)
def test_a_laboratory_value_is_read(text: str, sign: str, presence: str) -> None:
    assert states(text)[sign] == presence


@pytest.mark.parametrize("text", ["Fluid-calcium levels are seen.", "Calcium deposits of the hip."])
def test_calcium_in_tissue_is_no_laboratory_value(text: str) -> None:
    assert "calcium_high" not in states(text)


@pytest.mark.parametrize(
    ("text", "sign", "unit"),
    [
        ("Fell from a trampoline one week ago.", "days_to_weeks_after_event", "days"),
        ("Mass 8 weeks after injury.", "weeks_after_event", "weeks"),
        ("THA 6 mo ago, stiff.", "months_after_event", "months"),
        ("20 weeks after a fall.", "months_after_event", "months"),
        ("Burn three years ago.", "years_after_event", "years"),
        ("Femoral fracture 41 yrs ago.", "decades_after_event", "decades"),
    ],
)
def test_the_time_since_an_event_is_classed(text: str, sign: str, unit: str) -> None:
    timings = {f.sign.name: f.timing for f in read_report(text).findings}

    assert timings[sign] == unit


@pytest.mark.parametrize(
    ("text", "sign", "presence"),
    [
        ("Calcified mass of 12 x 9 cm.", "large_mass", "present"),
        ("Cartilage cap of 2.6 cm.", "thick_cartilage_cap", "present"),
        ("Cartilage cap 4 mm.", "thick_cartilage_cap", "absent"),
    ],
)
def test_a_size_states_its_sign(text: str, sign: str, presence: str) -> None:
    assert states(text)[sign] == presence


def test_a_small_mass_is_not_large() -> None:
    assert "large_mass" not in states("Mass of 34 x 31 x 30 mm.")


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("62-year-old woman", 62.0),
        ("Infant, 11 months. Swelling.", 11 / 12),
        ("Boy of 14 with lumps", 14.0),
        ("14F. Large lump", 14.0),
        ("63M", 63.0),
        ("76/M. Wall mass.", 76.0),
        ("Fourteen-year-old girl", 14.0),
        ("10 y/o girl", 10.0),
        ("53yo female", 53.0),
        ("Boy, 12 days old", 12 / 365.25),
        ("Woman aged 48.", 48.0),
        ("A farmer in his fifties", 55.0),
        ("His sister, 26 years old, is well.", None),
        ("Mass for ten years.", None),
        ("A 9 x 7 cm mass.", None),
    ],
)
def test_the_age_is_the_patients_own(text: str, age: float | None) -> None:
    assert age_of(text) == pytest.approx(age)


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("62-year-old woman", "F"),
        ("17M footballer", "M"),
        ("7-yr-old F.", "F"),
        ("She has a lump.", "F"),
        ("Male patient", "M"),
        ("One-year-old. Fever.", None),
        ("His sister is affected, a 5-year-old girl has it.", "M"),
    ],
)
def test_the_sex_is_read(text: str, sex: str | None) -> None:
    assert sex_of(text) == sex
