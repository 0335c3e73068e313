"""Recipes: what to simulate, written down; checked before anything is painted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from trabecula.errors import InputError
from trabecula.simulate.contrast import CONTRASTS
from trabecula.simulate.figure import Figure
from trabecula.simulate.growths.catalogue import entry_of, known_or_refused
from trabecula.simulate.growths.generators import GENERATORS
from trabecula.simulate.growths.growth import Growth
from trabecula.simulate.label_map import LabelMap, label_stage
from trabecula.simulate.metal import METALS, Implant
from trabecula.simulate.patient import Patient
from trabecula.simulate.planting import CONTACTS, LesionRequest, plant
from trabecula.simulate.render import MOST_LESIONS, simulate
from trabecula.simulate.scanner import Scanner, scanner_of
from trabecula.simulate.scenes import SCENES, SIDES_OF, Stage, stage
from trabecula.simulate.shapes import Point

Progress = Callable[[str, float], None]

DOWN: Mapping[str, Point] = {
    "HFS": (0.0, 1.0, 0.0), "FFS": (0.0, 1.0, 0.0), "HFP": (0.0, -1.0, 0.0),
    "FFP": (0.0, -1.0, 0.0), "HFDL": (1.0, 0.0, 0.0), "FFDL": (1.0, 0.0, 0.0),
    "HFDR": (-1.0, 0.0, 0.0), "FFDR": (-1.0, 0.0, 0.0),
}  # fmt: skip
"""Which way is down, LPS, by DICOM's patient position."""
SLAB = 64
"""Slices painted together."""
MOST_VOXELS = 1200 * 1024 * 1024
"""A larger scan is refused: its arrays would not fit."""

TOP = ("seed", "variant", "patient", "labels", "scan", "lesion", "metal")
PATIENT = ("scene", "side", "age_years", "sex", "size", "fat_mm", "wasting_mm", "bone_density")
LABELS = ("file", "table", "names")
SCAN = (
    "spacing_mm", "shape", "slice_thickness_mm", "kernel", "dose", "noise_hu", "kvp", "contrast",
    "motion_mm", "position",
)  # fmt: skip
LESION = (
    "model", "in", "on", "between", "near", "at", "along", "path", "contact", "name", "seed",
)  # fmt: skip
METAL = ("kind", "side")

EXAMPLE = """\
# A recipe for `trabecula simulate`. Every line may be left out but `model` and a lesion's place.
seed = 7                      # same recipe, same bytes
variant = "train"             # which generator makes the lesions: "train" or "judge"

[patient]
scene = "pelvis"              # pelvis hip shoulder neck thorax spine elbow knee knees whole_body
age_years = 16
sex = "F"
fat_mm = 5                    # more fat under the skin: -4 thin … 60 heavy
bone_density = 1.0            # 0.5 osteoporotic … 1.4 dense

[scan]
spacing_mm = [1.5, 0.85, 0.85]   # slices, rows, columns
slice_thickness_mm = 2.0
kernel = "standard"           # soft standard bone sharp
dose = 1.0                    # against a usual one
kvp = 120
contrast = "none"             # none intravenous oral both
position = "HFS"              # decides which way calcium settles

[[lesion]]
model = "bone_bridge"
between = ["hip_right", "femur_right"]
width_mm = 18

[[lesion]]
model = "muscle_ribbon"
in = "gluteus_maximus_left"
size_mm = 70
maturity = 0.5                # 0 faint veil … 1 cortex and marrow

[[lesion]]
model = "tumoral_calcinosis"
on = "femur_left"
contact = "touching"
size_mm = 50

[[lesion]]
model = "artery_wall"
in = "iliac_artery_left"
"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to simulate, checked.

    Attributes
    ----------
    seed, variant
        Same seed, same bytes; which generator makes the lesions.
    scene, side, figure
        A part of our own body; not used with a label map.
    label_file, label_table, label_names
        A label map instead: where it and its table lie, and whose names it bears.
    spacing_kji_mm, shape_kji
        Voxels; ``None`` for all of the scene.
    scanner, contrast, position, metal
        How it is scanned, and what else is in the body.
    lesions
        What is asked for.
    """

    seed: int
    variant: str
    scene: str
    side: str
    figure: Figure
    spacing_kji_mm: tuple[float, float, float]
    shape_kji: tuple[int, int, int] | None
    scanner: Scanner
    contrast: str
    position: str
    metal: tuple[Implant, ...]
    lesions: tuple[LesionRequest, ...]
    label_file: str | None = None
    label_table: str | None = None
    label_names: str = "totalsegmentator"


