"""The neighbourhood of one lesion, cropped: the only place where float arrays are made."""

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from trabecula.model import (
    Anatomy,
    Box,
    Float32,
    Lesion,
    Mask,
    Noise,
    Seen,
    Tissue,
    Volume,
    overlap,
    place_in,
)

MARGIN_MM = 8.0
"""Soft tissue kept around a lesion, mm: the background and the whole reach of the blur."""

TIGHT_MM = 4.5
"""Soft tissue kept in the closer crop, mm."""

DEFAULT_EDGE_MM = 1.2
"""Blur assumed where the scan does not tell, mm full width at half maximum: a soft body kernel."""

FWHM_PER_SIGMA = 2.3548
"""Full width at half maximum of a Gaussian over its standard deviation."""

BACKGROUND_BAND_MM = (1.5, 6.0)
"""Distance from the outline, in mm beyond the blur, where soft tissue is sampled."""

FALLBACK_CORTEX_ABOVE_SOFT_HU = 1000.0
"""Cortex above soft tissue where the patient's own is not known: textbook middle, 120 kV."""

FALLBACK_MARROW_ABOVE_SOFT_HU = 120.0
"""Cancellous bone above soft tissue where the patient's own is not known."""

FARTHEST_MM = 1000.0
"""Distance stated where a box holds nothing to be distant from."""

CAP_PART = 0.2
"""Part of the lesion's height at which a cap dimmed by thick slices still counts as closed."""

BONE_EDGE_PART = 1.2
"""Beside native bone, what is brighter than so many times the lesion is the bone's edge."""

OPEN_PART, OWN_WALL_PART = 0.5, 0.5
"""A hole belongs to the lesion that opens at its ends by less than this part of its mean
cross-section, and of whose walls this part is the lesion's."""

LOCAL_MM, FEWEST_INSIDE = 2.5, 60
"""Reach of the local level of an uneven lesion, mm, and interior voxels needed for one."""

FAT_HU = (-190.0, -30.0)
"""Adipose tissue, HU."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """One lesion and what lies around it.

    Attributes
    ----------
    lesion, box
        The lesion, and the padded box in the volume.
    hu : (k, j, i) float32
        HU of the box.
    mask : (k, j, i) bool
        The lesion as outlined.
    body : (k, j, i) bool
        The lesion at half the height of its own surface, interior filled: what depth is
        measured from. It hardly depends on the threshold that found the lesion.
    interior : (k, j, i) bool
        Part of the body surely clear of its surface.
    native : (k, j, i) bool
        Native bone.
    from_native_mm : (k, j, i) float32 or None
        Distance to it, mm; ``None`` where the box holds none.
    from_mask_mm : (k, j, i) float32
        Distance outside of the outline to it, mm.
    depth_mm, outside_mm : (k, j, i) float32
        Distance inside the body to its surface, and outside of it, mm.
    spacing_mm, sigma_mm
        Voxel edges and Gaussian blur along (k, j, i), mm.
    noise_hu
        Standard deviation of noise beside the lesion.
    background_hu
        Soft tissue beside the lesion.
    surface_hu
        Level of the lesion near its surface.
    soft_hu, marrow_hu, cortex_hu
        The patient's own yardstick.
    yardstick
        ``measured`` or ``assumed``.
    """

    lesion: Lesion
    box: Box
    hu: Float32
    mask: Mask
    body: Mask
    interior: Mask
    native: Mask
    from_native_mm: Float32 | None
    from_mask_mm: Float32
    depth_mm: Float32
    outside_mm: Float32
    spacing_mm: tuple[float, float, float]
    sigma_mm: tuple[float, float, float]
    slice_mm: float
    noise_hu: float
    background_hu: float
    surface_hu: float
    soft_hu: float
    marrow_hu: float
    cortex_hu: float
    yardstick: str

    @property
    def half_hu(self) -> float:
        """Half height between soft tissue and the lesion's surface level, HU."""
        return 0.5 * (self.background_hu + self.surface_hu)

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel, mm3."""
        return float(np.prod(self.spacing_mm))

    @property
    def thickness_mm(self) -> float:
        """Widest part across, mm: twice the greatest depth."""
        return 2.0 * float(self.depth_mm.max(initial=0.0))

    @property
    def resolution_mm(self) -> float:
        """Full width at half maximum of the blur, mean of the three axes, mm."""
        return FWHM_PER_SIGMA * float(np.mean(self.sigma_mm))

    @property
    def relative_level(self) -> float:
        """Surface level on the patient's own scale: 0 soft tissue, 1 cortex."""
        return (self.surface_hu - self.soft_hu) / (self.cortex_hu - self.soft_hu)


