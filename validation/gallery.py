"""Make the gallery: one picture of every lesion model, and the page that shows them.

Run it from the repository's root: ``python validation/gallery.py``.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from trabecula.model import Volume
from trabecula.simulate import Growth, catalogue, parse_recipe
from trabecula.simulate.planting import plant
from trabecula.simulate.recipe import prepared
from trabecula.simulate.render import Field, field_of_view, simulate

WINDOW_HU = (-200.0, 1000.0)
TILE_MM, PIXEL_MM = 90.0, 0.5
"""Side of one picture, and of its pixels."""
COLOURS = 64
"""Greys of a picture: small files, no steps to be seen."""
SPACING_MM = [1.0, 0.7, 0.7]

PELVIS = {"scene": "pelvis", "age_years": 30}
HIP = {"scene": "hip", "age_years": 45, "side": "left"}
KNEE = {"scene": "knee", "age_years": 30, "side": "left"}
ELBOW = {"scene": "elbow", "age_years": 40, "side": "left"}
SHOULDER = {"scene": "shoulder", "age_years": 50, "side": "left"}
SHOWN: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "muscle_plate": (SHOULDER, {"in": "latissimus_dorsi_left"}),
    "muscle_ribbon": (HIP, {"in": "gluteus_maximus_left"}),
    "bone_bridge": (HIP, {"between": ["hip_left", "femur_left"]}),
    "myositis_ossificans": (HIP, {"in": "gluteus_maximus_left"}),
    "hip_ossification": (HIP, {"between": ["hip_left", "femur_left"], "grade": 3}),
    "neurogenic_ossification": (HIP, {"on": "femur_left", "contact": "fused"}),
    "burn_ossification": (ELBOW, {"on": "humerus_left", "size_mm": 32}),
    "insertion_spur": (KNEE, {"on": "femur_left", "size_mm": 30}),
    "amorphous_calcification": (HIP, {"in": "gluteus_maximus_left"}),
    "cloud_calcification": (HIP, {"in": "gluteus_maximus_left"}),
    "rings_and_arcs": (HIP, {"in": "gluteus_maximus_left"}),
    "tumoral_calcinosis": (HIP, {"on": "femur_left"}),
    "calcinosis_universalis": (HIP, {"near": "gluteus_maximus_left"}),
    "calcinosis_circumscripta": (KNEE, {"near": "patella_left"}),
    "phlebolith": (HIP, {"in": "iliac_vena_left"}),
    "artery_wall": (HIP, {"in": "iliac_artery_left"}),
    "calcific_tendinitis": (SHOULDER, {"on": "humerus_left", "contact": "touching"}),
    "calcified_node": (HIP, {"in": "iliopsoas_left"}),
    "osteosarcoma": (KNEE, {"on": "femur_left"}),
    "synovial_sarcoma": (HIP, {"in": "gluteus_maximus_left"}),
}
"""Patient and place of each picture."""

BODIES: Mapping[str, tuple[dict[str, Any], float]] = {
    "pelvis, woman, 35": ({"scene": "pelvis", "sex": "F", "age_years": 35}, 30.0),
    "pelvis, heavy man, 60": ({"scene": "pelvis", "age_years": 60, "fat_mm": 30}, 30.0),
    "hip, boy, 9": ({"scene": "hip", "age_years": 9}, 0.0),
    "shoulder, man, 30": ({"scene": "shoulder", "age_years": 30}, 20.0),
    "chest, woman, 70": ({"scene": "thorax", "sex": "F", "age_years": 70}, 10.0),
    "neck, man, 50": ({"scene": "neck", "age_years": 50}, 0.0),
    "spine, osteoporotic, 80": (
        {"scene": "spine", "sex": "F", "age_years": 80, "bone_density": 0.5, "fat_mm": -3},
        -6.0,
    ),
    "elbow, wasted": ({"scene": "elbow", "age_years": 40, "wasting_mm": 3}, -8.0),
    "knees, girl, 12": ({"scene": "knees", "sex": "F", "age_years": 12}, 25.0),
}
"""Bodies without lesions, and how far above the scene's middle each is cut, mm of an adult."""

BODY_MM, BODY_PIXEL_MM, BODY_SLICES = 400.0, 1.6, 9


def picture(model: str, variant: str, *, seed: int = 3) -> tuple[Image.Image, str]:
    """Axial and coronal plane through a lesion, and its truth in words."""
    patient, place = SHOWN[model]
    recipe = parse_recipe(
        {
            "seed": seed,
            "variant": variant,
            "patient": patient,
            "scan": {"spacing_mm": SPACING_MM, "kernel": "standard", "dose": 1.5},
            "lesion": [{"model": model, **place}],
        }
    )
    ready = prepared(recipe)
    growths = plant(recipe.lesions[0], ready.ground, variant=variant, seed=seed, size=ready.size)
    made = simulate(
        ready.body,
        _window(growths, ready.size),
        growths,
        scanner=recipe.scanner,
        seed=seed,
        slab=64,
    )
    largest = max(made.truth, key=lambda lesion: lesion.volume_ml)
    rim = "" if largest.rim_thickness_mm is None else f", rim {largest.rim_thickness_mm:.1f} mm"
    words = (
        f"{sum(t.volume_ml for t in made.truth):.1f} ml, "
        f"{sum(t.mineral_mass_mg for t in made.truth):.0f} mg, {largest.contact}{rim}"
    )
    centre = np.array(largest.centroid_lps_mm)
    mask = made.lesion_mask(largest.label)
    # Through the largest cut, not the centroid: a bent lesion may not hold it.
    k = int(mask.sum(axis=(1, 2)).argmax())
    j = int(mask.sum(axis=(0, 2)).argmax())
    planes = (_plane(made.volume, 0, k, centre), _plane(made.volume, 1, j, centre))
    return Image.fromarray(np.hstack(planes)).quantize(COLOURS), words


