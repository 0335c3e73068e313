import numpy as np
import pytest

from trabecula.errors import InputError
from trabecula.simulate import Scanner
from trabecula.simulate.canvas import coverage
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.scanner import blur_kernel, noise_of
from trabecula.simulate.scanner import scan as scan_slab
from trabecula.simulate.tissue import hydroxyapatite_slope, mineralised_hu

QUIET = {"noise_sd_hu": 0.0}


def scan(painted, grid, scanner):
    noise = noise_of(scanner, grid.spacing_kji_mm, seed=0)
    return scan_slab(painted, grid, scanner, noise=noise, seed=0)


def slab(edge_mm=0.85, size=96, slices=6):
    axis = (np.arange(size, dtype=np.float32) - size / 2) * np.float32(edge_mm)
    return Lattice(axis, axis.copy(), np.arange(slices, dtype=np.float32) * np.float32(1.5))


def edge_width_mm(image, offset_mm):
    """Width of the line spread of a slanted edge, from its spread (Gaussian)."""
    order = np.argsort(offset_mm)
    at, value = offset_mm[order], image[order].astype(float)
    bins = np.arange(-4.0, 4.0, 0.1)
    mean = np.array([value[(at >= b) & (at < b + 0.1)].mean() for b in bins])
    spread = np.clip(np.diff(mean), 0.0, None)
    centre = bins[:-1] + 0.1
    middle = np.average(centre, weights=spread)
    return 2.3548 * np.sqrt(np.average((centre - middle) ** 2, weights=spread))


@pytest.mark.parametrize("fwhm_mm", [0.9, 1.1, 1.4, 2.0])
def test_point_spread_is_as_wide_as_asked(fwhm_mm):
    grid = slab()
    x, y, _ = grid.mesh()
    tilt = np.radians(4.0)
    offset = np.broadcast_to(x * np.cos(tilt) + y * np.sin(tilt), grid.shape).astype(np.float32)
    painted = 1000.0 * coverage(-offset, 0.85)

    image = scan(painted, grid, Scanner(blur_fwhm_mm=fwhm_mm, **QUIET))
    near = np.abs(offset[3]) < 4.2

    assert edge_width_mm(image[3][near], offset[3][near]) == pytest.approx(fwhm_mm, rel=0.10)


@pytest.mark.parametrize("sd_hu", [8.0, 15.0, 25.0])
def test_noise_in_the_middle_is_as_strong_as_asked(sd_hu):
    grid = slab(slices=40)
    image = scan(np.full(grid.shape, 50.0, np.float32), grid, Scanner(noise_sd_hu=sd_hu))
    middle = image[:, 40:56, 40:56].astype(float)

    assert middle.std() == pytest.approx(sd_hu, rel=0.07)
    assert middle.mean() == pytest.approx(50.0, abs=1.0)


def test_noise_is_weaker_at_the_skin():
    grid = slab(edge_mm=4.0, slices=40)
    image = scan(np.zeros(grid.shape, np.float32), grid, Scanner())

    assert image[:, 48, 2:6].std() < 0.75 * image[:, 46:50, 46:50].std()


def test_blur_keeps_the_sum():
    grid = slab()
    painted = np.zeros(grid.shape, np.float32)
    painted[2:4, 40:44, 40:44] = 1000.0
    image = scan(painted, grid, Scanner(**QUIET))

    assert image.sum() == pytest.approx(painted.sum(), rel=0.01)


@pytest.mark.parametrize("variance", [0.05, 0.3, 0.9, 2.5])
def test_kernel_has_exactly_the_variance_asked_for(variance):
    kernel = blur_kernel(variance)
    at = np.arange(kernel.size) - kernel.size // 2

    assert kernel.sum() == pytest.approx(1.0)
    assert (kernel * at**2).sum() == pytest.approx(variance)
    assert (kernel >= 0).all()


def test_scanning_leaves_the_painting_as_it_was():
    grid = slab()
    painted = np.full(grid.shape, 40.0, np.float32)
    scan(painted, grid, Scanner())

    assert (painted == 40.0).all()


def test_hydroxyapatite_is_brighter_at_lower_voltage():
    assert [hydroxyapatite_slope(v) for v in (80, 100, 120, 140)] == sorted(
        (hydroxyapatite_slope(v) for v in (80, 100, 120, 140)), reverse=True
    )


def test_compact_bone_is_near_1400_hu_at_120_kv():
    assert 1300 < mineralised_hu(50.0, 1050.0, 120.0) < 1500


@pytest.mark.parametrize(
    "wrong", [{"blur_fwhm_mm": 0.0}, {"blur_fwhm_mm": 9.0}, {"noise_sd_hu": -1.0}, {"kvp": 30.0}]
)
def test_impossible_scanners_are_refused_with_a_remedy(wrong):
    with pytest.raises(InputError) as refusal:
        Scanner(**wrong)

    assert refusal.value.remedy
