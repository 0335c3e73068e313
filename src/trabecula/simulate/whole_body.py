"""A tall patient from feet to head, for speed, memory and burden by region."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import numpy as np

from trabecula.simulate.canvas import Canvas
from trabecula.simulate.demo import demo_lesions
from trabecula.simulate.lesions import HeterotopicBone, LesionModel
from trabecula.simulate.patient import Patient
from trabecula.simulate.render import Body, field_of_view, simulate
from trabecula.simulate.scanner import Scanner
from trabecula.simulate.shapes import Ellipsoid, Loft, Shape, Tube, Union
from trabecula.simulate.skeleton import SIDES, mirrored
from trabecula.simulate.soft_tissue import (
    Rows,
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
from trabecula.simulate.tissue import AIR, BLOOD, CORD, DISC, LUNG, MUSCLE, ORGAN
from trabecula.simulate.whole_skeleton import BRAIN, spine_centres, whole_skeleton

WHOLE_BODY_SHAPE_KJI = (1000, 512, 512)
WHOLE_BODY_SPACING_KJI_MM = (1.75, 0.95, 0.95)
FEET_MM = -885.0
"""Lowest slice, adult body frame."""
MIDDLE_MM = 12.0
"""How far behind the hips the middle row lies."""
SLAB = 64
"""Slices painted together."""
AGE_YEARS = 28.0
SEX = "M"

CHEST: Rows = (
    (290, 0, 1, 144, 109, 0), (360, 0, 1, 150, 112, 0), (440, 0, 2, 158, 113, 0),
    (520, 0, 6, 158, 102, 0), (565, 0, 12, 140, 80, 0), (598, 0, 14, 88, 62, 0),
    (630, 0, 8, 62, 60, 0), (700, 0, 2, 60, 66, 0), (730, 0, 2, 62, 70, 0),
)  # fmt: skip
ARM: Rows = (
    (-140, 198, 0, 20, 44, 0), (-60, 198, 0, 22, 46, 0), (0, 198, 2, 24, 40, 0),
    (60, 198, 6, 28, 32, 0), (180, 197, 18, 36, 40, 0), (260, 192, 26, 40, 42, 0),
    (360, 186, 26, 40, 44, 0), (480, 174, 22, 44, 50, 0), (560, 156, 20, 46, 52, 0),
    (598, 140, 18, 40, 44, 0), (624, 126, 16, 10, 12, 0),
)  # fmt: skip
LUNG_ROWS: Rows = (
    (298, 84, 30, 30, 44, 0), (330, 74, 8, 46, 72, 0), (400, 72, 2, 46, 80, 0),
    (480, 64, 10, 42, 70, 0), (540, 46, 20, 28, 44, 0), (572, 34, 22, 9, 14, 0),
)  # fmt: skip
LIMB_MUSCLES: dict[str, Rows] = {
    "pectoralis": (
        (420, 70, -88, 30, 8, -12), (490, 84, -74, 46, 11, -22), (550, 110, -40, 34, 11, -35),
    ),
    "deltoid": (
        (440, 190, 22, 12, 16, 0), (510, 186, 20, 22, 38, 0), (575, 168, 16, 18, 32, 0),
    ),
    "biceps_brachii": (
        (275, 190, -4, 12, 8, 0), (370, 182, -2, 24, 17, 0), (470, 172, -4, 16, 13, 0),
    ),
    "triceps_brachii": (
        (280, 192, 48, 16, 9, 0), (380, 186, 48, 25, 16, 0), (500, 172, 50, 18, 13, 0),
    ),
    "forearm_flexors": (
        (40, 197, -2, 16, 14, 0), (180, 196, 4, 26, 22, 0), (262, 190, 12, 24, 14, 0),
    ),
    "trapezius": (
        (440, 26, 96, 22, 8, 10), (540, 46, 84, 44, 11, 8), (600, 48, 60, 40, 16, -10),
        (680, 22, 46, 18, 12, 0),
    ),
    "latissimus_dorsi": (
        (290, 96, 66, 40, 8, -38), (380, 112, 58, 42, 9, -46), (460, 128, 50, 36, 9, -50),
    ),
    "sternocleidomastoid": (
        (570, 22, -30, 9, 7, 0), (640, 38, -8, 12, 8, 30), (710, 50, 14, 9, 7, 40),
    ),
    "gastrocnemius": (
        (-740, 102, 36, 20, 10, 0), (-560, 102, 42, 46, 24, 0), (-420, 102, 34, 34, 14, 0),
    ),
    "tibialis_anterior": (
        (-760, 112, -20, 9, 8, 0), (-560, 126, -18, 18, 15, 0), (-450, 124, -16, 10, 8, 0),
    ),
}  # fmt: skip


def whole_body(
    shape_kji: tuple[int, int, int] = WHOLE_BODY_SHAPE_KJI,
    *,
    spacing_kji_mm: tuple[float, float, float] = WHOLE_BODY_SPACING_KJI_MM,
    lesions: Sequence[LesionModel] | None = None,
    scanner: Scanner | None = None,
    seed: int = 0,
) -> Patient:
    """Simulate a patient from the feet up, as far as the slices reach.

    Painted in slabs: beside the result (4 bytes a voxel: scan, anatomy, truth) it needs about a
    gigabyte for slices of 512 × 512. Measure a program's memory in another process.

    Parameters
    ----------
    shape_kji
        Slices, rows, columns.
    spacing_kji_mm
        Slice distance, row and column spacing, mm.
    lesions
        Lesions instead of the usual ones; an empty sequence makes a normal scan.
    scanner
        How it is scanned.
    seed
        Same seed, same bytes.
    """
    _, dj, di = spacing_kji_mm
    corner = (-di * shape_kji[2] / 2.0, MIDDLE_MM - dj * shape_kji[1] / 2.0, FEET_MM)
    body = Body(
        soft_tissue=partial(_paint_soft_tissue, seed=seed),
        bones=partial(whole_skeleton, seed=seed),
        age_years=AGE_YEARS,
        sex=SEX,
    )
    field = field_of_view(corner, shape_kji, spacing_kji_mm=spacing_kji_mm, size=1.0)
    models = whole_body_lesions() if lesions is None else lesions
    return simulate(body, field, models, scanner=scanner or Scanner(), seed=seed, slab=SLAB)


def whole_body_lesions() -> tuple[LesionModel, ...]:
    """Return the demonstration's lesions, and bone of shoulder, neck, chest wall and calf."""
    shoulder = Tube(
        ((-108, 60, 484), (-134, 62, 452), (-164, 50, 426), (-181, 30, 412)), (9, 11, 11, 9)
    )
    neck = Tube(((24, 52, 560), (20, 44, 610), (17, 40, 650)), (7.0, 9.0, 6.0), flat=1.6)
    chest = Tube(((104, 66, 350), (116, 62, 390), (124, 56, 430)), (6.0, 9.0, 6.0), flat=1.8)
    calf = Tube(((-104, 44, -520), (-104, 46, -570), (-104, 44, -610)), (6.0, 9.0, 5.0))
    return (
        *demo_lesions(),
        HeterotopicBone(shoulder, "bridge from scapula to humerus", rim_thickness_mm=1.8),
        HeterotopicBone(neck, "ribbon along the neck", rim_thickness_mm=1.5),
        HeterotopicBone(chest, "plate in the chest wall", rim_thickness_mm=1.5),
        HeterotopicBone(calf, "bone in the calf", rim_thickness_mm=1.5),
    )


