"""Parts of the skeleton that may have grown onto it, with a probability for each.

Shape alone does not tell them: a trial called processes, crests and the acromion ectopic, alike on
both sides. So a part is offered where the mirror image of the other side has no bone, and it is
called only where that image is trustworthy: where the bone around it does meet its own image. What
the field of view shows on one side alone is offered where a neck sets it off, and never called.
"""

from dataclasses import dataclass
from math import exp, log2

import numpy as np
import numpy.typing as npt

from trabecula.model import Belonging, Box, DecidedBy, Mask, Volume
from trabecula.see.asymmetry import Mirror, mirror, one_sided
from trabecula.see.basins import Basins, basins, merged
from trabecula.see.bodies import Int64, Runs
from trabecula.see.cells import Cells, bone_cells
from trabecula.see.landmarks import Landmarks
from trabecula.see.mineral import Mineral
from trabecula.see.scene import Scene

LEAST_PIECE_CELLS = 12
"""Pieces of fewer cells (about 0.25 ml) join their neighbour."""

LEAST_PART_ML = 0.5
"""Smaller parts are not offered: they are within what a mirror image misses."""

CALLED_FROM = 0.9
"""Probability from which a part is called ectopic without being asked."""

CALLED_ML = 3.0
"""And its least volume: in two normal real scans nothing larger passed the threshold."""

OFFERED_FROM = 0.2
"""Probability from which a part is offered to the reader; less probable ones, such as every bone
end whose other side is out of view, can still be toggled by a point within them."""

MOST_OFFERED = 30
"""Parts offered, most probable first."""

AROUND_MM = 40.0
"""Bone this far around a part tells whether the mirror image can be trusted."""

UNSEEN_ML = (1.0, 80.0)
"""Size of a piece that is offered because the field of view does not show its other side."""

UNSEEN_PROBABILITY = 0.15
"""What nothing but a neck says: most such pieces are processes and ends of bones."""

NEAR_METAL_MM = 25.0
"""A nail or plate makes one side differ from the other."""

LOGIT_BASE, PER_STRONG, PER_NEAR, PER_MET, PER_DOUBLING, METAL = -1.0, 8.0, 20.0, 6.0, 1.0, -3.0
"""Weights of the evidence, in log odds; set by hand on two normal real scans and the demonstration
patient, never on what the validation suites are judged on."""


POOL_ML = 20.0
"""Blood in a heart or a great vessel that contrast joins to bone is at least this much."""

POOL_HU = 500.0
"""No denser than this: contrast in the large vessels reaches 300 to 450 HU."""

POOL_RANGE_HU = 100.0
"""And even: from its lower quarter to its upper twentieth it differs by less (44 and 62 HU in two
hearts); bone of that size has a cortex and marrow."""


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A part before it is cut out of the scan.

    Attributes
    ----------
    id
        Of its place.
    members : (n,) int64
        Numbers of its cells among the cells of bone.
    probability
        Of being ectopic.
    reasons
        In words.
    state, decided_by
        What it counts as, and who said so.
    drawn
        Its voxels, where seeds gave them; else they are those of its cells.
    """

    id: str
    members: Int64
    probability: float
    reasons: tuple[str, ...]
    state: Belonging = Belonging.NATIVE
    decided_by: DecidedBy = DecidedBy.PROGRAM
    drawn: "Drawn | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Voxels of a part, marrow included: a mask in its box."""

    mask: Mask
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """Bone divided into pieces, with what the other side tells of each cell.

    Attributes
    ----------
    cells
        Bone on its coarse grid.
    basins
        Its basins.
    index_kji : (n, 3) int64
        Each cell of bone.
    piece : (n,) int64
        Piece of each cell.
    mirror
        What left against right tells.
    drafts
        Parts found, most probable first.
    """

    cells: Cells
    basins: Basins
    index_kji: Int64
    piece: Int64
    mirror: Mirror
    drafts: tuple[Draft, ...]

    @property
    def depth_mm(self) -> npt.NDArray[np.float32]:
        """Depth of each cell of bone, mm."""
        depth: npt.NDArray[np.float32] = self.cells.depth_mm.reshape(-1)[self.basins.flat]
        return depth

    @property
    def cell_ml(self) -> float:
        """Volume of a cell, ml."""
        return self.cells.grid.voxel_ml


def divide(
    native: Runs, volume: Volume, *, scene: Scene, landmarks: Landmarks, mineral: Mineral
) -> Division | None:
    """Divide native bone into pieces and find the parts that may not belong to it.

    Parameters
    ----------
    native
        Runs of what was taken for native bone.
    volume, scene, landmarks, mineral
        Of the same scan.

    Returns
    -------
    Division or None
        ``None`` without bone.
    """
    cells = bone_cells(native, volume)
    if cells is None:
        return None
    found = basins(cells.solid, cells.depth_mm)
    pieces = merged(found, LEAST_PIECE_CELLS)
    shape = found.shape_kji
    middle = cells.of_coarse_column(scene.grid, landmarks.middle_i)
    # Where no midline is known, nowhere is the other side's.
    shown = _sampled(scene.body & landmarks.middle.known, scene, cells)
    mirrored = mirror(found, pieces, cells, middle_i=middle, shown=shown)
    index = np.stack(np.unravel_index(found.flat, shape), axis=1).astype(np.int64)
    division = Division(cells, found, index, pieces[found.of_cell], mirrored, ())
    metal = _sampled(mineral.metal_mm < NEAR_METAL_MM, scene, cells).reshape(-1)[found.flat]
    bodies = [
        body
        for body in one_sided(found, mirrored, shape)
        if not _is_pool(division.index_kji[body], cells, volume)
    ]
    drafts = [_one_sided_draft(body, division, metal) for body in bodies]
    drafts += _unseen_drafts(division)
    kept = [draft for draft in drafts if draft is not None]
    kept.sort(key=lambda one: (-one.probability, one.id))
    return Division(cells, found, index, division.piece, mirrored, tuple(_distinct(kept)))


