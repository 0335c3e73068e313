"""Where lesions fit in the judge's host: a coarse map of its bones and soft tissue.

Places are the judge's own: the simulator's recipes, which training may use, choose theirs
otherwise.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from trabecula.model import Float32, Float64, Mask
from trabecula.simulate.canvas import blank_canvas, mixed_palette
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.shapes import FAR_MM, Ellipsoid, Loft
from trabecula.simulate.skeleton import pelvic_skeleton
from trabecula.simulate.soft_tissue import (
    ABDOMINAL_CAVITY,
    body_outline,
    paint_vessels,
    paint_viscera,
)

STEP_MM = 4.0
"""Voxels of the map."""

LOW_MM = (-172.0, -104.0, -104.0)
HIGH_MM = (172.0, 116.0, 192.0)
"""What lies in it, body frame, LPS."""

SKIN_MM, ORGAN_MM = 3.0, 3.0
"""Least tissue between a lesion and the skin, and between it and bowel or a large vessel."""

PELVIC_CAVITY = Ellipsoid((0.0, 5.0, 20.0), (52.0, 64.0, 70.0))
"""Bladder, uterus and rectum, where no lesion of the musculoskeletal system lies."""

FINE_STEP_MM, FINE_REACH_MM = 0.75, 14.0
"""Small lattice on which the surface of a bone is found exactly."""


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """A coarse map.

    Attributes
    ----------
    lattice
        Its voxels, body frame.
    clear_mm
        Distance to the nearest bone; 0 inside.
    skin_mm
        Depth under the skin; negative outside.
    organ_mm
        Distance to bowel, bladder and large vessels; 0 inside.
    soft : (k, j, i) bool
        Soft tissue in which lesions may lie.
    to_bone_mm, nearest
        For each bone its distance map, and the index ``(3, k, j, i)`` of its nearest voxel.
    """

    lattice: Lattice
    clear_mm: Float32
    skin_mm: Float32
    organ_mm: Float32
    soft: Mask
    to_bone_mm: dict[str, Float32]
    nearest: dict[str, npt.NDArray[np.int32]]

    def point(self, index_kji: npt.ArrayLike) -> Float64:
        """Body-frame points of voxels, ``(..., 3)``."""
        k, j, i = np.moveaxis(np.asarray(index_kji), -1, 0)
        points: Float64 = np.stack(
            [self.lattice.x[i], self.lattice.y[j], self.lattice.z[k]], axis=-1
        ).astype(np.float64)
        return points

    def look_up(self, values: Float32, points: Float64) -> Float32:
        """Values of a map at points, nearest voxel; points outside get -1."""
        index = np.rint((points - np.asarray(LOW_MM)) / STEP_MM).astype(int)[..., ::-1]
        inside = ((index >= 0) & (index < np.asarray(values.shape))).all(axis=-1)
        k, j, i = np.moveaxis(np.where(inside[..., None], index, 0), -1, 0)
        found: Float32 = np.where(inside, values[k, j, i], np.float32(-1.0))
        return found

    def keeps_off(self, points: Float64, half: float) -> bool:
        """Whether a lesion of so much half thickness stays under the skin and off the organs."""
        return bool(
            (self.look_up(self.skin_mm, points) >= half + SKIN_MM).all()
            and (self.look_up(self.organ_mm, points) >= half + ORGAN_MM).all()
        )

    def fits(self, points: Float64, *, bone_mm: float, skin_mm: float) -> bool:
        """Whether all points keep so far from bone and skin, in soft tissue."""
        return bool(
            (self.look_up(self.clear_mm, points) >= bone_mm).all()
            and (self.look_up(self.skin_mm, points) >= skin_mm).all()
            and (self.look_up(self.soft.astype(np.float32), points) > 0).all()
        )


@cache
def terrain() -> Terrain:
    """Map of the judge's pelvis; patients differ from it by a millimetre or two."""
    from scipy.ndimage import distance_transform_edt

    lattice = _lattice(LOW_MM, HIGH_MM, STEP_MM)
    mesh = lattice.mesh()
    bone = np.zeros(lattice.shape, dtype=bool)
    to_bone, nearest = {}, {}
    for one in pelvic_skeleton(lattice, seed=0):
        mine = np.zeros(lattice.shape, dtype=bool)
        mine[one.box] = one.distance < 0
        if not mine.any():
            continue
        bone |= mine
        away, index = distance_transform_edt(
            ~mine, sampling=(STEP_MM,) * 3, return_distances=True, return_indices=True
        )
        to_bone[one.name], nearest[one.name] = away.astype(np.float32), index
    skin = -np.broadcast_to(body_outline().distance(*mesh), lattice.shape)
    cavity = Loft(ABDOMINAL_CAVITY).distance(*mesh) < 2.0
    pelvis = PELVIC_CAVITY.distance(*mesh) < 0.0
    clear = distance_transform_edt(~bone, sampling=(STEP_MM,) * 3).astype(np.float32)
    return Terrain(
        lattice,
        clear,
        skin.astype(np.float32),
        _organ_mm(lattice),
        soft=~cavity & ~pelvis & ~bone & (skin > 3.0),
        to_bone_mm=to_bone,
        nearest=nearest,
    )


def _organ_mm(lattice: Lattice) -> Float32:
    """Distance to what is painted as viscera and vessels."""
    from scipy.ndimage import distance_transform_edt

    palette = mixed_palette(lattice.spacing_kji_mm, kvp=120.0, seed=0)
    canvas = blank_canvas(lattice, palette, {})
    paint_viscera(canvas, np.random.default_rng(0))
    paint_vessels(canvas)
    away: Float32 = distance_transform_edt(
        canvas.labels == 0, sampling=lattice.spacing_kji_mm
    ).astype(np.float32)
    return away


def bone_distance(around: Float64, *, seed: int) -> tuple[Lattice, Float32]:
    """Exact distance to the nearest bone of one patient in a small cube about a point."""
    low, high = around - FINE_REACH_MM, around + FINE_REACH_MM
    lattice = _lattice(low.tolist(), high.tolist(), FINE_STEP_MM)
    nearest = np.full(lattice.shape, FAR_MM, dtype=np.float32)
    for bone in pelvic_skeleton(lattice, seed=seed):
        nearest[bone.box] = np.minimum(nearest[bone.box], bone.distance)
    return lattice, nearest


def _lattice(low: npt.ArrayLike, high: npt.ArrayLike, step: float) -> Lattice:
    first, last = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    x, y, z = (
        np.arange(a, b + 0.5 * step, step).astype(np.float32)
        for a, b in zip(first, last, strict=True)
    )
    return Lattice(x, y, z)
