"""Native bones of the lower spine, pelvis and thighs.

Sizes are of an adult; millimetres in the body frame (LPS, origin midway between the femoral
heads). Places follow landmarks measured on a public pelvis scan (head distance 160 mm, crest at
155 mm, promontory at 115 mm above the heads), rounded.
"""

from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import numpy as np

from trabecula.model import overlap, place_in
from trabecula.model.arrays import Box, Float32
from trabecula.simulate.canvas import Canvas, depth_mm
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.shapes import (
    FAR_MM,
    Ellipsoid,
    Loft,
    Plate,
    Point,
    Shape,
    Tube,
    Union,
    smooth_outline,
)
from trabecula.simulate.tissue import (
    CORTEX_MG_CM3,
    MARROW_FAT,
    SPONGIOSA_MG_CM3,
    mineralised_hu,
)

HEAD_CENTRE: Point = (79.5, 0.0, 0.0)
HEAD_RADIUS_MM = 22.5
HIP_JOINT_MM = 3.5
"""Cartilage between femoral head and acetabulum."""
SACROILIAC_JOINT_MM = 2.0
SYMPHYSIS_MM = 4.0
FACET_JOINT_MM = 1.6
SIDES = ((1, "left"), (-1, "right"))
"""Sign of x, and the word in the names of structures."""
ASYMMETRY_MM = 0.8
"""SD of how far hip and femur of a side stand from their mirror place."""
ROUGHNESS_MM = 0.3
"""SD of the unevenness of a bone's surface."""
TEXTURE_MG_CM3 = 42.0
"""SD of cancellous mineral at trabecular scale."""
UNEVEN_MG_CM3 = 22.0
"""SD of cancellous mineral over centimetres: sparse triangles between denser struts."""
SUBCORTICAL_MG_CM3 = 110.0
"""Added mineral right under the cortex, gone within a few millimetres."""
SUBCORTICAL_MM = 2.5
"""Depth over which that falls to a third."""


@dataclass(frozen=True, slots=True)
class BoneMake:
    """What a bone is made of.

    Attributes
    ----------
    cortex_mm
        Thickness of its compact shell.
    shaft_cortex_mm, shaft_top_mm
        Thickness where it is a shaft, and below which height it is one; ``None`` for no shaft.
    shaft_bottom_mm
        Above which height it is one; ``None`` for a shaft that goes on.
    spongiosa_mg_cm3
        Mean mineral of its cancellous inside.
    """

    cortex_mm: float
    spongiosa_mg_cm3: float = SPONGIOSA_MG_CM3
    shaft_cortex_mm: float | None = None
    shaft_top_mm: float = -45.0
    shaft_bottom_mm: float | None = None


@dataclass(slots=True, eq=False)
class Bone:
    """A bone's distances in its box."""

    name: str
    box: Box
    distance: Float32
    make: BoneMake


def mirrored(points: tuple[Point, ...], side: int) -> tuple[Point, ...]:
    """Points of the left side, on the side asked for (+1 left, -1 right)."""
    return tuple((side * x, y, z) for x, y, z in points)


def femur(side: int) -> Shape:
    """Build head, neck, trochanters and shaft."""
    head = Ellipsoid((side * HEAD_CENTRE[0], 0.0, 0.0), (HEAD_RADIUS_MM,) * 3)
    neck = Tube(
        mirrored(((79.5, 0, 0), (101, 4, -12), (116, 9, -22), (124, 12, -34)), side),
        (19.0, 15.0, 17.0, 18.0),
    )
    shaft = Tube(
        mirrored(
            ((124, 12, -34), (126, 10, -55), (126, 6, -80), (122, 0, -130), (116, -4, -230)), side
        ),
        (18.5, 16.5, 15.0, 14.0, 13.5),
    )
    greater = Tube(mirrored(((126, 13, -28), (137, 19, -12), (138, 26, 8)), side), (17, 14.5, 8.0))
    lesser = Tube(mirrored(((114, 20, -48), (107, 29, -55)), side), (9.0, 6.0))
    return Union((head, neck, shaft, greater, lesser), blend_mm=6.0)


