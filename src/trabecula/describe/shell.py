"""A blurred body of two compartments, rim and core, fitted to the lesion's voxels.

A cortex thinner than a voxel is seen only as a change of what the blur makes of the edge. So
the edge is modelled: the outer surface, moved in or out by a shift, and an inner surface one
rim thickness below it, both blurred as the scanner blurs; the levels of soft tissue, rim and
core then follow by linear least squares. The idea is that of cortical mapping along surface
normals (Treece et al. 2010, PMC2868358); fitting all voxels of the surface at once keeps
small, curved lesions and thick slices right, where a flat profile along the normal is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from trabecula.describe.patch import Patch, both_ways_mm
from trabecula.model import Float32, Float64, Mask

RIM_STEPS_MM = (0.2, 0.5, 0.8, 1.2, 1.6, 2.1, 2.7, 3.5, 5.0)
"""Rim thicknesses tried, mm, up to three quarters of the greatest depth."""

SHIFT_STEPS_SIGMA = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""Shifts of the outer surface tried for one compartment, in standard deviations of the blur."""

SHELL_SHIFT_STEPS_SIGMA = (-1.8, -1.2, -0.6, 0.0, 0.6)
"""The same for a shell, whose half height lies outside its surface when it is thin."""

SHIFT_STEP_SIGMA = 0.6
"""Step of the shift from one thickness to the next, in standard deviations of the blur."""

WIDE_SIGMA = 2.4
"""A rim this many standard deviations of the blur wide may have a density of its own."""

MODEL_ERROR = 0.03
"""Error of the model itself, as part of the lesion's height: lesions are no perfect bodies."""

FREE_GAIN, FREE_PART = 25.0, 0.3
"""Drop of the squared error, in noise variances and as part of it, for which a density of its
own is believed."""

FINE_MM, FINE_VOXELS = 0.35, 90_000
"""Fine grid on which the surfaces are drawn: edge in mm, and how many voxels it may take."""

FIT_VOXELS = 8_000
"""About as many voxels of one surface take part in the fit; more say the same again."""

TILE_VOXELS, TILES, TILE_LIMIT = 20, 6, 80_000
"""A patch above the limit is fitted in tiles of this edge, so many, spread over its surface."""

FADE_MM = 2.5
"""Within this distance of native bone the outer surface is less and less moved, mm."""

