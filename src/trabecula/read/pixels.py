"""Pixels of DICOM slices, as Hounsfield units in one array that is filled in place."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import groupby
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from trabecula.errors import CalibrationError, InputError
from trabecula.model import HU, Mask
from trabecula.read.headers import LITTLE_ENDIAN_PLAIN, SliceHeader, unreadable
from trabecula.read.members import Member

Progress: TypeAlias = Callable[[str, float], None] | None

OUTSIDE = -32768
"""Marks pixels outside the reconstructed circle until they are filled with air."""

OUTSIDE_HU = -1500
"""No tissue, air or artefact is this low; scanners fill the corners with -2000 or -3024."""

PADDING_IS_AIR_HU = -900
"""A padding value above this also occurs in tissue, so it counts in the corners alone."""

THREADS = min(8, (os.cpu_count() or 1) + 2)
"""Reading waits for the disk, inflating and adding release the interpreter."""


def read_pixels(slices: Sequence[SliceHeader], progress: Progress = None) -> HU:
    """Hounsfield units of slices in the order given.

    Parameters
    ----------
    slices
        All of one size.
    progress
        Told ``"read"`` and the part done.

    Returns
    -------
    (n, rows, columns) int16
        Rounded; :data:`OUTSIDE` where the scanner reconstructed nothing.
    """
    first = slices[0]
    hu = np.empty((len(slices), first.rows, first.columns), dtype=np.int16)
    jobs = [list(job) for _, job in groupby(range(len(slices)), key=lambda n: id(slices[n].member))]

    def fill(job: list[int]) -> int:
        _fill([slices[n] for n in job], [hu[n] for n in job])
        return len(job)

    done = 0
    with ThreadPoolExecutor(THREADS) as pool:
        for count in pool.map(fill, jobs):
            done += count
            if progress is not None:
                progress("read", done / len(slices))
    return hu


def _fill(slices: list[SliceHeader], planes: list[HU]) -> None:
    if all(_is_plain(header) for header in slices):
        for header, plane in zip(slices, planes, strict=True):
            _fill_plain(header, plane)
        return
    for header, plane, stored in zip(slices, planes, _decoded(slices), strict=True):
        if stored.shape != plane.shape:
            raise _broken("hold pictures of another size than they state")
        _rescale(header, stored, plane)


def _is_plain(header: SliceHeader) -> bool:
    return (
        header.pixel_offset is not None
        and header.transfer_syntax in LITTLE_ENDIAN_PLAIN
        and header.bits_allocated == 16
    )


def _fill_plain(header: SliceHeader, plane: HU) -> None:
    """Read straight into the volume: no second copy is made."""
    if header.pixel_bytes < plane.nbytes or header.pixel_offset is None:
        raise _broken("hold fewer pixels than they state")
    buffer = plane.reshape(-1).view(np.uint8).data
    if header.member.read_into(buffer, header.pixel_offset) < plane.nbytes:
        raise _broken("end before their pixels do")
    if np.little_endian is False:  # the file is little endian, whatever the machine is
        plane.byteswap(inplace=True)
    _rescale(header, plane if header.signed else plane.view(np.uint16), plane)


def _decoded(slices: list[SliceHeader]) -> Iterable[npt.NDArray[np.generic]]:
    """Decode frames of one file, by whichever library can decode them."""
    import pydicom
    from pydicom.pixels.utils import pixel_array

    member: Member = slices[0].member
    try:
        dataset = pydicom.dcmread(BytesIO(member.whole()), force=True)
        if slices[0].frames == 1:
            yield pixel_array(dataset, raw=True)
            return
        for header in slices:
            yield pixel_array(dataset, index=header.frame, raw=True)
    except unreadable() as error:
        name = _syntax_name(slices[0].transfer_syntax)
        raise InputError(
            f"The pixels cannot be decoded ({name}); the file is damaged or its compression is "
            "not supported.",
            remedy="Send the series uncompressed (Explicit VR Little Endian).",
        ) from error


def _syntax_name(uid: str) -> str:
    from pydicom.uid import UID

    return UID(uid).name


def _rescale(header: SliceHeader, stored: npt.NDArray[np.generic], plane: HU) -> None:
    """Turn stored values into rounded HU in place; padding becomes :data:`OUTSIDE`."""
    slope, intercept = header.slope, header.intercept
    if slope is None or intercept is None:
        raise CalibrationError(
            "The slices have no Rescale Slope and Intercept.", remedy="Send the original CT series."
        )
    values = _tidy(header, stored)
    padded = _padding(header, values, slope, intercept)
    if slope == 1.0 and intercept.is_integer() and values.dtype.itemsize == 2:
        shift = int(intercept)
        low, high = int(values.min()) + shift, int(values.max()) + shift
        if low > OUTSIDE and high <= np.iinfo(np.int16).max:
            # Sixteen-bit addition wraps around, and the true result is known to fit.
            bits = values.view(np.int16)
            if bits is not plane:
                plane[...] = bits
            if shift:
                plane += np.int16(((shift + 2**15) % 2**16) - 2**15)
            _mark(plane, padded, low)
            return
    exact = values.astype(np.float64) * slope + intercept
    limits = np.iinfo(np.int16)
    if not (np.isfinite(exact).all() and exact.max() <= limits.max):
        raise CalibrationError(
            "Values reach above what Hounsfield units can be.", remedy="Send the original series."
        )
    np.rint(np.maximum(exact, limits.min), out=exact)
    plane[...] = exact.astype(np.int16)
    _mark(plane, padded, int(exact.min()))


def _mark(plane: HU, padded: Mask | None, lowest: int) -> None:
    if lowest <= OUTSIDE_HU:
        plane[plane <= OUTSIDE_HU] = OUTSIDE
    if padded is not None:
        plane[padded] = OUTSIDE


def _tidy(header: SliceHeader, stored: npt.NDArray[np.generic]) -> npt.NDArray[np.integer]:
    """Sixteen-bit stored values, without the stray high bits that old scanners left there."""
    kind = np.int16 if header.signed else np.uint16
    values: npt.NDArray[np.integer] = stored.astype(kind, copy=False)
    spare = 16 - header.bits_stored
    if spare <= 0 or header.bits_stored <= 8:
        return values
    if header.signed:
        limit = 1 << (header.bits_stored - 1)
        stray = (values >= limit) | (values < -limit)
    else:
        stray = values > (1 << header.bits_stored) - 1
    keep = _in_range(values, padding_range(header))
    if keep is not None:
        stray &= ~keep
    if stray.any():
        np.left_shift(values, spare, out=values, where=stray)
        np.right_shift(values, spare, out=values, where=stray)
    return values


def padding_range(header: SliceHeader) -> tuple[int, int] | None:
    """Return padding values as the pixels store them; headers write them with either sign."""
    if header.padding is None:
        return None

    def stored(value: int) -> int:
        if header.signed:
            return value - 2**16 if value >= 2**15 else value
        return value + 2**16 if value < 0 else value

    low, high = sorted(stored(value) for value in header.padding)
    return low, high


def _in_range(values: npt.NDArray[np.generic], limits: tuple[int, int] | None) -> Mask | None:
    if limits is None:
        return None
    low, high = limits
    whole: npt.NDArray[np.int64] = values  # type: ignore[assignment]  # compared, never copied
    return whole == low if low == high else (whole >= low) & (whole <= high)


def _padding(
    header: SliceHeader, values: npt.NDArray[np.generic], slope: float, intercept: float
) -> Mask | None:
    limits = padding_range(header)
    padded = _in_range(values, limits)
    if limits is None or padded is None or not padded.any():
        return None
    if slope * limits[1] + intercept > PADDING_IS_AIR_HU:
        padded &= _corners(header.rows, header.columns)
    return padded


def _corners(rows: int, columns: int) -> Mask:
    """Pixels outside the circle that fits into the picture."""
    y, x = np.ogrid[:rows, :columns]
    radius = min(rows, columns) / 2
    outside: Mask = np.hypot(y - (rows - 1) / 2, x - (columns - 1) / 2) > radius
    return outside


def _broken(what: str) -> InputError:
    return InputError(
        f"One or more slices {what}.", remedy="Copy the series again from where it came."
    )
