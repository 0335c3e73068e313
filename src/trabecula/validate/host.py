"""The patients of the simulated suites, painted once and fine: another body for each seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trabecula.simulate import LesionModel, Patient, Scanner
from trabecula.simulate.growths import GENERATORS, Growth, Plan, Site, entry_of
from trabecula.simulate.render import field_of_view, simulate
from trabecula.validate.acquire import fine_slices
from trabecula.validate.build import Build, judged_build, trained_build
from trabecula.validate.condition import Case
from trabecula.validate.draw import Mix, defaults, draw_lesions
from trabecula.validate.place import Window
from trabecula.validate.terrain import terrain

WINDOW_MM = (162.0, 152.0, 136.0)
"""Part of a body shown around lesions, x, y, z: a small field of view keeps cases quick."""

NORMAL_HEIGHT_MM = 170.0
"""Part of its height that one scan shows."""

SLAB = 500
"""Slices painted together: all, since beyond a slab more is painted on either side."""

PERFECT = Scanner(noise_sd_hu=0.0, blur_fwhm_mm=0.3)
"""Paints, and leaves blur and noise to the judge's own scanner."""


@dataclass(frozen=True, slots=True, eq=False)
class Host:
    """A patient to be painted: its build, window of the body shown, lesions."""

    build: Build
    window: Window
    lesions: tuple[LesionModel, ...]


def paint(case: Case) -> Patient:
    """Paint the patient of a case, on voxels that divide those of its scans."""
    random = np.random.default_rng((case.seed, 3))
    drawn = trained_build if case.variant == "train" else judged_build
    build = drawn(random, case.region)
    host = (_normal if case.kind == "normal" else _diseased)(case, random, build)
    size = build.figure.scale
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
    body = build.body(seed=case.seed, contrast_hu=case.contrast_hu)
    return simulate(body, field, host.lesions, scanner=PERFECT, seed=case.seed, slab=SLAB)


def _diseased(case: Case, random: np.random.Generator, build: Build) -> Host:
    low, high = build.corners
    sides = 2.0 * np.array([case.margin_mm, case.margin_mm, 0.0])
    extent = (np.asarray(WINDOW_MM) - sides) / build.figure.scale
    start = low + random.random(3) * np.maximum(high - low - extent, 0.0)
    window = Window(start, np.minimum(start + extent, high))
    lesions = draw_lesions(
        random,
        window,
        Mix(case.lesions, case.variant, case.calm),
        ground=terrain(build),
        seed=case.seed,
    )
    harmless = _harmless(case, random, build)[:2] if random.random() < 0.5 else ()
    return Host(build, window, (*lesions, *harmless))


def _normal(case: Case, random: np.random.Generator, build: Build) -> Host:
    low, high = build.normal_corners
    room = high[2] - low[2] - NORMAL_HEIGHT_MM
    low[2] += float(random.uniform(0.0, max(room, 0.0)))
    high[2] = min(low[2] + NORMAL_HEIGHT_MM, high[2])
    return Host(build, Window(low, high), _harmless(case, random, build))


def _harmless(case: Case, random: np.random.Generator, build: Build) -> tuple[Growth, ...]:
    """Calcium that has to be set aside: stones in pelvic veins, walls of arteries."""
    made: list[Growth] = []
    size = build.figure.scale
    for _ in range(int(random.integers(1, 4)) if build.part.pelvic else 0):
        side = float(random.choice([-1.0, 1.0]))
        along = random.uniform(0.0, 1.0)
        place = (side * (42.0 + 8.0 * along), 38.0 - 20.0 * along, 4.0 + 14.0 * along)
        made += _grow("phlebolith", Site(build.proportions.body(place)), case, random, size=size,
                      size_mm=float(random.uniform(3.0, 7.0)))  # fmt: skip
    arteries = build.arteries()
    for name in sorted(arteries):
        if random.random() < 0.6:
            course, radius = arteries[name]
            start = int(random.integers(0, max(len(course) - 3, 1)))
            site = Site(course[start + 1], path=course[start : start + 3], radius_mm=radius)
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
