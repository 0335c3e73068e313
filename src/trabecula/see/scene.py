"""The patient in the scan, on a coarse grid: body without table, lungs, gas, skin depth.

Where the body, the lungs and the table are is a matter of millimetres, not of voxels: a grid of
about 4 mm holds it in a hundredth of the memory. Everything full-size is asked of it by index.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trabecula.model import HU, Box, Float32, Grid, Mask, Volume
from trabecula.see.bodies import Int64, Runs, expand
from trabecula.see.morphology import components, grown, grown_by_box, opened, opened_by_box

COARSE_MM = 4.0
"""Spacing aimed at for the coarse grid, mm."""

BODY_HU = -300.0
"""Between air and fat: what is denser is body, table or clothing."""

AIR_INSIDE_HU = -500.0
"""What is thinner, inside the body, is lung or airway."""

GAS_HU = -250.0
"""What is thinner, inside the body, is gas, stool with gas in it too; fat is about -100."""

TABLE_THICKNESS_MM = 14.0
"""Shells thinner than this are taken off the body: table tops and head rests are."""

SOFT_HU = (-200.0, 200.0)
"""Fat to enhanced organs; a body part is mostly this, a table is not."""

SOFT_FRACTION = 0.5
"""Smallest share of soft tissue in a piece that counts as part of the body."""

LEAST_PIECE_ML = 15.0
"""A separate piece of body (arm, hand, leg) is at least this large."""

SKIN_RIM_MM = 10.0
"""Air this near the skin is a fold of it, not gas in the bowel."""

LEAST_LUNG_ML = 250.0
"""Air of this size inside the body is lung; gas in bowel comes in smaller pieces."""

LEAST_LUNG_BASE_ML = 30.0
"""The same where the scan's upper end cuts it: the base of a lung."""

AIR_BY_DEFINITION_HU = -1000.0
"""What calibration sets air to."""

ROOM_AIR_HU = -1024.0
"""Stands in where the scan shows no room air to measure; padding and clipping hide it."""

ROOM_AIR_RANGE_HU = (-1020, -850)
"""Where room air is looked for; padding outside the scan circle stands at -1024 or below."""

LUNG_OVER_AIR_HU = 65.0
"""Median of lung is this far above room air, emphysema included (-930); gas in stomach or colon is
thinner even with its rim."""

