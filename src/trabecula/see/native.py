"""Mineral outside the native bones of a label map, bone that has grown onto them included."""

import numpy as np
import numpy.typing as npt

from trabecula.model import Anatomy, Mask, Tissue, Volume
from trabecula.see.bodies import Int64, Runs, runs_of_voxels

SKIN_MM = 2.0
"""Label maps end this far inside the true surface: partial volume, smoothing, 1.5 to 3 mm grids."""

SKIN_VOXELS = 1.0
"""And at least this many of the scan's voxels, which is what a rounded mask loses."""


EMBEDDED = "embedded"
"""Source of an anatomy that labels whole runs of mineral, so that one voxel tells of each."""


def skin_mm(volume: Volume) -> float:
    """Thickness of native mineral a label map may leave outside, mm."""
    return max(SKIN_MM, SKIN_VOXELS * max(volume.spacing_kji_mm))


def outside_native(runs: Runs, anatomy: Anatomy, volume: Volume) -> tuple[Runs, Runs]:
    """Mineral that lies outside native structures.

    Named bone is grown, through mineral only, by the skin a label map leaves out. What then stays
    outside is the core of ectopic mineral; it grows back, through mineral that is not native by
    name, by the same distance. So a skin of native cortex is nobody's lesion, and a lesion fused
    to bone keeps its base.

    Parameters
    ----------
    runs
        Mineral inside the body.
    anatomy
        With named bones, or an embedded one, whose bodies are whole and have no skin.
    volume

    Returns
    -------
    (Runs, Runs)
        Mineral outside native structures, and native mineral.
    """
    table = np.zeros(int(np.iinfo(anatomy.labels.dtype).max) + 1, dtype=bool)
    table[list(anatomy.of(Tissue.BONE, Tissue.CARTILAGE))] = True
    table[list(anatomy.named("metal"))] = True
    if anatomy.source == EMBEDDED:
        whole = table[anatomy.labels.reshape(-1)[runs.start]]
        return runs.take(~whole), runs.take(whole)
    voxels = runs.voxels()
    labelled = anatomy.labels.reshape(-1)[voxels]
    native = table[labelled]
    if anatomy.separates_fused_bone and native.any():
        native = _with_skin(voxels, native, volume)
    outside = runs_of_voxels(voxels[~native], volume.hu)
    return outside, runs_of_voxels(voxels[native], volume.hu)


def _with_skin(voxels: Int64, native: Mask, volume: Volume) -> Mask:
    """Mark of native voxels, the skin of named bone added and ectopic bases taken back."""
    state = np.zeros(volume.hu.size, dtype=np.uint8)
    state[voxels] = 1
    state[voxels[native]] = 2
    depth = skin_mm(volume)
    grow(state, voxels[native], 3, reach_mm=depth, volume=volume)
    core = voxels[state[voxels] == 1]
    # The base of the lesion: skin voxels as near to its core as the skin is thick.
    state[voxels[state[voxels] == 3]] = 1
    state[core] = 4
    grow(state, core, 5, reach_mm=depth, volume=volume)
    found = state[voxels]
    native_too: Mask = (found != 4) & (found != 5)
    return native_too


def grow(
    state: npt.NDArray[np.uint8], front: Int64, value: int, *, reach_mm: float, volume: Volume
) -> None:
    """Grow a front through voxels of state 1, setting them to a value, up to a distance.

    One step along an axis at a time, each axis as many as its spacing allows: the reach is a box
    of that half width, exact along the axes and wider between them.
    """
    shape = volume.hu.shape
    strides = (shape[1] * shape[2], shape[2], 1)
    spent = {0: 0.0, 1: 0.0, 2: 0.0}
    while front.size:
        axis = min(spent, key=lambda a: spent[a] + volume.spacing_kji_mm[a])
        if spent[axis] + volume.spacing_kji_mm[axis] > reach_mm + 1e-6:
            return
        spent[axis] += volume.spacing_kji_mm[axis]
        found = [_step(state, front, sign * strides[axis]) for sign in (-1, 1)]
        new = np.unique(np.concatenate(found))
        state[new] = value
        front = np.concatenate([front, new])


def _step(state: npt.NDArray[np.uint8], front: Int64, offset: int) -> Int64:
    at = front + offset
    at = at[(at >= 0) & (at < state.size)]
    open_voxels: Int64 = at[state[at] == 1]
    return open_voxels