def _ilium(side: int) -> Shape:
    controls = (
        (-40, 30, 93, 15), (0, 30, 84, 22), (40, 30, 68, 15),
        (-42, 48, 103, 12), (-15, 48, 91, 16), (5, 48, 83, 18), (39, 48, 65, 11),
        (-54, 72, 116, 11), (-25, 72, 103, 6), (0, 72, 92, 7), (30, 72, 76, 11), (55, 72, 60, 17),
        (76, 72, 48, 10),
        (-54, 96, 127, 11), (-30, 96, 119, 4.5), (0, 96, 104, 4), (30, 96, 84, 7),
        (60, 96, 64, 17), (84, 96, 48, 11),
        (-33, 120, 136, 9), (-10, 120, 127, 4.5), (20, 120, 106, 4), (50, 120, 77, 9),
        (80, 120, 54, 13),
        (-6, 144, 128, 8), (20, 144, 111, 6), (45, 144, 86, 7), (62, 144, 70, 8),
        (15, 153, 115, 9), (40, 153, 90, 8),
    )  # fmt: skip
    outline = smooth_outline(
        (
            (-36, 22), (-43, 36), (-42, 52), (-53, 74), (-57, 88), (-52, 104), (-31, 126),
            (-5, 145), (20, 153), (42, 151), (64, 140), (84, 118), (88, 98), (80, 80), (68, 66),
            (46, 58), (35, 46), (40, 30), (30, 18), (0, 14),
        )
    )  # fmt: skip
    blade = Plate(0, tuple((u, z, side * x, t) for u, z, x, t in controls), outline)
    crest = Tube(
        mirrored(
            (
                (127, -53, 90), (132, -47, 104), (138, -29, 124), (129, -4, 144), (113, 18, 151),
                (91, 41, 149), (70, 62, 138), (54, 81, 117), (47, 85, 98),
            ),
            side,
        ),
        (5.5, 4.5, 5.0, 5.0, 5.0, 4.5, 5.0, 6.0, 5.5),
    )  # fmt: skip
    anterior_inferior_spine = Tube(mirrored(((98, -34, 40), (101, -42, 34)), side), (8.0, 6.0))
    return Union((blade, crest, anterior_inferior_spine), blend_mm=4.0)


def _acetabulum(side: int) -> Shape:
    """Build the walls of the socket before the head is cut out of them."""
    x, y, z = HEAD_CENTRE
    roof = Tube(mirrored(((88, -6, 32), (86, 14, 30)), side), (13.0, 12.0))
    medial = Ellipsoid((side * (x - 12.0), y + 4.0, z + 4.0), (22.0, 30.0, 30.0))
    posterior = Tube(mirrored(((84, 26, 16), (82, 30, -6), (70, 34, -22)), side), (9.0, 8.5, 10.0))
    return Union((roof, medial, posterior), blend_mm=8.0)


def _ischium_and_pubis(side: int) -> Shape:
    column = Tube(
        mirrored(((66, 40, 30), (66, 36, 10), (68, 33, -12), (65, 38, -32), (56, 42, -56)), side),
        (9.0, 11.0, 11.0, 11.5, 12.0),
    )
    spine = Tube(mirrored(((62, 48, 6), (50, 60, 1)), side), (5.0, 2.2))
    upper_ramus = Tube(
        mirrored(((70, -20, 6), (56, -29, 0), (38, -38, -7), (20, -42, -16), (10, -40, -24)), side),
        (12.0, 9.0, 7.0, 7.5, 8.0),
    )
    body = Tube(mirrored(((9, -38, -22), (9, -33, -42)), side), (8.5, 7.0))
    lower_ramus = Tube(
        mirrored(((11, -32, -42), (24, -12, -56), (38, 12, -63), (52, 34, -63)), side),
        (6.5, 4.8, 5.5, 8.5),
    )
    return Union((column, spine, upper_ramus, body, lower_ramus), blend_mm=4.0)


