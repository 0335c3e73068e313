import numpy as np
import pytest
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless

from trabecula.model import AIR_HU
from trabecula.read import read


def test_every_voxel_lies_at_its_patient_point(series, truth, tmp_path):
    volume = read(series().write(tmp_path))

    assert volume.hu.shape == (8, 48, 56)
    assert volume.spacing_kji_mm == pytest.approx((1.5, 1.0, 1.0))
    assert np.array_equal(volume.hu, truth(volume))
    assert volume.notes == ()


def test_file_order_and_names_change_nothing(series, tmp_path):
    stack = series()
    plain = read(stack.write(tmp_path / "a"))
    shuffled = read(stack.write(tmp_path / "b", order=[5, 0, 7, 3, 1, 6, 2, 4], name="x"))

    assert np.array_equal(plain.hu, shuffled.hu)
    assert plain.acquisition.sha256 == shuffled.acquisition.sha256
    assert len(set(shuffled.acquisition.instance_uids)) == 8


def test_instance_uids_run_toward_the_head(series, tmp_path):
    uids = {}

    def remember(n, ds):
        uids[n] = ds.SOPInstanceUID

    volume = read(series(each=remember).write(tmp_path, order=[3, 1, 0, 2, 7, 6, 5, 4]))

    assert volume.acquisition.instance_uids == tuple(uids[n] for n in range(8))


@pytest.mark.parametrize(
    "pose",
    [
        pytest.param(((1, 0, 0), (0, 1, 0), (-27.5, -23.5)), id="supine"),
        pytest.param(((-1, 0, 0), (0, -1, 0), (27.5, 23.5)), id="prone"),
        pytest.param(((-1, 0, 0), (0, 1, 0), (27.5, -23.5)), id="mirrored columns"),
        pytest.param(((0, 1, 0), (-1, 0, 0), (27.5, -23.5)), id="lying on the side"),
    ],
)
@pytest.mark.parametrize("toward_feet", [False, True])
def test_orientation_moves_no_patient_point(series, truth, tmp_path, pose, toward_feet):
    row, column, corner = pose
    heights = [-1.5 * k if toward_feet else 1.5 * k for k in range(8)]
    volume = read(
        series(row=row, column=column, origins=[(*corner, z) for z in heights]).write(tmp_path)
    )

    assert volume.grid.is_canonical
    assert np.array_equal(volume.hu, truth(volume))


def test_stored_axes_lead_back_to_the_input_grid(series, tmp_path):
    stack = series(row=(0, 1, 0), column=(-1, 0, 0), origins=[(27.5, -23.5, z) for z in range(5)])
    volume = read(stack.write(tmp_path))
    axes = volume.acquisition.stored_axes

    unflipped = np.flip(volume.hu, [a for a in range(3) if axes.flipped[a]])
    stored = np.transpose(unflipped, np.argsort(axes.order))

    assert stored.shape == (5, 48, 56)
    assert np.array_equal(stored[2], np.rint(stack.values(stack.points(2))))


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, RLELossless])
def test_transfer_syntax_changes_no_value(series, truth, tmp_path, syntax):
    def pack(_, ds):
        if syntax == RLELossless:
            ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"

    stack = series(syntax=syntax, each=pack)
    folder = stack.write(tmp_path)
    if syntax == RLELossless:
        import pydicom

        for path in folder.iterdir():
            ds = pydicom.dcmread(path)
            ds.compress(RLELossless)
            ds.save_as(path)
    volume = read(folder)

    assert np.array_equal(volume.hu, truth(volume))


def test_big_endian_is_read_right(series, truth, tmp_path):
    stack = series(syntax=ExplicitVRBigEndian)
    for n in range(8):
        ds = stack.dataset(n)
        ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
        ds["PixelData"].VR = "OW"
        ds.save_as(tmp_path / str(n), enforce_file_format=True)
    volume = read(tmp_path)

    assert np.array_equal(volume.hu, truth(volume))


def test_each_slice_has_its_own_slope(series, truth, tmp_path):
    volume = read(series(slope=[1.0, 0.5, 2.0, 0.25, 1.0, 0.5, 1.5, 1.0]).write(tmp_path))

    assert np.abs(volume.hu - truth(volume)).max() <= 1


def test_signed_pixels_without_offset_are_read(series, truth, tmp_path):
    volume = read(series(signed=True, intercept=0.0).write(tmp_path))

    assert np.array_equal(volume.hu, truth(volume))


def test_fractional_intercept_is_rounded_once(series, truth, tmp_path):
    volume = read(series(intercept=-1024.5, slope=0.1).write(tmp_path))

    assert np.abs(volume.hu - truth(volume)).max() <= 1


@pytest.mark.parametrize("padding", [-2000, 63536])
def test_padding_is_a_mask_not_a_value(series, tmp_path, padding):
    def corners(points):
        hu = stack_values(points)
        hu[np.hypot(points[..., 0], points[..., 1]) > 29] = -2000
        return hu

    from_formula = series()
    stack_values = from_formula.values
    stack = series(
        signed=True,
        intercept=0.0,
        values=corners,
        each=lambda _, ds: ds.add_new(0x00280120, "SS" if padding < 0 else "US", padding),
    )
    volume = read(stack.write(tmp_path))
    k, j, i = np.indices(volume.hu.shape)
    points = volume.grid.to_lps_mm(np.stack([k, j, i], axis=-1))
    outside = np.hypot(points[..., 0], points[..., 1]) > 29

    assert volume.scan_circle is not None
    assert np.array_equal(volume.scan_circle, ~outside[0])
    assert (volume.hu[outside] == AIR_HU).all()
    assert volume.hu.min() >= AIR_HU


