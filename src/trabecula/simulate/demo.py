"""The demonstration patient: a pelvis with bone where none belongs, and harmless calcium."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from trabecula.errors import InputError
from trabecula.model import Context
from trabecula.simulate.canvas import Canvas
from trabecula.simulate.lesions import (
    AmorphousCalcification,
    HeterotopicBone,
    LesionModel,
    Phlebolith,
    TramTrack,
)
from trabecula.simulate.patient import Patient
from trabecula.simulate.render import Body, field_of_view, simulate
from trabecula.simulate.scanner import Scanner
from trabecula.simulate.shapes import Ellipsoid, Tube, Union
from trabecula.simulate.skeleton import pelvic_skeleton
from trabecula.simulate.soft_tissue import (
    ARTERIES,
    ARTERY_RADIUS_MM,
    paint_body,
    paint_joints,
    paint_muscles,
    paint_table,
    paint_vessels,
    paint_viscera,
)

DEMO_SPACING_KJI_MM = (1.5, 0.85, 0.85)
DEMO_SIZE = 0.95
"""Against an adult man: a girl of sixteen."""
DEMO_AGE_YEARS = 16.0
DEMO_SEX = "F"

SLAB = 104
"""Slices painted together."""
FIELD_LOW_MM = (-192.0, -116.0, -112.0)
FIELD_HIGH_MM = (192.0, 162.0, 200.0)
"""What the scan shows, adult body frame: L3 to the upper thighs, table included."""


def demo_patient(
    *,
    seed: int = 0,
    spacing_kji_mm: tuple[float, float, float] = DEMO_SPACING_KJI_MM,
    lesions: Sequence[LesionModel] | None = None,
    scanner: Scanner | None = None,
) -> Patient:
    """Simulate pelvis, hips and lower spine with bone in many muscles and a bridge.

    Parameters
    ----------
    seed
        Same seed, same bytes.
    spacing_kji_mm
        Slice distance, row and column spacing, mm.
    lesions
        Lesions instead of the demonstration's; an empty sequence makes a normal scan.
    scanner
        How it is scanned; 120 kV, 1.1 mm blur, 15 HU noise unless told.
    """
    return pelvis_patient(
        demo_lesions() if lesions is None else lesions,
        spacing_kji_mm=spacing_kji_mm,
        size=DEMO_SIZE,
        scanner=scanner or Scanner(),
        seed=seed,
    )


def demo_context() -> Context:
    """Return age and sex of the demonstration patient.

    Sixteen: the growth plates, which the skeleton does not model, are closed or nearly so.
    Calcified arteries and veins are rare at that age; they are there to be told from bone.
    """
    return Context(age_years=DEMO_AGE_YEARS, sex=DEMO_SEX)


def pelvis_patient(
    lesions: Sequence[LesionModel],
    *,
    spacing_kji_mm: tuple[float, float, float],
    size: float,
    scanner: Scanner,
    seed: int,
) -> Patient:
    """Simulate a pelvis of a size (1 = adult man) with these lesions."""
    body = Body(
        soft_tissue=partial(_paint_soft_tissue, seed=seed),
        bones=partial(pelvic_skeleton, seed=seed),
        age_years=DEMO_AGE_YEARS,
        sex=DEMO_SEX,
    )
    if min(spacing_kji_mm) <= 0:
        raise InputError(
            f"Voxels of {spacing_kji_mm} mm cannot be simulated.",
            remedy="Choose spacings between 0.3 and 8 mm.",
        )
    extent = np.subtract(FIELD_HIGH_MM, FIELD_LOW_MM)[::-1] * size
    k, j, i = (int(n) for n in np.maximum(np.ceil(extent / spacing_kji_mm), 1))
    field = field_of_view(
        np.multiply(FIELD_LOW_MM, size).tolist(),
        (k, j, i),
        spacing_kji_mm=spacing_kji_mm,
        size=size,
    )
    return simulate(body, field, lesions, scanner=scanner, seed=seed, slab=SLAB)


def _paint_soft_tissue(canvas: Canvas, *, seed: int) -> None:
    paint_table(canvas)
    paint_body(canvas)
    paint_viscera(canvas, np.random.default_rng(seed))
    paint_muscles(canvas)
    paint_vessels(canvas)
    paint_joints(canvas)


def demo_lesions() -> tuple[LesionModel, ...]:
    """Bone in many muscles, one bridge, and beside it calcium of three harmless kinds."""
    return (*_ossifications(), *_calcifications())


def _ossifications() -> tuple[LesionModel, ...]:
    bridge = Tube(
        ((-103, -36, 58), (-116, -47, 34), (-128, -48, 4), (-132, -34, -28), (-127, -8, -52)),
        (11.0, 13.0, 13.5, 12.5, 12.0),
    )
    spur = Tube(((-126, -50, 12), (-116, -62, -6), (-112, -66, -18)), (9.0, 6.0, 3.5))
    back_left = Tube(
        ((39, 70, 186), (36, 68, 166), (30, 72, 146), (25, 80, 124)),
        (9.0, 12.0, 11.0, 7.0),
        flat=2.0,
    )
    back_right = Tube(((-44, 68, 172), (-40, 70, 156), (-36, 74, 140)), (6.0, 9.0, 6.0), flat=1.8)
    gluteal_left = Tube(((141, 4, 62), (146, 6, 40), (147, 10, 20)), (8.0, 10.5, 7.0), flat=1.0)
    thigh_left = Tube(((62, -2, -58), (64, 2, -78), (66, 6, -98)), (6.0, 9.0, 6.5))
    return (
        HeterotopicBone(
            Union((bridge, spur), blend_mm=5.0), "bridge from ilium to femur", rim_thickness_mm=2.0
        ),
        HeterotopicBone(back_left, "plate along the back muscles", rim_thickness_mm=1.5),
        HeterotopicBone(back_right, "smaller plate along the back muscles", rim_thickness_mm=1.3),
        HeterotopicBone(
            gluteal_left,
            "immature bone in the gluteal muscles",
            rim_thickness_mm=1.6,
            rim_mg_cm3=430.0,
            core_mg_cm3=120.0,
            marrow_hu=20.0,
        ),
        HeterotopicBone(thigh_left, "bone among the adductors", rim_thickness_mm=1.5),
    )


def _calcifications() -> tuple[LesionModel, ...]:
    granuloma = AmorphousCalcification(
        (
            Ellipsoid((-94, 101, 36), (5.8, 4.8, 5.8)),
            Ellipsoid((-88, 103, 40), (4.8, 4.2, 4.8)),
            Ellipsoid((-91, 103, 30), (4.8, 4.2, 4.6)),
        ),
        name="old injection site",
    )
    left, right = ARTERIES["iliac_artery_left"], ARTERIES["iliac_artery_right"]
    return (
        granuloma,
        TramTrack(left[1:4], ARTERY_RADIUS_MM),
        TramTrack((left[7], (80.6, -49.5, -74.0)), ARTERY_RADIUS_MM),
        TramTrack((right[7], (-80.6, -49.5, -74.0)), ARTERY_RADIUS_MM),
        Phlebolith((47, 34, 10), 4.8),
        Phlebolith((-44, 40, 2), 4.4),
    )