def whole_outline() -> Shape:
    """Skin of the whole body."""
    arms = tuple(sided(ARM, side) for side, _ in SIDES)
    head = (
        Ellipsoid((0, -2, 775), (82, 101, 86)),
        Ellipsoid((0, -38, 706), (60, 66, 60)),
        Tube(((0, -95, 745), (0, -112, 728)), (12.0, 13.0)),
    )
    return Union((body_outline(), Loft(CHEST, power=2.3), *arms, *head), blend_mm=14.0)


def _paint_soft_tissue(canvas: Canvas, *, seed: int) -> None:
    paint_table(canvas)
    paint_skin(canvas, whole_outline())
    paint_belly(canvas)
    paint_viscera(canvas, np.random.default_rng(seed))
    paint_chest(canvas)
    paint_muscles(canvas)
    for name, rows in LIMB_MUSCLES.items():
        for side, word in SIDES:
            canvas.muscle(sided(rows, side), f"{name}_{word}", hu=MUSCLE)
    paint_vessels(canvas)
    paint_joints(canvas)
    paint_neck_and_head(canvas)


def paint_chest(canvas: Canvas) -> None:
    """Chest wall, lungs with their vessels, heart and the upper abdominal organs."""
    wall = Loft(
        ((285, 0, -4, 134, 97, 0), (340, 0, -6, 137, 100, 0), (430, 0, -2, 132, 100, 0),
         (505, 0, 6, 110, 88, 0), (555, 0, 12, 80, 62, 0), (590, 0, 14, 52, 40, 0))
    )  # fmt: skip
    canvas.muscle(wall, None, hu=MUSCLE - 12.0)
    canvas.muscle(Ellipsoid((-70, -34, 296), (60, 50, 64)), "liver", hu=ORGAN + 7.0)
    canvas.muscle(Ellipsoid((86, 34, 300), (28, 38, 46)), "spleen", hu=ORGAN)
    for side, word in SIDES:
        canvas.muscle(
            Ellipsoid((side * 58.0, 34.0, 240.0), (27, 30, 54)), f"kidney_{word}", hu=32.0
        )
        lung = sided(LUNG_ROWS, side)
        canvas.paint(lung, LUNG, name=f"lung_{word}", streaks_hu=45.0)
        for turn in range(6):
            z = 340.0 + 34.0 * turn
            branch = mirrored(((26, 0, 450), (60, 10, z + 20), (86, 24 - 12 * (turn % 3), z)), side)
            canvas.paint(Tube(branch, (6.0, 3.0, 1.2)), BLOOD)
    canvas.muscle(Ellipsoid((18, -34, 400), (52, 42, 58)), "heart", hu=BLOOD)
    arch = Tube(
        (
            (9, -28, 250),
            (12, -14, 330),
            (16, 0, 390),
            (20, 12, 460),
            (22, 14, 500),
            (8, -18, 515),
            (-4, -30, 450),
        ),
        (11.0,) * 7,
    )
    canvas.muscle(arch, "aorta", hu=BLOOD)


