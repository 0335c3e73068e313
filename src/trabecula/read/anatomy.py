"""Anatomy that the user brings: a multi-label map, or a folder with one mask a structure."""

import gzip
import os
import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trabecula.errors import GeometryError, InputError
from trabecula.model import (
    Anatomy,
    Float64,
    Grid,
    Labels,
    Level,
    Note,
    Structure,
    Tissue,
    Volume,
)
from trabecula.read.canonical import canonical
from trabecula.read.images import SUFFIXES, open_image
from trabecula.read.numbering import by_fit, table_beside, table_in_header
from trabecula.read.source import kind_of
from trabecula.see.structures import is_known, structure

MIN_COVER = 0.01
"""A label map that covers less of the scan does not belong to it."""

WHOLE_COVER = 0.98
"""Below this the reader is told that part of the scan has no labels."""

MAX_LABELS = 1000
"""A picture with more different values is no label map."""

MAX_STRUCTURES = 254
"""So many masks of a folder are numbered in uint8."""

MEAN_VOXELS = 4_000_000
"""About this many voxels are looked at to learn each label's mean HU."""

HEADER_BYTES = 1_000_000
"""A NIfTI header with its table of names is shorter."""


def read_anatomy(path: str | os.PathLike[str], volume: Volume) -> Anatomy:
    """Read a label map, or a folder of masks, onto the grid of a scan.

    Parameters
    ----------
    path
        A multi-label NIfTI, NRRD or MetaImage file, whose numbers are named by the rule in
        :mod:`trabecula.read.numbering`; or a folder of masks, each file named after its structure
        (``hip_left.nii.gz``) in TotalSegmentator's words. Where masks overlap, bone wins over
        cartilage, and cartilage over the rest.
    volume
        The scan it belongs to. Labels on another grid are brought onto it by nearest neighbour,
        and a note says so.

    Returns
    -------
    Anatomy
        uint8 (uint16 above 255) labels on the volume's grid, and the structures found in it.

    Raises
    ------
    InputError
        When the file is no label map, its numbers cannot be named, or it lies elsewhere.
    """
    place = Path(path)
    try:
        return _read(place, volume)
    except OSError as error:
        raise InputError(
            "The label map cannot be opened or read.", remedy="Check that you may read it."
        ) from error


def _read(place: Path, volume: Volume) -> Anatomy:
    if not place.exists():
        raise InputError("There is no such label map or folder of masks.", remedy="Check the path.")
    if not place.is_dir():
        return _from_map(place, volume)
    masks = _masks_in(place)
    if not any(is_known(_structure_name(mask)) for mask in masks) and len(masks) == 1:
        return _from_map(masks[0], volume)
    return _from_masks(masks, volume)


def _masks_in(folder: Path) -> list[Path]:
    endings = tuple(ending for kind in SUFFIXES.values() for ending in kind)
    masks = sorted(p for p in folder.iterdir() if p.name.lower().endswith(endings))
    if not masks:
        raise InputError(
            "The folder holds no mask (NIfTI, NRRD or MetaImage).",
            remedy="Give a folder with one mask for each structure, or a label map.",
        )
    return masks


def _structure_name(mask: Path) -> str:
    name = mask.name.lower()
    for ending in sorted((e for kind in SUFFIXES.values() for e in kind), key=len, reverse=True):
        if name.endswith(ending):
            return mask.name[: -len(ending)]
    return mask.name


def _from_map(path: Path, volume: Volume) -> Anatomy:
    stored, grid = _labels_of(path)
    labels, notes = on_grid(stored, grid, volume.grid)
    means = _mean_hu(labels, volume)
    if not means:
        raise GeometryError(
            "The label map has no label inside the scan.",
            remedy="Give the label map of this scan.",
        )
    names, version = _names(path, means)
    unnamed = [n for n in means if n not in names]
    if len(unnamed) > len(means) // 2:
        raise InputError(
            f"{len(unnamed)} of {len(means)} labels have no name in the table.",
            remedy="Complete the table: number and name of every structure.",
        )
    structures = tuple(
        structure(n, names.get(n, f"label_{n}")) for n in sorted(means) if n in names or unnamed
    )
    return _anatomy(labels, structures, version=version, notes=notes)


def _names(path: Path, means: dict[int, float]) -> tuple[dict[int, str], str]:
    given = table_beside(path)
    if given is not None:
        return given, ""
    given = table_in_header(_header(path)) if kind_of(path) == "nifti" else None
    if given is not None:
        return given, "TotalSegmentator"
    names, number = by_fit(means)
    return names, f"TotalSegmentator {number} (numbering)"


