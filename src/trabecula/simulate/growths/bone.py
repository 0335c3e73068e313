"""Heterotopic bone: along muscles, zoned, about joints, and at the insertions of tendons."""

from dataclasses import dataclass

import numpy as np

from trabecula.model.arrays import Float32, Float64
from trabecula.simulate.growths.forms import point, unit
from trabecula.simulate.growths.generators import Generator
from trabecula.simulate.growths.growth import Growth, Inside, Neck, Substance
from trabecula.simulate.growths.plan import Plan
from trabecula.simulate.shapes import Point, Shape, Tube, Union
from trabecula.simulate.tissue import CORTEX_MG_CM3, MARROW_FAT

RIM_MG_CM3 = 0.85 * CORTEX_MG_CM3
"""Mineral of mature heterotopic cortex."""
CORE_MG_CM3 = 110.0
"""Mean mineral of its cancellous inside."""
OSTEOID_HU = 45.0
"""Young matrix that is not yet mineralised."""
VEIL_BELOW = 0.25
"""Maturity below which there is only a veil of mineral, without a rim."""
FORMS = {"plate": (0.42, 2.8), "ribbon": (0.20, 1.7), "cord": (0.13, 1.0)}
"""Width against length, and width against thickness."""


@dataclass(frozen=True, slots=True)
class Ripeness:
    """What bone of a maturity from 0 (a faint veil) to 1 (cortex and fatty marrow) is made of."""

    rim_mm: float | None
    rim_mg_cm3: float
    core_mg_cm3: float
    marrow_hu: float
    texture: float

    @property
    def pattern(self) -> str:
        """Word for the truth."""
        return "immature" if self.rim_mm is None or self.rim_mg_cm3 < 600.0 else "trabeculated"


def ripeness(maturity: float, rim_mm: float) -> Ripeness:
    """Return what bone of this maturity is made of; ``rim_mm`` is its mature cortex."""
    if maturity < VEIL_BELOW:
        return Ripeness(None, 0.0, 60.0 + 320.0 * maturity, OSTEOID_HU, 0.4)
    ripe = (maturity - VEIL_BELOW) / (1.0 - VEIL_BELOW)
    return Ripeness(
        rim_mm=rim_mm * (0.55 + 0.45 * ripe),
        rim_mg_cm3=260.0 + ripe * (RIM_MG_CM3 - 260.0),
        core_mg_cm3=130.0 + ripe * (CORE_MG_CM3 - 130.0),
        marrow_hu=OSTEOID_HU + ripe * (MARROW_FAT - OSTEOID_HU),
        texture=0.35 + 0.25 * ripe,
    )


def bone_fill(ripe: Ripeness, generator: Generator, inside: Inside) -> Substance:
    """Cortex round trabeculae and marrow; a veil thins out toward its border."""
    edge = inside.lattice.edge_mm
    grain = generator.grain(inside)
    core = np.maximum(np.float32(ripe.core_mg_cm3) * (1.0 + ripe.texture * grain), 0.0)
    full = np.ones_like(inside.distance)
    if ripe.rim_mm is None:
        clouds = generator.clouds(inside, 4.0)
        core *= np.clip(inside.depth_mm / 3.0, 0.15, 1.0) * np.clip(0.9 + 0.5 * clouds, 0.1, 2.0)
        return Substance(core, np.float32(OSTEOID_HU) * full, full)
    compact = np.clip(0.5 + (np.float32(ripe.rim_mm) - inside.depth_mm) / edge, 0.0, 1.0)
    mineral = core + compact * (np.float32(ripe.rim_mg_cm3) - core)
    matrix = np.float32(ripe.marrow_hu) + compact * np.float32(50.0 - ripe.marrow_hu)
    return Substance(mineral, matrix, compact)


def grown(
    plan: Plan,
    shape: Shape,
    ripe: Ripeness,
    *,
    neck: Neck | None = None,
    hosts: tuple[str, ...] | None = None,
) -> Growth:
    """Fill a shape with bone."""
    facts = plan.facts(
        "ossification",
        ripe.pattern,
        zonation="even" if ripe.rim_mm is None else "rim",
        rim_frame_mm=ripe.rim_mm,
        continuity=neck is not None,
    )
    generator = plan.generator

    def fill(inside: Inside) -> Substance:
        return bone_fill(ripe, generator, inside)

    return Growth(shape, fill, facts, neck, hosts)