def blur_sigma_mm(noise: Noise, volume: Volume) -> tuple[float, float, float]:
    """Gaussian equivalent of the blur along (k, j, i), mm.

    Along k the slice profile, a box as wide as the slice is thick, is added to the blur in
    the plane, which the projection geometry has along every axis.
    """
    in_plane = (noise.edge_width_mm or DEFAULT_EDGE_MM) / FWHM_PER_SIGMA
    slice_mm = slice_thickness_mm(volume)
    return sqrt(in_plane**2 + slice_mm**2 / 12.0), in_plane, in_plane


def slice_thickness_mm(volume: Volume) -> float:
    """Nominal slice thickness, mm; the slice spacing where the header does not say."""
    return volume.acquisition.slice_thickness_mm or volume.spacing_kji_mm[0]


def distance_mm(
    mask: Mask | npt.NDArray[np.uint8], spacing_mm: tuple[float, float, float]
) -> Float32:
    """Distance of each voxel of a mask to its surface, mm; half a voxel beyond the last centre.

    Of an array of labels: distance to the next voxel of another label.
    """
    import edt

    to_centre: Float32 = edt.edt(np.ascontiguousarray(mask), anisotropy=spacing_mm)
    distance: Float32 = np.clip(to_centre - 0.5 * min(spacing_mm), 0.0, FARTHEST_MM, out=to_centre)
    return distance


def both_ways_mm(mask: Mask, spacing_mm: tuple[float, float, float]) -> tuple[Float32, Float32]:
    """Depth inside a mask and distance outside of it, mm: one transform of two labels.

    The same numbers as two transforms, at a third of the cost.
    """
    signed = distance_mm(mask.view(np.uint8) + np.uint8(1), spacing_mm)
    nothing = np.float32(0.0)
    return np.where(mask, signed, nothing), np.where(mask, nothing, signed)


def filled(mask: Mask) -> Mask:
    """Fill what is closed in at least two of the three cross-sections.

    Marrow belongs to its lesion even where noise or thick slices open the shell at one place;
    the lumen of a tube, closed in one cross-section only, stays open.
    """
    votes = np.zeros(mask.shape, dtype=np.uint8)
    for axis in range(3):
        votes += closed_in_planes(mask, axis)
    found: Mask = mask | (votes >= 2)
    return found


def closed_in_planes(mask: Mask, axis: int) -> Mask:
    """Holes of a mask in the planes across one axis."""
    structure = ndimage.generate_binary_structure(3, 1)
    structure[tuple(slice(None) if a != axis else [0, 2] for a in range(3))] = False
    labels, count = ndimage.label(~mask, structure)
    is_open = np.zeros(count + 1, dtype=bool)
    is_open[0] = True
    for other in range(3):
        if other != axis:
            is_open[_face_labels(labels, other)] = True
    holes: Mask = ~is_open[labels]
    return holes


def _face_labels(labels: npt.NDArray[np.int32], axis: int) -> npt.NDArray[np.int32]:
    found: npt.NDArray[np.int32] = np.unique(np.take(labels, [0, -1], axis=axis))
    return found


def enclosed(mask: Mask) -> Mask:
    """Holes of a mask in space: background that reaches no face of the box."""
    labels, count = ndimage.label(~mask)
    is_open = np.zeros(count + 1, dtype=bool)
    is_open[0] = True
    for axis in range(3):
        is_open[_face_labels(labels, axis)] = True
    holes: Mask = ~is_open[labels]
    return holes


def capped(body: Mask, native: Mask, bright: Mask) -> Mask:
    """Holes in the planes of the slices, walled in by the lesion and closed above and below.

    Where a shell leans on native bone, the bone is its wall; where thick slices dim its caps,
    what is brighter than soft tissue is one. The lumen of a vessel is open at its ends, and the
    gap between two bones that the lesion joins is walled in by the bones.
    """
    labels, count = ndimage.label(closed_in_planes(body | native, 0) & ~native & ~body)
    if not count:
        return np.zeros_like(body)
    holes = labels > 0
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    spans = ndimage.find_objects(labels)
    high = np.array([1, *(span[0].stop - span[0].start for span in spans)])
    gaps = np.zeros(count + 1)
    for one, other in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
        beyond = ~(holes | body | native | bright)[one]
        gaps += np.bincount(labels[other][holes[other] & beyond], minlength=count + 1)
    for end in (labels[0], labels[-1]):
        gaps += np.bincount(end.ravel(), minlength=count + 1)
    own, foreign = (_beside(labels, wall, count) for wall in (body, native))
    kept = (gaps <= OPEN_PART * sizes / high) & (own >= OWN_WALL_PART * (own + foreign))
    kept[0] = False
    found: Mask = kept[labels]
    return found


