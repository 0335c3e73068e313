"""Runs and bodies against the field's labeller and plain counting."""

import cc3d
import numpy as np
import pytest

from trabecula.see.bodies import (
    beside,
    bright_runs,
    connect,
    flat_in_volume,
    mask_in_box,
    paint,
    runs_of_voxels,
)


@pytest.fixture(scope="module")
def noisy() -> np.ndarray:
    rng = np.random.default_rng(11)
    return rng.normal(0.0, 100.0, (17, 23, 31)).astype(np.int16)


def test_runs_hold_every_bright_voxel_and_no_other(noisy: np.ndarray) -> None:
    runs = bright_runs(noisy, 120)

    assert np.array_equal(runs.voxels(), np.flatnonzero(noisy > 120))


def test_no_run_goes_on_in_the_next_row() -> None:
    hu = np.zeros((2, 3, 4), dtype=np.int16)
    hu[0, 0, 3] = hu[0, 1, 0] = 500

    runs = bright_runs(hu, 100)

    assert len(runs) == 2
    assert len(connect(runs)) == 2  # the ends of two rows are no neighbours


def test_no_body_joins_the_last_row_to_the_next_slice() -> None:
    hu = np.zeros((2, 3, 4), dtype=np.int16)
    hu[0, 2, 1] = hu[1, 0, 1] = 500

    assert len(connect(bright_runs(hu, 100))) == 2


def test_bodies_are_those_of_cc3d(noisy: np.ndarray) -> None:
    bodies = connect(bright_runs(noisy, 120))
    labels, count = cc3d.connected_components(noisy > 120, connectivity=26, return_N=True)

    assert len(bodies) == count
    assert sorted(bodies.voxels) == sorted(np.bincount(labels.reshape(-1))[1:])


def test_what_is_said_of_a_body_is_what_counting_finds(noisy: np.ndarray) -> None:
    bodies = connect(bright_runs(noisy, 120))
    largest = int(np.argmax(bodies.voxels))
    mask = np.zeros(noisy.shape, dtype=bool)
    mask.reshape(-1)[bodies.voxels_of(largest)] = True
    index = np.argwhere(mask)

    assert bodies.voxels[largest] == mask.sum()
    assert bodies.peak[largest] == noisy[mask].max()
    assert bodies.mean()[largest] == pytest.approx(noisy[mask].mean())
    assert bodies.centre_kji[largest] == pytest.approx(index.mean(axis=0))
    assert np.array_equal(bodies.low_kji[largest], index.min(axis=0))
    assert np.array_equal(bodies.high_kji[largest], index.max(axis=0) + 1)
    assert np.array_equal(bodies.mask(largest), mask[bodies.box(largest)])


def test_nothing_bright_gives_no_bodies() -> None:
    bodies = connect(bright_runs(np.zeros((3, 3, 3), dtype=np.int16), 100))

    assert len(bodies) == 0


def test_a_box_and_back_is_the_same_voxels(noisy: np.ndarray) -> None:
    box = (slice(3, 12), slice(4, 20), slice(5, 30))
    voxels = np.flatnonzero(noisy > 120)

    mask = mask_in_box(voxels, (17, 23, 31), box)

    assert np.array_equal(mask, noisy[box] > 120)
    assert set(flat_in_volume(mask, box, (17, 23, 31))) <= set(voxels)


def test_neighbours_at_a_corner_are_beside_and_two_steps_off_are_not() -> None:
    hu = np.zeros((5, 5, 5), dtype=np.int16)
    runs = runs_of_voxels(np.array([np.ravel_multi_index((2, 2, 2), hu.shape)]), hu)
    corner = np.array([np.ravel_multi_index((3, 3, 3), hu.shape)])
    apart = np.array([np.ravel_multi_index((4, 2, 2), hu.shape)])

    assert beside(corner, runs)
    assert not beside(apart, runs)


def test_painting_sets_the_runs_and_nothing_else(noisy: np.ndarray) -> None:
    labels = np.zeros(noisy.shape, dtype=np.uint8)

    paint(labels, bright_runs(noisy, 120), 7)

    assert np.array_equal(labels == 7, noisy > 120)
    assert not labels[noisy <= 120].any()
