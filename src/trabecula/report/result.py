"""The answer as data: the object that stands in ``result.json``."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from trabecula.model import (
    Answer,
    Border,
    Candidate,
    DescribedLesion,
    Edits,
    Measured,
    Note,
    Part,
    Question,
    Reason,
    Region,
    RegionBurden,
    SetAside,
    Sign,
    sign_definitions,
)

SCHEMA = "trabecula.result/1"
"""Name of the form; a change that breaks a reader takes the next number."""

EDITS_SCHEMA = "trabecula.edits/1"
"""Name of the form of edits."""

DIGITS = 6
"""Significant digits of a measured number: more than any measurement here is good for."""

PROBABILITY_DECIMALS = 4
"""Decimals of a probability."""

POSITION_DECIMALS = 2
"""Decimals of a position, mm: a hundredth of a voxel."""

JSON = dict[str, Any]
"""An object of JSON. Any: its values are of many kinds, and the schema says which."""


@cache
def schema() -> JSON:
    """Return the JSON Schema (draft 2020-12) that every result fits."""
    text = files("trabecula.report").joinpath("result.schema.json").read_text(encoding="utf-8")
    loaded: JSON = json.loads(text)
    return loaded


def result(answer: Answer) -> JSON:
    """Give the whole answer as plain data, in one order and one rounding.

    Parameters
    ----------
    answer
        With or without an image.

    Returns
    -------
    dict
        Fits :func:`schema`. Only ``timings_s`` may differ between two runs on one input.
    """
    return {
        "schema": SCHEMA,
        "software": _software(answer),
        "input": _input(answer),
        "notes": [
            *map(_note, dict.fromkeys(answer.notes)),
            *map(_not_understood, answer.not_understood),
        ],
        "lesions": [lesion_object(one) for one in answer.lesions],
        "set_aside": [_set_aside(one) for one in answer.seen.set_aside] if answer.seen else [],
        "parts": [part_object(one) for one in answer.seen.parts] if answer.seen else [],
        "edits": None if answer.seen is None else edits_object(answer.seen.edits),
        "burden": _burden(answer),
        "signs": [_sign(one) for one in answer.signs],
        "differential": [_candidate(one) for one in answer.differential],
        "advice": {
            "avoid": [
                {
                    "condition_id": one.condition_id,
                    "text": one.text,
                    "source": list(one.source),
                }
                for one in answer.reasoning.avoid
            ],
            "next": [_question(one) for one in answer.reasoning.next],
        },
        "timings_s": {name: _number(s, 4) for name, s in sorted(answer.timings_s.items())},
    }


def region_burden(answer: Answer) -> Mapping[Region, RegionBurden]:
    """Amount of mineral by body region; empty without an image."""
    if answer.seen is None:
        return {}
    from trabecula.describe import burden

    return burden(answer.lesions, answer.seen)


def _software(answer: Answer) -> JSON:
    anatomy = None if answer.seen is None else answer.seen.anatomy
    return {
        "version": version("trabecula"),
        "gamut_version": answer.reasoning.gamut_version,
        "anatomy": None
        if anatomy is None
        else {"source": anatomy.source, "version": anatomy.version},
    }


def _input(answer: Answer) -> JSON:
    if answer.volume is None:
        words = answer.report_text
        return {
            "kind": "case" if words is None else "report",
            "modality": None,
            "series_instance_uid": None,
            "shape_kji": None,
            "spacing_kji_mm": None,
            "sha256": None if words is None else hashlib.sha256(words.encode()).hexdigest(),
        }
    source = answer.volume.acquisition
    return {
        "kind": source.kind,
        "modality": source.modality,
        "series_instance_uid": source.series_instance_uid,
        "shape_kji": list(answer.volume.grid.shape_kji),
        "spacing_kji_mm": [_number(edge) for edge in answer.volume.spacing_kji_mm],
        "sha256": source.sha256,
    }


def _note(note: Note) -> JSON:
    return {
        "level": note.level.value,
        "check": note.check,
        "text": note.text,
        "consequence": note.consequence,
    }


def _not_understood(words: str) -> JSON:
    return {
        "level": "info",
        "check": "not_understood",
        "text": words,
        "consequence": "These words weighed nothing in the answer.",
    }


def lesion_object(described: DescribedLesion) -> JSON:
    """Give one lesion as plain data."""
    lesion, bone = described.lesion, described.probability_ossification
    summary = described.hu
    return {
        "id": lesion.id,
        "verdict": described.verdict.value,
        "probability": {
            "calcification": _probability(1.0 - bone),
            "ossification": _probability(bone),
        },
        "region": None if lesion.region is None else lesion.region.value,
        "side": None if lesion.side is None else lesion.side.value,
        "centroid_lps_mm": [_position(mm) for mm in lesion.centroid_lps_mm],
        "bounding_box_lps_mm": [_position(mm) for mm in lesion.bounding_box_lps_mm],
        "border": lesion.border.value,
        "touches": list(lesion.touches),
        "threshold_hu": _number(lesion.threshold_hu),
        "volume_ml": _number(described.volume.value),
        "volume_interval_ml": _interval(described.volume),
        "mineral_mass_mg": _optional(described.mineral_mass_mg),
        "hu": {
            "mean": _number(summary.mean),
            "sd": _number(summary.sd),
            "p05": _number(summary.p05),
            "p50": _number(summary.p50),
            "p95": _number(summary.p95),
            "max": _number(summary.max),
        },
        "weights": [
            {"sign": one.sign, "log_odds": _number(one.log_odds), "text": one.text}
            for one in described.weights
        ],
        "signs": [_sign(one) for one in described.signs],
        "figures": {name: _measured(one) for name, one in sorted(described.figures.items())},
    }


def _interval(measured: Measured) -> list[float] | None:
    if measured.low is None or measured.high is None:
        return None
    return [_number(measured.low), _number(measured.high)]


def _measured(measured: Measured) -> JSON:
    return {
        "value": _number(measured.value),
        "unit": measured.unit,
        "interval": _interval(measured),
        "method": measured.method,
    }


def _sign(sign: Sign) -> JSON:
    definition = sign_definitions().get(sign.name)
    evidence: JSON = {}
    if sign.lesion_ids:
        evidence["lesion_ids"] = list(sign.lesion_ids)
    if sign.text_span is not None:
        evidence["text_span"] = list(sign.text_span)
    return {
        "name": sign.name,
        "code": None if definition is None else definition.code,
        "presence": sign.presence.value,
        "measured": _optional(sign.measured),
        "unit": sign.unit,
        "certainty": _probability(sign.certainty),
        "from": sign.origin.value,
        "evidence": evidence,
        "reason": sign.reason,
    }


def _set_aside(thing: SetAside) -> JSON:
    return {
        "kind": thing.kind.value,
        "reason": thing.reason,
        "region": None if thing.region is None else thing.region.value,
        "side": None if thing.side is None else thing.side.value,
        "centroid_lps_mm": [_position(mm) for mm in thing.centroid_lps_mm],
        "volume_ml": _number(thing.volume_ml),
        "certainty": _probability(thing.certainty),
    }


def part_object(part: Part) -> JSON:
    """Give one part as plain data."""
    return {
        "id": part.id,
        "probability_ectopic": _probability(part.probability_ectopic),
        "state": part.state.value,
        "decided_by": part.decided_by.value,
        "border": Border.FUSED_NOT_CERTAIN.value,
        "region": None if part.region is None else part.region.value,
        "side": None if part.side is None else part.side.value,
        "centroid_lps_mm": [_position(mm) for mm in part.centroid_lps_mm],
        "volume_ml": _number(part.volume_ml),
        "touches": list(part.touches),
        "reasons": list(part.reasons),
    }


def edits_object(edits: Edits) -> JSON | None:
    """Give edits as the file they are read from; ``None`` without any."""
    if not edits:
        return None
    toggles = [
        ({"part": one.part} if one.at_lps_mm is None else {"at_lps_mm": list(one.at_lps_mm)})
        | {"to": one.to.value}
        for one in edits.toggle
    ]
    seeds = [
        {"at_lps_mm": list(one.at_lps_mm), "is": one.belongs.value, "radius_mm": one.radius_mm}
        for one in edits.seed
    ]
    lesions = [{"at_lps_mm": list(one.at_lps_mm), "to": "native"} for one in edits.lesion]
    return {"schema": EDITS_SCHEMA, "toggle": toggles, "seed": seeds, "lesion": lesions}


def _burden(answer: Answer) -> JSON:
    by_region = region_burden(answer)
    return {
        "ossification_ml": _number(sum(one.ossification_ml for one in by_region.values())),
        "calcification_ml": _number(sum(one.calcification_ml for one in by_region.values())),
        "by_region": {
            region.value: {
                "ossification_ml": _number(by_region[region].ossification_ml),
                "calcification_ml": _number(by_region[region].calcification_ml),
                "evaluable": by_region[region].evaluable,
            }
            for region in Region
            if region in by_region
        },
    }


def _candidate(candidate: Candidate) -> JSON:
    return {
        "rank": candidate.rank,
        "id": candidate.id,
        "name": candidate.name,
        "synonyms": list(candidate.synonyms),
        "codes": list(candidate.codes),
        "probability": _probability(candidate.probability),
        "reasons_for": [_reason(one) for one in candidate.reasons_for],
        "reasons_against": [_reason(one) for one in candidate.reasons_against],
        "not_assessed": list(candidate.not_assessed),
    }


def _reason(reason: Reason) -> JSON:
    return {
        "sign": reason.sign,
        "likelihood_ratio": _number(reason.likelihood_ratio, 4),
        "source": list(reason.source),
    }


def _question(question: Question) -> JSON:
    return {
        "sign": question.sign,
        "text": question.text,
        "expected_gain_bits": _number(question.expected_gain_bits, 4),
        "source": list(question.source),
        "if_present": _leading(question.if_present),
        "if_absent": _leading(question.if_absent),
    }


def _leading(conditions: tuple[tuple[str, float], ...]) -> list[JSON]:
    return [{"id": key, "probability": _probability(chance)} for key, chance in conditions]


def _number(value: float, digits: int = DIGITS) -> float:
    """Round to significant digits; a whole number stays whole, minus zero becomes zero."""
    return float(f"{float(value):.{digits}g}") + 0.0


def _optional(value: float | None) -> float | None:
    return None if value is None else _number(value)


def _probability(value: float) -> float:
    return round(float(value), PROBABILITY_DECIMALS) + 0.0


def _position(mm: float) -> float:
    return round(float(mm), POSITION_DECIMALS) + 0.0
