"""Noise, blur and threshold against what was put in."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from trabecula.see.noise import (
    THRESHOLD_CEILING_HU,
    THRESHOLD_FLOOR_HU,
    measure_noise,
    mineral_threshold,
)


@pytest.mark.parametrize("sd", [8.0, 20.0, 40.0])
def test_noise_put_in_is_noise_measured(sd: float, phantoms: SimpleNamespace) -> None:
    noise = measure_noise(phantoms.volume_of(phantoms.trunk(noise_hu=sd)))

    assert noise.noise_sd_hu == pytest.approx(sd, rel=0.08)


def test_soft_tissue_is_the_muscle_and_not_the_fat(phantoms: SimpleNamespace) -> None:
    noise = measure_noise(phantoms.volume_of(phantoms.trunk()))

    assert noise.soft_tissue_hu == pytest.approx(50.0, abs=4.0)


def test_the_threshold_follows_the_noise_between_floor_and_ceiling() -> None:
    assert mineral_threshold(50.0, 5.0) == THRESHOLD_FLOOR_HU
    assert mineral_threshold(50.0, 25.0) == pytest.approx(175.0)
    assert mineral_threshold(50.0, 90.0) == THRESHOLD_CEILING_HU


def test_a_shift_of_all_values_shifts_soft_tissue_and_leaves_the_noise(
    phantoms: SimpleNamespace,
) -> None:
    hu = phantoms.trunk()
    base, shifted = (measure_noise(phantoms.volume_of(hu + offset)) for offset in (0.0, 10.0))

    assert shifted.soft_tissue_hu == pytest.approx(base.soft_tissue_hu + 10.0, abs=2.0)
    assert shifted.noise_sd_hu == pytest.approx(base.noise_sd_hu, rel=0.05)


def test_a_wider_blur_gives_a_wider_edge(phantoms: SimpleNamespace) -> None:
    sharp, soft = (
        measure_noise(phantoms.volume_of(gaussian_filter(phantoms.trunk(noise_hu=0.0), sigma)))
        for sigma in (1, 2)
    )

    assert sharp.edge_width_mm is not None
    assert soft.edge_width_mm is not None
    assert soft.edge_width_mm > 1.4 * sharp.edge_width_mm


def test_air_alone_has_no_noise_and_no_edge(phantoms: SimpleNamespace) -> None:
    noise = measure_noise(phantoms.volume_of(np.full((20, 40, 40), -1000.0)))

    assert noise.noise_sd_hu == 0.0
    assert noise.edge_width_mm is None
