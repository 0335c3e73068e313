"""What the verdict adds up: one term for each sign and each figure, as ``weights.toml`` has them.

A term is a plain number that does not depend on any weight; its weight times it is what it adds
to the log odds. So the same terms serve the fit and the report.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from trabecula.model import Presence, Sign

EXPLAINED_SHARE = 0.2
"""Weight left to what another, present sign brings about by itself."""

UNSEEN_SHARE = 0.5
"""Weight left to a sign where the one that it could be mistaken for was not assessed."""

FAINT_LEVELS, FAINT_SHARE = (0.12, 0.32), 0.15
"""Surface levels between which the lack of architecture comes to count, and what it counts below:
young bone is a veil that has none yet."""

ARCHITECTURE = frozenset({"cortical_rim", "marrow_core", "trabeculated", "denser_rim"})
"""Signs that young bone does not show yet."""

RIPENING = frozenset({"plane_step", "plane_cover", "plane_spread", "plane_rim_level",
                      "shell_gain", "texture_level"})  # fmt: skip
"""Figures that young bone has low."""

EVENNESS = frozenset({"inner_level"})
"""Figures that young bone has high."""

TRUSTED_FROM = 1.5
"""Figures count in full from this many times the resolution floor on, in part below."""


@dataclass(frozen=True, slots=True)
class SignRow:
    """Log odds of a sign that is present, and of one that is absent."""

    name: str
    present: float
    absent: float
    text: str
    source: tuple[str, ...]
    explains: tuple[str, ...] = ()
    needs: str = ""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """Log odds of a figure: a curve of straight stretches, level beyond its ends.

    Attributes
    ----------
    name, text
        What it is, and in words.
    at
        Where the stretches meet, in the figure's unit.
    rise
        Log odds from one end of each stretch to the other.
    neutral
        Where the curve crosses 0.
    """

    name: str
    at: tuple[float, ...]
    rise: tuple[float, ...]
    neutral: float
    text: str

    def covered(self, figure: float) -> tuple[float, ...]:
        """Part of each stretch that lies between ``neutral`` and a figure; below it negative."""
        return tuple(
            _part(figure, low, high) - _part(self.neutral, low, high)
            for low, high in pairwise(self.at)
        )


@dataclass(frozen=True, slots=True)
class WeightTable:
    """Everything of ``weights.toml`` that the verdict needs."""

    prior: float
    call_at: float
    signs: Mapping[str, SignRow]
    figures: Mapping[str, FigureRow]


@dataclass(frozen=True, slots=True)
class Term:
    """One part of the sum.

    Attributes
    ----------
    name
        Sign or figure.
    value
        What its weight is multiplied by.
    stretches
        Of a figure, the part of each stretch of its curve that counts.
    presence
        Of a sign; ``None`` for a figure.
    remark
        What cut it down, for people; empty when nothing did.
    figure
        Of a figure, as measured.
    """

    name: str
    value: float
    stretches: tuple[float, ...] = ()
    presence: Presence | None = None
    remark: str = ""
    figure: float = 0.0


@cache
def weight_table() -> WeightTable:
    """Weights of signs and figures, from ``weights.toml``."""
    text = files("trabecula.describe").joinpath("weights.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return typed(table, prior=float(table["fit"]["prior"]), call_at=float(table["fit"]["call_at"]))


def typed(table: Mapping[str, Any], *, prior: float, call_at: float) -> WeightTable:
    """Return the parsed signs and figures of ``weights.toml`` as the verdict reads them."""
    signs = {
        name: SignRow(
            name,
            row["present"],
            row["absent"],
            row["text"],
            tuple(row["source"]),
            tuple(row.get("explains", ())),
            row.get("needs", ""),
        )
        for name, row in table["sign"].items()
    }
    figures = {
        name: FigureRow(name, tuple(row["at"]), tuple(row["rise"]), row["neutral"], row["text"])
        for name, row in table["figure"].items()
    }
    return WeightTable(prior, call_at, signs, figures)


def terms_of(
    signs: Sequence[Sign], evidence: Mapping[str, float], table: WeightTable
) -> Iterable[Term]:
    """Terms of one lesion; what was not assessed or not measured has none."""
    presences = {sign.name: sign.presence for sign in signs}
    causes = _causes(signs, table)
    low, high = FAINT_LEVELS
    shown = min(max((evidence["surface_level"] - low) / (high - low), FAINT_SHARE), 1.0)
    for sign in signs:
        row = table.signs.get(sign.name)
        if row is None or sign.presence is Presence.NOT_ASSESSED:
            continue
        value, remark = _cut(sign.name, _sureness(sign), causes)
        if not remark and row.needs and presences.get(row.needs) is Presence.NOT_ASSESSED:
            value, remark = UNSEEN_SHARE * value, f"{_words(row.needs)} could not be assessed"
        lacking = (sign.presence is Presence.ABSENT) == (sign.name in ARCHITECTURE)
        if lacking and (sign.name in ARCHITECTURE or sign.name == "amorphous_matrix"):
            value, remark = _faded(value, remark, shown)
        yield Term(sign.name, value, presence=sign.presence, remark=remark)
    trust = min(1.0, min(evidence["widths_across"], evidence["slices_across"]) / TRUSTED_FROM)
    for figure in table.figures.values():
        measured = evidence.get(figure.name)
        if measured is not None:
            value, remark = _cut(figure.name, trust, causes)
            below, above = measured < figure.neutral, measured > figure.neutral
            if (below and figure.name in RIPENING) or (above and figure.name in EVENNESS):
                value, remark = _faded(value, remark, shown)
            yield Term(figure.name, value, figure.covered(measured), None, remark, measured)


def weight_of(term: Term, table: WeightTable) -> float:
    """Log odds that a term adds."""
    if term.presence is None:
        rises = table.figures[term.name].rise
        return term.value * sum(r * s for r, s in zip(rises, term.stretches, strict=True))
    row = table.signs[term.name]
    return (row.present if term.presence is Presence.PRESENT else row.absent) * term.value


def text_of(term: Term, table: WeightTable) -> str:
    """Return what a term says, for people."""
    if term.presence is None:
        said = f"{term.figure:.2f}: {table.figures[term.name].text}"
    else:
        said = f"{term.presence.value}: {table.signs[term.name].text}"
    return f"{said} ({term.remark})" if term.remark else said


def _part(figure: float, low: float, high: float) -> float:
    """How far a figure lies between two others, from 0 to 1."""
    return min(max((figure - low) / (high - low), 0.0), 1.0)


def _sureness(sign: Sign) -> float:
    """0 at a coin toss, 1 when sure."""
    return max(0.0, 2.0 * sign.certainty - 1.0)


def _causes(signs: Sequence[Sign], table: WeightTable) -> Mapping[str, tuple[float, str]]:
    """Tell what a present sign leaves of the weight of others that it explains, and which it is."""
    causes: dict[str, tuple[float, str]] = {}
    for sign in signs:
        if sign.presence is not Presence.PRESENT or sign.name not in table.signs:
            continue
        left = 1.0 - (1.0 - EXPLAINED_SHARE) * _sureness(sign)
        for name in table.signs[sign.name].explains:
            causes[name] = min(causes.get(name, (1.0, "")), (left, sign.name))
    return causes


def _cut(name: str, value: float, causes: Mapping[str, tuple[float, str]]) -> tuple[float, str]:
    """Cut what a present sign brings about itself: rings of mineral look like rims and texture."""
    if name not in causes:
        return value, ""
    left, cause = causes[name]
    return left * value, f"explained by {_words(cause)}"


def _faded(value: float, remark: str, shown: float) -> tuple[float, str]:
    """Count the lack of architecture as far as the mineral is dense enough to have it."""
    return shown * value, remark if shown >= 1.0 else "faint as young bone, which has none yet"


def _words(name: str) -> str:
    return name.replace("_", " ")
