"""Laboratory values to signs, by conventional reference intervals.

A value becomes ``…_high`` and ``…_low``: present or absent by where it lies in the interval for the
patient's age and sex. Without an age the adult interval is used and the sign's reason says so. The
laboratory's own interval, where it differs, is better: state the sign itself in the form then.

Adult intervals are the conventional ones of general laboratory handbooks; those of phosphate and
alkaline phosphatase in childhood follow the CALIPER study (Colantonio et al., Clin Chem 2012;
58:854), rounded. The filtration rate is CKD-EPI 2021 (Inker et al., N Engl J Med 2021; 385:1737).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from trabecula.model import Origin, Presence, Sign

ADULT_YEARS = 19.0
"""From this age on, adult intervals hold."""

EGFR_FAILURE = 30.0
"""Below 30 ml/min/1.73 m2 kidney disease is stage 4 or 5 (KDIGO)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A reference interval from an age on, in the first unit of its analyte.

    ``low`` or ``high`` is ``None`` where that side has no bearing here.
    """

    from_years: float
    low: float | None
    high: float | None
    sex: str | None = None


@dataclass(frozen=True, slots=True)
class Analyte:
    """One laboratory value: how its key is written, and what is normal.

    Attributes
    ----------
    units
        Ending of the key to (factor to the first unit, UCUM unit).
    intervals
        By age, ascending; a later one replaces the earlier, one with a sex holds for that sex.
    high, low
        Sign names; ``None`` where there is no such sign.
    """

    units: Mapping[str, tuple[float, str]]
    intervals: tuple[Interval, ...]
    high: str | None = None
    low: str | None = None


ANALYTES: Mapping[str, Analyte] = {
    "phosphate": Analyte(
        units={"mmol_l": (1.0, "mmol/L"), "mg_dl": (0.3229, "mg/dL")},
        intervals=(
            Interval(0.0, 1.54, 2.72),
            Interval(1.0, 1.38, 2.19),
            Interval(5.0, 1.33, 1.92),
            Interval(13.0, 1.02, 1.99),
            Interval(16.0, 0.95, 1.62),
            Interval(ADULT_YEARS, 0.80, 1.45),
        ),
        high="phosphate_high",
        low="phosphate_low",
    ),
    "calcium": Analyte(
        units={"mmol_l": (1.0, "mmol/L"), "mg_dl": (0.2495, "mg/dL")},
        intervals=(Interval(0.0, 2.15, 2.70), Interval(ADULT_YEARS, 2.15, 2.55)),
        high="calcium_high",
        low="calcium_low",
    ),
    "magnesium": Analyte(
        units={"mmol_l": (1.0, "mmol/L"), "mg_dl": (0.4114, "mg/dL")},
        intervals=(Interval(0.0, 0.70, None),),
        low="magnesium_low",
    ),
    "ck": Analyte(
        units={"u_l": (1.0, "U/L"), "ukat_l": (60.0, "ukat/L")},
        intervals=(
            Interval(0.0, None, 308.0),
            Interval(ADULT_YEARS, None, 308.0),
            Interval(ADULT_YEARS, None, 192.0, sex="F"),
        ),
        high="ck_high",
    ),
    "pth": Analyte(
        units={"pg_ml": (1.0, "pg/mL"), "ng_l": (1.0, "ng/L"), "pmol_l": (9.43, "pmol/L")},
        intervals=(Interval(0.0, 15.0, 65.0),),
        high="pth_high",
        low="pth_low",
    ),
    "alp": Analyte(
        units={"u_l": (1.0, "U/L"), "ukat_l": (60.0, "ukat/L")},
        intervals=(
            Interval(0.0, None, 469.0),
            Interval(1.0, None, 335.0),
            Interval(10.0, None, 468.0),
            Interval(15.0, None, 331.0),
            Interval(17.0, None, 149.0),
            Interval(ADULT_YEARS, None, 130.0),
        ),
        high="alp_high",
    ),
    "vitamin_d_125": Analyte(
        units={"pmol_l": (1.0, "pmol/L"), "pg_ml": (2.4, "pg/mL")},
        intervals=(Interval(0.0, None, 190.0),),
        high="vitamin_d_125_high",
    ),
    "vitamin_d_25": Analyte(
        units={"nmol_l": (1.0, "nmol/L"), "ng_ml": (2.496, "ng/mL")},
        # From 375 nmol/L (150 ng/mL) on, intoxication is seen; the sign means the toxic range.
        intervals=(Interval(0.0, None, 375.0),),
        high="vitamin_d_25_high",
    ),
    "urate": Analyte(
        units={"umol_l": (1.0, "umol/L"), "mg_dl": (59.48, "mg/dL")},
        intervals=(Interval(0.0, None, 420.0), Interval(0.0, None, 360.0, sex="F")),
        high="urate_high",
    ),
    "crp": Analyte(
        units={"mg_l": (1.0, "mg/L"), "mg_dl": (10.0, "mg/dL")},
        intervals=(Interval(0.0, None, 10.0),),
        high="inflammatory_markers_high",
    ),
    "esr": Analyte(
        units={"mm_h": (1.0, "mm/h")},
        intervals=(Interval(0.0, None, 20.0),),
        high="inflammatory_markers_high",
    ),
    "wbc": Analyte(
        units={"10e9_l": (1.0, "10*9/L"), "per_ul": (0.001, "/uL")},
        # The count is higher in the first years of life.
        intervals=(
            Interval(0.0, None, 17.5),
            Interval(6.0, None, 14.5),
            Interval(16.0, None, 11.0),
        ),
        high="inflammatory_markers_high",
    ),
    "fgf23": Analyte(
        units={"pg_ml": (1.0, "pg/mL"), "ng_l": (1.0, "ng/L")},
        intervals=(Interval(0.0, 20.0, 80.0),),
        high="fgf23_high",
        low="fgf23_low",
    ),
    "fluoride_serum": Analyte(
        units={"umol_l": (1.0, "umol/L"), "mg_l": (52.6, "mg/L")},
        intervals=(Interval(0.0, None, 5.0),),
        high="fluoride_high",
    ),
    "fluoride_urine": Analyte(
        units={"mg_l": (1.0, "mg/L")},
        intervals=(Interval(0.0, None, 3.0),),
        high="fluoride_high",
    ),
}

CREATININE_FAILURE_UMOL_L = 250.0
"""Creatinine, umol/L, that means a filtration rate below 30 in most adults of unknown age."""

EGFR_UNIT = "mL/min/{1.73_m2}"
EGFR_KEY = "egfr_ml_min"
CREATININE_UNITS = {"umol_l": 1.0 / 88.42, "mg_dl": 1.0}
"""Factor to mg/dL."""


def lab_keys() -> tuple[str, ...]:
    """Every key that the ``labs`` of a form may have, in order."""
    keys = [f"{name}_{unit}" for name, analyte in ANALYTES.items() for unit in analyte.units]
    return (*keys, EGFR_KEY, *(f"creatinine_{unit}" for unit in CREATININE_UNITS))


def lab_signs(key: str, value: float, *, age_years: float | None, sex: str | None) -> list[Sign]:
    """Signs of one laboratory value.

    Parameters
    ----------
    key
        One of :func:`lab_keys`: the analyte with its unit, such as ``phosphate_mmol_l``.
    value
        In that unit.
    age_years, sex
        Decide the interval; ``sex`` is ``M``, ``F`` or unknown.
    """
    if key == EGFR_KEY:
        return [_kidney(value, "stated")]
    if key.startswith("creatinine_"):
        return [_from_creatinine(value, key.removeprefix("creatinine_"), age_years, sex)]
    name, unit = _parted(key)
    analyte = ANALYTES[name]
    factor, ucum = analyte.units[unit]
    interval = interval_of(analyte, age_years, sex)
    plain = value * factor
    first = next(iter(analyte.units.values()))[1]
    whose = "adult, age not given" if age_years is None else f"age {age_years:g}"
    signs = []
    for sign, limit, beyond, word in (
        (analyte.high, interval.high, interval.high is not None and plain > interval.high, "up to"),
        (analyte.low, interval.low, interval.low is not None and plain < interval.low, "from"),
    ):
        if sign is None or limit is None:
            continue
        signs.append(
            Sign(
                name=sign,
                presence=Presence.PRESENT if beyond else Presence.ABSENT,
                measured=value,
                unit=ucum,
                origin=Origin.CONTEXT,
                reason=f"Reference {word} {limit:g} {first} ({whose}).",
            )
        )
    return signs


def interval_of(analyte: Analyte, age_years: float | None, sex: str | None) -> Interval:
    """Return the interval of an age and sex; the adult one where the age is not known."""
    age = ADULT_YEARS if age_years is None else age_years
    fitting = [i for i in analyte.intervals if i.from_years <= age and i.sex in (None, sex)]
    return fitting[-1]


def kidney_failure_of(creatinine_umol_l: float, age_years: float | None, sex: str | None) -> bool:
    """Whether a creatinine means kidney failure: by an adult's filtration rate, else plainly."""
    if age_years is None or age_years < 18 or sex is None:
        return creatinine_umol_l > CREATININE_FAILURE_UMOL_L
    return (
        ckd_epi_2021(creatinine_umol_l * CREATININE_UNITS["umol_l"], age_years, sex) < EGFR_FAILURE
    )


