"""NIfTI, NRRD and MetaImage files: where their voxels lie, and their values plane by plane.

Places come from SimpleITK, whose space is LPS. The values of NRRD and MetaImage do too; those of
NIfTI are read by :mod:`trabecula.read.nifti`, because the library fills a file that is cut short
with zeros and says nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trabecula.errors import CalibrationError, GeometryError, InputError
from trabecula.model import HU, Acquisition, Grid, Note, Volume
from trabecula.read.calibration import check_hounsfield
from trabecula.read.canonical import canonical
from trabecula.read.dicom import digest, fill_outside
from trabecula.read.nifti import read_header, read_planes
from trabecula.read.pixels import OUTSIDE, OUTSIDE_HU

SUFFIXES = {
    "nifti": (".nii", ".nii.gz"),
    "nrrd": (".nrrd", ".nhdr"),
    "metaimage": (".mha", ".mhd"),
}
"""Endings each kind must have, because the library goes by them."""

MAX_VOXELS = 2**31
"""Four gigabytes of int16; a whole body at 0.5 mm is below 10**9 voxels."""


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """An image file that was opened.

    Attributes
    ----------
    grid
        Axes as stored: array (z, y, x), points LPS.
    bits
        Of each value.
    planes
        Values, one (y, x) plane after another; to be gone through once.
    notes
        What opening it brought up.
    """

    grid: Grid
    bits: int
    planes: Iterator[npt.NDArray[Any]]
    notes: tuple[Note, ...]


def read_image(path: Path, kind: str) -> Volume:
    """CT volume of an image file, its axes turned, its values checked to be HU."""
    image = open_image(path, kind)
    if image.bits <= 8:
        raise CalibrationError(
            "The values are not Hounsfield units: they have 8 bits.",
            remedy="Give the CT itself, not a copy made for viewing, nor a label map.",
        )
    hu = np.empty(image.grid.shape_kji, dtype=np.int16)
    for k, plane in enumerate(image.planes):
        _to_hounsfield(plane, hu[k])
    check_hounsfield(hu)
    hu, grid, axes = canonical(hu, image.grid)
    circle = fill_outside(hu)
    acquisition = Acquisition(kind=kind, sha256=digest(hu, grid), stored_axes=axes)
    return Volume(hu, grid, acquisition, image.notes, circle)


def open_image(path: Path, kind: str) -> Image:
    """Open an image file, checked to be three-dimensional and to say how it lies."""
    if not path.name.lower().endswith(SUFFIXES[kind]):
        raise InputError(
            f"The content is {kind}, but the name does not end in {' or '.join(SUFFIXES[kind])}.",
            remedy="Rename the file.",
        )
    if kind == "nifti":
        header = read_header(path)
        reader = _reader(path, kind)
        grid = grid_of(reader)
        return Image(grid, header.bits, read_planes(path, header), header.notes)
    if kind == "nrrd":
        _refuse_placeless_nrrd(path)
    reader = _reader(path, kind)
    try:
        image = _flattened(reader.Execute())
    # The library's message holds the path, so only its kind is told.
    except RuntimeError as error:
        raise _damaged(kind) from error
    if image.GetNumberOfComponentsPerPixel() != 1:
        raise CalibrationError(
            "The file holds colours or vectors, not CT values.", remedy="Give the CT itself."
        )
    values = _array(image)
    return Image(grid_of(image), 8 * values.dtype.itemsize, _kept(values, image), ())


def _reader(path: Path, kind: str) -> Any:
    import SimpleITK

    sitk: Any = SimpleITK  # its functions carry no types
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        if "orthonormal" in str(error).lower():
            raise GeometryError(
                "The axes of the image are sheared.",
                remedy="Resample it onto perpendicular axes, or give the DICOM series.",
            ) from error
        raise _damaged(kind) from error
    _refuse_shape(reader.GetSize())
    return reader


def _kept(values: npt.NDArray[Any], image: object) -> Iterator[npt.NDArray[Any]]:
    """Planes of a view, holding on to the image that owns them."""
    yield from values
    del image


def _damaged(kind: str) -> InputError:
    return InputError(
        f"The {kind} file is damaged, cut short or of a form that cannot be read.",
        remedy="Copy it again from where it came, or give the DICOM series.",
    )


def _refuse_shape(size: tuple[int, ...]) -> None:
    real = [n for n in size if n > 1]
    if len(size) < 3 or any(n > 1 for n in size[3:]):
        raise GeometryError(
            f"The image has {max(len(real), 1)} dimensions, not three.",
            remedy="Give one volume: one time point, one phase.",
        )
    if int(np.prod([int(n) for n in size])) > MAX_VOXELS:
        raise InputError(
            "The image states more voxels than can be handled.", remedy="Crop it, or check it."
        )


def _flattened(image: Any) -> Any:
    """Drop trailing dimensions of length one."""
    import SimpleITK

    sitk: Any = SimpleITK  # its functions carry no types
    while image.GetDimension() > 3:
        size = list(image.GetSize())
        size[-1] = 0
        image = sitk.Extract(image, size, [0] * len(size))
    return image


def _array(image: Any) -> npt.NDArray[Any]:
    import SimpleITK

    view: npt.NDArray[Any] = SimpleITK.GetArrayViewFromImage(image)
    return view


def grid_of(image: Any) -> Grid:
    """Grid of a SimpleITK image or reader: its array is (z, y, x), its points are LPS."""
    dimension = image.GetDimension()
    direction = np.array(image.GetDirection(), dtype=np.float64).reshape(dimension, dimension)
    affine = np.eye(4)
    affine[:3, :3] = (direction[:3, :3] * np.array(image.GetSpacing()[:3]))[:, ::-1]
    affine[:3, 3] = image.GetOrigin()[:3]
    i, j, k = image.GetSize()[:3]
    return Grid(affine, (k, j, i))


def _to_hounsfield(plane: npt.NDArray[Any], hu: HU) -> None:
    """Round a plane into int16; what lies below any HU is marked as outside."""
    limits = np.iinfo(np.int16)
    if plane.dtype.kind == "f":
        plane = np.where(np.isnan(plane), limits.min, np.rint(plane))
    if plane.dtype != np.int16:
        if plane.max() > limits.max:
            raise CalibrationError(
                "Values reach above what Hounsfield units can be.",
                remedy="Give the original CT, or a copy that keeps its Hounsfield units.",
            )
        plane = np.maximum(plane, limits.min)
    hu[...] = plane
    if hu.min() <= OUTSIDE_HU:
        hu[hu <= OUTSIDE_HU] = OUTSIDE


def _refuse_placeless_nrrd(path: Path) -> None:
    with path.open("rb") as stream:
        header = stream.read(64 * 1024).split(b"\n\n", 1)[0].lower()
    if b"\nspace:" not in header:
        raise GeometryError(
            "The NRRD file does not say how its axes lie in the patient (no field 'space').",
            remedy="Write it with its space, or give the DICOM series.",
        )
