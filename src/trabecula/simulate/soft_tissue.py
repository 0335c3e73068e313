"""Skin, fat, muscles, vessels and viscera of the pelvis and thighs, and the table below.

Sections follow ellipses fitted to the muscles of a public pelvis scan, rounded, for a slim body.
Rows are ``(z, x, y, a, b, angle)`` of the left side, in mm and degrees.
"""

from collections.abc import Mapping

import numpy as np

from trabecula.simulate.canvas import Canvas
from trabecula.simulate.shapes import Ellipsoid, Loft, Plate, Point, Shape, Tube, Union
from trabecula.simulate.skeleton import mirrored
from trabecula.simulate.tissue import (
    AIR,
    BLOOD,
    BOWEL,
    CARTILAGE,
    CORD,
    DISC,
    FAT,
    MUSCLE,
    ORGAN,
    SKIN,
    STOOL,
    TABLE_FOAM,
    TABLE_SKIN,
    URINE,
)

Rows = tuple[tuple[float, float, float, float, float, float], ...]

TRUNK: Rows = (
    (-95, 0, 4, 120, 92, 0), (-60, 0, 5, 168, 104, 0), (-20, 0, 5, 178, 110, 0),
    (30, 0, 4, 176, 110, 0), (80, 0, 4, 167, 110, 0), (120, 0, 3, 158, 110, 0),
    (170, 0, 2, 145, 110, 0), (330, 0, 2, 146, 112, 0),
)  # fmt: skip
THIGH: Rows = (
    (-330, 84, 4, 66, 70, 0), (-200, 90, 4, 76, 84, 0), (-120, 92, 4, 85, 95, 0),
    (-60, 93, 4, 88, 104, 0), (-20, 95, 4, 85, 104, 0),
)  # fmt: skip
ABDOMINAL_WALL: Rows = (
    (60, 0, -22, 118, 68, 0), (85, 0, -14, 128, 76, 0), (125, 0, -6, 130, 84, 0),
    (170, 0, -3, 127, 91, 0), (330, 0, -3, 128, 93, 0),
)  # fmt: skip
ABDOMINAL_CAVITY: Rows = (
    (15, 0, -25, 52, 48, 0), (60, 0, -28, 88, 54, 0), (100, 0, -26, 108, 56, 0),
    (170, 0, -24, 112, 60, 0), (330, 0, -24, 114, 62, 0),
)  # fmt: skip

