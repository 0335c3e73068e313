"""How the scan itself limits what can be seen: noise, blur, and the threshold they allow."""

from dataclasses import replace

import numpy as np

from trabecula.model import HU, Float64, Labels, Mask, Noise, Volume
from trabecula.see.bodies import Runs
from trabecula.see.morphology import closed_by_box, shrunk
from trabecula.see.scene import Scene

SOFT_TISSUE_RANGE_HU = (0, 120)
"""Where the mode of soft tissue is looked for: water to enhanced muscle and organs."""

DEFAULT_SOFT_TISSUE_HU = 50.0
"""Muscle; stands in when the scan shows no soft tissue to measure."""

NOISE_LAG_MM = 4.0
"""Distance of the two voxels compared, mm: beyond the grain of clinical noise (soft kernels
correlate over 2 to 3 mm, so that neighbours understate the noise)."""

SAMPLE_SLICES = 24
"""Slices noise is measured on, evenly spread."""

SOFT_WINDOW_HU = 40.0
"""Local mean within this of the mode: soft tissue."""

SIGMA_FACTOR = 5.0
"""Mineral is denser than soft tissue by this many noise SD. Four would do for single voxels, but
noise then joins neighbours to bone; at five the thorax scan's cartilage stands apart from ribs."""

THRESHOLD_FLOOR_HU = 130.0
"""Never below: the threshold of calcium scoring (Agatston 1990), above unenhanced soft tissue."""

THRESHOLD_CEILING_HU = 220.0
"""Never above: cancellous bone is 100 to 300 HU, and lesions must not lose their marrow."""

NORMAL_CONSISTENT = 1.4826
"""Median absolute deviation to standard deviation, for a normal distribution."""

FWHM_OF_16_84 = 1.1774
"""Full width at half maximum over the 16–84 % rise of a Gaussian edge."""

SKIN_LEVELS_HU = (-850.0, -500.0, -150.0)
"""About 16, 50 and 84 % of the rise from air to skin and fat."""

YARDSTICK_RUNS = 20_000
"""Runs of skeleton the yardstick is measured on."""

MARROW_DEPTH_MM = 7.0
"""Voxels deeper in bone than this are marrow and trabeculae, clear of cortex and its blur."""

CORTEX_PERCENTILE = 95.0
"""The dense end of the skeleton's own mineral: cortex, at the scan's resolution."""


