"""Lesions put into a scan that is not ours to change elsewhere."""

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from trabecula.errors import InputError
from trabecula.model import Acquisition, Anatomy, Grid, Structure, Tissue, Volume
from trabecula.simulate import LesionRequest, cook_host, host_of, implant, parse_host
from trabecula.simulate.edge import edge_fwhm_mm
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.scanner import Scanner, blurred_slab

SHAPE = (40, 90, 90)
SPACING = (2.0, 1.2, 1.2)
LOW = np.array([100.0, -54.0, -40.0])
"""LPS of the first voxel."""


def limb(noise_hu=12.0, fwhm_mm=1.6):
    """A limb with two bones, blurred and noisy as a scan, and its label map."""
    z, y, x = (e * (np.arange(n) - n / 2) for e, n in zip(SPACING, SHAPE, strict=True))
    _, yy, xx = np.meshgrid(z, y, x, indexing="ij")
    hu = np.full(SHAPE, -1000.0, np.float32)
    hu[xx**2 + yy**2 < 46**2] = -90.0
    hu[xx**2 + yy**2 < 40**2] = 55.0
    labels = np.zeros(SHAPE, np.uint8)
    for number, centre in ((1, -20.0), (2, 20.0)):
        radius = np.hypot(xx - centre, yy)
        hu[radius < 8] = 1200.0
        hu[radius < 5] = -50.0
        labels[radius < 8] = number
    axes = tuple(np.asarray(c, np.float32) for c in (x, y, z))
    hu = blurred_slab(hu, Lattice(*axes), Scanner(blur_fwhm_mm=fwhm_mm, noise_sd_hu=0.0))
    hu = hu + np.random.default_rng(3).normal(0.0, noise_hu, SHAPE)
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = *SPACING, 1.0
    affine[:3, 3] = LOW
    volume = Volume(
        np.rint(hu).astype(np.int16), Grid(affine, SHAPE), Acquisition("nifti", "0" * 64)
    )
    bones = (Structure(1, "tibia_right", Tissue.BONE), Structure(2, "fibula_right", Tissue.BONE))
    return volume, Anatomy(labels, bones, "label map", "", separates_fused_bone=True)


@pytest.fixture(scope="module")
def case():
    volume, anatomy = limb()
    return volume, anatomy, host_of(volume, anatomy, edge_mm=1.6)


def lps(x, y, z):
    """LPS point of a place counted from the middle of the limb."""
    middle = LOW + (np.array(SHAPE) / 2 * SPACING)[::-1]
    px, py, pz = np.add(middle, [x, y, z]).tolist()
    return px, py, pz


def ball(**values):
    return LesionRequest("amorphous_calcification", at=lps(0, 22, 0), values={"size_mm": 16.0})


def test_outside_its_blur_no_voxel_changes(case):
    volume, _, host = case
    changed, (truth,) = implant(volume, ball(), rng=np.random.default_rng(1), host=host)
    whole = np.zeros(SHAPE, bool)
    whole[truth.box] = truth.mask
    near = binary_dilation(whole, iterations=5)

    assert np.array_equal(changed.hu[~near], volume.hu[~near])
    assert (changed.hu[whole].astype(int) - volume.hu[whole]).mean() > 200


def test_a_lesion_stands_where_it_was_asked_for(case):
    volume, _, host = case
    _, (truth,) = implant(volume, ball(), rng=np.random.default_rng(1), host=host)

    assert truth.lesion.centroid_lps_mm == pytest.approx(lps(0, 22, 0), abs=2.5)
    assert truth.lesion.contact == "free"
    assert truth.lesion.volume_ml == pytest.approx(truth.mask.sum() * volume.grid.voxel_ml)


def test_the_noise_of_the_host_stays_in_the_lesion():
    """Two hosts that differ by their noise alone still differ by it, inside the lesion too."""
    changed = []
    for noise in (0.0, 12.0):
        volume, anatomy = limb(noise_hu=noise)
        host = host_of(volume, anatomy, edge_mm=1.6)
        made, (truth,) = implant(volume, ball(), rng=np.random.default_rng(1), host=host)
        changed.append(made.hu[truth.box][truth.mask].astype(float))

    # The tissue below is known but for its smoothed noise.
    assert np.std(changed[1] - changed[0]) == pytest.approx(12.0, rel=0.25)