def hip_bone(side: int) -> Shape:
    """Ilium, ischium and pubis as one bone; the joints are cut afterwards."""
    return Union((_ilium(side), _acetabulum(side), _ischium_and_pubis(side)), blend_mm=6.0)


def sacrum() -> Shape:
    """Build a wedge curved backward, its crest and upper facets; foramina are cut later."""
    controls = tuple(
        (side * u, z, y, t)
        for u, z, y, t in (
            (0, 118, 27, 22), (0, 104, 33, 27), (0, 84, 55, 22), (0, 64, 74, 17), (0, 45, 87, 13),
            (0, 22, 90, 9), (25, 112, 34, 24), (50, 108, 40, 22), (52, 90, 52, 24),
            (48, 76, 62, 20), (28, 84, 57, 20), (26, 62, 76, 14), (18, 45, 87, 11), (8, 22, 90, 7),
        )
        for side in (-1, 1)
        if u or side == 1
    )  # fmt: skip
    right = ((8, 118), (26, 116), (48, 116), (59, 104), (60, 88), (52, 72), (38, 60), (28, 46),
             (16, 32), (8, 20))  # fmt: skip
    outline = smooth_outline((*right, *((-u, z) for u, z in reversed(right))))
    wedge = Plate(1, controls, outline)
    crest = Tube(((0, 64, 112), (0, 84, 92), (0, 97, 70), (0, 100, 52)), (4.0, 5.0, 4.5, 3.5))
    arches = tuple(
        Tube(mirrored(((24, 62, 108), (21, 76, 88), (17, 88, 66), (13, 95, 48)), s), (7, 6, 5, 4.5))
        for s in (-1, 1)
    )
    roof = tuple(
        Tube(mirrored(((21, y - 4, z), (0, y + 6, z - 2)), s), (4.5, 4.0))
        for s in (-1, 1)
        for y, z in ((70, 100), (83, 80), (93, 62))
    )
    facets = tuple(Tube(mirrored(((24, 54, 104), (22, 50, 124)), s), (8.0, 6.0)) for s in (-1, 1))
    coccyx = Tube(((0, 90, 20), (0, 86, 4), (0, 76, -8)), (6.0, 4.5, 3.0))
    return Union((wedge, crest, *arches, *roof, *facets, coccyx), blend_mm=4.0)


def _sacral_openings() -> Shape:
    foramina = tuple(
        Tube(mirrored(((u, y - 16, z - 8), (u, y + 18, z + 8)), s), (4.6, 4.2))
        for s in (-1, 1)
        for u, y, z in ((23, 52, 88), (20, 69, 68), (17, 82, 51), (14, 88, 36))
    )
    canal = Tube(((0, 52, 118), (0, 61, 100), (0, 76, 80), (0, 88, 60), (0, 95, 44)),
                 (10.0, 8.5, 6.5, 4.5, 2.5))  # fmt: skip
    return Union((*foramina, canal))


def vertebra(centre: Point, *, height_mm: float = 27.0, half_width_mm: float = 24.0) -> Shape:
    """Build a vertebra: waisted body, arch, spinous, transverse and articular processes."""
    x, y, z = centre
    a, b, h = half_width_mm, half_width_mm * 0.70, height_mm / 2.0
    wide, tall = half_width_mm / 24.0, height_mm / 27.0
    body = Loft(
        (
            (z - h, x, y, a, b, 0.0), (z - h * 0.6, x, y, a * 0.94, b * 0.95, 0.0),
            (z, x, y, a * 0.88, b * 0.90, 0.0), (z + h * 0.6, x, y, a * 0.93, b * 0.95, 0.0),
            (z + h, x, y, a * 0.98, b, 0.0),
        ),
        power=2.5,
    )  # fmt: skip

    def limb(points: tuple[Point, ...], radii: tuple[float, ...], s: int) -> Tube:
        placed = tuple((x + s * u * wide, y + v * wide, z + w * tall) for u, v, w in points)
        return Tube(placed, tuple(r * wide for r in radii))

    pairs = [
        part
        for s in (-1, 1)
        for part in (
            limb(((14, 12, 5), (17, 27, 3)), (6.0, 5.5), s),
            limb(((17, 29, 2), (11, 37, -5), (2, 42, -8)), (5.0, 4.0, 4.0), s),
            limb(((19, 23, 3), (33, 25, 4), (45, 27, 5)), (5.0, 3.8, 3.2), s),
            limb(((20, 27, 18), (19, 31, 4), (14, 36, -21)), (5.5, 5.5, 5.5), s),
        )
    ]
    spinous = [
        limb(((0, 42, top), (0, 55, top - 4), (0, 66, top - 7)), (3.0, 3.0, 3.6), 1)
        for top in (-3.0, -9.0, -14.0)
    ]
    return Union((body, *pairs, *spinous), blend_mm=3.0)


