"""Write docs/reasoning.md: how signs weigh, with one case worked through on real numbers.

python validation/reason_example.py [--out docs/reasoning.md]
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from trabecula.model import Context, Presence, Sign, sign_definitions
from trabecula.reason import load_gamut, reason
from trabecula.reason.evidence import findings
from trabecula.reason.knowledge import OTHER
from trabecula.reason.weighing import table_of, weigh

AGE_YEARS, SEX = 9.0, "M"
PRESENT = ("ossification", "trabeculated", "in_muscle", "bridging", "multifocal", "site_back")
ABSENT = ("trauma",)
SHOWN = ("fop_classic", "posttraumatic_ho", "poh", "jdm_calcinosis", OTHER)
"""Columns of the table: the leader, three rivals, and none of these."""

HOW = """# How signs weigh

A finding moves the odds of each condition by a likelihood ratio: how often the sign is present
in that condition, over how often it is present in everybody sent with mineral in soft tissue. An
absent sign moves them by the ratio of the complements. What the answer shows as bars is the
natural logarithm of these ratios; they add up.

- **Before any sign**, a condition weighs by the word for how often it is met. The weights are
  about the tenth root of true frequencies, because what is sent for an opinion is selected for
  being odd. The files of one family share one weight. Everything that the gamut does not hold has
  a weight of its own, *none of these*, and stays in every list.
- **Age and sex** are priors: the share of patients of that age band over the mean of the gamut.
- **Unknown is not absent.** A sign that nobody spoke of moves nothing. A condition whose file is
  silent on a sign is not moved by it either, unless it declares the sign incompatible, or lists
  the signs of that group completely (sites, mostly).
- **What a history would have told.** Some conditions are hardly ever reported without one of a
  few signs: bone after a burn without the burn. Where a case has a history and tells none of them,
  a quarter of the condition's weight is left. The signs themselves stay unknown, and the answer
  shows this pull among the reasons against.
- **No double counting.** Signs of one group say partly the same thing: for each condition the
  strongest counts whole and each further one half of the one before. Of places the one that fits
  best comes first, because a report also names where nothing is. A general sign is no rarer in a
  condition than the particular one that brings it.
- **Doubt.** A stated sign is right only so often, an absent one less often still, and a sign
  given as *possible* counts by its certainty; so does *several lesions* where it was only
  concluded from the places named. No single sign moves the odds beyond a cap.
- **Counts are shrunk**: one case is added to each side, so 8 of 8 is not certainty. Words of
  frequency (*typical*, *occasional*) are the middles of Orphanet's classes. Only figures counted
  in patients with the condition weigh; a risk after exposure, a share of a class or an outcome is
  printed on the condition's page and weighs nothing.
- **Bone and calcium side by side.** Where both are present, signs of the one do not speak against
  diseases of the other: a patient with bone disease may have calcified veins.
- **Temperature.** The sum is divided by one number before it becomes a probability, so that of
  all answers given with 80 % eight in ten are right. It is fitted on simulated patients only
  (`validation/reason_calibration.py`).
- **Cautions** are given by each condition's own threshold, first or not; for fibrodysplasia
  ossificans progressiva it is 5 %, both forms together. An act that an open condition forbids is
  in no question.
- **The next question** is the one whose answer is expected to lower the doubt most, in bits, less
  what it costs the patient.

`trabecula gamut show NAME` prints a condition with every line, its count or grade and its source;
[the sign atlas](sign-atlas.md) explains every sign; [validation](validation-reasoning.md) shows how
far the probabilities can be trusted."""


def page() -> Iterator[str]:
    """Put explanation and example together."""
    gamut = load_gamut()
    table, known = table_of(gamut), sign_definitions()
    signs = [Sign(name, Presence.PRESENT) for name in PRESENT]
    signs += [Sign(name, Presence.ABSENT) for name in ABSENT]
    found = findings(signs, gamut.weights)
    weighed = weigh(table, found, age_years=AGE_YEARS, sex=SEX)
    ids = [condition.id for condition in gamut.conditions]
    columns = [ids.index(key) for key in SHOWN]
    yield HOW
    yield ""
    yield "## One case worked through"
    yield ""
    yield (
        f"A boy of {AGE_YEARS:.0f}: multifocal trabeculated bone in the muscles of the back, "
        "bridging parts of the skeleton; no injury. Each cell is a natural logarithm; below the "
        f"line stand the sum, and the probability after division by {table.temperature:g} and "
        "over the whole list. Printed by `validation/reason_example.py` from gamut "
        f"{gamut.version}."
    )
    yield ""
    yield "| | " + " | ".join(SHOWN) + " |"
    yield "|---|" + "---:|" * len(SHOWN)
    rows: list[tuple[str, np.ndarray]] = [("weight before any sign", table.prior)]
    rows += [("age", weighed.age_pull), ("sex", weighed.sex_pull)]
    for number, finding in enumerate(found):
        word = "" if finding.present else "no "
        implied = " (follows from another)" if finding.implied else ""
        rows.append((f"{word}{known[finding.name].title}{implied}", weighed.pull[number]))
    for title, values in rows:
        yield f"| {title} | " + " | ".join(f"{values[c]:+.2f}" for c in columns) + " |"
    yield "| **sum** | " + " | ".join(f"**{weighed.score[c]:+.2f}**" for c in columns) + " |"
    shares = [f"**{100 * weighed.posterior[c]:.2f} %**" for c in columns]
    yield "| **probability** | " + " | ".join(shares) + " |"
    yield ""
    yield from one_cell(found[[f.name for f in found].index("in_muscle")].name, ids.index(SHOWN[0]))
    yield ""
    yield from advice(signs)


def one_cell(name: str, column: int) -> Iterator[str]:
    """How one number of the table comes about."""
    gamut = load_gamut()
    table, definition = table_of(gamut), sign_definitions()[name]
    row = table.index[name]
    p, p0 = table.probability[row, column], table.background[row]
    trust = table.reliability[row]
    doubted = np.log((trust * p + (1 - trust) * (1 - p)) / (trust * p0 + (1 - trust) * (1 - p0)))
    condition = gamut.conditions[column]
    line = next(line for line in condition.lines if line.sign == name)
    yield (
        f"One cell: *{definition.title}* is *{line.words}* in {condition.name}, read as "
        f"{p:.2f}; over the whole gamut it is {p0:.3f}. The ratio is {p / p0:.2f}, its logarithm "
        f"{np.log(p / p0):+.2f}; with a sign right {100 * trust:.0f} times in 100 that becomes "
        f"{doubted:+.2f}."
    )


def advice(signs: list[Sign]) -> Iterator[str]:
    """Print what the answer then says."""
    answer = reason(signs, Context(age_years=AGE_YEARS, sex=SEX))
    yield "What the answer then says must not be done:"
    yield ""
    yield from (f"- {caution.text}" for caution in answer.avoid)
    yield ""
    yield "And what to ask next, with what either answer would make of the list:"
    yield ""
    for question in answer.next[:3]:
        yes = ", ".join(f"{key} {100 * p:.0f} %" for key, p in question.if_present[:2])
        no = ", ".join(f"{key} {100 * p:.0f} %" for key, p in question.if_absent[:2])
        yield (f"- {question.text} ({question.expected_gain_bits:.2f} bits; yes: {yes}; no: {no})")


def main() -> None:
    """Print the page and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    text = "\n".join(page()) + "\n"
    sys.stdout.write(text)
    if args.out:
        args.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
