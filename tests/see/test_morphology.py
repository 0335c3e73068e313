"""Distances against SciPy's own morphology."""

import numpy as np
import pytest
from scipy import ndimage

from trabecula.see.morphology import (
    closed,
    grown,
    grown_by_box,
    holes,
    opened,
    opened_by_box,
    shrunk,
)

SPACING = (2.0, 1.0, 1.0)


@pytest.fixture(scope="module")
def blobs() -> np.ndarray:
    rng = np.random.default_rng(5)
    return ndimage.gaussian_filter(rng.normal(size=(20, 30, 30)), 2.0) > 0.05


def test_growing_is_a_distance(blobs: np.ndarray) -> None:
    distance = ndimage.distance_transform_edt(~blobs, sampling=SPACING)

    assert np.array_equal(grown(blobs, 3.0, SPACING), distance <= 3.0)


def test_shrinking_is_growing_of_the_rest(blobs: np.ndarray) -> None:
    assert np.array_equal(shrunk(blobs, 3.0, SPACING), ~grown(~blobs, 3.0, SPACING))


def test_closing_adds_and_opening_takes(blobs: np.ndarray) -> None:
    assert (closed(blobs, 2.0, SPACING) >= blobs).all()
    assert (opened(blobs, 2.0, SPACING) <= blobs).all()


def test_holes_are_those_of_scipy(blobs: np.ndarray) -> None:
    shell = ndimage.binary_dilation(blobs) & ~ndimage.binary_erosion(blobs)

    assert np.array_equal(holes(shell), ndimage.binary_fill_holes(shell) & ~shell)


def test_nothing_grows_to_nothing() -> None:
    assert not grown(np.zeros((4, 4, 4), dtype=bool), 2.0, SPACING).any()
    assert shrunk(np.ones((4, 4, 4), dtype=bool), 2.0, SPACING).all()


@pytest.mark.parametrize("half", [(0, 1, 1), (1, 1, 1), (1, 0, 2)])
def test_a_box_grows_as_scipy_dilates(blobs: np.ndarray, half: tuple[int, int, int]) -> None:
    box = np.ones([2 * n + 1 for n in half], dtype=bool)

    assert np.array_equal(grown_by_box(blobs, half), ndimage.binary_dilation(blobs, box))
    eroded = ndimage.binary_erosion(blobs, box, border_value=1)
    assert np.array_equal(opened_by_box(blobs, half), ndimage.binary_dilation(eroded, box))


def test_large_radii_are_distances_too(blobs: np.ndarray) -> None:
    distance = ndimage.distance_transform_edt(~blobs, sampling=(1.0, 0.5, 0.5))

    assert np.array_equal(grown(blobs, 6.0, (1.0, 0.5, 0.5)), distance <= 6.0)
