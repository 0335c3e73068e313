"""From what is asked for (a model, a place, a contact) to lesions ready to be painted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from trabecula.errors import InputError
from trabecula.model.arrays import Box, Float32
from trabecula.simulate.ground import (
    Ground,
    along_vessel,
    at_point,
    beside,
    between,
    inside,
    under_skin,
)
from trabecula.simulate.growths.catalogue import Entry, entry_of, known_or_refused
from trabecula.simulate.growths.forms import Carved, Sampled
from trabecula.simulate.growths.generators import GENERATORS
from trabecula.simulate.growths.growth import Growth
from trabecula.simulate.growths.plan import Plan, Site, Value
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.shapes import FAR_MM, Point, Shape

CONTACTS = ("free", "touching", "fused", "bridging")
FREE_GAP_MM = 3.5
"""Left between a free lesion and any bone."""
TOUCHING_GAP_MM = 0.7
"""Left for a touching one: less than a voxel, more than the unevenness of bones."""
AIR_GAP_MM = 2.5
"""Left toward skin, lung and bowel."""
FINE_MM = 0.8
"""Step at which the distance to bones is looked up round a lesion."""
MOST_FINE = 4.0e5
"""Voxels of that look-up; larger lesions get larger steps."""
ATTEMPTS = 8
"""Places tried before a lesion is said not to fit."""
LEAST_LEFT = 0.5
"""Part of a lesion that must be left after it was carved to its contact."""
HALF_THICKNESS = {
    "joint_mass": 0.24,
    "lump": 0.37,
    "rings_and_arcs": 0.42,
    "levelled_lobules": 0.40,
    "tendon_deposit": 0.22,
    "shelled_node": 0.35,
    "zoned_bone": 0.27,
    "speckled_mass": 0.32,
    "muscle_bone": 0.12,
}
"""Half of a model's thickness against its size: how far off the bone its middle lies."""


@dataclass(frozen=True, slots=True)
class LesionRequest:
    """One lesion that is asked for.

    Attributes
    ----------
    model
        Name in the catalogue.
    inside, on, between, near
        A structure to lie in (a muscle or vessel), a bone to lie on, two bones to join, or a
        structure under whose skin to lie. At most one.
    at, along, path
        Instead: a point (LPS, mm) and a direction, or a line of points.
    contact
        ``free``, ``touching``, ``fused`` or ``bridging``; ``None`` for the model's own.
    values
        Parameters of the model; those left out take their defaults.
    name
        For the truth; the model's title unless told.
    seed
        Of this lesion alone; ``None`` to follow from the recipe's and its number.
    """

    model: str
    inside: str | None = None
    on: str | None = None
    between: tuple[str, str] | None = None
    near: str | None = None
    at: Point | None = None
    along: Point | None = None
    path: tuple[Point, ...] = ()
    contact: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    name: str | None = None
    seed: int | None = None


def plant(
    request: LesionRequest,
    ground: Ground,
    *,
    variant: str,
    seed: int,
    size: float = 1.0,
    down: Point = (0.0, 1.0, 0.0),
) -> tuple[Growth, ...]:
    """Find a place for a lesion and build it there.

    Parameters
    ----------
    ground
        Map of the body in the frame that is painted; ``size`` is that frame's scale.
    variant
        ``train`` or ``judge``: which generator.
    down
        Unit vector of gravity.

    Raises
    ------
    InputError
        When the model, the place or a parameter is not possible, or no place has room.
    """
    known_or_refused(variant, GENERATORS, what="variant")
    entry = entry_of(request.model)
    values = entry.values(request.values)
    contact = _contact(request, entry)
    _refuse_oversize(ground, float(values["size_mm"]) / size, entry)
    left = 0.0
    for attempt in range(ATTEMPTS):
        random = np.random.default_rng((seed, attempt, 77))
        site = _site(request, entry, ground, random, values=values, contact=contact, size=size)
        plan = Plan(
            model=entry.name,
            name=request.name or entry.title,
            values=values,
            site=site,
            generator=GENERATORS[variant](int(random.integers(1 << 31))),
            random=random,
            size=size,
            down=down,
        )
        growths = entry.builder(plan)
        fitted, left = _fitted(growths, ground, site, contact)
        if left >= LEAST_LEFT:
            return fitted
        if request.at is not None or request.path:
            break
    raise InputError(
        f"A `{entry.name}` of {float(values['size_mm']):g} mm finds no room there: at best "
        f"{left:.0%} of it fits beside bones, skin and air.",
        remedy="Choose a smaller size_mm, another place or another contact.",
    )


def _contact(request: LesionRequest, entry: Entry) -> str:
    contact = request.contact or entry.contact[0]
    known_or_refused(contact, CONTACTS, what="contact")
    if contact not in entry.contact:
        raise InputError(
            f"A `{entry.name}` cannot be `{contact}`.",
            remedy=f"Choose {' or '.join(entry.contact)}.",
        )
    return contact


