"""Write docs/sign-atlas.md: every sign the program knows, from the data the program runs on.

Definitions come from `signs.toml`, weights from the gamut, and which signs the image layer
measures from what it says of the demonstration patient.

    python validation/sign_atlas.py [--out docs/sign-atlas.md]
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from trabecula.describe import case_signs, describe
from trabecula.model import SignDefinition, sign_definitions
from trabecula.reason import load_gamut
from trabecula.reason.weighing import table_of
from trabecula.see import see
from trabecula.simulate import demo_patient

SPEAKS_FOR = 4
"""So many conditions are named with a sign, on either side."""

LEAST_RATIO = 1.5
"""A likelihood ratio below this is not worth naming."""

TITLES = {
    "mineral": "Kind of mineral",
    "matrix": "Matrix: how the mineral looks inside",
    "zonation": "Zonation: where it is densest",
    "maturity": "Maturity",
    "relation": "Relation to bone",
    "plane": "Tissue it lies in",
    "distribution": "Distribution",
    "site": "Site",
    "composition": "What else is in it",
    "bone": "The skeleton",
    "spread": "Spread",
    "course": "Course",
    "timing": "Time since an event",
    "exam": "Complaint and examination",
    "skin": "Skin",
    "anomaly": "Anomalies",
    "history": "History",
    "lab": "Laboratory",
    "gene": "Gene",
    "histology": "Histology",
    "patient": "Patient",
}


def measured_signs() -> frozenset[str]:
    """Signs that the image layer answers, present, absent or not assessed."""
    patient = demo_patient(seed=0)
    seen = see(patient.volume, anatomy=patient.anatomy)
    signs = case_signs(describe(seen, patient.volume), seen, patient.volume)
    return frozenset(sign.name for sign in signs)


def page(measured: frozenset[str]) -> Iterator[str]:
    """Put the atlas together, kind by kind."""
    known = sign_definitions()
    kinds = [kind for kind in TITLES if any(d.kind == kind for d in known.values())]
    kinds += sorted({d.kind for d in known.values()} - set(kinds))
    coded = sum(bool(d.code) for d in known.values())
    yield "# Sign atlas"
    yield ""
    yield (
        f"Written by `validation/sign_atlas.py`. {len(known)} signs, {coded} of them with a code, "
        f"{len(measured)} measured in the image; all others come from a report or a form."
    )
    yield ""
    yield (
        "*For* and *against* name the conditions whose odds a present sign raises or lowers most, "
        "with the factor that the gamut gives; doubt about the reading makes it smaller in a case. "
        "*Group*: signs of one group say partly the same thing and share one weight. A condition "
        "that is silent on a sign is not moved by it."
    )
    yield ""
    yield "- " + "\n- ".join(f"[{TITLES.get(k, k)}](#{anchor(TITLES.get(k, k))})" for k in kinds)
    for kind in kinds:
        yield ""
        yield f"## {TITLES.get(kind, kind)}"
        for name, definition in known.items():
            if definition.kind == kind:
                yield from entry(name, definition, measured=name in measured)


def anchor(title: str) -> str:
    """Name the heading as links do."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -")
    return kept.replace(" ", "-")


def entry(name: str, definition: SignDefinition, *, measured: bool) -> Iterator[str]:
    """One sign."""
    table, gamut = table_of(load_gamut()), load_gamut()
    row = table.index[name]
    ratio = np.where(table.stated[row], table.probability[row] / table.background[row], 1.0)
    order = np.argsort(-ratio, kind="stable")
    ids = [condition.id for condition in gamut.conditions]
    raised = [n for n in order[:SPEAKS_FOR] if ratio[n] >= LEAST_RATIO]
    lowered = [n for n in order[::-1][:SPEAKS_FOR] if ratio[n] <= 1 / LEAST_RATIO]
    yield ""
    yield f"### {definition.title}"
    yield ""
    yield definition.definition
    yield ""
    code = f" · {definition.code}" if definition.code else ""
    where = " · measured in the image" if measured else ""
    yield f"`{name}` · group `{definition.group}`{code}{where}"
    if raised or lowered or table.stated[row].any():
        yield ""
    if raised:
        yield "- for: " + ", ".join(f"{ids[n]} × {ratio[n]:.2g}" for n in raised)
    if lowered:
        yield "- against: " + ", ".join(f"{ids[n]} ÷ {1 / ratio[n]:.2g}" for n in lowered)
    if table.stated[row].any():
        yield f"- {int(table.stated[row].sum())} conditions say something about it"


def main() -> None:
    """Print the atlas and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    text = "\n".join(page(measured_signs())) + "\n"
    if args.out:
        args.out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
