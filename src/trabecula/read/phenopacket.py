"""GA4GH phenopackets: HPO terms, age, sex, onset and genes as what is known of the patient.

Version 2 of the schema is read, version 1 tolerated, keys in camel or snake case. The disease that
a packet names is not used: it would be the answer. Terms without a sign are listed, never dropped.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from trabecula.errors import ContextError
from trabecula.model import (
    Context,
    Level,
    Note,
    Origin,
    Presence,
    Sign,
    SignDefinition,
    sign_definitions,
)

CHILDHOOD_YEARS = (2.0, 15.0)
"""First lesion between these ages is ``onset_childhood``; before, ``onset_infancy``."""

_DURATION = re.compile(
    r"^P(?:(?P<y>\d+(?:\.\d+)?)Y)?(?:(?P<m>\d+(?:\.\d+)?)M)?(?:(?P<w>\d+(?:\.\d+)?)W)?"
    r"(?:(?P<d>\d+(?:\.\d+)?)D)?(?:T.*)?$"
)
_YEARS = {"y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25}
_SEXES = {"MALE": "M", "FEMALE": "F"}
_BENIGN = frozenset({"BENIGN", "LIKELY_BENIGN"})
_REJECTED = frozenset({"REJECTED"})
_DOUBTFUL = frozenset({"UNCERTAIN_SIGNIFICANCE", "CANDIDATE"})

UNCERTAIN = 0.5
"""Certainty of a variant of uncertain significance or a candidate."""

Packet = Mapping[str, Any]
"""A parsed phenopacket; its fields hold whatever JSON may."""


@dataclass(frozen=True, slots=True)
class PacketReading:
    """What a phenopacket states.

    Attributes
    ----------
    id
        Identifier of the packet.
    context
        Age, sex and signs of origin ``CONTEXT``.
    not_understood
        HPO terms and measurements without a sign, as ``HP:… label``.
    notes
        What was left aside on purpose.
    """

    id: str
    context: Context
    not_understood: tuple[str, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class _Terms:
    present: Mapping[str, tuple[str, ...]]
    excluded: Mapping[str, tuple[str, ...]]
    onset: Mapping[str, str]
    genes: Mapping[str, str]


@cache
def _terms() -> _Terms:
    text = files("trabecula.read").joinpath("phenopacket_terms.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    own = {d.code: (d.name,) for d in sign_definitions().values() if d.code}
    present = own | {term: tuple(signs) for term, signs in table["terms"].items()}
    excluded = {term: tuple(signs) for term, signs in table["excluded"].items()}
    return _Terms(present, excluded, table["onset"], table["genes"])


def is_phenopacket(content: object) -> bool:
    """Whether parsed JSON looks like a phenopacket."""
    if not isinstance(content, Mapping):
        return False
    keys = {_snake(str(key)) for key in content}
    return "phenotypic_features" in keys or {"subject", "meta_data"} <= keys


def phenopacket_of(content: object) -> PacketReading:
    """Read a phenopacket that is already parsed.

    Parameters
    ----------
    content
        JSON object of the published schema.

    Returns
    -------
    PacketReading
        Context with signs, and what was not understood.

    Raises
    ------
    ContextError
        When it is not a phenopacket or one of its fields has the wrong form.
    """
    if not is_phenopacket(content):
        raise ContextError(
            "The file is not a phenopacket.", remedy="Give a GA4GH phenopacket with its subject."
        )
    packet = _snaked(content)
    subject = _mapping(packet.get("subject"), "subject")
    signs: dict[str, Sign] = {}
    unread: dict[str, None] = {}
    for sign in (*_features(packet, unread), *_genes(packet)):
        _keep(signs, sign)
    for row in _rows(packet, "measurements"):
        unread.setdefault(f"measurement {_label(row.get('assay'))}".strip())
    context = Context(
        _age(subject), _SEXES.get(str(subject.get("sex", "")).upper()), tuple(signs.values())
    )
    return PacketReading(
        id=str(packet.get("id") or subject.get("id") or ""),
        context=context,
        not_understood=tuple(unread),
        notes=_notes(packet),
    )


def _keep(signs: dict[str, Sign], sign: Sign) -> None:
    """Present goes before absent: one place may be spared and another not."""
    known = signs.get(sign.name)
    if known is None or (known.presence is Presence.ABSENT and sign.presence is Presence.PRESENT):
        signs[sign.name] = sign


def _notes(packet: Packet) -> tuple[Note, ...]:
    if not packet.get("diseases") and not packet.get("interpretations"):
        return ()
    return (
        Note(
            Level.INFO,
            "phenopacket",
            "A disease that the phenopacket names is not used; its terms and genes are.",
        ),
    )


def _features(packet: Packet, unread: dict[str, None]) -> Iterator[Sign]:
    terms, definitions = _terms(), sign_definitions()
    for row in _rows(packet, "phenotypic_features"):
        kind = row.get("type")
        term = str(kind.get("id", "")) if isinstance(kind, Mapping) else ""
        names = terms.present.get(term)
        if names is None:
            unread.setdefault(f"{term} {_label(kind)}".strip())
            continue
        absent = bool(row.get("excluded") or row.get("negated"))
        if absent:
            names = terms.excluded.get(term, names)
        presence = Presence.ABSENT if absent else Presence.PRESENT
        for name in names:
            yield _sign(name, presence, f"{term} {_label(kind)}".strip())
        if not absent and any(_is_lesion(definitions[name]) for name in names):
            yield from _onset(row, terms)


def _is_lesion(definition: SignDefinition) -> bool:
    return definition.kind in ("mineral", "plane") or definition.name == "soft_tissue_mass"


def _onset(row: Packet, terms: _Terms) -> Iterator[Sign]:
    """When the first lesion came."""
    given = row.get("onset")
    onset = given if isinstance(given, Mapping) else {}
    named = onset.get("ontology_class") or row.get("class_of_onset")  # the second is of version 1
    name = terms.onset.get(str(named.get("id"))) if isinstance(named, Mapping) else None
    years = _years(onset.get("age") or row.get("age_of_onset"))
    if name is None and years is not None and years < CHILDHOOD_YEARS[1]:
        name = "onset_infancy" if years < CHILDHOOD_YEARS[0] else "onset_childhood"
    if name is not None:
        yield _sign(name, Presence.PRESENT, "onset of the feature")


def _genes(packet: Packet) -> Iterator[Sign]:
    """Variants of genes that have a sign, from interpretations (v2) or genes and variants (v1)."""
    genes = _terms().genes
    for symbol, certainty in (*_interpreted(packet), *_listed(packet)):
        name = genes.get(symbol)
        if name is not None:
            yield _sign(name, Presence.PRESENT, f"variant of {symbol}", certainty=certainty)


def _interpreted(packet: Packet) -> Iterator[tuple[str, float]]:
    for interpretation in _rows(packet, "interpretations"):
        diagnosis = interpretation.get("diagnosis")
        if not isinstance(diagnosis, Mapping):
            continue
        for row in _rows(diagnosis, "genomic_interpretations"):
            status = str(row.get("interpretation_status", ""))
            variant = row.get("variant_interpretation")
            held = variant if isinstance(variant, Mapping) else {}
            class_ = str(held.get("acmg_pathogenicity_classification", ""))
            if status in _REJECTED or class_ in _BENIGN:
                continue
            doubtful = class_ in _DOUBTFUL or (status in _DOUBTFUL and not class_)
            described = held.get("variation_descriptor")
            for gene in (
                described.get("gene_context") if isinstance(described, Mapping) else None,
                row.get("gene"),
            ):
                if isinstance(gene, Mapping) and gene.get("symbol"):
                    yield str(gene["symbol"]), UNCERTAIN if doubtful else 1.0


def _listed(packet: Packet) -> Iterator[tuple[str, float]]:
    for row in _rows(packet, "genes"):
        if row.get("symbol"):
            yield str(row["symbol"]), 1.0


def _sign(name: str, presence: Presence, reason: str, *, certainty: float = 1.0) -> Sign:
    return Sign(
        name=name, presence=presence, certainty=certainty, origin=Origin.CONTEXT, reason=reason
    )


def _age(subject: Packet) -> float | None:
    for key in ("time_at_last_encounter", "age_at_collection", "age"):
        years = _years(subject.get(key))
        if years is not None:
            return years
    return None


def _years(value: object) -> float | None:
    """Years of an ISO 8601 duration, however deep the schema hides it."""
    if isinstance(value, str):
        match = _DURATION.match(value)
        if match is None or not any(match.groupdict().values()):
            return None
        return sum(float(n) * _YEARS[unit] for unit, n in match.groupdict().items() if n)
    if not isinstance(value, Mapping):
        return None
    if isinstance(value.get("age_range"), Mapping):
        ends = [_years(value["age_range"].get(end)) for end in ("start", "end")]
        known = [years for years in ends if years is not None]
        return sum(known) / len(known) if known else None
    for key in ("age", "iso8601duration", "iso8601_duration"):
        years = _years(value.get(key))
        if years is not None:
            return years
    return None


def _label(value: object) -> str:
    return str(value.get("label", "")) if isinstance(value, Mapping) else ""


def _rows(packet: Packet, key: str) -> list[Packet]:
    rows = packet.get(key) or []
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ContextError(
            f"'{key}' of the phenopacket is not a list of objects.",
            remedy="Check the file against the phenopacket schema.",
        )
    return rows


def _mapping(value: object, key: str) -> Packet:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ContextError(
            f"'{key}' of the phenopacket is not an object.",
            remedy="Check the file against the phenopacket schema.",
        )
    return value


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()


def _snaked(value: Any) -> Any:  # JSON in, JSON out
    if isinstance(value, Mapping):
        return {_snake(str(key)): _snaked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_snaked(item) for item in value]
    return value
