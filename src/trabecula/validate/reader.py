"""A reader who corrects what the program took for native bone, as a person would at the screen.

Each lesion that has fused to bone and is not outlined gets edits until it is, five at most. A part
that the program offers and that covers the lesion is toggled. Otherwise the reader marks the lesion
at its thickest point, the bone beneath each of its bases, looks at the outline, and marks what is
most wrong in it. Marks are set by hand: they miss their aim by a few millimetres, yet never the
body that they are meant for, and a radius is as large as what the mark surely lies in. All edits of
a scan are kept in one set, as in the file of a reader.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from trabecula.errors import ContextError
from trabecula.model import (
    Belonging,
    Box,
    Edits,
    Float32,
    Float64,
    Mask,
    Seed,
    Seen,
    Tissue,
    Toggle,
    Volume,
    overlap,
)
from trabecula.run import analyze
from trabecula.see import see
from trabecula.see.outline import filled
from trabecula.validate.acquire import TrueBody
from trabecula.validate.matching import dice_of, match, within
from trabecula.validate.truth import Truth

MOST_EDITS = 5
"""Edits a reader makes for one lesion."""

ENOUGH_DICE = 0.8
"""An outline as good as this is left as it is."""

LEAST_ML = 1.0
"""Smaller lesions are not corrected."""

COVERS_DICE = 0.5
"""A part that agrees with the lesion this well is toggled; a worse one takes in too much."""

HAND_MM = 1.6
"""Error of the hand along each axis, SD: 2.5 mm on average."""

SURE_SHARE = 0.8
"""A radius is this part of the way from the mark to the nearest border."""

RADIUS_MM = (1.0, 25.0)
"""Least and largest radius a reader gives."""

AROUND_MM = 30.0
"""Bone this far around a lesion is looked at."""

BASE_MM = 3.0
"""Bone this near to a lesion lies under its base."""

UNDER_MM = 15.0
"""The mark on native bone lies this near to a base."""

MOST_BASES = 2
"""Bases that are marked before anything else: a bridge has two."""

LEAST_BASE_VOXELS = 4
"""Fewer voxels are no base."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What became of one lesion.

    Attributes
    ----------
    found, dice
        After the edits.
    edits, toggles
        How many, and how many of them were toggles of offered parts.
    covered_dice
        Agreement of the lesion with the offered part that fits it best; 0 without one.
    seconds
        Of analysing the scan anew with all edits.
    """

    found: bool
    dice: float
    edits: int
    toggles: int
    covered_dice: float
    seconds: float


def corrected(
    volume: Volume,
    bodies: Sequence[TrueBody],
    truths: Mapping[int, Truth],
    seen: Seen,
    *,
    seed: int,
) -> dict[int, Correction]:
    """Correct every fused lesion of a scan, and tell what came of each, by its number.

    Parameters
    ----------
    volume
    bodies, truths
        What the reader knows.
    seen
        What the program found by itself.
    seed
        Of the hand's error.
    """
    own = [body for body in bodies if is_corrected(truths[body.label])]
    if not own:
        return {}
    desk = Desk(volume, bodies, np.random.default_rng((seed, 17)), seen)
    covers = {body.label: best_part(body, seen)[1] for body in own}
    counts = {body.label: desk.correct(body) for body in own}
    begun = time.perf_counter()
    if desk.edits:
        analyze(volume, edits=desk.edits)
    seconds = time.perf_counter() - begun if desk.edits else 0.0
    pairs = match(desk.seen.lesions, bodies).pairs
    return {
        label: Correction(
            found=label in pairs,
            dice=pairs[label][1] if label in pairs else 0.0,
            edits=edits,
            toggles=toggles,
            covered_dice=covers[label],
            seconds=seconds,
        )
        for label, (edits, toggles) in counts.items()
    }


def is_corrected(truth: Truth) -> bool:
    """Whether a reader corrects lesions of this kind: on bone, one millilitre or more."""
    fused = truth.contact in ("fused", "bridging")
    return fused and truth.volume_ml >= LEAST_ML and truth.expected_kind == "lesion"


@dataclass(slots=True)
class Desk:
    """The scan in front of the reader, what was said of it, and what the program sees then."""

    volume: Volume
    bodies: Sequence[TrueBody]
    random: np.random.Generator
    seen: Seen
    edits: Edits = field(default_factory=Edits)

    def correct(self, body: TrueBody) -> tuple[int, int]:
        """Edit until a lesion is outlined; the number of edits, and of toggles among them."""
        made = toggles = 0
        for step in (self._toggle, self._marks, *[self._worst] * MOST_EDITS):
            if made == MOST_EDITS or self._dice(body) >= ENOUGH_DICE:
                break
            said = step(body)
            room = MOST_EDITS - made
            said = replace(said, toggle=said.toggle[:room], seed=said.seed[:room])
            made += len(said.toggle) + len(said.seed)
            toggles += len(said.toggle)
            self._say(said)
        return made, toggles

    def _say(self, said: Edits) -> None:
        """Analyse with further edits; those that the program refuses are dropped."""
        if not said:
            return
        more = replace(
            self.edits,
            toggle=(*self.edits.toggle, *said.toggle),
            seed=(*self.edits.seed, *said.seed),
        )
        try:
            self.seen = see(self.volume, edits=more)
            self.edits = more
        except ContextError:
            for one in said.seed if len(said.seed) > 1 else ():
                self._say(Edits(seed=(one,)))

    def _dice(self, body: TrueBody) -> float:
        pair = match(self.seen.lesions, self.bodies).pairs.get(body.label)
        return 0.0 if pair is None else pair[1]

    def _toggle(self, body: TrueBody) -> Edits:
        """Toggle the part that covers the lesion."""
        part, dice = best_part(body, self.seen)
        if part is None or dice < COVERS_DICE:
            return Edits()
        return Edits(toggle=(Toggle(Belonging.ECTOPIC, part=part),))

    def _marks(self, body: TrueBody) -> Edits:
        """Mark the lesion at its thickest point, and the bone beneath its bases."""
        place = _Place(self.volume, body.box)
        lesion = place.cut(body.mask, body.box)
        seeds = [self._mark(place, lesion, Belonging.ECTOPIC)]
        bone = self._bone(place)
        for where in _bases(bone, lesion, place):
            seeds.append(self._mark(place, bone, Belonging.NATIVE, near=where))
        return Edits(seed=tuple(seeds))

    def _worst(self, body: TrueBody) -> Edits:
        """Mark the largest thing that is wrong: of the lesion missed, or of the bone taken in."""
        place = _Place(self.volume, body.box)
        lesion = place.cut(body.mask, body.box)
        shown = np.zeros_like(lesion)
        for one in self.seen.lesions:
            shown |= place.cut(one.mask, one.box)
        others = np.zeros_like(lesion)
        for other in self.bodies:
            if other.label != body.label:
                others |= place.cut(other.mask, other.box)
        bright = self.volume.hu[place.box] >= self.seen.noise.mineral_threshold_hu
        missed = _largest(lesion & ~shown & bright)
        spilt = _largest(_with(shown & ~others, lesion) & ~lesion)
        if not missed.any() and not spilt.any():
            return Edits()
        if missed.sum() >= spilt.sum():
            return Edits(seed=(self._mark(place, missed, Belonging.ECTOPIC),))
        return Edits(seed=(self._mark(place, spilt, Belonging.NATIVE),))

    def _bone(self, place: "_Place") -> Mask:
        """Bone in a place that is none of the lesions, marrow included."""
        anatomy = self.seen.anatomy
        bone = anatomy.mask(anatomy.of(Tissue.BONE), place.box)
        for body in self.bodies:
            bone &= ~place.cut(body.mask, body.box)
        native: Mask = filled(bone, self.volume.spacing_kji_mm)
        for body in self.bodies:
            native &= ~place.cut(body.mask, body.box)
        return native

    def _mark(
        self, place: "_Place", mask: Mask, belongs: Belonging, *, near: Mask | None = None
    ) -> Seed:
        """Mark set by hand in the thickest place of a body, or the thickest near some of it."""
        depth = place.depth_mm(mask)
        aims = depth if near is None else np.where(place.distance_mm(near) <= UNDER_MM, depth, 0.0)
        aim = np.array(np.unravel_index(int(np.argmax(aims)), mask.shape))
        hit = self._by_hand(aim, mask, place.spacing_mm)
        low, high = RADIUS_MM
        radius = float(np.clip(SURE_SHARE * depth[tuple(hit)], low, high))
        x, y, z = self.volume.grid.to_lps_mm(hit + place.start).tolist()
        return Seed((round(x, 1), round(y, 1), round(z, 1)), belongs, round(radius, 1))

    def _by_hand(
        self, aim: np.ndarray[tuple[int], np.dtype[np.int64]], mask: Mask, spacing_mm: Float64
    ) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Where the hand hits: near the aim, and in the body it is meant for."""
        for _ in range(20):
            moved = aim + self.random.normal(0.0, HAND_MM, 3) / spacing_mm
            hit = np.rint(moved).astype(np.int64)
            if (hit >= 0).all() and (hit < mask.shape).all() and mask[tuple(hit)]:
                return hit
        return aim


