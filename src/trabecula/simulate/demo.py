"""The lesions of the demonstration patient, in the body frame of an adult."""

from trabecula.simulate.lesions import (
    AmorphousCalcification,
    HeterotopicBone,
    LesionModel,
    Phlebolith,
    TramTrack,
)
from trabecula.simulate.shapes import Ellipsoid, Tube, Union
from trabecula.simulate.soft_tissue import ARTERIES, ARTERY_RADIUS_MM


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
