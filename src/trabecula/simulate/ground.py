"""The ground that lesions are planned on: a coarse map of a body, and where in it a lesion fits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trabecula.errors import InputError
from trabecula.model import Box, Float32, Float64, Labels, Mask
from trabecula.simulate.growths.catalogue import known_or_refused
from trabecula.simulate.growths.forms import Sampled, point, unit
from trabecula.simulate.growths.plan import Site
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.shapes import FAR_MM, Point

BoneParts = Callable[[Lattice], Sequence[tuple[str, Box, Float32]]]
"""Name, box and distance (mm, negative inside) of every bone that a lattice meets."""

TRIES = 400
"""Places looked at before a lesion is said not to fit."""
SIGHT_MM = 45.0
"""How far round a place its muscle is looked at for its direction."""
MOST_VOXELS = 60_000
"""So many voxels of a structure are enough to learn its course."""
USUAL_LENGTH, LENGTH_WEIGHT = 0.7, 0.5
"""Of the longest way allowed, a bridge takes about so much; a clear way is worth more."""
WIDEST_VESSEL_MM = 22.0
"""Radius of a widened aorta; whatever is wider is no vessel."""
SKIN_DEPTH_MM = 6.0
"""How deep under the skin a lesion of the subcutis lies."""
EDGE_MM = 12.0
"""Nearer to the border of the field of view no lesion is planned, but where it is asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A coarse map of a body.

    Attributes
    ----------
    lattice
        Where its voxels lie, mm in the frame that lesions are painted in.
    labels : (k, j, i) uint8 or uint16
        Structure numbers.
    names
        Number of each structure.
    bones
        Which of them are bone.
    hollow
        Which hold air or the content of organs, where no lesion can be.
    body : (k, j, i) bool
        Voxels of the patient.
    air
        Distance to air and hollow organs, from inside the body, mm.
    bone_parts
        Distances to bones at any lattice, finer than this map.
    """

    lattice: Lattice
    labels: Labels
    names: Mapping[str, int]
    bones: frozenset[str]
    hollow: frozenset[str]
    body: Mask
    air: Sampled
    bone_parts: BoneParts

    def mask(self, *names: str) -> Mask:
        """Voxels of some structures."""
        known: Mask = np.isin(self.labels, [self.names[name] for name in names])
        return known

    def of(self, name: str, *, bone: bool) -> None:
        """Refuse a structure that is not in this body, or not of the kind asked for."""
        known = self.bones if bone else self.names
        known_or_refused(name, known, what=f"{'bone' if bone else 'structure'} of this scene")

    def points(self, mask: Mask) -> Float64:
        """Return voxel centres ``(n, 3)`` as ``x, y, z``."""
        k, j, i = np.nonzero(mask)
        return np.column_stack([self.lattice.x[i], self.lattice.y[j], self.lattice.z[k]]).astype(
            np.float64
        )

    def look_up(self, field: npt.NDArray[Any], places: Float64) -> npt.NDArray[Any]:
        """Values of a field of this map at points ``(n, 3)``; the nearest voxel."""
        rows = []
        for axis, centres in enumerate((self.lattice.x, self.lattice.y, self.lattice.z)):
            step = float(centres[1] - centres[0])
            at = np.rint((places[:, axis] - float(centres[0])) / step).astype(np.intp)
            rows.append(np.clip(at, 0, centres.size - 1))
        values: npt.NDArray[Any] = field[rows[2], rows[1], rows[0]]
        return values

    def free(self) -> Mask:
        """Voxels of soft tissue where a lesion can be."""
        taken = [self.names[n] for n in (*self.bones, *self.hollow) if n in self.names]
        free: Mask = self.body & ~np.isin(self.labels, taken)
        return free

    def inner(self, places: Float64) -> Mask:
        """Points that do not lie at the border of the field of view."""
        good = np.ones(len(places), dtype=bool)
        for axis, centres in enumerate((self.lattice.x, self.lattice.y, self.lattice.z)):
            low, high = float(centres[0]), float(centres[-1])
            edge = min(EDGE_MM, 0.2 * (high - low))
            good &= (places[:, axis] > low + edge) & (places[:, axis] < high - edge)
        return good


def air_distance(body: Mask, hollow: Mask, lattice: Lattice) -> Sampled:
    """Return the distance of soft tissue to what no lesion grows into, mm."""
    from scipy.ndimage import distance_transform_edt

    bad = ~body | hollow
    if not bad.any():
        return Sampled(np.full(bad.shape, FAR_MM, dtype=np.float32), lattice)
    spacing = lattice.spacing_kji_mm
    distance = distance_transform_edt(~bad, spacing) - distance_transform_edt(bad, spacing)
    return Sampled(distance.astype(np.float32), lattice)


def inside(ground: Ground, name: str, random: np.random.Generator, *, size_mm: float) -> Site:
    """Return a place inside a structure, deep enough in it, and the structure's course there."""
    from scipy.ndimage import distance_transform_edt

    ground.of(name, bone=False)
    mask = ground.mask(name)
    depth = distance_transform_edt(mask, ground.lattice.spacing_kji_mm)
    places, depths = ground.points(mask), depth[mask]
    good = ground.inner(places) & (depths >= np.quantile(depths, 0.6))
    if not good.any():
        raise InputError(
            f"`{name}` lies at the border of the scan.", remedy="Choose another structure."
        )
    centre = places[good][int(random.integers(int(good.sum())))]
    axis, normal = _course(places, centre, max(SIGHT_MM, 0.5 * size_mm))
    return Site(point(centre), axis=point(axis), outward=point(normal),
                path=_followed(places, centre, axis, size_mm))  # fmt: skip


