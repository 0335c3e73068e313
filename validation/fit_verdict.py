"""Fit the verdict: draw lesions, fit the log odds, calibrate them, write weights and model card.

Run it from the repository's root: ``python validation/fit_verdict.py --cache FILE``. The cache
holds the measured lesions, one patient a line; patients that are in it are not simulated again.
The judging suites play no part (see ``verdict_lesions.py``).
"""

import argparse
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from verdict_card import card
from verdict_lesions import lesion_rows

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

RIDGE = (0.0003, 0.001, 0.003, 0.01)
"""Strengths of the penalty tried, against a mean log loss."""

SLOPE_SPREAD = 2.0
"""Spread of a figure's slope that costs as much as a spread of 1 of a sign's log odds."""

SURE_THIN, SURE_THICK = 0.965, 0.94
"""Balanced accuracy wanted of the lesions that are called: the goal of 0.97 on thin slices to two
digits, since the last half per cent would leave a tenth more open, and on thick ones the goal of
0.93 with some room."""

BANDS = np.arange(0.70, 0.951, 0.01)
"""Probabilities tried from which a kind is named."""

STEEPEST = 3.0
"""No figure alone moves the log odds further, from one end of its range to the other."""

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
    "figure: from `low` to `high` the log odds rise by `slope`; at `neutral` they are 0. `of`: the",
    "  figure that is read, where two rows weigh different parts of one.",
)

FOLDS = 8
"""Groups of patients that are left out in turn."""

THIN_MM, THICK_MM, SIZED_MM = 1.5, 2.9, 10.0


def main() -> None:
    """Simulate what is missing, fit, and write."""
    args = _arguments()
    if args.patients:
        simulate(args.cache, first=args.first, patients=args.patients, jobs=args.jobs)
    patients = [json.loads(line) for path in args.cache for line in path.open()]
    rows = [row for patient in patients for row in patient["rows"]]
    fit = Fit(rows, tomllib.loads(WEIGHTS.read_text(encoding="utf-8")))
    facts = fit.run()
    seeds = [patient["seed"] for patient in patients]
    facts["seeds"] = [min(seeds), max(seeds)]
    facts["patients"] = len(seeds)
    facts["commit"] = _commit()
    sys.stdout.write(json.dumps(facts, indent=1) + "\n")
    if args.write:
        WEIGHTS.write_text(fit.toml(facts), encoding="utf-8")
        CARD.write_text(card(facts, fit.table), encoding="utf-8")


def simulate(cache: Sequence[Path], *, first: int, patients: int, jobs: int) -> None:
    """Add patients to the cache that are not in it yet."""
    done = {json.loads(line)["seed"] for path in cache if path.exists() for line in path.open()}
    seeds = [seed for seed in range(first, first + patients) if seed not in done]
    os.nice(10)
    with Pool(jobs) as pool, cache[0].open("a") as out:
        for line in pool.imap_unordered(_patient, seeds):
            out.write(line + "\n")
            out.flush()


def _patient(seed: int) -> str:
    return json.dumps({"seed": seed, "rows": list(lesion_rows(seed))})


