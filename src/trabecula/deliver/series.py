"""A simulated patient as a DICOM CT series."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from trabecula.errors import DeliveryError
from trabecula.model import Float64, Volume

if TYPE_CHECKING:
    from pydicom import Dataset

SIMULATED = "SIMULATED"
"""Stands where a patient's name and number would."""


def write_dicom_series(volume: Volume, folder: Path) -> tuple[str, ...]:
    """Write a volume as an uncompressed CT Image Storage series without any identity.

    Parameters
    ----------
    volume
        Simulated, or anything else that holds no patient's secret: no field of its
        acquisition but geometry, kernel and voltage is written.
    folder
        New or empty; one file a slice, feet first.

    Returns
    -------
    tuple of str
        File names, in slice order. UIDs follow from the image's digest, so that the same
        volume always makes the same bytes.
    """
    from pydicom.uid import generate_uid

    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DeliveryError(
            "The place for the series is not an empty folder.", remedy="Give a new folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    digest = volume.acquisition.sha256
    dataset = _template(volume, digest)
    names = []
    for index, hu in enumerate(volume.hu):
        name = f"CT{index + 1:05d}.dcm"
        uid = generate_uid(entropy_srcs=[digest, "image", str(index)])
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = uid
        dataset.InstanceNumber = index + 1
        origin = volume.grid.to_lps_mm([index, 0, 0])
        dataset.ImagePositionPatient = [_decimal(mm) for mm in origin]
        dataset.SliceLocation = _decimal(float(_normal(volume) @ origin))
        dataset.PixelData = hu.astype("<i2").tobytes()
        dataset.save_as(folder / name, enforce_file_format=True)
        names.append(name)
    return tuple(names)


def _normal(volume: Volume) -> Float64:
    axis: Float64 = volume.grid.affine_kji_to_lps[:3, 0]
    return axis / float(np.linalg.norm(axis))


def _decimal(value: float) -> str:
    """Write a DICOM decimal string: at most 16 characters."""
    text = f"{value:.10g}"
    return text if len(text) <= 16 else f"{value:.8g}"


def _template(volume: Volume, digest: str) -> "Dataset":
    """Everything that the slices share."""
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID = CTImageStorage
    for part in ("Study", "Series", "FrameOfReference"):
        keyword = f"{part}InstanceUID" if part != "FrameOfReference" else "FrameOfReferenceUID"
        setattr(dataset, keyword, generate_uid(entropy_srcs=[digest, part]))
    _write_patient(dataset, volume)
    _write_acquisition(dataset, volume)
    _write_pixels(dataset, volume)
    return dataset


def _write_patient(dataset: "Dataset", volume: Volume) -> None:
    age = volume.acquisition.age_years
    dataset.PatientName = dataset.PatientID = SIMULATED
    dataset.PatientBirthDate = ""
    dataset.PatientSex = volume.acquisition.sex or ""
    if age is not None:
        dataset.PatientAge = f"{int(age):03d}Y"
    dataset.StudyDate = dataset.StudyTime = dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""
    dataset.StudyID = "1"


def _write_acquisition(dataset: "Dataset", volume: Volume) -> None:
    source = volume.acquisition
    dataset.Modality = "CT"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.Manufacturer = SIMULATED
    dataset.SeriesNumber, dataset.AcquisitionNumber = 1, 1
    dataset.SeriesDescription = "Simulated CT"
    dataset.PatientPosition = source.patient_position or "HFS"
    dataset.PositionReferenceIndicator = ""
    dataset.KVP = _decimal(source.kvp or 120.0)
    dataset.ConvolutionKernel = source.convolution_kernel or SIMULATED
    dataset.SliceThickness = _decimal(source.slice_thickness_mm or volume.spacing_kji_mm[0])
    dataset.SpacingBetweenSlices = _decimal(volume.spacing_kji_mm[0])


def _write_pixels(dataset: "Dataset", volume: Volume) -> None:
    axes = volume.grid.affine_kji_to_lps[:3, :3] / volume.grid.spacing_kji_mm
    _, dataset.Rows, dataset.Columns = volume.grid.shape_kji
    dataset.PixelSpacing = [_decimal(mm) for mm in volume.spacing_kji_mm[1:]]
    dataset.ImageOrientationPatient = [_decimal(part) for part in (*axes[:, 2], *axes[:, 1])]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 1
    dataset.RescaleIntercept, dataset.RescaleSlope = 0, 1
    dataset.RescaleType = "HU"
    dataset.WindowCenter, dataset.WindowWidth = 450, 1800
