"""Which found lesion is which true one, by the voxels they share.

A pair counts from a Dice of a tenth on. Pairs are taken from the best down, each lesion once; what
is left of the found ones is a fragment where it lies on a true body, and a false alarm elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trabecula.model import Box, Lesion, Mask, Part, overlap, place_in
from trabecula.validate.acquire import TrueBody

LEAST_DICE = 0.1
"""Least agreement at which a true lesion counts as found."""

NEAR_VOXELS = 3
"""A found lesion this near to a true body is a fragment of it, not a false alarm."""


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """What belongs to what.

    Attributes
    ----------
    pairs
        Number of each true lesion that was found, with its place among the found and the Dice.
    fragments
        Places of the found that lie on true bodies but were not matched, with the body's number.
    alarms
        Places of the found that lie on none.
    """

    pairs: dict[int, tuple[int, float]]
    fragments: dict[int, int]
    alarms: tuple[int, ...]


def match(found: Sequence[Lesion], bodies: Sequence[TrueBody]) -> Matches:
    """Match found lesions to true ones."""
    scores = sorted(
        (
            (dice_of(lesion, body), place, body.label)
            for place, lesion in enumerate(found)
            for body in bodies
            if overlap(lesion.box, body.box) is not None
        ),
        key=lambda one: (-one[0], one[1], one[2]),
    )
    pairs: dict[int, tuple[int, float]] = {}
    used: set[int] = set()
    for dice, place, label in scores:
        if dice < LEAST_DICE or label in pairs or place in used:
            continue
        pairs[label] = (place, dice)
        used.add(place)
    fragments, alarms = {}, []
    for place, lesion in enumerate(found):
        if place in used:
            continue
        on = _lies_on(lesion, bodies)
        if on is None:
            alarms.append(place)
        else:
            fragments[place] = on
    return Matches(pairs, fragments, tuple(alarms))


def within(mask: Mask, box: Box, part: Box) -> Mask:
    """Part of a mask that lies in a box."""
    return mask[place_in(part, box)]


def shared_voxels(lesion: Lesion | Part, body: TrueBody) -> int:
    """Voxels that both hold."""
    part = overlap(lesion.box, body.box)
    if part is None:
        return 0
    both = within(lesion.mask, lesion.box, part) & within(body.mask, body.box, part)
    return int(both.sum())


def dice_of(lesion: Lesion | Part, body: TrueBody) -> float:
    """Twice what is shared, over the sum of both."""
    return 2.0 * shared_voxels(lesion, body) / float(lesion.mask.sum() + body.mask.sum())


def _lies_on(lesion: Lesion, bodies: Sequence[TrueBody]) -> int | None:
    """Return the number of the true body a lesion lies on or beside; ``None`` for none."""
    from scipy.ndimage import binary_dilation

    cube = np.ones((3, 3, 3), dtype=bool)
    grown = binary_dilation(np.pad(lesion.mask, NEAR_VOXELS), cube, iterations=NEAR_VOXELS)
    k, j, i = (slice(a.start - NEAR_VOXELS, a.stop + NEAR_VOXELS) for a in lesion.box)
    box = (k, j, i)
    best, shared = None, 0
    for body in bodies:
        part = overlap(box, body.box)
        if part is None:
            continue
        both = int((within(grown, box, part) & within(body.mask, body.box, part)).sum())
        if both > shared:
            best, shared = body.label, both
    return best
