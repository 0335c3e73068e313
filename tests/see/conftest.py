"""A patient of simple shapes: a trunk with spine and pelvis wings, on a table."""

from types import SimpleNamespace

import numpy as np
import pytest

from trabecula.model import Acquisition, Anatomy, Grid, Structure, Tissue, Volume

SHAPE = (80, 120, 160)
SPACING_KJI_MM = (2.0, 2.0, 2.0)
ORIGIN_LPS_MM = (-159.0, -119.0, 0.0)
SPINE_LPS_MM = (0.0, 50.0)


def grid_of(shape: tuple[int, int, int] = SHAPE) -> Grid:
    affine = np.zeros((4, 4))
    affine[0, 2] = affine[1, 1] = affine[2, 0] = 2.0
    affine[:3, 3] = ORIGIN_LPS_MM
    affine[3, 3] = 1.0
    return Grid(affine, shape)


def points(shape: tuple[int, int, int] = SHAPE) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, y, z of every voxel, LPS mm."""
    k, j, i = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij", sparse=True)
    return i * 2.0 + ORIGIN_LPS_MM[0], j * 2.0 + ORIGIN_LPS_MM[1], k * 2.0 + ORIGIN_LPS_MM[2]


def ball(centre: tuple[float, float, float], radius: float) -> np.ndarray:
    x, y, z = points()
    return (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2 <= radius**2


def spine_mask() -> np.ndarray:
    x, y, _ = points()
    inside = (x - SPINE_LPS_MM[0]) ** 2 + (y - SPINE_LPS_MM[1]) ** 2 <= 18.0**2
    return np.broadcast_to(inside, SHAPE)


def trunk(*, noise_hu: float = 12.0, seed: int = 3, table: bool = True) -> np.ndarray:
    """Soft tissue with fat about it, a spine, and a thin table behind; float HU."""
    x, y, _ = points()
    hu = np.full(SHAPE, -1000.0, dtype=np.float32)
    outer = np.broadcast_to((x / 130.0) ** 2 + (y / 95.0) ** 2 <= 1.0, SHAPE)
    inner = np.broadcast_to((x / 120.0) ** 2 + (y / 85.0) ** 2 <= 1.0, SHAPE)
    hu[outer] = -100.0
    hu[inner] = 50.0
    spine = spine_mask()
    hu[spine] = 600.0
    if table:
        plate = np.broadcast_to((y > 105.0) & (y < 110.0) & (np.abs(x) < 140.0), SHAPE)
        hu[plate] = 300.0
    rng = np.random.default_rng(seed)
    return hu + rng.normal(0.0, noise_hu, SHAPE).astype(np.float32)


def volume_of(hu: np.ndarray) -> Volume:
    whole = np.clip(np.rint(hu), -1024, 3071).astype(np.int16)
    return Volume(whole, grid_of(whole.shape), Acquisition("simulated", "0"))


def anatomy_of(**masks: tuple[np.ndarray, Tissue]) -> Anatomy:
    labels = np.zeros(SHAPE, dtype=np.uint8)
    structures = []
    for number, (name, (mask, tissue)) in enumerate(masks.items(), start=1):
        labels[mask] = number
        structures.append(Structure(number, name, tissue))
    return Anatomy(labels, tuple(structures), "label map", "", True)


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return 2.0 * float((one & other).sum()) / float(one.sum() + other.sum())


@pytest.fixture(scope="session")
def phantoms() -> SimpleNamespace:
    """Makers of trunks, balls and label maps."""
    return SimpleNamespace(
        SHAPE=SHAPE,
        anatomy_of=anatomy_of,
        ball=ball,
        dice=dice,
        points=points,
        spine_mask=spine_mask,
        trunk=trunk,
        volume_of=volume_of,
    )
