"""How the mineral is arranged: the patterns that radiologists name."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from trabecula.describe.observation import (
    COUNT,
    MM,
    ONE,
    Observations,
    graded,
    not_assessed,
    stated,
)
from trabecula.describe.patch import Patch, distance_mm
from trabecula.describe.tube import tram_track_of, two_lines_of
from trabecula.model import Float32, Float64, Mask, Measured, Presence, Sign

SHEET_THICKNESS_MM = 8.0
"""A sheet is at most this thick, mm."""

SHEET_RATIO = 4.0
"""… and its two long extents at least this many times its thickness."""

ROUND_MAX_MM = 10.0
"""Largest extent of a small round body, mm (definition of the sign)."""

BLURRED_SIZE_CERTAINTY = 0.8
"""How sure a small round body is at most that is larger than that on the image."""

ROUND_SLICES = 3.0
"""Slices along a body, fewer than which its roundness cannot be read."""

ROUND_RATIO = 0.6
"""Shortest over longest extent of a round body."""

FLECK_MAX_MM = 5.0
"""A fleck is at most this wide, mm."""

FLECKS = 5
"""Flecks from which a lesion is speckled."""

LOBULES = 3
"""Lobules from which a lesion is lobulated."""

LUCENCY_MM = (2.8, 9.0)
"""Width of the lucent lobules that rings and arcs enclose, mm."""

LUCENT_PARTS = (0.5, 0.35)
"""Parts of the lesion's height below which a place is lucent; the telling one is used."""

LUCENCIES = 3
"""Lucent lobules from which rings and arcs are called."""

VEIL_LEVEL = 0.16
"""A veil reaches at most this part of the way from soft tissue to cortex."""

RINGS_CLEAR_MM, RINGS_BLURRED_CERTAINTY = 2.0, 0.75
"""Slices thicker than this, mm, join struts of bone and rings alike; how sure rings can be then."""

FAINT_LEVEL = 0.2
"""Surfaces less dense than this part of the way to cortex show no rings: they are torn by noise."""

CLOSING_MM = 2.0
"""Gaps up to twice this wide are closed before a thickness is read, mm."""

ENCLOSED_PART = 0.75
"""Part of a lobule's border that is mineral when rings and arcs enclose it."""

INNER_MM, FEWEST_INNER = (3.0, 2.0), 20
"""Depths from which voxels belong to the inside, mm; the first that so many of them reach."""

SMOOTH_MM = 0.4
"""Smoothing before upper levels are read, mm, standard deviation."""

WALL_LEVEL = 0.87
"""Mineral between lobules against that of the whole: fainter, it is trabeculae between marrow. Of
train lesions with three lucent areas, those of calcium have 0.94 and more, those of bone at most
0.81."""

SMALLEST_ACROSS = 3.0
"""Voxels across, below which shape is not read."""


class Shape(NamedTuple):
    """Extents and axes of a lesion from its moments; mm, longest first.

    ``width_mm`` is the local thickness; ``closed`` the body with narrow gaps filled.
    """

    extents_mm: tuple[float, float, float]
    axes_kji: Float64
    width_mm: float
    closed: Mask


def shape_of(patch: Patch) -> Shape:
    """Principal extents of the body and its local thickness."""
    where = np.argwhere(patch.body) * np.asarray(patch.spacing_mm)
    if len(where) < 4:
        edge = tuple(float(s) for s in patch.spacing_mm)
        return Shape((max(edge), edge[1], min(edge)), np.eye(3), min(edge), patch.body)
    centred = where - where.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1]
    along = centred @ axes
    extents = np.ptp(along, axis=0) + np.asarray(patch.spacing_mm) @ np.abs(axes)
    a, b, c = sorted(extents.tolist(), reverse=True)
    # Small lucencies and gaps are closed first: the thickness is that of the whole, not of a wall.
    closed = np.zeros_like(patch.body)
    near = ndimage.find_objects((patch.outside_mm <= 2.0 * CLOSING_MM).astype(np.uint8))[0]
    closed[near] = _closed(patch.body[near], patch.outside_mm[near], patch.spacing_mm)
    depth = distance_mm(closed[near], patch.spacing_mm)
    ridge = closed[near] & (depth >= ndimage.maximum_filter(depth, size=3) - 1e-3)
    return Shape((a, b, c), axes, 2.0 * float(np.percentile(depth[ridge], 75)), closed)


