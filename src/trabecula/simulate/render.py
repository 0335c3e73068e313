"""From the plan of a body to a scan with its truth, slab by slab to keep memory low."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trabecula.errors import InputError
from trabecula.model import HU, Acquisition, Anatomy, Box, Float64, Grid, Structure, Tissue, Volume
from trabecula.simulate.canvas import Canvas, blank_canvas, mixed_palette
from trabecula.simulate.growths.growth import Growth
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.lesions import Deposit, LesionModel
from trabecula.simulate.patient import Patient
from trabecula.simulate.scanner import Scanner, noise_of, scan
from trabecula.simulate.skeleton import Bone, paint_bone, roughened
from trabecula.simulate.truth import Tally, numbered

HALO_MM = 14.0
"""Painted beyond a slab on either side, so that depths under a surface are right in it."""
THREADS = 2
"""Slabs painted side by side; numpy works outside the interpreter's lock."""
MOST_LESIONS = 255
"""What the truth labels can count."""

TISSUES = (
    (
        (
            "femur", "hip", "sacrum", "vertebrae", "rib", "sternum", "scapula", "clavicula",
            "humerus", "radius", "ulna", "skull", "mandible", "tibia", "fibula", "patella",
            "foot", "hand",
        ),
        Tissue.BONE,
    ),
    (("costal", "meniscus", "laryngeal"), Tissue.CARTILAGE),
    (
        (
            "aorta", "iliac", "inferior", "subclavian", "axillary", "brachial", "common",
            "internal", "popliteal",
        ),
        Tissue.VESSEL,
    ),
    (("urinary",), Tissue.URINARY),
    (("colon", "small"), Tissue.BOWEL),
    (("kidney",), Tissue.KIDNEY),
    (("lung", "trachea"), Tissue.AIRWAY),
    (("brain", "spinal"), Tissue.NERVOUS),
    (("heart", "liver", "spleen"), Tissue.ORGAN),
)  # fmt: skip
"""Tissue by the first word of a structure's name; all others are muscles."""


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """The plan of a body, in the adult body frame.

    Attributes
    ----------
    soft_tissue
        Paints everything that is not bone.
    bones
        Distances of the bones of a lattice.
    age_years, sex
        For the header.
    finish
        Paints what comes after the bones: metal, contrast.
    tissues
        What its structures are made of; ``None`` for the names of our own bodies.
    contrast, position
        For the header: whether contrast was given, and how the patient lies.
    wasting_mm
        How much thinner muscles are on every side.
    """

    soft_tissue: Callable[[Canvas], None]
    bones: Callable[[Lattice], list[Bone]]
    age_years: float | None
    sex: str | None
    finish: Callable[[Canvas], None] | None = None
    tissues: Mapping[str, Tissue] | None = None
    contrast: bool = False
    position: str = "HFS"
    wasting_mm: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """What is scanned: voxel centres in mm of the room, and in the adult body frame."""

    room: Lattice
    body: Lattice

    @property
    def grid(self) -> Grid:
        """Where the voxels lie."""
        affine = np.zeros((4, 4))
        # Over the whole length: the gap of two neighbours carries the rounding of float32.
        dk, dj, di = (
            round(float(c[-1] - c[0]) / (c.size - 1), 6)
            for c in (self.room.z, self.room.y, self.room.x)
        )
        affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = dk, dj, di, 1.0
        affine[:3, 3] = self.room.x[0], self.room.y[0], self.room.z[0]
        return Grid(affine, self.room.shape)


