"""Names for the arrays that travel through the program."""

from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

Scalar = TypeVar("Scalar", bound=np.generic)

HU: TypeAlias = npt.NDArray[np.int16]
"""Hounsfield units, ``(k, j, i)``, read-only."""

Mask: TypeAlias = npt.NDArray[np.bool_]
"""Membership of voxels, ``(k, j, i)``."""

Labels: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
"""Structure or lesion numbers, ``(k, j, i)``, 0 = background."""

Float64: TypeAlias = npt.NDArray[np.float64]
"""Geometry."""

Float32: TypeAlias = npt.NDArray[np.float32]
"""Filtered intensities, inside one function."""

Box: TypeAlias = tuple[slice, slice, slice]
"""A cropped box ``(k, j, i)`` of the volume, with explicit start and stop."""


def frozen(array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """Return the array, made read-only."""
    array.setflags(write=False)
    return array