class _Place:
    """Part of a scan around a lesion."""

    def __init__(self, volume: Volume, box: Box) -> None:
        self.box = volume.grid.pad(box, AROUND_MM)
        self.spacing_mm = volume.grid.spacing_kji_mm
        self.start = np.array([axis.start for axis in self.box])
        self.shape = tuple(axis.stop - axis.start for axis in self.box)

    def cut(self, mask: Mask, box: Box) -> Mask:
        """Mask of another box, in this one."""
        whole = np.zeros(self.shape, dtype=bool)
        both = overlap(self.box, box)
        if both is not None:
            within(whole, self.box, both)[...] = within(mask, box, both)
        return whole

    def depth_mm(self, mask: Mask) -> Float32:
        """Distance of a body's voxels to its surface."""
        import edt

        k, j, i = self.spacing_mm.tolist()
        depth: Float32 = edt.edt(np.pad(mask, 1), anisotropy=(k, j, i))[1:-1, 1:-1, 1:-1]
        return depth

    def distance_mm(self, mask: Mask) -> Float32:
        """Distance to a body."""
        import edt

        k, j, i = self.spacing_mm.tolist()
        distance: Float32 = edt.edt(np.ascontiguousarray(~mask), anisotropy=(k, j, i))
        return distance


def best_part(body: TrueBody, seen: Seen) -> tuple[str | None, float]:
    """Offered part that agrees best with a lesion, and how well."""
    best: tuple[str | None, float] = (None, 0.0)
    for part in seen.parts:
        best = max(best, (part.id, dice_of(part, body)), key=lambda one: one[1])
    return best


def _bases(bone: Mask, lesion: Mask, place: _Place) -> list[Mask]:
    """Patches of bone against a lesion, largest first."""
    near = bone & (place.distance_mm(lesion) <= BASE_MM)
    patches = [patch for patch in _pieces(near) if patch.sum() >= LEAST_BASE_VOXELS]
    return patches[:MOST_BASES]


def _pieces(mask: Mask) -> list[Mask]:
    """Pieces that hang together, largest first."""
    from scipy.ndimage import label

    labels, count = label(mask, np.ones((3, 3, 3)))
    sizes = np.bincount(labels.reshape(-1), minlength=count + 1)[1:]
    return [labels == 1 + int(n) for n in np.argsort(-sizes, kind="stable")]


def _largest(mask: Mask) -> Mask:
    return next(iter(_pieces(mask)), mask)


def _with(mask: Mask, core: Mask) -> Mask:
    """Pieces of a mask that hold some of a core."""
    held = [piece for piece in _pieces(mask) if (piece & core).any()]
    joined: Mask = np.any(held, axis=0) if held else np.zeros_like(mask)
    return joined
