"""Patients whose lesions are known: the demonstration patient and its makers."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trabecula.errors import InputError
from trabecula.model import (
    Acquisition,
    Anatomy,
    Context,
    Grid,
    Mask,
    Structure,
    Tissue,
    Volume,
    frozen,
)
from trabecula.model.arrays import Float64
from trabecula.simulate.canvas import Canvas, blank_canvas
from trabecula.simulate.demo import demo_lesions
from trabecula.simulate.lesions import Deposit, LesionModel
from trabecula.simulate.scanner import Scanner, scan
from trabecula.simulate.shapes import Lattice
from trabecula.simulate.skeleton import Bone, paint_bone, pelvic_skeleton, roughened
from trabecula.simulate.soft_tissue import (
    paint_body,
    paint_joints,
    paint_muscles,
    paint_table,
    paint_vessels,
    paint_viscera,
)
from trabecula.simulate.tissue import AIR

DEMO_SPACING_KJI_MM = (1.5, 0.85, 0.85)
DEMO_SIZE = 0.95
"""Against an adult man: a girl of sixteen."""
DEMO_AGE_YEARS = 16.0
DEMO_SEX = "F"

FIELD_LOW_MM = (-192.0, -116.0, -112.0)
FIELD_HIGH_MM = (192.0, 162.0, 200.0)
"""What the scan shows, adult body frame: L3 to the upper thighs, table included."""

FUSED_OVERLAP_ML = 0.02
"""Lesion volume a bone must take up for the two to be fused, and not only touching."""


@dataclass(frozen=True, slots=True)
class TrueLesion:
    """What is known of one simulated lesion.

    Attributes
    ----------
    id, label
        From 1; ``label`` is its number in ``Patient.truth_labels`` (the same number).
    mineral
        ``ossification`` or ``calcification``.
    model, name
        Class that made it, and what it is, for people.
    volume_ml
        Outer surface, marrow included: voxels of its label.
    mineral_volume_ml
        Dense part: the rim of bone, all of a calcification.
    mineral_mass_mg
        Hydroxyapatite.
    centroid_lps_mm
        LPS, mm.
    rim_thickness_mm
        Its cortex; ``None`` when it has none.
    bridged
        Names of the native bones it joins to each other; empty when it joins none.
    touches
        Names of the native bones it meets.
    contact
        ``free``, ``touching``, ``fused`` or ``bridging``.
    expected_kind
        ``lesion``, or why it should be set aside: ``vessel_wall``, ``phlebolith``.
    """

    id: int
    label: int
    mineral: str
    model: str
    name: str
    volume_ml: float
    mineral_volume_ml: float
    mineral_mass_mg: float
    centroid_lps_mm: tuple[float, float, float]
    rim_thickness_mm: float | None
    bridged: tuple[str, ...]
    touches: tuple[str, ...]
    contact: str
    expected_kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Patient:
    """A simulated scan and everything that is true of it.

    Attributes
    ----------
    volume
        The scan.
    anatomy
        Native structures by name, lesions not among them.
    truth
        The lesions.
    truth_labels : (k, j, i) uint8
        Lesion numbers, 0 = none.
    """

    volume: Volume
    anatomy: Anatomy
    truth: tuple[TrueLesion, ...]
    truth_labels: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        if not self.volume.hu.shape == self.anatomy.labels.shape == self.truth_labels.shape:
            raise ValueError("Scan, anatomy and truth lie on one grid.")
        frozen(self.truth_labels)

    def lesion_mask(self, label: int) -> Mask:
        """Voxels of one lesion, bool ``(k, j, i)``."""
        mask: Mask = self.truth_labels == label
        return mask


def demo_patient(
    *,
    seed: int = 0,
    spacing_kji_mm: tuple[float, float, float] = DEMO_SPACING_KJI_MM,
    lesions: Sequence[LesionModel] | None = None,
    scanner: Scanner | None = None,
) -> Patient:
    """Pelvis, hips and lower spine with bone in many muscles, a bridge, and harmless calcium.

    Parameters
    ----------
    seed
        Same seed, same bytes.
    spacing_kji_mm
        Slice distance, row and column spacing, mm.
    lesions
        Lesions instead of the demonstration's; an empty sequence makes a normal scan.
    scanner
        How it is scanned; 120 kV, 1.1 mm blur, 15 HU noise unless told.
    """
    models = demo_lesions() if lesions is None else tuple(lesions)
    return pelvis_patient(
        models,
        spacing_kji_mm=spacing_kji_mm,
        size=DEMO_SIZE,
        scanner=scanner or Scanner(),
        seed=seed,
    )


def demo_context() -> Context:
    """Age and sex of the demonstration patient.

    Calcified arteries and veins are rare at sixteen; they are there to be told from bone.
    """
    return Context(age_years=DEMO_AGE_YEARS, sex=DEMO_SEX)


def pelvis_patient(
    lesions: Sequence[LesionModel],
    *,
    spacing_kji_mm: tuple[float, float, float],
    size: float,
    scanner: Scanner,
    seed: int,
) -> Patient:
    """Simulate a pelvis of a size (1 = adult man) with these lesions."""
    field, lattice = _field_of_view(spacing_kji_mm, size)
    canvas = blank_canvas(lattice, kvp=scanner.kvp, background_hu=AIR, seed=1000 * seed)
    _paint_soft_tissue(canvas, seed)
    deposits = [(model, model.paint(canvas)) for model in lesions]
    bones = roughened(canvas, pelvic_skeleton(lattice))
    for bone in bones:
        paint_bone(canvas, bone)
    hu = scan(canvas.hu, field, scanner, seed=seed)
    grid = _grid(field)
    truth_labels = np.zeros(lattice.shape, dtype=np.uint8)
    truth = _truth(deposits, canvas, bones, truth_labels=truth_labels, grid=grid)
    acquisition = Acquisition(
        kind="simulated",
        sha256=hashlib.sha256(hu.tobytes()).hexdigest(),
        slice_thickness_mm=spacing_kji_mm[0],
        convolution_kernel="soft",
        kvp=scanner.kvp,
        contrast_agent=False,
        patient_position="HFS",
        age_years=DEMO_AGE_YEARS,
        sex=DEMO_SEX,
    )
    return Patient(Volume(hu, grid, acquisition), _anatomy(canvas), truth, truth_labels)


def _field_of_view(
    spacing_kji_mm: tuple[float, float, float], size: float
) -> tuple[Lattice, Lattice]:
    """Return the lattice of the scan (mm) and the same in the adult body frame."""
    if not 0.4 <= size <= 1.3:
        raise InputError(
            f"A body of {size:g} times adult size cannot be simulated.",
            remedy="Choose a size between 0.4 and 1.3.",
        )
    if not all(0.3 <= edge <= 6.0 for edge in spacing_kji_mm):
        raise InputError(
            f"Voxels of {spacing_kji_mm} mm cannot be simulated.",
            remedy="Choose spacings between 0.3 and 6 mm.",
        )
    x, y, z = (
        np.arange(low * size, high * size, edge, dtype=np.float64)
        for low, high, edge in zip(FIELD_LOW_MM, FIELD_HIGH_MM, spacing_kji_mm[::-1], strict=True)
    )
    return _lattice(x, y, z), _lattice(x / size, y / size, z / size)


def _lattice(x: Float64, y: Float64, z: Float64) -> Lattice:
    return Lattice(x.astype(np.float32), y.astype(np.float32), z.astype(np.float32))


def _grid(field: Lattice) -> Grid:
    affine = np.zeros((4, 4))
    dk, dj, di = field.spacing_kji_mm
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = dk, dj, di, 1.0
    affine[:3, 3] = field.x[0], field.y[0], field.z[0]
    return Grid(affine, field.shape)


def _paint_soft_tissue(canvas: Canvas, seed: int) -> None:
    paint_table(canvas)
    paint_body(canvas)
    paint_viscera(canvas, np.random.default_rng(seed))
    paint_muscles(canvas)
    paint_vessels(canvas)
    paint_joints(canvas)


def _anatomy(canvas: Canvas) -> Anatomy:
    structures = tuple(
        Structure(label, name, _tissue(name)) for name, label in canvas.names.items()
    )
    return Anatomy(canvas.labels, structures, "label map", "", separates_fused_bone=True)


TISSUES = (
    (("femur", "hip", "sacrum", "vertebrae"), Tissue.BONE),
    (("aorta", "iliac", "inferior"), Tissue.VESSEL),
    (("urinary",), Tissue.URINARY),
    (("colon", "small"), Tissue.BOWEL),
)
"""Tissue by the first word of a structure's name; all others are muscles."""


