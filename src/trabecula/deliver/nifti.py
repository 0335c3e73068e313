"""Label maps as NIfTI on the input grid, written slab by slab.

NIfTI's RAS is converted here and in ``read`` and exists nowhere else.
"""

from collections.abc import Iterator, Sequence
from gzip import GzipFile
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt

from trabecula.model import Box, Float64, Grid, Labels, Lesion, StoredAxes

LabelType = type[np.uint8] | type[np.uint16]
"""How a label is stored."""

Slab: TypeAlias = npt.NDArray[np.uint8 | np.uint16]
"""A part of a label map, ``(k, j, i)`` of the canonical grid or as stored."""

SLAB_BYTES = 16 * 2**20
"""Memory of one slab; the whole label map is never held."""

COMPRESSION_LEVEL = 1
"""Of isal: labels are flat, and higher levels gained nothing worth their time."""

SCANNER = 1
"""NIFTI_XFORM_SCANNER_ANAT: the coordinates are the scanner's."""

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])

_HEADER = np.dtype(
    [
        ("sizeof_hdr", "<i4"),
        ("unused", "V35"),
        ("dim_info", "u1"),
        ("dim", "<i2", 8),
        ("intent_p", "<f4", 3),
        ("intent_code", "<i2"),
        ("datatype", "<i2"),
        ("bitpix", "<i2"),
        ("slice_start", "<i2"),
        ("pixdim", "<f4", 8),
        ("vox_offset", "<f4"),
        ("scl_slope", "<f4"),
        ("scl_inter", "<f4"),
        ("slice_end", "<i2"),
        ("slice_code", "u1"),
        ("xyzt_units", "u1"),
        ("cal_max", "<f4"),
        ("cal_min", "<f4"),
        ("slice_duration", "<f4"),
        ("toffset", "<f4"),
        ("unused_too", "V8"),
        ("descrip", "S80"),
        ("aux_file", "S24"),
        ("qform_code", "<i2"),
        ("sform_code", "<i2"),
        ("quatern", "<f4", 3),
        ("qoffset", "<f4", 3),
        ("srow", "<f4", (3, 4)),
        ("intent_name", "S16"),
        ("magic", "S4"),
        ("extension", "V4"),
    ]
)
"""The 348 bytes of NIfTI-1 and the four that say there is no extension."""

_DATATYPES = {1: (2, 8), 2: (512, 16)}
"""Bytes of a label to NIfTI's datatype code and bits."""

_MILLIMETRES = 2


def write_lesions(path: Path, grid: Grid, axes: StoredAxes, lesions: Sequence[Lesion]) -> None:
    """Write the lesions as labels, each by its id.

    Parameters
    ----------
    path
        Ends in ``.nii.gz``.
    grid
        Canonical grid of the scan.
    axes
        How the scan lay in its file; the label map is laid the same way.
    lesions
        Where outlines overlap, the larger id wins.
    """
    highest = max((lesion.id for lesion in lesions), default=0)
    kind: LabelType = np.uint8 if highest <= np.iinfo(np.uint8).max else np.uint16

    def paint(box: Box) -> Slab:
        labels = np.zeros([axis.stop - axis.start for axis in box], kind)
        for lesion in lesions:
            _paint(labels, box, lesion)
        return labels

    _write(path, grid, axes, (paint(box) for box in _slabs(grid, axes, kind)), kind)


def write_labels(path: Path, grid: Grid, axes: StoredAxes, labels: Labels) -> None:
    """Write a label array ``(k, j, i)`` of the canonical grid as NIfTI on the input grid."""
    kind: LabelType = np.uint8 if labels.dtype == np.uint8 else np.uint16
    _write(path, grid, axes, (labels[box] for box in _slabs(grid, axes, kind)), kind)


def stored_affine(grid: Grid, axes: StoredAxes) -> Float64:
    """Affine of the array as it lay in the file, stored index to LPS, mm.

    Canonical axis ``a`` is stored axis ``order[a]``, against it where flipped.
    """
    to_canonical = np.zeros((4, 4))
    to_canonical[3, 3] = 1.0
    for axis, (stored, flipped) in enumerate(zip(axes.order, axes.flipped, strict=True)):
        to_canonical[axis, stored] = -1.0 if flipped else 1.0
        to_canonical[axis, 3] = grid.shape_kji[axis] - 1.0 if flipped else 0.0
    affine: Float64 = grid.affine_kji_to_lps @ to_canonical
    return affine


