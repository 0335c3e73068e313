"""Simulated scans as DICOM."""

import hashlib

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from trabecula.deliver import write_dicom_series
from trabecula.errors import DeliveryError
from trabecula.model import Grid, Volume


@pytest.fixture(scope="module")
def small(patient):
    """A few slices of the patient, lying askew."""
    answer = patient.make_answer(tilt_deg=12.0)
    box = (slice(20, 28), slice(10, 60), slice(5, 70))
    return Volume(
        answer.volume.hu[box].copy(), answer.volume.grid.crop(box), answer.volume.acquisition
    )


@pytest.fixture(scope="module")
def series(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("series") / "ct"
    return folder, write_dicom_series(small, folder)


def test_simpleitk_reads_the_same_voxels_at_the_same_points(small, series):
    folder, names = series
    image = sitk.ReadImage([str(folder / name) for name in names])

    assert np.array_equal(sitk.GetArrayFromImage(image), small.hu)
    for index in ([0, 0, 0], [7, 49, 64], [3, 20, 11]):
        point = image.TransformIndexToPhysicalPoint(index[::-1])
        assert point == pytest.approx(small.grid.to_lps_mm(index), abs=1e-3)


def test_every_slice_is_a_ct_image_of_one_series(series):
    folder, names = series
    slices = [pydicom.dcmread(folder / name) for name in names]

    assert len(names) == 8
    assert {one.SOPClassUID.name for one in slices} == {"CT Image Storage"}
    assert len({one.SeriesInstanceUID for one in slices}) == 1
    assert len({one.SOPInstanceUID for one in slices}) == 8
    assert all(one.file_meta.MediaStorageSOPInstanceUID == one.SOPInstanceUID for one in slices)


def test_nobody_is_named(series):
    folder, names = series
    one = pydicom.dcmread(folder / names[0])

    assert (str(one.PatientName), one.PatientID) == ("SIMULATED", "SIMULATED")
    assert one.PatientBirthDate == one.StudyDate == one.ReferringPhysicianName == ""


def test_same_volume_makes_the_same_bytes(small, series, tmp_path):
    folder, names = series
    write_dicom_series(small, tmp_path / "again")

    def digests(place):
        return [hashlib.sha256((place / name).read_bytes()).digest() for name in names]

    assert digests(folder) == digests(tmp_path / "again")


def test_full_folder_is_left_alone(small, tmp_path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(DeliveryError, match="not an empty folder"):
        write_dicom_series(small, tmp_path)


def test_decimal_strings_keep_to_sixteen_characters(patient, tmp_path):
    affine = np.eye(4)
    affine[:3, :3] = [[0, 0, 0.7421875], [0, 0.7421875, 0], [1 / 3, 0, 0]]
    affine[:3, 3] = (-123.456789123, -1e-7, -987.654321987)
    hu = np.zeros((2, 4, 5), np.int16)
    grid = Grid(affine, hu.shape)
    acquisition = patient.make_answer().volume.acquisition
    names = write_dicom_series(Volume(hu, grid, acquisition), tmp_path / "ct")
    one = pydicom.dcmread(tmp_path / "ct" / names[1])

    assert [float(mm) for mm in one.ImagePositionPatient] == pytest.approx(
        grid.to_lps_mm([1, 0, 0]), abs=1e-5
    )