LUMBAR_CENTRES: dict[str, Point] = {
    "vertebrae_L5": (0.0, 9.0, 134.0),
    "vertebrae_L4": (0.0, 2.0, 169.0),
    "vertebrae_L3": (0.0, -1.0, 205.0),
    "vertebrae_L2": (0.0, 2.0, 241.0),
}

FEMUR_MAKE = BoneMake(cortex_mm=1.6, shaft_cortex_mm=5.5)
HIP_MAKE = BoneMake(cortex_mm=1.7, spongiosa_mg_cm3=170.0)
SPINE_MAKE = BoneMake(cortex_mm=1.0, spongiosa_mg_cm3=185.0)
SACRUM_MAKE = BoneMake(cortex_mm=1.1, spongiosa_mg_cm3=140.0)


def carve(bone: Bone, other: Bone, gap_mm: float) -> None:
    """Cut a bone back so that a joint gap stays free toward another."""
    shared = overlap(bone.box, other.box)
    if shared is None:
        return
    here, there = place_in(shared, bone.box), place_in(shared, other.box)
    bone.distance[here] = np.maximum(bone.distance[here], gap_mm - other.distance[there])


def joined(first: Bone, second: Bone) -> Bone:
    """Make one bone of two pieces."""
    low = [min(a.start, b.start) for a, b in zip(first.box, second.box, strict=True)]
    high = [max(a.stop, b.stop) for a, b in zip(first.box, second.box, strict=True)]
    distance = np.full([h - w for w, h in zip(low, high, strict=True)], FAR_MM, dtype=np.float32)
    for piece in (first, second):
        place = tuple(slice(a.start - w, a.stop - w) for a, w in zip(piece.box, low, strict=True))
        distance[place] = np.minimum(distance[place], piece.distance)
    k, j, i = (slice(w, h) for w, h in zip(low, high, strict=True))
    return Bone(first.name, (k, j, i), distance, first.make)


def shaped(lattice: Lattice, name: str, shape: Shape, make: BoneMake) -> Bone | None:
    """Distances of a bone in its box; ``None`` outside the field of view."""
    box = lattice.box(shape.bounds, margin_mm=5.0)
    if box is None:
        return None
    return Bone(name, box, shape.distance(*lattice.part(box).mesh()), make)


def roughened(canvas: Canvas, bones: list[Bone]) -> list[Bone]:
    """Make every surface a little uneven, differently on both sides."""
    for bone in bones:
        # From the name, so that a bone has the same surface in every slab it appears in.
        offset = (crc32(bone.name.encode()) % 997, crc32(bone.name[::-1].encode()) % 997, 0)
        lumps = canvas.palette.lumps.at(canvas.lattice.part(bone.box), offset)
        bone.distance += ROUGHNESS_MM * lumps
    return bones