def parse_recipe(recipe: Mapping[str, Any]) -> Recipe:  # TOML is of any shape
    """Check a recipe that was read from TOML.

    Raises
    ------
    InputError
        For a word that is not known (with the nearest one), a value out of its bounds, or a
        lesion without a place.
    """
    _known(recipe, TOP, "key of a recipe")
    patient, scan, labels = (_table(recipe, key) for key in ("patient", "scan", "labels"))
    _known(patient, PATIENT, "key of [patient]")
    _known(scan, SCAN, "key of [scan]")
    _known(labels, LABELS, "key of [labels]")
    if labels and patient.get("scene") is not None:
        raise InputError(
            "Both a scene and a label map are given.", remedy="Keep [patient] scene or [labels]."
        )
    variant = str(recipe.get("variant", "train"))
    known_or_refused(variant, GENERATORS, what="variant")
    scene, side = str(patient.get("scene", "pelvis")), str(patient.get("side", "left"))
    known_or_refused(scene, SCENES, what="scene")
    known_or_refused(side, SIDES_OF, what="side")
    spacing = _three(scan.get("spacing_mm", [1.5, 0.85, 0.85]), "spacing_mm")
    contrast, position = str(scan.get("contrast", "none")), str(scan.get("position", "HFS"))
    known_or_refused(contrast, CONTRASTS, what="contrast")
    known_or_refused(position, DOWN, what="patient position")
    return Recipe(
        seed=_whole(recipe.get("seed", 0), "seed"),
        variant=variant,
        scene=scene,
        side=side,
        figure=_figure(patient),
        spacing_kji_mm=spacing,
        shape_kji=_shape(scan.get("shape")),
        scanner=_scanner(scan, spacing),
        contrast=contrast,
        position=position,
        metal=tuple(_metal(entry) for entry in recipe.get("metal", [])),
        lesions=lesions_of(recipe),
        label_file=labels.get("file"),
        label_table=labels.get("table"),
        label_names=str(labels.get("names", "totalsegmentator")),
    )


def lesions_of(recipe: Mapping[str, Any]) -> tuple[LesionRequest, ...]:  # TOML is of any shape
    """Check the lesions that a recipe asks for."""
    lesions = recipe.get("lesion", [])
    if not isinstance(lesions, list) or len(lesions) > MOST_LESIONS:
        raise InputError(
            f"Lesions are a list of up to {MOST_LESIONS}.", remedy="Write each as [[lesion]]."
        )
    return tuple(_lesion(number, entry) for number, entry in enumerate(lesions, start=1))


def prepared(recipe: Recipe, labels: LabelMap | None = None) -> Stage:
    """Return the body that a recipe asks for, with the map that lesions are planned on."""
    if labels is not None:
        return label_stage(
            labels,
            spacing_kji_mm=recipe.spacing_kji_mm,
            shape_kji=recipe.shape_kji,
            contrast=recipe.contrast,
            position=recipe.position,
        )
    return stage(
        recipe.scene,
        recipe.figure,
        spacing_kji_mm=recipe.spacing_kji_mm,
        shape_kji=recipe.shape_kji,
        side=recipe.side,
        metal=recipe.metal,
        contrast=recipe.contrast,
        position=recipe.position,
        seed=recipe.seed,
    )


