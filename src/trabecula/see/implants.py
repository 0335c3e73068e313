"""Bone around implants: what a label map loses in metal's streaks, told by the bone's fellow.

Label maps end where streaks begin, so that half a femur about a nail is nobody's bone. Its mirror
image, moved to where it fits best, says what of the mineral there is the bone itself; what then is
left beside the metal is streak, cement, callus or new bone, and cannot be told.
"""

from collections.abc import Sequence

import numpy as np

from trabecula.model import Anatomy, Level, Mask, Note, Tissue, Volume
from trabecula.see.bodies import Runs, runs_of_voxels
from trabecula.see.candidates import NEAR_METAL_MM
from trabecula.see.landmarks import best_shift
from trabecula.see.mineral import Mineral
from trabecula.see.morphology import grown
from trabecula.see.scene import Scene

HELD_MM = 6.0
"""An implant in a bone lies this near to what is labelled of it."""

HELD_SHARE = 0.1
"""And at least this share of the metal does."""

FITS_SHARE = 0.55
"""Share of the mirrored fellow that must lie in bone, metal or mineral when it fits best."""

FELLOW_MM = 5.0
"""A bone and its fellow differ by this much."""

LEAST_METAL_ML = 0.5
"""Metal of this size hides what lies beside it; clips and fillings are smaller."""


def bone_at_implants(
    outside: Runs,
    *,
    mineral: Mineral,
    anatomy: Anatomy,
    volume: Volume,
    scene: Scene,
    middle_i: float,
) -> tuple[Runs, Runs]:
    """Part mineral beside metal into what lies where the bone's fellow says, and the rest.

    Parameters
    ----------
    outside
        Mineral outside named bone.
    mineral, anatomy, volume, scene
    middle_i
        Coarse column of the midline.

    Returns
    -------
    (Runs, Runs)
        Mineral still outside native bone, and native bone about implants.
    """
    nothing = outside.take(np.zeros(len(outside), dtype=bool))
    if not anatomy.separates_fused_bone or len(mineral.metal) == 0:
        return outside, nothing
    near = mineral.metal_mm <= NEAR_METAL_MM
    beside = near[scene.at_runs(outside)]
    if not beside.any():
        return outside, nothing
    place = _of_fellows(
        near & scene.mark(outside),
        mineral=mineral,
        anatomy=anatomy,
        scene=scene,
        middle_i=middle_i,
    )
    voxels = outside.take(beside).voxels()
    own = (place & near)[scene.coarse_index(*np.unravel_index(voxels, volume.hu.shape))]
    left = np.concatenate([outside.take(~beside).voxels(), voxels[~own]])
    return runs_of_voxels(np.sort(left), volume.hu), runs_of_voxels(voxels[own], volume.hu)


def _of_fellows(
    loose: Mask, *, mineral: Mineral, anatomy: Anatomy, scene: Scene, middle_i: float
) -> Mask:
    """Coarse voxels where the fellows of bones with implants say that bone is."""
    k, j, i = scene.stride_kji
    labels = anatomy.labels[::k, ::j, ::i]
    metal = mineral.metal_mm <= 0.0
    place = np.zeros(scene.body.shape, dtype=bool)
    for label, fellow in _pairs(anatomy):
        own, cells = labels == label, np.argwhere(labels == fellow)
        held = grown(own, HELD_MM, scene.spacing_kji_mm)[metal]
        if len(cells) == 0 or float(held.mean()) < HELD_SHARE:
            continue
        cells[:, 2] = np.rint(2 * middle_i - cells[:, 2]).astype(np.int64)
        share, shift = best_shift(cells, own | metal | loose)
        if share >= FITS_SHARE:
            moved = cells + shift
            inside = ((moved >= 0) & (moved < place.shape)).all(axis=1)
            place[tuple(moved[inside].T)] = True
    return grown(place, FELLOW_MM, scene.spacing_kji_mm)


def _pairs(anatomy: Anatomy) -> Sequence[tuple[int, int]]:
    """Labels of paired bones, each with its fellow's."""
    by_name = {s.name: s.label for s in anatomy.structures if s.tissue is Tissue.BONE}
    swapped = {"left": "right", "right": "left"}
    pairs = []
    for name, label in by_name.items():
        fellow = "_".join(swapped.get(word, word) for word in name.split("_"))
        if fellow != name and fellow in by_name:
            pairs.append((label, by_name[fellow]))
    return pairs


def note_on_metal(mineral: Mineral, volume: Volume) -> tuple[Note, ...]:
    """Tell what implants hide."""
    metal_ml = float(mineral.metal.length.sum()) * volume.grid.voxel_ml
    if metal_ml < LEAST_METAL_ML:
        return ()
    return (
        Note(
            Level.WARNING,
            "metal",
            f"{metal_ml:.0f} ml of metal lie in the body.",
            f"Ossification within {NEAR_METAL_MM:.0f} mm of an implant cannot be told from bone at "
            "it, cement, blur and streaks.",
        ),
    )
