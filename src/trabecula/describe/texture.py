"""Texture inside a lesion: more than noise and blur explain, at the scale of trabeculae."""

import numpy as np
from scipy import ndimage

from trabecula.describe.observation import HU_UNIT, ONE, Observations, graded, not_assessed
from trabecula.describe.patch import Patch
from trabecula.describe.shell import Shell
from trabecula.describe.volume import believes_shell
from trabecula.model import Box, Float32, Mask, Measured

SCALE_MM = 1.2
"""Texture finer than about this counts as trabecular, mm: what a Gaussian of it smooths away."""

INTERIOR_SIGMA = 2.0
"""Interior begins this many standard deviations of the blur below the surface."""

FEWEST_VOXELS = 60
"""Fewer interior voxels carry no texture figure."""

THICKEST_SLICE_MM = 5.0
"""Thicker slices average trabeculae away."""

TEXTURE_LIMIT = 0.08
"""Texture that counts, standard deviation as part of the lesion's height above soft tissue."""

TEXTURE_IN_SHELL = 0.025
"""The same inside a shell, whose height is not the core's: part of the way to cortex."""

DENSE_NOISE = 1.25
"""Noise inside dense tissue over noise in soft tissue: fewer photons come through."""


def texture_of(patch: Patch, shell: Shell) -> Observations:
    """Whether the interior is trabeculated."""
    if patch.slice_mm > THICKEST_SLICE_MM + 0.1:
        why = f"slices of {patch.slice_mm:.1f} mm average trabeculae away"
        return Observations(not_assessed(why, "trabeculated"))
    start = INTERIOR_SIGMA * max(patch.sigma_mm[1], 0.5 * patch.spacing_mm[1])
    shelled = believes_shell(shell) and shell.shell is not None
    if shelled and shell.shell is not None:
        # The blur of the rim reaches inward, along the slices as far as they are thick.
        start = (INTERIOR_SIGMA + 0.5) * max(patch.sigma_mm) + shell.shell.rim_mm
    interior = (patch.depth_mm > start) & patch.interior
    if int(interior.sum()) < FEWEST_VOXELS:
        why = f"{int(interior.sum())} voxels lie clear of the edge; {FEWEST_VOXELS} are needed"
        return Observations(not_assessed(why, "trabeculated"))
    inside = _fluctuation(patch, interior)
    noise = _noise_fluctuation(patch)
    explained = DENSE_NOISE * noise
    excess = float(np.sqrt(max(inside**2 - explained**2, 0.0)))
    height = max(patch.surface_hu - patch.background_hu, 3.0 * patch.noise_hu)
    independent = max(float(interior.sum()) / 6.0, 4.0)
    error = inside / np.sqrt(2.0 * independent)
    figure = Measured(
        excess / height,
        ONE,
        f"fluctuation finer than {SCALE_MM:.1f} mm, {inside:.0f} HU in the interior against "
        f"{explained:.0f} HU of noise, as part of the lesion's height of {height:.0f} HU",
    )
    spread = max(float(error) / height, 0.01)
    span = patch.cortex_hu - patch.soft_hu
    least = TEXTURE_LIMIT if not shelled else min(TEXTURE_LIMIT, TEXTURE_IN_SHELL * span / height)
    limit = least + 2.0 * float(error) / height
    return Observations(
        (graded("trabeculated", figure, limit, spread=spread),),
        {"texture": Measured(round(excess, 1), HU_UNIT, figure.method)},
    )


def _fluctuation(patch: Patch, region: Mask) -> float:
    """Spread of HU about their local mean, half the distance from 16th to 84th percentile.

    For a normal spread that is the standard deviation; a single step through the region, such
    as a level of fluid or what is left of the rim, does not count as texture.
    """
    near = ndimage.find_objects(region.astype(np.uint8))[0]
    values = _high_pass(patch, region, near)[region[near]]
    low, high = np.percentile(values, [16.0, 84.0])
    return 0.5 * float(high - low)


def _noise_fluctuation(patch: Patch) -> float:
    """Measure the same fluctuation in the soft tissue beside the lesion, HU."""
    around = (patch.outside_mm > 3.0 * max(patch.sigma_mm)) & ~patch.native
    around &= np.abs(patch.hu - patch.background_hu) < 4.0 * patch.noise_hu
    if int(around.sum()) < FEWEST_VOXELS:
        return patch.noise_hu
    return min(_fluctuation(patch, around), 1.5 * patch.noise_hu)


def _high_pass(patch: Patch, region: Mask, near: Box) -> Float32:
    """HU less their mean over the region nearby, in a box that holds the region."""
    sigma = [SCALE_MM / s for s in patch.spacing_mm]
    hu, weight = patch.hu[near], region[near].astype(np.float32)
    mean = ndimage.gaussian_filter(hu * weight, sigma, truncate=2.0, mode="constant")
    near_weight = ndimage.gaussian_filter(weight, sigma, truncate=2.0, mode="constant")
    mean /= np.maximum(near_weight, 1e-3)
    difference: Float32 = hu - mean
    return difference
