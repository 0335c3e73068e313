"""Label maps on the input grid, read back by other libraries."""

from itertools import permutations

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from trabecula.deliver import nifti
from trabecula.deliver.nifti import stored_affine, write_labels, write_lesions
from trabecula.model import StoredAxes

AXES = [
    StoredAxes(),
    StoredAxes((0, 1, 2), (True, False, False)),
    StoredAxes((0, 1, 2), (False, True, True)),
    StoredAxes((2, 1, 0), (True, False, True)),
    StoredAxes((1, 0, 2), (False, True, False)),
    StoredAxes((2, 0, 1), (True, True, True)),
]
TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def written(tmp_path, answer, axes):
    path = tmp_path / "lesions.nii.gz"
    write_lesions(path, answer.volume.grid, axes, answer.seen.lesions)
    return path


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("tilt_deg", [0.0, 17.0])
def test_nibabel_finds_each_lesion_where_it_lies_in_the_patient(patient, tmp_path, axes, tilt_deg):
    answer = patient.make_answer(stored_axes=axes, tilt_deg=tilt_deg)
    image = nibabel.load(written(tmp_path, answer, axes))
    labels = np.asarray(image.dataobj)

    assert image.get_data_dtype() == np.uint8
    for described in answer.lesions:
        at = np.argwhere(labels == described.lesion.id)
        points = nibabel.affines.apply_affine(TO_LPS @ image.affine, at)
        assert len(at) == described.lesion.voxels
        assert points.mean(axis=0) == pytest.approx(described.lesion.centroid_lps_mm, abs=1e-3)


@pytest.mark.parametrize("axes", AXES)
def test_simpleitk_finds_the_same_points_by_the_qform(patient, tmp_path, axes):
    answer = patient.make_answer(stored_axes=axes, tilt_deg=17.0)
    image = sitk.ReadImage(str(written(tmp_path, answer, axes)))
    labels = sitk.GetArrayFromImage(image)
    for described in answer.lesions:
        middle = np.argwhere(labels == described.lesion.id).mean(axis=0)[::-1]
        point = image.TransformContinuousIndexToPhysicalPoint(middle.tolist())

        assert point == pytest.approx(described.lesion.centroid_lps_mm, abs=1e-3)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_sform_and_qform_say_the_same(patient, tmp_path, order):
    answer = patient.make_answer(tilt_deg=31.0)
    header = nibabel.load(written(tmp_path, answer, StoredAxes(order, (True, False, True)))).header

    assert header.get_qform() == pytest.approx(header.get_sform(), abs=1e-3)
    assert header["qform_code"] == header["sform_code"] == 1


@pytest.mark.parametrize("axes", AXES)
def test_label_map_lies_as_the_input_lay(answer, tmp_path, axes):
    """An input is turned to canonical axes by its stored axes; the label map is turned back."""
    grid = answer.volume.grid
    path = tmp_path / "anatomy.nii.gz"
    write_labels(path, grid, axes, answer.seen.anatomy.labels)
    stored = np.asarray(nibabel.load(path).dataobj).T
    against = tuple(axis for axis, flipped in enumerate(axes.flipped) if flipped)
    canonical = np.flip(np.transpose(stored, axes.order), against)

    assert np.array_equal(canonical, answer.seen.anatomy.labels)


def test_input_written_by_simpleitk_gets_its_own_grid_back(answer, tmp_path):
    """A scan stored head first: the label map has its size, origin and direction."""
    axes = StoredAxes((0, 1, 2), (True, False, False))
    scan = sitk.GetImageFromArray(answer.volume.hu[::-1])
    affine = stored_affine(answer.volume.grid, axes)[:, [2, 1, 0, 3]]
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    scan.SetOrigin(affine[:3, 3].tolist())
    scan.SetSpacing(spacing.tolist())
    scan.SetDirection((affine[:3, :3] / spacing).ravel().tolist())
    labels = sitk.ReadImage(str(written(tmp_path, answer, axes)))

    assert labels.GetSize() == scan.GetSize()
    assert labels.GetOrigin() == pytest.approx(scan.GetOrigin(), abs=1e-3)
    assert labels.GetDirection() == pytest.approx(scan.GetDirection(), abs=1e-6)


def test_many_lesions_take_sixteen_bits(answer, tmp_path):
    from dataclasses import replace

    far = replace(answer.lesions[1].lesion, id=700)
    path = tmp_path / "lesions.nii.gz"
    write_lesions(path, answer.volume.grid, StoredAxes(), [far])
    image = nibabel.load(path)

    assert image.get_data_dtype() == np.uint16
    assert np.asarray(image.dataobj).max() == 700


@pytest.mark.parametrize("axes", AXES)
def test_thin_slabs_give_the_same_file(answer, tmp_path, axes, monkeypatch):
    whole = written(tmp_path, answer, axes).read_bytes()
    monkeypatch.setattr(nifti, "SLAB_BYTES", 1)

    assert (
        nibabel.Nifti1Image.from_bytes(_unzipped(written(tmp_path, answer, axes).read_bytes()))
        .get_fdata()
        .sum()
        == nibabel.Nifti1Image.from_bytes(_unzipped(whole)).get_fdata().sum()
        > 0
    )
    assert _unzipped(written(tmp_path, answer, axes).read_bytes()) == _unzipped(whole)


def test_scan_without_lesions_makes_an_empty_map(answer, tmp_path):
    path = tmp_path / "lesions.nii.gz"
    write_lesions(path, answer.volume.grid, StoredAxes(), ())

    assert not np.asarray(nibabel.load(path).dataobj).any()


def test_file_bears_no_time(answer, tmp_path):
    data = written(tmp_path, answer, StoredAxes()).read_bytes()

    assert data[4:8] == b"\0\0\0\0"


def _unzipped(data):
    import gzip

    return gzip.decompress(data)