def _beside(labels: npt.NDArray[np.int32], wall: Mask, count: int) -> npt.NDArray[np.int64]:
    """How many faces of a wall each hole has within the planes."""
    faces = np.zeros(count + 1, dtype=np.int64)
    for axis in (1, 2):
        for one, other in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
            here = tuple(one if a == axis else slice(None) for a in range(3))
            there = tuple(other if a == axis else slice(None) for a in range(3))
            faces += np.bincount(labels[here][wall[there]], minlength=count + 1)
    return faces


def native_bone(anatomy: Anatomy, box: Box) -> Mask:
    """Native bone in a box."""
    labels = anatomy.of(Tissue.BONE)
    return anatomy.mask(labels, box)


def patch_of(lesion: Lesion, seen: Seen, volume: Volume) -> Patch:
    """Crop the neighbourhood of a lesion and measure its surroundings."""
    noise = seen.noise
    spacing = volume.spacing_kji_mm
    sigma = blur_sigma_mm(noise, volume)
    box = volume.grid.pad(lesion.box, MARGIN_MM + max(sigma))
    hu = volume.hu[box].astype(np.float32)
    mask = filled(_placed(lesion, box))
    native = native_bone(seen.anatomy, box) & ~mask
    inward, from_mask = both_ways_mm(mask, spacing)
    background, spread = _background(
        hu, from_mask, ~native & ~_others(seen, lesion, box), noise, sigma
    )
    surface = _surface_level(hu, mask, background)
    half = 0.5 * (background + surface)
    native |= _edge_of_bone(native, hu, background + BONE_EDGE_PART * (surface - background))
    near = (from_mask <= 1.5 * max(sigma)) & ~native
    inside = _interior(mask, inward, 2.0 * sigma[1])
    level = _local_half(hu, mask, inside, half=(background, half), spacing_mm=spacing)
    body = _half_height(near & (hu > level), mask, inside)
    dim = background + max(CAP_PART * (surface - background), 3.0 * spread)
    # Thick slices dim the caps of a shell; what they still close in belongs to the lesion.
    body |= enclosed(body | (near & (hu > dim))) & ~native
    body |= capped(body, native, hu > dim)
    body &= ~native
    depth, outside = both_ways_mm(body, spacing)
    soft = noise.soft_tissue_hu
    known = noise.cortex_hu is not None and noise.cortex_hu > soft + 200.0
    cortex = (
        float(noise.cortex_hu)
        if known and noise.cortex_hu
        else soft + FALLBACK_CORTEX_ABOVE_SOFT_HU
    )
    marrow = (
        noise.marrow_hu if noise.marrow_hu is not None else soft + FALLBACK_MARROW_ABOVE_SOFT_HU
    )
    return Patch(
        lesion=lesion,
        box=box,
        hu=hu,
        mask=mask,
        body=body,
        interior=_interior(body, depth, 1.5 * sigma[1]),
        native=native,
        from_native_mm=distance_mm(~native, spacing) if native.any() else None,
        from_mask_mm=from_mask,
        depth_mm=depth,
        outside_mm=outside,
        spacing_mm=spacing,
        sigma_mm=sigma,
        slice_mm=slice_thickness_mm(volume),
        noise_hu=spread,
        background_hu=background,
        surface_hu=surface,
        soft_hu=soft,
        marrow_hu=min(marrow, soft + 0.5 * (cortex - soft)),
        cortex_hu=cortex,
        yardstick="measured" if known else "assumed",
    )