def _course(places: Float64, centre: Float64, reach_mm: float) -> tuple[Float64, Float64]:
    """Return long axis and thin side of a structure near a place."""
    near = places[np.linalg.norm(places - centre, axis=1) < reach_mm]
    if len(near) < 8:
        return unit([0.0, 0.0, 1.0]), unit([0.0, 1.0, 0.0])
    _, turned = np.linalg.eigh(np.cov(near.T))
    return turned[:, 2], turned[:, 0]


def _followed(
    places: Float64, centre: Float64, axis: Float64, length_mm: float
) -> tuple[Point, ...]:
    """Return a line through a structure that keeps to its middle; empty for a short one."""
    if length_mm < 25.0:
        return ()
    along = (places - centre) @ axis
    path = []
    for at in np.linspace(-0.42, 0.42, 7) * length_mm:
        near = places[np.abs(along - at) < 5.0]
        middle = near.mean(axis=0) if len(near) >= 4 else centre + at * axis
        straight = centre + at * axis
        step = middle - straight
        path.append(straight + step * min(1.0, 0.18 * length_mm / (np.linalg.norm(step) + 1e-6)))
    return tuple(point(p) for p in path)


def beside(
    ground: Ground, name: str, random: np.random.Generator, *, size_mm: float, lift_mm: float
) -> Site:
    """Return a place on a bone under soft tissue; ``lift_mm`` is how far off the middle lies.

    The best of many tries: most soft tissue over the place, so that large lesions find room.
    """
    from scipy.ndimage import binary_dilation, gaussian_filter

    ground.of(name, bone=True)
    bone, free = ground.mask(name), ground.free()
    surface = bone & binary_dilation(free)
    places = ground.points(surface)
    places = places[ground.inner(places)]
    if len(places) == 0:
        raise InputError(f"`{name}` has no free surface here.", remedy="Choose another bone.")
    smooth = gaussian_filter(bone.astype(np.float32), 2.0)
    slopes = np.stack(np.gradient(smooth, *ground.lattice.spacing_kji_mm), axis=-1)[..., ::-1]
    picked = places[random.integers(len(places), size=min(TRIES, 4 * len(places)))]
    outward = -ground.look_up(slopes, picked)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True) + 1e-9
    reach = np.linspace(3.0, 3.0 + 0.7 * size_mm, 6)
    room = np.mean([ground.look_up(free, picked + outward * r) for r in reach], axis=0)
    best = np.flatnonzero(room >= room.max() - 0.05)
    chosen = int(best[int(random.integers(len(best)))])
    out, base = unit(outward[chosen]), picked[chosen]
    solid = ground.points(bone)
    axis, _ = _course(solid, base, 70.0)
    if abs(float(axis @ out)) > 0.85:
        axis = unit(np.cross(out, [1.0, 0.0, 0.0]))
    axis = unit(axis - out * float(axis @ out))
    off = solid - base
    # The bone itself beside the place, not another limb of it: within 35 mm.
    slab = solid[(np.abs(off @ axis) < 5.0) & (np.linalg.norm(off, axis=1) < 35.0)]
    core = slab.mean(axis=0) if len(slab) else base - 8.0 * out
    return Site(point(base + lift_mm * out), axis=point(axis), outward=point(out), hosts=(name,),
                core=point(core))  # fmt: skip