def test_the_same_state_makes_the_same_bytes_and_variants_differ(case):
    volume, _, host = case
    hus = [
        implant(volume, ball(), rng=np.random.default_rng(4), host=host, variant=v)[0]
        for v in ("train", "train", "judge")
    ]

    assert hus[0].acquisition.sha256 == hus[1].acquisition.sha256
    assert hus[0].acquisition.sha256 != hus[2].acquisition.sha256


def test_a_bridge_between_real_bones_is_fused_with_both_and_leaves_them(case):
    volume, anatomy, host = case
    request = LesionRequest(
        "bone_bridge",
        between=("tibia_right", "fibula_right"),
        values={"size_mm": 60.0, "width_mm": 12.0},
    )
    _, (truth,) = implant(volume, request, rng=np.random.default_rng(2), host=host)
    whole = np.zeros(SHAPE, bool)
    whole[truth.box] = truth.mask

    assert truth.lesion.contact == "bridging"
    assert truth.lesion.bridged == ("fibula_right", "tibia_right")
    assert not (whole & (anatomy.labels > 0)).any()
    for number in (1, 2):
        assert (binary_dilation(whole) & (anatomy.labels == number)).any()


def test_without_a_label_map_bones_are_found_by_density():
    volume, _ = limb()
    request = LesionRequest("amorphous_calcification", at=lps(0, 22, 0), values={"size_mm": 12.0})
    _, (truth,) = implant(volume, request, rng=np.random.default_rng(1))

    assert truth.lesion.touches == ()


@pytest.mark.parametrize("fwhm_mm", [1.5, 2.5])
def test_the_blur_of_a_scan_is_measured_on_its_skin(fwhm_mm):
    volume, _ = limb(noise_hu=4.0, fwhm_mm=fwhm_mm)

    assert edge_fwhm_mm(volume) == pytest.approx(fwhm_mm, abs=0.6)


def test_the_result_bears_no_identifiers_of_its_host(case):
    volume, _, host = case
    made, _ = implant(volume, ball(), rng=np.random.default_rng(1), host=host)

    assert made.acquisition.kind == "simulated"
    assert made.acquisition.series_instance_uid is None
    assert made.acquisition.sha256 != volume.acquisition.sha256


def test_a_recipe_with_a_host_numbers_its_lesions(case):
    volume, anatomy, _ = case
    recipe = parse_host(
        {
            "seed": 2,
            "host": {"ct": "scan.nii.gz", "edge_mm": 1.6},
            "lesion": [
                {"model": "calcinosis_circumscripta", "size_mm": 20, "nodule_mm": 6, "count": 3},
                {"model": "amorphous_calcification", "at": list(lps(0, -22, 0)), "size_mm": 12},
            ],
        }
    )
    patient = cook_host(recipe, volume, anatomy)

    assert [one.id for one in patient.truth] == [1, 2, 3, 4]
    for one in patient.truth:
        counted = patient.lesion_mask(one.label).sum() * volume.grid.voxel_ml
        assert one.volume_ml == pytest.approx(counted)


@pytest.mark.parametrize(
    ("recipe", "word"),
    [
        ({"host": {}}, "ct ="),
        ({"host": {"ct": "a", "anatomi": "b"}}, "anatomy"),
        ({"host": {"ct": "a"}, "lesions": []}, "lesion"),
        ({"host": {"ct": "a", "edge_mm": 40}}, "5 mm"),
    ],
)
def test_a_bad_host_is_refused(recipe, word):
    with pytest.raises(InputError) as refusal:
        parse_host(recipe)

    assert word in refusal.value.remedy


def test_a_place_outside_the_patient_is_refused(case):
    volume, _, host = case
    request = LesionRequest("amorphous_calcification", at=(900.0, 0.0, 0.0))
    with pytest.raises(InputError) as refusal:
        implant(volume, request, rng=np.random.default_rng(1), host=host)

    assert "inside the patient" in refusal.value.remedy
