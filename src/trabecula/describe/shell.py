"""A blurred body of two compartments, rim and core, fitted to the lesion's voxels.

A cortex thinner than a voxel is seen only as a change of what the blur makes of the edge. So
the edge is modelled: the outer surface, moved in or out by a shift, and an inner surface one
rim thickness below it, both blurred as the scanner blurs; the levels of soft tissue, rim and
core then follow by linear least squares. The idea is that of cortical mapping along surface
normals (Treece et al. 2010, PMC2868358); fitting all voxels of the surface at once keeps
small, curved lesions and thick slices right, where a flat profile along the normal is not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from trabecula.describe.patch import Patch
from trabecula.describe.surface import Surface
from trabecula.model import Float64

RIM_STEPS_MM = (0.2, 0.5, 0.8, 1.2, 1.6, 2.1, 2.7, 3.5, 5.0)
"""Rim thicknesses tried, mm, up to three quarters of the greatest depth."""

SHIFT_STEPS_SIGMA = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""Shifts of the outer surface tried for one compartment, in standard deviations of the blur."""

SHELL_SHIFT_STEPS_SIGMA = (-1.8, -1.2, -0.6, 0.0, 0.6)
"""The same for a shell, whose half height lies outside its surface when it is thin."""

SHIFT_STEP_SIGMA = 0.6
"""Step of the shift from one thickness to the next, in standard deviations of the blur."""

RIM_LEVEL, RIM_SPREAD = 0.72, 0.2
"""Density of a lesion's rim before looking, mean and spread, as parts of the patient's cortex."""

INDEPENDENT = 25.0
"""The voxels of one lesion say as much about its rim as so many independent ones would."""

MODEL_ERROR = 0.03
"""Error of the model itself, as part of the lesion's height: lesions are no perfect bodies."""

FADING_STEPS_MM, FADING_REACH = (2.0, 3.0, 4.0, 5.5, 7.5, 10.0), 0.6
"""Widths of a fading border tried, mm, up to this part of the lesion's thickness."""

FADING_SHIFTS = (0.15, 0.3, 0.45, 0.6)
"""How far outside of half height a fading body may begin, as parts of the width."""

FADING_TRY, FADING_PART, FADING_GAIN = 1.0, 0.92, 1000.0
"""Part of a sharp border's squared error: wider borders are tried up to the first, a fading one
is believed below the second. None is tried where a rim gains so much."""

BORDER_SPREAD, BORDER_PARTS = 0.3, (-0.1, 0.55)
"""Mineral at the very border, as part of the lesion's height: expected spread about none, and
the least and most at which the border counts as fading."""

SOFTER = 1.3
"""A kernel so much softer than measured must not explain a fading border as well."""

NOISE_CORRELATION = 3.0
"""How many neighbouring voxels share their noise: a soft kernel at common pixel sizes."""


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
    surprise: float = 0.0
    fading_mm: float = 0.0

    @property
    def cost(self) -> float:
        """Squared error, and how far the rim is from the density expected of it."""
        return self.squared_error + self.surprise


@dataclass(frozen=True, slots=True)
class Shell:
    """The blurred two-compartment body that fits best.

    Attributes
    ----------
    solid
        Best fit of one compartment.
    shell
        Best fit of two, ``None`` when the lesion is too thin to hold two.
    fading
        Best fit of a body whose mineral thins out toward its border, where that explains more
        than a sharp border does and a rim is not seen.
    gain
        Drop of the squared error from one compartment to two, in units of the noise variance
        of independent voxels.
    """

    solid: Levels
    shell: Levels | None
    gain: float
    fading: Levels | None = None


class Expected(NamedTuple):
    """Density that a rim is expected to have, HU, and what a departure of 1 HU costs."""

    rim_hu: float
    weight: float