def pelvic_skeleton(lattice: Lattice, *, seed: int) -> list[Bone]:
    """All bones from L2 to the femora, joints free; no two sides or patients quite alike."""
    plans: list[tuple[str, Shape, BoneMake]] = [("sacrum", sacrum(), SACRUM_MAKE)]
    plans += [(name, vertebra(at), SPINE_MAKE) for name, at in LUMBAR_CENTRES.items()]
    bones = [shaped(lattice, name, shape, make) for name, shape, make in plans]
    shifts = np.random.default_rng((seed, 7)).normal(0.0, ASYMMETRY_MM, (2, 3))
    for (side, word), shift in zip(SIDES, shifts.tolist(), strict=True):
        moved = lattice.seen_from(*shift)
        bones.append(shaped(moved, f"femur_{word}", femur(side), FEMUR_MAKE))
        bones.append(shaped(moved, f"hip_{word}", hip_bone(side), HIP_MAKE))
    there = {bone.name: bone for bone in bones if bone is not None}
    _free_joints(lattice, there)
    return list(there.values())


def _free_joints(lattice: Lattice, bones: dict[str, Bone]) -> None:
    if "sacrum" in bones:
        openings = shaped(lattice, "openings", _sacral_openings(), SACRUM_MAKE)
        if openings is not None:
            carve(bones["sacrum"], openings, 0.0)
    free_facets(bones, ("sacrum", *LUMBAR_CENTRES))
    for side, word in SIDES:
        hip = bones.get(f"hip_{word}")
        if hip is None:
            continue
        for other, gap in ((f"femur_{word}", HIP_JOINT_MM), ("sacrum", SACROILIAC_JOINT_MM)):
            if other in bones:
                carve(hip, bones[other], gap)
        x, _, _ = lattice.part(hip.box).mesh()
        hip.distance[:] = np.maximum(hip.distance, SYMPHYSIS_MM / 2.0 - side * x)


def free_facets(bones: dict[str, Bone], upward: tuple[str, ...]) -> None:
    """Open the joints between neighbours of the spine, named from the lowest up."""
    for lower, upper in pairwise(upward):
        if lower in bones and upper in bones:
            carve(bones[lower], bones[upper], FACET_JOINT_MM)


def paint_bone(canvas: Canvas, bone: Bone) -> None:
    """Cortex, spongiosa with its texture, and fatty marrow in the shaft."""
    here = canvas.lattice.part(bone.box)
    depth = depth_mm(bone.distance, here.spacing_kji_mm)
    depth[bone.distance > FAR_MM / 2] = 0.0
    kvp = canvas.palette.kvp
    texture = canvas.palette.trabeculae.at(here)
    mineral = bone.make.spongiosa_mg_cm3 + TEXTURE_MG_CM3 * texture
    mineral += UNEVEN_MG_CM3 * canvas.palette.lumps.at(here, (3, 91, 47))
    mineral += SUBCORTICAL_MG_CM3 * np.exp(-np.maximum(depth - 1.0, 0.0) / SUBCORTICAL_MM)
    np.maximum(mineral, 0.0, out=mineral)
    slope = mineralised_hu(0.0, 1.0, kvp)
    inner = (MARROW_FAT * 0.3 + slope * mineral).astype(np.float32)
    cortex_mm: float | Float32 = bone.make.cortex_mm
    if bone.make.shaft_cortex_mm is not None:
        _, _, z = here.mesh()
        shaft = np.clip((bone.make.shaft_top_mm - z) / 25.0, 0.0, 1.0)
        if bone.make.shaft_bottom_mm is not None:
            shaft = shaft * np.clip((z - bone.make.shaft_bottom_mm) / 25.0, 0.0, 1.0)
        cortex_mm = cortex_mm + shaft * (bone.make.shaft_cortex_mm - cortex_mm)
        inner = inner + shaft * (MARROW_FAT + 8.0 * texture - inner)
    compact = np.clip(0.5 + (cortex_mm - depth) / here.edge_mm, 0.0, 1.0)
    cortex_hu = mineralised_hu(50.0, CORTEX_MG_CM3, kvp)
    hu = (inner + compact * (cortex_hu - inner)).astype(np.float32)
    canvas.fill(bone.box, bone.distance, hu, name=bone.name)
