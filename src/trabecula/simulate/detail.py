"""Soft tissue of shoulder, neck, chest wall and knee that the whole body leaves out."""

import numpy as np

from trabecula.model import Float32
from trabecula.simulate.canvas import Canvas
from trabecula.simulate.shapes import Ellipsoid, Point, Tube
from trabecula.simulate.skeleton import HEAD_CENTRE, SIDES, Bone, BoneMake, mirrored
from trabecula.simulate.tissue import BLOOD, CARTILAGE, MUSCLE, mineralised_hu
from trabecula.simulate.whole_skeleton import CAGE, rib

Line = tuple[tuple[Point, ...], tuple[float, ...], float]
"""Path of the left side, radii and flatness."""

MUSCLES: dict[str, Line] = {
    "supraspinatus": (((84, 62, 548), (112, 50, 568), (146, 26, 576)), (7, 9, 5), 1.0),
    "infraspinatus": (((86, 92, 490), (116, 76, 512), (158, 44, 548)), (10, 13, 7), 1.4),
    "teres_major": (((98, 84, 440), (128, 66, 458), (166, 32, 486)), (9, 11, 6), 1.2),
    "subscapularis": (((86, 60, 492), (112, 46, 516), (146, 14, 546)), (9, 11, 6), 1.4),
    "levator_scapulae": (((72, 62, 560), (48, 46, 600), (26, 32, 650)), (5, 7, 5), 1.0),
    "pectoralis_minor": (((84, -68, 470), (104, -50, 510), (132, -14, 552)), (5, 9, 4), 1.6),
    "serratus_anterior": (((132, 30, 380), (136, 30, 430), (120, 44, 480)), (9, 11, 8), 2.2),
    "anterior_scalene": (((40, -20, 556), (30, -8, 600), (22, 4, 650)), (5, 6, 4), 1.0),
    "popliteus": (((84, 26, -430), (102, 24, -414), (122, 20, -400)), (5, 6, 4), 1.3),
}
TENDONS: tuple[Line, ...] = (
    (((100, -46, -412), (100, -40, -436), (100, -30, -456)), (6, 7, 6), 2.2),
    (((102, -46, -370), (103, -46, -345), (104, -44, -322)), (7, 10, 9), 2.0),
    (((146, 26, 576), (158, 22, 572), (168, 20, 562)), (4, 4, 3), 1.0),
)
"""Patellar and quadriceps tendons, and that of the supraspinatus."""
TENDON_HU = 80.0
VESSELS: dict[str, Line] = {
    "common_carotid_artery": (((12, -28, 540), (24, -22, 600), (28, -14, 690)), (3.6,) * 3, 1.0),
    "internal_jugular_vein": (((28, -26, 540), (34, -16, 600), (34, -8, 690)), (5.5,) * 3, 1.0),
    "subclavian_artery": (
        ((12, -24, 540), (44, -14, 560), (84, -20, 552), (124, -6, 530)), (4.6,) * 4, 1.0,
    ),
    "axillary_artery": (((124, -6, 530), (146, 6, 500), (156, 14, 430)), (4.0, 3.6, 3.2), 1.0),
    "brachial_artery": (((156, 14, 430), (164, 14, 360), (176, 8, 280)), (3.0, 2.6, 2.4), 1.0),
    "popliteal_artery": (
        ((90, 14, -330), (98, 30, -370), (102, 34, -410), (104, 28, -450)), (3.6,) * 4, 1.0,
    ),
}  # fmt: skip
FLECK_YEARS = 35.0
"""Age from which rib cartilage carries mineral."""
PLATE_GAP_MM = 1.1
"""Half the thickness of a growth plate."""
PLATES: dict[str, tuple[float, ...]] = {
    "femur": (-371.0,),
    "tibia": (-447.0, -792.0),
    "fibula": (-462.0, -800.0),
    "humerus": (527.0, 284.0),
    "radius": (38.0, 228.0),
    "ulna": (36.0,),
}
"""Heights of growth plates, adult frame, by the first word of a bone."""


LONG_BONES: dict[str, BoneMake] = {
    "femur": BoneMake(1.6, 190.0, 5.5, -45.0, -345.0),
    "tibia": BoneMake(1.5, 170.0, 4.6, -470.0, -785.0),
    "fibula": BoneMake(1.2, 150.0, 2.6, -470.0, -800.0),
    "humerus": BoneMake(1.4, 140.0, 3.8, 515.0, 290.0),
    "radius": BoneMake(1.2, 140.0, 2.6, 225.0, 45.0),
    "ulna": BoneMake(1.2, 140.0, 2.6, 230.0, 45.0),
}
"""Thin cortex at both ends of long bones, thick in the shaft; adult frame."""


