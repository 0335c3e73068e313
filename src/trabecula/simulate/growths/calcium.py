"""Calcification: amorphous, cloudy, in rings and arcs, in lobules with levels, sheets, nodules."""

import numpy as np

from trabecula.model.arrays import Float32
from trabecula.simulate.growths.forms import Strap, point, unit
from trabecula.simulate.growths.growth import Growth, Inside, Substance
from trabecula.simulate.growths.plan import Plan
from trabecula.simulate.shapes import FAR_MM, Ellipsoid, Shape, Union

MATRIX_HU = 50.0
"""Soft tissue that holds calcium."""
CHONDROID_HU = 35.0
"""Cartilage lobules: rich in water."""
FLUID_HU = 25.0
"""Clear fluid over a calcium sediment."""
SEPTUM_MG_CM3 = 140.0
"""Fibrous walls between lobules hold a little calcium."""
PATTERNS = {"even": "amorphous", "cloud": "cloud"}


def lump(plan: Plan) -> tuple[Growth, ...]:
    """One dense lump: amorphous, or cloudy with a border that fades."""
    size = plan.mm("size_mm")
    shape = plan.generator.blob(
        plan.site.centre,
        (size / 2.0, 0.40 * size, 0.36 * size),
        axis=plan.site.axis,
        normal=plan.site.normal(),
    )
    texture = str(plan.values["texture"])
    density = np.float32(plan.number("mineral_mg_cm3"))
    generator = plan.generator
    fade_mm = np.float32(0.10 * size)

    def fill(inside: Inside) -> Substance:
        full = np.ones_like(inside.distance)
        mineral = density * full
        if texture == "cloud":
            clouds = 1.0 + 0.45 * generator.clouds(inside, max(0.16 * size, 1.5))
            mineral = density * np.clip(clouds, 0.1, 2.0) * np.clip(inside.depth_mm / fade_mm, 0, 1)
        else:
            mineral = density * (1.0 + 0.06 * generator.clouds(inside, 3.0))
        return Substance(mineral.astype(np.float32), np.float32(MATRIX_HU) * full, full)

    zonation = "core" if texture == "cloud" else "even"
    facts = plan.facts("calcification", PATTERNS[texture], zonation=zonation)
    return (Growth(shape, fill, facts),)


def nearest_lobule(
    lobules: tuple[Ellipsoid, ...], inside: Inside
) -> tuple[Float32, Float32, Float32]:
    """Return distance to the nearest lobule, to the second nearest, and the number of the first."""
    shape = inside.distance.shape
    first = np.full(shape, FAR_MM, dtype=np.float32)
    second = first.copy()
    which = np.zeros(shape, dtype=np.float32)
    for index, lobule in enumerate(lobules):
        box = inside.lattice.box(lobule.bounds, margin_mm=6.0)
        if box is None:
            continue
        here = lobule.distance(*inside.lattice.part(box).mesh())
        closer = here < first[box]
        second[box] = np.where(closer, first[box], np.minimum(second[box], here))
        which[box] = np.where(closer, np.float32(index), which[box])
        first[box] = np.where(closer, here, first[box])
    return first, second, which


def rings_and_arcs(plan: Plan) -> tuple[Growth, ...]:
    """Cartilage lobules, each in a shell of calcium that is whole (ring) or broken (arc)."""
    size, lobule = plan.mm("size_mm"), plan.mm("lobule_mm") / 2.0
    lobules = plan.generator.lobules(
        plan.site.centre,
        (size / 2.0, 0.42 * size, 0.42 * size),
        radius_mm=lobule,
        count=int(np.clip(0.5 * (size / 2.0 / lobule) ** 3, 4, 30)),
    )
    ring_mm = plan.mm("ring_mm")
    density = np.float32(plan.number("mineral_mg_cm3"))
    gap = np.float32(np.interp(plan.number("cover"), (0.0, 0.5, 1.0), (1.6, 0.0, -4.0)))
    generator = plan.generator

    def fill(inside: Inside) -> Substance:
        first, second, _ = nearest_lobule(lobules, inside)
        # Depth below a lobule's own face, also where it lies against another.
        depth = np.minimum(-first, second - first)
        shell = np.clip(0.5 + (np.float32(ring_mm) - depth) / inside.lattice.edge_mm, 0.0, 1.0)
        kept = np.clip(0.5 + 3.0 * (generator.clouds(inside, 0.9 * lobule) - gap), 0.0, 1.0)
        ring = (shell * kept).astype(np.float32)
        full = np.ones_like(ring)
        return Substance(density * ring, np.float32(CHONDROID_HU) * full, ring)

    facts = plan.facts("calcification", "rings_and_arcs")
    return (Growth(Union(lobules, blend_mm=0.5), fill, facts),)