class Fit:
    """Lesions laid out as terms, and the weights fitted to them."""

    def __init__(self, rows: Sequence[Row], table: dict[str, Any]) -> None:
        self.table = table
        self.rows = list(rows)
        for row in self.rows:
            row["evidence"] |= combined(row["evidence"])
            row["signs"] = _signs(row)
            row["unresolved"] = withheld(row["signs"], row["evidence"])
        self._centre()
        self.columns = ["prior"]
        self.columns += [f"{n}:{p}" for n in table["sign"] for p in ("present", "absent")]
        self.columns += list(table["figure"])
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
            means, of = [], row.get("of", name)
            for kind in ("ossification", "calcification"):
                parts = [
                    np.clip((r["evidence"][of] - row["low"]) / (row["high"] - row["low"]), 0, 1)
                    for r in self.rows
                    if r["mineral"] == kind and of in r["evidence"] and not r["unresolved"]
                ]
                means.append(float(np.mean(parts)) if parts else 0.5)
            row["neutral"] = round(sum(means) / 2.0, 3)

    def _terms(self, row: Row) -> list[float]:
        values = dict.fromkeys(self.columns, 0.0)
        values["prior"] = 1.0
        table = typed(self.table, prior=0.0, call_at=0.8)
        for term in terms_of(row["signs"], row["evidence"], table):
            mark = "" if term.presence is None else f":{term.presence.value}"
            values[term.name + mark] += term.value
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
                low, high = _limits(self.table["figure"][name]["bound"])
                limits.append((max(low, -STEEPEST), min(high, STEEPEST)))
                centre.append(HAND_SHARE * self.table["figure"][name]["hand"])
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
        spread = np.array([1.0 if ":" in c or c == "prior" else SLOPE_SPREAD for c in self.columns])

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
        losses = {
            ridge: self._loss(self.left_out(self.folds, ridge), kept)
            + self._loss(self.left_out(self.models, ridge), kept)
            for ridge in RIDGE
        }
        ridge = min(losses, key=lambda r: losses[r])
        odds = self.left_out(self.folds, ridge)
        scale = self._scale(odds, kept & self.found)
        call_at = self._band(_probability(scale * odds), kept)
        by_patient, by_model = self._nested(self.folds, ridge), self._nested(self.models, ridge)
        weights = self.fitted(kept, ridge) * scale
        self._store(weights, call_at)
        return {
            "lesions": len(self.rows),
            "lost_share": LOST_SHARE,
            "sure": [SURE_THIN, SURE_THICK],
            "hand_share": HAND_SHARE,
            "ridge": ridge,
            "log_loss": {str(r): round(v, 4) for r, v in losses.items()},
            "temperature": round(1.0 / scale, 3),
            "call_at": call_at,
            "left_out": self.measured(by_model, call_at),
            "patients_left_out": self.measured(by_patient, call_at),
            "fitted": self.measured(_probability(self.terms @ weights), call_at),
            "counts": {str(m): int((self.models == m).sum()) for m in np.unique(self.models)},
            "seen": round(float(np.mean([row["dice"] > 0 for row in self.rows])), 3),
        }

    def _nested(self, groups: np.ndarray, ridge: float) -> np.ndarray:
        """Probability of every lesion; neither fit nor calibration has met its group."""
        kept, out = ~self.unresolved, np.full(len(self.rows), np.nan)
        for group in np.unique(groups):
            own = groups == group
            inner = self.left_out(self.folds, ridge, without=own)
            scale = self._scale(inner, kept & ~own & self.found)
            out[own] = scale * (self.terms[own] @ self.fitted(kept & ~own, ridge))
        return _probability(out)

    def _loss(self, odds: np.ndarray, use: np.ndarray) -> float:
        margin = np.where(self.bone, 1.0, -1.0) * self._scale(odds, use) * odds
        return float(np.mean([
            np.logaddexp(0.0, -margin[use & (self.models == m)]).mean()
            for m in np.unique(self.models[use])
        ]))  # fmt: skip

    def _scale(self, odds: np.ndarray, use: np.ndarray) -> float:
        """Scale of the log odds that were left out, by least log loss: 1 over the temperature."""
        use = use & np.isfinite(odds)
        margin = np.where(self.bone, 1.0, -1.0)[use] * odds[use]

        def loss(scale: float) -> float:
            levelled = MOST_LOG_ODDS * np.tanh(scale * margin / MOST_LOG_ODDS)
            return float(np.logaddexp(0.0, -levelled).mean())

        return float(minimize_scalar(loss, bounds=(0.1, 5.0), method="bounded").x)

    def _band(self, probability: np.ndarray, kept: np.ndarray) -> float:
        """Return the least probability that gives the wanted accuracies, on patients left out."""
        right = (probability >= 0.5) == self.bone
        for call_at in BANDS:
            called = kept & self.sized & self.found
            called &= (probability >= call_at) | (probability <= 1.0 - call_at)
            reached = [
                balanced(right[called & own], self.bone[called & own]) >= wanted
                for own, wanted in ((self.thin, SURE_THIN), (self.thick, SURE_THICK))
            ]
            if all(reached):
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
                self.table["figure"][name]["slope"] = round(float(weight), 3)

    def measured(self, probability: np.ndarray, call_at: float) -> dict[str, Any]:
        """Figures of DESIGN section 7, by slice class, and right, open, wrong by model."""
        called = np.where(probability >= call_at, 1, np.where(probability <= 1 - call_at, 0, -1))
        called[self.unresolved] = -1
        edge = np.clip(probability, 1 - call_at, call_at)
        probability = np.where(self.unresolved, edge, probability)
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
                "abstained": round(float((called[resolved] < 0).mean()), 4),
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
        out["wrong"] = [
            {k: self.rows[n][k] for k in ("model", "pattern", "contact", "slice_mm", "size_mm")}
            | {"p": round(float(probability[n]), 3), "dice": self.rows[n]["dice"]}
            for n in np.flatnonzero((called >= 0) & (called != self.bone) & self.sized & self.found)
        ]
        return out

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
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="write weights and model card")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
