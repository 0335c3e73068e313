import gzip

import numpy as np
import pytest
import SimpleITK

from trabecula.errors import CalibrationError, GeometryError, InputError
from trabecula.model import Grid
from trabecula.read import list_series, read

LPS = np.array([[1.2, 0, 0], [0, 1.0, 0], [0, 0, 1.5]])
"""Columns x, y, z of the image axes, mm."""


def image_of(hu_at, axes=LPS, size=(46, 44, 12), pixel=SimpleITK.sitkInt16):
    """SimpleITK image of the formula's patient, centred."""
    spacing = np.linalg.norm(axes, axis=0)
    origin = -(axes @ (np.array(size) - 1) / 2)
    k, j, i = np.indices(size[::-1])
    points = origin + np.stack([i, j, k], axis=-1) @ axes.T
    image = SimpleITK.GetImageFromArray(np.rint(hu_at(points)))
    image.SetOrigin(origin.tolist())
    image.SetSpacing(spacing.tolist())
    image.SetDirection((axes / spacing).ravel().tolist())
    return SimpleITK.Cast(image, pixel)


@pytest.fixture
def formula(series):
    return series().values


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.mha"])
@pytest.mark.parametrize(
    "axes",
    [
        pytest.param(np.diag([1, 1, 1]), id="LPS"),
        pytest.param(np.diag([-1, -1, 1]), id="RAS"),
        pytest.param(np.array([[0, 0, -1], [1, 0, 0], [0, -1, 0]]), id="sagittal"),
        pytest.param(np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]), id="coronal"),
    ],
)
def test_every_format_and_direction_keeps_patient_points(formula, truth, tmp_path, name, axes):
    path = tmp_path / name
    size = [46, 44, 12] if axes[2, 2] else [30, 30, 30]
    SimpleITK.WriteImage(image_of(formula, LPS @ axes, size), str(path))
    volume = read(path)

    assert volume.grid.is_canonical
    assert np.abs(volume.hu - truth(volume)).max() <= 1
    assert volume.acquisition.kind in ("nifti", "nrrd", "metaimage")


def test_nifti_place_agrees_with_another_library(formula, tmp_path):
    nibabel = pytest.importorskip("nibabel")
    path = tmp_path / "a.nii.gz"
    SimpleITK.WriteImage(image_of(formula, LPS @ np.diag([-1, 1, 1])), str(path))
    volume = read(path)
    other = nibabel.load(path)

    for index in ((3, 20, 17), (8, 30, 25)):
        x, y, z = volume.grid.to_lps_mm(index)
        place = np.linalg.inv(other.affine) @ [-x, -y, z, 1]
        stored = tuple(np.rint(place[:3]).astype(int))

        assert volume.hu[index] == np.rint(other.dataobj[stored])


@pytest.mark.parametrize(
    "pixel", [SimpleITK.sitkInt32, SimpleITK.sitkFloat32, SimpleITK.sitkFloat64]
)
def test_pixel_type_changes_no_value(formula, tmp_path, pixel):
    volumes = []
    for n, kind in enumerate((SimpleITK.sitkInt16, pixel)):
        path = tmp_path / f"{n}.nii.gz"
        SimpleITK.WriteImage(image_of(formula, pixel=kind), str(path))
        volumes.append(read(path))

    assert np.array_equal(volumes[0].hu, volumes[1].hu)
    assert volumes[0].acquisition.sha256 == volumes[1].acquisition.sha256


def test_scale_slope_and_intercept_of_nifti_are_honoured(formula, truth, tmp_path):
    nibabel = pytest.importorskip("nibabel")
    image = image_of(formula, LPS @ np.diag([-1, -1, 1]))
    stored = (SimpleITK.GetArrayFromImage(image).T + 1024).astype(np.int16) * 2
    affine = np.diag([1.2, 1.0, 1.5, 1.0])
    affine[:3, 3] = np.array(image.GetOrigin()) * [-1, -1, 1]
    scaled = nibabel.Nifti1Image(stored, affine)
    scaled.header.set_slope_inter(0.5, -1024)
    path = tmp_path / "a.nii"
    nibabel.save(scaled, path)
    header = bytearray(path.read_bytes())
    header[112:120] = np.array([0.5, -1024], "<f4").tobytes()
    path.write_bytes(bytes(header[:352]) + np.asfortranarray(stored).tobytes(order="F"))
    volume = read(path)

    assert np.abs(volume.hu - truth(volume)).max() <= 1


def test_values_far_below_air_are_outside_the_scan_circle(formula, tmp_path):
    image = image_of(formula)
    array = SimpleITK.GetArrayFromImage(image)
    array[:, :4, :] = -3024
    padded = SimpleITK.GetImageFromArray(array)
    padded.CopyInformation(image)
    path = tmp_path / "a.nrrd"
    SimpleITK.WriteImage(padded, str(path))
    volume = read(path)

    assert volume.scan_circle is not None
    assert (~volume.scan_circle).sum() == 4 * 46
    assert (volume.hu[:, :4] == -1024).all()


def test_dicom_and_nifti_of_one_scan_have_one_digest(series, tmp_path):
    volume = read(series().write(tmp_path / "dicom"))
    image = SimpleITK.GetImageFromArray(volume.hu)
    image.SetSpacing([1.0, 1.0, 1.5])
    image.SetOrigin([-27.5, -23.5, 0.0])
    SimpleITK.WriteImage(image, str(tmp_path / "a.nii.gz"))

    assert read(tmp_path / "a.nii.gz").acquisition.sha256 == volume.acquisition.sha256