def test_padding_value_that_tissue_has_too_leaves_the_body_alone(series, truth, tmp_path):
    stack = series(fields={"PixelPaddingValue": 1064})  # 40 HU
    volume = read(stack.write(tmp_path))
    centre = np.s_[:, 10:38, 14:42]

    assert np.array_equal(volume.hu[centre], truth(volume)[centre])


def test_header_tells_age_sex_and_protocol_but_no_name(series, tmp_path):
    volume = read(
        series(
            fields={
                "PatientAge": "045Y",
                "PatientSex": "F",
                "ConvolutionKernel": "B70f",
                "KVP": "120",
                "Manufacturer": "Maker",
                "ContrastBolusAgent": "Agent",
            }
        ).write(tmp_path)
    )
    acquisition = volume.acquisition

    assert (acquisition.age_years, acquisition.sex) == (45.0, "F")
    assert (acquisition.convolution_kernel, acquisition.kvp) == ("B70F", 120.0)
    assert (acquisition.manufacturer, acquisition.contrast_agent) == ("Maker", True)
    assert (acquisition.slice_thickness_mm, acquisition.patient_position) == (1.5, "HFS")
    assert "Doe" not in repr(volume) + repr(acquisition)
    assert "SECRET" not in repr(acquisition)


@pytest.mark.parametrize(
    ("text", "years"), [("045Y", 45.0), ("006M", 0.5), ("026W", 0.5), ("000Y", None), ("", None)]
)
def test_age_strings_are_years(text, years):
    from trabecula.read.headers import age_in_years

    assert age_in_years(text) == (None if years is None else pytest.approx(years, abs=0.01))


def test_other_files_in_the_folder_are_passed_over(series, truth, tmp_path):
    series().write(tmp_path / "deep" / "deeper")
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG" + bytes(200))
    (tmp_path / "empty").write_bytes(b"")
    volume = read(tmp_path)

    assert np.array_equal(volume.hu, truth(volume))


def test_progress_ends_at_one(series, tmp_path):
    told = []
    read(series().write(tmp_path), progress=lambda stage, part: told.append((stage, part)))

    assert {stage for stage, _ in told} == {"read"}
    assert [part for _, part in told] == sorted(part for _, part in told)
    assert told[-1][1] == pytest.approx(1.0)


def test_files_may_lack_preamble_and_meta_header(series, truth, tmp_path):
    stack = series(syntax=ImplicitVRLittleEndian)
    for n in range(8):
        ds = stack.dataset(n)
        del ds.file_meta
        ds.save_as(tmp_path / str(n), implicit_vr=True, little_endian=True)
    volume = read(tmp_path)

    assert np.array_equal(volume.hu, truth(volume))


def test_a_single_file_is_one_slice_and_says_so(series, tmp_path):
    stack = series()
    volume = read(next(stack.write(tmp_path).iterdir()))

    assert volume.hu.shape == (1, 48, 56)
    assert [note.check for note in volume.notes] == ["single_slice"]


def test_multi_frame_object_equals_its_slices(series, truth, tmp_path):
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    stack = series()
    slices = [stack.dataset(n) for n in range(8)]
    whole = slices[0].copy()
    whole.file_meta = slices[0].file_meta
    whole.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    whole.NumberOfFrames = 8
    order = [3, 0, 1, 2, 7, 5, 6, 4]
    whole.PixelData = b"".join(slices[n].PixelData for n in order)
    shared, frames = Dataset(), []
    measures, turn, rescale = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = whole.PixelSpacing, whole.SliceThickness
    turn.ImageOrientationPatient = whole.ImageOrientationPatient
    rescale.RescaleSlope, rescale.RescaleIntercept = whole.RescaleSlope, whole.RescaleIntercept
    rescale.RescaleType = "HU"
    shared.PixelMeasuresSequence = Sequence([measures])
    shared.PlaneOrientationSequence = Sequence([turn])
    shared.PixelValueTransformationSequence = Sequence([rescale])
    for n in order:
        frame, position = Dataset(), Dataset()
        position.ImagePositionPatient = slices[n].ImagePositionPatient
        frame.PlanePositionSequence = Sequence([position])
        frames.append(frame)
    for keyword in (
        "PixelSpacing",
        "SliceThickness",
        "ImageOrientationPatient",
        "ImagePositionPatient",
        "RescaleSlope",
        "RescaleIntercept",
    ):
        delattr(whole, keyword)
    whole.SharedFunctionalGroupsSequence = Sequence([shared])
    whole.PerFrameFunctionalGroupsSequence = Sequence(frames)
    whole.save_as(tmp_path / "multi.dcm", enforce_file_format=True)
    volume = read(tmp_path / "multi.dcm")

    assert volume.hu.shape == (8, 48, 56)
    assert np.array_equal(volume.hu, truth(volume))


@pytest.mark.parametrize(("agent", "given"), [("Iohexol", True), ("NONE", False), (None, None)])
def test_no_word_on_contrast_is_not_no_contrast(series, tmp_path, agent, given):
    fields = {} if agent is None else {"ContrastBolusAgent": agent}

    assert read(series(fields=fields).write(tmp_path)).acquisition.contrast_agent is given