def measure_noise(volume: Volume) -> Noise:
    """Soft tissue, noise, blur and the mineral threshold they allow.

    Parameters
    ----------
    volume

    Returns
    -------
    Noise
        ``cortex_hu`` and ``marrow_hu`` still unknown: they need the skeleton.
    """
    step = max(1, volume.hu.shape[0] // SAMPLE_SLICES)
    slices = volume.hu[step // 2 :: step]
    _, dj, di = volume.spacing_kji_mm
    soft = _soft_tissue_mode(slices[:, ::2, ::2])
    sd = _noise_sd(slices, soft, lag=max(1, round(NOISE_LAG_MM / di)))
    return Noise(
        soft_tissue_hu=soft,
        noise_sd_hu=sd,
        mineral_threshold_hu=mineral_threshold(soft, sd),
        edge_width_mm=_edge_width(slices, dj),
    )


def mineral_threshold(soft_tissue_hu: float, noise_sd_hu: float) -> float:
    """Threshold for mineral, HU: soft tissue and five noise SD, between floor and ceiling."""
    wanted = soft_tissue_hu + SIGMA_FACTOR * noise_sd_hu
    return float(np.clip(wanted, THRESHOLD_FLOOR_HU, THRESHOLD_CEILING_HU))


def with_yardstick(noise: Noise, volume: Volume, native: Runs, marrow: HU) -> Noise:
    """Noise with the patient's own cortex and marrow.

    Parameters
    ----------
    noise
    volume
    native
        The skeleton's mineral.
    marrow : (n,) int16
        Values deep inside bone; may be empty.
    """
    step = max(1, len(native) // YARDSTICK_RUNS)
    sample = volume.hu.reshape(-1)[native.take(np.arange(0, len(native), step)).voxels()]
    cortex = round(float(np.percentile(sample, CORTEX_PERCENTILE)), 1) if sample.size else None
    inside = round(float(np.median(marrow)), 1) if marrow.size else None
    return replace(noise, cortex_hu=cortex, marrow_hu=inside)


def deep_in_bone(labels: Labels, scene: Scene, bone: Mask) -> HU:
    """Values well inside bone, on the coarse grid.

    Parameters
    ----------
    labels : (k, j, i) uint8 or uint16
        Full size.
    scene
    bone : (n,) bool
        Whether each label is bone.
    """
    k, j, i = scene.stride_kji
    # Bone found by density is speckled by noise inside; closing by one voxel mends it.
    inside = closed_by_box(bone[labels[::k, ::j, ::i]], (1, 1, 1))
    values: HU = scene.hu[shrunk(inside, MARROW_DEPTH_MM, scene.spacing_kji_mm)]
    return values


def _soft_tissue_mode(sample: HU) -> float:
    low, high = SOFT_TISSUE_RANGE_HU
    values = sample[(sample >= low) & (sample <= high)]
    if values.size < 100:
        return DEFAULT_SOFT_TISSUE_HU
    histogram = np.bincount(values - low, minlength=high - low + 1).astype(np.float64)
    width = 25  # HU: wider than one noise bin, narrower than fat to muscle
    smooth = np.convolve(histogram, np.hanning(width + 2)[1:-1], mode="same")
    return float(np.argmax(smooth) + low)


def _noise_sd(slices: HU, soft_hu: float, *, lag: int) -> float:
    """Robust SD of differences a few millimetres apart where the neighbourhood is soft tissue."""
    from scipy.ndimage import uniform_filter

    differences = []
    size = 2 * lag + 1
    for image in slices:
        smooth = uniform_filter(image.astype(np.float32), size)
        soft = np.abs(smooth - soft_hu) < SOFT_WINDOW_HU
        both = soft[:, lag:] & soft[:, :-lag]
        differences.append((image[:, lag:] - image[:, :-lag])[both][::4])
    every = np.concatenate(differences).astype(np.float64)
    if every.size < 100:
        return 0.0
    spread = np.median(np.abs(every - np.median(every)))
    return round(float(spread * NORMAL_CONSISTENT / np.sqrt(2.0)), 1)


def _edge_width(slices: HU, spacing_mm: float) -> float | None:
    """Blur across the front of the skin, FWHM in mm; ``None`` where too little skin is seen.

    Rays run from the front edge of the image backwards. Oblique skin and clothes widen the rise,
    so the narrow end of the distribution is taken.
    """
    low, middle, high = SKIN_LEVELS_HU
    widths: list[float] = []
    for image in slices[:: max(1, len(slices) // 12)]:
        columns = image[:, image.shape[1] // 3 : 2 * image.shape[1] // 3 : 4].astype(np.float64)
        first = np.argmax(columns > middle, axis=0)
        for column, at in enumerate(first.tolist()):
            width = _rise(columns[:, column], at, (low, high))
            if width is not None:
                widths.append(width * spacing_mm * FWHM_OF_16_84)
    if len(widths) < 20:
        return None
    return round(float(np.percentile(widths, 20)), 2)


def _rise(profile: Float64, at: int, levels: tuple[float, float]) -> float | None:
    """Count the samples between two levels of one rise around an index."""
    if at < 4 or at + 4 >= profile.size or profile[at - 4] > levels[0]:
        return None
    places = []
    for level in levels:
        above = np.flatnonzero(profile[at - 4 : at + 5] > level)
        if above.size == 0 or above[0] == 0:
            return None
        n = at - 4 + int(above[0])
        places.append(n - (profile[n] - level) / (profile[n] - profile[n - 1]))
    width = places[1] - places[0]
    return float(width) if width > 0 else None