@pytest.mark.parametrize("part", [0.3, 0.9])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.mha"])
def test_truncated_file_is_refused(formula, tmp_path, name, part, capfd):
    path = tmp_path / f"Doe_{name}"
    SimpleITK.WriteImage(image_of(formula), str(path))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])

    with pytest.raises(InputError) as refusal:
        read(path)

    assert "Doe" not in str(refusal.value)
    assert "Doe" not in capfd.readouterr().err


def test_wrong_ending_is_refused_with_the_right_one(formula, tmp_path):
    SimpleITK.WriteImage(image_of(formula), str(tmp_path / "a.nii"))
    (tmp_path / "a.nii").rename(tmp_path / "a.img")

    with pytest.raises(InputError, match=r"content is nifti.*\.nii"):
        read(tmp_path / "a.img")


def test_four_dimensions_are_refused(formula, tmp_path):
    image = image_of(formula)
    SimpleITK.WriteImage(SimpleITK.JoinSeries([image, image]), str(tmp_path / "a.nii"))

    with pytest.raises(GeometryError, match="4 dimensions"):
        read(tmp_path / "a.nii")


def test_nifti_without_orientation_is_refused(formula, tmp_path):
    path = tmp_path / "a.nii"
    SimpleITK.WriteImage(image_of(formula), str(path))
    content = bytearray(path.read_bytes())
    content[252:256] = bytes(4)
    path.write_bytes(content)

    with pytest.raises(GeometryError, match="qform and sform codes are 0"):
        read(path)


@pytest.mark.parametrize(("row", "refused"), [("srow_x", True), ("shift", False)])
def test_contradicting_orientations_are_refused_and_shifted_ones_noted(
    formula, tmp_path, row, refused
):
    path = tmp_path / "a.nii.gz"
    SimpleITK.WriteImage(image_of(formula), str(path))
    content = bytearray(gzip.decompress(path.read_bytes()))
    rows = np.frombuffer(content, "<f4", 12, 280).reshape(3, 4).copy()
    if row == "srow_x":
        rows[0] *= -1
    else:
        rows[2, 3] += 30
    content[280:328] = rows.tobytes()
    path.write_bytes(gzip.compress(bytes(content)))

    if refused:
        with pytest.raises(GeometryError, match="contradict"):
            read(path)
    else:
        assert [n.check for n in read(path).notes] == ["nifti_orientation"]


def test_nrrd_without_space_is_refused(formula, tmp_path):
    path = tmp_path / "a.nrrd"
    SimpleITK.WriteImage(image_of(formula), str(path))
    head, _, data = path.read_bytes().partition(b"\n\n")
    lines = [line for line in head.split(b"\n") if not line.startswith(b"space")]
    path.write_bytes(b"\n".join(lines) + b"\n\n" + data)

    with pytest.raises(GeometryError, match="no field 'space'"):
        read(path)


def noise(low, high, seed=0):
    return np.random.default_rng(seed).uniform(low, high, (20, 40, 40))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param(noise(0, 2000), "lowest is 0", id="a scale that begins at zero"),
        pytest.param(noise(-1, 1), "different values", id="normalised to one"),
        pytest.param(np.rint(noise(0, 1)) * 2000 - 1000, "different values", id="a mask"),
        pytest.param(np.clip(noise(-1000, 600), -160, 240), "cut off", id="a soft-tissue window"),
        pytest.param(np.clip(noise(-3000, 600), -600, 2000), "cut off at -600", id="a floor"),
        pytest.param(noise(-30000, 30000), "soft tissue", id="far too wide"),
        pytest.param(noise(800, 2000) * -1, "soft tissue", id="turned round"),
        pytest.param(noise(0, 40000), "above what Hounsfield", id="too high"),
    ],
)
def test_values_that_are_no_hounsfield_units_are_refused(tmp_path, values, words):
    image = SimpleITK.GetImageFromArray(values.astype(np.float32))
    SimpleITK.WriteImage(image, str(tmp_path / "a.nii.gz"))

    with pytest.raises(CalibrationError, match=words) as refusal:
        read(tmp_path / "a.nii.gz")

    assert refusal.value.remedy


def test_eight_bits_are_refused(formula, tmp_path):
    image = SimpleITK.Cast(SimpleITK.RescaleIntensity(image_of(formula)), SimpleITK.sitkUInt8)
    SimpleITK.WriteImage(image, str(tmp_path / "a.nii"))

    with pytest.raises(CalibrationError, match="8 bits"):
        read(tmp_path / "a.nii")


def test_crop_of_soft_tissue_without_air_is_read(tmp_path):
    tissue = np.random.default_rng(1).normal(30, 60, (10, 20, 20))
    tissue[4:6, 5:9, 5:9] += 600
    image = SimpleITK.GetImageFromArray(np.rint(tissue).astype(np.int16))
    SimpleITK.WriteImage(image, str(tmp_path / "a.nii.gz"))

    assert read(tmp_path / "a.nii.gz").hu.shape == (10, 20, 20)


def test_listing_of_an_image_says_whether_it_is_a_ct(formula, tmp_path):
    SimpleITK.WriteImage(image_of(formula), str(tmp_path / "a.nii"))
    SimpleITK.WriteImage(SimpleITK.Image(9, 9, 9, SimpleITK.sitkUInt8), str(tmp_path / "b.nii"))

    assert list_series(tmp_path / "a.nii")[0].usable
    assert "8 bits" in list_series(tmp_path / "b.nii")[0].reason


def test_grid_of_an_image_is_that_of_the_library(formula):
    from trabecula.read.images import grid_of

    image = image_of(formula, LPS @ np.diag([-1, -1, 1]))
    grid = grid_of(image)

    assert isinstance(grid, Grid)
    assert grid.to_lps_mm((3, 5, 7)) == pytest.approx(
        image.TransformIndexToPhysicalPoint((7, 5, 3))
    )