def pattern_of(patch: Patch, shape: Shape) -> Observations:
    """Every pattern that is read from shape and arrangement."""
    small = float(patch.thickness_mm) < SMALLEST_ACROSS * patch.spacing_mm[1] * 0.5
    signs: tuple[Sign, ...] = (
        _phlebolith_like(patch, shape),
        _faint_veil(patch),
        _speckled(patch),
    )
    if small or patch.body.sum() < 20:
        lines = two_lines_of(patch)
        names = ["sheet_like", "lobulated", "rings_and_arcs", *([] if lines else ["tram_track"])]
        why = f"{patch.thickness_mm:.1f} mm thick, {int(patch.body.sum())} voxels: no shape is read"
        signs += (*not_assessed(why, *names), *([lines] if lines else []))
    else:
        signs += (
            _sheet_like(patch, shape),
            _lobulated(patch),
            _rings_and_arcs(patch, shape),
            tram_track_of(patch, shape.extents_mm),
        )
    figures = {
        "longest_extent": Measured(
            round(shape.extents_mm[0], 1), MM, "along the longest principal axis"
        ),
        "shortest_extent": Measured(
            round(shape.extents_mm[2], 1), MM, "along the shortest principal axis"
        ),
        "local_thickness": Measured(
            round(shape.width_mm, 1), MM, "twice the depth of the medial ridge, upper quartile"
        ),
    }
    return Observations(signs, figures)


def inner_level(patch: Patch, body: Mask, depth_mm: Float32) -> float | None:
    """Mineral of the inside against that of the whole, upper levels, above soft tissue.

    Trabeculae are far fainter than the cortex around them; walls between lobules are as dense as
    the border. ``None`` where the body has no inside.
    """
    for deep in INNER_MM:
        inner = (depth_mm > deep) & body & ~patch.native
        if int(inner.sum()) >= FEWEST_INNER:
            break
    else:
        return None
    smooth = ndimage.gaussian_filter(patch.hu, [SMOOTH_MM / step for step in patch.spacing_mm])
    inside, whole = (float(np.percentile(smooth[m], 85)) for m in (inner, patch.mask))
    return (inside - patch.background_hu) / max(whole - patch.background_hu, patch.noise_hu)


def amorphous_of(patch: Patch, known: Observations) -> Sign:
    """Dense mineral in which no order was found; needs the other signs first."""
    order = (
        "cortical_rim",
        "marrow_core",
        "trabeculated",
        "rings_and_arcs",
        "faint_veil",
        "tram_track",
    )
    seen = [name for name in order if known.presence(name) is Presence.PRESENT]
    if seen:
        words = ", ".join(name.replace("_", " ") for name in seen)
        return stated("amorphous_matrix", False, f"order was found: {words}", certainty=0.85)
    open_ = [name for name in order[:3] if known.presence(name) is Presence.NOT_ASSESSED]
    if open_:
        words = ", ".join(name.replace("_", " ") for name in open_)
        why = f"not to be told from bone while these are not assessed: {words}"
        return not_assessed(why, "amorphous_matrix")[0]
    return stated(
        "amorphous_matrix",
        True,
        "dense, and neither rim, marrow, trabeculae nor rings were found",
        certainty=0.85,
    )


