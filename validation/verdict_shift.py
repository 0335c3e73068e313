"""Lesions that check the fitted verdict: the same generator under another scanner, in the pelvis.

Patients are those of ``trabecula validate --variant train``: the judge's scanner and label maps,
the trainer's lesions, seeds below 1,000,000. Nothing is fitted to them.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from verdict_lesions import SEEDS_BELOW, row_of

from trabecula.describe.lesion import observe_lesion
from trabecula.see import see
from trabecula.validate.acquire import acquire
from trabecula.validate.condition import Case, Condition
from trabecula.validate.host import paint
from trabecula.validate.matching import match
from trabecula.validate.truth import truth_of

SLICES_MM = (2.25, 3.0, 5.25)
"""Slices of every patient, beside thin ones of 0.75 or 1.5 mm."""

SHARP_SHARE = 0.25
"""So many patients are scanned with a sharp kernel, which rings."""


def shifted_rows(seed: int) -> Iterator[dict[str, Any]]:
    """Every lesion of one patient that seeing found, in four scans with a label map."""
    if not 0 <= seed < SEEDS_BELOW:
        raise SystemExit("Seeds from 1,000,000 on belong to the judge.")
    case = Case("phantom", 0, seed, variant="train", conditions=_conditions(seed), both=False)
    patient = paint(case)
    for condition in case.conditions:
        scan = acquire(patient, condition, margin_mm=case.margin_mm)
        truths = truth_of(patient, scan, condition)
        seen = see(scan.volume, anatomy=scan.anatomy)
        for label, (place, dice) in match(seen.lesions, scan.bodies).pairs.items():
            truth = truths[label]
            if truth.expected_kind != "lesion":
                continue
            measured = observe_lesion(seen.lesions[place], seen, scan.volume)
            yield {
                "seed": seed,
                "map": True,
                **{k: getattr(truth, k) for k in ("model", "mineral", "pattern", "contact")},
                "rim_mm": truth.rim_thickness_mm,
                "size_mm": truth.size_mm,
                "slice_mm": condition.slice_mm,
                "pixel_mm": condition.pixel_mm,
                "below_floor": truth.below_floor,
                "dice": round(dice, 3),
                **row_of(measured),
            }


def _conditions(seed: int) -> tuple[Condition, ...]:
    random = np.random.default_rng((seed, 77))
    pixel = float(random.uniform(0.7, 0.9))
    made = []
    for step in (float(random.choice([0.75, 1.5])), *SLICES_MM):
        sharp = random.random() < SHARP_SHARE
        made.append(
            Condition(
                slice_mm=step,
                pixel_mm=pixel,
                blur_fwhm_mm=float(random.uniform(0.8, 1.0) if sharp else random.uniform(1.0, 1.4)),
                overshoot=float(random.uniform(0.15, 0.4)) if sharp else 0.0,
                noise_hu=float(random.uniform(8.0, 28.0)),
                noise_seed=seed,
            )
        )
    return tuple(made)
