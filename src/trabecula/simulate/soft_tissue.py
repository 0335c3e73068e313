"""Skin, fat, muscles, vessels and viscera of the pelvis and thighs, and the table below.

Sections follow ellipses fitted to the muscles of a public pelvis scan, rounded, for a slim body.
Rows are ``(z, x, y, a, b, angle)`` of the left side, in mm and degrees.
"""

from collections.abc import Mapping

import numpy as np

from trabecula.simulate.canvas import Canvas
from trabecula.simulate.shapes import (
    Ellipsoid,
    Loft,
    Plate,
    Point,
    Shape,
    Tube,
    Union,
    smooth_distance,
)
from trabecula.simulate.skeleton import HEAD_CENTRE, LUMBAR_CENTRES, SIDES, mirrored
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
    (-92, 0, 6, 90, 70, 0), (-60, 0, 7, 158, 104, 0), (-20, 0, 8, 176, 113, 0),
    (30, 0, 8, 175, 114, 0), (80, 0, 6, 166, 112, 0), (120, 0, 3, 156, 109, 0),
    (170, 0, 1, 143, 107, 0), (330, 0, 1, 144, 109, 0),
)  # fmt: skip
LEG: Rows = (
    (-885, 102, -20, 44, 62, 0),
    (-850, 102, -10, 42, 58, 0),
    (-800, 102, 6, 38, 44, 0),
    (-700, 102, 10, 47, 52, 0),
    (-560, 102, 12, 60, 64, 0),
    (-430, 100, 2, 60, 66, 0),
    (-330, 97, 3, 68, 72, 0),
    (-200, 94, 4, 78, 86, 0),
    (-120, 92, 5, 84, 94, 0),
    (-60, 93, 6, 85, 103, 0),
    (-20, 92, 7, 82, 104, 0),
    (40, 84, 7, 76, 96, 0),
    (100, 70, 4, 50, 70, 0),
)
ABDOMINAL_WALL: Rows = (
    (48, 0, -66, 60, 18, 0), (66, 0, -48, 96, 42, 0), (88, 0, -22, 124, 69, 0),
    (125, 0, -6, 132, 86, 0), (170, 0, -3, 129, 93, 0), (330, 0, -3, 130, 95, 0),
)  # fmt: skip
ABDOMINAL_CAVITY: Rows = (
    (-10, 0, -25, 26, 24, 0), (25, 0, -26, 58, 46, 0), (60, 0, -28, 88, 54, 0),
    (100, 0, -26, 114, 58, 0), (170, 0, -24, 115, 62, 0), (330, 0, -24, 117, 64, 0),
)  # fmt: skip

