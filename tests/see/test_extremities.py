"""Hands beside the trunk: their bones are bones, and other mineral beside the trunk is not."""

from types import SimpleNamespace

import numpy as np
import pytest

from trabecula.model import Kind, Seen
from trabecula.see import see

ROWS_MM = (-30.0, -15.0, 0.0, 15.0, 30.0)


def with_hands(
    phantoms: SimpleNamespace,
    rows_mm: tuple[float, ...] = ROWS_MM,
    sides: tuple[float, ...] = (-1.0, 1.0),
) -> np.ndarray:
    """Trunk with a flat hand at its side, each with a row of slim corticated rods."""
    hu = phantoms.trunk()
    x, y, z = phantoms.points()
    for side in sides:
        hand = ((x - side * 146.0) / 11.0) ** 2 + (y / 45.0) ** 2 <= 1.0
        hu[np.broadcast_to(hand, phantoms.SHAPE)] = 40.0
        for row in rows_mm:
            radius = np.hypot(x - side * 146.0, y - row)
            along = (z > 40.0) & (z < 40.0 + 80.0 + side * 9.0)  # no two hands lie alike
            hu[(radius <= 5.0) & along] = 900.0
            hu[(radius <= 2.0) & along] = 300.0
    return hu


def of_hands(seen: Seen) -> float:
    labels = seen.anatomy.named("bones_of_hand_or_foot")
    return float(seen.anatomy.mask(labels).sum()) * 0.008


@pytest.mark.parametrize("sides", [(-1.0, 1.0), (1.0,)])
def test_bones_of_hands_beside_the_trunk_are_bones(
    phantoms: SimpleNamespace, sides: tuple[float, ...]
) -> None:
    seen = see(phantoms.volume_of(with_hands(phantoms, sides=sides)))

    assert seen.lesions == ()
    # The rods are 71 or 89 mm long, and blur takes some of each.
    assert of_hands(seen) == pytest.approx(
        sum(5 * np.pi * 25.0 * (80.0 + side * 9.0) / 1000.0 for side in sides), rel=0.15
    )


def test_one_rod_in_a_slender_part_is_uncertain_and_no_bone_of_the_hand(
    phantoms: SimpleNamespace,
) -> None:
    seen = see(phantoms.volume_of(with_hands(phantoms, (0.0,), (1.0,))))

    assert seen.lesions == ()
    assert of_hands(seen) == 0.0
    assert Kind.UNCERTAIN in {one.kind for one in seen.set_aside}


def test_a_row_of_bodies_in_the_trunk_is_no_hand(phantoms: SimpleNamespace) -> None:
    hu = phantoms.trunk()
    x, y, z = phantoms.points()
    for row in ROWS_MM:
        radius = np.hypot(x - 105.0, y - row)
        hu[(radius <= 5.0) & (z > 40.0) & (z < 110.0)] = 900.0

    seen = see(phantoms.volume_of(hu))

    assert of_hands(seen) == 0.0
    assert len(seen.lesions) >= 1
