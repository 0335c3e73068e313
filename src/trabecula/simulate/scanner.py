"""What a CT scanner makes of a patient: blur, slice profile, noise, whole numbers.

Partial volume is already in the painted volume: border voxels are filled by the fraction that
lies inside. The blur added here makes up the rest to the resolution asked for.
"""

from dataclasses import dataclass

import numpy as np

from trabecula.errors import InputError
from trabecula.model import AIR_HU
from trabecula.model.arrays import HU, Float32, Float64
from trabecula.simulate.artefacts import (
    KERNELS,
    metal_streaks,
    shake,
    sharpen,
    thick_streaks,
)
from trabecula.simulate.growths.catalogue import known_or_refused
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.texture import Texture, quantum_noise
from trabecula.simulate.tissue import hydroxyapatite_slope

FWHM_PER_SD = 2.3548
"""Full width at half maximum of a Gaussian of SD 1."""
LARGEST_STEP = 0.4
"""Variance (voxels²) one pass of the three-point kernel may add and stay a smooth peak."""
SKIN_NOISE = 0.6
"""Noise at the skin against that in the middle of the body."""
AIR_NOISE = 0.45
"""Noise in air beside the patient against that in the middle of the body."""
USUAL_NOISE_HU, USUAL_SLICE_MM = 15.0, 1.5
"""Noise of a usual dose under the standard kernel, and the slice it is meant at."""
LARGEST_HU = 3071
"""Top of the scale of twelve bits."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """How the patient is scanned.

    Attributes
    ----------
    kvp
        Tube voltage, kV.
    blur_fwhm_mm
        Width of the point spread in the slice, all causes together.
    noise_sd_hu
        Noise in the middle of the body.
    noise_cutoff_per_mm
        Where the kernel cuts the noise spectrum; a soft kernel near 0.35.
    slice_thickness_mm
        Full width of the slice profile; ``None`` for the distance of the slices.
    overshoot
        How far edges overshoot: 0 for a soft kernel, 0.8 for a very sharp one.
    streaks_hu
        Strength of the streaks through thick parts; 0 for none.
    motion_mm
        How far the patient moved sideways while being scanned.
    kernel
        Name of the kernel, for the header.
    metal
        Whether metal throws streaks.
    """

    kvp: float = 120.0
    blur_fwhm_mm: float = 1.1
    noise_sd_hu: float = 15.0
    noise_cutoff_per_mm: float = 0.40
    slice_thickness_mm: float | None = None
    overshoot: float = 0.0
    streaks_hu: float = 0.0
    motion_mm: float = 0.0
    kernel: str = "soft"
    metal: bool = True

    def __post_init__(self) -> None:
        if not 0.0 < self.blur_fwhm_mm <= 5.0:
            raise InputError(
                f"A point spread of {self.blur_fwhm_mm:g} mm is no CT scanner's.",
                remedy="Choose a width above 0 and up to 5 mm.",
            )
        hydroxyapatite_slope(self.kvp)  # refuses a voltage that is not modelled
        if not 0.0 <= self.noise_sd_hu <= 200.0:
            raise InputError(
                f"Noise of {self.noise_sd_hu:g} HU cannot be simulated.",
                remedy="Choose an SD between 0 and 200 HU.",
            )
        thick = self.slice_thickness_mm
        if thick is not None and not 0.3 <= thick <= 10.0:
            raise InputError(
                f"Slices {thick:g} mm thick cannot be simulated.",
                remedy="Choose a thickness between 0.3 and 10 mm.",
            )


def scanner_of(
    kernel: str = "standard",
    *,
    kvp: float = 120.0,
    dose: float = 1.0,
    slice_thickness_mm: float = 1.5,
    motion_mm: float = 0.0,
) -> Scanner:
    """Return a scanner by the name of its kernel and its dose.

    Parameters
    ----------
    kernel
        ``soft``, ``standard``, ``bone`` or ``sharp``.
    dose
        Against a usual one; noise goes with its inverse root, and with that of the slice
        thickness.
    """
    known_or_refused(kernel, KERNELS, what="kernel")
    if not 0.02 <= dose <= 20.0:
        raise InputError(
            f"A dose of {dose:g} times the usual one cannot be simulated.",
            remedy="Choose a dose between 0.02 and 20.",
        )
    if not 0.3 <= slice_thickness_mm <= 10.0:
        raise InputError(
            f"Slices {slice_thickness_mm:g} mm thick cannot be simulated.",
            remedy="Choose a thickness between 0.3 and 10 mm.",
        )
    if not 0.0 <= motion_mm <= 20.0:
        raise InputError(
            f"A motion of {motion_mm:g} mm cannot be simulated.",
            remedy="Choose 0 to 20 mm.",
        )
    chosen = KERNELS[kernel]
    quanta = dose * slice_thickness_mm / USUAL_SLICE_MM
    noise = USUAL_NOISE_HU * chosen.noise_factor / float(np.sqrt(quanta))
    return Scanner(
        kvp=kvp,
        blur_fwhm_mm=chosen.blur_fwhm_mm,
        noise_sd_hu=min(noise, 200.0),
        noise_cutoff_per_mm=chosen.noise_cutoff_per_mm,
        slice_thickness_mm=slice_thickness_mm,
        overshoot=chosen.overshoot,
        streaks_hu=0.25 * noise,
        motion_mm=motion_mm,
        kernel=kernel,
    )


def blur_kernel(variance: float) -> Float64:
    """Kernel of exactly this variance (voxels²), close to a Gaussian."""
    passes = max(1, int(np.ceil(variance / LARGEST_STEP)))
    side = variance / passes / 2.0
    kernel = np.array([1.0])
    for _ in range(passes):
        kernel = np.convolve(kernel, [side, 1.0 - 2.0 * side, side])
    return kernel


def scan(painted: Float32, lattice: Lattice, scanner: Scanner, *, noise: Texture, seed: int) -> HU:
    """Image of a painted slab ``(k, j, i)``, int16 HU; the painting is left as it is."""
    image = shake(blurred_slab(painted, lattice, scanner), lattice, scanner.motion_mm)
    sharpen(image, lattice, scanner.overshoot)
    thick_streaks(image, lattice, sd_hu=scanner.streaks_hu, seed=seed)
    if scanner.metal:
        metal_streaks(image, painted, lattice)
    random = np.random.default_rng((seed, lattice.first[0]))
    k, j, i = (int(shift) for shift in random.integers(0, 128, 3))
    add_noise(image, lattice, noise, sd_hu=scanner.noise_sd_hu, shift=(k, j, i))
    np.clip(image, AIR_HU, LARGEST_HU, out=image)
    return np.rint(image, out=image).astype(np.int16)


def noise_of(scanner: Scanner, spacing_kji_mm: tuple[float, float, float], *, seed: int) -> Texture:
    """Noise of this scanner on voxels of this size, SD 1."""
    return quantum_noise(spacing_kji_mm, cutoff_per_mm=scanner.noise_cutoff_per_mm, seed=seed)


def blurred_slab(slab: Float32, lattice: Lattice, scanner: Scanner) -> Float32:
    """Apply what is left of the point spread after partial volume, and the slice profile."""
    from scipy.ndimage import correlate1d

    variance_mm2 = (scanner.blur_fwhm_mm / FWHM_PER_SD) ** 2
    dk, dj, di = lattice.spacing_kji_mm
    # A profile twice as wide as the spacing overlaps its neighbours; one that is narrower cannot
    # take back the partial volume of the voxel.
    wider = max(0.0, ((scanner.slice_thickness_mm or dk) / dk) ** 2 - 1.0) / 12.0
    blurred = slab
    # A spiral slice is a little wider than its spacing: a sixth of it comes from the neighbours.
    for axis, variance in (
        (0, 1.0 / 12.0 + wider),
        (1, _left(variance_mm2, dj)),
        (2, _left(variance_mm2, di)),
    ):
        if variance > 0:
            blurred = correlate1d(blurred, blur_kernel(variance), axis=axis, mode="nearest")
    return blurred if blurred is not slab else slab.copy()


def _left(variance_mm2: float, edge_mm: float) -> float:
    """Variance in voxels² that partial volume (a box of one voxel) has not brought yet."""
    return max(0.0, variance_mm2 / edge_mm**2 - 1.0 / 12.0)


def add_noise(
    slab: Float32, lattice: Lattice, noise: Texture, *, sd_hu: float, shift: tuple[int, int, int]
) -> None:
    """Add noise in place: most in the middle of the body, less toward the skin, least in air."""
    if sd_hu <= 0:
        return
    x, y, _ = lattice.mesh()
    radius_squared = (x / 185.0) ** 2 + (y / 125.0) ** 2
    strength = np.clip(1.0 - (1.0 - SKIN_NOISE) * radius_squared, AIR_NOISE, 1.0)[0] * sd_hu
    plane = Lattice(lattice.x, lattice.y, np.arange(slab.shape[0], dtype=np.float32))
    grains = noise.at(plane, shift)
    grains *= strength.astype(np.float32)
    slab += grains
