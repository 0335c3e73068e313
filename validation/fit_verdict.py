"""Fit the verdict: draw lesions, fit the log odds, calibrate them, write weights and model card.

Run it from the repository's root: ``python validation/fit_verdict.py --cache FILE``. The cache
holds the measured lesions, one patient a line; patients that are in it are not simulated again.
The judging suites play no part (see ``verdict_lesions.py``). ``--shift FILE`` checks the result
on lesions of another scanner (see ``verdict_shift.py``).
"""

import argparse
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from verdict_card import card
from verdict_lesions import lesion_rows
from verdict_shift import shifted_rows

from trabecula.describe.evidence import combined
from trabecula.describe.observation import Observations
from trabecula.describe.verdict import MOST_LOG_ODDS, weighed_signs, withheld
from trabecula.describe.weighing import terms_of, typed
from trabecula.model import Measured, Presence, Sign

WEIGHTS = Path("src/trabecula/describe/weights.toml")
CARD = Path("docs/verdict-model-card.md")
Row = dict[str, Any]

HAND_SHARE = 0.7
"""The fit is drawn toward this part of the weights that were set by hand before it."""

LEAST_SHARE = 0.2
"""… and a present sign keeps at least this part of it: a reader who sees a rim expects it to
count, even where a figure says the same."""

RIDGE = (0.0005, 0.001, 0.002, 0.004)
"""Strengths of the penalty tried, against a mean log loss."""

RISE_SPREAD = 1.0
"""Spread of a stretch of a figure that costs as much as a spread of 1 of a sign's log odds."""

SURE_THIN, SURE_THICK = 0.96, 0.93
"""Balanced accuracy wanted of the lesions that are called: on thin slices a little less than the
goal of 0.97, which would leave more open than its goal of 15 % allows."""

MOST_WRONG = 0.04
"""Share of the resolved lesions that may be called wrong."""

BANDS = np.arange(0.80, 0.951, 0.01)
"""Probabilities tried from which a kind is named: odds of four to one at least."""

STEEPEST = 2.0
"""No stretch of a figure moves the log odds further."""

LOST_SHARE = 0.4
"""Weight of a lesion that was not found and is described by a perturbed outline of the truth."""

LEAST_SEEN = 8
"""A sign met in fewer lesions keeps the weight that was set by hand."""

HEADER = (
    "How far each sign and figure moves the verdict: log odds, positive toward ossification.",
    "Written by validation/fit_verdict.py: change texts, bounds and `hand` here, numbers there.",
    "sign: `present` or `absent` times how sure the sign is (0 at a coin toss, 1 when sure).",
    "  `explains`: what it brings about itself counts for a fifth. `needs`: where that sign could",
    "  not be assessed, this one counts for half. `hand`: what was set before the fit, which is",
    "  drawn toward it and keeps it where the lesions do not show the sign. `bound`: the direction",
    "  that clinical sense demands of either, 0 for none. `fixed`: kept as set by hand, where the",
    "  mix of lesions that was drawn would decide it.",
    "figure: the log odds rise by `rise` over the stretches between the points `at`, and are level",
    "  beyond them; at `neutral` they are 0. `bound`: as above. `most`: no stretch rises further.",
)

FOLDS = 8
"""Groups of patients that are left out in turn."""

THIN_MM, THICK_MM, SIZED_MM = 1.5, 2.9, 10.0
SCALES, FLAT = np.arange(0.3, 4.01, 0.05), 1.01
"""Scales of the log odds tried, and how far above the least a log loss is as good."""

FEW = 80
"""Lesions of this size that a usual run of the judging suites has."""

SIZES_MM = (10.0, 15.0, 25.0, 1000.0)


