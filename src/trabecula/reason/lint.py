"""The gamut's own check: nothing uncited, no orphan sign, no figure used as what it is not."""

from collections import Counter
from collections.abc import Iterator, Mapping

from trabecula.model import sign_definitions
from trabecula.reason.knowledge import (
    AGE_BANDS,
    LIKELIHOOD_KINDS,
    MINERALS,
    OTHER,
    Condition,
    Gamut,
    Weights,
)

PATIENT = ("age", "sex")
"""Names that stand for age and sex among the reasons; they are priors, never lines."""

ACTS = ("biopsy", "surgery", "injection")
"""Acts that can be forbidden."""

PROHIBITION = ("not", "no", "never", "avoid", "without", "before")
"""Words one of which a prohibition holds."""


def check_gamut(gamut: Gamut) -> tuple[str, ...]:
    """Lint every condition and the weights.

    Returns
    -------
    tuple of str
        One sentence a problem, with the file it is in; empty when all is well.
    """
    problems = [f"weights.toml: {text}" for text in _weights_problems(gamut.weights)]
    for condition in gamut.conditions:
        problems += [f"{condition.file}.toml: {text}" for text in _problems(condition)]
    problems += _gamut_problems(gamut)
    return tuple(problems)


def _problems(condition: Condition) -> Iterator[str]:
    yield from _head_problems(condition)
    yield from _line_problems(condition)
    yield from _word_problems(condition)
    yield from _citation_problems(condition)


def _head_problems(condition: Condition) -> Iterator[str]:
    if condition.id != condition.file:
        yield f"the id {condition.id!r} is not the file's name"
    if condition.mineral not in MINERALS:
        yield f"mineral is {condition.mineral!r}, not one of {', '.join(MINERALS)}"
    if not 0 < condition.threshold < 1:
        yield f"the threshold {condition.threshold} is no probability"
    if condition.male is not None and not 0 < condition.male < 1:
        yield f"the share of men {condition.male} is no probability"
    if condition.age and not set(condition.age) <= set(AGE_BANDS):
        yield "an age band is not known"
    groups = {definition.group for definition in sign_definitions().values()}
    for group in condition.unlisted:
        if group not in groups:
            yield f"there is no group {group!r}"


def _line_problems(condition: Condition) -> Iterator[str]:
    known = sign_definitions()
    counted = Counter(line.sign for line in condition.lines)
    for line in condition.lines:
        if line.sign not in known or line.sign in PATIENT:
            yield f"the sign {line.sign!r} is not in the vocabulary"
        if not 0 < line.probability < 1:
            yield f"{line.sign}: {line.probability} is no probability"
        if line.kind not in LIKELIHOOD_KINDS:
            yield f"{line.sign}: a figure of kind {line.kind!r} is no likelihood"
        if line.kind == "within_subset" and not line.given:
            yield f"{line.sign}: counted within a subset that is not named"
    yield from (f"{sign} is stated {n} times" for sign, n in counted.items() if n > 1)
    for name in (*condition.incompatible, *condition.told, *(ask.sign for ask in condition.ask)):
        if name not in known or name in PATIENT:
            yield f"the sign {name!r} is not in the vocabulary"


def _word_problems(condition: Condition) -> Iterator[str]:
    for avoid in condition.avoid:
        if not set(PROHIBITION) & set(avoid.text.lower().replace(",", " ").split()):
            yield f"this prohibition forbids nothing: {avoid.text!r}"
        for act in avoid.forbids:
            if act not in ACTS:
                yield f"the act {act!r} is not known"
    for ask in condition.ask:
        words = ask.text.lower()
        if ("biopsy" in words or "tissue" in words) and ask.act != "biopsy":
            yield f"this question takes tissue and does not say so: {ask.text!r}"


def _citation_problems(condition: Condition) -> Iterator[str]:
    cited: Mapping[str, tuple[str, ...]] = {
        "base_rate": condition.base_source,
        **({"age": condition.age_source} if condition.age else {}),
        **({"sex": condition.sex_source} if condition.male is not None else {}),
        **({"unlisted": condition.unlisted_source} if condition.unlisted else {}),
        **({"told": condition.told_source} if condition.told else {}),
        **{f"sign {line.sign}": line.source for line in condition.lines},
        **{f"fact {fact.text!r}": fact.source for fact in condition.facts},
        **{f"contradiction {fact.text!r}": fact.source for fact in condition.contradictions},
        **{f"avoid {avoid.text!r}": avoid.source for avoid in condition.avoid},
        **{f"ask {ask.sign}": ask.source for ask in condition.ask},
    }
    yield from (f"{what} is not cited" for what, source in cited.items() if not source)


def _weights_problems(weights: Weights) -> Iterator[str]:
    known = sign_definitions()
    names = {
        "background_of": set(weights.background_of),
        "implies": set(weights.implies) | {p for v in weights.implies.values() for p in v},
        "mixed": weights.calcium_side | weights.bone_side,
        "anchor": weights.anchor_signs,
    }
    for place, mentioned in names.items():
        yield from (f"{place}: there is no sign {n!r}" for n in sorted(mentioned - set(known)))
    groups = {definition.group for definition in known.values()}
    yield from (f"there is no group {g!r}" for g in sorted(weights.alternatives - groups))
    kinds = {definition.kind for name, definition in known.items() if name not in PATIENT}
    yield from (
        f"the kind {k!r} has no background" for k in sorted(kinds - set(weights.background))
    )


def _gamut_problems(gamut: Gamut) -> Iterator[str]:
    ids = Counter(condition.id for condition in gamut.conditions)
    yield from (f"the id {key!r} is used {n} times" for key, n in ids.items() if n > 1)
    if OTHER not in ids:
        yield f"there is no condition {OTHER!r}"
    told = {line.sign for condition in gamut.conditions for line in condition.lines}
    told |= {parent for child in gamut.weights.implies.values() for parent in child}
    told |= {name for condition in gamut.conditions for name in condition.incompatible}
    orphans = sorted(set(sign_definitions()) - told - set(PATIENT))
    yield from (f"the sign {name!r} tells nothing about any condition" for name in orphans)
    profiles = Counter(
        tuple((line.sign, line.probability) for line in condition.lines)
        for condition in gamut.conditions
        if condition.lines
    )
    for condition in gamut.conditions:
        if profiles[tuple((line.sign, line.probability) for line in condition.lines)] > 1:
            yield f"{condition.file}.toml: has exactly the evidence of another condition"
