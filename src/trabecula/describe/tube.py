"""Mineral in the wall of a tube: vessels seen along or across."""

import numpy as np
from scipy import ndimage

from trabecula.describe.observation import ONE, graded
from trabecula.describe.patch import CAP_PART, Patch, closed_in_planes, enclosed
from trabecula.model import Float64, Measured, Presence, Sign

WALL_MAX_MM = 3.5
"""Thickest wall of a tube, mm."""

OPEN_LUMEN = 0.5
"""A tube is open: at most this part of its lumen is filled or closed on all sides."""

TUBE_RATIO = 1.4
"""A tube is at least this many times longer than wide."""

TUBE_PLANES = 0.5
"""Part of the cross-sections along a tube that show a closed ring."""

LINE_RATIO, LINE_DEGREES = 3.0, 20.0
"""Lines of a wall are so many times longer than broad, and within this angle of one another."""

LUMEN_MM = (2.0, 15.0)
"""Distance between the two lines of one wall, middle to middle, mm."""

LINE_PART, FEWEST_IN_LINE = 0.2, 6
"""Smallest piece that counts as a line, as part of the larger one, and in voxels."""


def _lower_level(patch: Patch) -> float:
    """Lowest level that still tells mineral from soft tissue here, HU."""
    height = patch.surface_hu - patch.background_hu
    return patch.background_hu + max(CAP_PART * height, 3.0 * patch.noise_hu)


def tram_track_of(patch: Patch, extents_mm: tuple[float, float, float]) -> Sign:
    """Mineral in a vessel's wall: a tube open at its ends, or two parallel lines."""
    lines = two_lines_of(patch)
    return lines if lines is not None else _tube(patch, extents_mm)


def two_lines_of(patch: Patch) -> Sign | None:
    """Two thin, long, parallel pieces with a lumen between them; ``None`` where there are not."""
    mineral = patch.mask & (patch.hu > patch.half_hu)
    labels, count = ndimage.label(mineral, np.ones((3, 3, 3)))
    sizes = np.bincount(labels.ravel())[1:]
    pieces = [n + 1 for n in range(count) if sizes[n] >= LINE_PART * sizes.max()]
    if len(pieces) != 2 or min(sizes[n - 1] for n in pieces) < FEWEST_IN_LINE:
        return None
    spacing = np.asarray(patch.spacing_mm)
    points = [np.argwhere(labels == n) * spacing for n in pieces]
    axes, slender = zip(*(_line(piece) for piece in points), strict=True)
    between = points[1].mean(axis=0) - points[0].mean(axis=0)
    along = axes[0] + axes[1] * np.sign(axes[0] @ axes[1])
    along /= max(float(np.linalg.norm(along)), 1e-6)
    gap = float(np.linalg.norm(between - (between @ along) * along))
    angle = float(np.degrees(np.arccos(np.clip(abs(axes[0] @ axes[1]), 0.0, 1.0))))
    thick = 2.0 * float(np.percentile(patch.depth_mm[mineral], 90))
    beside = abs(float(between @ along)) < gap
    if (
        min(slender) < LINE_RATIO
        or angle > LINE_DEGREES
        or not LUMEN_MM[0] <= gap <= LUMEN_MM[1]
        or thick > 2.0 * WALL_MAX_MM
        or not beside
    ):
        return None
    method = f"two parallel lines {gap:.1f} mm apart, {angle:.0f}° between them"
    return Sign("tram_track", Presence.PRESENT, certainty=0.85, reason=method)


def _line(points: Float64) -> tuple[Float64, float]:
    """Long axis of some points, and how many times longer than broad they are."""
    values, axes = np.linalg.eigh(np.cov((points - points.mean(axis=0)).T) + 0.05 * np.eye(3))
    return axes[:, 2], float(np.sqrt(values[2] / values[1]))


def _tube(patch: Patch, extents_mm: tuple[float, float, float]) -> Sign:
    """Rings in the cross-sections that stay open at the ends: a wall, not a shell of cortex."""
    half = 0.5 * (patch.background_hu + patch.surface_hu)
    # Native bone closes an end: an ossified bridge between two bones is no vessel.
    wall = (patch.mask & (patch.hu > half)) | patch.native
    within = ndimage.find_objects(patch.mask.astype(np.uint8))[0]
    mineral = wall[within] & patch.mask[within]
    amount = max(float(mineral.sum()), 1.0)
    # A cap of cortex that thick slices dim to a fifth of its height still closes a shell.
    shut = (patch.mask & (patch.hu > _lower_level(patch))) | patch.native
    best, lumen, hollow = 0.0, 0.0, np.zeros_like(mineral)
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        holes = closed_in_planes(mineral, axis).sum(axis=others)
        rings, planes = int((holes > 3).sum()), int(mineral.any(axis=others).sum())
        if rings >= 3 and rings / planes > best:
            best, lumen = rings / planes, float(holes.sum()) / amount
            hollow = closed_in_planes(mineral, axis)
    # The body is filled where two of three cross-sections are closed, as a tube's never are.
    closed = (enclosed(shut) | shut | patch.body)[within]
    shut_part = float(closed[hollow].mean()) if hollow.any() else 1.0
    thick = (
        2.0 * float(np.percentile(patch.depth_mm[within][mineral], 90)) if mineral.any() else 0.0
    )
    method = (
        f"part of the cross-sections with a closed ring; lumen over wall {lumen:.2f}, "
        f"of which {shut_part:.0%} closed on all sides, wall {thick:.1f} mm"
    )
    short = extents_mm[0] < TUBE_RATIO * extents_mm[1]
    if short or lumen < 0.15 or shut_part > OPEN_LUMEN or thick > 2.0 * WALL_MAX_MM:
        text = f"{method}: no long open lumen with a thin wall"
        return Sign(
            "tram_track",
            Presence.ABSENT,
            measured=round(best, 3),
            unit=ONE,
            certainty=0.85,
            reason=text,
        )
    return graded("tram_track", Measured(best, ONE, method), TUBE_PLANES, spread=0.1)