def _window(growths: Sequence[Growth], size: float) -> Field:
    """Small field of view about a lesion: quick, and no more than the picture shows."""
    lows, highs = zip(*(growth.shape.bounds for growth in growths), strict=True)
    middle = (np.min(lows, axis=0) + np.max(highs, axis=0)) / 2.0 * size
    k, j, i = (int(1.25 * TILE_MM / edge) for edge in SPACING_MM)
    corner = middle - np.multiply([i, j, k], SPACING_MM[::-1]) / 2.0
    dk, dj, di = SPACING_MM
    return field_of_view(corner.tolist(), (k, j, i), spacing_kji_mm=(dk, dj, di), size=size)


def _plane(volume: Volume, axis: int, index: int, centre: np.ndarray) -> np.ndarray:
    from scipy.ndimage import map_coordinates

    middle = volume.grid.to_index_kji(centre)
    count = int(TILE_MM / PIXEL_MM)
    offsets = (np.arange(count) - count / 2) * PIXEL_MM
    dk, dj, di = volume.spacing_kji_mm
    rows, columns = np.meshgrid(offsets, offsets, indexing="ij")
    if axis == 0:
        at = [np.full(rows.shape, float(index)), middle[1] + rows / dj, middle[2] + columns / di]
    else:
        at = [middle[0] - rows / dk, np.full(rows.shape, float(index)), middle[2] + columns / di]
    plane = map_coordinates(volume.hu, at, order=1, cval=-1000.0, output=np.float32)
    low, high = WINDOW_HU
    grey = np.clip((plane - low) / (high - low) * 255.0, 0, 255).astype(np.uint8)
    grey[:, :2] = 90
    return grey


def bodies() -> Image.Image:
    """Draw one slice of every body, nine on a sheet."""
    count = int(BODY_MM / BODY_PIXEL_MM)
    sheet = Image.new("L", (3 * count, 3 * count))
    for number, (name, (patient, above)) in enumerate(BODIES.items()):
        recipe = parse_recipe(
            {"seed": 2, "patient": patient, "scan": {"spacing_mm": [3.0, BODY_PIXEL_MM / 2,
                                                                    BODY_PIXEL_MM / 2]}}
        )  # fmt: skip
        ready = prepared(recipe)
        room = ready.field.room
        middle = (float(room.z[0]) + float(room.z[-1])) / 2.0 + above * ready.size
        dk, dj, di = recipe.spacing_kji_mm
        half = 2 * count
        first = (
            (float(room.x[0]) + float(room.x[-1]) - di * half) / 2.0,
            (float(room.y[0]) + float(room.y[-1]) - dj * half) / 2.0,
            middle - dk * (BODY_SLICES // 2),
        )
        field = field_of_view(
            first, (BODY_SLICES, half, half), spacing_kji_mm=(dk, dj, di), size=ready.size
        )
        made = simulate(ready.body, field, (), scanner=recipe.scanner, seed=2, slab=BODY_SLICES)
        low, high = WINDOW_HU
        plane = made.volume.hu[BODY_SLICES // 2].astype(np.float32)
        grey = np.clip((plane - low) / (high - low) * 255.0, 0, 255).astype(np.uint8)
        tile = Image.fromarray(grey).resize((count, count), Image.Resampling.BOX)
        ImageDraw.Draw(tile).text((6, 4), name, fill=255)
        sheet.paste(tile, (number % 3 * count, number // 3 * count))
    return sheet.quantize(COLOURS)


def page(rows: list[tuple[str, str, str]]) -> str:
    """Return the page in Markdown."""
    lines = [
        "# Gallery of simulated lesions",
        "",
        "Every lesion model that a recipe of `trabecula simulate` can name, made by",
        "`validation/gallery.py`. Each picture shows the axial and the coronal plane through the",
        f"lesion, {TILE_MM:.0f} mm wide, window {WINDOW_HU[0]:.0f} to {WINDOW_HU[1]:.0f} HU:",
        "left two by the generator `train`, right two by `judge`. The two make shapes and",
        "textures in different ways, so that what is fitted on one can be judged on the other.",
        "Below each stand the truths of the scan (`truth.json`): volume, mineral, contact, rim.",
        "Parameters and their bounds: `trabecula simulate --models`.",
        "",
        "## Bodies",
        "",
        "What lesions are put into: a part of one procedural body, by age, sex, size, fat, muscle",
        f"and bone density (`[patient]` of a recipe). One slice of each, {BODY_MM:.0f} mm wide.",
        "",
        "![Bodies](gallery/bodies.png)",
        "",
    ]
    for name, train, judge in rows:
        entry = catalogue()[name]
        lines += [
            f"## {entry.title}",
            "",
            f"`{name}`. {entry.text}",
            "",
            f"![{entry.title}](gallery/{name}.png)",
            "",
            f"train: {train} · judge: {judge}",
            "",
        ]
    return "\n".join(lines)


def main() -> None:
    """Write the pictures and the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    docs = parser.parse_args().docs
    (docs / "gallery").mkdir(parents=True, exist_ok=True)
    bodies().save(docs / "gallery" / "bodies.png", optimize=True)
    rows = []
    for name in catalogue():
        pictures, words = zip(*(picture(name, v) for v in ("train", "judge")), strict=True)
        both = Image.fromarray(np.hstack([np.asarray(one.convert("L")) for one in pictures]))
        both.quantize(COLOURS).save(docs / "gallery" / f"{name}.png", optimize=True)
        rows.append((name, words[0], words[1]))
    (docs / "gallery.md").write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
