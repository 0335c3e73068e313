"""Where the midline, the spine and the lungs lie: what positions in a body are told by."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from trabecula.model import Float32, Float64, Mask
from trabecula.see.bodies import Int64
from trabecula.see.scene import Scene

SPINE_HALF_WIDTH_MM = 30.0
"""Half the width of a strip about the midline that holds the vertebral bodies."""

FRONT_PERCENTILE = 10.0
"""Front of the spine: this percentile of its voxels from front to back."""


@dataclass(frozen=True, slots=True)
class Middle:
    """The mid-sagittal plane.

    Attributes
    ----------
    column
        Coarse column; a guess where it is not known.
    known
        Whether the skeleton's symmetry tells it: not where the scan shows one side alone, or
        one limb, which is symmetrical about its own axis.
    """

    column: float
    known: bool


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Midline, spine, lungs and distances, on the coarse grid of a scene.

    Attributes
    ----------
    middle
        The mid-sagittal plane.
    spine_front_j : (k,) float64
        Row of the front of the spine for each coarse slice; NaN where no spine is known.
    lung_top_k, lung_bottom_k
        Coarse slices; ``None`` without lungs or where the scan's end cuts them.
    skeleton_mm, gas_mm : (k, j, i) float32
        Distance to skeleton and to gas other than lung inside the body, mm.
    """

    middle: Middle
    spine_front_j: Float64
    lung_top_k: int | None
    lung_bottom_k: int | None
    skeleton_mm: Float32
    gas_mm: Float32

    @property
    def middle_i(self) -> float:
        """Column of the mid-sagittal plane, coarse voxels."""
        return self.middle.column


def find_landmarks(scene: Scene, skeleton: Mask) -> Landmarks:
    """Landmarks from a scene and its skeleton.

    Parameters
    ----------
    scene
    skeleton : (k, j, i) bool
        Coarse voxels that hold native bone.
    """
    middle = find_middle(scene, skeleton)
    top, bottom = _lung_ends(scene)
    nowhere = np.full(skeleton.shape[0], np.nan)
    return Landmarks(
        middle=middle,
        spine_front_j=_spine_front(scene, skeleton, middle.column) if middle.known else nowhere,
        lung_top_k=top,
        lung_bottom_k=bottom,
        skeleton_mm=scene.distance_mm(skeleton),
        gas_mm=scene.distance_mm(scene.gas),
    )


CUT_SIDE = 0.5
"""A side of the body is shown when the image's edge cuts it in less than this share of slices."""

WHOLE_SHARE = 0.9
"""Where the mirror image of at least this share of the skeleton lies in the scan, both sides are
shown."""

WHOLE_SYMMETRY = 0.5
"""Share of it that then meets bone (real scans 0.56 to 0.69, a plane through one hip 0.46)."""

HALF_SHARE = 0.3
"""And where less is shown, a third of the skeleton must be left,"""

HALF_SYMMETRY = 0.8
"""whose symmetry is nearly complete (0.80 to 0.97 at the true plane, to 0.74 at false ones)."""

OFF_CENTRE_MM = 100.0
"""A patient lies about the middle of the scanner; it is no guess farther outside the image."""


def find_middle(scene: Scene, skeleton: Mask) -> Middle:
    """Mid-sagittal plane by symmetry; where one side alone is shown, the middle of the scanner.

    Parameters
    ----------
    scene
    skeleton : (k, j, i) bool
        Coarse voxels that hold native bone.
    """
    column, symmetry, shown = mirror_plane(skeleton if skeleton.any() else scene.body)
    whole = shown >= WHOLE_SHARE
    both_sides = _side_cut(scene.body[:, :, 0], scene) < CUT_SIDE
    both_sides = both_sides and _side_cut(scene.body[:, :, -1], scene) < CUT_SIDE
    symmetrical = whole and symmetry >= WHOLE_SYMMETRY
    half = shown >= HALF_SHARE and symmetry >= HALF_SYMMETRY
    told = (whole and both_sides) or symmetrical or half
    if told and not _is_of_limb(column, scene, skeleton):
        return Middle(column, known=True)
    centre = float(scene.grid.to_index_kji((0.0, 0.0, 0.0))[2])
    off_mm = max(-centre, centre - scene.body.shape[2] + 1, 0.0) * scene.spacing_kji_mm[2]
    return Middle(centre if off_mm <= OFF_CENTRE_MM else column, known=False)


