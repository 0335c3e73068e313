"""Periodic noise: the grain of tissue and of the image, cheap to lay over any volume."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trabecula.model.arrays import Float32
from trabecula.simulate.lattice import Lattice

BLOCK_KJI = (48, 128, 128)
"""Voxels of one block; it repeats without a seam."""


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """Noise of mean 0 and SD 1 that repeats after one block."""

    block: Float32

    def at(self, lattice: Lattice, offset: tuple[int, int, int] = (0, 0, 0)) -> Float32:
        """Values on a lattice ``(k, j, i)``; an offset gives another stretch of it."""
        rows = [
            (np.arange(size) + start + shift) % period
            for size, start, shift, period in zip(
                lattice.shape, lattice.first, offset, self.block.shape, strict=True
            )
        ]
        values = self.block
        # The slices last: their copies are contiguous, and until then the array is small.
        for axis in (2, 1, 0):
            values = np.take(values, rows[axis], axis=axis)
        return values


def grain(spacing_kji_mm: tuple[float, float, float], *, scale_mm: float, seed: int) -> Texture:
    """Isotropic noise whose blobs are about ``scale_mm`` (SD of the Gaussian that shapes it)."""
    white = np.random.default_rng(seed).standard_normal(BLOCK_KJI).astype(np.float32)
    spectrum = np.fft.rfftn(white)
    squared = _squared_frequency(spacing_kji_mm)
    spectrum *= np.exp(-2.0 * (np.pi * scale_mm) ** 2 * squared)
    return _normalised(np.fft.irfftn(spectrum, s=BLOCK_KJI, axes=(0, 1, 2)))


def quantum_noise(
    spacing_kji_mm: tuple[float, float, float], *, cutoff_per_mm: float, seed: int
) -> Texture:
    """Noise as filtered back-projection leaves it: its power rises with frequency, then falls.

    In the slice the spectrum is ``f * exp(-(f / cutoff)**2)``, the ramp filter under a soft
    kernel; along z neighbouring slices share a third of their noise.
    """
    white = np.random.default_rng(seed).standard_normal(BLOCK_KJI).astype(np.float32)
    white += 0.5 * np.roll(white, 1, axis=0)
    spectrum = np.fft.rfftn(white, axes=(1, 2))
    _, dj, di = spacing_kji_mm
    fj = np.fft.fftfreq(BLOCK_KJI[1], dj)[:, None]
    fi = np.fft.rfftfreq(BLOCK_KJI[2], di)[None, :]
    frequency = np.hypot(fj, fi)
    # Amplitude is the root of power.
    spectrum *= np.sqrt(frequency) * np.exp(-0.5 * (frequency / cutoff_per_mm) ** 2)
    return _normalised(np.fft.irfftn(spectrum, s=BLOCK_KJI[1:], axes=(1, 2)))


def _squared_frequency(spacing_kji_mm: tuple[float, float, float]) -> Float32:
    fk = np.fft.fftfreq(BLOCK_KJI[0], spacing_kji_mm[0])[:, None, None]
    fj = np.fft.fftfreq(BLOCK_KJI[1], spacing_kji_mm[1])[None, :, None]
    fi = np.fft.rfftfreq(BLOCK_KJI[2], spacing_kji_mm[2])[None, None, :]
    squared: Float32 = (fk**2 + fj**2 + fi**2).astype(np.float32)
    return squared


def _normalised(noise: npt.NDArray[np.floating]) -> Texture:
    centred = noise - noise.mean()
    block: Float32 = (centred / centred.std()).astype(np.float32)
    block.setflags(write=False)
    return Texture(block)