def muscle_bone(plan: Plan) -> tuple[Growth, ...]:
    """Plate, ribbon or cord along a muscle, or along a path between two bones."""
    length = plan.mm("size_mm")
    share, flat = FORMS[str(plan.values["form"])]
    width = plan.mm("width_mm") or share * length
    path = plan.site.line(length - width, bend_mm=0.06 * length)
    taper = np.interp(np.linspace(0, 1, len(path)), (0, 0.3, 0.7, 1), (0.62, 1.0, 0.95, 0.6))
    if plan.site.path:
        taper = np.maximum(taper, 0.85)
    half = tuple(float(width / 2.0 * t) for t in taper)
    shape = plan.generator.band(path, half, normal=plan.site.normal(), flat=flat)
    return (grown(plan, shape, ripeness(plan.number("maturity"), plan.mm("rim_mm"))),)


def zoned_bone(plan: Plan) -> tuple[Growth, ...]:
    """Oblong mass that ripens from its border inward, by weeks since its beginning."""
    size, weeks = plan.mm("size_mm"), plan.number("weeks")
    shape = plan.generator.blob(
        plan.site.centre,
        (size / 2.0, 0.34 * size, 0.26 * size),
        axis=plan.site.axis,
        normal=plan.site.normal(),
    )
    stages = (2.0, 3.0, 6.0, 12.0, 26.0)
    shell_mg, core_mg, marrow, shell_mm = (
        float(np.interp(weeks, stages, row))
        for row in (
            (25.0, 75.0, 380.0, 820.0, RIM_MG_CM3),
            (4.0, 8.0, 25.0, 95.0, CORE_MG_CM3),
            (40.0, 40.0, 38.0, -10.0, MARROW_FAT),
            (6.0, 5.5, 2.6, 1.9, 1.7),
        )
    )
    ripe = weeks >= 5.0
    generator = plan.generator
    wide = np.float32(shell_mm / plan.size)

    def fill(inside: Inside) -> Substance:
        shell = np.clip(0.5 + (wide - inside.depth_mm) / inside.lattice.edge_mm, 0.0, 1.0)
        flakes = np.clip(1.0 + 0.7 * generator.clouds(inside, 3.0), 0.0, 2.2)
        even = np.float32(np.clip((weeks - 3.0) / 4.0, 0.0, 1.0))
        rim = np.float32(shell_mg) * (even + (1.0 - even) * flakes)
        core = np.maximum(np.float32(core_mg) * (1.0 + 0.5 * generator.grain(inside)), 0.0)
        matrix = np.float32(marrow) + shell * np.float32(OSTEOID_HU - marrow)
        return Substance(core + shell * (rim - core), matrix, shell)

    facts = plan.facts(
        "ossification",
        "trabeculated" if weeks >= 9.0 else "immature",
        zonation="rim",
        rim_frame_mm=shell_mm / plan.size if ripe else None,
    )
    return (Growth(shape, fill, facts),)


def hip_bone(plan: Plan) -> tuple[Growth, ...]:
    """Bone between pelvis and femur by Brooker's grade: islands, spurs, narrow gap, bridge.

    Brooker AF et al., J Bone Joint Surg Am 1973;55:1629: grade 2 leaves at least 10 mm between
    opposing surfaces, grade 3 less, grade 4 is ankylosis.
    """
    grade = int(plan.number("grade"))
    ripe = ripeness(plan.number("maturity"), plan.mm("rim_mm"))
    width, path = plan.mm("width_mm") / 2.0, np.asarray(plan.site.path)
    normal = plan.site.normal()

    def piece(start: float, stop: float, tip: float, hosts: tuple[str, ...]) -> Growth:
        points = _stretch(path, start, stop)
        half = tuple(float(w) for w in np.linspace(width, width * tip, len(points)))
        if start > 0.5:
            half = half[::-1]
        shape = plan.generator.band(points, half, normal=normal, flat=1.4)
        return grown(plan, shape, ripe, hosts=hosts)

    if grade == 1:
        radius = 0.5 * width
        return tuple(
            grown(
                plan,
                plan.generator.blob(
                    _stretch(path, t, t)[0], (radius, 0.8 * radius, 0.7 * radius),
                    axis=plan.site.axis, normal=normal,
                ),
                ripe,
                hosts=(),
            )
            for t in (0.38, 0.62)
        )  # fmt: skip
    if grade == 4:
        return (piece(0.0, 1.0, 0.95, plan.site.hosts),)
    length = float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
    # The ends are rounded: the free gap is what lies between them.
    free = plan.mm("gap_mm") if plan.number("gap_mm") else (15.0 if grade == 2 else 6.0) / plan.size
    half_gap = (free / 2.0 + 0.55 * width) / length
    first, last = plan.site.hosts[:1], plan.site.hosts[1:]
    below, above = 0.5 - half_gap, 0.5 + half_gap
    return piece(0.0, below, 0.55, first), piece(above, 1.0, 0.55, last)


