"""Where lesions fit in a simulated patient: a coarse map of its bones and soft tissue.

Places are the judge's own: the simulator's recipes, which training may use, choose theirs
otherwise.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from trabecula.model import Float32, Float64, Mask, Tissue
from trabecula.simulate.canvas import blank_canvas, mixed_palette
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.render import tissue_of
from trabecula.simulate.scenes import outline_of
from trabecula.simulate.shapes import FAR_MM, Ellipsoid, Loft, Tube
from trabecula.simulate.soft_tissue import ABDOMINAL_CAVITY, paint_vessels, paint_viscera
from trabecula.simulate.whole_skeleton import CAGE
from trabecula.validate.build import Build

STEP_MM = 4.0
"""Voxels of the map."""

SKIN_MM, ORGAN_MM = 3.0, 3.0
"""Least tissue between a lesion and the skin, and between it and bowel or a large vessel."""

PELVIC_CAVITY = Ellipsoid((0.0, 5.0, 20.0), (52.0, 64.0, 70.0))
"""Bladder, uterus and rectum, where no lesion of the musculoskeletal system lies."""

CHEST_INSIDE_MM = 7.0
"""How far inside the middle of the ribs the chest wall ends."""

THROAT = Tube(((0, -6, 480), (0, -18, 560), (0, -26, 640), (0, -30, 700)), (24.0,) * 4)
HEAD = Ellipsoid((0.0, -2.0, 775.0), (84.0, 103.0, 88.0))
"""Where no lesion is put either."""

SOFT = (Tissue.MUSCLE, Tissue.CARTILAGE, Tissue.BONE)
"""What is no organ and no vessel."""

FINE_STEP_MM, FINE_REACH_MM = 0.75, 14.0
"""Small lattice on which the surface of a bone is found exactly."""


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """A coarse map.

    Attributes
    ----------
    build
        Whose.
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

    build: Build
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
        first = np.array([self.lattice.x[0], self.lattice.y[0], self.lattice.z[0]])
        index = np.rint((points - first) / STEP_MM).astype(int)[..., ::-1]
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


@lru_cache(maxsize=2)
def terrain(build: Build) -> Terrain:
    """Map of a patient's region; the bones of one seed differ by a millimetre or two."""
    from scipy.ndimage import distance_transform_edt

    lattice = _lattice(*build.corners, STEP_MM)
    bone: Mask = np.zeros(lattice.shape, dtype=bool)
    to_bone, nearest = {}, {}
    for one in build.body(seed=0).bones(lattice):
        mine = np.zeros(lattice.shape, dtype=np.bool_)
        mine[one.box] = one.distance < 0
        if not mine.any():
            continue
        bone = bone | mine
        away, index = distance_transform_edt(
            ~mine, sampling=(STEP_MM,) * 3, return_distances=True, return_indices=True
        )
        to_bone[one.name], nearest[one.name] = away.astype(np.float32), index
    plan = build.proportions.plan(lattice)
    outline = outline_of(build.figure, pelvic=build.part.pelvic)
    skin = -np.broadcast_to(outline.distance(*plan.mesh()), lattice.shape)
    clear = distance_transform_edt(~bone, sampling=(STEP_MM,) * 3).astype(np.float32)
    return Terrain(
        build,
        lattice,
        clear,
        skin.astype(np.float32),
        _organ_mm(build, lattice),
        soft=~_hollow(plan, pelvic=build.part.pelvic) & ~bone & (skin > 3.0),
        to_bone_mm=to_bone,
        nearest=nearest,
    )


def _hollow(plan: Lattice, *, pelvic: bool) -> Mask:
    """Tell what lies in the cavities of the body."""
    mesh = plan.mesh()
    inside = Loft(ABDOMINAL_CAVITY).distance(*mesh) < 2.0
    inside = inside | (PELVIC_CAVITY.distance(*mesh) < 0.0)
    if not pelvic:
        cage = Loft(tuple((z, 0.0, y, a, b, 0.0) for z, y, a, b in CAGE))
        inside = inside | (cage.distance(*mesh) < -CHEST_INSIDE_MM)
        inside = inside | (THROAT.distance(*mesh) < 0.0) | (HEAD.distance(*mesh) < 0.0)
    hollow: Mask = inside
    return hollow


def _organ_mm(build: Build, lattice: Lattice) -> Float32:
    """Distance to what is painted as viscera and vessels."""
    from scipy.ndimage import distance_transform_edt

    palette = mixed_palette(lattice.spacing_kji_mm, kvp=120.0, seed=0)
    canvas = blank_canvas(lattice, palette, {})
    if build.part.pelvic:
        planned = replace(canvas, lattice=build.proportions.plan(lattice))
        paint_viscera(planned, np.random.default_rng(0))
        paint_vessels(planned)
    else:
        build.body(seed=0).soft_tissue(canvas)
    organs = [number for name, number in canvas.names.items() if tissue_of(name) not in SOFT]
    taken = np.isin(canvas.labels, organs)
    if not taken.any():
        return np.full(lattice.shape, FAR_MM, dtype=np.float32)
    away: Float32 = distance_transform_edt(~taken, sampling=lattice.spacing_kji_mm).astype(
        np.float32
    )
    return away


def bone_distance(build: Build, around: Float64, *, seed: int) -> tuple[Lattice, Float32]:
    """Exact distance to the nearest bone of one patient in a small cube about a point."""
    low, high = around - FINE_REACH_MM, around + FINE_REACH_MM
    lattice = _lattice(low.tolist(), high.tolist(), FINE_STEP_MM)
    nearest = np.full(lattice.shape, FAR_MM, dtype=np.float32)
    for bone in build.body(seed=seed).bones(lattice):
        nearest[bone.box] = np.minimum(nearest[bone.box], bone.distance)
    return lattice, nearest


def _lattice(low: npt.ArrayLike, high: npt.ArrayLike, step: float) -> Lattice:
    first, last = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    x, y, z = (
        np.arange(a, b + 0.5 * step, step).astype(np.float32)
        for a, b in zip(first, last, strict=True)
    )
    return Lattice(x, y, z)
