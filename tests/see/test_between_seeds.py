"""Mineral divided between seeds: fronts meet on a cortex, at a neck, or half-way."""

import numpy as np
import pytest

from trabecula.model import Acquisition, Belonging, Grid, Mask, Seed, Volume
from trabecula.see.between_seeds import block_of, ectopic_in

SHAPE = (30, 60, 40)
AFFINE = np.array([[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1.0]])
BOX = (slice(0, SHAPE[0]), slice(0, SHAPE[1]), slice(0, SHAPE[2]))


def scanned(hu: np.ndarray) -> Volume:
    return Volume(hu.astype(np.int16), Grid(AFFINE, SHAPE), Acquisition("simulated", "0"))


def divided(hu: np.ndarray, *seeds: Seed, presumed: Mask | None = None) -> Mask:
    volume = scanned(hu)
    block = block_of(hu > 130, BOX, volume)
    nothing = np.zeros(len(block.index_kji), dtype=bool)
    native = nothing if presumed is None else presumed[tuple(block.index_kji.T)]
    return ectopic_in(block, seeds, presumed_ectopic=nothing, presumed_native=native)


def seed(j: int, belongs: Belonging, radius: float = 2.0) -> Seed:
    return Seed((20.0, float(j), 15.0), belongs, radius)


@pytest.fixture
def bar() -> np.ndarray:
    """A bar of even density along the rows."""
    hu = np.full(SHAPE, 40)
    hu[10:20, 5:55, 15:25] = 500
    return hu


def test_fronts_meet_half_way_between_the_surfaces_of_the_seeds(bar: np.ndarray) -> None:
    own = divided(bar, seed(10, Belonging.ECTOPIC), seed(40, Belonging.NATIVE, 8.0))

    rows = np.flatnonzero(own.any(axis=(0, 2)))

    assert rows[0] == 5
    assert abs(rows[-1] - 22) <= 1  # from 12 and from 32


def test_fronts_meet_on_the_cortex_between_two_marrows(bar: np.ndarray) -> None:
    bar[:, 5:55][bar[:, 5:55] == 500] = 250
    bar[10:20, 30:33, 15:25] = 1200

    own = divided(bar, seed(10, Belonging.ECTOPIC), seed(52, Belonging.NATIVE))

    assert own[12:18, 8:29, 17:23].all()
    assert not own[12:18, 34:52, 17:23].any()


def test_what_is_presumed_native_yields_to_a_seed_close_by(bar: np.ndarray) -> None:
    presumed = np.zeros(SHAPE, dtype=bool)
    presumed[:, 15:] = True

    own = divided(bar, seed(10, Belonging.ECTOPIC), presumed=presumed)

    rows = np.flatnonzero(own.any(axis=(0, 2)))
    assert abs(rows[-1] - (12 + 15)) <= 2


def test_soft_tissue_and_bodies_apart_are_nobodys(bar: np.ndarray) -> None:
    bar[24:28, 5:15, 30:36] = 500

    own = divided(bar, seed(10, Belonging.ECTOPIC))

    assert not own[bar < 130].any()
    assert not own[24:28].any()
    assert own[10:20, 5:55, 15:25].all()
