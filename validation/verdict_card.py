"""The model card of the verdict, as Markdown."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

CLASSES = {"thin": "up to 1.5 mm", "between": "2 to 2.5 mm", "thick": "3 mm and more", "all": "all"}

INTRO = """\
# Model card of the verdict

Written by `validation/fit_verdict.py`. The verdict says of each lesion whether it is calcium or
bone, with a probability, or that it cannot tell. It is a sum of log odds: one weight for each
sign that is present or absent, one curve for each figure, nothing else. The report lists every
weight that moved it. The numbers are in `src/trabecula/describe/weights.toml`; this page says
where they come from.

Research use only; not a medical device. Fitted to simulated lesions alone. No patient with
histology was seen by the fit, so its figures say how well it tells these simulated lesions apart,
no more.
"""

DATA = """\
## Data

{lesions} lesions in scans of {patients} simulated patients (seeds {low} to {high}; the judging
suites use seeds from 1,000,000 on). Every patient gives a thin scan and the thick one averaged
from it. Hosts are shoulder, knee, elbow, neck and thorax, of the simulator's own plan. The
generator is `train`; the judge's is another one, that shares neither shapes nor textures with it.
The scanner is the simulator's, the judge has one of its own: {found:.0%} of the lesions were
found by seeing itself, three quarters of the patients with a label map; the others are described
by a perturbed outline of the truth and weigh {lost:.1f} as much. The figures below are of found
lesions alone. Every model of lesion counts alike within its kind, and the two kinds alike:

| model | lesions |
| --- | --- |
{counts}
"""

FIT = """\
## Fit

Logistic regression by L-BFGS-B on a log loss with a quadratic penalty (strength {ridge}, the best
of {ridges} on patients left out) that draws each sign to {hand} of what was set by hand before,
and each stretch of a figure's curve to 0. Clinical sense bounds the sign of a weight: a rim never
speaks for calcium. Signs that hardly occur in the data keep the weight set by hand. Correlated
signs share their weight by the penalty. Neither kind is assumed before looking: there is no prior.
Calibration: one temperature ({temperature}) on patients left out and lesions of 10 mm and more; of
those whose log loss is within 1 % of the least, the one of least calibration error. A kind is
named from a probability of {call_at} on, the least at which, of lesions of 10 mm and more of
patients left out, the balanced accuracy of the called ones is {thin} on thin and {thick} on thick
slices and at most {wrong:.0%} of the resolved ones are called wrong. Log odds level off at a
probability of 0.98.

Below the resolution floor (about three resolution elements across, two slices along the body) the
verdict is withheld, but for small dense foci, flecks and tram tracks, which are called calcium by
rules that were set by hand. The lack of architecture counts little in mineral as faint as young
bone.
"""

FIGURES = """\
## Figures

Lesions of 10 mm and more (diameter of the sphere of their volume) that were found. *Models left
out* is the honest figure: each model of lesion is judged by weights and a temperature that have
not met it. *Patients left out* (8 groups) is what to expect of lesions like these.

{tables}

Right, open and wrong by model, above the floor, models left out, thin / between / thick:

| model | models left out |
| --- | --- |
{models}

The same of patients left out, by slice and size:

{sizes}
{shift}
"""

SHIFT = """\

### Another scanner, another part of the body

{patients} patients of the same generator that no fit and no calibration has met, scanned as the
judge scans (another point spread, noise spectrum, kernel with and without overshoot, slices of
0.75 to 5.25 mm, label maps of 1.5 mm), in the pelvis:

{table}

Their calibration error is {error:.3f}; exactly right probabilities would measure {expected:.3f}.
"""


LIMITS = """\
## Limits

- The goal is a balanced accuracy of 0.97 at up to 1.5 mm and 0.93 at 3 to 5 mm, a calibration
  error of 0.05, and 15 % open at most. On patients left out:
  {reached}.
- A model of lesion that the fit has not met is told apart worse, and its probabilities are too
  sure. See the table of models left out.
- Young bone without architecture is meant to be left open: nothing in one scan tells it from
  faint calcium. What fills three slices or hardly more than the resolution floor counts its
  figures in part, so that thick slices leave more open; so do thin sheets, and speckles that are
  found in pieces.
- Signs and figures were chosen, and the accuracy at which a kind is named was settled, while
  looking at these same lesions, and at those of the other scanner. So all tables are on the
  bright side: they had a say in which figures exist, though not in the weights that judge them.
- Simulated lesions are more alike than real ones; their densities in particular follow from the
  generator. Density by itself is weighed in the small dense focus, the dense mass on bone, the
  level of the middle and that of the rim. Shape by itself, the elongation, can move the log odds
  by {shape:.1f} from end to end.