def _phlebolith_like(patch: Patch, shape: Shape) -> Sign:
    longest, _, shortest = shape.extents_mm
    if patch.body.sum() < 8:
        return not_assessed("fewer than 8 voxels: roundness cannot be read", "phlebolith_like")[0]
    if longest < ROUND_SLICES * patch.slice_mm:
        why = f"{longest:.1f} mm on slices of {patch.slice_mm:.1f} mm: roundness cannot be read"
        return not_assessed(why, "phlebolith_like")[0]
    blur = 0.5 * (max(patch.spacing_mm) + patch.slice_mm)
    if longest - blur > ROUND_MAX_MM:
        return stated(
            "phlebolith_like",
            False,
            f"{longest:.1f} mm long; a small round body has at most {ROUND_MAX_MM:.0f} mm",
            certainty=0.97,
        )
    figure = Measured(
        (shortest) / max(longest, 0.1),
        ONE,
        f"shortest over longest extent, longest {longest:.1f} mm",
    )
    spread = 0.1 + 0.5 * min(patch.spacing_mm[1] / longest, 0.5)
    sign = graded("phlebolith_like", figure, ROUND_RATIO, spread=spread)
    if longest > ROUND_MAX_MM:
        # Small only by what the blur may have added.
        return replace(sign, certainty=min(sign.certainty, BLURRED_SIZE_CERTAINTY))
    return sign


def _faint_veil(patch: Patch) -> Sign:
    level = (float(np.percentile(patch.hu[patch.mask], 90)) - patch.soft_hu) / (
        patch.cortex_hu - patch.soft_hu
    )
    figure = Measured(
        level,
        ONE,
        f"90th percentile between soft tissue (0) and the patient's cortex (1, {patch.yardstick})",
    )
    return graded("faint_veil", figure, VEIL_LEVEL, spread=0.03, below=True)


def _speckled(patch: Patch) -> Sign:
    near = patch.outside_mm <= 3.0
    limit = patch.background_hu + 0.5 * (patch.surface_hu - patch.background_hu)
    labels, _ = ndimage.label(near & ~patch.native & (patch.hu > limit))
    sizes = np.bincount(labels.ravel())[1:] * patch.voxel_mm3
    widths = (6.0 * sizes / np.pi) ** (1 / 3)
    flecks = int(((widths <= FLECK_MAX_MM) & (sizes > 2 * patch.voxel_mm3)).sum())
    bulk = float(sizes.max(initial=0.0) / max(sizes.sum(), 1e-6))
    figure = Measured(
        float(flecks),
        COUNT,
        f"separate flecks of at most {FLECK_MAX_MM:.0f} mm; the largest piece holds {bulk:.0%}",
    )
    present = flecks >= FLECKS and bulk < 0.5
    return Sign(
        "speckled",
        Presence.PRESENT if present else Presence.ABSENT,
        measured=float(flecks),
        unit=COUNT,
        certainty=0.85,
        reason=figure.method,
    )


def _sheet_like(patch: Patch, shape: Shape) -> Sign:
    area = float(patch.body.sum()) * patch.voxel_mm3 / max(shape.width_mm, 0.5)
    second = min(shape.extents_mm[1], float(np.sqrt(area)))
    figure = Measured(
        second / max(shape.width_mm, 0.5),
        ONE,
        f"breadth of {second:.1f} mm over a thickness of {shape.width_mm:.1f} mm",
    )
    if shape.width_mm > SHEET_THICKNESS_MM:
        return stated(
            "sheet_like",
            False,
            f"{shape.width_mm:.1f} mm thick; a sheet has at most {SHEET_THICKNESS_MM:.0f} mm",
            certainty=0.95,
        )
    return graded("sheet_like", figure, SHEET_RATIO, spread=0.6)


def _lobulated(patch: Patch) -> Sign:
    depth = ndimage.gaussian_filter(patch.depth_mm, [1.0 / s for s in patch.spacing_mm])
    peak = float(depth.max())
    if peak < 2.0 * max(patch.spacing_mm[1], patch.sigma_mm[1]):
        return not_assessed("too thin for lobules to be told apart", "lobulated")[0]
    labels, count = ndimage.label(depth > 0.55 * peak)
    tops = ndimage.maximum(depth, labels, range(1, count + 1)) if count else []
    lobules = int(sum(top > 0.65 * peak for top in tops))
    figure = Measured(
        float(lobules), COUNT, "rounded parts that stay apart at 55 % of the greatest depth"
    )
    return graded("lobulated", figure, LOBULES - 0.5, spread=0.5)


