"""A CT volume in Hounsfield units."""

from dataclasses import dataclass
from html import escape

import numpy as np

from trabecula.errors import GeometryError
from trabecula.model.arrays import HU, Mask, frozen
from trabecula.model.geometry import Grid
from trabecula.model.note import Note

AIR_HU = -1024
"""What stands outside the scanned circle."""


@dataclass(frozen=True, slots=True)
class StoredAxes:
    """How the array lay in the file, so that results can go back onto the input grid.

    Attributes
    ----------
    order
        ``order[a]`` is the stored axis that became canonical axis ``a``.
    flipped
        Whether canonical axis ``a`` runs against the stored one.
    """

    order: tuple[int, int, int] = (0, 1, 2)
    flipped: tuple[bool, bool, bool] = (False, False, False)


@dataclass(frozen=True, slots=True)
class Acquisition:
    """How and where from the scan came. Holds no name, date, number or path.

    Attributes
    ----------
    kind
        ``dicom``, ``nifti``, ``nrrd``, ``metaimage`` or ``simulated``.
    sha256
        Digest of the image content, which identifies the input of a result.
    patient_position
        DICOM code such as ``HFS``; decides which way gravity points.
    age_years, sex
        From the header where it says so; ``sex`` is ``M`` or ``F``.
    instance_uids
        SOP Instance UIDs in slice order, superior last; what a DICOM SEG must refer to.
    """

    kind: str
    sha256: str
    modality: str = "CT"
    study_instance_uid: str | None = None
    series_instance_uid: str | None = None
    frame_of_reference_uid: str | None = None
    instance_uids: tuple[str, ...] = ()
    slice_thickness_mm: float | None = None
    convolution_kernel: str | None = None
    kvp: float | None = None
    contrast_agent: bool | None = None
    manufacturer: str | None = None
    patient_position: str | None = None
    age_years: float | None = None
    sex: str | None = None
    stored_axes: StoredAxes = StoredAxes()


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """A CT volume in Hounsfield units.

    Attributes
    ----------
    hu : (k, j, i) int16
        Read-only. k runs toward the head, j toward the back, i toward the patient's left.
    grid
        Where the voxels lie.
    acquisition
        Where the scan came from.
    notes
        What reading it brought up.
    scan_circle : (j, i) bool or None
        Pixels inside the reconstructed circle; ``None`` when all are.
    """

    hu: HU
    grid: Grid
    acquisition: Acquisition
    notes: tuple[Note, ...] = ()
    scan_circle: Mask | None = None

    def __post_init__(self) -> None:
        if self.hu.dtype != np.int16 or self.hu.ndim != 3:
            raise TypeError("A volume is a three-dimensional int16 array.")
        if self.hu.shape != self.grid.shape_kji:
            raise GeometryError(
                f"The array is {self.hu.shape} and its grid {self.grid.shape_kji}.",
                remedy="Give the grid of this array.",
            )
        if not self.grid.is_canonical:
            raise GeometryError(
                "The array axes do not run toward head, back and left.",
                remedy="Read the file with trabecula.read, which turns the axes.",
            )
        frozen(self.hu)

    @property
    def spacing_kji_mm(self) -> tuple[float, float, float]:
        """Voxel edges along slice, row and column axis, mm."""
        k, j, i = self.grid.spacing_kji_mm.tolist()
        return k, j, i

    def _repr_html_(self) -> str:
        k, j, i = self.hu.shape
        dk, dj, di = self.spacing_kji_mm
        rows = "".join(f"<li>{escape(note.text)}</li>" for note in self.notes)
        return (
            f"<div><b>CT volume</b> {k} × {j} × {i} voxels of {dk:.2f} × {dj:.2f} × {di:.2f} mm"
            f"<ul>{rows}</ul></div>"
        )