def _tissue(name: str) -> Tissue:
    first = name.split("_", maxsplit=1)[0]
    return next((tissue for words, tissue in TISSUES if first in words), Tissue.MUSCLE)


def _truth(
    deposits: Sequence[tuple[LesionModel, Deposit | None]],
    canvas: Canvas,
    bones: Sequence[Bone],
    *,
    truth_labels: npt.NDArray[np.uint8],
    grid: Grid,
) -> tuple[TrueLesion, ...]:
    """Write the truth labels and tell what is true of each lesion."""
    of_bone = {canvas.names[b.name]: b.name for b in bones if b.name in canvas.names}
    truth: list[TrueLesion] = []
    for model, deposit in deposits:
        if deposit is None:
            continue
        labels = canvas.labels[deposit.box]
        own = deposit.mask & ~np.isin(labels, list(of_bone)) & (truth_labels[deposit.box] == 0)
        if not own.any():
            continue
        number = len(truth) + 1
        truth_labels[deposit.box][own] = number
        buried_ml = {
            name: float((deposit.mask & (labels == label)).sum()) * grid.voxel_ml
            for label, name in of_bone.items()
        }
        touches = _neighbours(own, labels, of_bone)
        truth.append(
            _true_lesion(
                number, model, deposit, own, touches=touches, buried_ml=buried_ml, grid=grid
            )
        )
    return tuple(truth)