ROOM_OVER_AIR_HU = 40.0
"""Room air with its noise stays within this of its median."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The patient on a coarse grid.

    Attributes
    ----------
    stride_kji
        Full voxels per coarse voxel along each axis.
    grid
        The coarse grid; its voxel centres are full voxel centres.
    hu : (k, j, i) int16
        Values of those voxels.
    body : (k, j, i) bool
        Body, its air filled, table and pads taken off.
    lungs, gas : (k, j, i) bool
        Air inside the body: lungs with airway, and all other.
    lung_mm : (k, j, i) float32
        Distance to the lungs; infinite without lungs.
    skin_depth_mm : (k, j, i) float32
        Distance to the skin inside the body (field-of-view edges do not count as skin).
    slender : (k, j, i) bool
        Every second coarse voxel along each axis: parts as thin as a hand, wrist, foot or ankle.
    """

    stride_kji: tuple[int, int, int]
    grid: Grid
    hu: HU
    body: Mask
    lungs: Mask
    gas: Mask
    lung_mm: Float32
    skin_depth_mm: Float32
    slender: Mask

    @property
    def spacing_kji_mm(self) -> tuple[float, float, float]:
        """Edges of a coarse voxel, mm."""
        k, j, i = self.grid.spacing_kji_mm.tolist()
        return k, j, i

    @property
    def full_voxel_ml(self) -> float:
        """Volume of one voxel of the full grid, ml."""
        return self.grid.voxel_ml / float(np.prod(self.stride_kji))

    def coarse_index(self, k: Int64, j: Int64, i: Int64) -> tuple[Int64, Int64, Int64]:
        """Coarse voxel of full voxel indices."""
        shape = self.body.shape
        first, second, third = (
            np.minimum(axis // step, size - 1)
            for axis, step, size in zip((k, j, i), self.stride_kji, shape, strict=True)
        )
        return first, second, third

    def at_runs(self, runs: Runs) -> tuple[Int64, Int64, Int64]:
        """Coarse voxel under the middle of each run."""
        k, j, i = runs.index_kji()
        return self.coarse_index(k, j, i + runs.length // 2)

    def mark(self, runs: Runs) -> Mask:
        """Coarse voxels that hold any voxel of some runs."""
        marked = np.zeros(self.body.shape, dtype=bool)
        marked.reshape(-1)[self._under(runs)] = True
        return marked

    def cells(self, runs: Runs) -> Int64:
        """Index ``(n, 3)`` of the coarse voxels that hold any voxel of some runs, in order."""
        flat = np.unique(self._under(runs))
        return np.stack(np.unravel_index(flat, self.body.shape), axis=1)

    def _under(self, runs: Runs) -> Int64:
        k, j, i = runs.index_kji()
        ck, cj, first = self.coarse_index(k, j, i)
        _, _, last = self.coarse_index(k, j, i + runs.length - 1)
        _, rows, columns = self.body.shape
        return expand((ck * rows + cj) * columns + first, last - first + 1)

    def slender_share(self, where: tuple[Int64, Int64, Int64]) -> float:
        """Share of some coarse voxels that lie in parts as thin as a hand or foot."""
        k, j, i = (axis // 2 for axis in where)
        return float(self.slender[k, j, i].mean())

    def distance_mm(self, marked: Mask) -> Float32:
        """Distance of every coarse voxel to the marked ones, mm; infinite when none is marked."""
        return distance_mm(marked, self.grid)


FAR_MM = 60.0
"""Distances are asked up to this; no rule looks farther."""


def distance_mm(marked: Mask, grid: Grid) -> Float32:
    """Distance of the voxels of a grid to the marked ones, mm.

    Infinite when none is marked, and farther than 60 mm from the box of the marked ones.
    """
    import edt

    distance = np.full(marked.shape, np.inf, dtype=np.float32)
    held = bounds(marked)
    if held is None:
        return distance
    k, j, i = grid.spacing_kji_mm.tolist()
    box = grid.pad(held, FAR_MM)
    distance[box] = edt.edt(np.ascontiguousarray(~marked[box]), anisotropy=(k, j, i), parallel=2)
    return distance


def bounds(mask: Mask) -> Box | None:
    """Tight box of a mask; ``None`` when it is empty."""
    planes: Mask = np.asarray(mask.any(axis=2))
    k = np.flatnonzero(planes.any(axis=1))
    if k.size == 0:
        return None
    j = np.flatnonzero(planes.any(axis=0))
    i = np.flatnonzero(mask.any(axis=(0, 1)))
    return (
        slice(int(k[0]), int(k[-1]) + 1),
        slice(int(j[0]), int(j[-1]) + 1),
        slice(int(i[0]), int(i[-1]) + 1),
    )


def look(volume: Volume) -> Scene:
    """Body, lungs and gas of a scan on a coarse grid."""
    k, j, i = (max(1, round(COARSE_MM / edge)) for edge in volume.spacing_kji_mm)
    hu = np.ascontiguousarray(volume.hu[::k, ::j, ::i])
    affine = volume.grid.affine_kji_to_lps.copy()
    affine[:3, :3] *= np.array([k, j, i])
    grid = Grid(affine, (hu.shape[0], hu.shape[1], hu.shape[2]))
    air_hu = _room_air(hu)
    body = _body(hu, grid, air_hu)
    depth = _skin_depth(body, grid)
    lungs, gas = _air_inside(
        hu, body, depth_mm=depth, grid=grid, least_hu=air_hu + LUNG_OVER_AIR_HU
    )
    return Scene(
        stride_kji=(k, j, i),
        grid=grid,
        hu=hu,
        body=body,
        lungs=lungs,
        gas=gas,
        lung_mm=distance_mm(lungs, grid),
        skin_depth_mm=depth,
        slender=_slender(body, grid),
    )


SLENDER_MM = 32.0
"""Half the thickness of hand, wrist, foot and ankle is less; forearm, calf and neck are thicker."""


def _slender(body: Mask, grid: Grid) -> Mask:
    """Parts that a disc of the size of an ankle does not fit into, slice by slice."""
    sparse = body[::2, ::2, ::2]
    _, dj, di = (2.0 * grid.spacing_kji_mm).tolist()
    slender: Mask = sparse & ~opened(sparse, SLENDER_MM, (FAR_APART_MM, dj, di))
    return slender


def _room_air(hu: HU) -> float:
    """Median of the air at the front and the sides of the image, where no patient lies."""
    low, high = ROOM_AIR_RANGE_HU
    rim = np.concatenate([hu[:, 0].ravel(), hu[:, :, 0].ravel(), hu[:, :, -1].ravel()])
    air = rim[(rim > low) & (rim < high)]
    clipped = int((rim <= low).sum())
    known = air.size >= max(LEAST_AIR_VOXELS, clipped)
    return float(np.median(air)) if known else ROOM_AIR_HU


LEAST_AIR_VOXELS = 200
"""Coarse voxels of room air that make a median."""


def _body(hu: HU, grid: Grid, air_hu: float) -> Mask:
    dense = hu > BODY_HU
    if dense[:, :, 0].any() or dense[:, :, -1].any():
        dense |= _cut_lung(hu, dense, grid=grid, air_hu=air_hu)
    solid = fill_slices(dense)
    # Opened slice by slice, by a disc: table tops run the whole length, so height does not help.
    radius = TABLE_THICKNESS_MM / 2
    _, dj, di = grid.spacing_kji_mm.tolist()
    in_slice = (FAR_APART_MM, dj, di)
    labels, count = components(
        opened(
            _without_enclosed_air(solid, dense, hu < air_hu + ROOM_OVER_AIR_HU), radius, in_slice
        )
    )
    if count == 0:
        return solid
    keep = _pieces_of_body(labels, count, hu, grid)
    kept = keep[labels]
    # What the opening took off the rim comes back, as far as it reaches.
    return fill_slices(kept | (grown(kept, radius, in_slice) & dense))


FAR_APART_MM = 1e4
"""Slices set this far apart have nothing to do with one another."""


def _cut_lung(hu: HU, dense: Mask, *, grid: Grid, air_hu: float) -> Mask:
    """Lung by its density, where the field of view cuts the chest open.

    Elsewhere lung is what the body encloses; here it opens to the edge of the image. Pads and
    tables are as thin, but no wall of the chest lies behind them, nor does the image end there.
    """
    from scipy.ndimage import uniform_filter

    k, j, i = grid.spacing_kji_mm.tolist()
    smooth = uniform_filter(hu, 3)
    least = max(air_hu, AIR_BY_DEFINITION_HU) + CUT_LUNG_OVER_AIR_HU
    thin = (smooth > least) & (smooth < CUT_LUNG_HU)
    labels, count = components(opened(thin, CUT_LUNG_MM, (k, j, i)))
    ahead = np.cumsum(dense, axis=1, dtype=np.int16)
    behind = ahead[:, -1:, :] - ahead
    wall = round(CUT_WALL_MM / j)
    flat, size = labels.reshape(-1), np.bincount(labels.reshape(-1), minlength=count + 1)
    in_front, at_back = (
        np.bincount(flat[mask.reshape(-1)], minlength=count + 1) / np.maximum(size, 1)
        for mask in (ahead >= wall, (ahead > 0) & (behind >= wall))
    )
    cut_behind = np.isin(np.arange(count + 1), labels[:, -1])
    walled = (at_back >= CUT_LUNG_SHARE) | (cut_behind & (in_front >= CUT_LUNG_SHARE))
    lung: Mask = walled & (size * grid.voxel_ml >= LEAST_LUNG_ML)
    lung[0] = False
    cut: Mask = lung[labels]
    return cut


CUT_WALL_MM = 16.0
"""Behind the lung the chest wall is thicker than this, behind a pad the table top is not."""

CUT_LUNG_SHARE = 0.5
"""Share of the lung that lies between such walls."""

CUT_LUNG_OVER_AIR_HU = 70.0
"""Lung, its vessels smoothed in, is this far above room air; foam of pads is about 50 above it."""

CUT_LUNG_HU = -550.0
"""And thinner than this."""

CUT_LUNG_MM = 8.0
"""Thinner parts of that density are partial volume at the skin."""


def _without_enclosed_air(solid: Mask, dense: Mask, thin: Mask) -> Mask:
    """Take back the filling of open air: what a table encloses from below is not body.

    Lungs are air inside the body; between body and table lies open air. Filling is undone where
    the air is as thin as room air and not lung.
    """
    room = solid & ~dense & thin
    return solid & ~opened_by_box(room, (0, 1, 1))


def _pieces_of_body(labels: npt.NDArray[np.int32], count: int, hu: HU, grid: Grid) -> Mask:
    """Which pieces are body: the largest, and every other that is soft tissue and large enough."""
    flat = labels.reshape(-1)
    size = np.bincount(flat, minlength=count + 1).astype(np.float64)
    soft = (hu >= SOFT_HU[0]) & (hu <= SOFT_HU[1])
    share = np.bincount(flat[soft.reshape(-1)], minlength=count + 1) / np.maximum(size, 1)
    keep: Mask = (size * grid.voxel_ml >= LEAST_PIECE_ML) & (share >= SOFT_FRACTION)
    keep[0] = False
    keep[1 + int(np.argmax(size[1:] * share[1:]))] = True
    return keep


def fill_slices(mask: Mask) -> Mask:
    """Fill, slice by slice, whatever does not open to the outside within the slice."""
    outside = np.pad(~mask, ((0, 0), (1, 1), (1, 1)), constant_values=True)
    filled = np.empty(mask.shape, dtype=bool)
    for k, plane in enumerate(outside):
        labels, _ = components(plane, 4)
        filled[k] = labels[1:-1, 1:-1] != labels[0, 0]
    return filled


def _air_inside(
    hu: HU, body: Mask, *, depth_mm: Float32, grid: Grid, least_hu: float
) -> tuple[Mask, Mask]:
    air = body & (hu < AIR_INSIDE_HU)
    labels, count = components(air)
    lung = np.zeros(count + 1, dtype=bool)
    size = np.bincount(labels.reshape(-1), minlength=count + 1) * grid.voxel_ml
    least = np.full(count + 1, LEAST_LUNG_ML)
    least[np.unique(labels[-1])] = LEAST_LUNG_BASE_ML
    for number in np.flatnonzero(size >= least).tolist():
        if number and float(np.median(hu[labels == number])) > least_hu:
            lung[number] = True
    lungs: Mask = lung[labels]
    # The rim of the lung is between lung and tissue, as stool is between gas and tissue.
    rim = grown_by_box(lungs, (1, 1, 1))
    gas = body & (hu < GAS_HU) & (depth_mm > SKIN_RIM_MM)
    return lungs, gas & ~rim


def _skin_depth(body: Mask, grid: Grid) -> Float32:
    import edt

    k, j, i = grid.spacing_kji_mm.tolist()
    depth = np.zeros(body.shape, dtype=np.float32)
    held = bounds(body)
    if held is not None:
        box = grid.pad(held, 1.0)  # one voxel of air, where the field of view shows some
        depth[box] = edt.edt(np.ascontiguousarray(body[box]), anisotropy=(k, j, i), parallel=2)
    return depth
