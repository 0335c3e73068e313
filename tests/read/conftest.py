"""A patient who is a formula: any slice, lying anyhow, can be written and checked by voxel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"


def hu_at(points_lps_mm: np.ndarray) -> np.ndarray:
    """HU of the patient at points (..., 3): a smooth body in air, no symmetry anywhere."""
    x, y, z = np.moveaxis(np.asarray(points_lps_mm, float), -1, 0)
    radius = np.hypot(x / 22, y / 17)
    body = np.clip((1.05 - radius) / 0.1, 0, 1)
    tissue = 40 + 90 * np.sin(x / 9) + 70 * np.cos(y / 8 + 1) + 25 * np.sin(z / 6) + 2 * x
    bone = 700 * np.exp(-((x - 8) ** 2 + (y + 5) ** 2 + (z - 6) ** 2) / 30)
    return -1000 + body * (1000 + tissue + bone)


@dataclass
class Series:
    """A CT series to be written; every field may be bent."""

    row: Sequence[float] = (1, 0, 0)
    column: Sequence[float] = (0, 1, 0)
    spacing: tuple[float, float] = (1.0, 1.0)
    shape: tuple[int, int] = (48, 56)
    origins: Sequence[Sequence[float]] = field(
        default_factory=lambda: [(-27.5, -23.5, 1.5 * k) for k in range(8)]
    )
    thickness: float | Sequence[float] = 1.5
    slope: float | Sequence[float] = 1.0
    intercept: float = -1024.0
    signed: bool = False
    bits: int = 16
    syntax: str = ExplicitVRLittleEndian
    uid: str = field(default_factory=generate_uid)
    fields: dict[str, Any] = field(default_factory=dict)
    each: Callable[[int, Dataset], None] | None = None
    values: Callable[[np.ndarray], np.ndarray] = hu_at

    def points(self, n: int) -> np.ndarray:
        """Patient points of the pixels of one slice."""
        rows, columns = np.mgrid[: self.shape[0], : self.shape[1]]
        return (
            np.asarray(self.origins[n], float)
            + columns[..., None] * self.spacing[1] * np.asarray(self.row, float)
            + rows[..., None] * self.spacing[0] * np.asarray(self.column, float)
        )

    def dataset(self, n: int) -> Dataset:
        """One slice."""
        slope = self.slope if np.isscalar(self.slope) else self.slope[n]
        thickness = self.thickness if np.isscalar(self.thickness) else self.thickness[n]
        stored = np.rint((self.values(self.points(n)) - self.intercept) / slope)
        kind = {8: np.uint8, 16: np.int16 if self.signed else np.uint16}[self.bits]
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = self.syntax
        ds.SOPClassUID = CT_IMAGE
        ds.SOPInstanceUID = generate_uid()
        ds.StudyInstanceUID = "1.2.3"
        ds.SeriesInstanceUID = self.uid
        ds.FrameOfReferenceUID = "1.2.3.4"
        ds.Modality = "CT"
        ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.PatientName = "Doe^Jane"
        ds.PatientID = "SECRET"
        ds.PatientPosition = "HFS"
        ds.Rows, ds.Columns = self.shape
        ds.SamplesPerPixel = 1
        ds.PhotometricInterpretation = "MONOCHROME2"
        ds.BitsAllocated = ds.BitsStored = self.bits
        ds.HighBit = self.bits - 1
        ds.PixelRepresentation = int(self.signed)
        ds.PixelSpacing = [f"{s:.6f}" for s in self.spacing]
        ds.SliceThickness = f"{thickness:.4f}"
        ds.ImageOrientationPatient = [f"{v:.10f}" for v in (*self.row, *self.column)]
        ds.ImagePositionPatient = [f"{v:.6f}" for v in self.origins[n]]
        ds.RescaleSlope = f"{slope:.6f}"
        ds.RescaleIntercept = f"{self.intercept:.4f}"
        for keyword, value in self.fields.items():
            setattr(ds, keyword, value)
        if self.each is not None:
            self.each(n, ds)
        if "PixelData" not in ds:
            limits = np.iinfo(kind)
            ds.PixelData = np.clip(stored, limits.min, limits.max).astype(kind).tobytes()
        return ds

    def write(self, folder: Path, *, order: Sequence[int] | None = None, name: str = "s") -> Path:
        """Write the slices into a folder, named in the order given."""
        folder.mkdir(parents=True, exist_ok=True)
        for place, n in enumerate(range(len(self.origins)) if order is None else order):
            path = folder / f"{name}{place:03d}"
            self.dataset(n).save_as(path, enforce_file_format=True)
        return folder


@pytest.fixture
def series() -> type[Series]:
    return Series


@pytest.fixture
def truth() -> Callable[[Any], np.ndarray]:
    """HU that a volume must hold, voxel by voxel."""

    def expected(volume: Any) -> np.ndarray:
        k, j, i = np.indices(volume.hu.shape)
        return np.rint(hu_at(volume.grid.to_lps_mm(np.stack([k, j, i], axis=-1))))

    return expected