def main() -> None:
    """Simulate what is missing, fit, and write."""
    args = _arguments()
    if args.patients:
        simulate(_patient, args.cache, first=args.first, patients=args.patients, jobs=args.jobs)
    if args.shift and args.shift_patients:
        simulate(_shifted, args.shift, first=args.shift_first, patients=args.shift_patients,
                 jobs=args.jobs)  # fmt: skip
    rows, seeds = cached(args.cache)
    fit = Fit(rows, tomllib.loads(WEIGHTS.read_text(encoding="utf-8")))
    facts = fit.run()
    facts["seeds"] = [min(seeds), max(seeds)]
    facts["patients"] = len(seeds)
    facts["commit"] = _commit()
    if args.shift:
        rows, seeds = cached(args.shift)
        facts["shift"] = Fit(rows, fit.table, centred=False).judged(facts["call_at"])
        facts["shift"]["patients"] = len(seeds)
    sys.stdout.write(json.dumps(facts, indent=1) + "\n")
    if args.write:
        WEIGHTS.write_text(fit.toml(facts), encoding="utf-8")
        CARD.write_text(card(facts, fit.table), encoding="utf-8")


def cached(paths: Sequence[Path]) -> tuple[list[Row], list[int]]:
    """Rows of the patients that are in the caches, and their seeds."""
    patients = [json.loads(line) for path in paths for line in path.open()]
    return [row for one in patients for row in one["rows"]], [one["seed"] for one in patients]


def simulate(
    maker: Callable[[int], str], cache: Sequence[Path], *, first: int, patients: int, jobs: int
) -> None:
    """Add patients to the cache that are not in it yet."""
    done = {json.loads(line)["seed"] for path in cache if path.exists() for line in path.open()}
    seeds = [seed for seed in range(first, first + patients) if seed not in done]
    os.nice(10)
    with Pool(jobs) as pool, cache[0].open("a") as out:
        for line in pool.imap_unordered(maker, seeds):
            out.write(line + "\n")
            out.flush()


def _patient(seed: int) -> str:
    return json.dumps({"seed": seed, "rows": list(lesion_rows(seed))})


def _shifted(seed: int) -> str:
    return json.dumps({"seed": seed, "rows": list(shifted_rows(seed))})