NOISE_CORRELATION = 3.0
"""How many neighbouring voxels share their noise: a soft kernel at common pixel sizes."""


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """The lesion's surface prepared for fitting: whole, or in tiles of one size.

    Attributes
    ----------
    signed_mm : fine (tile, k, j, i) float32
        Depth below the first guess of the outer surface, negative outside.
    stretch : fine (tile, k, j, i) float32 or None
        Blur across the surface over blur in the plane: a surface that faces along the slices
        is moved further by the same error of height. ``None`` where the blur is round.
    factors, fine_mm
        Fine voxels in one voxel, and their edges in mm, along (k, j, i).
    sigma_voxels
        Blur left after averaging over a voxel, in voxels.
    hu : (tile, k, j, i) float32
        HU of the tiles.
    valid : (tile, k, j, i) bool
        Voxels whose HU are owed to the lesion and the soft tissue around it alone.
    stride
        Every how many of them takes part in the fit.
    """

    signed_mm: Float32
    stretch: Float32 | None
    factors: tuple[int, int, int]
    fine_mm: tuple[float, float, float]
    sigma_voxels: tuple[float, float, float]
    hu: Float32
    valid: Mask
    stride: int

    def fraction(self, shift_mm: float, below_mm: float = 0.0) -> Float32:
        """Part of each voxel inside the outer surface moved outward, and deeper than a depth."""
        edge = np.float32(np.mean(self.fine_mm))
        moved = np.float32(shift_mm) * (np.float32(1.0) if self.stretch is None else self.stretch)
        fine = np.clip((self.signed_mm + (moved - np.float32(below_mm))) / edge + 0.5, 0.0, 1.0)
        tiles, k, j, i = self.hu.shape
        fk, fj, fi = self.factors
        # Summed one axis at a time, the slow ones first: numpy is quicker at that.
        mean: Float32 = fine.reshape(tiles * k, fk, j * fj * i * fi).sum(axis=1)
        mean = mean.reshape(tiles * k * j, fj, i * fi).sum(axis=1)
        mean = mean.reshape(tiles, k, j, i, fi).sum(axis=4)
        mean *= np.float32(1.0 / (fk * fj * fi))
        return mean

    def blurred(self, shift_mm: float, below_mm: float = 0.0) -> Float32:
        """Part of each valid voxel's signal that comes from there."""
        fraction = self.fraction(shift_mm, below_mm)
        seen: Float32 = ndimage.gaussian_filter(fraction, (0.0, *self.sigma_voxels), truncate=3.0)
        values: Float32 = seen[self.valid][:: self.stride]
        return values


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels of one trial, HU, with their errors and what they leave unexplained."""

    shift_mm: float
    rim_mm: float
    background_hu: float
    rim_hu: float
    core_hu: float
    contrast_error_hu: float
    core_error_hu: float
    squared_error: float
    voxels: int

    @property
    def residual_hu(self) -> float:
        """Root mean square of what the model leaves unexplained, HU."""
        return float(np.sqrt(self.squared_error / max(self.voxels, 1)))


@dataclass(frozen=True, slots=True)
class Shell:
    """The blurred two-compartment body that fits best.

    Attributes
    ----------
    solid
        Best fit of one compartment.
    shell
        Best fit of two, ``None`` when the lesion is too thin to hold two.
    gain
        Drop of the squared error from one compartment to two, in units of the noise variance
        of independent voxels.
    rival
        Best fit of two whose rim has the other kind of density, its own or the patient's
        cortex; how far the two disagree is what the scan does not tell.
    """

    solid: Levels
    shell: Levels | None
    gain: float
    rival: Levels | None = None


class Fitting:
    """Trials on one lesion; the blurred surfaces are kept, for many trials share them."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.hu: Float64 = surface.hu[surface.valid][:: surface.stride].astype(np.float64)
        self._kept: dict[tuple[float, float], Float64] = {}

    def trial(self, shift_mm: float, rim_mm: float, rim_hu: float | None = None) -> Levels:
        """Least squares for soft tissue, rim and core, at one shift and thickness."""
        shift = round(shift_mm, 2)
        outer = self._part(shift, 0.0)
        target = self.hu
        columns = [1.0 - outer, outer]
        if rim_mm > 0.0:
            inner = self._part(shift, round(rim_mm, 2))
            columns = [1.0 - outer, inner]
            if rim_hu is None:
                columns.append(outer - inner)
            else:
                target = target - (outer - inner) * rim_hu
        return _solved(np.stack(columns), target, (shift, rim_mm), rim_hu)

    def best(
        self, shifts: Sequence[float], rim_mm: float = 0.0, rim_hu: float | None = None
    ) -> Levels:
        """Shift of least error: the best of a few, then the vertex of the parabola there."""
        trials = [self.trial(shift, rim_mm, rim_hu) for shift in shifts]
        vertex = _vertex(shifts, [trial.squared_error for trial in trials])
        if vertex is not None:
            trials.append(self.trial(vertex, rim_mm, rim_hu))
        return min(trials, key=lambda trial: trial.squared_error)

    def _part(self, shift_mm: float, below_mm: float) -> Float64:
        key = (shift_mm, below_mm)
        if key not in self._kept:
            self._kept[key] = self.surface.blurred(shift_mm, below_mm).astype(np.float64)
        return self._kept[key]