def _neighbours(
    own: Mask, labels: npt.NDArray[np.uint8], of_bone: Mapping[int, str]
) -> tuple[str, ...]:
    """Names of the bones that share a voxel corner with a lesion."""
    from scipy.ndimage import binary_dilation

    around = binary_dilation(own, np.ones((3, 3, 3), dtype=bool))
    met = np.unique(labels[around]).tolist()
    return tuple(sorted(of_bone[label] for label in met if label in of_bone))


def _true_lesion(
    number: int,
    model: LesionModel,
    deposit: Deposit,
    own: Mask,
    *,
    touches: tuple[str, ...],
    buried_ml: Mapping[str, float],
    grid: Grid,
) -> TrueLesion:
    fused = tuple(name for name in touches if buried_ml[name] >= FUSED_OVERLAP_ML)
    contact = (
        "bridging" if len(fused) > 1 else "fused" if fused else "touching" if touches else "free"
    )
    start = [axis.start for axis in deposit.box]
    x, y, z = grid.to_lps_mm(np.argwhere(own).mean(axis=0) + start).tolist()
    return TrueLesion(
        id=number,
        label=number,
        mineral=model.mineral,
        model=type(model).__name__,
        name=model.name,
        volume_ml=float(own.sum()) * grid.voxel_ml,
        mineral_volume_ml=float((own & deposit.compact).sum()) * grid.voxel_ml,
        mineral_mass_mg=float(deposit.mineral_mg_cm3[own].sum()) * grid.voxel_ml,
        centroid_lps_mm=(x, y, z),
        rim_thickness_mm=model.rim_thickness_mm,
        bridged=fused if len(fused) > 1 else (),
        touches=touches,
        contact=contact,
        expected_kind=model.expected_kind,
    )