def paint_neck_and_head(canvas: Canvas) -> None:
    """Windpipe, discs, cord, brain and the air of mouth and sinuses."""
    canvas.paint(Loft(((590, 0, 14, 52, 46, 0), (640, 0, 10, 50, 50, 0), (705, 0, 8, 48, 50, 0))),
                 MUSCLE - 5.0, streaks_hu=7.0)  # fmt: skip
    canvas.paint(Tube(((0, -6, 480), (0, -18, 560), (0, -26, 640), (0, -30, 690)), (8.5,) * 4), AIR,
                 name="trachea")  # fmt: skip
    canvas.paint(Ellipsoid((0, -40, 704), (22, 26, 9)), AIR)
    for side in (1, -1):
        canvas.paint(Ellipsoid((side * 26.0, -48.0, 732.0), (14, 16, 15)), AIR)
    centres = list(spine_centres().values())
    for (_, y0, z0), (_, y1, z1) in pairwise(centres):
        middle = (0.0, (y0 + y1) / 2.0, (z0 + z1) / 2.0)
        canvas.paint(Ellipsoid(middle, (15.0, 11.0, 4.5)), DISC)
    cord = tuple((0.0, y + 20.0, z) for _, y, z in centres)
    canvas.paint(Tube(cord, (7.0,) * len(cord)), CORD, name="spinal_cord")
    canvas.paint(BRAIN, CORD, name="brain", streaks_hu=3.0)
