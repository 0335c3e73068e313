"""One door for every kind of file a CT comes in."""

import gzip
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trabecula.errors import InputError
from trabecula.model import Volume
from trabecula.read.dicom import list_dicom, read_dicom
from trabecula.read.headers import looks_like_dicom
from trabecula.read.images import read_image
from trabecula.read.pixels import Progress
from trabecula.read.series import SeriesSummary

SNIFF_BYTES = 1024
"""Enough to tell every kind of file by its content."""


def read(
    path: str | os.PathLike[str], *, series: str | None = None, progress: Progress = None
) -> Volume:
    """Read a CT into a volume in Hounsfield units, or say why it cannot be.

    Parameters
    ----------
    path
        DICOM folder (with its folders; other files are passed over), one DICOM file, a zip of
        DICOM, NIfTI (``.nii``, ``.nii.gz``), NRRD (``.nrrd``, ``.nhdr``) or MetaImage (``.mha``,
        ``.mhd``). The kind is told by content.
    series
        Series Instance UID, when several fit. Which series is taken without it is ruled in
        :mod:`trabecula.read.series`.
    progress
        Called with ``"read"`` and the part done, 0 to 1.

    Returns
    -------
    Volume
        int16 HU ``(k, j, i)``; k toward the head, j toward the back, i toward the patient's left.
        Its notes say what reading brought up.

    Raises
    ------
    InputError
        With problem and remedy: no CT, several series, slices missing, no HU, damaged.

    Examples
    --------
    >>> volume = read("scan.nii.gz")  # doctest: +SKIP
    >>> volume.spacing_kji_mm  # doctest: +SKIP
    (1.0, 0.78, 0.78)
    """
    place = Path(path)
    with _readable():
        kind = kind_of(place)
        if kind == "dicom":
            return read_dicom(place, series=series, progress=progress)
        volume = read_image(place, kind)
    if progress is not None:
        progress("read", 1.0)
    return volume


def list_series(path: str | os.PathLike[str]) -> tuple[SeriesSummary, ...]:
    """Every series of a study with what it is and whether it can be read, and why not.

    Parameters
    ----------
    path
        As for :func:`read`.

    Returns
    -------
    tuple of SeriesSummary
        In the order of the files. An image file gives one entry without a UID.
    """
    place = Path(path)
    with _readable():
        kind = kind_of(place)
        if kind == "dicom":
            return list_dicom(place)
    try:
        with _readable():
            volume = read_image(place, kind)
    except InputError as error:
        return (SeriesSummary("", "?", 0, usable=False, reason=error.problem),)
    return (SeriesSummary("", "CT", volume.hu.shape[0], volume.spacing_kji_mm),)


@contextmanager
def _readable() -> Iterator[None]:
    """Tell a file that cannot be opened as a refusal, without its name."""
    try:
        yield
    except OSError as error:
        raise InputError(
            "A file cannot be opened or read.", remedy="Check that you may read it, and its disk."
        ) from error


def kind_of(path: Path) -> str:
    """Kind of file by its content: ``dicom``, ``nifti``, ``nrrd`` or ``metaimage``."""
    if path.is_dir():
        return "dicom"
    if not path.exists():
        raise InputError("There is no such file or folder.", remedy="Check the path.")
    with path.open("rb") as stream:
        start = stream.read(SNIFF_BYTES)
    if not start:
        raise InputError("The file is empty.", remedy="Copy it again from where it came.")
    if start.startswith(b"\x1f\x8b"):
        start = _unpacked_start(path)
    if zipfile.is_zipfile(path) or looks_like_dicom(start):
        return "dicom"
    if start[344:348] == b"n+1\0" or start[4:8] == b"n+2\0":
        return "nifti"
    if start.startswith(b"NRRD"):
        return "nrrd"
    if start.lstrip()[:10] in (b"ObjectType", b"NDims = 3\n") or b"\nDimSize" in start[:512]:
        return "metaimage"
    raise InputError(
        "The file is no image of a kind that can be read.",
        remedy="Give a DICOM folder, file or zip, a NIfTI, NRRD or MetaImage file.",
    )


def _unpacked_start(path: Path) -> bytes:
    try:
        with gzip.open(path) as stream:
            return stream.read(SNIFF_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            "The gzip file is damaged or cut short.", remedy="Copy it again from where it came."
        ) from error
