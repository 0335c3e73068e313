"""Which odd input is read right, and which refused, and how.

Every file of the collection stands here: a folder or file by its own line, the rest by the sweep,
which fails when a file is read that this page does not name.
"""

import numpy as np
import pytest

from trabecula.errors import (
    CalibrationError,
    ChoiceError,
    GeometryError,
    InputError,
    ModalityError,
)
from trabecula.read import list_series, read

pytestmark = pytest.mark.shared_data

SYNTAXES = "one_slice_16_syntaxes"
UID = "1.2.840.10008.1.2"
LOSSLESS = {
    "BigEndianExplicitTransferSyntax": f"{UID}.2",
    "DeflatedExplicitVRLittleEndianTransferSyntax": f"{UID}.1.99",
    "JPEG2000LosslessOnlyTransferSyntax": f"{UID}.4.90",
    "JPEGLSLosslessTransferSyntax": f"{UID}.4.80",
    "JPEGProcess14SV1TransferSyntax": f"{UID}.4.70",
    "JPEGProcess14TransferSyntax": f"{UID}.4.57",
    "LittleEndianExplicitTransferSyntax": f"{UID}.1",
    "LittleEndianImplicitTransferSyntax": UID,
    "RLELosslessTransferSyntax": f"{UID}.5",
}
LOSSY = {
    "JPEG2000TransferSyntax": (f"{UID}.4.91", 5),
    "JPEGLSLossyTransferSyntax": (f"{UID}.4.81", 1),
}
REFUSED = {
    "JPEGProcess1TransferSyntax": (f"{UID}.4.50", CalibrationError, "8 bits"),
    "JPEGProcess2_4TransferSyntax": (f"{UID}.4.51", InputError, "cannot be decoded"),
    "JPEGProcess6_8TransferSyntax": (f"{UID}.4.53", InputError, "cannot be decoded"),
    "JPEGProcess10_12TransferSyntax": (f"{UID}.4.55", InputError, "cannot be decoded"),
}


def encoded(odd, name, uid):
    return odd / SYNTAXES / f"CTImage.dcm_{name}_{uid}.dcm"


@pytest.fixture(scope="session")
def odd(shared_data):
    return shared_data / "dicom_odd"


@pytest.mark.parametrize(("name", "uid"), LOSSLESS.items())
def test_lossless_encodings_of_one_slice_differ_by_nothing(odd, name, uid):
    reference = read(odd / SYNTAXES / "CTImage.dcm")
    volume = read(encoded(odd, name, uid))

    assert np.array_equal(volume.hu, reference.hu)
    assert volume.acquisition.sha256 == reference.acquisition.sha256
    assert [note.check for note in volume.notes] == ["single_slice"]


@pytest.mark.parametrize("name", LOSSY)
def test_lossy_encodings_are_read_with_a_warning(odd, name):
    uid, most = LOSSY[name]
    reference = read(odd / SYNTAXES / "CTImage.dcm").hu.astype(int)
    volume = read(encoded(odd, name, uid))

    assert 0 < np.abs(volume.hu - reference).max() <= most
    assert "lossy_compression" in {note.check for note in volume.notes}


@pytest.mark.parametrize("name", REFUSED)
def test_encodings_that_lose_hu_or_cannot_be_decoded_are_refused(odd, name):
    uid, error, words = REFUSED[name]

    with pytest.raises(error, match=words) as refusal:
        read(encoded(odd, name, uid))

    assert refusal.value.remedy


@pytest.mark.parametrize("slice_name", ["CT1", "CT2"])
def test_lossless_sample_slices_agree_between_four_codecs(odd, slice_name):
    folder = odd / "wg04_compsamples" / "WG04"
    reference = read(folder / "RLE" / f"{slice_name}_RLE").hu

    for codec in ("JPLL", "JLSL", "J2KR"):
        assert np.array_equal(read(folder / codec / f"{slice_name}_{codec}").hu, reference)


def test_tilted_series_of_changing_spacing_is_put_on_a_regular_grid(odd):
    volume = read(odd / "ge_tilt_variable_spacing")
    checks = {note.check: note for note in volume.notes}
    step, row, _ = volume.spacing_kji_mm

    assert set(checks) == {"gantry_tilt", "uneven_spacing", "mixed_thickness"}
    assert "18.5 degrees" in checks["gantry_tilt"].text
    assert "1.08 to 7.00 mm" in checks["uneven_spacing"].text
    assert step == pytest.approx(4.002, abs=0.001)
    assert volume.hu.shape == (37, 611, 512)
    # 151.94 mm along the table in the positions; along the normal it is that times cos 18.5 deg.
    assert (volume.hu.shape[0] - 1) * step == pytest.approx(
        151.94 * np.cos(np.radians(18.5)), abs=4
    )
    assert volume.grid.affine_kji_to_lps[:3, 1] / row == pytest.approx(
        [0, 0.9483, -0.3173], abs=1e-3
    )
    assert volume.acquisition.slice_thickness_mm == 7.0


