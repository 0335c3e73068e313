"""Found lesions are matched to true ones by what they share."""

import numpy as np

from trabecula.model import Border, Box, Lesion, Mask
from trabecula.validate.acquire import TrueBody
from trabecula.validate.matching import dice_of, match


def cube(start: int, edge: int) -> tuple[Box, Mask]:
    side = slice(start, start + edge)
    return (side, side, side), np.ones((edge,) * 3, dtype=bool)


def body(label: int, start: int, edge: int) -> TrueBody:
    box, mask = cube(start, edge)
    return TrueBody(label, box, mask)


def lesion(number: int, start: int, edge: int) -> Lesion:
    box, mask = cube(start, edge)
    return Lesion(number, mask, box, None, None, (0.0, 0.0, 0.0), (0.0,) * 6, Border.CLEAR, 130.0)


def test_the_same_voxels_have_a_dice_of_one() -> None:
    assert dice_of(lesion(1, 10, 6), body(1, 10, 6)) == 1.0


def test_half_of_each_edge_in_common_is_an_eighth() -> None:
    assert dice_of(lesion(1, 13, 6), body(1, 10, 6)) == 0.125


def test_each_true_lesion_takes_its_best_match() -> None:
    matches = match([lesion(1, 11, 6), lesion(2, 10, 6)], [body(7, 10, 6)])

    assert matches.pairs == {7: (1, 1.0)}
    assert matches.fragments == {0: 7}
    assert matches.alarms == ()


def test_one_found_lesion_cannot_be_two_true_ones() -> None:
    matches = match([lesion(1, 10, 12)], [body(1, 10, 6), body(2, 16, 6)])

    assert len(matches.pairs) == 1


def test_what_lies_beside_a_true_lesion_is_a_fragment_and_elsewhere_an_alarm() -> None:
    matches = match([lesion(1, 17, 2), lesion(2, 60, 4)], [body(3, 10, 6)])

    assert matches.pairs == {}
    assert matches.fragments == {0: 3}
    assert matches.alarms == (1,)
