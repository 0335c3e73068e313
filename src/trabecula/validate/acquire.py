"""The judge's own scanner: from one finely painted patient to any number of scans.

The patient is painted once, fine and without noise. A scan turns it, blurs it by the point
spread, lets a sharp kernel ring, averages fine slices to thick ones (partial volume along the
long axis as it is, not as an approximation), adds noise with the spectrum of filtered
back-projection, and rounds. Nothing here is shared with the simulator's scanner, so that what was
fitted on that one is not judged on its own handwriting.
"""

import hashlib
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from trabecula.model import AIR_HU, Anatomy, Box, Float32, Grid, Mask, Volume
from trabecula.simulate import Patient
from trabecula.validate.condition import FINE_MM, Condition

Scalar = TypeVar("Scalar", bound=np.generic)

FWHM_PER_SD = 2.3548
"""Full width at half maximum of a Gaussian of SD 1."""

RING_MM = 0.9
"""Reach of a sharp kernel's overshoot, SD."""

NOISE_CUTOFF_PER_MM = 0.42
"""Where a soft kernel ends the noise spectrum; sharp ones reach farther."""

LABEL_MM = 1.5
"""A network gives its labels on voxels of this size, so the judge's label maps are as coarse."""

LARGEST_HU = 3071
"""Top of the scale of twelve bits."""


@dataclass(frozen=True, slots=True, eq=False)
class TrueBody:
    """Where one true lesion lies in a scan, and its number in the patient."""

    label: int
    box: Box
    mask: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """One scan of a patient, with the label map and where the lesions lie in it."""

    volume: Volume
    anatomy: Anatomy
    bodies: tuple[TrueBody, ...]


def fine_slices(slice_mm: float, fine_mm: float = FINE_MM) -> int:
    """How many painted slices make one slice of the scan."""
    return max(1, round(slice_mm / fine_mm))


def acquire(patient: Patient, condition: Condition, *, margin_mm: float = 0.0) -> Scan:
    """Scan a painted patient.

    Parameters
    ----------
    patient
        Painted without noise; its slices divide the scan's.
    condition
        How it is scanned.
    margin_mm
        Painted at the sides beyond what is scanned.
    """
    fine = patient.volume
    count = max(1, round(condition.slice_mm / fine.spacing_kji_mm[0]))
    edge = round(margin_mm / fine.spacing_kji_mm[1])
    image: Float32 = _inner(_posed(fine.hu.astype(np.float32), fine, condition, order=1), edge)
    image = _thick(_in_plane(image, fine, condition), count)
    image += condition.noise_hu * _noise(image.shape, fine.spacing_kji_mm[1], condition)
    hu = np.rint(np.clip(image, AIR_HU, LARGEST_HU)).astype(np.int16)
    grid = _grid(fine.grid, count, hu.shape, edge=edge)
    labels = _inner(_posed(_coarse(patient.anatomy, fine), fine, condition, order=0), edge)
    true = _inner(_posed(patient.truth_labels, fine, condition, order=0), edge)
    anatomy = replace(patient.anatomy, labels=_central(labels, count))
    acquisition = replace(
        fine.acquisition,
        sha256=hashlib.sha256(hu.tobytes()).hexdigest(),
        slice_thickness_mm=condition.slice_mm,
        convolution_kernel="sharp" if condition.overshoot else "soft",
    )
    return Scan(Volume(hu, grid, acquisition), anatomy, tuple(_bodies(patient, true, count)))


def _inner(image: npt.NDArray[Scalar], edge: int) -> npt.NDArray[Scalar]:
    """Leave out the margin at the sides."""
    return np.ascontiguousarray(image[:, edge:-edge, edge:-edge]) if edge else image


