"""What counts as true of a lesion in a scan of it."""

from dataclasses import replace

import numpy as np
import pytest

from trabecula.model import AIR_HU, Acquisition, Grid, Volume
from trabecula.simulate import TrueLesion
from trabecula.validate.acquire import TrueBody
from trabecula.validate.condition import Condition
from trabecula.validate.truth import Truth, true_of

PIXEL_MM = 0.8
BONE = TrueLesion(
    id=1, label=1, mineral="ossification", model="muscle_plate", name="plate", volume_ml=4.18879,
    mineral_volume_ml=1.0, mineral_mass_mg=900.0, centroid_lps_mm=(0.0, 0.0, 0.0),
    rim_thickness_mm=1.5, bridged=(), touches=(), contact="free", expected_kind="lesion",
    pattern="trabeculated", zonation="rim",
)  # fmt: skip


def seen(lesion: TrueLesion, *, shape: tuple[int, int, int], slice_mm: float = 1.0) -> Truth:
    """Truth of a lesion whose body is a block of voxels."""
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = slice_mm, PIXEL_MM, PIXEL_MM, 1.0
    hu = np.full((30, 30, 30), AIR_HU, dtype=np.int16)
    volume = Volume(hu, Grid(affine, hu.shape), Acquisition("simulated", "0"))
    k, j, i = (slice(2, 2 + n) for n in shape)
    body = TrueBody(1, (k, j, i), np.ones(shape, dtype=bool))
    return true_of(lesion, body, volume, Condition(slice_mm=slice_mm, blur_fwhm_mm=1.1))


def test_size_is_the_diameter_of_the_sphere_of_the_volume() -> None:
    assert seen(BONE, shape=(10, 10, 10)).size_mm == pytest.approx(20.0, abs=0.001)


def test_thickness_is_that_of_the_thin_side_in_the_slice() -> None:
    assert seen(BONE, shape=(10, 5, 20)).thickness_mm == pytest.approx(5 * PIXEL_MM)


@pytest.mark.parametrize(
    ("shape", "slice_mm", "below"),
    [((10, 9, 9), 1.0, False), ((10, 3, 20), 1.0, True), ((1, 9, 9), 5.0, True)],
)
def test_thin_or_low_lesions_are_below_the_floor(
    shape: tuple[int, int, int], slice_mm: float, below: bool
) -> None:
    assert seen(BONE, shape=shape, slice_mm=slice_mm).below_floor is below


@pytest.mark.parametrize(
    ("changed", "rim"),
    [
        ({}, True),
        ({"rim_thickness_mm": None}, False),
        ({"mineral": "calcification", "pattern": "amorphous", "rim_thickness_mm": None}, False),
        ({"mineral": "calcification", "pattern": "shell", "rim_thickness_mm": None}, None),
    ],
)
def test_a_rim_is_true_of_bone_with_a_cortex_alone(
    changed: dict[str, object], rim: bool | None
) -> None:
    assert seen(replace(BONE, **changed), shape=(9, 9, 9)).rim is rim  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("touches", "bridged", "bridging"),
    [
        ((), (), False),
        (("femur_left",), (), False),
        (("femur_left", "hip_left"), ("femur_left", "hip_left"), True),
        (("femur_left", "hip_left"), (), None),
    ],
)
def test_touching_two_bones_without_being_fused_to_both_is_no_plain_bridge(
    touches: tuple[str, ...], bridged: tuple[str, ...], bridging: bool | None
) -> None:
    lesion = replace(BONE, touches=touches, bridged=bridged)

    assert seen(lesion, shape=(9, 9, 9)).bridging is bridging
