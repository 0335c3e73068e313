import numpy as np
import pytest

from trabecula.errors import CalibrationError, ChoiceError, GeometryError, InputError, ModalityError
from trabecula.read import list_series, read

SECRETS = ("Doe", "Jane", "SECRET")


def test_two_series_ask_for_a_choice_and_are_never_mixed(series, truth, tmp_path):
    series(uid="1.2.1", fields={"ConvolutionKernel": "B30f"}).write(tmp_path, name="a")
    series(uid="1.2.2", spacing=(0.9, 0.9)).write(tmp_path, name="b")

    with pytest.raises(ChoiceError, match=r"2 CT series fit: 1\.2\.1.*B30F.*1\.2\.2") as refusal:
        read(tmp_path)
    chosen = read(tmp_path, series="1.2.2")

    assert "--series UID" in refusal.value.remedy
    assert chosen.acquisition.series_instance_uid == "1.2.2"
    assert np.array_equal(chosen.hu, truth(chosen))


def test_unknown_series_uid_is_refused_with_those_there_are(series, tmp_path):
    series(uid="1.2.1").write(tmp_path)

    with pytest.raises(ChoiceError, match=r"1\.2\.1"):
        read(tmp_path, series="9.9")


def test_localizer_inside_the_series_is_passed_over(series, truth, tmp_path):
    series(uid="1.2.1").write(tmp_path)
    scout = series(
        uid="1.2.1",
        row=(0, 1, 0),
        column=(0, 0, -1),
        origins=[(0, -27.5, 20.0)],
        fields={"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]},
    )
    scout.write(tmp_path, name="scout")
    volume = read(tmp_path)

    assert np.array_equal(volume.hu, truth(volume))
    assert any("localizer" in note.text for note in volume.notes)


def test_a_series_passed_over_for_its_geometry_is_a_warning(series, tmp_path):
    series(uid="1.2.1").write(tmp_path, name="a")
    series(uid="1.2.2", origins=[(-27.5, -23.5, z) for z in (0, 1, 2, 5, 6)]).write(
        tmp_path, name="b"
    )
    volume = read(tmp_path)
    (note,) = [n for n in volume.notes if n.check == "series_not_read"]

    assert "1.2.2" in note.text
    assert "missing" in note.text
    assert note.level.value == "warning"


def test_two_time_points_in_one_series_are_parted(series, tmp_path):
    heights = [(-27.5, -23.5, 1.5 * k) for k in range(5)] * 2
    series(
        uid="1.2.1",
        origins=heights,
        each=lambda n, ds: setattr(ds, "AcquisitionNumber", 1 if n < 5 else 2),
    ).write(tmp_path)

    listed = list_series(tmp_path)
    with pytest.raises(ChoiceError):
        read(tmp_path)
    second = read(tmp_path, series="1.2.1:2")

    assert [summary.uid for summary in listed] == ["1.2.1:1", "1.2.1:2"]
    assert second.hu.shape[0] == 5


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, ModalityError, "localizer"),
        ({"ImageType": ["DERIVED", "PRIMARY", "AXIAL", "MIP"]}, ModalityError, "derived picture"),
        ({"Modality": "PT"}, ModalityError, "Not CT images"),
        (
            {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"},
            ModalityError,
            "Secondary Capture",
        ),
        (
            {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.128", "Modality": "PT"},
            ModalityError,
            "Positron Emission",
        ),
        ({"RescaleSlope": None}, CalibrationError, "Rescale Slope"),
        ({"RescaleIntercept": None}, CalibrationError, "Rescale Slope"),
        ({"RescaleType": "Z_EFF"}, CalibrationError, "unit other than HU"),
        ({"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3}, CalibrationError, "Colour"),
        ({"ImageOrientationPatient": None}, GeometryError, "do not say where"),
        ({"PixelSpacing": None}, GeometryError, "no pixel spacing"),
    ],
)
def test_what_is_no_ct_volume_is_refused_with_the_reason(series, tmp_path, fields, error, words):
    series(fields=fields).write(tmp_path)

    with pytest.raises(error, match=words) as refusal:
        read(tmp_path)

    assert refusal.value.remedy
    assert not any(secret in str(refusal.value) for secret in SECRETS)


def test_eight_bit_ct_is_refused(series, tmp_path):
    with pytest.raises(CalibrationError, match="8 bits"):
        read(series(bits=8, slope=16.0).write(tmp_path))


def test_two_slices_in_a_folder_are_no_volume(series, tmp_path):
    with pytest.raises(GeometryError, match="2 slices only"):
        read(series(origins=[(-27.5, -23.5, z) for z in (0, 1)]).write(tmp_path))


def test_missing_pixel_data_is_refused(series, tmp_path):
    folder = series().write(tmp_path)
    import pydicom

    for path in folder.iterdir():
        ds = pydicom.dcmread(path)
        del ds.PixelData
        ds.save_as(path)

    with pytest.raises(InputError, match="no pixel data"):
        read(folder)


def test_truncated_slice_is_refused(series, tmp_path):
    folder = series().write(tmp_path)
    victim = sorted(folder.iterdir())[3]
    victim.write_bytes(victim.read_bytes()[:-500])

    with pytest.raises(InputError, match="end before their pixels do"):
        read(folder)


def test_damaged_compressed_slice_is_refused(series, tmp_path):
    import pydicom
    from pydicom.uid import RLELossless

    folder = series().write(tmp_path)
    for path in folder.iterdir():
        ds = pydicom.dcmread(path)
        ds.compress(RLELossless)
        ds.save_as(path)
    victim = sorted(folder.iterdir())[3]
    victim.write_bytes(victim.read_bytes()[:-700])

    with pytest.raises(InputError, match=r"cannot be decoded \(RLE Lossless\)"):
        read(folder)


def test_nothing_of_the_patient_stands_in_a_listing(series, tmp_path):
    series(uid="1.2.1").write(tmp_path / "Doe_Jane")
    listed = list_series(tmp_path / "Doe_Jane")

    assert len(listed) == 1
    assert listed[0].usable
    assert listed[0].spacing_kji_mm == pytest.approx((1.5, 1.0, 1.0))
    assert not any(secret in repr(listed) for secret in SECRETS)


def test_a_skewed_series_does_not_spoil_its_neighbour(series, truth, tmp_path):
    series(uid="1.2.1").write(tmp_path, name="a")
    series(uid="1.2.2", column=(0.1, 0.995, 0)).write(tmp_path, name="b")
    volume = read(tmp_path)

    assert np.array_equal(volume.hu, truth(volume))
    assert any("perpendicular" in note.text for note in volume.notes)


def test_a_slice_with_a_damaged_header_is_not_lost_in_silence(series, truth, tmp_path):
    folder = series().write(tmp_path)
    victim = sorted(folder.iterdir())[-1]
    content = bytearray(victim.read_bytes())
    content[136:140] = b"\xff\xff\x00\x00"
    victim.write_bytes(content)
    volume = read(folder)
    (note,) = volume.notes

    assert volume.hu.shape[0] == 7
    assert note.level.value == "warning"
    assert "damaged" in note.text


def test_a_slice_of_another_size_is_not_lost_in_silence(series, tmp_path):
    folder = series(uid="1.2.1").write(tmp_path)
    series(uid="1.2.1", shape=(40, 56), origins=[(-27.5, -23.5, 12.0)]).write(folder, name="t")
    volume = read(folder)

    assert [note.check for note in volume.notes] == ["series_not_read"]
    assert "1 slice only" in volume.notes[0].text