def _parted(key: str) -> tuple[str, str]:
    for name, analyte in ANALYTES.items():
        for unit in analyte.units:
            if key == f"{name}_{unit}":
                return name, unit
    raise KeyError(key)


def _kidney(egfr: float, how: str) -> Sign:
    return Sign(
        name="kidney_failure",
        presence=Presence.PRESENT if egfr < EGFR_FAILURE else Presence.ABSENT,
        measured=round(egfr, 1),
        unit=EGFR_UNIT,
        origin=Origin.CONTEXT,
        reason=f"Filtration rate {how}; failure below {EGFR_FAILURE:g} (KDIGO stage 4 and 5).",
    )


def _from_creatinine(value: float, unit: str, age_years: float | None, sex: str | None) -> Sign:
    if age_years is None or age_years < 18 or sex is None:
        return Sign(
            name="kidney_failure",
            presence=Presence.NOT_ASSESSED,
            origin=Origin.CONTEXT,
            reason="The filtration rate needs an adult's age and sex beside creatinine.",
        )
    return _kidney(ckd_epi_2021(value * CREATININE_UNITS[unit], age_years, sex), "by CKD-EPI 2021")


def ckd_epi_2021(creatinine_mg_dl: float, age_years: float, sex: str) -> float:
    """Estimated glomerular filtration rate of an adult, ml/min/1.73 m2."""
    kappa, alpha, factor = (0.7, -0.241, 1.012) if sex == "F" else (0.9, -0.302, 1.0)
    ratio = creatinine_mg_dl / kappa
    low, high = min(ratio, 1.0) ** alpha, max(ratio, 1.0) ** -1.2
    return float(142.0 * low * high * 0.9938**age_years * factor)