MUSCLES: Mapping[str, Rows] = {
    "gluteus_maximus": (
        (-105, 128, 48, 14, 6, -30), (-80, 116, 56, 36, 12, -28), (-45, 100, 64, 62, 15, -20),
        (0, 94, 68, 76, 15, -17), (30, 96, 70, 74, 16, -19), (55, 97, 72, 66, 16, -22),
        (75, 92, 75, 54, 13, -25), (98, 82, 80, 32, 9, -32), (118, 68, 85, 12, 4, -35),
    ),
    "gluteus_medius": (
        (2, 146, 16, 14, 7, -70), (24, 143, 6, 32, 12, -77), (48, 136, 7, 40, 16, -72),
        (72, 128, 15, 48, 18, -56), (96, 126, 22, 52, 15, -46), (120, 122, 28, 46, 10, -42),
        (140, 114, 26, 22, 6, -38),
    ),
    "gluteus_minimus": (
        (6, 132, 8, 12, 6, -60), (24, 120, 8, 25, 9, -58), (48, 115, -2, 36, 9, -70),
        (72, 113, -2, 36, 8, -66), (98, 124, -8, 20, 5, -66),
    ),
    "iliopsoas": (
        (-52, 108, 20, 6, 6, 0), (-30, 102, -20, 12, 9, 10), (0, 94, -38, 15, 11, 25),
        (24, 88, -45, 21, 12, -25), (48, 82, -36, 31, 12, -46), (72, 84, -18, 34, 15, -52),
        (96, 86, -4, 38, 18, -38), (120, 72, 4, 38, 17, 12), (144, 47, 4, 22, 16, 45),
        (168, 40, 6, 21, 14, 58), (200, 37, 9, 21, 12, 62), (330, 28, 22, 12, 6, 80),
    ),
    "autochthon": (
        (84, 18, 98, 10, 5, -14), (98, 24, 90, 17, 9, -12), (120, 27, 78, 22, 17, -10),
        (146, 34, 67, 29, 21, -12), (170, 36, 63, 31, 22, -4), (200, 38, 65, 33, 22, 8),
        (330, 42, 72, 36, 18, 4),
    ),
    "quadratus_lumborum": (
        (128, 84, 40, 12, 7, 30), (150, 76, 38, 21, 9, 35), (175, 72, 36, 22, 9, 35),
        (330, 60, 40, 18, 7, 35),
    ),
    "obturator_internus": (
        (-52, 40, 10, 12, 4, 60), (-30, 44, 6, 27, 6, 66), (0, 45, 14, 29, 5, 78),
        (20, 46, 16, 18, 4, 80),
    ),
    "obturator_externus": ((-56, 52, 8, 12, 5, 40), (-38, 62, 4, 22, 8, 30), (-24, 80, 16, 14, 6, 30)),
    "adductors": (
        (-330, 60, 20, 16, 22, 0), (-150, 58, 4, 28, 36, 0), (-110, 54, 2, 30, 37, 0),
        (-82, 46, -4, 24, 30, 0), (-56, 34, -14, 13, 17, 0), (-42, 26, -24, 6, 8, 0),
    ),
    "pectineus": ((-70, 84, -18, 12, 7, -20), (-40, 66, -34, 17, 8, -20), (-12, 44, -46, 14, 5, -15)),
    "hamstrings": (
        (-330, 74, 44, 26, 18, 0), (-140, 82, 52, 29, 19, 0), (-95, 74, 54, 23, 15, 0),
        (-66, 62, 52, 12, 8, 0),
    ),
    "quadriceps_femoris": (
        (-330, 112, -12, 46, 42, 0), (-140, 123, -6, 46, 40, 0), (-90, 128, -4, 41, 38, 0),
        (-50, 131, -3, 30, 32, 0), (-22, 138, -8, 17, 20, 0), (-8, 140, -6, 6, 8, 0),
    ),
    "rectus_femoris": (
        (-330, 98, -56, 18, 12, 0), (-140, 104, -56, 18, 12, 0), (-60, 105, -57, 14, 10, 0),
        (0, 106, -50, 10, 8, 0), (34, 103, -46, 5, 5, 0),
    ),
    "sartorius": (
        (-330, 52, -20, 14, 8, 0), (-140, 62, -50, 14, 7, 10), (-60, 82, -66, 13, 6, 10),
        (0, 106, -68, 10, 6, 0), (60, 122, -66, 7, 5, 0), (82, 127, -60, 4, 4, 0),
    ),
    "tensor_fasciae_latae": (
        (-90, 158, -36, 5, 12, 0), (-30, 152, -42, 8, 16, 0), (30, 143, -48, 9, 15, 0),
        (76, 134, -58, 5, 7, 0),
    ),
    "rectus_abdominis": (
        (-12, 12, -52, 7, 4, -15), (20, 20, -74, 17, 6, -10), (80, 30, -87, 28, 6, -8),
        (170, 34, -91, 31, 6, -9), (330, 36, -92, 32, 6, -9),
    ),
}  # fmt: skip

PIRIFORMIS: tuple[Point, ...] = ((28, 72, 60), (60, 66, 46), (96, 48, 26), (128, 26, 10))