def paint_detail(canvas: Canvas, *, age_years: float) -> None:
    """Rotator cuff, scalenes, tendons, cartilage and the vessels of neck, arm and knee."""
    for name, (path, radii, flat) in MUSCLES.items():
        for side, word in SIDES:
            canvas.muscle(Tube(mirrored(path, side), radii, flat), f"{name}_{word}", hu=MUSCLE)
    for name, (path, radii, flat) in VESSELS.items():
        for side, word in SIDES:
            canvas.muscle(Tube(mirrored(path, side), radii, flat), f"{name}_{word}", hu=BLOOD)
    for path, radii, flat in TENDONS:
        for side, _ in SIDES:
            canvas.paint(Tube(mirrored(path, side), radii, flat), TENDON_HU, streaks_hu=3.0)
    for side, _ in SIDES:
        for u in (82.0, 120.0):
            canvas.paint(Ellipsoid((side * u, -2, -410), (19, 20, 6)), CARTILAGE)
    _costal_cartilages(canvas, age_years)


def _costal_cartilages(canvas: Canvas, age_years: float) -> None:
    """Cartilage from the front ends of ribs 1 to 10 to the sternum, flecked with age."""
    heights, _, _, depth = np.transpose(CAGE)
    flecks = float(np.clip((age_years - FLECK_YEARS) / 50.0, 0.0, 1.0))
    for side, _ in SIDES:
        for number in range(1, 11):
            shape = rib(number, side)
            end = shape.path[-1] if isinstance(shape, Tube) else (0.0, 0.0, 0.0)
            goal = max(end[2] + 14.0, 398.0)
            front = -float(np.interp(goal, heights, depth)) + 10.0
            middle = ((end[0] + side * 12.0) / 2.0, (end[1] + front) / 2.0 - 5.0, end[2] + 2.0)
            path = (end, middle, (side * 13.0, front, goal))
            tube = Tube(path, (5.0, 5.2, 5.0))
            canvas.paint(tube, CARTILAGE + 15.0, name="costal_cartilages", streaks_hu=8.0)
            if not flecks:
                continue
            shell = canvas.lattice.box(tube.bounds)
            if shell is None:
                continue
            here = canvas.lattice.part(shell)
            distance = tube.distance(*here.mesh())
            patchy = 1.2 * (1.6 - 2.2 * flecks - canvas.palette.lumps.at(here, (9, number, 3)))
            rind = np.maximum(np.abs(distance + 0.9) - 0.7, patchy)
            canvas.fill(shell, rind, mineralised_hu(60.0, 330.0, canvas.palette.kvp),
                        name="costal_cartilages")  # fmt: skip


def open_plates(heights_mm: Float32, bone: Bone) -> None:
    """Cut the growth plates of a bone that still grows; both parts keep its name."""
    first = bone.name.split("_", maxsplit=1)[0]
    z = heights_mm[bone.box[0]][:, None, None]
    for height in PLATES.get(first, ()):
        np.maximum(bone.distance, np.float32(PLATE_GAP_MM) - np.abs(z - np.float32(height)),
                   out=bone.distance)  # fmt: skip


HEAD_PLATE_MM = 9.0
"""How far from the middle of the femoral head its growth plate lies."""


def open_head_plate(x: Float32, y: Float32, z: Float32, bone: Bone) -> None:
    """Cut the plate between head and neck of a growing femur."""
    if not bone.name.startswith("femur"):
        return
    side = 1.0 if bone.name.endswith("left") else -1.0
    cx, cy, cz = HEAD_CENTRE
    dx, dy, dz = x - np.float32(side * cx), y - np.float32(cy), z - np.float32(cz)
    across = side * 0.82 * dx + 0.12 * dy - 0.56 * dz - HEAD_PLATE_MM
    near = dx**2 + dy**2 + dz**2 < np.float32(27.0**2)
    gap = np.where(near, np.float32(PLATE_GAP_MM) - np.abs(across), -np.inf)
    np.maximum(bone.distance, gap.astype(np.float32), out=bone.distance)
