"""Bodies of mineral that are not known to be native bone, with what tells them apart."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trabecula.model import Float32, Float64, Volume
from trabecula.see.bodies import Bodies, Int64, Runs
from trabecula.see.landmarks import Landmarks
from trabecula.see.scene import Scene
from trabecula.see.shell import Ring, Shell, ring, shell

SHAPE_SAMPLE = 20_000
"""Voxels a shape is measured on at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One body of mineral and where it lies.

    Attributes
    ----------
    number
        Its number among the bodies.
    volume_ml
        At the mineral threshold.
    peak_hu, mean_hu, spread_hu
        Largest, mean, and 10th to 90th percentile of its values.
    centroid_lps_mm
        LPS, mm.
    coarse_kji
        Coarse voxel of its centroid.
    beside_mm
        Distance to the patient's left of the midline; negative to the right; NaN where no midline
        is known, so that no place told by it is true.
    before_spine_mm
        How far it lies in front of the front of the spine; NaN where no spine is known.
    skin_depth_mm, skeleton_mm, lung_mm, gas_mm
        Least distance to skin, native bone, lung, other gas.
    skin_reach_mm
        Largest distance to skin.
    lung_share
        Share of it within reach of the chest wall's inside (15 mm of lung).
    metal_mm, metal_share
        Least distance to metal and the bone told about it; share of it within 25 mm of metal.
    axes_mm
        Lengths of its principal axes, longest first (four standard deviations and a voxel).
    cut_area_mm2
        Area at which the field of view cuts it; zero for most.
    shell
        Whether it is a wall about an axis; ``None`` for bodies that are not long.
    ring
        The cylinder it lies on best; ``None`` for a few voxels.
    """

    number: int
    volume_ml: float
    peak_hu: float
    mean_hu: float
    spread_hu: float
    centroid_lps_mm: tuple[float, float, float]
    coarse_kji: tuple[int, int, int]
    beside_mm: float
    before_spine_mm: float
    skin_depth_mm: float
    skin_reach_mm: float
    skeleton_mm: float
    lung_mm: float
    gas_mm: float
    lung_share: float
    metal_mm: float
    metal_share: float
    axes_mm: tuple[float, float, float]
    cut_area_mm2: float
    shell: Shell | None
    ring: Ring | None

    @property
    def elongation(self) -> float:
        """Longest over middle axis."""
        return self.axes_mm[0] / self.axes_mm[1]

    @property
    def thickness_mm(self) -> float:
        """Shortest axis, mm."""
        return self.axes_mm[2]


NEAR_METAL_MM = 25.0
"""Blooming, streaks and the bone about an implant lie within this of its metal."""

CHEST_WALL_MM = 15.0
"""Ribs and costal cartilage lie within this of the lung: pleura, intercostal muscle, rib."""


def candidate(
    number: int,
    bodies: Bodies,
    *,
    volume: Volume,
    scene: Scene,
    landmarks: Landmarks,
    metal_mm: Float32,
    implant_mm: Float32,
) -> Candidate:
    """Everything asked of one body of mineral."""
    voxels = bodies.voxels_of(number)
    centre = volume.grid.to_lps_mm(bodies.centre_kji[number])
    values = volume.hu.reshape(-1)[voxels]
    low, high = np.percentile(values, [10, 90])
    points = points_mm(_sampled(voxels), volume)
    k, j, i = scene.at_runs(bodies.runs.take(bodies.runs_of(number)))
    middle = _coarse_middle(bodies.centre_kji[number], scene)
    front = landmarks.spine_front_j[middle[0]]
    return Candidate(
        number=number,
        volume_ml=float(bodies.voxels[number]) * volume.grid.voxel_ml,
        peak_hu=float(bodies.peak[number]),
        mean_hu=float(values.mean()),
        spread_hu=float(high - low),
        centroid_lps_mm=(float(centre[0]), float(centre[1]), float(centre[2])),
        coarse_kji=middle,
        beside_mm=_beside_mm(float(bodies.centre_kji[number][2]), scene, landmarks),
        before_spine_mm=float(
            (front - bodies.centre_kji[number][1] / scene.stride_kji[1]) * scene.spacing_kji_mm[1]
        ),
        skin_depth_mm=float(scene.skin_depth_mm[k, j, i].min()),
        skin_reach_mm=float(scene.skin_depth_mm[k, j, i].max()),
        skeleton_mm=float(landmarks.skeleton_mm[k, j, i].min()),
        lung_mm=float(scene.lung_mm[k, j, i].min()),
        gas_mm=float(landmarks.gas_mm[k, j, i].min()),
        lung_share=float((scene.lung_mm[k, j, i] < CHEST_WALL_MM).mean()),
        metal_mm=float(implant_mm[k, j, i].min()),
        metal_share=float((metal_mm[k, j, i] < NEAR_METAL_MM).mean()),
        axes_mm=_axes_mm(points, volume),
        cut_area_mm2=cut_area_mm2(bodies, number, volume),
        shell=shell(points, volume),
        ring=ring(points, volume),
    )


def _beside_mm(column: float, scene: Scene, landmarks: Landmarks) -> float:
    if not landmarks.middle.known:
        return float("nan")
    return (column / scene.stride_kji[2] - landmarks.middle_i) * scene.spacing_kji_mm[2]


def _coarse_middle(centre_kji: Float64, scene: Scene) -> tuple[int, int, int]:
    k, j, i = (
        min(int(at / step), size - 1)
        for at, step, size in zip(centre_kji, scene.stride_kji, scene.body.shape, strict=True)
    )
    return k, j, i


def points_mm(voxels: Int64, volume: Volume) -> Float64:
    """Points ``(n, 3)`` of flat voxel indices along the array axes, mm (not yet in the patient)."""
    index = np.stack(np.unravel_index(voxels, volume.hu.shape), axis=1)
    points: Float64 = index * volume.grid.spacing_kji_mm
    return points


def _sampled(voxels: Int64) -> Int64:
    return voxels[:: max(1, voxels.size // SHAPE_SAMPLE)]


def _axes_mm(points: Float64, volume: Volume) -> tuple[float, float, float]:
    # A voxel is a box: its own spread keeps a single voxel from having no size.
    own = np.diag(volume.grid.spacing_kji_mm**2) / 12.0
    spread = own if len(points) < 2 else np.cov(points.T, bias=True) + own
    longest, middle, shortest = (
        4.0 * np.sqrt(np.sort(np.maximum(np.linalg.eigvalsh(spread), 1e-6))[::-1])
    ).tolist()
    return longest, middle, shortest


def cut_area_mm2(bodies: Bodies, number: int, volume: Volume) -> float:
    """Area of a body on the edges of the field of view, mm²."""
    low, high = bodies.low_kji[number], bodies.high_kji[number]
    shape = np.array(volume.hu.shape)
    on_edge = np.append(low == 0, high == shape)
    if not on_edge.any() and volume.scan_circle is None:
        return 0.0
    runs = bodies.runs.take(bodies.runs_of(number))
    return _face_area(runs, volume)


def _face_area(runs: Runs, volume: Volume) -> float:
    k, j, i = runs.index_kji()
    dk, dj, di = volume.spacing_kji_mm
    last_k, last_j, last_i = (size - 1 for size in volume.hu.shape)
    length = runs.length
    ends = int(length[(k == 0) | (k == last_k)].sum()) * dj * di
    front = int(length[(j == 0) | (j == last_j)].sum()) * dk * di
    sides = int(((i == 0) | (i + length - 1 == last_i)).sum()) * dk * dj
    return float(ends + front + sides + _circle_area(k, j, (i, i + length - 1), volume))


def _circle_area(k: Int64, j: Int64, ends: tuple[Int64, Int64], volume: Volume) -> float:
    """Area on the edge of the reconstructed circle: run ends whose outer neighbour lies outside."""
    circle = volume.scan_circle
    if circle is None:
        return 0.0
    dk, dj, _ = volume.spacing_kji_mm
    columns = circle.shape[1]
    cut: npt.NDArray[np.bool_] = np.zeros(len(j), dtype=bool)
    for end, step in zip(ends, (-2, 2), strict=True):
        at = np.clip(end + step, 0, columns - 1)
        cut |= ~circle[j, at]
    return float(cut.sum()) * dk * dj