LIMB_CM2 = 300.0
"""No slice of a limb is larger: a stout thigh has 300 cm², a knee 110, an elbow 60 to 100."""

LIMB_AIR_ML = 2.0
"""A limb holds no air; a neck has its airway, a head its sinuses, a trunk lungs or bowel gas."""

LIMB_AXIS_MM = 12.0
"""A limb's plane of symmetry passes through its bone or, with two, this near to both; that of two
legs passes farther from each, as skin and fat lie between."""

LIMB_AXIS_SHARE = 0.5
"""Share of the slices in which it must."""


def _is_of_limb(column: float, scene: Scene, skeleton: Mask) -> bool:
    """Whether a plane is the axis of one limb, whose halves are no left and right of the body."""
    area_cm2 = scene.body.sum(axis=(1, 2)) * float(np.prod(scene.spacing_kji_mm[1:])) / 100.0
    air_ml = float(scene.gas.sum() + scene.lungs.sum()) * scene.grid.voxel_ml
    if area_cm2.max(initial=0.0) > LIMB_CM2 or air_ml > LIMB_AIR_ML or not skeleton.any():
        return False
    reach = LIMB_AXIS_MM / scene.spacing_kji_mm[2]
    low, high = max(0, round(column - reach)), round(column + reach) + 1
    held: Mask = np.asarray(skeleton.any(axis=(1, 2)))
    on_axis: Mask = np.asarray(skeleton[:, :, low:high].any(axis=(1, 2)))
    return float(on_axis[held].mean()) >= LIMB_AXIS_SHARE


def _side_cut(side: Mask, scene: Scene) -> float:
    """Share of the slices with body in which it reaches one side of the image."""
    held: Mask = np.asarray(scene.body.any(axis=(1, 2)))
    sides: Mask = np.asarray(side.any(axis=1))
    return float(sides[held].mean()) if held.any() else 0.0


MISSED_WEIGHT = 0.5
"""Weight of what has no mirror image against what has: else any plane through much bone is best."""

LEAST_SHOWN = 0.15
"""Planes whose mirror image shows less than this share of the bone are not tried."""


def mirror_plane(mask: Mask) -> tuple[float, float, float]:
    """Plane of best symmetry, counted over what has its mirror image in the scan.

    Every row is convolved with itself: the sum at twice a column is what meets its mirror image
    there. What the scan does not show counts neither for nor against.

    Returns
    -------
    (float, float, float)
        Column; share of the mask shown on both sides that meets its mirror image; that share of
        the mask.
    """
    columns = mask.shape[2]
    if not mask.any():
        return (columns - 1) / 2.0, 0.0, 0.0
    rows = mask.reshape(-1, columns)
    rows = rows[rows.any(axis=1)].astype(np.float32)
    spectrum = np.fft.rfft(rows, 2 * columns, axis=1)
    overlap = np.fft.irfft((spectrum**2).sum(axis=0), 2 * columns)[: 2 * columns - 1]
    before = np.concatenate([[0.0], np.cumsum(rows.sum(axis=0, dtype=np.float64))])
    twice = np.arange(2 * columns - 1)
    first, last = np.maximum(twice - columns + 1, 0), np.minimum(twice, columns - 1)
    shown = before[last + 1] - before[first]
    score = overlap - MISSED_WEIGHT * (shown - overlap)
    score[shown < LEAST_SHOWN * before[-1]] = -np.inf
    best = int(np.argmax(score))
    return best / 2.0, float(overlap[best] / shown[best]), float(shown[best] / before[-1])


def mirrored(mask: Mask, middle_i: float) -> Mask:
    """Mirror image of a mask about a column; what falls outside is lost."""
    image = np.zeros_like(mask)
    columns = mask.shape[2]
    source = np.arange(columns)
    target = np.rint(2 * middle_i - source).astype(int)
    inside = (target >= 0) & (target < columns)
    image[:, :, target[inside]] = mask[:, :, source[inside]]
    return image


