"""A result folder: written beside its place, then moved there whole."""

import csv
import errno
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from trabecula.deliver.nifti import write_labels, write_lesions
from trabecula.errors import DeliveryError
from trabecula.model import Answer
from trabecula.report import SCHEMA, edits_object, html, lesion_rows, result

FORMATS = ("html", "json", "csv", "nifti")
"""What can be written."""

OUR_NAMES = frozenset(
    {
        "report.html",
        "result.json",
        "lesions.csv",
        "lesions.nii.gz",
        "anatomy.nii.gz",
        "anatomy.csv",
        "edits.json",
    }
)
"""What a result folder may hold; with anything else in it, it is not ours to replace."""

SCHEMA_READ_BYTES = 256
"""How far into a ``result.json`` its schema is looked for; it stands first."""


def deliver(answer: Answer, out: Path, *, formats: Sequence[str] = FORMATS) -> tuple[str, ...]:
    """Write a result folder: all of it, or nothing.

    Everything is written into a new folder beside ``out`` and moved into place at the end. A
    former result folder is replaced; any other folder with something in it is left alone.

    Parameters
    ----------
    answer
        What to write.
    out
        The folder. Its parents are made where they are missing.
    formats
        Of :data:`FORMATS`. Without an image there are no label maps to write.

    Returns
    -------
    tuple of str
        Names of the files written, in the order of the formats.

    Raises
    ------
    ValueError
        For a format that is not of :data:`FORMATS`.
    DeliveryError
        When ``out`` holds something else, or the disk refuses.
    """
    wanted = check_formats(formats)
    out = Path(out)
    refuse_unsafe_out(out)
    with _refusals_explained():
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = out.resolve().parent / f".{out.resolve().name}.{uuid.uuid4().hex[:8]}"
        beside.mkdir()
        try:
            written = [name for each in wanted for name in WRITERS[each](answer, beside)]
            _move_into_place(beside, out.resolve())
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return tuple(written)


def check_formats(formats: Sequence[str]) -> tuple[str, ...]:
    """Return the formats, each once; a format that cannot be written is refused by name."""
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise ValueError(
            f"{', '.join(unknown) or 'Nothing'} cannot be written; choose from "
            f"{', '.join(FORMATS)}."
        )
    return tuple(dict.fromkeys(formats))


def refuse_unsafe_out(out: Path) -> None:
    """Refuse a place that holds anything but a former result of ours.

    Raises
    ------
    DeliveryError
        Before any work is done, so that nobody waits for an answer that has no place.
    """
    out = Path(out)
    with _refusals_explained():
        if not out.exists() and not out.is_symlink():
            _refuse_unwritable(out)
            return
        if not out.is_dir():
            raise DeliveryError(
                "The place for the result is a file.", remedy="Give a folder with -o."
            )
        if any(out.iterdir()) and not _is_ours(out):
            raise DeliveryError(
                "The folder for the result holds other files.",
                remedy="Give a new or empty folder with -o; only former results are replaced.",
            )


def _refuse_unwritable(out: Path) -> None:
    """Refuse a place whose nearest folder that is there may not be written."""
    nearest = next(folder for folder in out.absolute().parents if folder.exists())
    if not nearest.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "a file is in the way")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "the folder may not be written")


def _is_ours(folder: Path) -> bool:
    """Whether a folder holds a former result and nothing else that somebody could miss."""
    names = {path.name for path in folder.iterdir()}
    if not names <= OUR_NAMES:
        return False
    former = folder / "result.json"
    if former.name not in names:
        return True
    with former.open("rb") as file:
        return f'"schema": "{SCHEMA}"'.encode() in file.read(SCHEMA_READ_BYTES)


def _move_into_place(made: Path, out: Path) -> None:
    """Move the new folder to its place; a former one goes only when the new one is there."""
    if not out.exists():
        made.rename(out)
        return
    former = made.with_name(f"{made.name}.former")
    out.rename(former)
    try:
        made.rename(out)
    except OSError:
        former.rename(out)
        raise
    shutil.rmtree(former, ignore_errors=True)


@contextmanager
def _refusals_explained() -> Iterator[None]:
    """Turn what the operating system refuses into a problem and a remedy, without a path."""
    try:
        yield
    except DeliveryError:
        raise
    except OSError as refusal:
        problem, remedy = _REFUSALS.get(
            refusal.errno or 0,
            ("The result could not be written.", "Check the folder and the disk, then try again."),
        )
        raise DeliveryError(problem, remedy=remedy) from refusal


_FILE_ON_THE_WAY = (
    "A part of the way to the result folder is a file.",
    "Give another folder with -o.",
)

_REFUSALS = {
    errno.ENOSPC: ("The disk is full.", "Make room or give a folder on another disk with -o."),
    errno.EDQUOT: ("The disk quota is used up.", "Make room or give another folder with -o."),
    errno.EACCES: (
        "The folder for the result may not be written.",
        "Give a folder with -o that you may write.",
    ),
    errno.EPERM: (
        "The folder for the result may not be written.",
        "Give a folder with -o that you may write.",
    ),
    errno.EROFS: ("The disk is read-only.", "Give a folder on another disk with -o."),
    errno.ENOTDIR: _FILE_ON_THE_WAY,
    errno.EEXIST: _FILE_ON_THE_WAY,
    errno.EBUSY: (
        "The folder for the result cannot be replaced, because a disk is mounted there.",
        "Give a folder inside it with -o.",
    ),
}


def _write_html(answer: Answer, folder: Path) -> tuple[str, ...]:
    (folder / "report.html").write_text(html(answer), encoding="utf-8", newline="\n")
    return ("report.html",)


def _write_json(answer: Answer, folder: Path) -> tuple[str, ...]:
    text = json.dumps(result(answer), ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "result.json").write_text(f"{text}\n", encoding="utf-8", newline="\n")
    edits = None if answer.seen is None else edits_object(answer.seen.edits)
    if edits is None:
        return ("result.json",)
    kept = json.dumps(edits, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "edits.json").write_text(f"{kept}\n", encoding="utf-8", newline="\n")
    return ("result.json", "edits.json")


def _write_csv(answer: Answer, folder: Path) -> tuple[str, ...]:
    header, rows = lesion_rows(answer)
    with (folder / "lesions.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)
    return ("lesions.csv",)


def _write_nifti(answer: Answer, folder: Path) -> tuple[str, ...]:
    """Write lesions and anatomy on the input grid, and what the anatomy's numbers mean."""
    if answer.volume is None or answer.seen is None:
        return ()
    grid, axes = answer.volume.grid, answer.volume.acquisition.stored_axes
    write_lesions(folder / "lesions.nii.gz", grid, axes, answer.seen.lesions)
    write_labels(folder / "anatomy.nii.gz", grid, axes, answer.seen.anatomy.labels)
    with (folder / "anatomy.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("label", "name", "tissue"))
        structures = sorted(answer.seen.anatomy.structures, key=lambda one: one.label)
        table.writerows((one.label, one.name, one.tissue.value) for one in structures)
    return ("lesions.nii.gz", "anatomy.nii.gz", "anatomy.csv")


WRITERS: dict[str, Callable[[Answer, Path], tuple[str, ...]]] = {
    "html": _write_html,
    "json": _write_json,
    "csv": _write_csv,
    "nifti": _write_nifti,
}
"""One writer a format."""
