"""Bodies to scan: parts of our own procedural one, by kind of patient."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from trabecula.errors import InputError
from trabecula.model import Box, Float32, Mask, Tissue
from trabecula.simulate.canvas import Canvas, blank_canvas, mixed_palette
from trabecula.simulate.contrast import enhance
from trabecula.simulate.detail import LONG_BONES, open_head_plate, open_plates, paint_detail
from trabecula.simulate.figure import Figure
from trabecula.simulate.ground import Ground, air_distance
from trabecula.simulate.growths.catalogue import known_or_refused
from trabecula.simulate.lattice import Bounds, Lattice
from trabecula.simulate.metal import Implant, paint_metal
from trabecula.simulate.render import Body, Field, field_of_view, tissue_of
from trabecula.simulate.shapes import Shape
from trabecula.simulate.skeleton import Bone, pelvic_skeleton
from trabecula.simulate.soft_tissue import (
    body_outline,
    paint_belly,
    paint_joints,
    paint_muscles,
    paint_skin,
    paint_table,
    paint_vessels,
    paint_viscera,
    sided,
)
from trabecula.simulate.tissue import MUSCLE
from trabecula.simulate.whole_body import (
    LIMB_MUSCLES,
    paint_chest,
    paint_neck_and_head,
    whole_outline,
)
from trabecula.simulate.whole_skeleton import whole_skeleton

CLOSED = (
    Tissue.AIRWAY, Tissue.BOWEL, Tissue.URINARY, Tissue.NERVOUS, Tissue.ORGAN, Tissue.KIDNEY,
)  # fmt: skip
"""What no lesion grows into."""
PLAN_MM = 3.5
"""Voxel of the map that lesions are planned on."""
SIDES_OF = {"left": 1, "right": -1}


@dataclass(frozen=True, slots=True)
class Scene:
    """A part of the body.

    Attributes
    ----------
    low_mm, high_mm
        Corners ``(x, y, z)`` of what is scanned, adult body frame; of the left side where
        ``paired``.
    text
        What it shows.
    paired
        Whether it shows one side of the body.
    pelvic
        Whether the pelvis alone is drawn, without ribs and arms.
    """

    low_mm: tuple[float, float, float]
    high_mm: tuple[float, float, float]
    text: str
    paired: bool = False
    pelvic: bool = False


SCENES: Mapping[str, Scene] = {
    "pelvis": Scene((-192, -116, -112), (192, 162, 200), "L3 to the upper thighs", pelvic=True),
    "hip": Scene((18, -116, -112), (192, 150, 130), "one hip", paired=True, pelvic=True),
    "shoulder": Scene((30, -118, 400), (232, 150, 640), "one shoulder girdle", paired=True),
    "neck": Scene((-160, -110, 520), (160, 140, 715), "neck and both shoulders' tops"),
    "thorax": Scene((-236, -120, 290), (236, 162, 600), "chest with both shoulders"),
    "spine": Scene((-120, -60, 70), (120, 150, 560), "T3 to the sacrum"),
    "elbow": Scene((140, -60, 190), (250, 90, 350), "one elbow beside the trunk", paired=True),
    "knee": Scene((20, -116, -540), (180, 130, -260), "one knee", paired=True),
    "knees": Scene((-180, -116, -540), (180, 162, -260), "both knees"),
    "whole_body": Scene((-240, -125, -885), (240, 165, 870), "feet to head"),
}
"""Everything a recipe can ask for."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A body and a field of view, with the map that lesions are planned on.

    Attributes
    ----------
    size
        Scale of the body frame; planning is in that frame.
    """

    body: Body
    field: Field
    ground: Ground
    size: float


@dataclass(frozen=True, slots=True, eq=False)
class _Offset:
    """A shape grown by some millimetres on every side."""

    shape: Shape
    by_mm: float

    @property
    def bounds(self) -> Bounds:
        low, high = self.shape.bounds
        return np.subtract(low, self.by_mm), np.add(high, self.by_mm)

    def distance(self, x: Float32, y: Float32, z: Float32) -> Float32:
        return self.shape.distance(x, y, z) - np.float32(self.by_mm)


def stage(
    scene: str,
    figure: Figure,
    *,
    spacing_kji_mm: tuple[float, float, float],
    shape_kji: tuple[int, int, int] | None = None,
    side: str = "left",
    metal: Sequence[Implant] = (),
    contrast: str = "none",
    position: str = "HFS",
    seed: int = 0,
) -> Stage:
    """Return a body with its field of view and planning map.

    Parameters
    ----------
    scene
        A key of ``SCENES``.
    shape_kji
        Voxels about the scene's middle; ``None`` for all of the scene.
    side
        Which one, for scenes of one side.
    """
    known_or_refused(scene, SCENES, what="scene")
    known_or_refused(side, SIDES_OF, what="side")
    chosen = SCENES[scene]
    size = figure.scale
    low, high = (np.array(c, dtype=np.float64) for c in (chosen.low_mm, chosen.high_mm))
    if chosen.paired and side == "right":
        low[0], high[0] = -high[0], -low[0]
    grow = np.array([figure.fat_mm, figure.fat_mm, 0.0]) / size
    low, high = (low - grow) * size, (high + grow) * size
    if min(spacing_kji_mm) <= 0:
        raise InputError(
            f"Voxels of {spacing_kji_mm} mm cannot be simulated.",
            remedy="Choose spacings between 0.3 and 8 mm.",
        )
    if shape_kji is None:
        k, j, i = (int(n) for n in np.maximum(np.ceil((high - low)[::-1] / spacing_kji_mm), 1))
        shape_kji = (k, j, i)
    corner = (low + high) / 2.0 - np.array(spacing_kji_mm)[::-1] * (np.array(shape_kji)[::-1]) / 2.0
    field = field_of_view(corner.tolist(), shape_kji, spacing_kji_mm=spacing_kji_mm, size=size)
    body = body_of(
        figure,
        pelvic=chosen.pelvic,
        metal=metal,
        contrast=contrast,
        position=position,
        seed=seed,
    )
    return Stage(body, field, _ground(body, field, seed), size)


def body_of(
    figure: Figure,
    *,
    pelvic: bool,
    metal: Sequence[Implant] = (),
    contrast: str = "none",
    position: str = "HFS",
    seed: int = 0,
) -> Body:
    """Return the plan of a body of some build.

    Parameters
    ----------
    pelvic
        Whether the pelvis alone is drawn, without ribs and arms.
    seed
        No two patients are quite alike.
    """
    return Body(
        soft_tissue=partial(_paint, pelvic=pelvic, figure=figure, seed=seed),
        bones=partial(
            _bones,
            skeleton=pelvic_skeleton if pelvic else whole_skeleton,
            figure=figure,
            seed=seed,
        ),
        age_years=figure.age_years,
        sex=figure.sex,
        finish=partial(_finish, metal=tuple(metal), contrast=contrast),
        contrast=contrast != "none",
        position=position,
        wasting_mm=figure.wasting_mm / figure.scale,
    )


def outline_of(figure: Figure, *, pelvic: bool) -> Shape:
    """Skin of a body of some build."""
    fat = figure.fat_mm / figure.scale
    return _Offset(body_outline() if pelvic else whole_outline(), fat)


def _finish(canvas: Canvas, *, metal: tuple[Implant, ...], contrast: str) -> None:
    enhance(canvas, contrast)
    paint_metal(canvas, metal)


def _paint(canvas: Canvas, *, pelvic: bool, figure: Figure, seed: int) -> None:
    fat = figure.fat_mm / figure.scale
    paint_table(canvas, lower_mm=max(fat, 0.0))
    paint_skin(canvas, outline_of(figure, pelvic=pelvic))
    paint_belly(canvas)
    paint_viscera(canvas, np.random.default_rng(seed))
    if not pelvic:
        paint_chest(canvas)
    paint_muscles(canvas)
    if not pelvic:
        for name, rows in LIMB_MUSCLES.items():
            for side, word in ((1, "left"), (-1, "right")):
                canvas.muscle(sided(rows, side), f"{name}_{word}", hu=MUSCLE)
    paint_vessels(canvas)
    paint_joints(canvas)
    if not pelvic:
        paint_neck_and_head(canvas)
        paint_detail(canvas, age_years=figure.age_years)


def _bones(
    lattice: Lattice, *, skeleton: Callable[..., list[Bone]], figure: Figure, seed: int
) -> list[Bone]:
    bones = skeleton(lattice, seed=seed)
    thin = float(np.sqrt(figure.bone_density))
    for bone in bones:
        make = LONG_BONES.get(bone.name.split("_", maxsplit=1)[0], bone.make)
        bone.make = replace(
            make,
            spongiosa_mg_cm3=make.spongiosa_mg_cm3 * figure.bone_density,
            cortex_mm=make.cortex_mm * thin,
            shaft_cortex_mm=None if make.shaft_cortex_mm is None else make.shaft_cortex_mm * thin,
        )
        if figure.growing:
            open_plates(lattice.z, bone)
            open_head_plate(*lattice.part(bone.box).mesh(), bone)
    return bones


def _ground(body: Body, field: Field, seed: int) -> Ground:
    """Paint the body coarsely, once, to plan lesions on."""
    fine = field.body
    axes = []
    for centres in (fine.x, fine.y, fine.z):
        first, last = float(centres[0]), float(centres[-1])
        count = max(4, round((last - first) / PLAN_MM) + 1)
        axes.append(np.linspace(first, last, count).astype(np.float32))
    x, y, z = axes
    lattice = Lattice(x, y, z)
    palette = mixed_palette(lattice.spacing_kji_mm, kvp=120.0, seed=seed)
    canvas = blank_canvas(lattice, palette, {}, wasting_mm=body.wasting_mm)
    body.soft_tissue(canvas)
    bones = body.bones(lattice)
    for bone in bones:
        canvas.labels[bone.box][bone.distance < 0] = canvas.label(bone.name)
    shown = {name: n for name, n in canvas.names.items() if (canvas.labels == n).any()}
    inner: Mask = canvas.body < 0
    hollow = {name for name in shown if tissue_of(name) in CLOSED}

    def parts(here: Lattice) -> list[tuple[str, Box, Float32]]:
        return [(b.name, b.box, b.distance) for b in body.bones(here)]

    return Ground(
        lattice=lattice,
        labels=canvas.labels,
        names=shown,
        bones=frozenset(b.name for b in bones if b.name in shown),
        hollow=frozenset(hollow),
        body=inner,
        air=air_distance(inner, np.isin(canvas.labels, [shown[n] for n in hollow]), lattice),
        bone_parts=parts,
    )