SHIFT_STEPS = 4
"""Coarse voxels (about 4 mm) of the shift to each side."""

SHIFT_SAMPLE = 800
"""Coarse voxels of a body that are shifted."""


def best_shift(cells: Int64, mask: Mask) -> tuple[float, Int64]:
    """Shift by a few voxels that brings most of some coarse voxels into a mask.

    Parameters
    ----------
    cells : (n, 3) int64
        Index of the voxels; some may lie outside the grid.
    mask : (k, j, i) bool

    Returns
    -------
    (float, (3,) int64)
        Share of the voxels inside the mask, and the shift.
    """
    index = cells[:: max(1, len(cells) // SHIFT_SAMPLE)]
    low, high = index.min(axis=0) - SHIFT_STEPS, index.max(axis=0) + SHIFT_STEPS + 1
    around = np.zeros(high - low, dtype=bool)
    start, stop = np.maximum(low, 0), np.minimum(high, mask.shape)
    if (start < stop).all():
        at = tuple(
            slice(a, b) for a, b in zip((start - low).tolist(), (stop - low).tolist(), strict=True)
        )
        off = tuple(slice(a, b) for a, b in zip(start.tolist(), stop.tolist(), strict=True))
        around[at] = mask[off]
    flat = np.ravel_multi_index(tuple((index - low).T), around.shape)
    steps = np.arange(-SHIFT_STEPS, SHIFT_STEPS + 1)
    shifts = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    # Of shifts that fit alike the least is taken.
    shifts = shifts[np.argsort((shifts**2).sum(axis=1), kind="stable")]
    _, rows, columns = around.shape
    jumps = (shifts[:, 0] * rows + shifts[:, 1]) * columns + shifts[:, 2]
    share = around.reshape(-1)[flat + jumps[:, None]].mean(axis=1)
    best = int(np.argmax(share))
    return float(share[best]), shifts[best]


def _spine_front(scene: Scene, skeleton: Mask, middle_i: float) -> Float64:
    half = max(1, round(SPINE_HALF_WIDTH_MM / scene.spacing_kji_mm[2]))
    low, high = max(0, int(middle_i) - half), int(middle_i) + half + 1
    front = np.full(skeleton.shape[0], np.nan)
    for k in range(skeleton.shape[0]):
        body_rows = np.flatnonzero(scene.body[k, :, low:high].any(axis=1))
        if body_rows.size == 0:
            continue
        middle_j = (body_rows[0] + body_rows[-1]) / 2.0
        rows = np.nonzero(skeleton[k, :, low:high])[0]
        behind = rows[rows > middle_j]  # the sternum and the pubis lie in front
        if behind.size >= 3:
            front[k] = np.percentile(behind, FRONT_PERCENTILE)
    return _bridged(front)


def _bridged(profile: Float64) -> Float64:
    """Gaps filled by straight lines, smoothed by a running median of five slices."""
    known = np.flatnonzero(np.isfinite(profile))
    if known.size < 2:
        return profile
    every = np.arange(profile.size)
    filled = np.interp(every, known, profile[known])
    smooth: Float64 = np.median(sliding_window_view(np.pad(filled, 2, mode="edge"), 5), axis=1)
    smooth[(every < known[0]) | (every > known[-1])] = np.nan
    return smooth


def _lung_ends(scene: Scene) -> tuple[int | None, int | None]:
    """Coarse slices of apex and base: where the wide lung begins, the airway above left out."""
    area = scene.lungs.sum(axis=(1, 2)) * float(np.prod(scene.spacing_kji_mm[1:])) / 100.0
    wide: npt.NDArray[np.int64] = np.flatnonzero(area > LUNG_AREA_CM2)
    if wide.size == 0:
        return None, None
    top, bottom = int(wide[-1]), int(wide[0])
    last = scene.lungs.shape[0] - 1
    return (top if top < last else None), (bottom if bottom > 0 else None)


LUNG_AREA_CM2 = 12.0
"""A slice with more lung than this is below the apex: the airway alone has 2 to 6."""
