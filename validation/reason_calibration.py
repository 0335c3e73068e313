# ruff: noqa: T201 - a script that prints its figures
"""Calibrate the reasoning on simulated patients, and see how it bears wrong and missing signs.

Patients are drawn from the gamut's own likelihoods, made harder in the ways real reports are:
every likelihood is itself in doubt (its logit is moved at random, anew for each patient), signs
of one group come together, most signs are never mentioned, some are misread. A patient has about
fifteen signs, as a report does. No published case
is used. Prints, for a range of temperatures, the log loss and the calibration error; and, at the
temperature in use, the ranks with and without a fifth of the signs dropped or flipped.

    python validation/reason_calibration.py [--patients 4000] [--seed 1]
"""

import argparse
from dataclasses import dataclass

import numpy as np

from trabecula.model import Presence, Sign, sign_definitions
from trabecula.reason import load_gamut
from trabecula.reason.evidence import about_mineral, findings
from trabecula.reason.knowledge import AGE_BANDS, OTHER
from trabecula.reason.weighing import softmax, table_of, weigh

DOUBT_LOGIT = 1.0
"""Standard deviation by which a likelihood of the gamut may be off, on the logit scale."""

MENTIONED_PRESENT = 0.35
"""Share of the signs present that a report speaks of."""

MENTIONED_ABSENT = 0.04
"""Share of the signs absent that a report speaks of."""

BESIDE_THE_POINT = 0.2
"""How much seldomer a report speaks of a sign the condition has nothing to do with."""

MISREAD = 0.03
"""Share of the signs mentioned whose presence is read the wrong way round."""

SCRAMBLED = 0.20
"""Share of signs dropped or flipped in the robustness test."""

TEMPERATURES = (0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.4, 3.0)
"""Tried in turn."""


@dataclass(frozen=True)
class Patient:
    """One simulated patient: the truth and what the report says."""

    truth: int
    age_years: float
    sex: str
    signs: tuple[Sign, ...]


def simulate(rng: np.random.Generator, count: int) -> list[Patient]:
    """Draw patients by pre-test weight, each with at least one sign about mineral or a mass."""
    gamut = load_gamut()
    table = table_of(gamut)
    names = list(table.index)
    known = sign_definitions()
    observed = np.array([known[name].kind != "patient" for name in names])
    weight = np.exp(table.prior)
    weight[[c.id == OTHER for c in gamut.conditions]] = 0
    patients: list[Patient] = []
    while len(patients) < count:
        truth = int(rng.choice(len(weight), p=weight / weight.sum()))
        p = np.clip(table.probability[:, truth], 1e-3, 1 - 1e-3)
        logit = np.log(p / (1 - p)) + rng.normal(0, DOUBT_LOGIT, len(p))
        shared = rng.random(table.group.max() + 1)[table.group]
        level = np.where(rng.random(len(p)) < 0.5, shared, rng.random(len(p)))
        present = level < 1 / (1 + np.exp(-logit))
        share = np.where(present, MENTIONED_PRESENT, MENTIONED_ABSENT)
        share = np.where(table.stated[:, truth], share, share * BESIDE_THE_POINT)
        mention = rng.random(len(p)) < share
        read = present ^ (rng.random(len(p)) < MISREAD)
        rows = np.flatnonzero(mention & observed)
        signs = tuple(_sign(names[row], present=bool(read[row])) for row in rows)
        if about_mineral(findings(signs, gamut.weights), gamut.weights):
            patients.append(Patient(truth, _age(rng, truth), _sex(rng, truth), signs))
    return patients


def _sign(name: str, *, present: bool) -> Sign:
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
    """Drop or flip a fifth of the signs."""
    kept = []
    for sign in patient.signs:
        draw = rng.random()
        if draw >= SCRAMBLED:
            kept.append(sign)
        elif draw >= SCRAMBLED / 2:
            kept.append(_sign(sign.name, present=sign.presence is not Presence.PRESENT))
    return Patient(patient.truth, patient.age_years, patient.sex, tuple(kept))


def scores(patients: list[Patient]) -> np.ndarray:
    """Log weights before the temperature, one row a patient."""
    gamut = load_gamut()
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


def calibration_error(posterior: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    """Mean gap between the first candidate's probability and how often it is right."""
    first, top = posterior.argmax(axis=1), posterior.max(axis=1)
    right = first == truth
    place = np.minimum((top * bins).astype(int), bins - 1)
    gaps = [abs((top - right)[place == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(top))


def within(score: np.ndarray, truth: np.ndarray, places: int) -> float:
    """Share of patients whose condition is among the first places."""
    better = (score > score[np.arange(len(truth)), truth][:, None]).sum(axis=1)
    return float((better < places).mean())


def warnings(posterior: np.ndarray, truth: np.ndarray) -> None:
    """Print how often a condition that forbids a biopsy warns where it is, and where it is not."""
    gamut = load_gamut()
    total = posterior @ table_of(gamut).members @ table_of(gamut).members.T
    print("forbids biopsy                    warned where it is   where it is not")
    for column, condition in enumerate(gamut.conditions):
        if any("biopsy" in avoid.forbids for avoid in condition.avoid):
            family = [c.family == condition.family for c in gamut.conditions]
            warned, mine = total[:, column] >= condition.threshold, truth == column
            others = ~np.array(family)[truth]
            print(
                f"{condition.id:33} {warned[mine].sum():6}/{mine.sum():<6}"
                f"{warned[others].sum():12}/{others.sum()}"
            )


def main() -> None:
    """Print the table of temperatures and the ranks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    patients = simulate(rng, args.patients)
    truth = np.array([patient.truth for patient in patients])
    score = scores(patients)
    print(
        f"gamut {load_gamut().version}, {len(patients)} patients, seed {args.seed}, "
        f"{np.mean([len(p.signs) for p in patients]):.1f} signs each"
    )
    print("temperature  log loss  calibration error")
    for temperature in (*TEMPERATURES, table_of(load_gamut()).temperature):
        posterior = softmax(score / temperature)
        loss = -np.log(np.maximum(posterior[np.arange(len(truth)), truth], 1e-12)).mean()
        print(f"{temperature:11.2f}  {loss:8.3f}  {calibration_error(posterior, truth):17.3f}")
    print("the last line is the temperature in use")
    warnings(softmax(score / table_of(load_gamut()).temperature), truth)
    worse = [scramble(rng, patient) for patient in patients]
    for name, rows in (("as simulated", score), ("a fifth scrambled", scores(worse))):
        first, third = within(rows, truth, 1), within(rows, truth, 3)
        print(f"{name:18} first {100 * first:.1f} %   among three {100 * third:.1f} %")


if __name__ == "__main__":
    main()