def _slabs(grid: Grid, axes: StoredAxes, kind: LabelType) -> Iterator[Box]:
    """Boxes of the canonical grid, in the order in which the file stores them."""
    slowest = axes.order.index(0)
    size = grid.shape_kji[slowest]
    plane = int(np.prod(grid.shape_kji)) // max(size, 1) * np.dtype(kind).itemsize
    thick = max(1, SLAB_BYTES // max(plane, 1))
    starts = range(0, size, thick)
    spans = [slice(start, min(start + thick, size)) for start in starts]
    if axes.flipped[slowest]:
        spans = [slice(size - span.stop, size - span.start) for span in spans]
    for span in spans:
        k, j, i = (span if axis == slowest else slice(0, grid.shape_kji[axis]) for axis in range(3))
        yield k, j, i


def _as_stored(slab: Slab, axes: StoredAxes) -> Slab:
    turned = np.flip(slab, tuple(axis for axis, against in enumerate(axes.flipped) if against))
    stored: Slab = np.ascontiguousarray(np.transpose(turned, np.argsort(axes.order)))
    return stored


def _paint(labels: Slab, box: Box, lesion: Lesion) -> None:
    inside, outside = [], []
    for span, part in zip(lesion.box, box, strict=True):
        low, high = max(span.start, part.start), min(span.stop, part.stop)
        if low >= high:
            return
        inside.append(slice(low - part.start, high - part.start))
        outside.append(slice(low - span.start, high - span.start))
    labels[tuple(inside)][lesion.mask[tuple(outside)]] = lesion.id


def _write(
    path: Path, grid: Grid, axes: StoredAxes, slabs: Iterator[Slab], kind: LabelType
) -> None:
    with path.open("wb") as file, _packed(file) as packed:
        packed.write(_header(grid, axes, kind))
        for slab in slabs:
            packed.write(_as_stored(slab, axes).data)


def _packed(file: BinaryIO) -> GzipFile:
    """Compress what is written; without name and time, so that the bytes are always the same."""
    from isal import igzip

    packed: GzipFile = igzip.IGzipFile(  # type: ignore[no-untyped-call]  # isal ships no types
        filename="", mode="wb", compresslevel=COMPRESSION_LEVEL, fileobj=file, mtime=0
    )
    return packed


def _header(grid: Grid, axes: StoredAxes, kind: LabelType) -> bytes:
    """Header of a label map. NIfTI counts the fastest axis first, so stored axes are reversed."""
    affine = stored_affine(grid, axes)
    nifti = _LPS_TO_RAS @ affine[:, [2, 1, 0, 3]]
    shape = [grid.shape_kji[axes.order.index(stored)] for stored in (2, 1, 0)]
    quaternion, handedness = _quaternion(nifti[:3, :3])
    header = np.zeros((), _HEADER)
    header["sizeof_hdr"] = 348
    header["dim"] = [3, *shape, 1, 1, 1, 1]
    header["datatype"], header["bitpix"] = _DATATYPES[np.dtype(kind).itemsize]
    header["pixdim"] = [handedness, *np.linalg.norm(nifti[:3, :3], axis=0), 0, 0, 0, 0]
    header["vox_offset"] = 352
    header["scl_slope"] = 1
    header["xyzt_units"] = _MILLIMETRES
    header["descrip"] = b"Trabecula label map"
    header["qform_code"] = header["sform_code"] = SCANNER
    header["quatern"], header["qoffset"] = quaternion, nifti[:3, 3]
    header["srow"] = nifti[:3]
    header["magic"] = b"n+1"
    return header.tobytes()


def _quaternion(axes: npt.NDArray[np.float64]) -> tuple[Float64, float]:
    """Last three parts of the unit quaternion of a grid, and NIfTI's handedness factor.

    The first part is left out by the format because it is taken as not negative. The rotation is
    the eigenvector of the largest eigenvalue of a symmetric 4×4 matrix (Bar-Itzhack, J Guid
    Control Dyn 2000;23:1085), which holds for every angle.
    """
    turn = axes / np.linalg.norm(axes, axis=0)
    handedness = 1.0 if np.linalg.det(turn) > 0 else -1.0
    turn = turn * [1.0, 1.0, handedness]
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = turn.tolist()
    matrix = np.array(
        [
            [xx + yy + zz, zy - yz, xz - zx, yx - xy],
            [zy - yz, xx - yy - zz, yx + xy, xz + zx],
            [xz - zx, yx + xy, yy - xx - zz, zy + yz],
            [yx - xy, xz + zx, zy + yz, zz - xx - yy],
        ]
    )
    best: Float64 = np.linalg.eigh(matrix)[1][:, -1]
    return (best[1:] if best[0] >= 0 else -best[1:]), handedness
