"""The judge's patients: a pelvis of another size and build for each seed, painted once and fine."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from trabecula.simulate import LesionModel, Patient, Scanner
from trabecula.simulate.canvas import Canvas
from trabecula.simulate.growths import GENERATORS, Growth, Plan, Site, entry_of
from trabecula.simulate.render import Body, field_of_view, simulate
from trabecula.simulate.shapes import Tube
from trabecula.simulate.skeleton import pelvic_skeleton
from trabecula.simulate.soft_tissue import (
    ARTERIES,
    ARTERY_RADIUS_MM,
    VEINS,
    paint_body,
    paint_joints,
    paint_muscles,
    paint_table,
    paint_vessels,
    paint_viscera,
)
from trabecula.validate.acquire import fine_slices
from trabecula.validate.condition import Case
from trabecula.validate.draw import defaults, draw_lesions
from trabecula.validate.place import Window
from trabecula.validate.terrain import HIGH_MM, LOW_MM

SIZES = (0.86, 1.12)
"""Scale of the judge's patients; 1 is an adult man."""

WINDOW_MM = (162.0, 152.0, 136.0)
"""Part of a body shown around lesions, x, y, z: a small field of view keeps cases quick."""

WHOLE_LOW_MM, WHOLE_HIGH_MM = (-192.0, -116.0, -112.0), (192.0, 162.0, 196.0)
"""Field of view of a normal scan: skin to skin, table included."""

NORMAL_HEIGHT_MM = 170.0
"""Part of its height that one scan shows."""

SLAB = 500
"""Slices painted together: all, since beyond a slab more is painted on either side."""

PERFECT = Scanner(noise_sd_hu=0.0, blur_fwhm_mm=0.3)
"""Paints, and leaves blur and noise to the judge's own scanner."""


@dataclass(frozen=True, slots=True, eq=False)
class Host:
    """A patient to be painted: window of the body shown, scale, lesions."""

    window: Window
    size: float
    lesions: tuple[LesionModel, ...]


def paint(case: Case) -> Patient:
    """Paint the patient of a case, on voxels that divide those of its scans."""
    random = np.random.default_rng((case.seed, 3))
    size = float(random.uniform(*SIZES))
    host = _normal(case, random, size) if case.kind == "normal" else _diseased(case, random, size)
    # Fine slices that divide those of every scan.
    step = min(one.slice_mm / fine_slices(one.slice_mm, case.fine_mm) for one in case.conditions)
    pixel = case.conditions[0].pixel_mm
    # Lesions keep one margin away from what is scanned, and that one from what is painted.
    sides = 2.0 * np.array([case.margin_mm, case.margin_mm, 0.0])
    low, high = host.window.low * size - sides, host.window.high * size + sides
    k, j, i = (
        int(n) for n in np.ceil((high - low)[::-1] / np.array([step, pixel, pixel])).astype(int)
    )
    field = field_of_view(low.tolist(), (k, j, i), spacing_kji_mm=(step, pixel, pixel), size=size)
    body = Body(
        soft_tissue=partial(_soft_tissue, seed=case.seed, contrast_hu=case.contrast_hu),
        bones=partial(pelvic_skeleton, seed=case.seed),
        age_years=float(random.integers(14, 80)),
        sex=str(random.choice(["F", "M"])),
    )
    return simulate(body, field, host.lesions, scanner=PERFECT, seed=case.seed, slab=SLAB)


def _diseased(case: Case, random: np.random.Generator, size: float) -> Host:
    low, high = np.asarray(LOW_MM), np.asarray(HIGH_MM)
    sides = 2.0 * np.array([case.margin_mm, case.margin_mm, 0.0])
    extent = (np.asarray(WINDOW_MM) - sides) / size
    start = low + random.random(3) * np.maximum(high - low - extent, 0.0)
    window = Window(start, np.minimum(start + extent, high))
    lesions = draw_lesions(
        random, window, case.lesions, variant=case.variant, size=size, seed=case.seed
    )
    harmless = _harmless(case, random, size)[:2] if random.random() < 0.5 else ()
    return Host(window, size, (*lesions, *harmless))


def _normal(case: Case, random: np.random.Generator, size: float) -> Host:
    low, high = np.array(WHOLE_LOW_MM), np.array(WHOLE_HIGH_MM)
    low[2] += float(random.uniform(0.0, high[2] - low[2] - NORMAL_HEIGHT_MM))
    high[2] = low[2] + NORMAL_HEIGHT_MM
    window = Window(low, high)
    return Host(window, size, _harmless(case, random, size))


def _harmless(case: Case, random: np.random.Generator, size: float) -> tuple[Growth, ...]:
    """Calcium that has to be set aside: stones in pelvic veins, walls of arteries."""
    made: list[Growth] = []
    for _ in range(int(random.integers(1, 4))):
        side = float(random.choice([-1.0, 1.0]))
        along = random.uniform(0.0, 1.0)
        centre = (side * (42.0 + 8.0 * along), 38.0 - 20.0 * along, 4.0 + 14.0 * along)
        made += _grow("phlebolith", Site(centre), case, random, size=size,
                      size_mm=float(random.uniform(3.0, 7.0)))  # fmt: skip
    for name in sorted(ARTERIES):
        if random.random() < 0.6:
            course = ARTERIES[name]
            start = int(random.integers(0, len(course) - 3))
            site = Site(course[start + 1], path=course[start : start + 3],
                        radius_mm=ARTERY_RADIUS_MM)  # fmt: skip
            made += _grow("artery_wall", site, case, random, size=size,
                          size_mm=float(random.uniform(15.0, 45.0)),
                          cover=float(random.uniform(0.2, 0.85)))  # fmt: skip
    return tuple(made)


def _grow(
    model: str,
    site: Site,
    case: Case,
    random: np.random.Generator,
    *,
    size: float,
    **values: float,
) -> Sequence[Growth]:
    generator = GENERATORS[case.variant](int(random.integers(1 << 30)))
    entry = entry_of(model)
    plan = Plan(model, model, {**defaults(model), **values}, site, generator, random, size)
    return entry.builder(plan)


def _soft_tissue(canvas: Canvas, *, seed: int, contrast_hu: float) -> None:
    paint_table(canvas)
    paint_body(canvas)
    paint_viscera(canvas, np.random.default_rng(seed))
    paint_muscles(canvas)
    paint_vessels(canvas)
    if contrast_hu:
        for course in ARTERIES.values():
            canvas.paint(Tube(course, (ARTERY_RADIUS_MM,) * len(course)), contrast_hu)
        for course in VEINS.values():
            canvas.paint(Tube(course, (0.8 * ARTERY_RADIUS_MM,) * len(course)), 0.4 * contrast_hu)
    paint_joints(canvas)
