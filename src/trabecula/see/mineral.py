"""Everything bright in a scan, sorted into inside the body, outside it, and metal."""

from dataclasses import dataclass

import numpy as np

from trabecula.model import HU, Float32, Mask, Noise, Volume
from trabecula.see.bodies import Runs, bright_runs, connect, joined, runs_of_voxels
from trabecula.see.scene import Scene

METAL_HU = 2500.0
"""Denser than any bone (cortex to about 2000 HU at 120 kV); enamel and metal reach it."""

METAL_GROWN_HU = 1800.0
"""Metal's blurred edge: what is denser than this and joined to metal."""

LEAST_METAL_MM3 = 20.0
"""Smallest piece called metal."""

STREAK_REACH_MM = 70.0
"""Streaks are looked for this far from metal, within its slices."""

STREAK_SLICES_MM = 6.0
"""And this far above and below it: streaks stay in the slice, pitch and slice width spread them."""


@dataclass(frozen=True, slots=True, eq=False)
class Mineral:
    """Bright runs of a scan.

    Attributes
    ----------
    inside
        Inside the body, metal left out.
    outside
        Table, head rest, clothing, tubes.
    metal
        Metal inside the body.
    threshold_hu
        What counted as bright.
    streak_mm : (k, j, i) float32
        In-plane distance to metal on the coarse grid; infinite without metal.
    metal_mm : (k, j, i) float32
        Distance to metal on the coarse grid; infinite without metal.
    """

    inside: Runs
    outside: Runs
    metal: Runs
    threshold_hu: float
    streak_mm: Float32
    metal_mm: Float32


def find_mineral(volume: Volume, noise: Noise, scene: Scene) -> Mineral:
    """Bright runs inside and outside the body, and metal.

    Parameters
    ----------
    volume
    noise
        Gives the threshold.
    scene
        Gives the body.
    """
    runs = bright_runs(volume.hu, noise.mineral_threshold_hu)
    within = scene.body[scene.at_runs(runs)]
    inside, outside = runs.take(within), runs.take(~within)
    metal = _metal(inside, volume.hu, volume.grid.voxel_ml)
    if len(metal):
        inside = without(inside, metal, volume.hu)
    marked = scene.mark(metal)
    return Mineral(
        inside=inside,
        outside=outside,
        metal=metal,
        threshold_hu=noise.mineral_threshold_hu,
        streak_mm=_streaks(marked, scene),
        metal_mm=scene.distance_mm(marked),
    )


def _metal(inside: Runs, hu: HU, voxel_ml: float) -> Runs:
    grown = denser(inside, METAL_GROWN_HU, hu)
    if len(grown) == 0 or int(grown.peak.max()) <= METAL_HU:
        return grown.take(np.zeros(len(grown), dtype=bool))
    bodies = connect(grown)
    dense = grown.length * (grown.peak > METAL_HU)
    core_ml = np.bincount(bodies.of_run, weights=dense, minlength=len(bodies)) * voxel_ml
    return bodies.runs_among(core_ml * 1000.0 >= LEAST_METAL_MM3)


def denser(runs: Runs, above_hu: float, hu: HU) -> Runs:
    """Return the parts of runs that are denser than a higher threshold."""
    voxels = runs.take(runs.peak > above_hu).voxels()
    return runs_of_voxels(voxels[hu.reshape(-1)[voxels] > above_hu], hu)


def without(runs: Runs, removed: Runs, hu: HU) -> Runs:
    """Take the voxels of some runs from others; only runs that hold some are cut anew."""
    first = np.searchsorted(runs.start, removed.start, side="right") - 1
    hit = np.zeros(len(runs), dtype=bool)
    hit[first] = True
    left = np.setdiff1d(runs.take(hit).voxels(), removed.voxels(), assume_unique=True)
    return joined(runs.take(~hit), runs_of_voxels(left, hu))


def _streaks(metal: Mask, scene: Scene) -> Float32:
    """In-plane distance to metal in its slices and those just beside, mm; far in all others."""
    import edt

    if not metal.any():
        return np.full(metal.shape, np.inf, dtype=np.float32)
    _, dj, di = scene.spacing_kji_mm
    # Slices are set so far apart that the reach in mm covers only a few of them.
    apart = scene.spacing_kji_mm[0] * STREAK_REACH_MM / STREAK_SLICES_MM
    distance: Float32 = edt.edt(
        np.ascontiguousarray(~metal), anisotropy=(apart, dj, di), parallel=2
    )
    return distance
