# ruff: noqa: T201 - a script that prints its figures
"""Fit the temperature of the reasoning on simulated patients (see reason_patients.py).

Prints, for a range of temperatures, the log loss and the calibration error, and at the
temperature in use how often each condition that forbids a biopsy warns.

    python validation/reason_calibration.py [--patients 4000] [--seed 1]
"""

import argparse

import numpy as np
from reason_patients import calibration_error, probabilities, scores, scramble, simulate, within

from trabecula.model.arrays import Float64
from trabecula.reason import load_gamut
from trabecula.reason.weighing import table_of

TEMPERATURES = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.6, 1.8)
"""Tried in turn."""


def warnings(posterior: Float64, truth: Float64) -> None:
    """Print how often a condition that forbids a biopsy warns where it is, and where it is not."""
    gamut = load_gamut()
    members = table_of(gamut).members
    total = posterior @ members @ members.T
    print("forbids biopsy                    warned where it is   where it is not")
    for column, condition in enumerate(gamut.conditions):
        if any("biopsy" in avoid.forbids for avoid in condition.avoid):
            family = np.array([c.family == condition.family for c in gamut.conditions])
            warned, mine = total[:, column] >= condition.threshold, truth == column
            others = ~family[truth]
            print(
                f"{condition.id:33} {warned[mine].sum():6}/{mine.sum():<6}"
                f"{warned[others].sum():12}/{others.sum()}"
            )


def main() -> None:
    """Print the table of temperatures, the warnings and the ranks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    patients = simulate(rng, args.patients)
    truth = np.array([patient.truth for patient in patients])
    score = scores(patients)
    print(f"gamut {load_gamut().version}, {len(patients)} patients, seed {args.seed}")
    print("temperature  log loss  calibration error  mean confidence  right")
    for temperature in (*TEMPERATURES, table_of(load_gamut()).temperature):
        posterior = probabilities(score, temperature)
        loss = -np.log(np.maximum(posterior[np.arange(len(truth)), truth], 1e-12)).mean()
        top, right = posterior.max(axis=1), posterior.argmax(axis=1) == truth
        error = calibration_error(top, right)
        print(
            f"{temperature:11.2f} {loss:9.3f} {error:18.3f} {top.mean():16.3f} {right.mean():6.3f}"
        )
    print("the last line is the temperature in use")
    warnings(probabilities(score), truth)
    worse = scores([scramble(rng, patient) for patient in patients])
    for name, rows in (("as simulated", score), ("a fifth scrambled", worse)):
        first, third = within(rows, truth, 1), within(rows, truth, 3)
        print(f"{name:18} first {100 * first:.1f} %   among three {100 * third:.1f} %")


if __name__ == "__main__":
    main()
