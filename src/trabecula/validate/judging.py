"""One scan: analyse it and compare; everything the measures need as plain rows."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from trabecula.model import Anatomy, DescribedLesion, Float64, Presence, Seen, Tissue, Volume
from trabecula.run import analyze
from trabecula.validate.acquire import TrueBody
from trabecula.validate.condition import Condition
from trabecula.validate.matching import Matches, match
from trabecula.validate.reader import corrected
from trabecula.validate.truth import Truth

SIGNS = (
    "cortical_rim",
    "denser_rim",
    "denser_centre",
    "medullary_continuity",
    "bridging",
    "wraps_bone",
    "touches_bone",
    "phlebolith_like",
)
"""Signs held against the truth."""

NEAR_MM = 10.0
"""How far from a missed lesion something set aside may lie and be its name."""

NATIVE_SHARE, LIKE_SHARE = 0.5, 0.15
"""A missed lesion is named native from this part on that lies in a bone; otherwise after something
set aside that has from this part of its volume to so many times more."""

Row = dict[str, Any]
"""One line of the journal, or a part of it: plain values."""


def judged(
    volume: Volume,
    bodies: Sequence[TrueBody],
    truths: Mapping[int, Truth],
    condition: Condition,
    anatomy: Anatomy | None,
) -> Row:
    """Analyse a scan with or without its label map, and hold the answer against the truth.

    Without one, a reader then corrects what has fused to bone.
    """
    begun = time.perf_counter()
    answer = analyze(volume, anatomy)
    seconds = time.perf_counter() - begun
    if answer.seen is None:
        raise AssertionError("an image was analysed, but nothing was seen")
    matches = match([one.lesion for one in answer.lesions], bodies)
    lesions = [
        _lesion_row(
            truths[body.label], body, matches, answer.lesions, seen=answer.seen, volume=volume
        )
        for body in bodies
    ]
    if anatomy is None:
        made = corrected(volume, bodies, truths, answer.seen, seed=condition.noise_seed)
        for row in lesions:
            row["corrected"] = asdict(made[row["label"]]) if row["label"] in made else None
    return {
        "condition": asdict(condition),
        "anatomy": "embedded" if anatomy is None else "label map",
        "seconds": round(seconds, 2),
        "lesions": lesions,
        "alarms": [alarm_row(answer.lesions[place]) for place in matches.alarms],
        "fragments": len(matches.fragments),
    }


def alarm_row(described: DescribedLesion) -> Row:
    """Return a lesion that is none."""
    return {
        "verdict": described.verdict.value,
        "volume_ml": described.volume.value,
        "centroid_lps_mm": [round(v, 1) for v in described.lesion.centroid_lps_mm],
        "region": None if described.lesion.region is None else described.lesion.region.value,
        "touches": list(described.lesion.touches),
    }


def _lesion_row(
    truth: Truth,
    body: TrueBody,
    matches: Matches,
    described: Sequence[DescribedLesion],
    *,
    seen: Seen,
    volume: Volume,
) -> Row:
    row: Row = {**asdict(truth), "found": truth.label in matches.pairs}
    row["centroid_lps_mm"] = [round(float(v), 1) for v in _centroid(body, volume)]
    if not row["found"]:
        row["named"] = _name_of(body, seen, volume)
        row["fragments"] = sum(label == truth.label for label in matches.fragments.values())
        return row
    place, dice = matches.pairs[truth.label]
    one = described[place]
    figure = one.figures.get("rim_thickness")
    row.update(
        dice=round(dice, 4),
        verdict=one.verdict.value,
        probability=one.probability_ossification,
        measured_ml=one.volume.value,
        low_ml=one.volume.low,
        high_ml=one.volume.high,
        border=one.lesion.border.value,
        measured_rim_mm=None if figure is None else figure.value,
        signs={
            sign.name: sign.presence.value
            for sign in one.signs
            if sign.name in SIGNS and sign.presence is not Presence.NOT_ASSESSED
        },
        weights=[[weight.sign, weight.log_odds] for weight in one.weights[:4]],
    )
    return row


def _centroid(body: TrueBody, volume: Volume) -> Float64:
    start = [axis.start for axis in body.box]
    return volume.grid.to_lps_mm(np.argwhere(body.mask).mean(axis=0) + start)


def _name_of(body: TrueBody, seen: Seen, volume: Volume) -> str:
    """Return what a missed lesion was taken for; ``not seen`` where nothing like it is near."""
    anatomy = seen.anatomy
    bone = anatomy.mask(anatomy.of(Tissue.BONE), body.box) & body.mask
    if bone.sum() >= NATIVE_SHARE * body.mask.sum():
        return "native"
    centre = _centroid(body, volume)
    least = LIKE_SHARE * float(body.mask.sum()) * volume.grid.voxel_ml
    near = [
        (float(np.linalg.norm(np.subtract(one.centroid_lps_mm, centre))), one.kind.value)
        for one in seen.set_aside
        if least <= one.volume_ml <= max(least, 0.02) / LIKE_SHARE**2
    ]
    reach = max(NEAR_MM, 0.5 * body.mask.shape[0] * volume.spacing_kji_mm[0])
    close = [one for one in near if one[0] <= reach]
    return min(close)[1] if close else "not seen"