def _posed(
    image: npt.NDArray[Scalar], fine: Volume, condition: Condition, *, order: int
) -> npt.NDArray[Scalar]:
    """Turn and shift; the array as it is where nothing moves."""
    if not condition.rotation_deg and not condition.shift_mm:
        return image
    from scipy.ndimage import affine_transform

    turn = np.radians(condition.rotation_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = np.eye(3)
    matrix[1:, 1:] = rotation  # rows and columns have one spacing
    centre = (np.asarray(image.shape) - 1) / 2.0
    shift = condition.shift_mm / np.asarray(fine.spacing_kji_mm)
    offset = centre - matrix @ centre + shift
    turned: npt.NDArray[Scalar] = affine_transform(
        image, matrix, offset, order=order, mode="nearest"
    )
    return turned


def _in_plane(image: Float32, fine: Volume, condition: Condition) -> Float32:
    """Apply the point spread that painting has not brought yet, and the kernel's overshoot."""
    from scipy.ndimage import gaussian_filter

    step = fine.spacing_kji_mm[1]
    variance = max((condition.blur_fwhm_mm / FWHM_PER_SD) ** 2 - step**2 / 12.0, 0.0)
    sigma = np.sqrt(variance) / step
    blurred: Float32 = gaussian_filter(image, (0.0, sigma, sigma), truncate=3.0)
    if condition.overshoot:
        ring = RING_MM / step
        blurred += condition.overshoot * (
            blurred - gaussian_filter(blurred, (0.0, ring, ring), truncate=3.0)
        )
    return blurred


def _thick(image: Float32, count: int) -> Float32:
    """Average fine slices to thick ones, with a little of the neighbours, as spiral scans do."""
    from scipy.ndimage import correlate1d

    image = correlate1d(image, np.array([1.0, 6.0, 1.0]) / 8.0, axis=0, mode="nearest")
    slices = image.shape[0] // count
    kept = image[: slices * count].reshape(slices, count, *image.shape[1:])
    thick: Float32 = kept.mean(axis=1, dtype=np.float32)
    return thick


def _central(labels: npt.NDArray[np.generic], count: int) -> npt.NDArray[np.uint8]:
    """Return the label in the middle of each thick slice."""
    slices = labels.shape[0] // count
    middle: npt.NDArray[np.uint8] = np.ascontiguousarray(
        labels[count // 2 : slices * count : count]
    ).astype(np.uint8)
    return middle


def _coarse(anatomy: Anatomy, fine: Volume) -> npt.NDArray[np.generic]:
    """Labels as a network gives them, on voxels of ``LABEL_MM``, brought back to the scan."""
    labels: npt.NDArray[np.generic] = anatomy.labels
    for axis, step in enumerate(fine.spacing_kji_mm):
        if step >= LABEL_MM:
            continue
        places = np.arange(labels.shape[axis]) * step
        middles = (np.floor(places / LABEL_MM) + 0.5) * LABEL_MM
        index = np.clip(np.rint(middles / step).astype(int), 0, labels.shape[axis] - 1)
        labels = np.take(labels, index, axis=axis)
    return labels


def _noise(shape: tuple[int, ...], pixel_mm: float, condition: Condition) -> Float32:
    """Noise of SD 1 whose power rises with frequency in the slice, then falls."""
    from scipy import fft

    random = np.random.default_rng((condition.noise_seed, 71))
    white = random.standard_normal(shape, dtype=np.float32)
    white[1:] += 0.35 * white[:-1]  # neighbouring slices share data
    rows, columns = fft.next_fast_len(shape[1], True), fft.next_fast_len(shape[2], True)
    frequency = np.hypot(
        fft.fftfreq(rows, pixel_mm)[:, None], fft.rfftfreq(columns, pixel_mm)[None, :]
    )
    cutoff = NOISE_CUTOFF_PER_MM * (1.0 + 0.8 * condition.overshoot)
    gain = (np.sqrt(frequency) * np.exp(-0.5 * (frequency / cutoff) ** 2)).astype(np.float32)
    noise: Float32 = np.empty(shape, dtype=np.float32)
    for number, plane in enumerate(white):
        spectrum = fft.rfft2(plane, (rows, columns)) * gain
        noise[number] = fft.irfft2(spectrum, (rows, columns))[: shape[1], : shape[2]]
    noise /= noise.std()
    return noise


def _grid(fine: Grid, count: int, shape: tuple[int, ...], *, edge: int) -> Grid:
    affine = fine.affine_kji_to_lps.copy()
    affine[:3, 3] = fine.to_lps_mm([(count - 1) / 2.0, edge, edge])
    affine[:3, 0] *= count
    return Grid(affine, (shape[0], shape[1], shape[2]))


def _bodies(patient: Patient, labels: npt.NDArray[np.uint8], count: int) -> list[TrueBody]:
    """Outline of every lesion on the voxels of the scan: those at least half filled."""
    slices = labels.shape[0] // count
    kept = labels[: slices * count].reshape(slices, count, *labels.shape[1:])
    found = []
    for lesion in patient.truth:
        where = np.argwhere((labels == lesion.label).any(axis=(1, 2)))
        if where.size == 0 or slices == 0:
            continue
        share = (kept == lesion.label).mean(axis=1, dtype=np.float32)
        filled = share >= 0.5
        if not filled.any():
            filled = share == share.max()
        box = _box_of(filled)
        found.append(TrueBody(lesion.label, box, np.ascontiguousarray(filled[box])))
    return found


def _box_of(mask: Mask) -> Box:
    edges = []
    for axis in range(3):
        other = tuple(a for a in range(3) if a != axis)
        along = np.flatnonzero(mask.any(axis=other))
        edges.append(slice(int(along[0]), int(along[-1]) + 1))
    return edges[0], edges[1], edges[2]
