"""Outlines of bodies whose true surface is known."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from trabecula.see.outline import filled, outline, trimmed

SPACING = (1.0, 1.0, 1.0)


def blurred(radius: float, *, hu: float, core_hu: float | None = None) -> tuple[np.ndarray, ...]:
    axes = np.meshgrid(*(np.arange(41) - 20,) * 3, indexing="ij")
    r = np.sqrt(sum(axis**2 for axis in axes))
    image = np.where(r <= radius, hu, 50.0)
    if core_hu is not None:
        image = np.where(r <= radius - 2.0, core_hu, image)
    return gaussian_filter(image, 0.7).astype(np.int16), r <= radius


@pytest.mark.parametrize("hu", [250.0, 600.0, 1500.0])
def test_a_solid_ball_keeps_its_volume_however_dense(hu: float, phantoms: SimpleNamespace) -> None:
    image, truth = blurred(7.0, hu=hu)

    mask = outline(
        image > 130,
        image,
        bone=np.zeros_like(truth),
        soft_tissue_hu=50.0,
        spacing_kji_mm=SPACING,
    )

    assert mask.sum() == pytest.approx(truth.sum(), rel=0.10)
    assert phantoms.dice(mask, truth) > 0.95


@pytest.mark.parametrize("core_hu", [-50.0, 150.0])
def test_the_marrow_of_an_ossicle_belongs_to_it(core_hu: float, phantoms: SimpleNamespace) -> None:
    image, truth = blurred(9.0, hu=900.0, core_hu=core_hu)

    mask = outline(
        image > 130,
        image,
        bone=np.zeros_like(truth),
        soft_tissue_hu=50.0,
        spacing_kji_mm=SPACING,
    )

    assert mask[20, 20, 20]
    assert phantoms.dice(mask, truth) > 0.93


def test_a_gap_in_the_shell_does_not_empty_it() -> None:
    image, _ = blurred(9.0, hu=900.0, core_hu=-50.0)
    shell = image > 130
    shell[20, 20, 28:] = False

    assert filled(shell, SPACING)[20, 20, 20]


def test_native_bone_closes_the_shell_of_what_is_fused_to_it() -> None:
    image, _ = blurred(9.0, hu=900.0, core_hu=-50.0)
    bone = np.zeros(image.shape, dtype=bool)
    bone[:, :, :16] = True

    mask = outline(
        (image > 130) & ~bone, image, bone=bone, soft_tissue_hu=50.0, spacing_kji_mm=SPACING
    )

    assert mask[20, 20, 20]
    assert not (mask & bone)[:, :, :14].any()


def test_trimming_keeps_every_voxel_in_its_place() -> None:
    mask = np.zeros((6, 7, 8), dtype=bool)
    mask[2, 3, 4:6] = True

    cut, box = trimmed(mask, (slice(10, 16), slice(20, 27), slice(30, 38)))

    assert cut.shape == (1, 1, 2)
    assert cut.all()
    assert box == (slice(12, 13), slice(23, 24), slice(34, 36))