def field_of_view(
    first_xyz_mm: Sequence[float],
    shape_kji: tuple[int, int, int],
    *,
    spacing_kji_mm: tuple[float, float, float],
    size: float,
) -> Field:
    """Lay voxels out from a first corner; ``size`` 1 is an adult man."""
    if not 0.4 <= size <= 1.3:
        raise InputError(
            f"A body of {size:g} times adult size cannot be simulated.",
            remedy="Choose a size between 0.4 and 1.3.",
        )
    if not all(0.3 <= edge <= 8.0 for edge in spacing_kji_mm):
        raise InputError(
            f"Voxels of {spacing_kji_mm} mm cannot be simulated.",
            remedy="Choose spacings between 0.3 and 8 mm.",
        )
    if min(shape_kji) < 8:
        raise InputError(
            f"A scan of {shape_kji} voxels is too small to hold anything.",
            remedy="Choose at least 8 voxels along every axis.",
        )
    x, y, z = (
        start + edge * np.arange(count, dtype=np.float64)
        for start, count, edge in zip(
            first_xyz_mm, shape_kji[::-1], spacing_kji_mm[::-1], strict=True
        )
    )
    return Field(_lattice(x, y, z), _lattice(x / size, y / size, z / size))


def simulate(
    body: Body,
    field: Field,
    lesions: Sequence[LesionModel],
    *,
    scanner: Scanner,
    seed: int,
    slab: int,
    progress: Callable[[float], None] | None = None,
) -> Patient:
    """Scan a body with lesions.

    Parameters
    ----------
    slab
        Slices painted together.
    progress
        Called with the fraction of slices that are done.
    """
    if len(lesions) > MOST_LESIONS:
        raise InputError(
            f"{len(lesions)} lesions are more than the truth labels can count.",
            remedy=f"Give {MOST_LESIONS} at most.",
        )
    shape = field.room.shape
    work = _Work(
        hu=np.empty(shape, dtype=np.int16),
        labels=np.zeros(shape, dtype=np.uint8),
        truth_labels=np.zeros(shape, dtype=np.uint8),
        tallies=[Tally(model) for model in lesions],
        names={},
    )
    spacing = field.room.spacing_kji_mm
    palette = mixed_palette(field.body.spacing_kji_mm, kvp=scanner.kvp, seed=1000 * seed)
    noise = noise_of(scanner, spacing, seed=1000 * seed + 4)
    halo = int(np.ceil(HALO_MM / spacing[0]))

    def piece(start: int) -> _Piece:
        wide, inner = _slab(shape, start, slab, halo=halo)
        canvas = blank_canvas(field.body.part(wide), palette, {}, wasting_mm=body.wasting_mm)
        deposits, bones = _painted(canvas, body, lesions)
        scanned = scan(canvas.hu, field.room.part(wide), scanner, noise=noise, seed=seed)
        return _Piece(
            first=wide[0].start,
            inner=inner,
            hu=scanned[inner],
            labels=canvas.labels,
            names=canvas.names,
            deposits=deposits,
            bones=tuple(bone.name for bone in bones),
        )

    # Pieces are made side by side and kept in order, so the count of threads changes nothing.
    with ThreadPoolExecutor(THREADS) as pool:
        for made in pool.map(piece, range(0, shape[0], slab)):
            _keep(work, made)
            if progress is not None:
                progress((made.first + made.inner.stop) / shape[0])
    return _patient(work, field.grid, body, scanner)


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """A painted and scanned slab.

    ``first`` is its first painted slice in the scan, ``inner`` which painted slices are its own.
    """

    first: int
    inner: slice
    hu: HU
    labels: npt.NDArray[np.uint8]
    names: dict[str, int]
    deposits: Sequence[Deposit | None]
    bones: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What grows while slabs are painted."""

    hu: HU
    labels: npt.NDArray[np.uint8]
    truth_labels: npt.NDArray[np.uint8]
    tallies: list[Tally]
    names: dict[str, int]


def _lattice(x: Float64, y: Float64, z: Float64) -> Lattice:
    return Lattice(x.astype(np.float32), y.astype(np.float32), z.astype(np.float32))


def _slab(shape: tuple[int, int, int], start: int, step: int, *, halo: int) -> tuple[Box, slice]:
    """Return the box to paint, and which of its slices belong to the slab."""
    low, high = max(0, start - halo), min(shape[0], start + step + halo)
    stop = min(start + step, shape[0])
    wide = (slice(low, high), slice(0, shape[1]), slice(0, shape[2]))
    return wide, slice(start - low, stop - low)


def _painted(
    canvas: Canvas, body: Body, lesions: Sequence[LesionModel]
) -> tuple[list[Deposit | None], list[Bone]]:
    body.soft_tissue(canvas)
    deposits = [model.paint(canvas) for model in lesions]
    bones = roughened(canvas, body.bones(canvas.lattice))
    for bone in bones:
        paint_bone(canvas, bone)
    numbers = [canvas.names[bone.name] for bone in bones if bone.name in canvas.names]
    for model in lesions:
        if isinstance(model, Growth):
            model.finish(canvas, numbers)
    if body.finish is not None:
        body.finish(canvas)
    return deposits, bones


def _keep(work: _Work, piece: _Piece) -> None:
    """Take a slab over: scan, structures under their numbers for the whole scan, truth."""
    table = np.zeros(256, dtype=np.uint8)
    for name, label in piece.names.items():
        table[label] = work.names.setdefault(name, len(work.names) + 1)
    labels = table[piece.labels]
    start = piece.first + piece.inner.start
    kept = slice(start, start + piece.hu.shape[0])
    work.hu[kept], work.labels[kept] = piece.hu, labels[piece.inner]
    of_bone = {work.names[name]: name for name in piece.bones if name in work.names}
    for number, deposit in enumerate(piece.deposits, start=1):
        if deposit is not None:
            _keep_lesion(work, number, deposit, labels, of_bone=of_bone, piece=piece)


def _keep_lesion(
    work: _Work,
    number: int,
    deposit: Deposit,
    labels: npt.NDArray[np.uint8],
    *,
    of_bone: Mapping[int, str],
    piece: _Piece,
) -> None:
    """Write the truth label of what a lesion has in a slab, and count it."""
    part = _within(deposit.box[0], piece.inner)
    if part is None:
        return
    k, j, i = deposit.box
    local = slice(k.start + part.start, k.start + part.stop)
    truth = work.truth_labels[local.start + piece.first : local.stop + piece.first, j, i]
    native = np.zeros(256, dtype=bool)
    native[list(of_bone)] = True
    own = deposit.mask[part] & ~native[labels[local, j, i]] & (truth == 0)
    truth[own] = number
    tally = work.tallies[number - 1]
    tally.add(deposit, own, part=part, first=(local.start + piece.first, j.start, i.start))
    tally.meet(deposit.mask[part], labels[local, j, i], of_bone)


def _within(axis: slice, inner: slice) -> slice | None:
    """Part of a box's slices that lies in a slab, counted from the start of the box."""
    start, stop = max(axis.start, inner.start), min(axis.stop, inner.stop)
    return slice(start - axis.start, stop - axis.start) if start < stop else None