class Fitting:
    """Trials on one lesion; the blurred surfaces are kept, for many trials share them."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.hu: Float64 = surface.hu[surface.valid][:: surface.stride].astype(np.float64)
        self._kept: dict[tuple[float, float], Float64] = {}

    def trial(
        self, shift_mm: float, rim_mm: float = 0.0, expected: Expected | None = None
    ) -> Levels:
        """Least squares for soft tissue, rim and core, at one shift and thickness."""
        shift = round(shift_mm, 2)
        outer = self._part(shift, 0.0)
        columns = [1.0 - outer, outer]
        if rim_mm > 0.0:
            inner = self._part(shift, round(rim_mm, 2))
            columns = [1.0 - outer, inner, outer - inner]
        return _solved(np.stack(columns), self.hu, (shift, rim_mm), expected)

    def best(
        self, shifts: Sequence[float], rim_mm: float = 0.0, expected: Expected | None = None
    ) -> Levels:
        """Shift of least cost: the best of a few, then the vertex of the parabola there."""
        return _least(shifts, lambda shift: self.trial(shift, rim_mm, expected))

    def thinning(self, shift_mm: float, wide_mm: float, expected: Expected) -> Levels:
        """Least squares for a body whose mineral rises evenly from its border to a depth."""
        outer = self._part(round(shift_mm, 2), 0.0)
        risen = self.surface.seen(self.surface.ramp(shift_mm, wide_mm)).astype(np.float64)
        columns = np.stack([1.0 - outer, risen, outer - risen])
        found = _solved(columns, self.hu, (shift_mm, 0.0), expected)
        return replace(found, fading_mm=wide_mm)

    def _part(self, shift_mm: float, below_mm: float) -> Float64:
        key = (shift_mm, below_mm)
        if key not in self._kept:
            self._kept[key] = self.surface.blurred(shift_mm, below_mm).astype(np.float64)
        return self._kept[key]


def _least(places: Sequence[float], trial: Callable[[float], Levels]) -> Levels:
    """Trial of least cost: the best of a few places, then the vertex of the parabola there."""
    trials = [trial(place) for place in places]
    vertex = _vertex(places, [one.cost for one in trials])
    if vertex is not None:
        trials.append(trial(vertex))
    return min(trials, key=lambda one: one.cost)


def fit_shell(patch: Patch, fitting: Fitting) -> Shell:
    """Fit one compartment, then two.

    A rim thinner than the blur shows only its thickness times its density. So a density is
    expected of it, a little below that of the patient's own cortex; the wider the rim, the more
    the voxels themselves say.
    """
    sigma = max(patch.sigma_mm[1], 0.3)
    solid = fitting.best([step * sigma for step in SHIFT_STEPS_SIGMA])
    rims = [rim for rim in RIM_STEPS_MM if rim <= 0.375 * patch.thickness_mm]
    if not rims:
        return Shell(solid, None, 0.0)
    model_error = MODEL_ERROR * (solid.core_hu - solid.background_hu)
    variance = NOISE_CORRELATION * patch.noise_hu**2 + model_error**2
    price = 1.0 / INDEPENDENT / (RIM_SPREAD * patch.cortex_hu) ** 2
    expected = Expected(RIM_LEVEL * patch.cortex_hu, price * variance * fitting.hu.size)
    found = [fitting.best([s * sigma for s in SHELL_SHIFT_STEPS_SIGMA], rims[0], expected)]
    for rim in rims[1:]:
        # Shifts in whole steps, so that neighbouring thicknesses share their outer surface.
        near = round(found[-1].shift_mm / (SHIFT_STEP_SIGMA * sigma))
        shifts = [(near + step) * SHIFT_STEP_SIGMA * sigma for step in (-1, 0, 1)]
        found.append(fitting.best(shifts, rim, expected))
        if len(found) > 2 and found[-3].cost < min(found[-2].cost, found[-1].cost):
            break
    # What stays unexplained tells how far the voxels are to be trusted against the expectation.
    left = min(trial.squared_error for trial in found)
    expected = expected._replace(weight=price * max(left, variance * fitting.hu.size))
    found = [fitting.trial(trial.shift_mm, trial.rim_mm, expected) for trial in found]
    finer = _vertex(rims[: len(found)], [trial.cost for trial in found])
    best = min(found, key=lambda trial: trial.cost)
    for rim in {best.rim_mm, finer or best.rim_mm}:
        found.append(fitting.best(_around(best, sigma), rim, expected))
        best = min(found, key=lambda trial: trial.cost)
    gain = (solid.squared_error - best.squared_error) / variance
    if best.rim_hu - best.core_hu > 0.0 and gain > FADING_GAIN:
        return Shell(solid, best, gain)
    return Shell(solid, best, gain, _fading(patch, fitting, solid))


def _fading(patch: Patch, fitting: Fitting, solid: Levels) -> Levels | None:
    """Fit a body that thins out toward its border; ``None`` where a sharp border does as well."""
    height = solid.core_hu - solid.background_hu
    if height <= 0.0:  # Nothing stands out of its surroundings, so nothing thins out.
        return None
    price = solid.squared_error / INDEPENDENT / (BORDER_SPREAD * height) ** 2
    expected = Expected(solid.background_hu, price)
    tried: list[Levels] = []
    for wide in FADING_STEPS_MM:
        if wide > FADING_REACH * patch.thickness_mm:
            break
        parts = [part * wide for part in FADING_SHIFTS]
        found = _least(parts, partial(fitting.thinning, wide_mm=wide, expected=expected))
        if found.squared_error > FADING_TRY * solid.squared_error:
            break
        tried.append(found)
        if len(tried) > 1 and found.cost > tried[-2].cost:
            break
    finer = _vertex([one.fading_mm for one in tried], [one.cost for one in tried])
    if finer is not None:
        parts = [part * finer for part in FADING_SHIFTS]
        tried.append(_least(parts, partial(fitting.thinning, wide_mm=finer, expected=expected)))
    best = min(tried, key=lambda one: one.cost, default=solid)
    if best.squared_error > FADING_PART * solid.squared_error:
        return None
    border = (best.rim_hu - best.background_hu) / (best.core_hu - best.background_hu)
    if not BORDER_PARTS[0] < border < BORDER_PARTS[1]:
        return None
    surface = fitting.surface
    k, j, i = (SOFTER * sigma for sigma in surface.sigma_voxels)
    shifts = [step * max(patch.sigma_mm[1], 0.3) for step in SHIFT_STEPS_SIGMA[1:]]
    softer = Fitting(replace(surface, sigma_voxels=(k, j, i))).best(shifts)
    return best if best.squared_error < FADING_PART * softer.squared_error else None


def _around(trial: Levels, sigma: float) -> list[float]:
    return [trial.shift_mm + step * sigma for step in (-0.5, 0.0, 0.5, 1.0)]


def _vertex(places: Sequence[float], errors: Sequence[float]) -> float | None:
    """Vertex of the parabola through the least of some trials and its neighbours."""
    at = int(np.argmin(errors)) if errors else 0
    if not 0 < at < len(places) - 1:
        return None
    coefficients = np.polyfit(places[at - 1 : at + 2], errors[at - 1 : at + 2], 2)
    if coefficients[0] <= 0.0:
        return None
    return float(-0.5 * coefficients[1] / coefficients[0])


def _solved(
    rows: Float64, target: Float64, place: tuple[float, float], expected: Expected | None
) -> Levels:
    """Solve the normal equations of one trial; ``rows`` are (2 or 3, voxels)."""
    # einsum, for its sums run in one fixed order on one thread: small and repeatable.
    normal = np.einsum("an,bn->ab", rows, rows) + 1e-9 * np.eye(len(rows))
    right = np.einsum("an,n->a", rows, target)
    if expected is not None and len(rows) == 3:
        normal[2, 2] += expected.weight
        right[2] += expected.weight * expected.rim_hu
    solution = np.linalg.solve(normal, right)
    left = target - np.einsum("a,an->n", solution, rows)
    squared = float(np.einsum("n,n->", left, left))
    covariance = np.linalg.inv(normal) * (squared / max(target.size, 1) * NOISE_CORRELATION)
    rim_hu = float(solution[-1])
    surprise = 0.0 if expected is None else expected.weight * (rim_hu - expected.rim_hu) ** 2
    return Levels(
        shift_mm=place[0],
        rim_mm=place[1],
        background_hu=float(solution[0]),
        rim_hu=rim_hu,
        core_hu=float(solution[1]),
        contrast_error_hu=_contrast_error(covariance),
        core_error_hu=float(np.sqrt(covariance[1, 1])),
        squared_error=squared,
        surprise=surprise,
    )


def _contrast_error(covariance: npt.NDArray[np.floating]) -> float:
    """Return the standard error of rim minus core, HU."""
    if covariance.shape[0] < 3:
        return float(np.sqrt(covariance[1, 1]))
    variance = covariance[1, 1] + covariance[2, 2] - 2.0 * covariance[1, 2]
    return float(np.sqrt(max(variance, 0.0)))
