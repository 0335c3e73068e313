"""NIfTI, NRRD and MetaImage files, through SimpleITK, whose space is LPS."""

import gzip
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trabecula.errors import CalibrationError, GeometryError, InputError
from trabecula.model import HU, Acquisition, Float64, Grid, Level, Note, Volume
from trabecula.read.calibration import check_hounsfield
from trabecula.read.canonical import canonical
from trabecula.read.dicom import digest, fill_outside
from trabecula.read.pixels import OUTSIDE, OUTSIDE_HU

SUFFIXES = {
    "nifti": (".nii", ".nii.gz"),
    "nrrd": (".nrrd", ".nhdr"),
    "metaimage": (".mha", ".mhd"),
}
"""Endings each kind must have, because the library goes by them."""

MAX_VOXELS = 2**31
"""Four gigabytes of int16; a whole body at 0.5 mm is below 10**9 voxels."""

NIFTI_HEADER_BYTES = 348

ORIENTATION_COSINE = 0.9
"""qform and sform agree on direction when each axis keeps this cosine."""

AGREE_MM = 1.0
"""qform and sform that place the volume's corners closer than this agree."""


def read_image(path: Path, kind: str) -> Volume:
    """CT volume of an image file, its axes turned, its values checked to be HU."""
    image, notes = open_image(path, kind)
    if image.GetNumberOfComponentsPerPixel() != 1:
        raise CalibrationError(
            "The file holds colours or vectors, not CT values.", remedy="Give the CT itself."
        )
    values = _array(image)
    if values.dtype.itemsize == 1:
        raise CalibrationError(
            "The values are not Hounsfield units: they have 8 bits.",
            remedy="Give the CT itself, not a copy made for viewing, nor a label map.",
        )
    hu = _hounsfield(values)
    grid = grid_of(image)
    del values, image
    check_hounsfield(hu)
    hu, grid, axes = canonical(hu, grid)
    circle = fill_outside(hu)
    acquisition = Acquisition(kind=kind, sha256=digest(hu, grid), stored_axes=axes)
    return Volume(hu, grid, acquisition, notes, circle)


def open_image(path: Path, kind: str) -> tuple[Any, tuple[Note, ...]]:
    """SimpleITK image of a file, checked to be three-dimensional and to say how it lies."""
    import SimpleITK

    sitk: Any = SimpleITK  # its functions carry no types
    if not path.name.lower().endswith(SUFFIXES[kind]):
        raise InputError(
            f"The content is {kind}, but the name does not end in {' or '.join(SUFFIXES[kind])}.",
            remedy="Rename the file.",
        )
    notes = _nifti_notes(path) if kind == "nifti" else ()
    if kind == "nrrd":
        _refuse_placeless_nrrd(path)
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        _refuse_shape(reader.GetSize())
        return _flattened(reader.Execute()), notes
    # The library's message holds the path, so only its kind is told.
    except RuntimeError as error:
        if "orthonormal" in str(error).lower():
            raise GeometryError(
                "The axes of the image are sheared.",
                remedy="Resample it onto perpendicular axes, or give the DICOM series.",
            ) from error
        raise InputError(
            f"The {kind} file is damaged, cut short or of a form that cannot be read.",
            remedy="Copy it again from where it came, or give the DICOM series.",
        ) from error


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


def _array(image: Any) -> npt.NDArray[np.generic]:
    import SimpleITK

    view: npt.NDArray[np.generic] = SimpleITK.GetArrayViewFromImage(image)
    return view


def grid_of(image: Any) -> Grid:
    """Grid of a SimpleITK image: its array is (z, y, x), its points are LPS."""
    direction = np.array(image.GetDirection(), dtype=np.float64).reshape(3, 3)
    affine = np.eye(4)
    affine[:3, :3] = (direction * np.array(image.GetSpacing()))[:, ::-1]
    affine[:3, 3] = image.GetOrigin()
    i, j, k = image.GetSize()
    return Grid(affine, (k, j, i))


def _hounsfield(values: npt.NDArray[np.generic]) -> HU:
    """Copy to rounded int16, slice by slice; what lies below any HU is marked as outside."""
    hu = np.empty(values.shape, dtype=np.int16)
    limits = np.iinfo(np.int16)
    for k, plane in enumerate(values):
        if plane.dtype == np.int16:
            hu[k] = plane
        else:
            hu[k] = _rounded(np.asarray(plane), limits.min, limits.max)
        if hu[k].min() <= OUTSIDE_HU:
            hu[k][hu[k] <= OUTSIDE_HU] = OUTSIDE
    return hu