def _header(path: Path) -> bytes:
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if packed else path.open("rb") as stream:
            start = stream.read(HEADER_BYTES)
    except (OSError, EOFError, zlib.error):
        return b""
    pixels = int(np.frombuffer(start, "<f4", 1, 108)[0]) if len(start) > 352 else 0
    return start[: max(0, pixels)]


def _labels_of(path: Path) -> tuple[Labels, Grid]:
    """Label array as stored, uint8 where that holds it, and its grid."""
    image = open_image(path, _image_kind(path))
    labels: Labels
    if image.bits <= 8:
        labels = np.empty(image.grid.shape_kji, dtype=np.uint8)
    else:
        labels = np.empty(image.grid.shape_kji, dtype=np.uint16)
    for k, plane in enumerate(image.planes):
        whole = plane.dtype.kind in "iu" or bool((plane == np.rint(plane)).all())
        if not whole or plane.min() < 0 or plane.max() > np.iinfo(np.uint16).max:
            raise InputError(
                "The file is no label map: its values are not whole numbers from 0 on.",
                remedy="Give a label map, not a scan.",
            )
        labels[k] = plane
    if labels.dtype != np.uint8 and labels.max() <= np.iinfo(np.uint8).max:
        labels = labels.astype(np.uint8)
    return labels, image.grid


def _image_kind(path: Path) -> str:
    kind = kind_of(path)
    if kind not in SUFFIXES:
        raise InputError(
            "The label map is no NIfTI, NRRD or MetaImage file.",
            remedy="Convert it to NIfTI first.",
        )
    return kind


def on_grid(labels: Labels, grid: Grid, wanted: Grid) -> tuple[Labels, tuple[Note, ...]]:
    """Bring labels onto the grid of a scan, by nearest neighbour where grids differ.

    Parameters
    ----------
    labels : (a, b, c) uint8 or uint16
        As stored.
    grid, wanted
        Their grid, and the scan's.

    Returns
    -------
    labels : (k, j, i)
        On the wanted grid; 0 outside the label map.
    notes
        What was done, and how much of the scan has no labels.
    """
    array: npt.NDArray[Any] = labels  # either width is turned alike
    turned, place, _ = canonical(array, grid)
    if place.matches(wanted):
        return turned, ()
    cover = _cover(place, wanted)
    if cover < MIN_COVER:
        raise GeometryError(
            "The label map lies elsewhere in space than the scan.",
            remedy="Give the label map of this scan, in the same patient coordinates.",
        )
    moved = _nearest(turned, place, wanted)
    notes = [
        Note(
            Level.INFO,
            "anatomy_resampled",
            "The labels were brought onto the grid of the scan by nearest neighbour.",
        )
    ]
    if cover < WHOLE_COVER:
        notes.append(
            Note(
                Level.WARNING,
                "anatomy_cover",
                f"The label map covers {cover:.0%} of the scan.",
                "Outside it, native bone is not known by name.",
            )
        )
    return moved, tuple(notes)


def _cover(grid: Grid, wanted: Grid) -> float:
    """Part of the wanted grid that lies within another."""
    axes = [(np.arange(20) + 0.5) / 20 * n - 0.5 for n in wanted.shape_kji]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    index = grid.to_index_kji(wanted.to_lps_mm(points))
    inside = (index > -0.5) & (index < np.array(grid.shape_kji) - 0.5)
    return float(inside.all(axis=1).mean())


def _nearest(labels: Labels, grid: Grid, wanted: Grid) -> Labels:
    import SimpleITK

    sitk: Any = SimpleITK  # its functions carry no types
    image = _image(labels, grid)
    k, j, i = wanted.shape_kji
    moved = sitk.Resample(
        image,
        (i, j, k),
        sitk.Transform(),
        sitk.sitkNearestNeighbor,
        wanted.affine_kji_to_lps[:3, 3].tolist(),
        wanted.spacing_kji_mm[::-1].tolist(),
        direction_of(wanted),
        0,
        image.GetPixelID(),
    )
    found: Labels = sitk.GetArrayFromImage(moved)
    return found


def _image(array: npt.NDArray[Any], grid: Grid) -> Any:
    """SimpleITK image of an array on a grid."""
    import SimpleITK

    image: Any = SimpleITK.GetImageFromArray(array)
    image.SetOrigin(grid.affine_kji_to_lps[:3, 3].tolist())
    image.SetSpacing(grid.spacing_kji_mm[::-1].tolist())
    image.SetDirection(direction_of(grid))
    return image


def direction_of(grid: Grid) -> list[float]:
    """Direction cosines of a grid in SimpleITK's order: x, y, z in columns, flattened."""
    axes: Float64 = grid.affine_kji_to_lps[:3, :3] / grid.spacing_kji_mm
    return [float(value) for value in axes[:, ::-1].ravel()]


