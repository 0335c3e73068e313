"""Analytic phantoms, blurred and noisy like a CT, with the lesion outlined as seeing would."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import ndimage

from trabecula.describe import describe
from trabecula.model import (
    Acquisition,
    Anatomy,
    Border,
    DescribedLesion,
    Grid,
    Lesion,
    Noise,
    Region,
    Seen,
    Side,
    Structure,
    Tissue,
    Volume,
)

FINE_MM = 0.5
SOFT, FAT, MARROW, CORTEX = 50.0, -100.0, 180.0, 1250.0
FWHM_MM = 1.2


@dataclass(frozen=True)
class Scene:
    seen: Seen
    volume: Volume
    truth_ml: float


Painter = Callable[[np.ndarray, np.ndarray, np.ndarray], Mapping[str, np.ndarray]]


def scene(
    paint: Painter,
    *,
    size_mm: tuple[float, float, float] = (40.0, 40.0, 40.0),
    pixel_mm: float = 1.0,
    slice_mm: float = 1.0,
    noise_sd: float = 15.0,
    seed: int = 1,
    position: str | None = "HFS",
    bones: Mapping[str, Tissue] | None = None,
    threshold_hu: float = 150.0,
    offset_hu: float = 0.0,
    region: Region | None = Region.THIGH,
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Scene:
    """Render ``paint(z, y, x) -> {"hu": fine HU, "lesion": fine mask, structure name: fine mask}``.

    The lesion mask is what lies above the threshold near the painted lesion, holes filled.
    """
    steps = (max(1, round(slice_mm / FINE_MM)), max(1, round(pixel_mm / FINE_MM)))
    fk, fj = steps
    shape = (
        int(size_mm[0] / slice_mm) * fk,
        int(size_mm[1] / pixel_mm) * fj,
        int(size_mm[2] / pixel_mm) * fj,
    )
    fine = (slice_mm / fk, pixel_mm / fj, pixel_mm / fj)
    z, y, x = np.meshgrid(
        *[
            (np.arange(n) - (n - 1) / 2) * s + d
            for n, s, d in zip(shape, fine, shift_mm, strict=True)
        ],
        indexing="ij",
    )
    painted = dict(paint(z, y, x))
    sigma = FWHM_MM / 2.3548
    blurred = ndimage.gaussian_filter(painted["hu"].astype(np.float32), [sigma / s for s in fine])
    small = (shape[0] // fk, shape[1] // fj, shape[2] // fj)

    def binned(field: np.ndarray) -> np.ndarray:
        return field.reshape(small[0], fk, small[1], fj, small[2], fj).mean(axis=(1, 3, 5))

    rng = np.random.default_rng(seed)
    grain = ndimage.gaussian_filter(rng.standard_normal(small), (0, 0.6, 0.6))
    hu = np.round(binned(blurred) + noise_sd * grain / grain.std() + offset_hu).astype(np.int16)
    affine = np.zeros((4, 4))
    affine[0, 2], affine[1, 1], affine[2, 0], affine[3, 3] = pixel_mm, pixel_mm, slice_mm, 1
    grid = Grid(affine, small)
    labels = np.zeros(small, np.uint8)
    structures = []
    for number, (name, tissue) in enumerate((bones or {}).items(), start=1):
        labels[binned(painted[name].astype(np.float32)) >= 0.5] = number
        structures.append(Structure(number, name, tissue))
    truth = binned(painted["lesion"].astype(np.float32))
    near = ndimage.binary_dilation(truth > 0.02, iterations=1)
    mask = near & (hu > threshold_hu + offset_hu) & (labels == 0)
    mask |= (truth > 0.98) & (labels == 0)
    mask = ndimage.binary_fill_holes(mask)
    volume = Volume(
        hu,
        grid,
        Acquisition("simulated", "0" * 64, patient_position=position, slice_thickness_mm=slice_mm),
    )
    seen = Seen(
        anatomy=Anatomy(labels, tuple(structures), "label map", "", True),
        noise=Noise(
            SOFT + offset_hu,
            max(noise_sd, 1.0),
            threshold_hu + offset_hu,
            edge_width_mm=FWHM_MM,
            cortex_hu=CORTEX + offset_hu,
            marrow_hu=MARROW + offset_hu,
        ),
        lesions=(lesion_of(mask, grid, threshold_hu, region),),
        set_aside=(),
        evaluable=dict.fromkeys(Region, True),
    )
    return Scene(seen, volume, float(truth.sum()) * grid.voxel_ml)


def lesion_of(
    mask: np.ndarray, grid: Grid, threshold_hu: float, region: Region | None, number: int = 1
) -> Lesion:
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    where = np.argwhere(mask)
    centroid = grid.to_lps_mm(where.mean(0))
    corners = grid.to_lps_mm(np.array([where.min(0), where.max(0)]))
    return Lesion(
        number,
        mask[box].copy(),
        box,
        region,
        Side.LEFT,
        tuple(centroid.tolist()),
        tuple([*corners.min(0).tolist(), *corners.max(0).tolist()]),
        Border.CLEAR,
        threshold_hu,
    )


@pytest.fixture
def render() -> Callable[..., Scene]:
    return scene


@pytest.fixture
def measure() -> Callable[[Scene], DescribedLesion]:
    return lambda scene: describe(scene.seen, scene.volume)[0]
