"""What spoils a CT image: streaks from metal and from thick parts, motion, kernels that overshoot.

Each works in place on an image ``(k, j, i)`` float32 in HU, slice by slice.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trabecula.model.arrays import Float32, Mask
from trabecula.simulate.lattice import Lattice

METAL_HU = 3000.0
"""What is denser in the painting is metal."""
ANGLES = 120
"""Views of the small tomography that draws the streaks of metal."""
COARSE_PIXELS = 256
"""Its image is at most so wide; streaks are smooth along themselves."""
METAL_PER_MM = 0.12
"""Attenuation of steel or cobalt-chrome against that of bone, 1/mm, as the beam hardens."""
HARDENING = 0.055
"""How much of a ray's squared attenuation is lost to hardening and scatter."""
STARVED = 0.12
"""Noise of what a ray through metal loses: so few photons are left."""
STREAK_SCALE_HU = 50_000.0
"""HU of one unit of attenuation per mm: water has 0.02."""
RING_MM = 0.8
"""Width of the overshoot of a sharp kernel beside an edge."""
THICK_MM = 260.0
"""Way through the body, left to right, above which photons run out."""
FALL_MM = 90.0
"""Growth of noise along longer ways: by a factor e each."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A reconstruction kernel: its blur, where it cuts the noise, how far it overshoots edges."""

    blur_fwhm_mm: float
    noise_cutoff_per_mm: float
    overshoot: float
    noise_factor: float


KERNELS: Mapping[str, Kernel] = {
    "soft": Kernel(1.3, 0.36, 0.0, 0.85),
    "standard": Kernel(1.1, 0.40, 0.0, 1.0),
    "bone": Kernel(0.85, 0.62, 0.45, 2.2),
    "sharp": Kernel(0.65, 0.85, 0.80, 3.4),
}
"""Widths and noise factors in the order of measured kernels (FWHM 0.6 to 1.4 mm)."""


def sharpen(image: Float32, lattice: Lattice, overshoot: float) -> None:
    """Overshoot edges in the slice, as a kernel that lifts high frequencies does."""
    from scipy.ndimage import gaussian_filter1d

    if overshoot <= 0:
        return
    _, dj, di = lattice.spacing_kji_mm
    smooth = gaussian_filter1d(image, RING_MM / dj, axis=1, mode="nearest")
    smooth = gaussian_filter1d(smooth, RING_MM / di, axis=2, mode="nearest")
    image += np.float32(overshoot) * (image - smooth)


def shake(image: Float32, lattice: Lattice, motion_mm: float) -> Float32:
    """Return the image of a patient who moved sideways: edges doubled by ``motion_mm``."""
    if motion_mm <= 0:
        return image
    from scipy.ndimage import shift

    _, _, di = lattice.spacing_kji_mm
    half = motion_mm / di / 2.0
    moved = [shift(image, (0, 0, s), order=1, mode="nearest") for s in (-half, half)]
    shaken: Float32 = 0.5 * image + 0.25 * (moved[0] + moved[1])
    return shaken


def thick_streaks(image: Float32, lattice: Lattice, *, sd_hu: float, seed: int) -> None:
    """Add streaks from left to right where the way through the body is long.

    Photons run out along the longest ways (both shoulders, both hips); their rays are streaks.
    """
    if sd_hu <= 0:
        return
    from scipy.ndimage import uniform_filter1d

    _, dj, di = lattice.spacing_kji_mm
    k, j, i = image.shape
    # A short way has no streaks: most slices and rows are left alone.
    ways = np.einsum("kji->kj", np.clip(image[:, :, ::4], -1000.0, 1500.0)) * np.float32(0.004 * di)
    ways += np.float32(i * di)
    ways = uniform_filter1d(ways, max(1, int(16.0 / dj)), axis=1)
    strength = np.expm1(np.clip(ways - THICK_MM, 0.0, 2.5 * FALL_MM) / FALL_MM) * np.float32(sd_hu)
    random = np.random.default_rng((seed, lattice.first[0], 8))
    # Long along the ray, short across it, and changing slowly from one end to the other.
    knots = random.standard_normal((k, j, 4)).astype(np.float32)
    at = np.linspace(0.0, 3.0, i)
    lower = np.clip(at.astype(int), 0, 2)
    share = (at - lower).astype(np.float32)
    for slice_, row in zip(*np.nonzero(strength > 0.5), strict=True):
        ends = knots[slice_, row]
        streak = ends[lower] + share * (ends[lower + 1] - ends[lower])
        line = image[slice_, row]
        line += np.where(line > np.float32(-500.0), strength[slice_, row] * streak, 0.0)


def metal_streaks(image: Float32, painted: Float32, lattice: Lattice) -> None:
    """Add dark and bright streaks about metal: a small tomography of the metal alone.

    A ray through so much metal loses attenuation by the square of it (hardening, scatter); what
    the back-projection makes of that loss are the bands along the long axis of an implant and
    between two of them.
    """
    metal: Mask = painted > METAL_HU
    for k in np.flatnonzero(metal.any(axis=(1, 2))).tolist():
        random = np.random.default_rng((k + lattice.first[0], 9))
        image[k] += _streaks(metal[k], lattice, random)


def _streaks(metal: Mask, lattice: Lattice, random: np.random.Generator) -> Float32:
    from scipy.ndimage import zoom

    j, i = np.nonzero(metal)
    _, dj, di = lattice.spacing_kji_mm
    rows, columns = metal.shape
    step = max(1, int(np.ceil(max(rows, columns) / COARSE_PIXELS)))
    y, x = (j - rows / 2.0) * dj, (i - columns / 2.0) * di
    yy = (np.arange(0, rows, step) - rows / 2.0) * dj
    xx = (np.arange(0, columns, step) - columns / 2.0) * di
    bin_mm = step * min(dj, di)
    reach = float(np.hypot(rows * dj, columns * di)) / 2.0 + 4.0 * bin_mm
    count = int(2 * reach / bin_mm)
    ramp = np.abs(np.fft.rfftfreq(2 * count, bin_mm))
    ramp *= np.exp(-((ramp * 3.0) ** 2))
    total = np.zeros((yy.size, xx.size))
    for turn in np.arange(ANGLES) * np.pi / ANGLES:
        cos, sin = np.cos(turn), np.sin(turn)
        ray = np.bincount(
            np.clip(((x * cos + y * sin + reach) / bin_mm).astype(int), 0, count - 1),
            minlength=count,
        )
        way = METAL_PER_MM * ray * (dj * di) / bin_mm
        lost = -HARDENING * way**2 * (1.0 + STARVED * random.standard_normal(count))
        filtered = np.fft.irfft(np.fft.rfft(lost, 2 * count) * ramp)[:count]
        at = (xx * cos)[None, :] + (yy * sin)[:, None] + reach
        total += np.interp(at.ravel() / bin_mm, np.arange(count) + 0.5, filtered).reshape(at.shape)
    total *= np.pi / ANGLES * STREAK_SCALE_HU
    full = zoom(total, step, order=1)[:rows, :columns]
    padded = np.pad(full, ((0, rows - full.shape[0]), (0, columns - full.shape[1])), mode="edge")
    streaks: Float32 = np.clip(padded, -900.0, 900.0).astype(np.float32)
    return streaks