@pytest.mark.parametrize("name", ["01.dcm", "14.dcm"])
def test_tilted_slices_keep_their_values_and_places(odd, name):
    """First and last of the thinner slices lie on planes of the new grid."""
    import pydicom

    volume = read(odd / "ge_tilt_variable_spacing")
    ds = pydicom.dcmread(odd / "ge_tilt_variable_spacing" / name)
    j, i = np.mgrid[150:400:5, 150:400:5]
    row, column = np.reshape(np.array(ds.ImageOrientationPatient, float), (2, 3))
    points = (
        np.array(ds.ImagePositionPatient, float)
        + i[..., None] * row * float(ds.PixelSpacing[1])
        + j[..., None] * column * float(ds.PixelSpacing[0])
    )
    index = volume.grid.to_index_kji(points).reshape(-1, 3)
    k, across = np.rint(index[:, 0]).astype(int), np.rint(index[:, 2]).astype(int)
    low = np.floor(index[:, 1] + 1e-6).astype(int)
    part = index[:, 1] - low
    there = (1 - part) * volume.hu[k, low, across] + part * volume.hu[k, low + 1, across]
    stored = ds.pixel_array[j, i].astype(float).ravel()

    assert np.abs(index[:, [0, 2]] - np.rint(index[:, [0, 2]])).max() < 0.02
    assert np.corrcoef(there, stored)[0, 1] > 0.995
    assert np.median(np.abs(there - stored)) < 10


def test_localizers_and_exam_summaries_are_passed_over(odd):
    folder = odd / "philips_tilt"
    volume = read(folder)
    listed = {s.slices: s for s in list_series(folder)}

    assert volume.hu.shape == (28, 512, 512)
    # The positions of this copy are upright: 5 mm along the table, and its tilt field says 0.
    assert volume.spacing_kji_mm[0] == pytest.approx(5.0)
    assert "localizer" in listed[1].reason
    assert "Secondary Capture" in listed[6].reason
    assert [note.check for note in volume.notes] == ["series_skipped"]


TABLE = [
    ("philips_tilt/S21570/S1000", ModalityError, "localizer"),
    ("philips_tilt/S21570/S4010", ModalityError, "Secondary Capture"),
    ("not_ct_pet", ModalityError, "Positron Emission"),
    ("not_hu_nifti/CT_AVM.nii.gz", CalibrationError, "8 bits"),
    ("not_hu_nifti/CT_pitch.nii.gz", CalibrationError, "8 bits"),
    ("dcmqi", ChoiceError, "5 CT series fit"),
    ("dcmqi/data/segmentations/23x38x3/image", CalibrationError, "2 different values"),
    ("dcmqi/data/segmentations/23x38x3/multiframe", CalibrationError, "2 different values"),
    ("dcmqi/data/segmentations/24x38x3/image", CalibrationError, "2 different values"),
    ("dcmqi/data/segmentations/24x38x3/multiframe", CalibrationError, "2 different values"),
    ("dcmqi/data/segmentations/liver.dcm", ModalityError, "Segmentation"),
    ("dcmqi/data/segmentations/heart_seg.nrrd", CalibrationError, "not Hounsfield"),
    ("dcmqi/data/sr-example", ModalityError, "None of 3 series"),
    ("dcmqi/data/paramaps/pm-example-dcm.zip", ModalityError, "MR Image"),
    ("highdicom", InputError, "None of 23 series"),
    ("highdicom/data/test_files/dx_image.dcm", ModalityError, "X-Ray"),
    ("pydicom_files", InputError, "None of 20 series"),
    ("pydicom_data", InputError, "None of 15 series"),
    ("pydicom_files/eCT_Supplemental.dcm", ModalityError, "derived picture"),
    ("pydicom_files/explicit_VR-UN.dcm", GeometryError, "single slice without a slice thickness"),
    ("pydicom_files/badVR.dcm", InputError, "too damaged"),
    ("pydicom_files/no_meta.dcm", InputError, "no image"),
    ("pydicom_files/MR_truncated.dcm", ModalityError, "MR Image"),
    ("pydicom_files/rtplan_truncated.dcm", ModalityError, "RT Plan"),
    (SYNTAXES, InputError, "None of 7 series"),
    (f"{SYNTAXES}/no-pixel-data.dcm", ModalityError, "SR"),
    (f"{SYNTAXES}/no-pixel-spacing.dcm", ModalityError, "Ultrasound"),
    (
        f"{SYNTAXES}/CT0012.fragmented_no_bot_jpeg_baseline.51.dcm",
        ModalityError,
        "derived picture",
    ),
    ("wg04_compsamples", GeometryError, "hold more than one slice"),
]


