"""Simulated patients for validating the reasoning: drawn from the gamut, read as reports are.

A patient has a condition (by pre-test weight), an age, a sex, and signs drawn from the
condition's likelihoods. Three things make it harder than the gamut itself: every likelihood is in
doubt (its logit is moved at random, anew for each patient), signs of one group come together, and
the report speaks of few signs and gets some wrong. No published case is used.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trabecula.model import Presence, Sign, sign_definitions
from trabecula.model.arrays import Float64
from trabecula.reason import Gamut, load_gamut
from trabecula.reason.evidence import about_mineral, findings
from trabecula.reason.knowledge import AGE_BANDS, OTHER
from trabecula.reason.weighing import softmax, table_of, weigh

DOUBT_LOGIT = 1.0
"""Standard deviation by which a likelihood of the gamut may be off, on the logit scale."""

SIGNS = (6, 14)
"""A report speaks of so many signs, both ends included."""

ABSENT_WEIGHT = 0.03
"""How readily a report speaks of a sign that is absent, against one that is present."""

BESIDE_THE_POINT = 0.2
"""How much seldomer a report speaks of a sign the condition has nothing to do with."""

WRONG = 0.075
"""Share of the signs mentioned that are the wrong way round."""

TELLTALE = 0.9
"""Share of reports that name a tell-tale sign of the condition where it is present."""

SCRAMBLED = 0.20
"""Share of signs dropped or flipped in the robustness test."""


@dataclass(frozen=True)
class Patient:
    """The truth (column of the gamut drawn from) and what the report says."""

    truth: int
    age_years: float | None
    sex: str | None
    signs: tuple[Sign, ...]


def simulate(
    rng: np.random.Generator,
    count: int,
    *,
    truth: int | None = None,
    wrong: float = WRONG,
    even: bool = False,
) -> list[Patient]:
    """Draw patients, each with at least one sign about mineral or a mass.

    Parameters
    ----------
    rng
        Source of randomness.
    count
        How many.
    truth
        Column of the condition all of them have; drawn by pre-test weight where ``None``.
    wrong
        Share of the signs mentioned that are the wrong way round.
    even
        Draw every condition equally often.
    """
    gamut = load_gamut()
    table = table_of(gamut)
    names = list(table.index)
    known = sign_definitions()
    # Genes and histology settle a case; the differential is wanted before them.
    observed = np.array([known[n].kind not in ("patient", "gene", "histology") for n in names])
    weight = np.ones(len(table.prior)) if even else np.exp(table.prior)
    weight[[c.id == OTHER for c in gamut.conditions]] = 0
    weight /= weight.sum()
    patients: list[Patient] = []
    while len(patients) < count:
        one = int(rng.choice(len(weight), p=weight)) if truth is None else truth
        p = np.clip(table.probability[:, one], 1e-3, 1 - 1e-3)
        logit = np.log(p / (1 - p)) + rng.normal(0, DOUBT_LOGIT, len(p))
        shared = rng.random(table.group.max() + 1)[table.group]
        level = np.where(rng.random(len(p)) < 0.5, shared, rng.random(len(p)))
        present = level < 1 / (1 + np.exp(-logit))
        heard = np.where(present, 1.0, ABSENT_WEIGHT)
        heard *= np.where(table.stated[:, one], 1.0, BESIDE_THE_POINT) * observed
        rows = rng.choice(
            len(p), int(rng.integers(SIGNS[0], SIGNS[1] + 1)), replace=False, p=heard / heard.sum()
        )
        rows = _with_telltale(rng, rows, present & table.told[:, one])
        said = present[rows] ^ (rng.random(len(rows)) < wrong)
        signs = tuple(sign(names[r], present=bool(s)) for r, s in zip(rows, said, strict=True))
        if about_mineral(findings(signs, gamut.weights), gamut.weights):
            patients.append(Patient(one, _age(rng, one), _sex(rng, one), signs))
    return patients


def _with_telltale(
    rng: np.random.Generator, rows: NDArray[np.int64], telltale: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Let a report that would leave out every tell-tale sign present name one, mostly."""
    if telltale.any() and not telltale[rows].any() and rng.random() < TELLTALE:
        return np.append(rows[1:], rng.choice(np.flatnonzero(telltale)))
    return rows


def sign(name: str, *, present: bool) -> Sign:
    """One sign, there or not."""
    return Sign(name, Presence.PRESENT if present else Presence.ABSENT)


def _age(rng: np.random.Generator, truth: int) -> float:
    shares = table_of(load_gamut()).age[truth]
    shares = np.full(len(AGE_BANDS), 0.2) if np.isnan(shares).any() else shares / shares.sum()
    middle = list(AGE_BANDS.values())[int(rng.choice(len(shares), p=shares))]
    return float(max(0.1, middle * rng.lognormal(0, 0.3)))


def _sex(rng: np.random.Generator, truth: int) -> str:
    male = table_of(load_gamut()).male[truth]
    return "M" if rng.random() < (0.5 if np.isnan(male) else male) else "F"


def scramble(rng: np.random.Generator, patient: Patient) -> Patient:
    """Drop or flip a fifth of the signs, half of it each."""
    kept = []
    for one in patient.signs:
        draw = rng.random()
        if draw >= SCRAMBLED:
            kept.append(one)
        elif draw >= SCRAMBLED / 2:
            kept.append(sign(one.name, present=one.presence is not Presence.PRESENT))
    return Patient(patient.truth, patient.age_years, patient.sex, tuple(kept))


def scores(patients: list[Patient], gamut: Gamut | None = None) -> Float64:
    """Log weights before the temperature, one row a patient."""
    gamut = gamut or load_gamut()
    table = table_of(gamut)
    return np.array(
        [
            weigh(
                table,
                findings(patient.signs, gamut.weights),
                age_years=patient.age_years,
                sex=patient.sex,
            ).score
            for patient in patients
        ]
    )


def probabilities(score: Float64, temperature: float | None = None) -> Float64:
    """Posterior from log weights, at the temperature in use unless another is given."""
    return softmax(score / (temperature or table_of(load_gamut()).temperature))


def calibration_error(top: Float64, right: Float64, bins: int = 5) -> float:
    """Mean gap between the first candidate's probability and how often it is right."""
    place = np.minimum((top * bins).astype(int), bins - 1)
    return float(sum(abs((top - right)[place == b].sum()) for b in range(bins)) / len(top))


def within(score: Float64, truth: Float64, places: int) -> float:
    """Share of patients whose condition is among the first places."""
    better = (score > score[np.arange(len(truth)), truth][:, None]).sum(axis=1)
    return float((better < places).mean())
