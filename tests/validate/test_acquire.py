"""The judge's scanner does what a scanner does."""

import numpy as np
import pytest

from trabecula.model import Acquisition, Anatomy, Grid, Structure, Tissue, Volume
from trabecula.simulate import Patient, TrueLesion
from trabecula.validate.acquire import Scan, acquire
from trabecula.validate.condition import Condition

STEP_MM = 0.75
SOFT, DENSE = 50, 850


def truth(volume_ml: float) -> TrueLesion:
    return TrueLesion(
        id=1, label=1, mineral="calcification", model="ball", name="ball", volume_ml=volume_ml,
        mineral_volume_ml=volume_ml, mineral_mass_mg=1.0, centroid_lps_mm=(0.0, 0.0, 0.0),
        rim_thickness_mm=None, bridged=(), touches=(), contact="free", expected_kind="lesion",
    )  # fmt: skip


@pytest.fixture(scope="module")
def patient() -> Patient:
    shape = (48, 64, 64)
    k, j, i = np.ogrid[:48, :64, :64]
    ball = (k - 23.5) ** 2 + (j - 31.5) ** 2 + (i - 31.5) ** 2 < 12.0**2
    hu = np.where(ball, DENSE, SOFT).astype(np.int16)
    affine = np.diag([0.0, 0.0, 0.0, 1.0])
    affine[2, 0] = affine[1, 1] = affine[0, 2] = STEP_MM
    labels = np.zeros(shape, dtype=np.uint8)
    labels[:, 50:, :] = 1
    anatomy = Anatomy(
        labels, (Structure(1, "hip_left", Tissue.BONE),), "label map", "", separates_fused_bone=True
    )
    volume = Volume(hu, Grid(affine, shape), Acquisition("simulated", "0"))
    ml = float(ball.sum()) * STEP_MM**3 / 1000.0
    return Patient(volume, anatomy, (truth(ml),), ball.astype(np.uint8))


def scanned(patient: Patient, **changed: float) -> Scan:
    usual = {"slice_mm": STEP_MM, "pixel_mm": STEP_MM, "noise_hu": 0.0}
    return acquire(patient, Condition(**{**usual, **changed}))  # type: ignore[arg-type]


def excess(scan: Scan) -> float:
    """Density above soft tissue, HU times ml."""
    total = float((scan.volume.hu.astype(np.float64) - SOFT).sum())
    return total * scan.volume.grid.voxel_ml


@pytest.mark.parametrize("slice_mm", [0.75, 1.5, 3.0, 4.5])
def test_mass_is_kept_at_every_slice_thickness(patient: Patient, slice_mm: float) -> None:
    expected = patient.truth[0].volume_ml * (DENSE - SOFT)

    assert excess(scanned(patient, slice_mm=slice_mm)) == pytest.approx(expected, rel=0.005)


def test_a_sharp_kernel_overshoots_and_a_soft_one_does_not(patient: Patient) -> None:
    assert scanned(patient).volume.hu.max() <= DENSE
    assert scanned(patient, overshoot=0.4).volume.hu.max() > DENSE + 30


def test_noise_has_the_strength_asked_for_at_any_slice(patient: Patient) -> None:
    for slice_mm in (0.75, 3.0):
        noisy = scanned(patient, slice_mm=slice_mm, noise_hu=20.0).volume.hu
        clean = scanned(patient, slice_mm=slice_mm).volume.hu

        assert (noisy.astype(float) - clean).std() == pytest.approx(20.0, rel=0.05)


def test_another_noise_seed_is_another_scan_and_the_same_is_the_same(patient: Patient) -> None:
    first, again, other = (scanned(patient, noise_hu=20.0, noise_seed=n) for n in (1, 1, 2))

    assert (first.volume.hu == again.volume.hu).all()
    assert (first.volume.hu != other.volume.hu).mean() > 0.9


def test_a_turned_patient_keeps_the_volume_of_the_lesion(patient: Patient) -> None:
    turned = scanned(patient, rotation_deg=9.0, shift_mm=0.3)
    voxels = sum(int(body.mask.sum()) for body in turned.bodies)

    assert voxels * turned.volume.grid.voxel_ml == pytest.approx(
        patient.truth[0].volume_ml, rel=0.02
    )


def test_thick_slices_lie_where_their_middles_are(patient: Patient) -> None:
    thick = scanned(patient, slice_mm=3.0).volume.grid

    assert thick.to_lps_mm([0, 0, 0])[2] == pytest.approx(1.5 * STEP_MM)
    assert thick.spacing_kji_mm[0] == pytest.approx(3.0)


def test_the_label_map_is_as_coarse_as_a_networks(patient: Patient) -> None:
    labels = scanned(patient).anatomy.labels

    assert set(np.unique(labels).tolist()) == {0, 1}
    assert abs(int((labels == 1).sum()) - int((patient.anatomy.labels == 1).sum())) < 48 * 64 * 2