def _mean_hu(labels: Labels, volume: Volume) -> dict[int, float]:
    """Mean HU of every label, from an even sample; labels too small for it are looked up whole."""
    step = max(1, round((labels.size / MEAN_VOXELS) ** (1 / 3)))
    part = (slice(None, None, step),) * 3
    counts = np.bincount(labels[part].ravel())
    sums = np.bincount(labels[part].ravel(), weights=volume.hu[part].ravel())
    total = np.zeros(int(np.iinfo(labels.dtype).max) + 1, dtype=np.int64)
    for plane in labels:  # counting widens to int64, so never the whole at once
        if plane.any():
            total += np.bincount(plane.ravel(), minlength=len(total))
    present = np.flatnonzero(total)
    if len(present) > MAX_LABELS:
        raise InputError("The file is no label map: too many values.", remedy="Give a label map.")
    means = {}
    for n in present.tolist():
        if n == 0:
            continue
        if n < len(counts) and counts[n]:
            means[n] = float(sums[n] / counts[n])
        else:
            means[n] = float(volume.hu[labels == n].mean())
    return means


def _from_masks(masks: list[Path], volume: Volume) -> Anatomy:
    known = [mask for mask in masks if is_known(_structure_name(mask))]
    if not known:
        raise InputError(
            f"None of {len(masks)} masks bears a name of TotalSegmentator's.",
            remedy="Name each file after its structure, such as hip_left.nii.gz.",
        )
    if len(known) > MAX_STRUCTURES:
        raise InputError("The folder holds too many masks.", remedy="Give one task's masks.")
    named = [structure(n, _structure_name(mask)) for n, mask in enumerate(known, start=1)]
    order = sorted(zip(named, known, strict=True), key=lambda pair: _priority(pair[0]))
    labels = np.zeros(volume.hu.shape, dtype=np.uint8)
    present, notes, overlap = [], {}, 0
    for entry, mask in order:
        member, found_notes = _member(mask, volume)
        filled = np.flatnonzero(member.any(axis=(1, 2)))
        if not filled.size:
            continue
        planes = slice(filled[0], filled[-1] + 1)
        part, inside = labels[planes], member[planes]
        overlap += int(np.count_nonzero(part[inside]))
        part[inside] = entry.label
        present.append(entry)
        notes.update({note.check: note for note in found_notes})
    if not present:
        raise GeometryError(
            "The masks are empty inside the scan.", remedy="Give the masks of this scan."
        )
    if len(known) < len(masks):
        notes["masks_skipped"] = Note(
            Level.INFO,
            "masks_skipped",
            f"{len(masks) - len(known)} files whose names are not TotalSegmentator's were skipped.",
        )
    if overlap:
        notes["masks_overlap"] = Note(
            Level.INFO,
            "masks_overlap",
            f"{overlap} voxels lie in more than one mask; bone was given precedence.",
        )
    structures = tuple(sorted(present, key=lambda s: s.label))
    return _anatomy(labels, structures, version="", notes=tuple(notes.values()))


def _priority(entry: Structure) -> int:
    return {Tissue.BONE: 2, Tissue.CARTILAGE: 1}.get(entry.tissue, 0)


def _member(mask: Path, volume: Volume) -> tuple[npt.NDArray[np.bool_], tuple[Note, ...]]:
    image = open_image(mask, _image_kind(mask))
    inside = np.empty(image.grid.shape_kji, dtype=np.uint8)
    for k, plane in enumerate(image.planes):
        np.greater(plane, 0.5, out=inside[k], casting="unsafe")
    member, notes = on_grid(inside, image.grid, volume.grid)
    return member.view(np.bool_), notes


def _anatomy(
    labels: Labels, structures: Iterable[Structure], *, version: str, notes: tuple[Note, ...]
) -> Anatomy:
    entries = tuple(structures)
    has_bone = any(s.tissue is Tissue.BONE for s in entries)
    if not has_bone:
        lacking = Note(
            Level.WARNING,
            "anatomy_without_bone",
            "The labels name no bone.",
            "Bone fused to the skeleton cannot be told from it.",
        )
        notes = (*notes, lacking)
    return Anatomy(
        labels=labels,
        structures=entries,
        source="label map",
        version=version,
        separates_fused_bone=has_bone,
        notes=notes,
    )


def from_totalsegmentator(path: Path, volume: Volume, version: str) -> Anatomy:
    """Read a label map that TotalSegmentator itself has just made."""
    anatomy = read_anatomy(path, volume)
    return replace(anatomy, source="TotalSegmentator", version=version or anatomy.version)