ARTERIES: Mapping[str, tuple[Point, ...]] = {
    "iliac_artery_left": (
        (4, -28, 148), (14, -22, 128), (27, -6, 98), (41, -12, 73), (58, -42, 48), (70, -54, 24),
        (76, -55, 0), (81, -52, -40), (80, -46, -120), (72, -30, -330),
    ),
    "iliac_artery_right": (
        (2, -28, 148), (-12, -23, 126), (-26, -5, 97), (-40, -11, 72), (-59, -43, 48),
        (-70, -54, 24), (-76, -55, 0), (-81, -52, -40), (-80, -46, -120), (-72, -30, -330),
    ),
}  # fmt: skip
VEINS: Mapping[str, tuple[Point, ...]] = {
    f"iliac_vena_{word}": mirrored(
        (
            (3, -20, 140), (24, -2, 118), (36, 6, 97), (47, 0, 73), (51, -26, 48), (59, -44, 24),
            (63, -46, 0), (70, -42, -40), (76, -32, -120), (66, -18, -330),
        ),
        side,
    )
    for word, side in (("left", 1), ("right", -1))
}  # fmt: skip
ARTERY_RADIUS_MM = 4.6
VEIN_RADIUS_MM = 6.5


def body_outline() -> Shape:
    """Trunk and both thighs."""
    thighs = tuple(_side(THIGH, s) for s in (1, -1))
    return Union((Loft(TRUNK, power=2.3), *thighs), blend_mm=14.0)


def _side(rows: Rows, side: int) -> Loft:
    return Loft(tuple((z, side * x, y, a, b, side * t) for z, x, y, a, b, t in rows))


def paint_table(canvas: Canvas) -> None:
    """A curved carbon shell filled with foam, under the back."""
    z0, z1 = float(canvas.lattice.z[0]) - 40.0, float(canvas.lattice.z[-1]) + 40.0
    controls = tuple(
        (u, z, 142.0 - (u / 200.0) ** 2 * 26.0, 24.0)
        for u in (-215.0, -140.0, -70.0, 0.0, 70.0, 140.0, 215.0)
        for z in (z0, z1)
    )
    outline = ((-200.0, z0), (200.0, z0), (200.0, z1), (-200.0, z1))
    shell = Plate(1, controls, outline)
    box = canvas.lattice.box(shell.bounds)
    if box is None:
        return
    distance = shell.distance(*canvas.lattice.part(box).mesh())
    canvas.fill(box, distance, TABLE_SKIN)
    canvas.fill(box, distance + 1.6, TABLE_FOAM)


def paint_body(canvas: Canvas) -> None:
    """Skin, subcutaneous fat, abdominal wall and the fat of the abdomen."""
    outline = body_outline()
    box = canvas.lattice.box(outline.bounds)
    if box is None:
        return
    here = canvas.lattice.part(box)
    distance = outline.distance(*here.mesh())
    canvas.fill(box, distance, SKIN)
    canvas.fill(box, distance + 1.8, FAT + 6.0 * canvas.palette.fibres.at(here, (7, 31, 55)))
    canvas.muscle(Loft(ABDOMINAL_WALL), None, hu=MUSCLE - 5.0, fascia_mm=0.1)
    canvas.paint(Loft(ABDOMINAL_CAVITY), FAT + 4.0, streaks_hu=6.0)


def paint_viscera(canvas: Canvas, random: np.random.Generator) -> None:
    """Bladder, uterus, rectum, colon and small bowel with gas in front."""
    canvas.paint(Ellipsoid((0, -24, 22), (40, 34, 33)), MUSCLE - 15.0, name="urinary_bladder")
    canvas.paint(Ellipsoid((0, -24, 22), (37, 31, 30)), URINE, name="urinary_bladder")
    canvas.paint(Ellipsoid((3, 20, 42), (26, 20, 22)), ORGAN + 7.0, streaks_hu=4.0)
    rectum: tuple[Point, ...] = ((0, 52, -40), (0, 58, -10), (2, 66, 16), (-3, 58, 40), (14, 44, 60))
    _bowel(canvas, rectum, radius_mm=14.0, name="colon", gas=0.25, content_hu=STOOL)
    _bowel(canvas, ((-96, -30, 92), (-103, -24, 130), (-104, -20, 240)), radius_mm=21.0,
           name="colon", gas=0.3, content_hu=STOOL - 10.0)  # fmt: skip
    _bowel(canvas, ((40, -20, 66), (82, -30, 84), (98, -14, 110), (102, -8, 240)), radius_mm=14.0,
           name="colon", gas=0.2, content_hu=STOOL)  # fmt: skip
    for turn in range(9):
        x = float(-62 + 15.5 * turn + random.normal(0, 4))
        z = float(88 + 26 * (turn % 3) + random.normal(0, 5))
        y = float(-58 + random.normal(0, 4))
        loop: tuple[Point, ...] = tuple(
            (x + 22.0 * np.cos(a), y + 9.0 * np.sin(2 * a), z + 14.0 * np.sin(a))
            for a in np.linspace(0.0, 5.0, 7)
        )
        _bowel(canvas, loop, radius_mm=9.5, name="small_bowel", gas=0.12 * (turn % 3), content_hu=BOWEL)


