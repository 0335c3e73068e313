"""Which bodies of mineral make one lesion."""

import numpy as np

from trabecula.model import Acquisition, Grid, Volume
from trabecula.see.bodies import bright_runs, connect
from trabecula.see.gather import groups


def two_cubes(gap: int) -> Volume:
    """Two cubes of mineral, a number of voxels of 1 mm apart."""
    hu = np.full((12, 12, 40), 40, dtype=np.int16)
    hu[3:9, 3:9, 3:9] = 600
    hu[3:9, 3:9, 9 + gap : 15 + gap] = 600
    affine = np.array([[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1.0]])
    return Volume(hu, Grid(affine, (12, 12, 40)), Acquisition("simulated", "0"))


def test_pieces_with_a_narrow_gap_are_one_lesion() -> None:
    near, far = two_cubes(1), two_cubes(8)

    assert len(groups([0, 1], connect(bright_runs(near.hu, 130.0)), near)) == 1
    assert len(groups([0, 1], connect(bright_runs(far.hu, 130.0)), far)) == 2


def test_pieces_of_one_part_are_one_lesion_whatever_their_gap() -> None:
    far = two_cubes(8)

    assert len(groups([], connect(bright_runs(far.hu, 130.0)), far, together=[[0, 1]])) == 1


def test_two_parts_stay_apart_however_near() -> None:
    near = two_cubes(1)

    assert len(groups([], connect(bright_runs(near.hu, 130.0)), near, together=[[0], [1]])) == 2
