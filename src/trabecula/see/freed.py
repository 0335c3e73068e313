"""Parts cut out of the scan: their voxels, and native bone without those that are ectopic."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trabecula.model import Anatomy, Belonging, Box, Labels, Mask, Part, Tissue, Volume
from trabecula.see.bodies import Int64, Runs, flat_in_volume, joined, mask_in_box, runs_of_voxels
from trabecula.see.labelled import touched
from trabecula.see.morphology import grown, grown_by_box
from trabecula.see.outline import filled
from trabecula.see.parts import MOST_OFFERED, OFFERED_FROM, Division, Draft
from trabecula.see.regions import Places

VOXELS = (1.0, 1.0, 1.0)
"""Edges of a voxel, where distance is counted in voxels."""


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Voxels of one part.

    Attributes
    ----------
    draft
        The part.
    box
        Where it lies in the volume.
    reach : (k, j, i) bool
        Its cells, with those at its surface that are too empty to be cells of bone.
    mineral : (k, j, i) bool
        Native mineral in them.
    inside : (k, j, i) bool
        Its cells that have no surface: bone and marrow.
    """

    draft: Draft
    box: Box
    reach: Mask
    mineral: Mask
    inside: Mask

    @property
    def mask(self) -> Mask:
        """Its mineral and the marrow inside."""
        return self.mineral | self.inside


def cut_out(draft: Draft, division: Division, native: Runs) -> Cut:
    """Voxels of a part."""
    if draft.drawn is not None:
        box, mask = draft.drawn.box, draft.drawn.mask
        mineral = mineral_in(native, box)
        return Cut(draft, box, mask, mineral & mask, mask & _without_surface(mask | mineral))
    cells, index = division.cells, division.index_kji[draft.members]
    low = np.maximum(index.min(axis=0) - 1, 0)
    high = np.minimum(index.max(axis=0) + 2, cells.solid.shape)
    block = tuple(slice(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True))
    own = np.zeros(high - low, dtype=bool)
    own[tuple((index - low).T)] = True
    solid = cells.solid[block]
    reach = own | (grown_by_box(own, (1, 1, 1)) & ~solid)
    inner = own & ~grown_by_box(~solid, (1, 1, 1))
    box = cells.box_of(low, high, native.shape_kji)
    wide, inside = cells.upsampled(reach, box), cells.upsampled(inner, box)
    mineral = mineral_in(native, box)
    if draft.state is Belonging.ECTOPIC:
        # The marrow of a shell thinner than three cells.
        inside |= wide & _without_surface(filled(mineral, cells.voxel_kji_mm))
    return Cut(draft, box, wide, mineral & wide, inside)


def _without_surface(bone: Mask) -> Mask:
    """Voxels of bone that have no face towards soft tissue, also where other bone begins."""
    return ~grown(~bone, 1.0, VOXELS)


def mineral_in(runs: Runs, box: Box) -> Mask:
    """Voxels of some runs in a box."""
    _, rows, columns = runs.shape_kji
    first, last = np.searchsorted(
        runs.start, [box[0].start * rows * columns, box[0].stop * rows * columns]
    )
    voxels = runs.take(np.arange(first, last)).voxels()
    return mask_in_box(voxels, runs.shape_kji, box)


@dataclass(frozen=True, slots=True, eq=False)
class Freed:
    """The scan with ectopic parts taken from native bone.

    Attributes
    ----------
    anatomy
        Without labels where parts are ectopic.
    outside, native
        Runs of mineral, the ectopic parts moved from native to outside.
    voxels
        Flat indices of the mineral of each ectopic part.
    inside
        Flat indices of what lies inside each, marrow too.
    """

    anatomy: Anatomy
    outside: Runs
    native: Runs
    voxels: tuple[Int64, ...]
    inside: tuple[Int64, ...]


def freed(
    cuts: Sequence[Cut], *, anatomy: Anatomy, outside: Runs, native: Runs, volume: Volume
) -> Freed:
    """Take the ectopic parts out of native bone."""
    gone = [cut for cut in cuts if cut.draft.state is Belonging.ECTOPIC and cut.mineral.any()]
    if not gone:
        return Freed(anatomy, outside, native, (), ())
    voxels = tuple(flat_in_volume(cut.mineral, cut.box, native.shape_kji) for cut in gone)
    labels: Labels = anatomy.labels.copy()
    bone = np.zeros(int(np.iinfo(labels.dtype).max) + 1, dtype=bool)
    bone[list(anatomy.of(Tissue.BONE))] = True
    for cut in gone:
        part = labels[cut.box]
        part[cut.reach & bone[part]] = 0
    taken = np.unique(np.concatenate(voxels))
    return Freed(
        replace(anatomy, labels=labels),
        joined(outside, runs_of_voxels(taken, volume.hu)),
        without(native, taken, volume),
        voxels,
        tuple(flat_in_volume(cut.inside, cut.box, native.shape_kji) for cut in gone),
    )


def without(runs: Runs, taken: Int64, volume: Volume) -> Runs:
    """Take voxels from runs; only runs that hold some are cut anew."""
    at = np.searchsorted(runs.start, taken, side="right") - 1
    hit = np.zeros(len(runs), dtype=bool)
    hit[at] = True
    left = np.setdiff1d(runs.take(hit).voxels(), taken, assume_unique=True)
    return joined(runs.take(~hit), runs_of_voxels(left, volume.hu))


def offered(drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """Parts that the result lists: those decided, and the likeliest of the rest."""
    said = [d for d in drafts if d.state is Belonging.ECTOPIC or d.decided_by.value == "edit"]
    open_ones = [d for d in drafts if d not in said and d.probability >= OFFERED_FROM]
    listed = [*said, *open_ones[:MOST_OFFERED]]
    return tuple(sorted(listed, key=lambda one: (-one.probability, one.id)))


def part_of(cut: Cut, *, anatomy: Anatomy, places: Places, volume: Volume) -> Part:
    """Part as the result lists it."""
    mask = cut.mask if cut.mask.any() else cut.reach
    index = np.argwhere(mask) + [axis.start for axis in cut.box]
    x, y, z = volume.grid.to_lps_mm(index.mean(axis=0)).tolist()
    names, _ = touched(mask, cut.box, anatomy=anatomy)
    return Part(
        id=cut.draft.id,
        mask=mask,
        box=cut.box,
        region=places.region((x, y, z)),
        side=places.side((x, y, z)),
        centroid_lps_mm=(x, y, z),
        volume_ml=float(mask.sum()) * volume.grid.voxel_ml,
        touches=names,
        probability_ectopic=cut.draft.probability,
        reasons=cut.draft.reasons,
        state=cut.draft.state,
        decided_by=cut.draft.decided_by,
    )
