"""What is true of a lesion beyond its voxels."""

import numpy as np
import pytest

from trabecula.simulate.truth import bodies_of


@pytest.mark.parametrize(
    ("gap", "second", "bodies"), [(0, 4, 1), (3, 4, 2), (3, 1, 1)], ids=["one", "two", "a crumb"]
)
def test_bodies_are_those_that_hold_a_part_of_the_lesion(
    gap: int, second: int, bodies: int
) -> None:
    mask = np.zeros((20, 10, 10), dtype=bool)
    mask[1:6, 2:7, 2:7] = True
    start = 6 + gap
    mask[start : start + second, 2 : 2 + second, 2 : 2 + second] = True

    assert bodies_of(mask) == bodies


def test_bodies_that_meet_at_a_corner_are_one() -> None:
    mask = np.zeros((4, 4, 4), dtype=bool)
    mask[:2, :2, :2] = mask[2:, 2:, 2:] = True

    assert bodies_of(mask) == 1
