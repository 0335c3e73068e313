"""Bones beyond the pelvis: spine, ribs, shoulder girdle, head, arms and legs.

Plainer than the pelvis: a tall scan for speed, memory and burden, not for anatomists. Adult,
millimetres, in the body frame of the pelvis.
"""

import numpy as np

from trabecula.simulate.lattice import Lattice
from trabecula.simulate.shapes import Ellipsoid, Plate, Point, Shape, Tube, Union
from trabecula.simulate.skeleton import (
    FACET_JOINT_MM,
    FEMUR_MAKE,
    HIP_JOINT_MM,
    LUMBAR_CENTRES,
    SIDES,
    SPINE_MAKE,
    Bone,
    BoneMake,
    carve,
    free_facets,
    joined,
    mirrored,
    pelvic_skeleton,
    shaped,
    vertebra,
)

SPINE_NAMES = tuple(
    f"vertebrae_{level}"
    for level in ("L1", *(f"T{n}" for n in range(12, 0, -1)), *(f"C{n}" for n in range(7, 0, -1)))
)
"""From the lowest up, above the pelvis model's own."""
SPINE_HEIGHTS_MM = (
    276, 309, 338, 366, 393, 419, 444, 468, 492, 515, 537, 559, 580, 599, 616, 633, 650, 667, 684,
    700,
)  # fmt: skip
SPINE_CURVE_MM = (
    (205, -1),
    (276, 8),
    (338, 22),
    (444, 42),
    (515, 40),
    (580, 22),
    (633, 6),
    (700, 8),
)
"""Height and how far back the bodies stand."""
SPINE_HALF_WIDTH_MM = ((241, 23.0), (309, 20.0), (444, 16.0), (580, 14.5), (599, 12.5), (700, 11.5))

CAGE = (
    (250, -20, 128, 92), (330, -12, 132, 96), (420, -6, 126, 96), (500, 2, 105, 82),
    (550, 10, 75, 58), (580, 14, 50, 38),
)  # fmt: skip
"""Rib cage: height, middle (y), half width, half depth."""

THIN = BoneMake(cortex_mm=1.0, spongiosa_mg_cm3=130.0)
LONG = BoneMake(cortex_mm=3.4, spongiosa_mg_cm3=140.0)
SKULL = BoneMake(cortex_mm=1.8, spongiosa_mg_cm3=320.0)


def spine_centres() -> dict[str, Point]:
    """Centres of the vertebral bodies from L1 to C1."""
    heights, back = np.transpose(SPINE_CURVE_MM)
    return {
        name: (0.0, float(np.interp(z, heights, back)), float(z))
        for name, z in zip(SPINE_NAMES, SPINE_HEIGHTS_MM, strict=True)
    }


def _spine() -> list[tuple[str, Shape, BoneMake]]:
    steps, widths = np.transpose(SPINE_HALF_WIDTH_MM)
    pitch = np.gradient(np.asarray(SPINE_HEIGHTS_MM, dtype=np.float64))
    return [
        (
            name,
            vertebra(
                centre,
                height_mm=float(gap) - 6.0,
                half_width_mm=float(np.interp(centre[2], steps, widths)),
            ),
            SPINE_MAKE,
        )
        for (name, centre), gap in zip(spine_centres().items(), pitch, strict=True)
    ]


def rib(number: int, side: int) -> Shape:
    """Arc of a rib from its vertebra round the cage, falling toward the front."""
    centre = spine_centres()[f"vertebrae_T{number}"]
    reach = (0.72 if number <= 10 else 0.45) * np.pi
    fall = 14.0 + 5.0 * min(number, 9)
    heights, middle, half_width, half_depth = np.transpose(CAGE)
    path: list[Point] = [(side * 20.0, centre[1] + 18.0, centre[2] + 4.0)]
    for turn in np.linspace(0.16 * np.pi, reach, 9):
        z = centre[2] + 4.0 - fall * (turn / np.pi) ** 1.2
        a, b, y = (float(np.interp(z, heights, row)) for row in (half_width, half_depth, middle))
        path.append((side * a * float(np.sin(turn)), y + b * float(np.cos(turn)), z))
    return Tube(tuple(path), (4.0,) + (5.2,) * 9)