def _bowel(
    canvas: Canvas, path: tuple[Point, ...], *, radius_mm: float, name: str, gas: float, content_hu: float
) -> None:
    """Wall, content and gas; gas rises to the front of a patient lying on the back."""
    count = len(path)
    canvas.paint(Tube(path, (radius_mm,) * count), MUSCLE - 15.0, name=name)
    lumen = radius_mm - 2.2
    canvas.paint(Tube(path, (lumen,) * count), content_hu, name=name, streaks_hu=9.0)
    if gas > 0:
        bubble = tuple((x, y - lumen * (1.0 - gas), z) for x, y, z in path)
        canvas.paint(Tube(bubble, (lumen * (0.35 + gas),) * count), AIR + 20.0, name=name)


def paint_muscles(canvas: Canvas) -> None:
    """All muscles of both sides, each in its own fascia."""
    for name, rows in MUSCLES.items():
        for side, word in ((1, "left"), (-1, "right")):
            canvas.muscle(_side(rows, side), f"{name}_{word}", hu=MUSCLE)
    for side, word in ((1, "left"), (-1, "right")):
        piriformis = Tube(mirrored(PIRIFORMIS, side), (6.0, 9.0, 7.0, 3.5))
        canvas.muscle(piriformis, f"piriformis_{word}", hu=MUSCLE)


def paint_vessels(canvas: Canvas) -> None:
    """Aorta, caval vein and the iliac and femoral vessels, without contrast."""
    trunks = {
        "inferior_vena_cava": (((-10, -20, 330), (-10, -22, 180), (-3, -20, 140)), 10.0),
        "aorta": (((10, -22, 330), (8, -30, 200), (3, -29, 148)), 8.5),
    }
    for name, (path, radius) in trunks.items():
        canvas.muscle(Tube(path, (radius,) * len(path)), name, hu=BLOOD)
    for vessels, radius in ((VEINS, VEIN_RADIUS_MM), (ARTERIES, ARTERY_RADIUS_MM)):
        for name, path in vessels.items():
            canvas.muscle(Tube(path, (radius,) * len(path)), name, hu=BLOOD)


def paint_joints(canvas: Canvas) -> None:
    """Discs, cartilage of the hips and symphysis, and the cord's sac."""
    from trabecula.simulate.skeleton import HEAD_CENTRE, LUMBAR_CENTRES

    for x, y, z in LUMBAR_CENTRES.values():
        disc = Loft(((z - 24, x, y + 2, 22, 15, 0), (z - 18, x, y, 24, 17, 0), (z - 11, x, y, 22, 15, 0)))
        canvas.paint(disc, DISC)
    canvas.paint(Tube(((0, 24, 330), (0, 24, 150), (0, 34, 122), (0, 60, 100), (0, 86, 62)),
                      (8.0, 8.0, 7.5, 6.0, 3.0)), CORD)  # fmt: skip
    canvas.paint(Ellipsoid((0, -36, -32), (7, 9, 17)), CARTILAGE)
    x, y, z = HEAD_CENTRE
    for side in (1, -1):
        canvas.paint(Ellipsoid((side * (x - 3), y, z + 2), (27, 27, 27)), CARTILAGE)
