import json

import numpy as np
import pytest
import SimpleITK

from trabecula.errors import GeometryError, InputError
from trabecula.model import Acquisition, Grid, Side, Tissue, Volume
from trabecula.read import read, read_anatomy
from trabecula.read.numbering import VERSION_1, VERSION_2, by_fit, table_in_header
from trabecula.see.structures import tissue_of

SHAPE = (12, 20, 24)
AFFINE = np.array([[0, 0, 1.0, -12], [0, 1.0, 0, -10], [2.0, 0, 0, 5], [0, 0, 0, 1.0]])
BONE, FAT = np.s_[2:10, 8:12, 8:12], np.s_[2:10, 2:6, 2:6]


@pytest.fixture
def volume():
    hu = np.full(SHAPE, 40, dtype=np.int16)
    hu[BONE] = 500
    hu[FAT] = -100
    return Volume(hu, Grid(AFFINE, SHAPE), Acquisition(kind="simulated", sha256="0"))


def write(path, array, *, origin=(-12, -10, 5), spacing=(1, 1, 2), flipped=False):
    image = SimpleITK.GetImageFromArray(array)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    if flipped:
        image = SimpleITK.Flip(image, [True, True, False])
        direction = np.array(image.GetDirection()).reshape(3, 3)
        assert direction[0, 0] == -1
    SimpleITK.WriteImage(image, str(path))
    return path


def labels(**regions):
    array = np.zeros(SHAPE, np.uint8)
    for number, region in regions.items():
        array[region] = int(number.removeprefix("n"))
    return array


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("name", ["a.nii.gz", "a.nrrd", "a.mha"])
def test_labels_come_onto_the_grid_of_the_scan(volume, tmp_path, name, flipped):
    array = labels(n77=BONE, n5=FAT)
    anatomy = read_anatomy(write(tmp_path / name, array, flipped=flipped), volume)

    assert np.array_equal(anatomy.labels, array)
    assert anatomy.notes == ()
    assert [(s.label, s.name, s.tissue) for s in anatomy.structures] == [
        (5, "liver", Tissue.ORGAN),
        (77, "hip_left", Tissue.BONE),
    ]
    assert anatomy.structures[1].side is Side.LEFT
    assert anatomy.separates_fused_bone
    assert anatomy.source == "label map"


def test_labels_on_another_grid_are_moved_by_nearest_neighbour(volume, tmp_path):
    coarse = labels(n77=np.s_[2:10, 8:12, 8:12])[:, ::2, ::2]
    path = write(tmp_path / "a.nii", coarse, spacing=(2, 2, 2), origin=(-11.5, -9.5, 5))
    anatomy = read_anatomy(path, volume)

    assert np.array_equal(anatomy.labels > 0, labels(n1=BONE) > 0)
    assert [note.check for note in anatomy.notes] == ["anatomy_resampled"]


def test_labels_of_a_part_of_the_scan_say_how_much(volume, tmp_path):
    anatomy = read_anatomy(write(tmp_path / "a.nii", labels(n77=BONE)[:6]), volume)
    (note,) = [n for n in anatomy.notes if n.check == "anatomy_cover"]

    assert "covers 50% of the scan" in note.text
    assert note.consequence
    assert not anatomy.labels[6:].any()


def test_labels_elsewhere_in_space_are_refused(volume, tmp_path):
    path = write(tmp_path / "a.nii", labels(n77=BONE), origin=(500, 0, 0))

    with pytest.raises(GeometryError, match="elsewhere in space"):
        read_anatomy(path, volume)


def test_empty_label_map_is_refused(volume, tmp_path):
    with pytest.raises(GeometryError, match="no label inside"):
        read_anatomy(write(tmp_path / "a.nii", labels()), volume)


def test_a_scan_in_place_of_labels_is_refused(volume, tmp_path):
    with pytest.raises(InputError, match="no label map"):
        read_anatomy(write(tmp_path / "a.nii", volume.hu), volume)


def test_version_1_numbers_are_told_by_what_is_dense(volume, tmp_path):
    array = labels(n90=BONE, n94=FAT)  # hip_left and gluteus_maximus_left in version 1
    anatomy = read_anatomy(write(tmp_path / "a.nii", array), volume)

    assert [s.name for s in anatomy.structures] == ["hip_left", "gluteus_maximus_left"]
    assert "1" in anatomy.version