def _thorax() -> list[tuple[str, Shape, BoneMake]]:
    plans: list[tuple[str, Shape, BoneMake]] = [
        (f"rib_{word}_{number}", rib(number, side), THIN)
        for side, word in SIDES
        for number in range(1, 13)
    ]
    sternum = Tube(((0, -38, 540), (0, -62, 510), (0, -82, 460), (0, -94, 400)), (22, 17, 16, 13),
                   flat=2.6)  # fmt: skip
    return [*plans, ("sternum", sternum, THIN)]


def _girdle(side: int, word: str) -> list[tuple[str, Shape, BoneMake]]:
    blade = Plate(
        1,
        tuple(
            (side * u, z, y, t)
            for u, z, y, t in (
                (75, 425, 84, 5), (70, 545, 60, 4), (80, 480, 75, 3), (115, 480, 60, 4),
                (130, 535, 36, 8), (100, 550, 52, 4),
            )
        ),
        tuple(
            (side * u, z)
            for u, z in (
                (76, 420), (68, 480), (70, 545), (95, 562), (130, 552), (132, 525), (110, 465),
            )
        ),
    )  # fmt: skip
    crest = Tube(
        mirrored(((72, 70, 525), (110, 62, 552), (148, 44, 580), (160, 14, 586)), side),
        (4.0, 6.0, 7.5, 6.0),
    )
    socket = Tube(mirrored(((122, 38, 540), (131, 31, 542)), side), (10.0, 13.0))
    clavicle = Tube(
        mirrored(((18, -40, 552), (60, -50, 566), (110, -22, 578), (148, 4, 586)), side),
        (8.5, 6.0, 5.5, 6.5),
    )
    return [
        (f"scapula_{word}", Union((blade, crest, socket), blend_mm=4.0), THIN),
        (f"clavicula_{word}", clavicle, THIN),
    ]


def _arm(side: int, word: str) -> list[tuple[str, Shape, BoneMake]]:
    humerus = Union(
        (
            Ellipsoid((side * 162.0, 22.0, 548.0), (23.0, 23.0, 23.0)),
            Tube(
                mirrored(((168, 20, 535), (176, 22, 480), (186, 26, 330), (190, 28, 268)), side),
                (17.0, 12.0, 10.5, 15.0),
            ),
            Tube(mirrored(((172, 28, 262), (206, 28, 262)), side), (11.0, 11.0)),
        ),
        blend_mm=6.0,
    )
    radius = Tube(mirrored(((203, 18, 240), (207, 8, 130), (209, -4, 25)), side), (8.5, 6.5, 12.0))
    ulna = Tube(mirrored(((185, 34, 258), (188, 26, 130), (188, 10, 25)), side), (12.0, 6.5, 6.0))
    rays = tuple(
        Tube(
            mirrored(((198, y, 0), (200, y * 1.4, -45), (198, y * 1.7 - 3, -120)), side),
            (5.5, 4.5, 3.5),
        )
        for y in (-28.0, -14.0, 0.0, 14.0, 26.0)
    )
    return [
        (f"humerus_{word}", humerus, LONG),
        (f"radius_{word}", radius, BoneMake(cortex_mm=2.2)),
        (f"ulna_{word}", ulna, BoneMake(cortex_mm=2.2)),
        (f"hand_{word}", Union(rays), BoneMake(cortex_mm=1.2)),
    ]


def _leg(side: int, word: str) -> list[tuple[str, Shape, BoneMake]]:
    tibia = Union(
        (
            Tube(mirrored(((84, -2, -432), (118, -2, -432)), side), (20.0, 20.0)),
            Tube(
                mirrored(
                    ((101, -6, -440), (100, -10, -520), (100, -2, -700), (101, 4, -806)), side
                ),
                (22.0, 14.5, 12.0, 19.0),
            ),
        ),
        blend_mm=8.0,
    )
    fibula = Tube(mirrored(((134, 18, -450), (130, 18, -640), (124, 14, -822)), side), (9, 6.5, 9))
    heel = Tube(mirrored(((101, 40, -850), (101, 6, -838), (102, -30, -846)), side), (17, 18, 14))
    rays = tuple(
        Tube(mirrored(((102 + u, -34, -850), (104 + 1.6 * u, -80, -866)), side), (8.0, 6.0))
        for u in (-20.0, -9.0, 2.0, 12.0)
    )
    return [
        (f"tibia_{word}", tibia, LONG),
        (f"fibula_{word}", fibula, BoneMake(cortex_mm=2.0)),
        (f"patella_{word}", Ellipsoid((side * 100.0, -46.0, -392.0), (20.0, 10.0, 20.0)), THIN),
        (f"foot_{word}", Union((heel, *rays), blend_mm=4.0), THIN),
    ]


