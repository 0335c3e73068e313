"""NIfTI-1 files: two orientations that must agree, and values that must all be there."""

import gzip
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from trabecula.errors import GeometryError, InputError
from trabecula.model import Float64, Level, Note

HEADER_BYTES = 348

TYPES = {
    2: "u1",
    4: "i2",
    8: "i4",
    16: "f4",
    64: "f8",
    256: "i1",
    512: "u2",
    768: "u4",
    1024: "i8",
    1280: "u8",
}
"""NIfTI datatype codes of one number a voxel."""

ORIENTATION_COSINE = 0.9
"""qform and sform agree on direction when each axis keeps this cosine."""

AGREE_MM = 1.0
"""qform and sform that place the volume's corners closer than this agree."""

REST_BYTES = 2**20
"""What may follow the values is read in pieces of this size, for the checksum."""


@dataclass(frozen=True, slots=True)
class Header:
    """How the values of a NIfTI file are stored.

    Attributes
    ----------
    shape_kji
        Planes, rows, columns.
    dtype
        With its byte order.
    offset
        Bytes before the first value.
    slope, intercept
        Stored value to value; 1 and 0 where the file states none.
    """

    shape_kji: tuple[int, int, int]
    dtype: str
    offset: int
    slope: float
    intercept: float
    notes: tuple[Note, ...] = ()

    @property
    def bits(self) -> int:
        """Of each stored value."""
        return 8 * np.dtype(self.dtype).itemsize


def read_header(path: Path) -> Header:
    """Header of a NIfTI-1 file, its two orientations checked against each other."""
    with _opened(path) as stream:
        header = stream.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES or header[344:348] != b"n+1\0":
        raise InputError(
            "The NIfTI file is not of the usual form (NIfTI-1 in one file).",
            remedy="Convert it to .nii.gz.",
        )
    end = _endian(header)
    dims = struct.unpack_from(f"{end}8h", header, 40)
    kind = TYPES.get(struct.unpack_from(f"{end}h", header, 70)[0])
    if kind is None:
        raise InputError(
            "The NIfTI file holds colours, vectors or complex numbers.",
            remedy="Give one number a voxel.",
        )
    i, j, k = (max(1, n) for n in dims[1:4])
    offset, slope, intercept = struct.unpack_from(f"{end}3f", header, 108)
    if not (np.isfinite(slope) and np.isfinite(intercept)) or slope == 0:
        slope, intercept = 1.0, 0.0
    return Header(
        shape_kji=(k, j, i),
        dtype=f"{end}{kind}",
        offset=int(offset),
        slope=float(slope),
        intercept=float(intercept),
        notes=_orientation_notes(header, np.array([i, j, k], dtype=np.float64)),
    )


def read_planes(path: Path, header: Header) -> Iterator[npt.NDArray[Any]]:
    """Values of a NIfTI file, plane by plane; a compressed one is checked to its end.

    Yields
    ------
    (j, i)
        Scaled by slope and intercept; integers stay integers where these allow it.
    """
    count, *plane_shape = header.shape_kji
    stored = np.empty(plane_shape, dtype=header.dtype)
    buffer = stored.reshape(-1).view(np.uint8).data
    with _opened(path) as stream:
        _skip(stream, header.offset)
        for _ in range(count):
            _fill(stream, buffer)
            yield _scaled(stored, header)
        # Reading on to the end is what makes gzip compare its checksum.
        while stream.read(REST_BYTES):
            pass


def _scaled(stored: npt.NDArray[Any], header: Header) -> npt.NDArray[Any]:
    if header.slope == 1.0 and header.intercept == 0.0:
        return stored
    if stored.dtype.kind in "iu" and header.slope == 1.0 and header.intercept.is_integer():
        return stored.astype(np.int64) + int(header.intercept)
    return stored * header.slope + header.intercept


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open plain or compressed; damage found while reading becomes a refusal."""
    from isal import igzip, isal_zlib

    unpack: Any = igzip.open  # carries no types
    broken: Any = isal_zlib.error  # its type stub calls this class an instance
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
    try:
        with unpack(path, "rb") if packed else path.open("rb") as stream:
            yield stream
    except (EOFError, gzip.BadGzipFile, broken) as error:
        raise _cut() from error


def _skip(stream: BinaryIO, count: int) -> None:
    if len(stream.read(count)) < count:
        raise _cut()


def _fill(stream: BinaryIO, buffer: memoryview) -> None:
    filled = 0
    while filled < len(buffer):
        count = stream.readinto(buffer[filled:])  # type: ignore[attr-defined]  # both kinds have it
        if not count:
            raise _cut()
        filled += count


def _cut() -> InputError:
    return InputError(
        "The NIfTI file is damaged or cut short.", remedy="Copy it again from where it came."
    )


def _endian(header: bytes) -> str:
    return "<" if struct.unpack_from("<i", header)[0] == HEADER_BYTES else ">"


def _orientation_notes(header: bytes, shape: Float64) -> tuple[Note, ...]:
    """Compare the two orientations that a NIfTI file may state."""
    qform, sform = affines_of(header)
    if qform is None and sform is None:
        raise GeometryError(
            "The NIfTI file does not say how it lies in the patient (qform and sform codes are 0).",
            remedy="Convert the DICOM series again with its orientation.",
        )
    if qform is None or sform is None:
        return ()
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


def affines_of(header: bytes) -> tuple[Float64 | None, Float64 | None]:
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
