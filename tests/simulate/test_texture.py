import numpy as np
import pytest

from trabecula.simulate.lattice import Lattice
from trabecula.simulate.texture import BLOCK_KJI, grain, quantum_noise

SPACING = (1.5, 0.85, 0.85)


def lattice(shape, first=(0, 0, 0)):
    z, y, x = (np.arange(n, dtype=np.float32) for n in shape)
    return Lattice(x, y, z, first)


def test_grain_has_mean_zero_and_sd_one():
    block = grain(SPACING, scale_mm=1.0, seed=3).block

    assert block.mean() == pytest.approx(0.0, abs=1e-4)
    assert block.std() == pytest.approx(1.0, abs=1e-4)


def test_grain_of_larger_scale_is_smoother():
    fine, slow = (grain(SPACING, scale_mm=s, seed=3).block for s in (0.6, 3.5))

    assert np.diff(slow, axis=2).std() < 0.5 * np.diff(fine, axis=2).std()


def test_texture_repeats_without_a_seam():
    block = grain(SPACING, scale_mm=3.0, seed=1).block
    seam = (block[:, :, 0] - block[:, :, -1]).std()

    assert seam == pytest.approx(np.diff(block, axis=2).std(), rel=0.1)


def test_a_part_of_a_scan_has_the_texture_of_the_whole():
    texture = grain(SPACING, scale_mm=1.0, seed=1)
    whole = texture.at(lattice((60, 150, 150)))
    part = texture.at(lattice((5, 6, 7), first=(50, 140, 20)))

    assert np.array_equal(part, whole[50:55, 140:146, 20:27])


def test_quantum_noise_is_not_white():
    """Its power peaks between zero and the highest frequency, as after a ramp filter."""
    block = quantum_noise(SPACING, cutoff_per_mm=0.4, seed=1).block
    power = (np.abs(np.fft.fft2(block)) ** 2).mean(axis=0)[0, : BLOCK_KJI[2] // 2]
    peak = np.fft.fftfreq(BLOCK_KJI[2], SPACING[2])[np.argmax(power)]

    assert power[0] < 0.2 * power.max()
    assert power[-1] < 0.5 * power.max()
    assert 0.1 < peak < 0.5


def test_neighbouring_slices_share_noise():
    block = quantum_noise(SPACING, cutoff_per_mm=0.4, seed=1).block
    shared = np.mean(block * np.roll(block, 1, axis=0))

    assert shared == pytest.approx(0.4, abs=0.05)