def tight(patch: Patch) -> Patch:
    """Crop closer round the lesion: enough for everything but its surroundings."""
    near = ndimage.find_objects((patch.outside_mm <= TIGHT_MM).astype(np.uint8))[0]
    first = [axis.start for axis in patch.box]
    k, j, i = (slice(a + n.start, a + n.stop) for a, n in zip(first, near, strict=True))
    return replace(
        patch,
        box=(k, j, i),
        hu=patch.hu[near],
        mask=patch.mask[near],
        body=patch.body[near],
        interior=patch.interior[near],
        native=patch.native[near],
        from_native_mm=None if patch.from_native_mm is None else patch.from_native_mm[near],
        from_mask_mm=patch.from_mask_mm[near],
        depth_mm=patch.depth_mm[near],
        outside_mm=patch.outside_mm[near],
    )


def _placed(lesion: Lesion, box: Box) -> Mask:
    mask: Mask = np.zeros([axis.stop - axis.start for axis in box], dtype=bool)
    mask[place_in(lesion.box, box)] = lesion.mask
    return mask


def _others(seen: Seen, lesion: Lesion, box: Box) -> Mask:
    """Other lesions that reach into the box."""
    found: Mask = np.zeros([axis.stop - axis.start for axis in box], dtype=bool)
    for other in seen.lesions:
        shared = overlap(other.box, box)
        if other.id != lesion.id and shared is not None:
            found[place_in(shared, box)] |= other.mask[place_in(shared, other.box)]
    return found


def _background(
    hu: Float32, outside: Float32, usable: Mask, noise: Noise, sigma: tuple[float, float, float]
) -> tuple[float, float]:
    """Soft tissue beside the lesion: its mode-like level and the noise around it, HU."""
    near, far = (edge + 2.0 * max(sigma) for edge in BACKGROUND_BAND_MM)
    near = min(near, 3.0 * max(sigma) + 0.5)
    band = usable & (outside > near) & (outside <= far) & (np.abs(hu) < noise.mineral_threshold_hu)
    band &= hu > FAT_HU[0]
    values = hu[band]
    if values.size < 30:
        return noise.soft_tissue_hu, max(noise.noise_sd_hu, 1.0)
    level = float(np.median(values))
    return level, max(noise.noise_sd_hu, 1.0)


def _surface_level(hu: Float32, mask: Mask, background: float) -> float:
    """Level that the lesion reaches near its surface, HU.

    The upper quartile of the outline: above the blurred edge, below the tail of the noise,
    and inside the shell where the middle is lucent.
    """
    return max(float(np.percentile(hu[mask], 75)), background + 1.0)


def _local_half(
    hu: Float32,
    mask: Mask,
    inside: Mask,
    *,
    half: tuple[float, float],
    spacing_mm: tuple[float, float, float],
) -> Float32 | float:
    """Half height that follows an uneven interior, such as fluid above its sediment.

    Not where the edge is denser than the interior: there a rim, not the core, makes the surface.
    """
    background, middle = half
    edge = mask & ~inside
    if int(inside.sum()) < FEWEST_INSIDE or not edge.any():
        return middle
    if float(hu[inside].mean()) < float(hu[edge].mean()):
        return middle
    wide = [LOCAL_MM / step for step in spacing_mm]
    weight = inside.astype(np.float32)
    near = ndimage.gaussian_filter(weight, wide, truncate=3.0)
    level = ndimage.gaussian_filter(hu * weight, wide, truncate=3.0) / np.maximum(near, 1e-3)
    local: Float32 = np.where(near > 1e-2, 0.5 * (background + level), middle).astype(np.float32)
    return np.minimum(local, np.float32(middle), out=local)


def _edge_of_bone(native: Mask, hu: Float32, limit_hu: float) -> Mask:
    """Native bone's own edge: brighter than the lesion, in the first pixel beside its label.

    A label map is coarser than the scan, so that it leaves some of the cortex outside.
    """
    cross = ndimage.generate_binary_structure(3, 1)
    cross[[0, 2]] = False
    edge: Mask = ndimage.binary_dilation(native, cross) & ~native & (hu > limit_hu)
    return edge


def _half_height(high: Mask, mask: Mask, interior: Mask) -> Mask:
    """Lesion at half height, its interior filled."""
    body: Mask = high | interior
    body |= filled(body) & mask
    return body if body.any() else mask


def _interior(mask: Mask, depth_mm: Float32, edge_mm: float) -> Mask:
    """Part of a mask deeper than an edge, and with slices of the mask above and below.

    Slices are counted, not measured: in a thick outermost slice no depth is known.
    """
    kept = mask.copy()
    kept[1:] &= mask[:-1]
    kept[:-1] &= mask[1:]
    kept &= depth_mm > edge_mm
    return kept
