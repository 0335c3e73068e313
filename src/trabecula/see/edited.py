"""What a reader said of parts, carried out: parts toggled, and bone divided between seeds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from trabecula.errors import ContextError
from trabecula.model import (
    Belonging,
    Box,
    DecidedBy,
    Edits,
    LesionEdit,
    Mask,
    Seed,
    Toggle,
    Volume,
    place_in,
)
from trabecula.model.part import Point
from trabecula.see.between_seeds import Block, block_of, ectopic_in
from trabecula.see.bodies import Int64, Runs
from trabecula.see.freed import mineral_in
from trabecula.see.gather import Outlined
from trabecula.see.morphology import components, holes, opened
from trabecula.see.outline import trimmed
from trabecula.see.parts import Division, Draft, Drawn, name_of

REACH_MM = 6.0
"""A point may miss mineral by this much: two cells."""

ECTOPIC, NATIVE = 1, 2
"""Marks of cells in a division between seeds."""


def decided(division: Division, edits: Edits, *, native: Runs, volume: Volume) -> tuple[Draft, ...]:
    """Parts after a reader's edits: the program's, those toggled, and those grown from seeds.

    Parameters
    ----------
    division
        Bone and the program's own parts.
    edits
    native
        Runs of the same bone.
    volume

    Raises
    ------
    ContextError
        When an edit names a part that is not there, or a point without bone.
    """
    drafts = list(division.drafts)
    for number, toggle in enumerate(edits.toggle, start=1):
        drafts = _toggled(drafts, toggle, division, number=number)
    if edits.seed:
        drafts = _seeded(drafts, edits.seed, division, native, volume)
    return tuple(drafts)


def check(edits: Edits, volume: Volume) -> None:
    """Refuse edits at points that the scan does not hold.

    Raises
    ------
    ContextError
    """
    last = np.array(volume.hu.shape) - 0.5
    points = [
        *((f"Toggle {n}", one.at_lps_mm) for n, one in enumerate(edits.toggle, start=1)),
        *((f"Seed {n}", one.at_lps_mm) for n, one in enumerate(edits.seed, start=1)),
        *((f"Lesion {n}", one.at_lps_mm) for n, one in enumerate(edits.lesion, start=1)),
    ]
    for what, point in points:
        if point is None:
            continue
        index = volume.grid.to_index_kji(point)
        if not (np.isfinite(index).all() and (index >= -0.5).all() and (index <= last).all()):
            raise ContextError(
                f"{what} of the edits lies outside the scan.",
                remedy="Give points in patient coordinates (x, y, z), LPS, mm.",
            )


def denied(
    found: Sequence[Outlined], edits: Sequence[LesionEdit], volume: Volume
) -> tuple[int, ...]:
    """Which outlines a reader said are native bone, by a point in or beside them.

    Raises
    ------
    ContextError
        When no lesion lies at the point.
    """
    numbers: list[int] = []
    for at, edit in enumerate(edits, start=1):
        index = volume.grid.to_index_kji(edit.at_lps_mm)
        apart = [_distance_mm(one, index, volume) for one in found]
        if not apart or min(apart) > REACH_MM:
            raise ContextError(
                f"Lesion {at} of the edits names a point without a lesion.",
                remedy="Give a point in the lesion; what a part is, a toggle says.",
            )
        numbers.append(int(np.argmin(apart)))
    return tuple(dict.fromkeys(numbers))


def _distance_mm(one: Outlined, index: npt.NDArray[np.float64], volume: Volume) -> float:
    places = np.argwhere(one.mask) + [axis.start for axis in one.box]
    apart = (places - index) * volume.grid.spacing_kji_mm
    return float(np.sqrt((apart**2).sum(axis=1).min()))


def inside(point: Point, division: Division, *, radius_mm: float, what: str) -> Int64:
    """Cells of bone within a radius of a point, or the nearest one within reach.

    Raises
    ------
    ContextError
        When there is none.
    """
    centres = division.cells.centres_lps_mm(division.index_kji)
    distance = np.linalg.norm(centres - np.asarray(point), axis=1)
    nearest = int(np.argmin(distance))
    if distance[nearest] > max(REACH_MM, radius_mm):
        raise ContextError(
            f"{what} lies on no bone: the nearest is {distance[nearest]:.0f} mm away.",
            remedy="Give a point in the bone, LPS, mm, as result.json gives centroids.",
        )
    held = np.flatnonzero(distance <= radius_mm)
    return held if held.size else np.array([nearest], dtype=np.int64)


def _toggled(
    drafts: list[Draft], toggle: Toggle, division: Division, *, number: int
) -> list[Draft]:
    """Parts with one of them said to be what the toggle says."""
    found = _named(drafts, toggle, division, number=number)
    changed = replace(found, state=toggle.to, decided_by=DecidedBy.EDIT)
    if any(draft.id == found.id for draft in drafts):
        return [changed if draft.id == found.id else draft for draft in drafts]
    return [*drafts, changed]


def _named(drafts: Sequence[Draft], toggle: Toggle, division: Division, *, number: int) -> Draft:
    if toggle.at_lps_mm is not None:
        what = f"Toggle {number}"
        cell = inside(toggle.at_lps_mm, division, radius_mm=0.0, what=what)[0]
        for draft in drafts:
            if cell in draft.members:
                return draft
        return _piece(int(division.piece[cell]), drafts, division)
    for draft in drafts:
        if draft.id == toggle.part:
            return draft
    for piece in range(int(division.piece.max()) + 1):
        draft = _piece(piece, drafts, division)
        if draft.id == toggle.part:
            return draft
    raise ContextError(
        f"Toggle {number} names a part that this scan does not have.",
        remedy="Take the id from result.json of the same scan, or give a point (at_lps_mm).",
    )


def _piece(piece: int, drafts: Sequence[Draft], division: Division) -> Draft:
    """Piece between necks as a part, less what other parts hold."""
    whole = np.flatnonzero(division.piece == piece)
    taken = [draft.members for draft in drafts]
    members = np.setdiff1d(whole, np.concatenate(taken)) if taken else whole
    members = members if members.size else whole
    met = float(division.mirror.met[members].mean())
    reasons = (
        "a neck or a change of thickness sets it off",
        f"its mirror image meets bone in {met:.0%}",
    )
    return Draft(name_of(members, division), members, 0.0, reasons)


AROUND_MM = 36.0
"""Bone this far around a seed is divided."""

TOGETHER_MM = 45.0
"""Seeds no farther apart than this are weighed against one another."""

TAIL_MM = 2.0
"""Thinner tails of a part, twice this at most, are native cortex that its front ran along."""

THICK_SHARE = 0.6
"""A part that would lose more by that is itself as thin."""

ALIKE_SHARE = 0.5
"""A seed whose mirror image meets bone in less than this share lies where the sides differ."""


def _seeded(
    drafts: list[Draft], seeds: Sequence[Seed], division: Division, native: Runs, volume: Volume
) -> list[Draft]:
    """Parts after the bone about the seeds was divided between them."""
    marks = [
        _Mark(seed, inside(seed.at_lps_mm, division, radius_mm=seed.radius_mm, what=f"Seed {n}"))
        for n, seed in enumerate(seeds, start=1)
    ]
    for group in _together(marks):
        hit = [draft for draft in drafts if any(_hits(mark, draft) for mark in group)]
        if hit or any(mark.ectopic for mark in group):
            found = _divided(group, hit, division, native, volume)
            drafts = [*_left(drafts, hit, found), *found]
    return drafts


@dataclass(frozen=True, slots=True, eq=False)
class _Mark:
    """A seed, and the cells of bone within it."""

    seed: Seed
    cells: Int64

    @property
    def ectopic(self) -> bool:
        """Whether it says so."""
        return self.seed.belongs is Belonging.ECTOPIC


def _hits(mark: _Mark, draft: Draft) -> bool:
    """Whether a seed says something of a part: what is native already needs no seed."""
    meant = mark.ectopic or draft.state is Belonging.ECTOPIC
    return meant and bool(np.isin(mark.cells, draft.members).any())


def _together(marks: Sequence[_Mark]) -> list[list[_Mark]]:
    """Seeds that lie near one another, directly or by others."""
    groups: list[list[_Mark]] = []
    for mark in marks:
        at = np.asarray(mark.seed.at_lps_mm)
        near = [
            group
            for group in groups
            if any(np.linalg.norm(at - one.seed.at_lps_mm) <= TOGETHER_MM for one in group)
        ]
        groups = [group for group in groups if group not in near]
        groups.append([*(one for group in near for one in group), mark])
    return groups


def _divided(
    group: Sequence[_Mark],
    hit: Sequence[Draft],
    division: Division,
    native: Runs,
    volume: Volume,
) -> list[Draft]:
    """Ectopic parts about a group of seeds."""
    cells = np.concatenate([*(mark.cells for mark in group), *(draft.members for draft in hit)])
    index = division.index_kji[cells]
    tight = division.cells.box_of(index.min(axis=0), index.max(axis=0) + 1, native.shape_kji)
    box = volume.grid.pad(tight, AROUND_MM)
    block = block_of(mineral_in(native, box), box, volume)
    ectopic, own = _presumed(group, hit, division)
    word = _of_block(np.where(own, NATIVE, np.where(ectopic, ECTOPIC, 0)), block, division)
    mask = ectopic_in(
        block,
        [mark.seed for mark in group],
        presumed_ectopic=word == ECTOPIC,
        presumed_native=word == NATIVE,
    )
    parts = _bodies(_without_tails(mask, volume), block, division, volume)
    meant = [part for part in parts if _is_meant(part, group, ectopic, volume)]
    return meant or parts[:1]


def _is_meant(
    part: Draft, group: Sequence[_Mark], ectopic: npt.NDArray[np.bool_], volume: Volume
) -> bool:
    """Whether a seed lies in a part, or what is presumed ectopic: the rest are cut tails."""
    if part.drawn is None or ectopic[part.members].any():
        return True
    index = np.argwhere(part.drawn.mask) + [axis.start for axis in part.drawn.box]
    points = volume.grid.to_lps_mm(index)
    seeds = [mark.seed for mark in group if mark.ectopic]
    return any(
        float(np.linalg.norm(points - seed.at_lps_mm, axis=1).min()) <= max(seed.radius_mm, TAIL_MM)
        for seed in seeds
    )


def _without_tails(mask: Mask, volume: Volume) -> Mask:
    """Cut what is too thin, unless most of it is."""
    whole = mask | holes(mask)
    thick = opened(whole, TAIL_MM, volume.spacing_kji_mm)
    return thick & mask if thick.sum() >= THICK_SHARE * whole.sum() else mask


def _presumed(
    group: Sequence[_Mark], hit: Sequence[Draft], division: Division
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Cells that are thought ectopic and native about some seeds, without one of their own.

    Ectopic is what the other side clearly lacks, in parts that a seed hits. Native is what lies
    beyond the necks about the ectopic seeds, and what the other side has too, where a seed lies on
    what it has not.
    """
    ectopic = np.zeros(len(division.piece), dtype=bool)
    for draft in hit:
        ectopic[draft.members[~division.mirror.near[draft.members]]] = True
    balls = [mark.cells for mark in group if mark.ectopic]
    about = np.unique(division.piece[np.concatenate(balls)]) if balls else np.empty(0)
    native = ~np.isin(division.piece, about)
    if any(division.mirror.met[ball].mean() < ALIKE_SHARE for ball in balls):
        native |= division.mirror.met
    native &= ~ectopic
    return ectopic, native