class Fit:
    """Lesions laid out as terms, and the weights fitted to them."""

    def __init__(self, rows: Sequence[Row], table: dict[str, Any], *, centred: bool = True) -> None:
        self.table = table
        self.rows = list(rows)
        for row in self.rows:
            row["evidence"] |= combined(row["evidence"])
            row["signs"] = _signs(row)
            row["unresolved"] = withheld(row["signs"], row["evidence"])
        if centred:
            self._centre()
        self.columns = ["prior"]
        self.columns += [f"{n}:{p}" for n in table["sign"] for p in ("present", "absent")]
        self.columns += [
            f"{name}#{part}"
            for name, row in table["figure"].items()
            for part in range(len(row["rise"]))
        ]
        self.terms = np.array([self._terms(row) for row in self.rows])
        self.bone = np.array([row["mineral"] == "ossification" for row in self.rows])
        self.folds = np.array([row["seed"] // 2 % FOLDS for row in self.rows])
        self.models = np.array([row["model"] for row in self.rows])
        self.found = np.array([row["dice"] > 0 for row in self.rows])
        self.thin = np.array([row["slice_mm"] <= THIN_MM for row in self.rows])
        self.thick = np.array([row["slice_mm"] >= THICK_MM for row in self.rows])
        self.sized = np.array([row["size_mm"] >= SIZED_MM for row in self.rows])
        self.floor = np.array([row["below_floor"] for row in self.rows])
        self.unresolved = np.array([row["unresolved"] for row in self.rows])
        self.limits, self.centre = self._constraints()

    def _centre(self) -> None:
        """Put the neutral point of each figure midway between the means of the two kinds."""
        for name, row in self.table["figure"].items():
            means = []
            for kind in ("ossification", "calcification"):
                values = [
                    np.clip(r["evidence"][name], row["at"][0], row["at"][-1])
                    for r in self.rows
                    if r["mineral"] == kind and name in r["evidence"] and not r["unresolved"]
                ]
                means.append(float(np.mean(values)) if values else row["neutral"])
            row["neutral"] = round(sum(means) / 2.0, 3)

    def _terms(self, row: Row) -> list[float]:
        values = dict.fromkeys(self.columns, 0.0)
        values["prior"] = 1.0
        table = typed(self.table, prior=0.0, call_at=0.8)
        for term in terms_of(row["signs"], row["evidence"], table):
            if term.presence is not None:
                values[f"{term.name}:{term.presence.value}"] += term.value
            for part, share in enumerate(term.stretches):
                values[f"{term.name}#{part}"] += term.value * share
        return [values[name] for name in self.columns]

    def _constraints(self) -> tuple[list[tuple[float, float]], np.ndarray]:
        """Signs that clinical sense demands, and where the fit is drawn to."""
        limits: list[tuple[float, float]] = []
        centre = []
        for number, name in enumerate(self.columns):
            sign, _, presence = name.partition(":")
            if name == "prior":
                limits.append((0.0, 0.0))  # neither kind is assumed before looking
                centre.append(0.0)
            elif presence:
                row, at = self.table["sign"][sign], ("present", "absent").index(presence)
                hand = row["hand"][at]
                seen = int((np.abs(self.terms[~self.unresolved, number]) > 0.01).sum())
                if hand == 0.0 or seen < LEAST_SEEN or row.get("fixed"):
                    limits.append((hand, hand))
                    centre.append(hand)
                else:
                    low, high = _limits(row["bound"][at])
                    least = LEAST_SHARE * hand if presence == "present" else 0.0
                    limits.append((least, high) if low == 0.0 else (low, min(high, least)))
                    centre.append(HAND_SHARE * hand)
            else:
                figure = self.table["figure"][name.partition("#")[0]]
                low, high = _limits(figure["bound"])
                most = figure.get("most", STEEPEST)
                limits.append((max(low, -most), min(high, most)))
                centre.append(0.0)
        return limits, np.array(centre)

    def fitted(self, use: np.ndarray, ridge: float) -> np.ndarray:
        """Weights of least penalised log loss; every model of a kind counts alike."""
        terms, bone, models = self.terms[use], self.bone[use], self.models[use]
        found = self.found[use]
        share = np.zeros(len(terms))
        for kind in (True, False):
            names = np.unique(models[bone == kind])
            for model in names:
                own = (models == model) & (bone == kind)
                part = np.where(found[own], 1.0, LOST_SHARE)
                share[own] = 0.5 / len(names) * part / part.sum()
        sides = np.where(bone, 1.0, -1.0)
        spread = np.array([RISE_SPREAD if "#" in c else 1.0 for c in self.columns])

        def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
            margin = sides * (terms @ weights)
            away = (weights - self.centre) / spread
            value = share @ np.logaddexp(0.0, -margin) + ridge * away @ away
            slope = -(share * sides / (1.0 + np.exp(margin))) @ terms
            return float(value), slope + 2.0 * ridge * away / spread

        start = np.clip(self.centre, *np.array(self.limits).T)
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=self.limits)
        return np.asarray(found.x)

    def left_out(
        self, groups: np.ndarray, ridge: float, without: np.ndarray | None = None
    ) -> np.ndarray:
        """Log odds of every lesion by a fit that has not met its group; nor lesions ``without``."""
        out = np.full(len(self.rows), np.nan)
        kept = ~self.unresolved if without is None else ~self.unresolved & ~without
        for group in np.unique(groups if without is None else groups[~without]):
            own = groups == group
            out[own] = self.terms[own] @ self.fitted(kept & ~own, ridge)
        return out

    def run(self) -> dict[str, Any]:
        """Choose the penalty, fit, calibrate and choose the band on patients left out; measure."""
        kept = ~self.unresolved
        losses = {ridge: self._loss(self.left_out(self.folds, ridge), kept) for ridge in RIDGE}
        ridge = min(losses, key=lambda r: losses[r])
        odds = self.left_out(self.folds, ridge)
        scale = self._scale(odds, self.sized & self.found)
        call_at = self._band(_probability(scale * odds), kept)
        by_patient, by_model = self._nested(self.folds, ridge), self._nested(self.models, ridge)
        weights = self.fitted(kept, ridge) * scale
        self._store(weights, call_at)
        return {
            "lesions": len(self.rows),
            "lost_share": LOST_SHARE,
            "sure": [SURE_THIN, SURE_THICK],
            "most_wrong": MOST_WRONG,
            "sizes_mm": SIZES_MM,
            "hand_share": HAND_SHARE,
            "ridge": ridge,
            "log_loss": {str(r): round(v, 4) for r, v in losses.items()},
            "temperature": round(1.0 / scale, 3),
            "call_at": call_at,
            "left_out": self.measured(by_model, call_at),
            "patients_left_out": self.measured(by_patient, call_at),
            "fitted": self.measured(_probability(self.terms @ weights), call_at),
            "few": [FEW, round(self._few(_probability(scale * odds), call_at), 4)],
            "counts": {str(m): int((self.models == m).sum()) for m in np.unique(self.models)},
            "seen": round(float(np.mean([row["dice"] > 0 for row in self.rows])), 3),
        }

    def judged(self, call_at: float) -> dict[str, Any]:
        """Judge the lesions by the weights of the table as they are."""
        weights = [self.table["fit"]["prior"]]
        for name in self.columns[1:]:
            sign, _, presence = name.partition(":")
            figure, _, part = name.partition("#")
            weights.append(
                self.table["sign"][sign][presence]
                if presence
                else self.table["figure"][figure]["rise"][int(part)]
            )
        return self.measured(_probability(self.terms @ np.array(weights)), call_at)

    def _nested(self, groups: np.ndarray, ridge: float) -> np.ndarray:
        """Probability of every lesion; neither fit nor calibration has met its group."""
        kept, out = ~self.unresolved, np.full(len(self.rows), np.nan)
        for group in np.unique(groups):
            own = groups == group
            inner = self.left_out(self.folds, ridge, without=own)
            scale = self._scale(inner, self.sized & ~own & self.found)
            out[own] = scale * (self.terms[own] @ self.fitted(kept & ~own, ridge))
        return _probability(out)

    def _loss(self, odds: np.ndarray, use: np.ndarray) -> float:
        margin = np.where(self.bone, 1.0, -1.0) * self._scale(odds, use) * odds
        return float(np.mean([
            np.logaddexp(0.0, -margin[use & (self.models == m)]).mean()
            for m in np.unique(self.models[use])
        ]))  # fmt: skip

    def _scale(self, odds: np.ndarray, use: np.ndarray) -> float:
        """Scale of the log odds that were left out: 1 over the temperature.

        Log loss is flat about its least, where few lesions that are surely wrong hold it down; of
        the scales there, the one of least calibration error is taken.
        """
        use = use & np.isfinite(odds)
        found = []
        for scale in SCALES:
            probability = self._told(_probability(scale * odds), BANDS[0])
            sure = np.where(self.bone, probability, 1.0 - probability)[use]
            error = calibration(probability[use], self.bone[use])
            found.append((float(-np.log(sure).mean()), error, float(scale)))
        least = min(loss for loss, _, _ in found)
        return min((error, scale) for loss, error, scale in found if loss <= FLAT * least)[1]

    def _band(self, probability: np.ndarray, kept: np.ndarray) -> float:
        """Return the least probability that gives the wanted accuracies, on patients left out."""
        right = (probability >= 0.5) == self.bone
        use = kept & self.sized & self.found
        for call_at in BANDS:
            called = use & ((probability >= call_at) | (probability <= 1.0 - call_at))
            reached = [
                balanced(right[called & own], self.bone[called & own]) >= wanted
                for own, wanted in ((self.thin, SURE_THIN), (self.thick, SURE_THICK))
            ]
            if all(reached) and (called & ~right).sum() <= MOST_WRONG * use.sum():
                return round(float(call_at), 2)
        return round(float(BANDS[-1]), 2)

    def _store(self, weights: np.ndarray, call_at: float) -> None:
        self.table["fit"] = {"prior": round(float(weights[0]), 3), "call_at": call_at}
        for name, weight in zip(self.columns[1:], weights[1:], strict=True):
            sign, _, presence = name.partition(":")
            if presence:
                low, high = self.limits[self.columns.index(name)]
                row = self.table["sign"][sign]
                row[presence] = low if low == high else round(float(weight), 3)
            else:
                figure, _, part = name.partition("#")
                self.table["figure"][figure]["rise"][int(part)] = round(float(weight), 3)

    def measured(self, probability: np.ndarray, call_at: float) -> dict[str, Any]:
        """Figures of DESIGN section 7, by slice class, and right, open, wrong by model."""
        called = np.where(probability >= call_at, 1, np.where(probability <= 1 - call_at, 0, -1))
        called[self.unresolved] = -1
        probability = self._told(probability, call_at)
        classes = {"thin": self.thin, "between": ~self.thin & ~self.thick, "thick": self.thick}
        out: dict[str, Any] = {}
        for name, own in {**classes, "all": np.ones(len(called), dtype=bool)}.items():
            use = own & self.sized & self.found
            told = use & (called >= 0)
            resolved = use & ~self.floor
            out[name] = {
                "lesions": int(use.sum()),
                "balanced_accuracy": round(
                    balanced((called == self.bone)[told], self.bone[told]), 4
                ),
                "without_abstaining": round(
                    balanced(((probability >= 0.5) == self.bone)[resolved], self.bone[resolved]), 4
                ),
                "calibration_error": round(calibration(probability[use], self.bone[use]), 4),
                "calibration_expected": round(expected(probability[use]), 4),
                "abstained": round(float((called[resolved] < 0).mean()), 4),
                "wrong": int((told & (called != self.bone)).sum()),
                "below_floor": int((own & self.floor & self.found).sum()),
                "abstained_below_floor": round(
                    float((called[own & self.floor & self.found] < 0).mean()), 4
                ),
            }
        table = {}
        for model in np.unique(self.models):
            table[str(model)] = {
                name: [
                    int((called[use] == self.bone[use]).sum()),
                    int((called[use] < 0).sum()),
                    int(((called[use] >= 0) & (called[use] != self.bone[use])).sum()),
                ]
                for name, own in classes.items()
                if (
                    use := own & self.sized & self.found & ~self.floor & (self.models == model)
                ).any()
            }
        out["by_model"] = table
        out["by_size"] = self._by_size(called)
        out["wrong"] = [
            {k: self.rows[n][k] for k in ("model", "pattern", "contact", "slice_mm", "size_mm")}
            | {"p": round(float(probability[n]), 3), "dice": self.rows[n]["dice"]}
            for n in np.flatnonzero((called >= 0) & (called != self.bone) & self.sized & self.found)
        ]
        return out

    def _by_size(self, called: np.ndarray) -> dict[str, Any]:
        """Right, open and wrong above the floor, by model, slice and size."""
        sizes = np.array([row["size_mm"] for row in self.rows])
        classes = (self.thin, ~self.thin & ~self.thick, self.thick)
        use = self.sized & self.found & ~self.floor
        table = {}
        for model in np.unique(self.models):
            cells = []
            for own in classes:
                for low, high in pairwise(SIZES_MM):
                    here = use & own & (self.models == model) & (sizes >= low) & (sizes < high)
                    told, right = called[here] >= 0, called[here] == self.bone[here]
                    cells.append([
                        int((told & right).sum()), int((~told).sum()), int((told & ~right).sum())
                    ])  # fmt: skip
            table[str(model)] = cells
        return table

    def _told(self, probability: np.ndarray, call_at: float) -> np.ndarray:
        """Probabilities as the verdict states them: what is withheld stays between the calls."""
        between = np.clip(probability, 1.0 - call_at, call_at)
        return np.where(self.unresolved, between, probability)

    def _few(self, probability: np.ndarray, call_at: float) -> float:
        return expected(self._told(probability, call_at)[self.sized & self.found], FEW)

    def toml(self, facts: Mapping[str, Any]) -> str:
        """Return ``weights.toml``, with where its numbers come from."""
        left = facts["left_out"]
        thin, thick, whole = left["thin"], left["thick"], left["all"]
        lines = [
            *(f"# {line}" for line in HEADER),
            f"# Fitted to {facts['lesions']} simulated lesions of {facts['patients']} patients, "
            f"seeds {facts['seeds'][0]} to {facts['seeds'][1]},",
            f"# generator `train`, at commit {facts['commit']}. On models left out, from 10 mm:",
            f"# balanced accuracy {thin['balanced_accuracy']:.3f} at up to 1.5 mm and "
            f"{thick['balanced_accuracy']:.3f} from 3 mm, calibration error",
            f"# {whole['calibration_error']:.3f}, abstained {thin['abstained']:.1%} and "
            f"{thick['abstained']:.1%}.",
            "",
            "[fit]",
            f"prior = {self.table['fit']['prior']}",
            f"call_at = {self.table['fit']['call_at']}",
            "",
        ]
        for kind in ("sign", "figure"):
            for name, row in self.table[kind].items():
                lines += [f"[{kind}.{name}]", *(f"{k} = {_literal(v)}" for k, v in row.items()), ""]
        return "\n".join(lines)


def balanced(right: np.ndarray, bone: np.ndarray) -> float:
    """Mean of the shares of bone and of calcium that are right."""
    shares = [float(right[bone == kind].mean()) for kind in (True, False) if (bone == kind).any()]
    return float(np.mean(shares)) if shares else 0.0


def calibration(probability: np.ndarray, bone: np.ndarray) -> float:
    """Mean gap between probability and share of bone over ten equal bins."""
    bins = np.minimum((probability * 10).astype(int), 9)
    gaps = [
        abs(probability[bins == b].mean() - bone[bins == b].mean()) * (bins == b).sum()
        for b in np.unique(bins)
    ]
    return float(sum(gaps) / max(len(bone), 1))


def expected(probability: np.ndarray, lesions: int | None = None) -> float:
    """Calibration error that exactly right probabilities measure on so many lesions."""
    random = np.random.default_rng(0)
    lesions = lesions or len(probability)
    drawn = [random.choice(probability, lesions) for _ in range(200)]
    return float(np.mean([calibration(p, random.random(lesions) < p) for p in drawn]))


def _probability(odds: np.ndarray) -> np.ndarray:
    levelled = MOST_LOG_ODDS * np.tanh(odds / MOST_LOG_ODDS)
    return np.asarray(1.0 / (1.0 + np.exp(-levelled)))


def _signs(row: Row) -> tuple[Sign, ...]:
    signs = tuple(
        Sign(name, Presence(presence), certainty=sure, reason="measured")
        for name, (presence, sure) in row["signs"].items()
    )
    figures = {name: Measured(value, "1", "measured") for name, value in row["figures"].items()}
    return weighed_signs(Observations(signs, figures), row["evidence"])


def _limits(bound: int) -> tuple[float, float]:
    return {1: (0.0, 6.0), -1: (-6.0, 0.0), 0: (-6.0, 6.0)}[bound]


def _literal(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_literal(part) for part in value)}]"
    return repr(value)


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.strip()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, nargs="+", required=True)
    parser.add_argument("--patients", type=int, default=0, help="how many to simulate")
    parser.add_argument("--first", type=int, default=1000, help="first seed")
    parser.add_argument("--shift", type=Path, nargs="*", default=[], help="another scanner's")
    parser.add_argument("--shift-patients", type=int, default=0)
    parser.add_argument("--shift-first", type=int, default=20_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="write weights and model card")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
