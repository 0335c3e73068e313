"""DICOM slices in, a valid volume out; nothing is repaired in silence."""

import hashlib
import logging
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from trabecula.errors import InputError
from trabecula.model import AIR_HU, HU, Acquisition, Float64, Grid, Level, Mask, Note, Volume
from trabecula.read.calibration import check_hounsfield
from trabecula.read.canonical import canonical
from trabecula.read.headers import SliceHeader, headers_of
from trabecula.read.layout import Layout, layout_notes
from trabecula.read.members import Member, members_of
from trabecula.read.pixels import OUTSIDE, THREADS, Progress, read_pixels
from trabecula.read.regular import regular
from trabecula.read.series import (
    MIN_SLICES,
    SeriesSummary,
    Stack,
    choice_notes,
    choose,
    stacks_of,
)

HEADERS_PART = 0.2
"""Part of the reading time that the headers take, for the progress bar."""


def read_dicom(path: Path, *, series: str | None = None, progress: Progress = None) -> Volume:
    """Volume of the one CT series of a folder, a zip or a file, by the rules of ``series``."""
    with _quiet():
        stacks = _stacks(path, progress)
        stack = choose(stacks, series)
        if stack.layout is None:
            raise InputError("The series has no layout.", remedy="Give the original CT series.")

        def pixels(stage: str, part: float) -> None:
            if progress is not None:
                progress(stage, HEADERS_PART + (1 - HEADERS_PART) * part)

        hu = read_pixels(stack.layout.slices, pixels)
    return _volume(hu, stack, stack.layout, choice_notes(stack, stacks))


def list_dicom(path: Path) -> tuple[SeriesSummary, ...]:
    """Every series of a folder, a zip or a file, and whether it can be read."""
    with _quiet():
        return tuple(stack.summary for stack in _stacks(path, None))


def _stacks(path: Path, progress: Progress) -> tuple[Stack, ...]:
    members = members_of(path)
    alone = len(members) == 1 and path.is_file()
    headers: list[SliceHeader] = []
    with ThreadPoolExecutor(THREADS) as pool:
        for done, found in enumerate(pool.map(_tolerant, members), start=1):
            headers.extend(found)
            if progress is not None:
                progress("read", HEADERS_PART * done / len(members))
    if not headers:
        raise InputError(
            f"None of {len(members)} files is a DICOM image that can be read.",
            remedy="Give a DICOM folder, file or zip, or a NIfTI, NRRD or MetaImage file by name.",
        )
    return stacks_of(headers, fewest=1 if alone and path.suffix.lower() != ".zip" else MIN_SLICES)


def _tolerant(member: Member) -> tuple[SliceHeader, ...]:
    try:
        return headers_of(member)
    except OSError as error:
        raise InputError(
            "A file of the study cannot be opened.", remedy="Check that you may read it."
        ) from error


def _volume(hu: HU, stack: Stack, layout: Layout, notes: tuple[Note, ...]) -> Volume:
    hu, grid = regular(hu, layout)
    check_hounsfield(hu)
    hu, grid, axes = canonical(hu, grid)
    circle = fill_outside(hu)
    first = layout.slices[0]
    acquisition = Acquisition(
        kind="dicom",
        sha256=digest(hu, grid),
        study_instance_uid=first.study_instance_uid,
        series_instance_uid=first.series_instance_uid or None,
        frame_of_reference_uid=first.frame_of_reference_uid,
        instance_uids=tuple(s.sop_instance_uid for s in layout.slices),
        slice_thickness_mm=layout.slice_thickness_mm,
        convolution_kernel=first.convolution_kernel,
        kvp=first.kvp,
        contrast_agent=_contrast_agent(layout),
        manufacturer=first.manufacturer,
        patient_position=first.patient_position,
        age_years=first.age_years,
        sex=first.sex,
        stored_axes=axes,
    )
    notes = (*layout_notes(layout), *_header_notes(layout), *notes)
    return Volume(hu, grid, acquisition, notes, circle)


def _contrast_agent(layout: Layout) -> bool | None:
    """Whether an agent was given; an empty field does not say that none was."""
    stated = {s.contrast_agent for s in layout.slices}
    if True in stated:
        return True
    return False if stated == {False} else None


def _header_notes(layout: Layout) -> tuple[Note, ...]:
    notes = []
    if any(s.lossy or s.transfer_syntax in LOSSY_ONLY for s in layout.slices):
        notes.append(
            Note(
                Level.WARNING,
                "lossy_compression",
                "The pixels went through lossy compression.",
                "Fine texture and thin rims may have been altered.",
            )
        )
    if any(s.rescale_type == "US" for s in layout.slices):
        notes.append(
            Note(
                Level.INFO,
                "rescale_type",
                "The header leaves the unit of the values open; they pass the tests for HU.",
            )
        )
    if any("DERIVED" in s.image_type for s in layout.slices):
        notes.append(
            Note(
                Level.INFO,
                "derived_image",
                "The slices are marked as derived from others (reformatted or processed).",
            )
        )
    if len({s.slice_thickness_mm for s in layout.slices}) > 1:
        notes.append(
            Note(
                Level.WARNING,
                "mixed_thickness",
                "Slice thickness changes within the series; the thickest is taken to hold.",
                "Detail of the thinner slices is not claimed.",
            )
        )
    return tuple(notes)


LOSSY_ONLY = frozenset(
    {
        "1.2.840.10008.1.2.4.50",
        "1.2.840.10008.1.2.4.51",
        "1.2.840.10008.1.2.4.81",
    }
)
"""Transfer syntaxes that are always lossy (8- and 12-bit JPEG) or meant to be (near-lossless)."""


def fill_outside(hu: HU) -> Mask | None:
    """Fill what was not reconstructed with air, in place.

    Parameters
    ----------
    hu : (k, j, i) int16
        :data:`~trabecula.read.pixels.OUTSIDE` marks what was not reconstructed.

    Returns
    -------
    (j, i) bool or None
        Pixels reconstructed in at least one slice; ``None`` when all are.
    """
    inside, whole = np.zeros(hu.shape[1:], dtype=bool), False

    def fill(plane: HU) -> Mask | None:
        if plane.min() > OUTSIDE:
            return None
        outside: Mask = plane == OUTSIDE
        plane[outside] = AIR_HU
        return ~outside

    with ThreadPoolExecutor(THREADS) as pool:
        for found in pool.map(fill, hu):
            if found is not None:
                inside |= found
            else:
                whole = True
    return None if whole or inside.all() else inside


def digest(hu: HU, grid: Grid) -> str:
    """Digest of the image: its values and where they lie, not how the file was written."""

    def one(plane: HU) -> bytes:
        return hashlib.sha256(np.ascontiguousarray(plane, dtype="<i2").data).digest()

    whole = hashlib.sha256(_place(grid.affine_kji_to_lps).encode())
    with ThreadPoolExecutor(THREADS) as pool:
        for part in pool.map(one, hu):
            whole.update(part)
    return whole.hexdigest()


def _place(affine: Float64) -> str:
    # Micrometres: files of one image that write its place with fewer digits agree.
    return ",".join(f"{value + 0.0:.3f}" for value in np.round(affine, 3).ravel() + 0.0)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries from writing values of a header into logs and warnings."""
    logger = logging.getLogger("pydicom")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