def _patient(work: _Work, grid: Grid, body: Body, scanner: Scanner) -> Patient:
    truth = numbered(work.tallies, work.truth_labels, grid)
    acquisition = Acquisition(
        kind="simulated",
        sha256=hashlib.sha256(work.hu.data).hexdigest(),
        slice_thickness_mm=scanner.slice_thickness_mm or float(grid.spacing_kji_mm[0]),
        convolution_kernel=scanner.kernel,
        kvp=scanner.kvp,
        contrast_agent=body.contrast,
        patient_position=body.position,
        age_years=body.age_years,
        sex=body.sex,
    )
    structures = tuple(
        Structure(label, name, _tissue(body, name)) for name, label in work.names.items()
    )
    anatomy = Anatomy(work.labels, structures, "label map", "", separates_fused_bone=True)
    return Patient(Volume(work.hu, grid, acquisition), anatomy, truth, work.truth_labels)


def _tissue(body: Body, name: str) -> Tissue:
    return tissue_of(name) if body.tissues is None else body.tissues[name]


def tissue_of(name: str) -> Tissue:
    """Tell by its name what a simulated structure is made of."""
    first = name.split("_", maxsplit=1)[0]
    return next((tissue for words, tissue in TISSUES if first in words), Tissue.MUSCLE)
