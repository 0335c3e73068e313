"""Sites for lesions: free in soft tissue, on a bone with or without a gap, between two bones."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trabecula.model import Float32, Float64
from trabecula.simulate.growths import Site
from trabecula.validate.terrain import SKIN_MM, STEP_MM, Terrain, bone_distance

TRIES = 60
"""Places tried before a lesion is given up; another is drawn then."""

FREE_GAP_MM = 4.5
"""Least soft tissue between a free lesion and bone, by the coarse map."""

APART_MM = 9.0
"""Least soft tissue between two lesions of one patient."""

ROOT_MM = 5.0
"""How deep the ends of a bridge reach into its bones."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much room a lesion needs, mm of the body frame: length, and half its thickness."""

    length: float
    half: float


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What the scan will show, body frame, and what is taken by lesions already."""

    low: Float64
    high: Float64
    taken: tuple[tuple[Float64, float], ...] = ()

    def has_room(self, points: Float64, half: float) -> bool:
        """Whether a lesion through these points lies inside and away from the others."""
        edge = half + 7.0
        if (points < self.low + edge).any() or (points > self.high - edge).any():
            return False
        return all(
            float(np.linalg.norm(points[:, None] - other[None], axis=-1).min())
            > half + radius + APART_MM
            for other, radius in self.taken
        )

    def with_lesion(self, points: Float64, half: float) -> "Window":
        """Return the window with one more lesion in it."""
        return Window(self.low, self.high, (*self.taken, (points, half)))


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A site, and the points it takes up."""

    site: Site
    points: Float64


def place(
    contact: str,
    extent: Extent,
    window: Window,
    *,
    ground: Terrain,
    random: np.random.Generator,
    seed: int,
) -> Placed | None:
    """Find a site.

    Parameters
    ----------
    contact
        ``free``, ``skin``, ``touching``, ``fused``, ``surface`` or ``bridging``.
    extent
        Room the lesion needs.
    window
        What is shown and taken.
    ground
        Map of the patient.
    seed
        Of the patient, whose bones the sites lie on.
    """
    for _ in range(TRIES):
        match contact:
            case "free" | "skin":
                found = _free(ground, extent, random=random, shallow=contact == "skin")
            case "bridging":
                found = _bridge(ground, extent, window, random=random)
            case _:
                found = _on_bone(contact, ground, extent, window, random=random, seed=seed)
        if found is not None and window.has_room(found.points, extent.half):
            return found
    return None


def _free(
    ground: Terrain, extent: Extent, *, random: np.random.Generator, shallow: bool
) -> Placed | None:
    where = ground.soft & (ground.clear_mm > extent.half + FREE_GAP_MM)
    where = where & (ground.skin_mm > extent.half + SKIN_MM)
    if shallow:
        where = where & (ground.skin_mm < extent.half + SKIN_MM + 7.0)
    index = np.argwhere(where)
    if not len(index):
        return None
    chosen = index[int(random.integers(len(index)))]
    centre = ground.point(chosen) + random.uniform(-0.5, 0.5, 3) * STEP_MM
    outward = _skinward(ground, chosen)
    axis = _across(_upward(random), outward)
    points = _line(centre, axis, extent)
    if not ground.fits(points, bone_mm=extent.half + FREE_GAP_MM, skin_mm=extent.half + SKIN_MM):
        return None
    if not ground.keeps_off(points, extent.half):
        return None
    return Placed(Site(_point(centre), axis=_point(axis), outward=_point(outward)), points)


def _on_bone(
    contact: str,
    ground: Terrain,
    extent: Extent,
    window: Window,
    *,
    random: np.random.Generator,
    seed: int,
) -> Placed | None:
    near = ground.soft & (ground.clear_mm > 0) & (ground.clear_mm <= 1.5 * STEP_MM)
    index = np.argwhere(near & (ground.skin_mm > 2.0 * extent.half + SKIN_MM))
    points = ground.point(index)
    inside = ((points > window.low + 12.0) & (points < window.high - 12.0)).all(axis=1)
    if not inside.any():
        return None
    start = points[inside][int(random.integers(int(inside.sum())))]
    found = _surface(ground, start, seed=seed)
    if found is None:
        return None
    surface, outward = found
    gap = {"touching": 0.3, "fused": -float(random.uniform(0.3, 0.8)) * extent.half}
    lift = 0.0 if contact == "surface" else extent.half + gap[contact]
    centre = surface + outward * lift
    axis = _across(_upward(random), outward)
    points = _line(surface + outward * max(lift, extent.half), axis, extent)
    if not ground.keeps_off(points, extent.half):
        return None
    if not (ground.look_up(ground.soft.astype(np.float32), points) > 0).mean() > 0.6:
        return None
    core = surface - outward * 11.0
    site = Site(
        _point(centre), axis=_point(axis), outward=_point(outward), hosts=("",), core=_point(core)
    )
    return Placed(site, points)