def _of_block(
    words: npt.NDArray[np.int64], block: Block, division: Division
) -> npt.NDArray[np.int64]:
    """Words of the coarse cells of bone, at the cells of a block; at those between, the nearest."""
    from scipy.ndimage import distance_transform_edt

    wide = np.full(division.cells.solid.shape, -1, dtype=np.int64)
    wide[tuple(division.index_kji.T)] = words
    first = [axis.start for axis in block.box]
    voxel = block.index_kji * np.array(block.stride_kji) + np.array(block.stride_kji) // 2 + first
    cell = voxel // np.array(division.cells.stride_kji) - np.array(division.cells.low_kji)
    cell = np.clip(cell, 0, np.array(wide.shape) - 1)
    low, high = cell.min(axis=0), cell.max(axis=0) + 1
    part = wide[tuple(slice(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True))]
    if (part < 0).all():
        return np.zeros(len(cell), dtype=np.int64)
    nearest = distance_transform_edt(part < 0, return_distances=False, return_indices=True)
    filled: npt.NDArray[np.int64] = part[tuple(nearest)][tuple((cell - low).T)]
    return filled


def _left(drafts: Sequence[Draft], touched: Sequence[Draft], found: Sequence[Draft]) -> list[Draft]:
    """Parts that no seed touched, less what the seeds took."""
    taken = np.concatenate([np.empty(0, np.int64), *(draft.members for draft in found)])
    left = []
    for draft in drafts:
        members = np.setdiff1d(draft.members, taken)
        if draft not in touched and members.size:
            same = members.size == draft.members.size
            left.append(draft if same else replace(draft, members=members, drawn=None))
    return left


