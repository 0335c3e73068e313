"""The outer surface of a lesion drawn between the voxels, whole or in tiles, for fitting."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from trabecula.describe.patch import Patch, both_ways_mm
from trabecula.model import Float32, Mask

FINE_MM, FINE_VOXELS = 0.35, 90_000
"""Fine grid on which the surfaces are drawn: edge in mm, and how many voxels it may take."""

FIT_VOXELS = 8_000
"""About as many voxels of one surface take part in the fit; more say the same again."""

TILE_VOXELS, TILES, TILE_LIMIT = 20, 6, 80_000
"""A patch above the limit is fitted in tiles of this edge, so many, spread over its surface."""

FADE_MM = 2.5
"""Within this distance of native bone the outer surface is less and less moved, mm."""


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
        depth = (self.signed_mm + (moved - np.float32(below_mm))) / edge
        fine: Float32 = np.clip(depth + 0.5, 0.0, 1.0)
        return self._binned(fine)

    def ramp(self, shift_mm: float, wide_mm: float) -> Float32:
        """Mean height in each voxel of what rises evenly from the moved surface to a depth."""
        moved = np.float32(shift_mm) * (np.float32(1.0) if self.stretch is None else self.stretch)
        risen: Float32 = np.clip((self.signed_mm + moved) / np.float32(wide_mm), 0.0, 1.0)
        return self._binned(risen)

    def _binned(self, fine: Float32) -> Float32:
        """Mean over the fine voxels of each voxel."""
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
        return self.seen(self.fraction(shift_mm, below_mm))

    def seen(self, fraction: Float32) -> Float32:
        """Blurred as the scanner blurs, in the voxels that take part in the fit."""
        seen: Float32 = ndimage.gaussian_filter(fraction, (0.0, *self.sigma_voxels), truncate=3.0)
        values: Float32 = seen[self.valid][:: self.stride]
        return values


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
