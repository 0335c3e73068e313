"""Fit the interval of the volume: measure lesions whose volume is known, weigh the doubts.

Run it from the repository's root: ``python validation/fit_volume.py --cache FILE``; the cache
holds the measured lesions, one patient a line. The lesions are those that the verdict is fitted to
(``verdict_lesions.py``): generator ``train``, seeds below 1,000,000, hosts and scanner apart from
the judge's. It prints the table ``WEIGHTS`` of ``describe/doubt.py``, and how often the interval
holds the truth of patients that were left out.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage
from scipy.optimize import linprog
from verdict_lesions import SEEDS_BELOW
from verdict_lesions import _averaged as averaged
from verdict_lesions import _patient as drawn_patient

from trabecula.describe.doubt import WEIGHTS, doubts_of
from trabecula.describe.lesion import observe_lesion
from trabecula.describe.volume import believed, volume_of
from trabecula.see import see

Row = dict[str, Any]

FADING = frozenset({"cloud", "speckled", "rings_and_arcs", "fluid_level"})
"""Patterns whose planned border shows no mineral in places; the interval is not fitted to them."""

LEAST_MM = 6.0
"""Smaller lesions are not fitted to: their size is hardly more than one blur."""

LEAST_DICE = 0.5
"""What shares less with a true lesion is a fragment of it, or it and others."""

TOUCHING = frozenset({"calcinosis_circumscripta"})
"""Models of several nodules, of which those that touch are rightly one body in the scan."""

MIDDLE, HELD = 0.7, 0.95
"""The weights' shape is fitted to this quantile of the errors, of which there are enough; then all
are scaled by one factor so that the interval holds this part."""

FOLDS = 6
"""Groups of patients that are left out in turn."""

RIDGE = 0.005
"""Cost of a weight, against a mean loss: a doubt that explains little gets none."""


def main() -> None:
    """Measure what is missing, fit, and print."""
    args = _arguments()
    done = (
        {json.loads(line)["seed"] for line in args.cache.open()} if args.cache.exists() else set()
    )
    seeds = [s for s in range(args.first, args.first + args.patients) if s not in done]
    with Pool(args.jobs) as pool, args.cache.open("a") as out:
        for line in pool.imap_unordered(_patient, seeds):
            out.write(line + "\n")
            out.flush()
    rows = [row for line in args.cache.open() for row in json.loads(line)["rows"]]
    report([row for row in rows if _counts(row)])


def report(rows: Sequence[Row]) -> None:
    """Print the weights of all, and what they are worth on patients that were left out."""
    off = np.log([row["true_ml"] / row["measured_ml"] for row in rows])
    doubts = np.array([[row["doubts"][name] for name in WEIGHTS] for row in rows])
    folds = np.array([row["seed"] for row in rows]) % FOLDS
    held = np.zeros(len(rows), dtype=bool)
    for fold in np.unique(folds):
        own = folds == fold
        weights = fitted(doubts[~own], np.abs(off[~own]))
        held[own] = np.abs(off[own]) <= doubts[own] @ weights
    weights = fitted(doubts, np.abs(off))
    for name, weight in zip(WEIGHTS, weights, strict=True):
        sys.stdout.write(f'    "{name}": {weight:.2f},\n')
    width = float(np.median(np.sinh(doubts @ weights)))
    sys.stdout.write(
        f"{len({row['seed'] for row in rows})} patients, {len(rows)} lesions; patients left out: "
        f"{held.mean():.1%} held; median half width {width:.2f}\n"
    )


def fitted(doubts: np.ndarray, off: np.ndarray) -> np.ndarray:
    """Weights by quantile regression as a linear programme, none below zero, then scaled."""
    count, wide = doubts.shape
    parts = [RIDGE * doubts.mean(axis=0), np.full(count, MIDDLE), np.full(count, 1.0 - MIDDLE)]
    parts[1:] = [part / count for part in parts[1:]]
    equal = np.hstack([doubts, np.eye(count), -np.eye(count)])
    found = linprog(np.concatenate(parts), A_eq=equal, b_eq=off, bounds=(0.0, None))
    weights: np.ndarray = found.x[:wide]
    ratio = off / np.maximum(doubts @ weights, 1e-6)
    return weights * float(np.quantile(ratio, min(HELD * (count + 1) / count, 1.0)))


def _counts(row: Row) -> bool:
    """Whether the interval is fitted to it."""
    whole = row["dice"] >= LEAST_DICE and row["model"] not in TOUCHING
    return bool(row["bordered"] and whole and row["size_mm"] >= LEAST_MM)


def _patient(seed: int) -> str:
    return json.dumps({"seed": seed, "rows": list(lesion_rows(seed))})


def lesion_rows(seed: int) -> Iterator[Row]:
    """Every lesion of one patient that is found, in a thin scan and in a thick one."""
    if not 0 <= seed < SEEDS_BELOW:
        raise SystemExit("Seeds from 1,000,000 on belong to the judge.")
    random = np.random.default_rng((seed, 43))
    patient, _ = drawn_patient(seed, random)
    thin = patient.volume.spacing_kji_mm[0]
    target = float(random.choice([2.0, 3.0, 3.0, 4.0, 5.0, 5.0]))
    for count in (1, max(2, round(target / thin))):
        volume, labels, anatomy = averaged(patient, count)
        seen = see(volume, anatomy=anatomy)
        boxes = ndimage.find_objects(labels)
        sizes = np.bincount(labels.ravel())
        truths = {one.label: one for one in patient.truth if one.expected_kind == "lesion"}
        for lesion in seen.lesions:
            shared = np.bincount(labels[lesion.box][lesion.mask], minlength=len(boxes) + 1)
            shared[0] = 0
            label = int(shared.argmax())
            truth = truths.get(label)
            if truth is None or truth.bodies != 1:
                continue
            dice = 2.0 * shared[label] / (sizes[label] + lesion.mask.sum())
            one = observe_lesion(lesion, seen, volume)
            measured, _ = volume_of(one.patch, one.shell, one.surface)
            veil = truth.mineral == "ossification" and truth.rim_thickness_mm is None
            clumps = truth.model == "calcified_node" and truth.pattern == "amorphous"
            yield {
                "seed": seed,
                "model": truth.model,
                "bordered": not (veil or clumps or truth.pattern in FADING),
                "size_mm": (truth.volume_ml * 6000.0 / np.pi) ** (1 / 3),
                "slice_mm": volume.spacing_kji_mm[0],
                "dice": float(dice),
                "true_ml": truth.volume_ml,
                "measured_ml": measured.value,
                "doubts": dict(doubts_of(one.patch, believed(one.shell), measured.value)),
            }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--first", type=int, default=60_000)
    parser.add_argument("--patients", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
