"""Mineral that a tumour makes: densest in its middle about a bone, or speckled in a soft mass."""

import numpy as np

from trabecula.simulate.growths.bone import depth_share
from trabecula.simulate.growths.calcium import MATRIX_HU
from trabecula.simulate.growths.forms import point, unit
from trabecula.simulate.growths.growth import Growth, Inside, Neck, Substance
from trabecula.simulate.growths.plan import Plan
from trabecula.simulate.shapes import Ellipsoid, Shape, Tube, Union

CENTRE_MG_CM3, BORDER_MG_CM3 = 720.0, 90.0
"""Mineral of the tumour's bone in its middle and at its border."""
TUMOUR_MARROW_MG_CM3 = 320.0
"""Mineral of the tumour inside its host."""
SPECKLE_ENVELOPE_MM = 1.2
"""Soft tissue round each speckle that counts as lesion, so that a cluster is one body."""


def central_dense(plan: Plan) -> tuple[Growth, ...]:
    """Cloudy bone that wraps its host, densest in the middle, open into the host's marrow."""
    size = plan.mm("size_mm")
    wraps = plan.number("wraps_deg")
    out, axis = unit(plan.site.outward), unit(plan.site.axis)
    core = np.asarray(plan.site.core if plan.site.core is not None else
                      np.asarray(plan.site.centre) - 14.0 * out)  # fmt: skip
    away = np.asarray(plan.site.centre) - core
    reach = float(np.linalg.norm(away - axis * float(away @ axis)))
    across = unit(np.cross(axis, out))
    thick = 0.30 * size
    parts: list[Shape] = []
    # So many that neighbours overlap by half.
    count = max(1, int(np.ceil(np.radians(wraps) * (reach + 0.5 * thick) / (0.8 * thick))))
    for turn in np.radians(np.linspace(-wraps / 2.0, wraps / 2.0, count) if count > 1 else [0.0]):
        toward = np.cos(turn) * out + np.sin(turn) * across
        # Thickest over the middle of the arc.
        own = thick * (0.68 + 0.32 * np.cos(turn * 180.0 / max(wraps, 90.0)))
        centre = core + toward * (reach + 0.55 * own)
        parts.append(
            plan.generator.blob(
                point(centre), (size / 2.0, own, own), axis=point(axis), normal=point(toward)
            )
        )
    shape = Union(tuple(parts), blend_mm=4.0)
    generator, edge_mm = plan.generator, 0.7 * thick

    def fill(inside: Inside) -> Substance:
        share = depth_share(inside, edge_mm)
        clouds = np.clip(1.0 + 0.25 * generator.clouds(inside, 4.0), 0.2, 1.8)
        mineral = (BORDER_MG_CM3 + share * (CENTRE_MG_CM3 - BORDER_MG_CM3)) * clouds
        full = np.ones_like(share)
        return Substance(mineral.astype(np.float32), np.float32(MATRIX_HU) * full, share)

    neck = None
    if plan.values["continuity"]:
        outside = core + out * (reach + 0.4 * thick)
        tube = Tube((point(core), point(outside)), (0.45 * reach, 0.55 * reach))
        neck = Neck(tube, TUMOUR_MARROW_MG_CM3, MATRIX_HU)
    facts = plan.facts("ossification", "cloud", zonation="core", continuity=neck is not None,
                       wraps_deg=wraps)  # fmt: skip
    return (Growth(shape, fill, facts, neck),)


def speckled_mass(plan: Plan) -> tuple[Growth, ...]:
    """Speckles of calcium to one side of a soft-tissue mass."""
    size, grain = plan.mm("size_mm"), plan.mm("speckle_mm") / 2.0
    count = int(plan.number("count"))
    axis, out = unit(plan.site.axis), unit(plan.site.outward)
    across = unit(np.cross(axis, out))
    frame = np.stack([axis, across, out])
    random, judge = plan.random, plan.generator.variant == "judge"
    # To one side, near the border, and each close to an earlier one.
    places = [np.array([0.22 * size, 0.0, 0.08 * size])]
    while len(places) < count:
        parent = places[int(random.integers(len(places)))]
        step = unit(random.standard_normal(3)) * float(random.uniform(1.3, 2.1))
        step *= grain + SPECKLE_ENVELOPE_MM / plan.size
        away = parent + step
        if np.linalg.norm(away / np.array([0.42, 0.34, 0.30]) / size) < 1.0:
            places.append(away)
    speckles = tuple(
        Ellipsoid(
            point(np.asarray(plan.site.centre) + p @ frame),
            # The judge's are splinters, the trainer's round.
            point(grain * random.uniform(*((0.4, 1.7) if judge else (0.7, 1.15)), 3)),
        )
        for p in places
    )
    wide = SPECKLE_ENVELOPE_MM / plan.size
    cover = tuple(Ellipsoid(s.centre, point(np.add(s.radii, wide))) for s in speckles)
    density = np.float32(plan.number("mineral_mg_cm3"))
    dense = Union(speckles)

    def fill(inside: Inside) -> Substance:
        distance = dense.distance(*inside.lattice.mesh())
        inner = np.clip(0.5 - distance / np.float32(inside.lattice.edge_mm), 0.0, 1.0)
        inner = inner.astype(np.float32)
        return Substance(density * inner, np.full_like(inner, MATRIX_HU - 5.0), inner)

    facts = plan.facts("calcification", "speckled")
    return (Growth(Union(cover, blend_mm=1.5), fill, facts),)
