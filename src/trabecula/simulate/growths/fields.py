"""Random fields that depend on place alone, so that a lesion is the same at any voxel size."""

import numpy as np

from trabecula.model.arrays import Float32
from trabecula.simulate.lattice import Lattice

WAVES = 48
"""Plane waves summed to one field; more change nothing to be seen."""
STRUT_WIDTH = 0.15
"""How near to its zero level a field counts as strut: the thinner, the smaller."""


def waves(lattice: Lattice, *, scale_mm: float, seed: int) -> Float32:
    """Return a smooth field ``(k, j, i)`` of mean 0 and SD 1.

    A sum of plane waves with normal wave vectors: its correlation is a Gaussian of SD
    ``scale_mm``. A plane wave is a product of three one-dimensional ones, which makes the sum a
    matrix product.
    """
    random = np.random.default_rng(seed)
    vectors = random.normal(0.0, 1.0 / scale_mm, (WAVES, 3))
    phases = random.uniform(0.0, 2.0 * np.pi, WAVES)
    along_x, along_y, along_z = (
        np.exp(1j * np.outer(vectors[:, axis], centres)).astype(np.complex64)
        for axis, centres in enumerate((lattice.x, lattice.y, lattice.z))
    )
    along_z *= np.exp(1j * phases).astype(np.complex64)[:, None]
    k, j, i = lattice.shape
    planes = (along_z[:, :, None] * along_y[:, None, :]).reshape(WAVES, k * j)
    # Real part of the product, as two real products: half the work of a complex one.
    total = planes.real.T @ along_x.real - planes.imag.T @ along_x.imag
    total *= np.float32(np.sqrt(2.0 / WAVES))
    field: Float32 = total.reshape(k, j, i).astype(np.float32)
    return field


def struts(lattice: Lattice, *, scale_mm: float, seed: int) -> Float32:
    """Return a net of plates and rods ``(k, j, i)`` of mean 0 and SD 1: where a field is near 0."""
    field = waves(lattice, scale_mm=scale_mm, seed=seed)
    net = np.exp(-(field**2) / np.float32(STRUT_WIDTH))
    # Of a standard normal g: E exp(-g²/w) and E exp(-2g²/w).
    mean = 1.0 / np.sqrt(1.0 + 2.0 / STRUT_WIDTH)
    square = 1.0 / np.sqrt(1.0 + 4.0 / STRUT_WIDTH)
    normed: Float32 = ((net - mean) / np.sqrt(square - mean**2)).astype(np.float32)
    return normed