def surface_of(patch: Patch) -> Surface:
    """Prepare the lesion for fitting: whole when small, six tiles when large."""
    near = ndimage.find_objects((patch.outside_mm <= reach_mm(patch) + 1.0).astype(np.uint8))[0]
    if np.prod([span.stop - span.start for span in near]) <= TILE_LIMIT:
        return _joined([_surface(patch, near, FINE_VOXELS)])
    tiles = (_tile(place, patch.hu.shape) for place in _tile_places(patch))
    return _joined([_surface(patch, tile, FINE_VOXELS // TILES) for tile in tiles])


def _tile_places(patch: Patch) -> list[list[int]]:
    """Places on the surface, spread evenly along the slices, clear of native bone if any are."""
    edge = patch.body & ndimage.binary_dilation(~patch.body)
    if patch.from_native_mm is not None:
        reach = 2.5 * max(patch.sigma_mm) + 0.5 * TILE_VOXELS * patch.spacing_mm[1]
        clear = edge & (patch.from_native_mm > reach)
        edge = clear if clear.sum() >= TILES else edge
    where = np.argwhere(edge)
    return [where[(2 * n + 1) * len(where) // (2 * TILES)].tolist() for n in range(TILES)]


def _joined(tiles: Sequence["_Tile"]) -> Surface:
    """Tiles of one size, stacked."""
    stretch = None
    if any(tile.stretch is not None for tile in tiles):
        even = np.ones_like(tiles[0].signed_mm)
        stretch = np.stack([even if t.stretch is None else t.stretch for t in tiles])
    return Surface(
        signed_mm=np.stack([tile.signed_mm for tile in tiles]),
        stretch=stretch,
        factors=tiles[0].factors,
        fine_mm=tiles[0].fine_mm,
        sigma_voxels=tiles[0].sigma_voxels,
        hu=np.stack([tile.hu for tile in tiles]),
        valid=np.stack([tile.valid for tile in tiles]),
        stride=max(1 + int(tile.valid.sum()) // FIT_VOXELS for tile in tiles),
    )


def reach_mm(patch: Patch) -> float:
    """How far beyond the surface the lesion can still be felt, mm."""
    return 3.0 * max(patch.sigma_mm) + 1.0


def fit_shell(patch: Patch, fitting: Fitting) -> Shell:
    """Fit one compartment, then two.

    The thickness of a rim thinner than the blur and its density cannot both be known. So the
    rim is held at the patient's own cortex, and its thickness carries the mineral that is
    there; only a rim wider than the blur may have a density of its own.
    """
    sigma = max(patch.sigma_mm[1], 0.3)
    solid = fitting.best([step * sigma for step in SHIFT_STEPS_SIGMA])
    tried = rims = [rim for rim in RIM_STEPS_MM if rim <= 0.375 * patch.thickness_mm]
    if not rims:
        return Shell(solid, None, 0.0)
    shifts = [step * sigma for step in SHELL_SHIFT_STEPS_SIGMA]
    held = [fitting.best(shifts, rims[0], patch.cortex_hu)]
    for rim in rims[1:]:
        # Shifts in whole steps, so that neighbouring thicknesses share their outer surface.
        near = round(held[-1].shift_mm / (SHIFT_STEP_SIGMA * sigma))
        shifts = [(near + step) * SHIFT_STEP_SIGMA * sigma for step in (-1, 0, 1)]
        held.append(fitting.best(shifts, rim, patch.cortex_hu))
        if len(held) > 2 and held[-3].squared_error < min(
            held[-2].squared_error, held[-1].squared_error
        ):
            break
    rims = rims[: len(held)]
    best = min(held, key=lambda trial: trial.squared_error)
    finer = _vertex(rims, [trial.squared_error for trial in held])
    if finer is not None:
        best = min(
            best,
            fitting.best(_around(best, sigma), finer, patch.cortex_hu),
            key=lambda t: t.squared_error,
        )
    model_error = MODEL_ERROR * (solid.core_hu - solid.background_hu)
    variance = NOISE_CORRELATION * patch.noise_hu**2 + model_error**2
    wide = [rim for rim in tried if rim >= WIDE_SIGMA * float(np.mean(patch.sigma_mm))]
    free = [fitting.best(_around(best, sigma), rim) for rim in wide]
    free = [trial for trial in free if trial.rim_hu < patch.cortex_hu]
    rival = None
    if free:
        own = min(free, key=lambda trial: trial.squared_error)
        drop = best.squared_error - own.squared_error
        if drop > max(FREE_GAIN * variance, FREE_PART * best.squared_error):
            best, rival = own, best
        else:
            rival = own
    return Shell(solid, best, (solid.squared_error - best.squared_error) / variance, rival)


def _around(trial: Levels, sigma: float) -> list[float]:
    return [trial.shift_mm + step * sigma for step in (-0.5, 0.0, 0.5, 1.0)]


def _vertex(places: Sequence[float], errors: Sequence[float]) -> float | None:
    """Vertex of the parabola through the least of some trials and its neighbours."""
    at = int(np.argmin(errors))
    if not 0 < at < len(places) - 1:
        return None
    coefficients = np.polyfit(places[at - 1 : at + 2], errors[at - 1 : at + 2], 2)
    if coefficients[0] <= 0.0:
        return None
    return float(-0.5 * coefficients[1] / coefficients[0])


def _solved(
    rows: Float64, target: Float64, place: tuple[float, float], rim_hu: float | None
) -> Levels:
    """Solve the normal equations of one trial; ``rows`` are (2 or 3, voxels)."""
    # einsum, for its sums run in one fixed order on one thread: small and repeatable.
    normal = np.einsum("an,bn->ab", rows, rows) + 1e-9 * np.eye(len(rows))
    solution = np.linalg.solve(normal, np.einsum("an,n->a", rows, target))
    left = target - np.einsum("a,an->n", solution, rows)
    squared = float(np.einsum("n,n->", left, left))
    covariance = np.linalg.inv(normal) * (squared / max(target.size, 1) * NOISE_CORRELATION)
    own_rim = len(rows) == 3
    rim_level = solution[2] if own_rim else (solution[1] if rim_hu is None else rim_hu)
    return Levels(
        shift_mm=place[0],
        rim_mm=place[1],
        background_hu=float(solution[0]),
        rim_hu=float(rim_level),
        core_hu=float(solution[1]),
        contrast_error_hu=_contrast_error(covariance),
        core_error_hu=float(np.sqrt(covariance[1, 1])),
        squared_error=squared,
        voxels=int(target.size),
    )


def _contrast_error(covariance: npt.NDArray[np.floating]) -> float:
    """Return the standard error of rim minus core, HU."""
    if covariance.shape[0] < 3:
        return float(np.sqrt(covariance[1, 1]))
    variance = covariance[1, 1] + covariance[2, 2] - 2.0 * covariance[1, 2]
    return float(np.sqrt(max(variance, 0.0)))


def _tile(centre: Sequence[int], shape: Sequence[int]) -> tuple[slice, ...]:
    spans = []
    for at, size in zip(centre, shape, strict=True):
        start = max(0, min(at - TILE_VOXELS // 2, size - TILE_VOXELS))
        spans.append(slice(start, min(size, start + TILE_VOXELS)))
    return tuple(spans)


class _Tile(NamedTuple):
    """One tile of a :class:`Surface`."""

    signed_mm: Float32
    stretch: Float32 | None
    factors: tuple[int, int, int]
    fine_mm: tuple[float, float, float]
    sigma_voxels: tuple[float, float, float]
    hu: Float32
    valid: Mask


def _surface(patch: Patch, tile: tuple[slice, ...], fine_voxels: int) -> _Tile:
    """Draw the half-height surface of a tile on a finer grid."""
    hu = patch.hu[tile]
    spacing = patch.spacing_mm
    edge = max(FINE_MM, (hu.size * patch.voxel_mm3 / fine_voxels) ** (1 / 3))
    fk, fj, fi = (max(1, round(s / edge)) for s in spacing)
    fine_mm = (spacing[0] / fk, spacing[1] / fj, spacing[2] / fi)
    signed = _signed_depth(patch, tile, (fk, fj, fi), fine_mm)
    left = [
        max(sigma**2 - s**2 / 12.0, 0.0) ** 0.5 / s
        for sigma, s in zip(patch.sigma_mm, spacing, strict=True)
    ]
    outside = patch.outside_mm[tile]
    valid = outside <= reach_mm(patch)
    from_native = None if patch.from_native_mm is None else patch.from_native_mm[tile]
    if from_native is not None:
        valid &= from_native > 2.5 * max(patch.sigma_mm)
    valid &= (
        (outside <= 0.0)
        | (hu < 0.5 * (patch.background_hu + patch.surface_hu) + 4 * patch.noise_hu)
        | (outside <= 1.5)
    )
    stretch = _stretch(signed, patch.sigma_mm, fine_mm)
    if from_native is not None:
        # Where bone stands behind the outline there is no blurred edge to move.
        away = np.clip(from_native / np.float32(FADE_MM), 0.0, 1.0)
        fading = ndimage.zoom(away, (fk, fj, fi), order=1, mode="nearest", grid_mode=True)
        stretch = fading if stretch is None else stretch * fading
    return _Tile(
        signed_mm=signed,
        stretch=stretch,
        factors=(fk, fj, fi),
        fine_mm=fine_mm,
        sigma_voxels=(left[0], left[1], left[2]),
        hu=hu,
        valid=valid,
    )


def _stretch(
    signed: Float32, sigma_mm: tuple[float, float, float], fine_mm: tuple[float, float, float]
) -> Float32 | None:
    """Blur across the surface over blur in the plane."""
    ratio = sigma_mm[0] / sigma_mm[1]
    if ratio < 1.2:
        return None
    smooth = ndimage.gaussian_filter(signed, [1.0 / step for step in fine_mm], truncate=2.0)
    steep = np.clip(np.gradient(smooth, fine_mm[0], axis=0), -1.0, 1.0)
    stretch: Float32 = np.sqrt(1.0 + (ratio**2 - 1.0) * steep * steep).astype(np.float32)
    return stretch


def _signed_depth(
    patch: Patch,
    tile: tuple[slice, ...],
    factors: tuple[int, int, int],
    fine_mm: tuple[float, float, float],
) -> Float32:
    """Depth below the half-height surface, found between voxels, mm; negative outside."""
    half = 0.5 * (patch.background_hu + patch.surface_hu)
    hu = patch.hu[tile]
    body = patch.body[tile]
    # The interior counts as full height, so that lucent marrow is no outer surface.
    full = patch.interior[tile]
    if patch.from_native_mm is not None:
        # Nor is marrow that ends at native bone.
        full = full | (body & (patch.from_native_mm[tile] <= 2.0 * max(patch.sigma_mm)))
    filled = np.where(full, np.maximum(hu, patch.surface_hu), hu)
    near = ndimage.binary_dilation(body, iterations=2)
    # Bone beside the lesion is no part of it, however dense: the border is where its label ends.
    far = ~near | patch.native[tile]
    filled = np.where(far, np.minimum(filled, patch.background_hu), filled)
    fine = ndimage.zoom(filled, factors, order=1, mode="nearest", grid_mode=True)
    inside = fine > half
    depth, outside = both_ways_mm(inside, fine_mm)
    signed: Float32 = np.subtract(depth, outside, out=depth)
    return signed