def knee_of_femur(side: int) -> Shape:
    """Build the lower end of the femur, which the pelvis model leaves out."""
    return Union(
        (
            Tube(
                mirrored(((116, -4, -225), (106, -6, -320), (101, -2, -372)), side), (13.5, 15, 22)
            ),
            Tube(mirrored(((82, 8, -388), (82, -8, -384)), side), (20.0, 19.0)),
            Tube(mirrored(((122, 8, -388), (122, -8, -384)), side), (20.0, 19.0)),
        ),
        blend_mm=8.0,
    )


def _head() -> list[tuple[str, Shape, BoneMake]]:
    jaw = Tube(
        ((-48, 6, 728), (-46, -18, 688), (-26, -62, 672), (0, -76, 670), (26, -62, 672),
         (46, -18, 688), (48, 6, 728)),
        (7.0, 9.0, 10.0, 11.0, 10.0, 9.0, 7.0),
    )  # fmt: skip
    face = (
        Tube(((-30, -62, 712), (0, -72, 708), (30, -62, 712)), (8.0, 9.0, 8.0)),
        Tube(((-52, -40, 742), (-34, -66, 738)), (6.0, 7.0)),
        Tube(((52, -40, 742), (34, -66, 738)), (6.0, 7.0)),
        Tube(((-60, 10, 735), (60, 10, 735)), (9.0, 9.0)),
        Tube(((-40, -70, 770), (40, -70, 770)), (7.0, 7.0)),
    )
    return [
        ("skull", Union((Ellipsoid((0, 0, 775), (76, 94, 78)), *face), blend_mm=4.0), SKULL),
        ("mandible", jaw, BoneMake(cortex_mm=2.5)),
    ]


def whole_skeleton(lattice: Lattice, *, seed: int) -> list[Bone]:
    """All bones of the body that a lattice shows, joints free."""
    plans = [*_spine(), *_thorax(), *_head()]
    for side, word in SIDES:
        plans += [*_girdle(side, word), *_arm(side, word), *_leg(side, word)]
    made = [shaped(lattice, name, shape, make) for name, shape, make in plans]
    bones = {bone.name: bone for bone in (*pelvic_skeleton(lattice, seed=seed), *made) if bone}
    _lengthen_femora(lattice, bones)
    _hollow_skull(lattice, bones)
    free_facets(bones, (*LUMBAR_CENTRES, *SPINE_NAMES))
    for name, bone in bones.items():
        level = f"vertebrae_T{name.rsplit('_', 1)[-1]}"
        if name.startswith("rib") and level in bones:
            carve(bone, bones[level], FACET_JOINT_MM)
    for _, word in SIDES:
        if f"humerus_{word}" in bones and f"scapula_{word}" in bones:
            carve(bones[f"scapula_{word}"], bones[f"humerus_{word}"], HIP_JOINT_MM)
    return list(bones.values())


def _lengthen_femora(lattice: Lattice, bones: dict[str, Bone]) -> None:
    for side, word in SIDES:
        knee = shaped(lattice, f"femur_{word}", knee_of_femur(side), FEMUR_MAKE)
        if knee is None:
            continue
        upper = bones.get(knee.name)
        bones[knee.name] = knee if upper is None else joined(upper, knee)


def _hollow_skull(lattice: Lattice, bones: dict[str, Bone]) -> None:
    brain = shaped(lattice, "brain", BRAIN, SKULL)
    if "skull" in bones and brain is not None:
        carve(bones["skull"], brain, 0.0)


BRAIN = Ellipsoid((0.0, 0.0, 777.0), (69.0, 87.0, 70.0))
"""Inside of the skull."""