def _bridge(
    ground: Terrain, extent: Extent, window: Window, *, random: np.random.Generator
) -> Placed | None:
    names = sorted(ground.to_bone_mm)
    first, second = (names[int(n)] for n in random.choice(len(names), 2, replace=False))
    to_first, to_second = ground.to_bone_mm[first], ground.to_bone_mm[second]
    way = to_first + to_second
    middle = ground.soft & (way > 10.0) & (way < extent.length) & (np.abs(to_first - to_second) < 8)
    middle &= ground.skin_mm > extent.half + SKIN_MM
    # No third bone on the way, and off the joint itself.
    middle &= ground.clear_mm >= np.minimum(to_first, to_second) - 0.1
    index = np.argwhere(middle)
    if not len(index):
        return None
    chosen = tuple(index[int(random.integers(len(index)))].tolist())
    top = ground.point(np.asarray(chosen))
    ends = [ground.point(ground.nearest[name][(slice(None), *chosen)]) for name in (first, second)]
    start, stop = (end + ROOT_MM * _unit(end - top) for end in ends)
    path = _bow(start, 2.0 * top - (start + stop) / 2.0, stop)
    inner = path[1:-1]
    if not ground.keeps_off(inner, extent.half):
        return None
    outward = _across(_unit(top - (start + stop) / 2.0), _unit(stop - start))
    site = Site(
        _point(path[len(path) // 2]),
        axis=_point(_unit(stop - start)),
        outward=_point(outward),
        path=tuple(_point(p) for p in path),
        hosts=(first, second),
    )
    return Placed(site, path) if window.has_room(path, extent.half) else None


def _surface(ground: Terrain, start: Float64, *, seed: int) -> tuple[Float64, Float64] | None:
    """Exact point on a bone's surface near a place, and the way out of the bone there."""
    lattice, distance = bone_distance(ground.build, start, seed=seed)
    edge = np.argwhere(np.abs(distance) < 0.5)
    if not len(edge):
        return None
    places = np.column_stack([lattice.x[edge[:, 2]], lattice.y[edge[:, 1]], lattice.z[edge[:, 0]]])
    nearest = int(np.linalg.norm(places - start, axis=1).argmin())
    k, j, i = edge[nearest].tolist()
    if not all(2 <= n < size - 2 for n, size in zip((k, j, i), distance.shape, strict=True)):
        return None
    block = distance[k - 2 : k + 3, j - 2 : j + 3, i - 2 : i + 3]
    slope = _slope(block)
    if np.linalg.norm(slope) < 0.2:
        return None
    outward = _unit(slope)
    return places[nearest] - outward * float(distance[k, j, i]), outward


def _skinward(ground: Terrain, index: npt.NDArray[np.intp]) -> Float64:
    k, j, i = (int(np.clip(n, 1, s - 2)) for n, s in zip(index, ground.skin_mm.shape, strict=True))
    block = ground.skin_mm[k - 1 : k + 2, j - 1 : j + 2, i - 1 : i + 2]
    return _unit(-_slope(block))


def _slope(block: Float32) -> Float64:
    """Mean gradient of a small block, ``(x, y, z)``."""
    along = [float(np.diff(block, axis=axis).mean(dtype=np.float64)) for axis in (2, 1, 0)]
    return np.array(along)


def _upward(random: np.random.Generator) -> Float64:
    """Most muscles run along the body; lesions lean away from it by some thirty degrees."""
    return _unit(np.array([0.0, 0.0, 1.0]) + random.normal(0.0, 0.45, 3))


def _across(axis: Float64, normal: Float64) -> Float64:
    """Part of an axis square to a normal."""
    left = axis - normal * float(axis @ normal)
    return _unit(left) if np.linalg.norm(left) > 0.1 else _unit(np.cross(normal, [1.0, 0.3, 0.2]))


def _line(centre: Float64, axis: Float64, extent: Extent) -> Float64:
    reach = max(extent.length / 2.0 - extent.half, 0.0)
    points: Float64 = centre + np.linspace(-reach, reach, 7)[:, None] * axis
    return points


def _bow(start: Float64, control: Float64, stop: Float64) -> Float64:
    t = np.linspace(0.0, 1.0, 7)[:, None]
    bow: Float64 = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * stop
    return bow


def _unit(vector: Float64) -> Float64:
    length = float(np.linalg.norm(vector))
    direction: Float64 = vector / length if length > 1e-9 else np.array([0.0, 0.0, 1.0])
    return direction


def _point(values: Float64) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z
