"""What is known: conditions and their evidence, read from the gamut's TOML files."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from trabecula.errors import GamutError

AGE_BANDS: Mapping[str, float] = {
    "infant": 1.0,
    "child": 8.0,
    "young_adult": 24.0,
    "adult": 47.0,
    "elderly": 72.0,
}
"""Middle of each age band, years: under 2, 2 to 15, 15 to 35, 35 to 60, above."""

SHRINK = 1
"""Cases added to each side of a count, so that a small series claims no certainty."""

MINERALS = ("ossification", "calcification", "both", "none")
"""What a condition may make."""

LIKELIHOOD_KINDS = ("finding_given_condition", "within_subset", "qualitative")
"""Kinds of frequency that may weigh as a likelihood; every other kind is a prior or an outcome."""

OTHER = "other"
"""Id of the candidate that stands for everything the gamut does not hold."""


@dataclass(frozen=True, slots=True)
class Line:
    """How often one sign is present in a condition.

    Attributes
    ----------
    sign
        A key of :func:`trabecula.model.sign_definitions`.
    probability
        Of the sign being present, 0 to 1; counts are shrunk.
    words
        The count, percentage or grade it came from.
    kind, given
        Kind of frequency, and the subset it was counted in.
    source
        Titles and addresses.
    note
        What the source says, in our words.
    """

    sign: str
    probability: float
    words: str
    kind: str
    given: str
    source: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure that weighs nothing by itself: incidence after exposure, outcome, contradiction."""

    text: str
    kind: str
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Avoid:
    """What must not be done; ``forbids`` names the acts that no other line may advise."""

    text: str
    forbids: tuple[str, ...]
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """What to ask or test next.

    ``cost`` runs from 0 (a look or a word) to 3 (an operation); ``act`` is what it does to the
    patient: empty, ``biopsy``, ``surgery`` or ``injection``.
    """

    sign: str
    text: str
    cost: float
    act: str
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One disease of the gamut.

    Attributes
    ----------
    id, name, synonyms, codes
        How it is called.
    mineral
        ``ossification``, ``calcification``, ``both`` or ``none``.
    rarity, context
        Word of the pre-test weight, and where that holds.
    age
        Share of patients by age band when seen; empty when it says nothing.
    male
        Share of men; ``None`` when it says nothing.
    threshold, family
        Probability from which its cautions are given; conditions of one family add up.
    incompatible
        Signs that speak against it whatever else there is.
    unlisted
        For a group of signs: how much rarer than in everybody a sign of that group is when this
        condition does not list it.
    told
        Signs one of which a report on this condition hardly ever leaves out.
    lines, facts, avoid, ask
        Evidence, figures that are no likelihoods, prohibitions, questions.
    """

    id: str
    name: str
    mineral: str
    rarity: str
    context: str
    base_source: tuple[str, ...]
    threshold: float
    family: str
    synonyms: tuple[str, ...]
    codes: tuple[str, ...]
    age: Mapping[str, float]
    age_source: tuple[str, ...]
    male: float | None
    sex_source: tuple[str, ...]
    incompatible: tuple[str, ...]
    unlisted: Mapping[str, float]
    unlisted_source: tuple[str, ...]
    told: tuple[str, ...]
    told_source: tuple[str, ...]
    lines: tuple[Line, ...]
    facts: tuple[Fact, ...]
    contradictions: tuple[Fact, ...]
    avoid: tuple[Avoid, ...]
    ask: tuple[Ask, ...]
    file: str = ""


@dataclass(frozen=True, slots=True)
class Weights:
    """How words become numbers; the content of ``weights.toml``."""

    grade: Mapping[str, float]
    rarity: Mapping[str, float]
    background: Mapping[str, float]
    background_of: Mapping[str, float]
    implies: Mapping[str, tuple[str, ...]]
    calcium_side: frozenset[str]
    bone_side: frozenset[str]
    anchor_kinds: frozenset[str]
    anchor_signs: frozenset[str]
    alternatives: frozenset[str]
    history_kinds: frozenset[str]
    scale: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Gamut:
    """Every condition, in order of id, and how strongly the program leans on each word.

    Attributes
    ----------
    version
        Changes with any letter of any file.
    """

    conditions: tuple[Condition, ...]
    weights: Weights
    version: str

    def condition(self, key: str) -> Condition:
        """Return the condition of this id."""
        for condition in self.conditions:
            if condition.id == key:
                return condition
        raise GamutError(
            f"There is no condition {key!r} in the gamut.",
            remedy="List the known ones with `trabecula gamut list`.",
        )


@cache
def load_gamut() -> Gamut:
    """Read the gamut that comes with the package.

    Returns
    -------
    Gamut
        Conditions in order of id; read once, then kept.
    """
    root = files("trabecula.reason")
    weights_text = root.joinpath("weights.toml").read_bytes()
    texts = {
        entry.name.removesuffix(".toml"): entry.read_bytes()
        for entry in root.joinpath("gamut").iterdir()
        if entry.name.endswith(".toml")
    }
    return build_gamut(texts, weights_text)


def build_gamut(texts: Mapping[str, bytes], weights_text: bytes) -> Gamut:
    """Make a gamut of TOML texts.

    Parameters
    ----------
    texts
        Condition files by name without suffix.
    weights_text
        The content of ``weights.toml``.

    Raises
    ------
    GamutError
        When a file lacks what it must hold, or a word has no number.
    """
    weights = _weights(tomllib.loads(weights_text.decode()))
    digest = hashlib.sha256(weights_text)
    conditions = []
    for name in sorted(texts):
        digest.update(texts[name])
        try:
            conditions.append(_condition(tomllib.loads(texts[name].decode()), weights, name))
        except (KeyError, TypeError, ValueError) as error:
            raise GamutError(
                f"The gamut file {name}.toml cannot be read: {error}.",
                remedy="Give every entry its keys; `trabecula gamut show` prints how one looks.",
            ) from error
    return Gamut(tuple(conditions), weights, f"1-{digest.hexdigest()[:12]}")


def _condition(raw: Mapping[str, Any], weights: Weights, file: str) -> Condition:
    """One file's content as a value, sources resolved to title and address."""
    sources: Mapping[str, str] = raw["sources"]

    def cited(entry: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(sources[key] for key in entry.get("source", ()))

    base, age, sex = raw["base_rate"], raw.get("age", {}), raw.get("sex", {})
    safety = raw.get("safety", {})
    return Condition(
        id=raw["id"],
        name=raw["name"],
        mineral=raw["mineral"],
        rarity=base["rarity"],
        context=base["context"],
        base_source=cited(base),
        threshold=float(safety.get("threshold", 0.15)),
        family=safety.get("family", raw["id"]),
        synonyms=tuple(raw.get("synonyms", ())),
        codes=tuple(raw.get("codes", ())),
        age={band: float(age[band]) for band in AGE_BANDS if band in age},
        age_source=cited(age),
        male=float(sex["male"]) if "male" in sex else None,
        sex_source=cited(sex),
        incompatible=tuple(raw.get("incompatible", ())),
        unlisted={k: float(v) for k, v in raw.get("unlisted", {}).items() if k != "source"},
        unlisted_source=cited(raw.get("unlisted", {})),
        told=tuple(raw.get("told", {}).get("any", ())),
        told_source=cited(raw.get("told", {})),
        lines=tuple(_line(entry, weights, cited(entry)) for entry in raw.get("sign", ())),
        facts=tuple(Fact(e["text"], e["kind"], cited(e)) for e in raw.get("fact", ())),
        contradictions=tuple(
            Fact(e["text"], "contradiction", cited(e)) for e in raw.get("contradiction", ())
        ),
        avoid=tuple(
            Avoid(e["text"], tuple(e.get("forbids", ())), cited(e)) for e in raw.get("avoid", ())
        ),
        ask=tuple(
            Ask(e["sign"], e["text"], float(e["cost"]), e.get("act", ""), cited(e))
            for e in raw.get("ask", ())
        ),
        file=file,
    )


def _line(entry: Mapping[str, Any], weights: Weights, source: tuple[str, ...]) -> Line:
    """One sign's frequency; a count is shrunk, a grade is looked up, a share is taken as it is."""
    kind = entry.get("kind", "qualitative")
    if "N" in entry:
        n, total = int(entry["n"]), int(entry["N"])
        probability, words = (n + SHRINK) / (total + 2 * SHRINK), f"{n}/{total}"
    elif "p" in entry:
        probability = float(entry["p"])
        words = f"{100 * probability:g} %"
    else:
        probability, words = weights.grade[entry["grade"]], str(entry["grade"])
    return Line(
        sign=entry["sign"],
        probability=probability,
        words=words,
        kind=kind,
        given=entry.get("given", ""),
        source=source,
        note=entry.get("note", ""),
    )


def _weights(raw: Mapping[str, Any]) -> Weights:
    return Weights(
        grade=raw["grade"],
        rarity=raw["rarity"],
        background=raw["background"],
        background_of=raw["background_of"],
        implies={name: tuple(parents) for name, parents in raw["implies"].items()},
        calcium_side=frozenset(raw["mixed"]["calcium"]),
        bone_side=frozenset(raw["mixed"]["bone"]),
        anchor_kinds=frozenset(raw["anchor"]["kinds"]),
        anchor_signs=frozenset(raw["anchor"]["signs"]),
        alternatives=frozenset(raw["alternatives"]["groups"]),
        history_kinds=frozenset(raw["history"]["kinds"]),
        scale=raw["scale"],
    )