def cook(
    recipe: Recipe, *, labels: LabelMap | None = None, progress: Progress | None = None
) -> Patient:
    """Simulate what a recipe asks for.

    Parameters
    ----------
    labels
        The label map, read, when the recipe names one.
    progress
        Called with a stage's name and a fraction.
    """
    tell = progress or (lambda name, share: None)
    if recipe.label_file is not None and labels is None:
        raise InputError("The recipe's label map was not read.", remedy="Read it and hand it in.")
    if recipe.shape_kji is not None:
        k, j, i = recipe.shape_kji
        if k * j * i > MOST_VOXELS:
            raise InputError(
                f"A scan of {k} × {j} × {i} voxels is too large.", remedy="Ask for fewer voxels."
            )
    tell("map the body", 0.0)
    ready = prepared(recipe, labels)
    models: list[Growth] = []
    for index, request in enumerate(recipe.lesions):
        tell("place the lesions", index / len(recipe.lesions))
        try:
            scaled = _in_frame(request, ready.size)
            seed = recipe.seed * 1000 + index if request.seed is None else request.seed
            models += plant(scaled, ready.ground, variant=recipe.variant, seed=seed,
                            size=ready.size, down=DOWN[recipe.position])  # fmt: skip
        except InputError as refused:
            raise InputError(
                f"Lesion {index + 1}: {refused.problem}", remedy=refused.remedy
            ) from refused
    tell("paint and scan", 0.0)
    patient = simulate(
        ready.body, ready.field, models, scanner=recipe.scanner, seed=recipe.seed, slab=SLAB,
        progress=lambda share: tell("paint and scan", share),
    )  # fmt: skip
    tell("paint and scan", 1.0)
    if len(patient.truth) < len(models):
        shown = {lesion.name for lesion in patient.truth}
        lost = next((m.name for m in models if m.name not in shown), "one of them")
        raise InputError(
            f"Not every lesion is in the scan: {lost}.",
            remedy="Choose smaller voxels, a larger shape or another place.",
        )
    return patient


def _in_frame(request: LesionRequest, size: float) -> LesionRequest:
    """Return a request with its points in the frame of the body."""

    def scaled(place: Point) -> Point:
        return place[0] / size, place[1] / size, place[2] / size

    at = None if request.at is None else scaled(request.at)
    return replace(request, at=at, path=tuple(scaled(p) for p in request.path))


def _figure(patient: Mapping[str, Any]) -> Figure:
    given = {key: patient[key] for key in PATIENT[2:] if key in patient}
    for key, value in given.items():
        if key != "sex" and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise InputError(f"`{key}` is a number.", remedy=f"Write {key} = 1, for example.")
    sex = str(given.pop("sex", "M"))
    return Figure(sex=sex, **{key: float(value) for key, value in given.items()})


def _scanner(scan: Mapping[str, Any], spacing: tuple[float, float, float]) -> Scanner:
    scanner = scanner_of(
        str(scan.get("kernel", "standard")),
        kvp=_number(scan.get("kvp", 120.0), "kvp"),
        dose=_number(scan.get("dose", 1.0), "dose"),
        slice_thickness_mm=_number(scan.get("slice_thickness_mm", spacing[0]),
                                   "slice_thickness_mm"),
        motion_mm=_number(scan.get("motion_mm", 0.0), "motion_mm"),
    )  # fmt: skip
    if "noise_hu" not in scan:
        return scanner
    noise = _number(scan["noise_hu"], "noise_hu")
    return replace(scanner, noise_sd_hu=noise, streaks_hu=0.25 * noise)


def _lesion(number: int, entry: Any) -> LesionRequest:  # TOML is of any shape
    if not isinstance(entry, Mapping) or "model" not in entry:
        raise InputError(
            f"Lesion {number} has no model.", remedy='Add model = "muscle_ribbon", for example.'
        )
    try:
        return _request(entry)
    except InputError as refused:
        raise InputError(f"Lesion {number}: {refused.problem}", remedy=refused.remedy) from refused


