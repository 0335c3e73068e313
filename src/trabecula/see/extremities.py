"""Bones of hands and feet: many, small, close together, in a slender part of the body.

Arms lie anywhere, so place tells nothing of a hand and its mirror image seldom meets the other.
What tells it is its kind: several corticated bodies side by side where the body is no thicker than
a hand, or beyond all other bone with as many of the same size on the other side.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trabecula.model import Float64, Mask
from trabecula.see.bodies import Bodies
from trabecula.see.scene import Scene

LEAST_BONES = 3
"""A hand has 27 bones, a foot 26; blur and small gaps join them, but to three bodies or more."""

RUN_TOGETHER_MM = 100.0
"""Rays that thick slices run together are at least this long, and may be one body."""

RUN_TOGETHER_SHARE = 0.8
"""Share of such a body that must lie in slender parts."""

LARGEST_ML = 40.0
"""A heel bone, the largest of them, has 50 to 70 ml with its marrow and less above threshold."""

LARGEST_MM = 170.0
"""A ray, its joints lost to blur, is no longer."""

SUPERFICIAL_MM = 45.0
"""No bone of hand or foot lies deeper under the skin."""

GAP_MM = 16.0
"""Neighbouring bones are this close, on the coarse grid."""

SLENDER_SHARE = 0.6
"""Share of the bones that must lie in slender parts of the body."""

CORTEX_HU = 500.0
"""Bones have a cortex: most of them reach this."""

SAME_VOLUME = 1.6
"""Both hands hold the same amount of bone but for this factor."""


@dataclass(frozen=True, slots=True, eq=False)
class _Cluster:
    members: tuple[int, ...]
    voxels: int
    slender: float
    beyond: float


def extremity_bones(
    numbers: Sequence[int],
    bodies: Bodies,
    *,
    scene: Scene,
    skeleton: Mask,
    middle_i: float,
) -> tuple[int, ...]:
    """Which free bodies are the bones of hands and feet.

    Parameters
    ----------
    numbers
        Free bodies.
    bodies
    scene
    skeleton : (k, j, i) bool
        Coarse voxels of the bone already known.
    middle_i
        Coarse column of the midline.
    """
    clusters = [
        _measured(members, bodies, scene=scene, skeleton=skeleton, middle_i=middle_i)
        for members in _chains(_small(numbers, bodies, scene), bodies, scene)
    ]
    return tuple(
        number
        for cluster in clusters
        if cluster.slender >= _slender_share(cluster) or _has_fellow(cluster, clusters)
        for number in cluster.members
    )


def _slender_share(cluster: _Cluster) -> float:
    return SLENDER_SHARE if len(cluster.members) >= LEAST_BONES else RUN_TOGETHER_SHARE


def _small(numbers: Sequence[int], bodies: Bodies, scene: Scene) -> list[int]:
    """Bodies small enough and near enough to the skin for a bone of hand or foot."""
    edges = np.array(scene.spacing_kji_mm) / scene.stride_kji
    length = np.linalg.norm((bodies.high_kji - bodies.low_kji) * edges, axis=1)
    size_ml = bodies.voxels * scene.full_voxel_ml
    return [
        n
        for n in numbers
        if size_ml[n] <= LARGEST_ML
        and length[n] <= LARGEST_MM
        and float(scene.skin_depth_mm[_where(n, bodies, scene)].max()) <= SUPERFICIAL_MM
    ]


def _where(number: int, bodies: Bodies, scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return scene.at_runs(bodies.runs.take(bodies.runs_of(number)))


def _chains(numbers: Sequence[int], bodies: Bodies, scene: Scene) -> list[tuple[int, ...]]:
    """Link bodies by small gaps; chains with enough members."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    if not numbers:
        return []
    points = [_points(n, bodies, scene) for n in numbers]
    owner = np.repeat(np.arange(len(numbers)), [len(part) for part in points])
    pairs = KDTree(np.concatenate(points)).query_pairs(GAP_MM, output_type="ndarray")
    one, other = owner[pairs[:, 0]], owner[pairs[:, 1]]
    size = len(numbers)
    graph = coo_array((np.ones(one.size, dtype=np.int8), (one, other)), shape=(size, size))
    _, chain = connected_components(graph, directed=False)
    groups = [np.flatnonzero(chain == n).tolist() for n in np.unique(chain)]
    length = [float(np.linalg.norm(np.ptp(part, axis=0))) for part in points]
    return [
        tuple(numbers[at] for at in group)
        for group in groups
        if len(group) >= LEAST_BONES or max(length[at] for at in group) >= RUN_TOGETHER_MM
    ]


def _points(number: int, bodies: Bodies, scene: Scene) -> Float64:
    index = np.unique(np.stack(_where(number, bodies, scene), axis=1), axis=0)
    points: Float64 = index * np.array(scene.spacing_kji_mm)
    return points


def _measured(
    members: tuple[int, ...],
    bodies: Bodies,
    *,
    scene: Scene,
    skeleton: Mask,
    middle_i: float,
) -> _Cluster:
    among = np.zeros(len(bodies), dtype=bool)
    among[list(members)] = True
    where = scene.at_runs(bodies.runs_among(among))
    corticated = float((bodies.peak[list(members)] >= CORTEX_HU).mean()) > 0.5
    return _Cluster(
        members=members,
        voxels=int(bodies.voxels[list(members)].sum()),
        slender=scene.slender_share(where) if corticated else 0.0,
        beyond=_beyond(where[0], where[2], skeleton, middle_i) if corticated else 0.0,
    )


def _beyond(k: np.ndarray, i: np.ndarray, skeleton: Mask, middle_i: float) -> float:
    """Columns that a cluster lies beyond all other bone of its slices, signed by its side."""
    side = 1.0 if float(i.mean()) > middle_i else -1.0
    known = np.flatnonzero(skeleton[int(k.min()) : int(k.max()) + 1].any(axis=(0, 1)))
    outermost = float((side * (known - middle_i)).max()) if known.size else 0.0
    inmost = float((side * (i - middle_i)).min())
    return side * max(0.0, inmost - max(outermost, 0.0))


def _has_fellow(cluster: _Cluster, clusters: Sequence[_Cluster]) -> bool:
    """Whether the other side has as much bone, as far out."""
    return any(
        cluster.beyond * other.beyond < 0.0
        and max(cluster.voxels, other.voxels) <= SAME_VOLUME * min(cluster.voxels, other.voxels)
        for other in clusters
    )
