"""Lesions that the verdict is fitted to: scenes of the training generator, seen and observed.

Nothing of the judging suites is used: the generator is ``train``, seeds stay below 1,000,000, the
hosts are shoulder, knee, elbow, neck and thorax (the judge scans pelves), the scanner is the
simulator's own, and the lesions are drawn and placed here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import exp, log
from typing import Any

import numpy as np
from scipy import ndimage

from trabecula.describe.lesion import Observed, observe_lesion
from trabecula.errors import TrabeculaError
from trabecula.model import Anatomy, Border, Grid, Lesion, Seen, Side, Tissue, Volume
from trabecula.see import see
from trabecula.simulate import Figure, LesionRequest, Patient
from trabecula.simulate.growths import Growth, entry_of
from trabecula.simulate.planting import plant
from trabecula.simulate.render import simulate, tissue_of
from trabecula.simulate.scanner import scanner_of
from trabecula.simulate.scenes import Stage, stage

SEEDS_BELOW = 1_000_000
SCENES_MM = {
    "shoulder": (150.0, 170.0, 150.0),
    "knee": (150.0, 130.0, 130.0),
    "elbow": (140.0, 130.0, 100.0),
    "neck": (120.0, 180.0, 190.0),
    "thorax": (130.0, 200.0, 200.0),
}
"""Scenes, and how much of each is scanned about its middle (z, y, x)."""

APART_MM = 7.0
"""Least soft tissue between the boxes of two lesions."""

LEAST_DICE = 0.1
LOST_SHARE = 0.35
"""So many of the lesions not found are described by a perturbed outline of the truth."""


@dataclass(frozen=True)
class Kind:
    """One model: sizes, and how its parameters are drawn."""

    model: str
    sizes_mm: tuple[float, float]
    values: Any


def maturity(random: np.random.Generator) -> float:
    """Mostly mature; a third younger, a few still a veil."""
    return float(random.choice([random.uniform(0.68, 1.0), random.uniform(0.3, 0.68),
                                random.uniform(0.08, 0.3)], p=[0.66, 0.26, 0.08]))  # fmt: skip


def bone(**more: Any) -> Any:
    """Maturity and rim of a bone."""
    return lambda r, s: {
        "maturity": maturity(r), "rim_mm": float(r.uniform(0.7, 2.5)),
        **{k: v(r, s) if callable(v) else v for k, v in more.items()},
    }  # fmt: skip


def calcium(low: float, high: float, **more: Any) -> Any:
    """Mineral of a calcification."""
    return lambda r, s: {
        "mineral_mg_cm3": float(r.uniform(low, high)),
        **{k: v(r, s) if callable(v) else v for k, v in more.items()},
    }  # fmt: skip


def ossicle(random: np.random.Generator, size: float) -> dict[str, Any]:
    """Zoned bone by its weeks."""
    return {"weeks": float(random.choice([3.0, 5.0, 7.0, 10.0, 14.0, 26.0, 60.0]))}


def spur(random: np.random.Generator, size: float) -> dict[str, Any]:
    """Spur, at times an exostosis."""
    return {"maturity": float(random.uniform(0.35, 1.0)), "rim_mm": float(random.uniform(0.7, 2.0)),
            "continuity": bool(random.random() < 0.4)}  # fmt: skip


def tumour(random: np.random.Generator, size: float) -> dict[str, Any]:
    """Mantle round its bone."""
    return {"wraps_deg": float(random.uniform(60, 260)), "continuity": bool(random.random() < 0.6)}


KINDS = {
    "ossification": (
        Kind("muscle_plate", (15, 60), bone()),
        Kind("muscle_ribbon", (15, 60), bone()),
        Kind("muscle_ribbon", (15, 60), bone(form="cord", width_mm=lambda r, s: max(0.26 * s, 4))),
        Kind("bone_bridge", (24, 60), bone(width_mm=lambda r, s: float(np.clip(0.3 * s, 7, 20)))),
        Kind("myositis_ossificans", (10, 60), ossicle),
        Kind("myositis_ossificans", (10, 40), ossicle),
        Kind("neurogenic_ossification", (25, 60), bone(lobes=lambda r, s: float(r.integers(2, 6)))),
        Kind("burn_ossification", (15, 60), bone(width_mm=lambda r, s: max(0.25 * s, 4.0))),
        Kind("insertion_spur", (8, 40), spur),
        Kind("osteosarcoma", (20, 60), tumour),
    ),
    "calcification": (
        Kind("amorphous_calcification", (4, 60), calcium(200, 800)),
        Kind("cloud_calcification", (6, 60), calcium(180, 520)),
        Kind("rings_and_arcs", (10, 60), calcium(
            360, 780, lobule_mm=lambda r, s: float(np.clip(r.uniform(0.2, 0.42) * s, 4, 13)),
            ring_mm=lambda r, s: float(r.uniform(0.8, 1.9)),
            cover=lambda r, s: float(r.uniform(0.45, 1.0)))),
        Kind("tumoral_calcinosis", (20, 60), calcium(
            240, 620, lobule_mm=lambda r, s: float(np.clip(r.uniform(0.25, 0.45) * s, 8, 24)),
            levels=lambda r, s: bool(r.random() < 0.5))),
        Kind("calcinosis_universalis", (15, 60), calcium(
            240, 620, thickness_mm=lambda r, s: float(r.uniform(1.6, 5.5)))),
        Kind("calcinosis_circumscripta", (4, 45), calcium(
            330, 760, count=lambda r, s: float(r.integers(1, 5)),
            nodule_mm=lambda r, s: float(np.clip(r.uniform(0.3, 0.9) * s, 2.5, 20)))),
        Kind("calcific_tendinitis", (5, 40), calcium(
            300, 720, resorbing=lambda r, s: bool(r.random() < 0.3))),
        Kind("calcified_node", (4, 40), calcium(330, 740)),
        Kind("synovial_sarcoma", (20, 60), calcium(
            430, 820, speckle_mm=lambda r, s: float(r.uniform(1.5, 3.6)),
            count=lambda r, s: float(r.integers(12, 70)))),
    ),
}  # fmt: skip


def lesion_rows(seed: int) -> Iterator[dict[str, Any]]:
    """Every lesion of one patient, in a thin scan and in the thick one averaged from it."""
    if not 0 <= seed < SEEDS_BELOW:
        raise SystemExit("Seeds from 1,000,000 on belong to the judge.")
    random = np.random.default_rng((seed, 41))
    patient, sizes = _patient(seed, random)
    if not patient.truth:
        return
    thin = patient.volume.spacing_kji_mm[0]
    target = float(random.choice([2.0, 3.0, 3.0, 4.0, 5.0, 5.0]))
    mapped = random.random() < 0.75
    for count in (1, max(2, round(target / thin))):
        volume, labels, anatomy = _averaged(patient, count)
        seen = see(volume, anatomy=anatomy if mapped else None)
        yield from _observed(patient, sizes, random, seen=seen, volume=volume, labels=labels,
                             meta={"seed": seed, "map": mapped})  # fmt: skip


def _patient(seed: int, random: np.random.Generator) -> tuple[Patient, dict[str, float]]:
    scene = str(random.choice(list(SCENES_MM), p=[0.28, 0.28, 0.2, 0.12, 0.12]))
    pixel = float(random.uniform(0.65, 0.9))
    step = float(random.choice([0.6, 0.75, 1.0, 1.0, 1.25, 1.5]))
    sex, age = str(random.choice(["M", "F"])), float(random.uniform(12, 80))
    figure = Figure(age, sex, fat_mm=float(random.uniform(0, 16)),
                    bone_density=float(random.uniform(0.6, 1.3)))  # fmt: skip
    spacing = (step, pixel, pixel)
    k, j, i = (int(np.ceil(mm / s)) for mm, s in zip(SCENES_MM[scene], spacing, strict=True))
    position = str(random.choice(["HFS", "HFS", "HFS", "FFS", "HFP"]))
    ready = stage(scene, figure, spacing_kji_mm=spacing, shape_kji=(k, j, i), seed=seed,
                  side=str(random.choice(["left", "right"])), position=position)  # fmt: skip
    down = (0.0, -1.0, 0.0) if position == "HFP" else (0.0, 1.0, 0.0)
    models, sizes = _lesions(ready, seed, random, down)
    kernel = str(random.choice(["soft", "standard", "bone", "sharp"], p=[0.3, 0.4, 0.2, 0.1]))
    tube = float(random.choice([100.0, 120.0, 120.0, 140.0]))
    noise = float(random.uniform(8, 34))
    scanner = replace(scanner_of(kernel, kvp=tube), noise_sd_hu=noise, slice_thickness_mm=step)
    return simulate(ready.body, ready.field, models, scanner=scanner, seed=seed, slab=500), sizes


def _lesions(
    ready: Stage, seed: int, random: np.random.Generator, down: tuple[float, float, float]
) -> tuple[list[Growth], dict[str, float]]:
    grown: list[Growth] = []
    sizes: dict[str, float] = {}
    kinds = ["ossification", "calcification"]
    for number in range(14):
        if len(sizes) >= 6:
            break
        mineral = kinds[(number + seed) % 2]
        kind = KINDS[mineral][int(random.integers(len(KINDS[mineral])))]
        low, high = kind.sizes_mm
        low = max(low, 12.0) if random.random() < 0.65 else low
        size = exp(random.uniform(log(low), log(high)))
        name = f"lesion {number}"
        try:
            request = _request(kind, size, ready, random, name)
            made = plant(request, ready.ground, variant="train", seed=seed * 100 + number,
                         size=ready.size, down=down)  # fmt: skip
        except TrabeculaError:
            continue
        if all(_apart(new, old) for new in made for old in grown):
            grown += made
            sizes[name] = size
    return grown, sizes


def _request(
    kind: Kind, size: float, ready: Stage, random: np.random.Generator, name: str
) -> LesionRequest:
    ground, entry = ready.ground, entry_of(kind.model)
    muscles = [n for n in ground.names if tissue_of(n) is Tissue.MUSCLE]
    bones = sorted(ground.bones)
    contact = str(random.choice(list(entry.contact)))
    values = {"size_mm": size, **kind.values(random, size)}
    where: dict[str, Any] = {}
    if entry.anchor == "between":
        where["between"] = tuple(random.choice(bones, 2, replace=False).tolist())
    elif entry.anchor == "in" and contact == "free":
        where["inside"] = str(random.choice(muscles))
    elif entry.anchor != "skin":
        where["on"] = str(random.choice(bones))
    return LesionRequest(kind.model, contact=contact, values=values, name=name, **where)


def _apart(one: Growth, other: Growth) -> bool:
    (low, high), (first, last) = one.shape.bounds, other.shape.bounds
    gap = np.maximum(np.subtract(first, high), np.subtract(low, last))
    return bool(gap.max() > APART_MM)


def _averaged(patient: Patient, count: int) -> tuple[Volume, np.ndarray, Anatomy]:
    """Scan of slices ``count`` times as thick, with its truth and its label map."""
    fine = patient.volume
    if count == 1:
        return fine, patient.truth_labels, patient.anatomy
    slices = fine.hu.shape[0] // count
    cut = slices * count
    hu = fine.hu[:cut].reshape(slices, count, *fine.hu.shape[1:]).mean(axis=1, dtype=np.float32)
    affine = fine.grid.affine_kji_to_lps.copy()
    affine[:3, 3] = fine.grid.to_lps_mm([(count - 1) / 2.0, 0.0, 0.0])
    affine[:3, 0] *= count
    shape = (slices, fine.hu.shape[1], fine.hu.shape[2])
    step = fine.spacing_kji_mm[0] * count
    volume = Volume(np.rint(hu).astype(np.int16), Grid(affine, shape),
                    replace(fine.acquisition, slice_thickness_mm=step))  # fmt: skip
    labels = np.zeros(shape, dtype=patient.truth_labels.dtype)
    thick = patient.truth_labels[:cut].reshape(slices, count, *shape[1:])
    for lesion in patient.truth:
        share = (thick == lesion.label).mean(axis=1, dtype=np.float32)
        labels[share >= min(0.5, float(share.max()))] = lesion.label
    middle = np.ascontiguousarray(patient.anatomy.labels[count // 2 : cut : count])
    return volume, labels, replace(patient.anatomy, labels=middle)


def _observed(
    patient: Patient,
    sizes: dict[str, float],
    random: np.random.Generator,
    *,
    seen: Seen,
    volume: Volume,
    labels: np.ndarray,
    meta: dict[str, Any],
) -> Iterator[dict[str, Any]]:
    boxes = ndimage.find_objects(labels)
    taken: dict[int, tuple[float, Lesion]] = {}
    for lesion in seen.lesions:
        inside = labels[lesion.box][lesion.mask]
        for label in np.unique(inside[inside > 0]).tolist():
            whole = int((labels[boxes[label - 1]] == label).sum())
            dice = 2.0 * float((inside == label).sum()) / (whole + float(lesion.mask.sum()))
            if dice > taken.get(label, (LEAST_DICE, None))[0]:
                taken[label] = (dice, lesion)
    for truth in patient.truth:
        if truth.expected_kind != "lesion" or truth.label > len(boxes):
            continue
        box = boxes[truth.label - 1]
        if box is None:
            continue
        found = taken.get(truth.label)
        if found is None:
            if random.random() > LOST_SHARE:
                continue
            outline = _outline(
                labels,
                truth.label,
                random,
                volume=volume,
                threshold=seen.noise.mineral_threshold_hu,
            )
            if outline is None:
                continue
            found = (0.0, outline)
        dice, lesion = found
        context = seen if dice else replace(seen, lesions=(*seen.lesions, lesion))
        measured = observe_lesion(lesion, context, volume)
        yield {
            **meta,
            "model": truth.model,
            "mineral": truth.mineral,
            "pattern": truth.pattern,
            "contact": truth.contact,
            "rim_mm": truth.rim_thickness_mm,
            "size_mm": (truth.volume_ml * 6000.0 / np.pi) ** (1 / 3),
            "slice_mm": volume.spacing_kji_mm[0],
            "pixel_mm": volume.spacing_kji_mm[1],
            "below_floor": _below(labels[box] == truth.label, volume),
            "dice": round(dice, 3),
            **row_of(measured),
        }


def row_of(measured: Observed) -> dict[str, Any]:
    """Return what the fit reads of a measured lesion."""
    seen = measured.observations
    return {
        "signs": {sign.name: [sign.presence.value, sign.certainty] for sign in seen.signs},
        "figures": {name: figure.value for name, figure in seen.figures.items()},
        "evidence": dict(measured.evidence),
    }


def _below(mask: np.ndarray, volume: Volume) -> bool:
    """Whether rim and core of the true body cannot be resolved in this scan."""
    pixel = volume.spacing_kji_mm[1]
    deepest = max(float(ndimage.distance_transform_edt(np.pad(p, 1)).max()) for p in mask)
    thickness = max(2.0 * deepest - 1.0, 1.0) * pixel
    return thickness < 3.0 * max(1.1, 1.5 * pixel) or mask.shape[0] < 2


def _outline(
    labels: np.ndarray,
    label: int,
    random: np.random.Generator,
    *,
    volume: Volume,
    threshold: float,
) -> Lesion | None:
    """Return an outline of the truth, moved by a voxel or cut by the threshold, as seeing errs."""
    mask = labels == label
    near = ndimage.find_objects(mask.astype(np.uint8))[0]
    near = tuple(slice(max(0, s.start - 2), s.stop + 2) for s in near)
    own = mask[near]
    hu = volume.hu[near]
    own = ndimage.binary_dilation(own) & ((hu > threshold) | ndimage.binary_erosion(own))
    if random.random() < 0.5:
        own = ndimage.binary_opening(own) | ndimage.binary_erosion(own)
    if int(own.sum()) < 4:
        return None
    where = np.argwhere(own) + [s.start for s in near]
    box = tuple(slice(int(a), int(b) + 1) for a, b in zip(where.min(0), where.max(0), strict=True))
    kept = own[
        tuple(slice(b.start - n.start, b.stop - n.start) for b, n in zip(box, near, strict=True))
    ]
    corners = volume.grid.to_lps_mm(np.array([where.min(0), where.max(0)]))
    return Lesion(9999, kept, box, None, Side.MIDLINE, tuple(volume.grid.to_lps_mm(where.mean(0))),
                  tuple([*corners.min(0), *corners.max(0)]), Border.CLEAR, threshold)  # fmt: skip