def levelled_lobules(plan: Plan) -> tuple[Growth, ...]:
    """Lobules of calcium milk beside a joint; where it settles, its level is square to gravity."""
    size, lobule = plan.mm("size_mm"), plan.mm("lobule_mm") / 2.0
    lobules = plan.generator.lobules(
        plan.site.centre,
        (size / 2.0, 0.42 * size, 0.38 * size),
        radius_mm=lobule,
        count=int(np.clip(0.55 * (size / 2.0 / lobule) ** 3, 3, 16)),
    )
    settled = bool(plan.values["levels"])
    heights = np.array(
        [float(np.dot(one.centre, plan.down)) for one in lobules], dtype=np.float32
    ) + lobule * plan.random.uniform(-0.35, 0.35, len(lobules)).astype(np.float32)
    density = np.float32(plan.number("mineral_mg_cm3"))
    septum = np.float32(0.7 / plan.size)
    dx, dy, dz = (np.float32(v) for v in plan.down)
    generator = plan.generator

    def fill(inside: Inside) -> Substance:
        first, second, which = nearest_lobule(lobules, inside)
        x, y, z = inside.lattice.mesh()
        drop = dx * x + dy * y + dz * z - heights[which.astype(np.intp)]
        edge = np.float32(inside.lattice.edge_mm)
        sunk = np.clip(0.5 + drop / edge, 0.0, 1.0) if settled else np.ones_like(first)
        wall = np.clip(0.5 + (septum - np.minimum(-first, second - first)) / edge, 0.0, 1.0)
        milk = density * (1.0 + 0.05 * generator.clouds(inside, 2.0)) * sunk
        mineral = milk + wall * (np.float32(SEPTUM_MG_CM3) - milk)
        matrix = np.float32(FLUID_HU) + wall * np.float32(MATRIX_HU - FLUID_HU)
        compact = (sunk * (1.0 - wall)).astype(np.float32)
        return Substance(mineral.astype(np.float32), matrix.astype(np.float32), compact)

    pattern = "fluid_level" if settled else "amorphous"
    facts = plan.facts("calcification", pattern)
    return (Growth(Union(lobules, blend_mm=1.0), fill, facts),)


def sheet(plan: Plan) -> tuple[Growth, ...]:
    """Thin sheet in fascia or under the skin, with holes; follows the lines it is given."""
    size, thick = plan.mm("size_mm"), plan.mm("thickness_mm")
    normal = plan.site.normal()
    path = plan.site.line(0.9 * size)
    across = unit(np.cross(normal, plan.site.axis))
    strips = []
    for shift in (-0.3, 0.0, 0.3):
        # Outer strips lie deeper: the sheet follows a round trunk or limb.
        sag = (shift * size) ** 2 / (2.0 * plan.mm("bend_radius_mm"))
        moved = tuple(
            point(np.asarray(p) + across * shift * size * 0.55 - unit(normal) * sag) for p in path
        )
        half = tuple(float(0.16 * size) for _ in moved)
        flat = max(1.0, 0.32 * size / thick)
        strips.append(plan.generator.band(moved, half, normal=normal, flat=flat))
    density = np.float32(plan.number("mineral_mg_cm3"))
    generator = plan.generator

    def fill(inside: Inside) -> Substance:
        full = np.ones_like(inside.distance)
        holes = np.clip(0.9 + 0.5 * generator.clouds(inside, 3.5), 0.15, 1.4)
        return Substance((density * holes).astype(np.float32), np.float32(MATRIX_HU) * full, full)

    facts = plan.facts("calcification", "sheet")
    return (Growth(Union(tuple(strips), blend_mm=1.0), fill, facts),)