def _request(entry: Mapping[str, Any]) -> LesionRequest:
    model = entry_of(str(entry["model"]))
    values = {key: value for key, value in entry.items() if key not in LESION}
    for key in values:
        known_or_refused(key, (*LESION, *model.parameters), what=f"key of a `{model.name}`")
    model.values(values)
    places = [key for key in ("in", "on", "between", "at", "path") if key in entry]
    if len(places) > 1:
        raise InputError(f"It has several places: {', '.join(places)}.", remedy="Keep one of them.")
    joined = entry.get("between")
    if joined is not None and (not isinstance(joined, list) or len(joined) != 2):
        raise InputError("`between` names two bones.", remedy='Write between = ["a", "b"].')
    path, along = entry.get("path", []), entry.get("along")
    if not isinstance(path, list):
        raise InputError("`path` is a list of points.", remedy="Write path = [[x, y, z], ...].")
    if along is not None and not any(_three(along, "along")):
        raise InputError("`along` points nowhere.", remedy="Write along = [0.0, 0.0, 1.0].")
    contact = entry.get("contact")
    if contact is not None:
        known_or_refused(str(contact), CONTACTS, what="contact")
    return LesionRequest(
        model=model.name,
        inside=_word(entry, "in"),
        on=_word(entry, "on"),
        between=None if joined is None else (str(joined[0]), str(joined[1])),
        near=_word(entry, "near"),
        at=None if "at" not in entry else _three(entry["at"], "at"),
        along=None if along is None else _three(along, "along"),
        path=tuple(_three(place, "path") for place in path),
        contact=contact,
        values=values,
        name=_word(entry, "name"),
        seed=None if "seed" not in entry else _whole(entry["seed"], "seed"),
    )


def _metal(entry: Any) -> Implant:  # TOML is of any shape
    if not isinstance(entry, Mapping):
        raise InputError("Metal is a table.", remedy="Write each piece as [[metal]].")
    _known(entry, METAL, "key of [[metal]]")
    kind, side = str(entry.get("kind", "")), str(entry.get("side", "left"))
    known_or_refused(kind, METALS, what="metal implant")
    known_or_refused(side, SIDES_OF, what="side")
    return Implant(kind, SIDES_OF[side])


def _known(table: Mapping[str, Any], keys: Sequence[str], what: str) -> None:
    for key in table:
        known_or_refused(key, keys, what=what)


def _table(recipe: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = recipe.get(key, {})
    if not isinstance(table, Mapping):
        raise InputError(f"`{key}` is a table.", remedy=f"Write [{key}] and its lines below.")
    return table


def _word(entry: Mapping[str, Any], key: str) -> str | None:
    value = entry.get(key)
    if value is None or isinstance(value, str):
        return value
    raise InputError(f"`{key}` is a word.", remedy=f'Write {key} = "femur_left", for example.')


def _number(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise InputError(f"`{key}` is a number.", remedy=f"Write {key} = 1.0, for example.")
    return float(value)


def _whole(value: object, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InputError(
            f"`{key}` is a whole number from 0.", remedy=f"Write {key} = 7, for example."
        )
    return value


def _three(value: object, key: str) -> tuple[float, float, float]:
    if not isinstance(value, list | tuple) or len(value) != 3:
        raise InputError(
            f"`{key}` is three numbers.", remedy=f"Write {key} = [1.0, 2.0, 3.0], for example."
        )
    x, y, z = (_number(part, key) for part in value)
    return x, y, z


def _shape(value: object) -> tuple[int, int, int] | None:
    if value is None:
        return None
    k, j, i = _three(value, "shape")
    if min(k, j, i) < 8 or any(n != int(n) for n in (k, j, i)):
        raise InputError(
            "`shape` is three whole numbers of 8 or more.", remedy="Write slices, rows, columns."
        )
    return int(k), int(j), int(i)