MUSCLES: Mapping[str, Rows] = {
    "gluteus_maximus": (
        (-112, 134, 44, 8, 4, -30), (-80, 118, 56, 40, 15, -30), (-45, 102, 65, 66, 19, -21),
        (0, 94, 70, 80, 20, -16), (30, 96, 73, 77, 20, -18), (55, 97, 76, 68, 19, -22),
        (75, 92, 79, 56, 16, -26), (98, 82, 83, 34, 11, -33), (122, 66, 87, 6, 3, -35),
    ),
    "gluteus_medius": (
        (-2, 148, 16, 8, 5, -70), (24, 143, 6, 38, 15, -77), (48, 138, 7, 44, 19, -72),
        (72, 129, 14, 52, 20, -56), (96, 128, 21, 54, 17, -46), (120, 124, 26, 48, 12, -42),
        (144, 116, 24, 16, 5, -38),
    ),
    "gluteus_minimus": (
        (0, 136, 6, 7, 4, -60), (24, 121, 6, 30, 12, -58), (48, 115, -3, 39, 10, -70),
        (72, 114, -3, 38, 9, -66), (104, 126, -10, 10, 3, -66),
    ),
    "iliopsoas": (
        (-58, 108, 26, 4, 4, 0), (-30, 103, -20, 16, 12, 10), (0, 94, -38, 20, 14, 25),
        (24, 88, -44, 25, 14, -25), (48, 82, -36, 34, 14, -46), (72, 84, -18, 37, 17, -52),
        (96, 86, -4, 40, 20, -38), (120, 72, 4, 40, 19, 12), (144, 47, 4, 24, 18, 45),
        (168, 40, 6, 23, 16, 58), (200, 37, 9, 23, 14, 62), (330, 28, 22, 12, 6, 80),
    ),
    "autochthon": (
        (76, 18, 100, 6, 3, -14), (98, 24, 92, 20, 10, -12), (120, 27, 79, 25, 19, -10),
        (146, 34, 67, 31, 23, -12), (170, 36, 63, 33, 24, -4), (200, 38, 65, 34, 24, 8),
        (330, 42, 72, 36, 18, 4),
    ),
    "quadratus_lumborum": (
        (122, 88, 42, 6, 4, 30), (150, 78, 36, 23, 10, 35), (175, 74, 34, 24, 10, 35),
        (330, 60, 40, 18, 7, 35),
    ),
    "obturator_internus": (
        (-58, 38, 10, 6, 2.5, 60), (-30, 43, 6, 30, 8, 66), (0, 44, 14, 32, 7, 78),
        (28, 47, 18, 10, 3, 80),
    ),
    "obturator_externus": (
        (-62, 48, 6, 6, 3, 40), (-40, 62, 4, 25, 11, 30), (-20, 84, 18, 9, 4, 30),
    ),
    "adductors": (
        (-400, 84, 10, 6, 8, 0), (-330, 66, 16, 20, 26, 0), (-150, 56, 6, 36, 44, 0),
        (-110, 55, 5, 37, 44, 0),
        (-82, 48, 0, 31, 37, 0), (-56, 36, -10, 20, 24, 0), (-36, 24, -26, 5, 6, 0),
    ),
    "pectineus": (
        (-82, 92, -10, 7, 4, -20), (-45, 70, -32, 20, 11, -24), (-8, 44, -47, 9, 4, -15),
    ),
    "hamstrings": (
        (-410, 98, 40, 22, 8, 0), (-330, 84, 46, 32, 20, 0), (-140, 84, 58, 38, 25, 0),
        (-95, 78, 58, 31, 20, 0),
        (-72, 66, 54, 17, 11, 0), (-58, 58, 50, 5, 4, 0),
    ),
    "quadriceps_femoris": (
        (-385, 104, -22, 26, 14, 0), (-330, 108, -12, 44, 38, 0), (-140, 122, -6, 50, 46, 0),
        (-90, 127, -4, 44, 43, 0),
        (-50, 131, -3, 33, 35, 0), (-22, 138, -8, 20, 23, 0), (-2, 142, -6, 5, 6, 0),
    ),
    "rectus_femoris": (
        (-385, 101, -46, 6, 5, 0), (-330, 98, -54, 18, 11, 0), (-140, 100, -62, 22, 14, 0),
        (-60, 110, -57, 21, 15, 0), (-10, 116, -50, 21, 16, 0), (25, 112, -46, 16, 13, 0),
        (48, 104, -44, 4, 4, 0),
    ),
    "sartorius": (
        (-420, 66, 20, 6, 6, 0), (-330, 52, -16, 14, 9, 0), (-140, 62, -56, 17, 8, 10),
        (-60, 82, -70, 16, 7, 10), (0, 108, -71, 12, 7, 0), (60, 123, -66, 8, 6, 0),
        (84, 128, -60, 3, 3, 0),
    ),
    "tensor_fasciae_latae": (
        (-120, 164, -28, 2.5, 6, 0), (-60, 156, -36, 6, 18, 0), (-20, 150, -42, 13, 21, 0),
        (30, 140, -47, 15, 19, 0), (80, 134, -58, 4, 5, 0),
    ),
    "rectus_abdominis": (
        (-18, 10, -52, 5, 3, -15), (20, 20, -74, 19, 7, -10), (80, 31, -86, 29, 7, -8),
        (170, 35, -89, 32, 7, -9), (330, 37, -90, 33, 7, -9),
    ),
    "levator_ani": (
        (-42, 9, 40, 5, 12, 20), (-15, 22, 38, 6, 26, 15), (10, 36, 34, 3.5, 22, 20),
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
    for side, word in SIDES
}  # fmt: skip
TABLE_SKIN_MM = 2.2
ARTERY_RADIUS_MM = 4.6
VEIN_RADIUS_MM = 6.5


def body_outline() -> Shape:
    """Trunk, as far as the lower ribs, and both legs."""
    legs = tuple(sided(LEG, s) for s in (1, -1))
    return Union((Loft(TRUNK, power=2.3), *legs), blend_mm=14.0)


def sided(rows: Rows, side: int) -> Loft:
    """Loft of the left side, on the side asked for (+1 left, -1 right)."""
    return Loft(tuple((z, side * x, y, a, b, side * t) for z, x, y, a, b, t in rows))


def paint_table(canvas: Canvas, *, lower_mm: float = 0.0) -> None:
    """Paint a curved carbon shell filled with foam, under the back."""
    z0, z1 = float(canvas.lattice.z[0]) - 40.0, float(canvas.lattice.z[-1]) + 40.0
    controls = tuple(
        (u, z, lower_mm + 142.0 - (u / 200.0) ** 2 * 26.0, 24.0)
        for u in (-215.0, -140.0, -70.0, 0.0, 70.0, 140.0, 215.0)
        for z in (z0, z1)
    )
    outline = ((-200.0, z0), (200.0, z0), (200.0, z1), (-200.0, z1))
    shell = Plate(1, controls, outline)
    box = canvas.lattice.box(shell.bounds)
    if box is None:
        return
    distance = smooth_distance(shell, canvas.lattice.part(box), every=4)
    canvas.fill(box, distance, TABLE_SKIN)
    canvas.fill(box, distance + TABLE_SKIN_MM, TABLE_FOAM)


def paint_body(canvas: Canvas) -> None:
    """Skin, subcutaneous fat, abdominal wall and the fat of the abdomen."""
    paint_skin(canvas, body_outline())
    paint_belly(canvas)


def paint_belly(canvas: Canvas) -> None:
    """Abdominal wall, and the fat inside."""
    canvas.muscle(Loft(ABDOMINAL_WALL), None, hu=MUSCLE - 5.0, fascia_mm=0.1)
    canvas.muscle(Loft(ABDOMINAL_CAVITY), None, hu=FAT + 4.0, fascia_mm=0.1)


def paint_skin(canvas: Canvas, outline: Shape) -> None:
    """Paint an outline as skin filled with fat."""
    box = canvas.lattice.box(outline.bounds)
    if box is None:
        return
    here = canvas.lattice.part(box)
    distance = smooth_distance(outline, here, every=4)
    canvas.body[box] = distance
    canvas.fill(box, distance, SKIN)
    canvas.fill(box, distance + 1.8, FAT + 6.0 * canvas.palette.fibres.at(here, (7, 31, 55)))


def paint_viscera(canvas: Canvas, random: np.random.Generator) -> None:
    """Bladder, uterus, rectum, colon and small bowel with gas in front."""
    canvas.paint(Ellipsoid((0, -24, 22), (40, 34, 33)), MUSCLE - 15.0, name="urinary_bladder")
    canvas.paint(Ellipsoid((0, -24, 22), (37, 31, 30)), URINE, name="urinary_bladder")
    canvas.paint(Ellipsoid((3, 20, 42), (26, 20, 22)), ORGAN + 7.0, streaks_hu=4.0)
    rectum: tuple[Point, ...] = (
        (0, 52, -40),
        (0, 58, -10),
        (2, 66, 16),
        (-3, 58, 40),
        (14, 44, 60),
    )
    _bowel(canvas, rectum, radius_mm=14.0, name="colon", gas=0.25, content_hu=STOOL)
    _bowel(canvas, ((-96, -30, 92), (-103, -24, 130), (-104, -20, 240)), radius_mm=21.0,
           name="colon", gas=0.3, content_hu=STOOL - 10.0)  # fmt: skip
    _bowel(canvas, ((40, -20, 66), (82, -30, 84), (98, -14, 110), (102, -8, 240)), radius_mm=14.0,
           name="colon", gas=0.2, content_hu=STOOL)  # fmt: skip
    for turn in range(16):
        x = float(-66 + 17.5 * (turn % 8) + random.normal(0, 4))
        z = float(92 + 24 * (turn % 3) + random.normal(0, 6))
        y = float((-60 if turn < 8 else -36) + random.normal(0, 3))
        loop: tuple[Point, ...] = tuple(
            (x + 22.0 * np.cos(a), y + 9.0 * np.sin(2 * a), z + 14.0 * np.sin(a))
            for a in np.linspace(0.0, 5.0, 12)
        )
        _bowel(
            canvas,
            loop,
            radius_mm=10.5,
            name="small_bowel",
            gas=0.12 * (turn % 3) if turn < 8 else 0.0,
            content_hu=BOWEL,
        )


def _bowel(
    canvas: Canvas,
    path: tuple[Point, ...],
    *,
    radius_mm: float,
    name: str,
    gas: float,
    content_hu: float,
) -> None:
    """Paint wall, content and gas; gas rises to the front of a patient lying on the back."""
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
        for side, word in SIDES:
            canvas.muscle(sided(rows, side), f"{name}_{word}", hu=MUSCLE)
    for side, word in SIDES:
        piriformis = Tube(mirrored(PIRIFORMIS, side), (6.0, 9.0, 7.0, 3.5))
        canvas.muscle(piriformis, f"piriformis_{word}", hu=MUSCLE)


def paint_vessels(canvas: Canvas) -> None:
    """Aorta, caval vein and the iliac and femoral vessels, without contrast."""
    trunks: dict[str, tuple[tuple[Point, ...], float]] = {
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
    for x, y, z in LUMBAR_CENTRES.values():
        disc = Loft(
            ((z - 24, x, y + 2, 22, 15, 0), (z - 18, x, y, 24, 17, 0), (z - 11, x, y, 22, 15, 0))
        )
        canvas.paint(disc, DISC)
    canvas.paint(Tube(((0, 24, 330), (0, 24, 150), (0, 34, 122), (0, 60, 100), (0, 86, 62)),
                      (8.0, 8.0, 7.5, 6.0, 3.0)), CORD)  # fmt: skip
    canvas.paint(Ellipsoid((0, -36, -32), (7, 9, 17)), CARTILAGE)
    x, y, z = HEAD_CENTRE
    for side in (1, -1):
        canvas.paint(Ellipsoid((side * (x - 3), y, z + 2), (27, 27, 27)), CARTILAGE)