def _rounded(plane: npt.NDArray[Any], low: int, high: int) -> npt.NDArray[np.int16]:
    if plane.dtype.kind == "f":
        plane = np.where(np.isnan(plane), low, np.rint(plane))
    if plane.max() > high:
        raise CalibrationError(
            "Values reach above what Hounsfield units can be.",
            remedy="Give the original CT, or a copy that keeps its Hounsfield units.",
        )
    rounded: npt.NDArray[np.int16] = np.maximum(plane, low).astype(np.int16)
    return rounded


def _refuse_placeless_nrrd(path: Path) -> None:
    with path.open("rb") as stream:
        header = stream.read(64 * 1024).split(b"\n\n", 1)[0].lower()
    if b"\nspace:" not in header:
        raise GeometryError(
            "The NRRD file does not say how its axes lie in the patient (no field 'space').",
            remedy="Write it with its space, or give the DICOM series.",
        )


def _nifti_notes(path: Path) -> tuple[Note, ...]:
    """Check the two orientations a NIfTI file may state against each other."""
    header = _nifti_header(path)
    if header is None:
        return ()
    qform, sform = nifti_affines(header)
    if qform is None and sform is None:
        raise GeometryError(
            "The NIfTI file does not say how it lies in the patient (qform and sform codes are 0).",
            remedy="Convert the DICOM series again with its orientation.",
        )
    if qform is None or sform is None:
        return ()
    shape = np.array(struct.unpack_from(f"{_endian(header)}3h", header, 42), dtype=np.float64)
    apart = _corners_apart(qform, sform, shape)
    if apart <= AGREE_MM:
        return ()
    if not _same_directions(qform, sform):
        raise GeometryError(
            "The two orientations in the NIfTI header (qform and sform) contradict each other.",
            remedy="Convert the DICOM series again, or correct the header.",
        )
    return (
        Note(
            Level.WARNING,
            "nifti_orientation",
            f"The two orientations in the NIfTI header place the volume {apart:.1f} mm apart; one "
            "of them was followed.",
            "Points in the patient are relative to this file only.",
        ),
    )


def _nifti_header(path: Path) -> bytes | None:
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as stream:
            header = stream.read(NIFTI_HEADER_BYTES)
    except (OSError, EOFError, zlib.error):
        return None
    is_first = header[344:348] in (b"n+1\0", b"ni1\0") and len(header) == NIFTI_HEADER_BYTES
    return header if is_first else None


def _endian(header: bytes) -> str:
    return "<" if struct.unpack_from("<i", header)[0] == NIFTI_HEADER_BYTES else ">"


def nifti_affines(header: bytes) -> tuple[Float64 | None, Float64 | None]:
    """Return qform and sform of a NIfTI-1 header, RAS, x y z to mm; ``None`` where not set.

    Only compared with each other here: the volume's place comes from the library, in LPS.
    """
    end = _endian(header)
    qcode, scode = struct.unpack_from(f"{end}2h", header, 252)
    numbers = np.array(struct.unpack_from(f"{end}18f", header, 256), dtype=np.float64)
    sform = None
    if scode > 0:
        sform = np.vstack([numbers[6:].reshape(3, 4), [0, 0, 0, 1]])
    if qcode <= 0:
        return None, sform
    zooms = np.array(struct.unpack_from(f"{end}4f", header, 76), dtype=np.float64)
    b, c, d = numbers[:3]
    a = np.sqrt(max(0.0, 1.0 - (b * b + c * c + d * d)))
    turn = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    qform = np.eye(4)
    qform[:3, :3] = turn * (zooms[1:4] * np.array([1.0, 1.0, -1.0 if zooms[0] < 0 else 1.0]))
    qform[:3, 3] = numbers[3:6]
    return qform, sform


def _corners_apart(one: Float64, other: Float64, shape: Float64) -> float:
    corners = np.array(
        [[x, y, z, 1.0] for x in (0, shape[0]) for y in (0, shape[1]) for z in (0, shape[2])]
    )
    return float(np.linalg.norm((corners @ (one - other).T)[:, :3], axis=1).max())


def _same_directions(one: Float64, other: Float64) -> bool:
    def unit(affine: Float64) -> Float64:
        axes: Float64 = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
        return axes

    return bool((np.einsum("ra,ra->a", unit(one), unit(other)) > ORIENTATION_COSINE).all())