def nodules(plan: Plan) -> tuple[Growth, ...]:
    """Few separate dense nodules, close together; each is a lesion of its own."""
    size, radius = plan.mm("size_mm"), plan.mm("nodule_mm") / 2.0
    count = int(plan.number("count"))
    axis, across = unit(plan.site.axis), unit(np.cross(plan.site.normal(), plan.site.axis))
    density = np.float32(plan.number("mineral_mg_cm3"))
    generator = plan.generator
    made = []
    for index in range(count):
        turn = 2.0 * np.pi * index / count + float(plan.random.uniform(-0.3, 0.3))
        reach = 0.0 if count == 1 else size / 2.0 - radius
        centre = np.asarray(plan.site.centre) + reach * (
            np.cos(turn) * axis + np.sin(turn) * across
        )
        own = radius * float(plan.random.uniform(0.8, 1.1))
        shape = plan.generator.blob(
            point(centre), (own, 0.9 * own, 0.85 * own), axis=plan.site.axis,
            normal=plan.site.normal(),
        )  # fmt: skip

        def fill(inside: Inside) -> Substance:
            full = np.ones_like(inside.distance)
            mineral = density * (1.0 + 0.08 * generator.clouds(inside, 1.5))
            return Substance(mineral.astype(np.float32), np.float32(MATRIX_HU) * full, full)

        made.append(Growth(shape, fill, plan.facts("calcification", "nodular")))
    return tuple(made)


def shelled_node(plan: Plan) -> tuple[Growth, ...]:
    """Bean-shaped node with a shell of calcium, clumps inside, or both."""
    size = plan.mm("size_mm")
    shape = plan.generator.blob(
        plan.site.centre,
        (size / 2.0, 0.38 * size, 0.34 * size),
        axis=plan.site.axis,
        normal=plan.site.normal(),
    )
    clumped = plan.values["texture"] == "clumps"
    density = np.float32(plan.number("mineral_mg_cm3"))
    shell_mm = np.float32(1.2 / plan.size)
    generator = plan.generator

    def fill(inside: Inside) -> Substance:
        edge = inside.lattice.edge_mm
        if clumped:
            dense = np.clip(0.5 + 2.5 * (generator.clouds(inside, 0.14 * size) - 0.1), 0.0, 1.0)
        else:
            dense = np.clip(0.5 + (shell_mm - inside.depth_mm) / edge, 0.0, 1.0)
        dense = dense.astype(np.float32)
        matrix = np.full_like(dense, MATRIX_HU - 10.0)
        return Substance(density * dense + np.float32(15.0), matrix, dense)

    pattern, zonation = ("amorphous", "even") if clumped else ("shell", "rim")
    return (Growth(shape, fill, plan.facts("calcification", pattern, zonation=zonation)),)


def tendon_deposit(plan: Plan) -> tuple[Growth, ...]:
    """Comma of calcium in a tendon near its insertion: solid, or soft while it is resorbed."""
    length = plan.mm("size_mm")
    half = length * np.array([0.16, 0.22, 0.2, 0.11])
    path = plan.site.line(0.75 * length, count=4, bend_mm=0.16 * length)
    body: Shape = plan.generator.band(path, tuple(half.tolist()), normal=plan.site.normal(),
                                      flat=1.5)  # fmt: skip
    soft = bool(plan.values["resorbing"])
    density = np.float32(plan.number("mineral_mg_cm3") * (0.55 if soft else 1.0))
    generator = plan.generator

    def fill(inside: Inside) -> Substance:
        full = np.ones_like(inside.distance)
        uneven = 1.0 + (0.35 if soft else 0.05) * generator.clouds(inside, 2.0)
        fade = np.clip(inside.depth_mm / 2.0, 0.2, 1.0) if soft else full
        mineral = np.maximum(density * uneven * fade, 0.0).astype(np.float32)
        return Substance(mineral, np.float32(MATRIX_HU + 10.0) * full, full)

    return (Growth(body, fill, plan.facts("calcification", "cloud" if soft else "amorphous")),)


def vein_stone(plan: Plan) -> tuple[Growth, ...]:
    """Small round stone in a vein, often paler in its middle."""
    radius = plan.mm("size_mm") / 2.0
    density = np.float32(plan.number("mineral_mg_cm3"))
    pale = bool(plan.values["pale_centre"])
    end = point(np.add(plan.site.centre, unit(plan.site.axis) * 0.1 * radius))
    shape: Shape = Strap((plan.site.centre, end), (radius, radius), plan.site.normal())
    if plan.generator.variant == "judge":
        halves = point(radius * plan.random.uniform(0.9, 1.12, 3))
        shape = Ellipsoid(plan.site.centre, halves)

    def fill(inside: Inside) -> Substance:
        full = np.ones_like(inside.distance)
        mineral = density * full
        if pale:
            mineral = density * np.clip(1.25 - inside.depth_mm / np.float32(radius), 0.3, 1.0)
        return Substance(mineral.astype(np.float32), np.float32(MATRIX_HU) * full, full)

    zonation = "rim" if pale else "even"
    facts = plan.facts("calcification", "shell" if pale else "nodular", zonation=zonation,
                       expected_kind="phlebolith")  # fmt: skip
    return (Growth(shape, fill, facts),)
