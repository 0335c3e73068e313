"""One coarse patient for all facts that do not need fine voxels."""

import pytest

from trabecula.simulate import Patient, demo_patient

COARSE_KJI_MM = (4.0, 2.2, 2.2)


@pytest.fixture(scope="session")
def coarse() -> Patient:
    """The demonstration patient at 4 mm slices."""
    return demo_patient(seed=0, spacing_kji_mm=COARSE_KJI_MM)


@pytest.fixture(scope="session")
def coarse_normal() -> Patient:
    """The same body without lesions."""
    return demo_patient(seed=0, spacing_kji_mm=COARSE_KJI_MM, lesions=())