def between(
    ground: Ground,
    first: str,
    second: str,
    random: np.random.Generator,
    *,
    longest_mm: float,
    width_mm: float,
) -> Site:
    """Return a way through soft tissue from one bone to another, bowed away from both."""
    from scipy.ndimage import binary_dilation

    for name in (first, second):
        ground.of(name, bone=True)
    if first == second:
        raise InputError("A bridge joins two bones.", remedy="Name two different bones.")
    free = ground.free()
    around = binary_dilation(free)
    ends = [ground.points(ground.mask(name) & around) for name in (first, second)]
    ends = [places[ground.inner(places)] for places in ends]
    if not all(len(places) for places in ends):
        raise InputError(
            f"`{first}` and `{second}` are not both well inside the scan.",
            remedy="Choose a scene that shows them, or other bones.",
        )
    starts, stops = (places[random.integers(len(places), size=4000)] for places in ends)
    length = np.linalg.norm(stops - starts, axis=1)
    fits = (length < longest_mm) & (length > 1.2 * width_mm)
    if not fits.any():
        nearest = float(length.min())
        raise InputError(
            f"No bridge of up to {longest_mm:g} mm joins `{first}` and `{second}`.",
            remedy=f"They lie some {nearest:.0f} mm apart; give a larger size_mm or other bones.",
        )
    starts, stops = starts[fits][:TRIES], stops[fits][:TRIES]
    middle = ground.points(ground.mask(first, second)).mean(axis=0)
    best, best_score = starts[:0], -np.inf
    for start, stop in zip(starts, stops, strict=True):
        for bow in (0.15, 0.35):
            path = _bow(start, stop, middle, share=bow)
            far = float(np.linalg.norm(stop - start)) / longest_mm
            score = float(np.mean(ground.look_up(free, path[2:-2])))
            score -= 0.1 * bow + LENGTH_WEIGHT * abs(far - USUAL_LENGTH)
            if score > best_score:
                best, best_score = path, score
    out = unit(best[len(best) // 2] - (best[0] + best[-1]) / 2.0)
    axis = unit(best[-1] - best[0])
    inward = [_sunk(ground, best[0], first), _sunk(ground, best[-1], second)]
    path = np.vstack([inward[0], best, inward[1]])
    return Site(point(best[len(best) // 2]), axis=point(axis), outward=point(out),
                path=tuple(point(p) for p in path), hosts=(first, second))  # fmt: skip


def _bow(start: Float64, stop: Float64, away_from: Float64, *, share: float) -> Float64:
    """Return 9 points of an arc between two points that bulges away from a third."""
    chord = stop - start
    out = (start + stop) / 2.0 - away_from
    out = unit(out - unit(chord) * float(out @ unit(chord)))
    t = np.linspace(0.0, 1.0, 9)[:, None]
    arc: Float64 = start + chord * t + out * share * np.linalg.norm(chord) * 4.0 * t * (1.0 - t)
    return arc


def _sunk(ground: Ground, place: Float64, name: str) -> Float64:
    """Return a point 4 mm under the surface of a bone."""
    solid = ground.points(ground.mask(name))
    near = solid[np.linalg.norm(solid - place, axis=1) < 16.0]
    sunk: Float64 = place + 4.0 * unit(near.mean(axis=0) - place)
    return sunk


def along_vessel(ground: Ground, name: str, random: np.random.Generator, *, size_mm: float) -> Site:
    """Return a stretch of a vessel that runs mainly up and down, its course and its radius."""
    ground.of(name, bone=False)
    mask = ground.mask(name)
    rows = np.flatnonzero(mask.any(axis=(1, 2)))
    z = ground.lattice.z
    inner = rows[(z[rows] > z[0] + EDGE_MM) & (z[rows] < z[-1] - EDGE_MM)]
    if len(inner) < 3:
        raise InputError(f"`{name}` is hardly in the scan.", remedy="Choose another vessel.")
    span = max(2, int(np.ceil(size_mm / ground.lattice.spacing_kji_mm[0])))
    start = int(random.integers(max(1, len(inner) - span)))
    stretch = inner[start : start + span + 1]
    spots, areas = [], []
    for k in stretch.tolist():
        j, i = np.nonzero(mask[k])
        spots.append([ground.lattice.x[i].mean(), ground.lattice.y[j].mean(), z[k]])
        areas.append(len(j))
    path = np.asarray(spots, dtype=np.float64)
    if len(path) > 4:
        path[1:-1] = (path[:-2] + path[1:-1] + path[2:]) / 3.0
    _, dj, di = ground.lattice.spacing_kji_mm
    radius = float(np.sqrt(np.median(areas) * dj * di / np.pi))
    if radius > WIDEST_VESSEL_MM:
        raise InputError(
            f"`{name}` is {2 * radius:.0f} mm wide, too wide for a vessel.",
            remedy="Name a vessel.",
        )
    course = tuple(point(p) for p in path[:: max(1, len(path) // 8)])
    centre = path[len(path) // 2]
    return Site(point(centre), axis=point(unit(path[-1] - path[0])), outward=(0.0, 1.0, 0.0),
                path=course, radius_mm=radius)  # fmt: skip


def under_skin(
    ground: Ground, near: str | None, random: np.random.Generator, *, size_mm: float
) -> Site:
    """Return a place in the fat under the skin, over a structure when one is named."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    depth = distance_transform_edt(ground.body, ground.lattice.spacing_kji_mm)
    smooth = gaussian_filter(depth.astype(np.float32), 1.5)
    shell = ground.free() & (np.abs(depth - SKIN_DEPTH_MM) < 2.5)
    places = ground.points(shell)
    places = places[ground.inner(places)]
    if near is not None:
        ground.of(near, bone=False)
        goal = ground.points(ground.mask(near)).mean(axis=0)
        order = np.argsort(np.linalg.norm(places - goal, axis=1))
        places = places[order[: max(20, len(places) // 100)]]
    if len(places) == 0:
        raise InputError("No skin lies well inside the scan.", remedy="Choose another place.")
    centre = places[int(random.integers(len(places)))]
    slopes = np.stack(np.gradient(smooth, *ground.lattice.spacing_kji_mm), axis=-1)[..., ::-1]
    out = unit(-ground.look_up(slopes, centre[None])[0])
    axis = unit(np.cross(out, [1.0, 0.0, 0.0]) if abs(out[0]) < 0.9 else [0.0, 0.0, 1.0])
    path = []
    for at in np.linspace(-0.45, 0.45, 5) * size_mm:
        spot = centre + at * axis
        for _ in range(4):  # back to the depth under the skin that it began at
            deep = float(ground.look_up(smooth, spot[None])[0])
            spot = spot + out * (deep - SKIN_DEPTH_MM) * 0.6
        path.append(point(spot))
    return Site(point(centre), axis=point(axis), outward=point(out), path=tuple(path))


def at_point(
    ground: Ground, centre: Point, *, along: Point | None, path: tuple[Point, ...]
) -> Site:
    """Return a place that the recipe gives, turned away from the nearest bone."""
    middle = np.asarray(path[len(path) // 2] if path else centre, dtype=np.float64)
    solid = ground.points(ground.mask(*ground.bones)) if ground.bones else np.zeros((0, 3))
    if not bool(ground.look_up(ground.body, middle[None])[0]):
        raise InputError(
            f"The place {tuple(round(float(v), 1) for v in middle)} lies outside the body.",
            remedy="Give a point in LPS, mm, inside the patient.",
        )
    out, core = np.array([0.0, 1.0, 0.0]), None
    if len(solid):
        nearest = solid[int(np.argmin(np.linalg.norm(solid - middle, axis=1)))]
        core = point(nearest)
        if np.linalg.norm(middle - nearest) > 1e-6:
            out = unit(middle - nearest)
    axis = unit(np.subtract(path[-1], path[0])) if path else unit(along or (0.0, 0.0, 1.0))
    return Site(point(middle), axis=point(axis), outward=point(out), path=path, core=core)
