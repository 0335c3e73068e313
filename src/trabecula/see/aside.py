"""What is set aside, as the result lists it: native bone, metal, table, specks."""

import numpy as np

from trabecula.model import Anatomy, Kind, Mask, SetAside, Tissue, Volume
from trabecula.see.bodies import Bodies, Int64, Runs, connect
from trabecula.see.candidates import Candidate
from trabecula.see.mineral import Mineral
from trabecula.see.regions import Places
from trabecula.see.rules.place import Judgement
from trabecula.see.scene import Scene
from trabecula.see.significance import LEAST_MM3


def one_of(candidate: Candidate, judgement: Judgement, places: Places) -> SetAside:
    """One judged body as it is listed."""
    return SetAside(
        kind=judgement.kind,
        reason=judgement.reason,
        region=places.region(candidate.centroid_lps_mm),
        side=places.side(candidate.centroid_lps_mm),
        centroid_lps_mm=candidate.centroid_lps_mm,
        volume_ml=candidate.volume_ml,
        certainty=judgement.certainty,
    )


def _centre(runs: Runs, volume: Volume) -> tuple[float, float, float]:
    k, j, i = runs.index_kji()
    length = runs.length
    middle = [
        float((axis * length).sum() / length.sum()) for axis in (k, j, i + (length - 1) / 2.0)
    ]
    x, y, z = volume.grid.to_lps_mm(middle).tolist()
    return x, y, z


def _whole(runs: Runs, judgement: Judgement, *, volume: Volume) -> SetAside:
    """List runs as one thing that has no single place."""
    return SetAside(
        kind=judgement.kind,
        reason=judgement.reason,
        region=None,
        side=None,
        centroid_lps_mm=_centre(runs, volume),
        volume_ml=float(runs.length.sum()) * volume.grid.voxel_ml,
        certainty=judgement.certainty,
    )


REASONS: dict[str, tuple[Kind, str, float]] = {
    "native_skeleton": (
        Kind.NATIVE,
        "the native skeleton and whatever has grown onto it: one connected body",
        0.9,
    ),
    "free_bone": (
        Kind.NATIVE,
        "free bones: their mirror image meets bone, or they are as long as limb bones",
        0.8,
    ),
    "rib_cage_part": (Kind.NATIVE, "parts of the rib cage: long, and along the lungs", 0.85),
    "bones_of_hand_or_foot": (
        Kind.NATIVE,
        "bones of hands or feet: many small bodies side by side in a slender part of the body",
        0.7,
    ),
    "bone_cut_by_field_of_view": (
        Kind.CUT_BY_FIELD_OF_VIEW,
        "bones cut by the edge of the field of view",
        0.8,
    ),
}
"""How the embedded anatomy's structures are listed."""


def native_parts(anatomy: Anatomy, native: Runs, *, volume: Volume) -> tuple[SetAside, ...]:
    """Native bone and cartilage as listed: by coarse part, or all named bones as one."""
    if len(native) == 0:
        return ()
    label = anatomy.labels.reshape(-1)[native.start + native.length // 2]
    listed = []
    for name, (kind, reason, certainty) in REASONS.items():
        part = native.take(np.isin(label, anatomy.named(name)))
        if len(part):
            listed.append(_whole(part, Judgement(kind, reason, certainty), volume=volume))
    own = np.isin(label, anatomy.named(*REASONS))
    cartilage = np.isin(label, anatomy.of(Tissue.CARTILAGE))
    named = native.take(~own & ~cartilage)
    if len(named):
        reason = "native bone by name, with the skin of it that the label map leaves outside"
        listed.append(_whole(named, Judgement(Kind.NATIVE, reason, 0.95), volume=volume))
    expected = native.take(cartilage)
    if len(expected):
        reason = "mineral in cartilage by name"
        judged = Judgement(Kind.EXPECTED_MINERAL, reason, 0.95)
        listed.append(_whole(expected, judged, volume=volume))
    return tuple(listed)


def bone_about_metal(runs: Runs, *, volume: Volume) -> tuple[SetAside, ...]:
    """Bone about an implant, found where the bone's fellow says, as one entry."""
    if len(runs) == 0:
        return ()
    reason = "around metal, where the mirror image of the same bone of the other side lies"
    return (_whole(runs, Judgement(Kind.NATIVE, reason, 0.6), volume=volume),)


def not_body(
    mineral: Mineral, *, volume: Volume, scene: Scene, places: Places
) -> tuple[SetAside, ...]:
    """Metal, piece by piece, and what lies outside the body: the table and all else."""
    return (
        *_pieces_of_metal(mineral.metal, volume=volume, places=places),
        *_outside(mineral.outside, volume=volume, scene=scene),
    )


def _pieces_of_metal(metal: Runs, *, volume: Volume, places: Places) -> tuple[SetAside, ...]:
    if len(metal) == 0:
        return ()
    bodies = connect(metal)
    points = [tuple(row) for row in volume.grid.to_lps_mm(bodies.centre_kji).tolist()]
    order = np.argsort(-bodies.voxels, kind="stable").tolist()
    return tuple(
        SetAside(
            kind=Kind.METAL,
            reason=f"denser than any bone (to {int(bodies.peak[n])} HU): implant, clip or filling",
            region=places.region(points[n]),
            side=places.side(points[n]),
            centroid_lps_mm=points[n],
            volume_ml=float(bodies.voxels[n]) * volume.grid.voxel_ml,
        )
        for n in order
    )


def _outside(runs: Runs, *, volume: Volume, scene: Scene) -> tuple[SetAside, ...]:
    if len(runs) == 0:
        return ()
    back = _back_rows(scene)
    k, j, _ = scene.at_runs(runs)
    behind = j >= back[k]
    table = Judgement(Kind.TABLE, "behind the body: table, pads, head rest", 0.9)
    other = Judgement(
        Kind.OUTSIDE_BODY,
        "outside the body: clothing, tubes, leads, or a part set off from it",
        0.8,
    )
    parts = ((runs.take(behind), table), (runs.take(~behind), other))
    return tuple(_whole(part, why, volume=volume) for part, why in parts if len(part))


def _back_rows(scene: Scene) -> Int64:
    """Row half-way through the body's depth, for each coarse slice: a table top curves up."""
    rows: Mask = np.asarray(scene.body.any(axis=2))
    first = np.argmax(rows, axis=1)
    last = rows.shape[1] - 1 - np.argmax(rows[:, ::-1], axis=1)
    middle: Int64 = (first + last) // 2
    return middle


def specks(bodies: Bodies, dropped: Mask, volume: Volume) -> tuple[SetAside, ...]:
    """Bodies too small or too faint to judge, as one entry."""
    if not dropped.any():
        return ()
    runs = bodies.runs_among(dropped)
    count = int(dropped.sum())
    reason = (
        f"{count} specks: smaller than {LEAST_MM3:.0f} mm³ or no denser than the noise around them"
    )
    return (_whole(runs, Judgement(Kind.TOO_SMALL, reason, 0.9), volume=volume),)