@pytest.mark.parametrize(("place", "error", "words"), TABLE, ids=[row[0] for row in TABLE])
def test_odd_input_is_refused_for_its_reason(odd, place, error, words):
    with pytest.raises(error, match=words) as refusal:
        read(odd / place)

    assert refusal.value.remedy


SINGLE_SLICES = {
    *(f"dcmqi/data/segmentations/ct-3slice/0{n}.dcm" for n in (1, 2, 3)),
    *(f"ge_tilt_variable_spacing/{n:02d}.dcm" for n in range(1, 29)),
    *(f"philips_tilt/S21570/S2010/I{n}0" for n in range(1, 29)),
    "highdicom/data/test_files/ct_image.dcm",
    f"{SYNTAXES}/CT1_J2KR",
    f"{SYNTAXES}/CT2_J2KR",
    f"{SYNTAXES}/CTImage.dcm",
    *(f"{SYNTAXES}/CTImage.dcm_{name}_{uid}.dcm" for name, uid in LOSSLESS.items()),
    *(f"{SYNTAXES}/CTImage.dcm_{name}_{uid}.dcm" for name, (uid, _) in LOSSY.items()),
    *(
        f"pydicom_data/data_store/data/{name}.dcm"
        for name in ("693_J2KR", "693_UNCI", "693_UNCR", "bad_sequence")
    ),
    *(
        f"pydicom_files/{name}.dcm"
        for name in ("693_J2KI", "693_J2KR", "693_UNCI", "693_UNCR", "CT_small", "bad_sequence")
    ),
    *(
        f"wg04_compsamples/WG04/{codec}/CT{n}_{codec}"
        for codec in ("J2KI", "J2KR", "JLSL", "JLSN", "JPLL", "RLE")
        for n in (1, 2)
    ),
}


@pytest.mark.slow
def test_every_file_is_read_as_named_here_or_refused_in_two_sentences(odd, capfd):
    names = {}
    for path in sorted(p for p in odd.rglob("*") if p.is_file()):
        try:
            names[path.relative_to(odd).as_posix()] = read(path)
        except InputError as refusal:
            assert refusal.problem
            assert refusal.remedy
            assert str(odd) not in str(refusal)
            assert path.name not in str(refusal)

    assert set(names) == SINGLE_SLICES
    assert {v.hu.shape[0] for v in names.values()} == {1}
    assert all("single_slice" in {n.check for n in v.notes} for v in names.values())
    assert capfd.readouterr().err == ""


def test_three_slices_feet_first_keep_their_places(odd):
    volume = read(odd / "dcmqi" / "data" / "segmentations" / "ct-3slice")

    assert volume.hu.shape == (3, 512, 512)
    assert volume.spacing_kji_mm == pytest.approx((1.0, 0.810547, 0.810547))
    assert volume.acquisition.patient_position == "FFS"
    assert (volume.acquisition.age_years, volume.acquisition.sex) == (60.0, "M")
    assert volume.grid.to_lps_mm((0, 0, 0)) == pytest.approx((-235.2, -226.8, -128.69), abs=1e-3)
    assert volume.scan_circle is not None
    assert volume.scan_circle.mean() == pytest.approx(np.pi / 4, abs=0.01)


@pytest.mark.slow
def test_thorax_in_a_zip_agrees_with_another_library(shared_data):
    import zipfile
    from io import BytesIO

    import pydicom

    archive = shared_data / "ct" / "thorax_shoulder_1mm.zip"
    volume = read(archive)
    with zipfile.ZipFile(archive) as opened:
        names = [n for n in opened.namelist() if n.endswith(".dcm")]
        for name in names[::60]:
            ds = pydicom.dcmread(BytesIO(opened.read(name)))
            k = volume.acquisition.instance_uids.index(ds.SOPInstanceUID)
            assert np.array_equal(volume.hu[k], ds.pixel_array.astype(int) - 1000)
            assert volume.grid.to_lps_mm((k, 0, 0)) == pytest.approx(
                [float(v) for v in ds.ImagePositionPatient], abs=1e-3
            )

    assert volume.hu.shape == (275, 512, 512)
    assert volume.notes == ()
