"""What a reader said of parts, carried out: parts toggled, and bone divided between seeds."""

from collections.abc import Sequence
from dataclasses import replace
from heapq import heapify, heappop, heappush

import numpy as np
import numpy.typing as npt

from trabecula.errors import ContextError
from trabecula.model import Belonging, DecidedBy, Edits, LesionEdit, Seed, Toggle, Volume
from trabecula.model.part import Point
from trabecula.see.bodies import Int64
from trabecula.see.gather import Outlined
from trabecula.see.morphology import components
from trabecula.see.parts import Division, Draft, name_of

REACH_MM = 6.0
"""A point may miss mineral by this much: two cells."""

ECTOPIC, NATIVE = 1, 2
"""Marks of cells in a division between seeds."""

FACES = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))


def decided(division: Division, edits: Edits) -> tuple[Draft, ...]:
    """Parts after a reader's edits: the program's, those toggled, and those grown from seeds.

    Parameters
    ----------
    division
        Bone and the program's own parts.
    edits

    Raises
    ------
    ContextError
        When an edit names a part that is not there, or a point without bone.
    """
    drafts = list(division.drafts)
    for number, toggle in enumerate(edits.toggle, start=1):
        drafts = _toggled(drafts, toggle, division, number=number)
    if edits.seed:
        drafts = _seeded(drafts, edits.seed, division)
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


def _seeded(drafts: list[Draft], seeds: Sequence[Seed], division: Division) -> list[Draft]:
    """Parts after the bone about the seeds was divided between them."""
    marks = np.zeros(len(division.index_kji), dtype=np.int8)
    region = np.zeros(len(marks), dtype=bool)
    balls = [
        inside(seed.at_lps_mm, division, radius_mm=seed.radius_mm, what=f"Seed {number}")
        for number, seed in enumerate(seeds, start=1)
    ]
    touched: set[str] = set()
    for seed, ball in zip(seeds, balls, strict=True):
        hit = [draft for draft in drafts if np.isin(ball, draft.members).any()]
        if seed.belongs is Belonging.NATIVE:
            hit = [draft for draft in hit if draft.state is Belonging.ECTOPIC]
        else:
            region |= np.isin(division.piece, division.piece[ball])
        for draft in hit:
            touched.add(draft.id)
            region[draft.members] = True
            marks[draft.members[~division.mirror.near[draft.members]]] = ECTOPIC
    for seed, ball in zip(seeds, balls, strict=True):
        if seed.belongs is Belonging.NATIVE:
            _clear_about(marks, ball, division)
    _mark_mirrored(
        marks,
        region,
        [b for s, b in zip(seeds, balls, strict=True) if s.belongs is Belonging.ECTOPIC],
        division,
    )
    for word in (Belonging.NATIVE, Belonging.ECTOPIC):
        for seed, ball in zip(seeds, balls, strict=True):
            if seed.belongs is word:
                region[ball] = True
                marks[ball] = ECTOPIC if word is Belonging.ECTOPIC else NATIVE
    found = _flooded(marks, region, division) == ECTOPIC
    return [*_left(drafts, touched, found), *_bodies(found, division)]


def _mark_mirrored(
    marks: npt.NDArray[np.int8],
    region: npt.NDArray[np.bool_],
    balls: Sequence[Int64],
    division: Division,
) -> None:
    """Mark as native what the other side has too, where a seed says that this side has more.

    Not close about the seeds: there the reader's word goes before the mirror image.
    """
    if not any(division.mirror.met[ball].mean() < ALIKE_SHARE for ball in balls):
        return
    own = marks.copy()
    marks[region & division.mirror.met & (marks == 0)] = NATIVE
    for ball in balls:
        _clear_about(marks, ball, division)
    marks[own > 0] = own[own > 0]


ALIKE_SHARE = 0.5
"""A seed whose mirror image meets bone in less than this share lies where the sides differ."""

CLEARED = 2.0
"""A native seed takes the program's own word back over this many times its extent."""


def _clear_about(marks: npt.NDArray[np.int8], ball: Int64, division: Division) -> None:
    index = division.index_kji
    low, high = index[ball].min(axis=0), index[ball].max(axis=0)
    wide = np.ceil((high - low + 1) * (CLEARED - 1.0)).astype(np.int64)
    held = ((index >= low - wide) & (index <= high + wide)).all(axis=1)
    marks[held] = 0


def _left(drafts: Sequence[Draft], touched: set[str], found: npt.NDArray[np.bool_]) -> list[Draft]:
    """Parts that no seed touched, less what the seeds took."""
    left = []
    for draft in drafts:
        members = draft.members[~found[draft.members]]
        if draft.id not in touched and members.size:
            left.append(replace(draft, members=members))
    return left


def _bodies(found: npt.NDArray[np.bool_], division: Division) -> list[Draft]:
    """Make each connected body of cells that seeds made ectopic a part, largest first."""
    mask = np.zeros(division.cells.solid.shape, dtype=bool)
    mask.reshape(-1)[division.basins.flat[found]] = True
    labels, count = components(mask, 26)
    of_cell = labels.reshape(-1)[division.basins.flat]
    bodies = [np.flatnonzero(of_cell == n) for n in range(1, count + 1)]
    bodies.sort(key=lambda body: (-len(body), int(body[0])))
    reasons = ("a seed says so",)
    return [
        Draft(name_of(body, division), body, 1.0, reasons, Belonging.ECTOPIC, DecidedBy.EDIT)
        for body in bodies
    ]


def _flooded(
    marks: npt.NDArray[np.int8], region: npt.NDArray[np.bool_], division: Division
) -> npt.NDArray[np.int8]:
    """Spread marks over a region, the deepest cells first, so that they meet at necks."""
    number = np.full(tuple(np.array(division.cells.solid.shape) + 2), -1, dtype=np.int64)
    index = division.index_kji + 1
    within = np.flatnonzero(region)
    number[tuple(index[within].T)] = within
    depth, spread = division.depth_mm, marks.copy()
    beside = {
        cell: near
        for cell, near in zip(
            within.tolist(),
            number[tuple((index[within][:, None] + np.array(FACES)).transpose(2, 0, 1))].tolist(),
            strict=True,
        )
    }
    heap: list[tuple[float, int, int, int]] = []
    step = 0
    for cell in within[marks[within] > 0].tolist():
        heap.append((-float(depth[cell]), step, cell, int(marks[cell])))
        step += 1
    heapify(heap)
    while heap:
        _, _, cell, mark = heappop(heap)
        for near in beside[cell]:
            if near >= 0 and spread[near] == 0:
                spread[near] = mark
                step += 1
                heappush(heap, (-float(depth[near]), step, near, mark))
    return spread