def test_numbers_that_fit_no_version_ask_for_a_table(volume, tmp_path):
    path = write(tmp_path / "a.nii", labels(n5=BONE, n77=FAT))

    with pytest.raises(InputError, match="do not fit") as refusal:
        read_anatomy(path, volume)

    assert "labels.json" in refusal.value.remedy


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", json.dumps({"1": "femur_left", "2": "spleen"})),
        ("a.json", json.dumps({"labels": {"background": 0, "femur_left": 1, "spleen": 2}})),
        ("labels.json", json.dumps({"femur_left": 1, "spleen": 2})),
        ("a.csv", "label,name\n1,femur_left\n2,spleen\n"),
        ("labels.csv", "1;femur_left\n2;spleen\n"),
    ],
)
def test_a_table_beside_the_map_names_its_numbers(volume, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    anatomy = read_anatomy(write(tmp_path / "a.nii.gz", labels(n1=BONE, n2=FAT)), volume)

    assert [s.name for s in anatomy.structures] == ["femur_left", "spleen"]


def test_a_broken_table_is_refused(volume, tmp_path):
    (tmp_path / "labels.json").write_text("{")

    with pytest.raises(InputError, match="table of names"):
        read_anatomy(write(tmp_path / "a.nii", labels(n1=BONE)), volume)


def test_table_in_a_nifti_header_is_read():
    start = b'<Label Key="25" Red="1"><![CDATA[sacrum]]></Label><Label Key="0">x</Label>'

    assert table_in_header(start + b'<Label Key="1">spleen</Label>') == {25: "sacrum", 1: "spleen"}


def test_folder_of_masks_is_one_anatomy_and_bone_wins(volume, tmp_path):
    bone, organ, empty = labels(n1=BONE), labels(n1=np.s_[2:10, 6:12, 6:12]), labels()
    write(tmp_path / "hip_left.nii.gz", bone.astype(np.float64))
    write(tmp_path / "zz_unknown.nii.gz", labels(n1=np.s_[:]))
    write(tmp_path / "colon.nii.gz", organ, flipped=True)
    write(tmp_path / "iliac_vein_right.nii.gz", labels(n1=FAT))
    write(tmp_path / "brain.nii.gz", empty)
    anatomy = read_anatomy(tmp_path, volume)
    by_name = {s.name: s for s in anatomy.structures}

    assert set(by_name) == {"hip_left", "colon", "iliac_vena_right"}
    assert np.array_equal(anatomy.labels == by_name["hip_left"].label, bone > 0)
    assert np.array_equal(anatomy.labels == by_name["colon"].label, (organ > 0) & (bone == 0))
    assert {n.check for n in anatomy.notes} == {"masks_skipped", "masks_overlap"}
    assert "unknown" not in str(anatomy.notes)


def test_folder_with_one_label_map_is_read_as_that(volume, tmp_path):
    write(tmp_path / "segmentation.nii.gz", labels(n77=BONE))

    assert read_anatomy(tmp_path, volume).structures[0].name == "hip_left"


def test_labels_without_bone_do_not_separate_fused_bone(volume, tmp_path):
    write(tmp_path / "colon.nii.gz", labels(n1=FAT))
    anatomy = read_anatomy(tmp_path, volume)

    assert not anatomy.separates_fused_bone
    assert [n.check for n in anatomy.notes] == ["anatomy_without_bone"]


@pytest.mark.parametrize("content", [{}, {"words.txt": "x"}])
def test_folder_without_masks_is_refused(volume, tmp_path, content):
    for name, text in content.items():
        (tmp_path / name).write_text(text)

    with pytest.raises(InputError, match="no mask"):
        read_anatomy(tmp_path, volume)


def test_missing_label_map_is_refused(volume, tmp_path):
    with pytest.raises(InputError, match="no such label map"):
        read_anatomy(tmp_path / "Doe.nii", volume)


def test_numberings_are_complete_and_without_double_names():
    assert (len(VERSION_1), len(VERSION_2)) == (104, 117)
    assert len(set(VERSION_1)) == 104
    assert len(set(VERSION_2)) == 117
    known = {1: "spleen", 25: "sacrum", 31: "vertebrae_L1", 50: "vertebrae_C1", 77: "hip_left"}
    assert {n: VERSION_2[n - 1] for n in known} == known
    assert (VERSION_2[90], VERSION_2[103], VERSION_2[116]) == (
        "skull",
        "rib_right_1",
        "costal_cartilages",
    )
    assert (VERSION_1[17], VERSION_1[91], VERSION_1[103]) == (
        "vertebrae_L5",
        "sacrum",
        "urinary_bladder",
    )


def test_both_numberings_fit_their_own_densities():
    for version, table in (("2", VERSION_2), ("1", VERSION_1)):
        means = {
            n: {Tissue.BONE: 300.0, Tissue.AIRWAY: -800.0}.get(tissue_of(name), 50.0)
            for n, name in enumerate(table, start=1)
        }

        assert by_fit(means) == ({n: table[n - 1] for n in means}, version)


@pytest.mark.shared_data
def test_masks_and_label_map_of_a_real_scan_agree(shared_data):
    folder = shared_data / "ct" / "ts_abdomen_pelvis"
    volume = read(folder / "ct.nii.gz")
    masks = read_anatomy(folder / "seg", volume)
    spine = read_anatomy(folder / "totalseg.nii.gz", volume)

    assert len(masks.structures) == 59
    assert masks.labels.dtype == np.uint8
    for name in ("vertebrae_L1", "vertebrae_L4", "vertebrae_T12"):
        mine, yours = masks.mask(masks.named(name)), spine.mask(spine.named(name))
        assert 2 * (mine & yours).sum() / (mine.sum() + yours.sum()) > 0.9
    hip = masks.mask(masks.named("hip_left"))
    assert volume.hu[hip].mean() > 100
    assert volume.grid.to_lps_mm(np.argwhere(hip).mean(axis=0))[0] > 0