def _is_pool(index_kji: Int64, cells: Cells, volume: Volume) -> bool:
    """Whether cells of bone are as even as blood with contrast."""
    if len(index_kji) * cells.grid.voxel_ml < POOL_ML:
        return False
    stride = np.array(cells.stride_kji)
    middle = (index_kji + np.array(cells.low_kji)) * stride + stride // 2
    inside = np.minimum(middle, np.array(volume.hu.shape) - 1)
    low, high = np.percentile(volume.hu[tuple(inside.T)], [25, 95])
    return float(high) <= POOL_HU and float(high - low) <= POOL_RANGE_HU


def _sampled(mask: Mask, scene: Scene, cells: Cells) -> Mask:
    """Mask of the scene's grid, at the cells of the box."""
    k, j, i = (
        np.minimum((np.arange(size) + low) * step // coarse, last - 1)
        for size, low, step, coarse, last in zip(
            cells.solid.shape,
            cells.low_kji,
            cells.stride_kji,
            scene.stride_kji,
            mask.shape,
            strict=True,
        )
    )
    sampled: Mask = mask[np.ix_(k, j, i)]
    return sampled


def _one_sided_draft(
    members: Int64, division: Division, metal: npt.NDArray[np.bool_]
) -> Draft | None:
    """Part that the other side does not have."""
    volume_ml = len(members) * division.cell_ml
    if volume_ml < LEAST_PART_ML:
        return None
    strong = float((~division.mirror.near[members]).mean())
    met, near = around(members, division)
    beside_metal = bool(metal[members].any())
    logit = (
        LOGIT_BASE
        + PER_STRONG * (strong - 0.5)
        + PER_NEAR * (near - 0.97)
        + PER_MET * (met - 0.85)
        + PER_DOUBLING * float(np.clip(log2(volume_ml / 3.0), -3.0, 1.5))
        + METAL * beside_metal
    )
    probability = 1.0 / (1.0 + exp(-logit))
    reasons = [
        f"{strong:.0%} of it lies farther than about 6 mm from the mirror image of the other side",
        f"the bone around it meets its own image in {met:.0%} ({near:.0%} to within 6 mm)",
        f"{volume_ml:.1f} ml, up to {2.0 * float(division.depth_mm[members].max()):.0f} mm thick",
    ]
    joined = joined_pieces(members, division)
    if joined >= 2:
        reasons.append(f"it joins {joined} pieces of bone")
    if beside_metal:
        reasons.append("metal lies beside it, so the sides differ for that reason too")
    sure = probability >= CALLED_FROM and volume_ml >= CALLED_ML
    state = Belonging.ECTOPIC if sure else Belonging.NATIVE
    return Draft(name_of(members, division), members, probability, tuple(reasons), state)


def around(members: Int64, division: Division) -> tuple[float, float]:
    """Share of the bone around some cells that meets its mirror image, and that comes near it."""
    index = division.index_kji
    reach = np.ceil(AROUND_MM / np.array(division.cells.spacing_kji_mm)).astype(np.int64)
    low, high = index[members].min(axis=0) - reach, index[members].max(axis=0) + reach
    beside = ((index >= low) & (index <= high)).all(axis=1)
    beside[members] = False
    if not beside.any():
        return 0.0, 0.0
    met, near = division.mirror.met[beside], division.mirror.near[beside]
    return float(met.mean()), float(near.mean())


def joined_pieces(members: Int64, division: Division) -> int:
    """How many pieces of other bone lie against some cells."""
    shape = np.array(division.cells.solid.shape)
    number = np.full(shape + 2, -1, dtype=np.int64)
    index = division.index_kji + 1
    number[tuple(index.T)] = division.piece
    own = index[members]
    number[tuple(own.T)] = -1
    steps = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    beside = number[tuple((own[:, None] + steps).reshape(-1, 3).T)]
    return int(np.unique(beside[beside >= 0]).size)


def _unseen_drafts(division: Division) -> list[Draft | None]:
    """Pieces set off by necks whose other side the field of view does not show."""
    order = np.argsort(division.piece, kind="stable")
    first = np.searchsorted(division.piece[order], np.arange(int(division.piece.max()) + 2))
    found: list[Draft | None] = []
    low, high = UNSEEN_ML
    for start, stop in zip(first[:-1].tolist(), first[1:].tolist(), strict=True):
        members = order[start:stop]
        volume_ml = len(members) * division.cell_ml
        if division.mirror.known[members[0]] or not low <= volume_ml <= high:
            continue
        reasons = (
            "a neck or a change of thickness sets it off",
            "the field of view does not show its other side, so nothing else can be said",
            f"{volume_ml:.1f} ml",
        )
        found.append(Draft(name_of(members, division), members, UNSEEN_PROBABILITY, reasons))
    return found


def name_of(members: Int64, division: Division) -> str:
    """Id of a part, from its place: the same in every run on the same scan."""
    centre = division.cells.centres_lps_mm(division.index_kji[members]).mean(axis=0)
    x, y, z = (round(at) for at in centre.tolist())
    return f"p{x:+d}{y:+d}{z:+d}"


def _distinct(drafts: list[Draft]) -> list[Draft]:
    """One part for each id: two that share a centre to the millimetre are told as the likelier."""
    return list({draft.id: draft for draft in reversed(drafts)}.values())[::-1]