def _lucencies(patch: Patch, closed: Mask) -> list[float]:
    """Widths of lucent lobules enclosed by mineral, mm.

    Thin walls between lobules are dimmed by the blur, so that at half height neighbours run
    together; of several levels the one that tells most lobules apart is taken.
    """
    smooth = ndimage.gaussian_filter(patch.hu, [0.4 / s for s in patch.spacing_mm])
    top = float(np.percentile(smooth[patch.mask], 85))
    height = top - patch.background_hu
    deep = top - 0.45 * height - 2.0 * patch.noise_hu
    inside = closed & ~patch.native
    levels = [patch.background_hu + part * height for part in LUCENT_PARTS]
    found = [_lobules_below(level, smooth, inside, patch=patch, deep=deep) for level in levels]
    return max(found, key=lambda widths: sum(width <= LUCENCY_MM[1] for width in widths))


def _lobules_below(
    level: float, smooth: Float32, inside: Mask, *, patch: Patch, deep: float
) -> list[float]:
    """Widths of the enclosed lobules darker than a level, mm."""
    mineral = smooth > level
    labels, _ = ndimage.label(inside & ~mineral)
    edge = patch.voxel_mm3 ** (1 / 3)
    widths = [
        edge * _lobule_mm(labels, number, span, smooth=smooth, mineral=mineral, deep=deep)
        for number, span in enumerate(ndimage.find_objects(labels), start=1)
    ]
    return [width for width in widths if width >= LUCENCY_MM[0]]


def _lobule_mm(
    labels: npt.NDArray[np.int32],
    number: int,
    span: tuple[slice, ...],
    *,
    smooth: Float32,
    mineral: Mask,
    deep: float,
) -> float:
    """Width of one lucent lobule in voxels; 0 where it is shallow or lies open."""
    wider = tuple(
        slice(max(0, s.start - 1), min(n, s.stop + 1))
        for s, n in zip(span, labels.shape, strict=True)
    )
    own = labels[wider] == number
    if own.sum() < 4 or smooth[wider][own].min() > deep:
        return 0.0
    border = ndimage.binary_dilation(own) & ~own
    if float(mineral[wider][border].mean()) < ENCLOSED_PART:
        return 0.0
    return float((6.0 * own.sum() / np.pi) ** (1 / 3))


def _closed(body: Mask, outside_mm: Float32, spacing_mm: tuple[float, float, float]) -> Mask:
    """Close gaps and holes that are narrow enough to belong to the whole."""
    grown = outside_mm <= CLOSING_MM
    closed: Mask = (distance_mm(grown, spacing_mm) > CLOSING_MM) | body
    return closed


def _rings_and_arcs(patch: Patch, shape: Shape) -> Sign:
    if patch.slice_mm > 3.5:
        return not_assessed(
            f"slices of {patch.slice_mm:.1f} mm blur rings of 1 to 5 mm away", "rings_and_arcs"
        )[0]
    if patch.relative_level < FAINT_LEVEL:
        why = "the mineral is too faint to tell rings from gaps"
        return not_assessed(why, "rings_and_arcs")[0]
    widths = _lucencies(patch, shape.closed)
    lobules = [w for w in widths if w <= LUCENCY_MM[1]]
    single = (
        bool(widths)
        and max(widths) > 2.0 * float(np.median(widths))
        and max(widths) > LUCENCY_MM[1]
    )
    figure = Measured(
        float(len(lobules)), COUNT, "lucent lobules of 2.8 to 9 mm enclosed by dense mineral"
    )
    if single:
        return Sign(
            "rings_and_arcs",
            Presence.ABSENT,
            measured=figure.value,
            unit=COUNT,
            certainty=0.8,
            reason="one large lucent core, not lobules",
        )
    sign = graded("rings_and_arcs", figure, LUCENCIES - 0.5, spread=0.7)
    if sign.presence is Presence.PRESENT:
        walls = inner_level(patch, shape.closed, distance_mm(shape.closed, patch.spacing_mm))
        if walls is not None and walls < WALL_LEVEL:
            why = f"mineral inside {walls:.0%} as dense as the whole: trabeculae, not walls"
            return replace(sign, presence=Presence.ABSENT, certainty=0.8, reason=why)
    if patch.slice_mm > RINGS_CLEAR_MM:
        return replace(sign, certainty=min(sign.certainty, RINGS_BLURRED_CERTAINTY))
    return sign