"""


def card(facts: Mapping[str, Any], table: Mapping[str, Any]) -> str:
    """Return the page."""
    counts = "\n".join(f"| `{m}` | {n} |" for m, n in sorted(facts["counts"].items()))
    parts = [
        INTRO,
        DATA.format(
            lesions=facts["lesions"],
            patients=facts["patients"],
            low=facts["seeds"][0],
            high=facts["seeds"][1],
            found=facts["seen"],
            lost=facts["lost_share"],
            counts=counts,
        ),
        FIT.format(
            ridge=facts["ridge"],
            ridges=", ".join(facts["log_loss"]),
            hand=f"{facts['hand_share']:.0%}",
            temperature=facts["temperature"],
            call_at=facts["call_at"],
            wrong=facts["most_wrong"],
            thin=facts["sure"][0],
            thick=facts["sure"][1],
        ),
        _weights(table),
        FIGURES.format(
            tables=_tables(facts), models=_models(facts), sizes=_sizes(facts), shift=_shift(facts)
        ),
        LIMITS.format(
            reached=_reached(facts["patients_left_out"]),
            shape=sum(table["figure"]["elongation"]["rise"]),
        ),
    ]
    return "\n".join(parts)


def _weights(table: Mapping[str, Any]) -> str:
    rows = ["## Weights", "", "| sign | present | absent |", "| --- | --- | --- |"]
    rows += [
        f"| `{name}` | {row['present']:+.2f} | {row['absent']:+.2f} |"
        for name, row in table["sign"].items()
    ]
    rows += ["", "| figure | from … to: log odds gained over the stretch | what it is |",
             "| --- | --- | --- |"]  # fmt: skip
    rows += [
        f"| `{name}` | {_curve(row)} | {row['text']} |" for name, row in table["figure"].items()
    ]
    return "\n".join([*rows, ""])


def _curve(row: Mapping[str, Any]) -> str:
    parts = [
        f"{low:g} … {high:g}: {rise:+.2f}"
        for (low, high), rise in zip(pairwise(row["at"]), row["rise"], strict=True)
        if rise
    ]
    return "; ".join(parts) or "none"


def _tables(facts: Mapping[str, Any]) -> str:
    lines = []
    for part, title in (
        ("left_out", "models left out"),
        ("patients_left_out", "patients left out"),
    ):
        lines += [_table(facts[part], title), ""]
    number, error = facts["few"]
    found = facts["patients_left_out"]["all"]
    lines.append(
        f"A calibration error is never 0 in a sample: exactly right probabilities would measure "
        f"{found['calibration_expected']:.3f} on these {found['lesions']} lesions, and "
        f"{error:.3f} on {number} of them."
    )
    return "\n".join(lines)


def _table(found: Mapping[str, Any], title: str) -> str:
    lines = [
        f"| {title} | lesions | balanced accuracy | wrong | calibration error | open above the "
        "floor | open below it |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for key, words in CLASSES.items():
        row = found[key]
        floor = f"{row['abstained_below_floor']:.0%}" if row["below_floor"] else "–"
        lines.append(
            f"| {words} | {row['lesions']} | {row['balanced_accuracy']:.3f} | {row['wrong']} "
            f"| {row['calibration_error']:.3f} | {row['abstained']:.0%} "
            f"| {floor} of {row['below_floor']} |"
        )
    return "\n".join(lines)


def _models(facts: Mapping[str, Any]) -> str:
    left = facts["left_out"]["by_model"]
    return "\n".join(
        f"| `{model}` | "
        + " / ".join(
            "–" if key not in row else "{} {} {}".format(*row[key])
            for key in ("thin", "between", "thick")
        )
        + " |"
        for model, row in left.items()
    )


def _sizes(facts: Mapping[str, Any]) -> str:
    """Right, open and wrong of every model, by slice and size."""
    edges = facts["sizes_mm"]
    sizes = [f"{low:g}–{high:g} mm" for low, high in pairwise(edges[:-1])]
    sizes.append(f"{edges[-2]:g} mm and more")
    lines = []
    for number, slices in enumerate(("thin", "between", "thick")):
        lines += [
            f"| {CLASSES[slices]} | {' | '.join(sizes)} |",
            "| --- |" + " --- |" * len(sizes),
        ]
        for model, cells in facts["patients_left_out"]["by_size"].items():
            own = cells[number * len(sizes) : (number + 1) * len(sizes)]
            if any(map(any, own)):
                words = " | ".join("{} {} {}".format(*c) if any(c) else "–" for c in own)
                lines.append(f"| `{model}` | {words} |")
        lines.append("")
    return "\n".join(lines)


def _shift(facts: Mapping[str, Any]) -> str:
    if "shift" not in facts:
        return ""
    found = facts["shift"]
    return SHIFT.format(
        patients=found["patients"],
        table=_table(found, "another scanner"),
        error=found["all"]["calibration_error"],
        expected=found["all"]["calibration_expected"],
    )


def _reached(found: Mapping[str, Any]) -> str:
    goals = (
        ("thin slices", found["thin"]["balanced_accuracy"], 0.97, True),
        ("thick slices", found["thick"]["balanced_accuracy"], 0.93, True),
        ("calibration error", found["all"]["calibration_error"], 0.05, False),
        ("open", found["all"]["abstained"], 0.15, False),
    )
    return ", ".join(
        f"{name} {figure:.3f} ({'reached' if (figure >= goal) == more else 'missed'})"
        for name, figure, goal, more in goals
    )