def joint_mass(plan: Plan) -> tuple[Growth, ...]:
    """Lobulated mass over one side of a joint, as after injury of the cord or burns."""
    size = plan.mm("size_mm")
    path = plan.site.line(0.7 * size, bend_mm=0.1 * size)
    parts = []
    count = int(plan.number("lobes"))
    for place in _spread(path, count):
        jitter = plan.random.normal(0.0, 0.05 * size, 3)
        radius = size * float(plan.random.uniform(0.20, 0.28))
        parts.append(
            plan.generator.blob(
                point(place + jitter), (1.25 * radius, radius, 0.8 * radius),
                axis=plan.site.axis, normal=plan.site.normal(),
            )
        )  # fmt: skip
    shape = Union(tuple(parts), blend_mm=3.0)
    return (grown(plan, shape, ripeness(plan.number("maturity"), plan.mm("rim_mm"))),)


def insertion_spur(plan: Plan) -> tuple[Growth, ...]:
    """Spike from a bone's surface along the tendon that pulls there.

    Without ``continuity`` the host's cortex stays whole below it; with it, its marrow runs into
    the host's, as that of a true exostosis does.
    """
    length = plan.mm("size_mm")
    out, axis = unit(plan.site.outward), unit(plan.site.axis)
    toward = unit(0.75 * out + 0.65 * axis)
    root = np.asarray(plan.site.centre) - 3.0 * out
    base = 0.24 * length
    path = tuple(point(root + toward * t * (length + 3.0)) for t in (0.0, 0.35, 0.7, 1.0))
    half = (1.1 * base, 0.85 * base, 0.55 * base, 0.28 * base)
    shape = plan.generator.band(path, half, normal=plan.site.normal(), flat=1.15)
    neck = None
    if plan.values["continuity"]:
        core = np.asarray(plan.site.core if plan.site.core is not None else root - 12.0 * out)
        deep = root + unit(core - root) * min(14.0, float(np.linalg.norm(core - root)))
        ends = (point(deep), point(root + toward * 0.45 * length))
        neck = Neck(Tube(ends, (0.7 * base, 0.6 * base)))
    return (grown(plan, shape, ripeness(plan.number("maturity"), plan.mm("rim_mm")), neck=neck),)


def _stretch(path: Float64, start: float, stop: float) -> tuple[Point, ...]:
    """Points of a path between two fractions of its length."""
    steps = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    count = max(2, round(6 * abs(stop - start)))
    at = np.linspace(start, stop, count) * steps[-1]
    return tuple(point([np.interp(t, steps, path[:, axis]) for axis in range(3)]) for t in at)


def _spread(path: tuple[Point, ...], count: int) -> list[Float64]:
    points = np.asarray(path, dtype=np.float64)
    at = np.linspace(0, len(points) - 1, count)
    rows = np.arange(len(points))
    return [np.array([np.interp(t, rows, points[:, axis]) for axis in range(3)]) for t in at]


def depth_share(inside: Inside, full_mm: float) -> Float32:
    """Depth as a fraction of ``full_mm``, at most 1."""
    share: Float32 = np.clip(inside.depth_mm / np.float32(full_mm), 0.0, 1.0)
    return share