def _bodies(mask: Mask, block: Block, division: Division, volume: Volume) -> list[Draft]:
    """Make each connected body of voxels that seeds made ectopic a part, largest first."""
    labels, count = components(mask, 26)
    made = []
    for number in range(1, count + 1):
        drawn = _drawn(labels == number, block.box)
        members = _members(drawn, division)
        if members.size == 0:
            continue
        index = np.argwhere(drawn.mask) + [axis.start for axis in drawn.box]
        x, y, z = (round(at) for at in volume.grid.to_lps_mm(index.mean(axis=0)).tolist())
        made.append(
            Draft(
                f"p{x:+d}{y:+d}{z:+d}",
                members,
                1.0,
                ("a seed says so",),
                Belonging.ECTOPIC,
                DecidedBy.EDIT,
                drawn,
            )
        )
    made.sort(key=lambda one: (-len(one.members), one.id))
    return made


def _drawn(mask: Mask, box: Box) -> Drawn:
    """Mask with a rim of one voxel, where the box has one."""
    _, tight = trimmed(mask, box)
    k, j, i = (
        slice(max(own.start - 1, whole.start), min(own.stop + 1, whole.stop))
        for own, whole in zip(tight, box, strict=True)
    )
    return Drawn(mask[place_in((k, j, i), box)], (k, j, i))


def _members(drawn: Drawn, division: Division) -> Int64:
    """Cells of bone whose middle lies in a part."""
    stride = np.array(division.cells.stride_kji)
    low = np.array([axis.start for axis in drawn.box])
    middle = (division.index_kji + np.array(division.cells.low_kji)) * stride + stride // 2 - low
    held = np.flatnonzero(((middle >= 0) & (middle < drawn.mask.shape)).all(axis=1))
    members: Int64 = held[drawn.mask[tuple(middle[held].T)]]
    return members