def _refuse_oversize(ground: Ground, size_mm: float, entry: Entry) -> None:
    places = ground.body.any(axis=(1, 2)).sum(), ground.body.any(axis=(0, 2)).sum()
    extent = max(n * e for n, e in zip(places, ground.lattice.spacing_kji_mm, strict=False))
    if size_mm > extent:
        raise InputError(
            f"A `{entry.name}` of {size_mm:.0f} mm is larger than the body in the scan "
            f"({extent:.0f} mm).",
            remedy="Choose a smaller size_mm or a larger scene.",
        )


def _site(
    request: LesionRequest,
    entry: Entry,
    ground: Ground,
    random: np.random.Generator,
    *,
    values: Mapping[str, Value],
    contact: str,
    size: float,
) -> Site:
    """Return the place that the request names, or one of the kind that the model belongs to."""
    size_mm = float(values["size_mm"]) / size
    if request.path or request.at is not None:
        centre = request.at or request.path[len(request.path) // 2]
        return at_point(ground, centre, along=request.along, path=request.path)
    if request.between is not None:
        width = float(values.get("width_mm", 10.0)) / size
        first, second = request.between
        return between(ground, first, second, random, longest_mm=size_mm, width_mm=width)
    if request.on is not None:
        half = HALF_THICKNESS.get(entry.builder.__name__, 0.0) * size_mm
        if "width_mm" in values and float(values["width_mm"]):
            half = 0.5 * float(values["width_mm"]) / size
        lift = {"free": half + 6.0, "touching": half - 1.0, "fused": max(half - 4.0, 0.0)}[contact]
        if not half:
            lift = 0.0
        return beside(ground, request.on, random, size_mm=size_mm, lift_mm=lift)
    if request.inside is not None:
        if entry.anchor == "vessel":
            return along_vessel(ground, request.inside, random, size_mm=size_mm)
        return inside(ground, request.inside, random, size_mm=size_mm)
    if entry.anchor == "skin":
        return under_skin(ground, request.near, random, size_mm=size_mm)
    where = {"on": 'on = "a bone"', "between": 'between = ["one bone", "another"]'}
    named = where.get(entry.anchor, 'in = "a structure"')
    raise InputError(
        f"It is not said where the `{entry.name}` lies.",
        remedy=f"Add {named} or at = [x, y, z].",
    )


def _fitted(
    growths: Sequence[Growth], ground: Ground, site: Site, contact: str
) -> tuple[tuple[Growth, ...], float]:
    """Carve lesions to their contact; also return how much of them is left."""
    whole, left = 0, 0
    fitted = []
    for growth in growths:
        here = _lattice_round(growth.shape)
        parts = ground.bone_parts(here)
        shape: Shape = Carved(growth.shape, ground.air, AIR_GAP_MM)
        hosts = site.hosts if growth.hosts is None else growth.hosts
        # A body that is to meet no bone at all stays free of them.
        own = "free" if growth.hosts == () else contact
        for names, gap in _gaps(ground, hosts, own):
            distance = joined_distance(here, parts, names)
            if float(distance.min()) < FAR_MM / 2:
                shape = Carved(shape, Sampled(distance, here), gap)
        before, after = (s.distance(*here.mesh()) < 0 for s in (growth.shape, shape))
        solid = joined_distance(here, parts) < 0
        whole += int((before & ~solid).sum())
        left += int((after & ~solid).sum())
        fitted.append(replace(growth, shape=shape))
    return tuple(fitted), left / max(whole, 1)


def _gaps(
    ground: Ground, hosts: tuple[str, ...], contact: str
) -> list[tuple[tuple[str, ...], float]]:
    """Which bones to keep off, and how far."""
    if not ground.bones:
        return []
    if contact == "free" and not hosts:
        return [(tuple(sorted(ground.bones)), FREE_GAP_MM)]
    others = tuple(sorted(ground.bones - set(hosts)))
    gaps = [(others, FREE_GAP_MM)] if others else []
    own = {"free": FREE_GAP_MM, "touching": TOUCHING_GAP_MM}.get(contact)
    if own is not None:
        gaps.append((hosts or others, own))
    if contact == "touching" and not hosts:
        return [(others, TOUCHING_GAP_MM)]
    if contact in ("fused", "bridging") and not hosts:
        return []
    return gaps


def _lattice_round(shape: Shape) -> Lattice:
    low, high = shape.bounds
    low, high = np.subtract(low, 4.0), np.add(high, 4.0)
    step = max(FINE_MM, float(np.cbrt(np.prod(high - low) / MOST_FINE)))
    x, y, z = (
        np.arange(a, b + step, step, dtype=np.float64).astype(np.float32)
        for a, b in zip(low, high, strict=True)
    )
    return Lattice(x, y, z)


def joined_distance(
    here: Lattice, parts: Sequence[tuple[str, Box, Float32]], names: Sequence[str] | None = None
) -> Float32:
    """Distance to some bones (all unless named), each known in a box of a lattice."""
    whole = np.full(here.shape, FAR_MM, dtype=np.float32)
    for name, box, distance in parts:
        if names is not None and name not in names:
            continue
        whole[box] = np.minimum(whole[box], distance)
    return whole
