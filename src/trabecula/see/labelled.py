"""What a free body of mineral is, told by the named structures of a label map around it."""

from collections.abc import Mapping

import numpy as np

from trabecula.model import Anatomy, Box, Kind, Mask, Tissue, Volume
from trabecula.see.bodies import Bodies
from trabecula.see.candidates import Candidate
from trabecula.see.morphology import grown_by_box
from trabecula.see.rules.abdomen import STONE_ML, STONE_PEAK_HU
from trabecula.see.rules.place import Judgement

NEAR_MM = 3.0
"""A label map may miss a wall or a content by this much."""

IN_PLACE_SHARE = 0.5
"""Share of a body that must lie in or beside a structure to be told by it."""

WALL_ML = 4.0
"""A single plaque is smaller."""


def by_labels(
    candidate: Candidate, near: Mapping[str, float], anatomy: Anatomy
) -> Judgement | None:
    """Name a free body by the structures it lies in or beside; ``None`` when they do not tell.

    Parameters
    ----------
    candidate
    near
        Share of the body in or within 3 mm of each structure, by name.
    anatomy
    """
    tissue = {structure.name: structure.tissue for structure in anatomy.structures}
    best = {
        kind: max((near[name] for name in near if tissue[name] is kind), default=0.0)
        for kind in Tissue
    }
    names = {kind: _leading(near, tissue, kind) for kind in Tissue}
    if best[Tissue.CARTILAGE] >= IN_PLACE_SHARE:
        return Judgement(Kind.EXPECTED_MINERAL, f"in {names[Tissue.CARTILAGE]}", 0.95)
    stone = candidate.peak_hu >= STONE_PEAK_HU and candidate.volume_ml <= STONE_ML
    if best[Tissue.KIDNEY] >= IN_PLACE_SHARE and stone:
        return Judgement(Kind.STONE, f"dense, in {names[Tissue.KIDNEY]}", 0.95)
    if best[Tissue.URINARY] >= IN_PLACE_SHARE and stone:
        return Judgement(Kind.STONE, f"dense, in {names[Tissue.URINARY]}", 0.9)
    if near.get("gallbladder", 0.0) >= IN_PLACE_SHARE:
        return Judgement(Kind.STONE, "in gallbladder", 0.9)
    if best[Tissue.VESSEL] >= IN_PLACE_SHARE and candidate.volume_ml <= WALL_ML:
        return Judgement(Kind.VESSEL_WALL, f"in the wall of {names[Tissue.VESSEL]}", 0.85)
    if best[Tissue.BOWEL] >= IN_PLACE_SHARE:
        return Judgement(Kind.BOWEL_CONTENT, f"in {names[Tissue.BOWEL]}", 0.85)
    if best[Tissue.ORGAN] >= IN_PLACE_SHARE:
        return Judgement(
            Kind.UNCERTAIN,
            f"in {names[Tissue.ORGAN]}: an organ's own calcification, a vessel or contrast",
            0.7,
        )
    return None


def lies_in_muscle(near: Mapping[str, float], anatomy: Anatomy) -> bool:
    """Whether a body lies in or beside a muscle by name, and in nothing else by as much."""
    tissue = {structure.name: structure.tissue for structure in anatomy.structures}
    muscle = max((near[name] for name in near if tissue[name] is Tissue.MUSCLE), default=0.0)
    other = max(
        (near[name] for name in near if tissue[name] not in (Tissue.MUSCLE, Tissue.OTHER)),
        default=0.0,
    )
    return muscle >= IN_PLACE_SHARE and muscle > other


def _leading(near: Mapping[str, float], tissue: Mapping[str, Tissue], kind: Tissue) -> str:
    of_kind = [name for name in near if tissue[name] is kind]
    return max(of_kind, key=lambda name: near[name], default="").replace("_", " ")


def structures_near(
    number: int, bodies: Bodies, *, anatomy: Anatomy, volume: Volume, reach_mm: float = NEAR_MM
) -> Mapping[str, float]:
    """Share of a body in or within a reach of each named structure."""
    import edt

    box = volume.grid.pad(bodies.box(number), reach_mm + max(volume.spacing_kji_mm))
    mask = bodies.mask(number, box)
    part = anatomy.labels[box]
    k, j, i = volume.spacing_kji_mm
    shares: dict[str, float] = {}
    for label in np.unique(part[part > 0]).tolist():
        distance = edt.edt(np.ascontiguousarray(part != label), anisotropy=(k, j, i))
        share = float((distance[mask] <= reach_mm).mean())
        if share > 0.0:
            shares[anatomy.name_of(label)] = share
    return shares


def touched(
    mask: Mask, box: Box, *, anatomy: Anatomy, voxels: int = 2
) -> tuple[tuple[str, ...], int]:
    """Bones within two voxels of a lesion, and how many of its voxels lie against bone.

    Parameters
    ----------
    mask : (k, j, i) bool
    box
        Box of the mask in the volume.
    anatomy
    voxels
        Reach, voxels along each axis.
    """
    starts = [min(voxels, axis.start) for axis in box]
    k, j, i = (
        slice(axis.start - back, min(axis.stop + voxels, size))
        for axis, back, size in zip(box, starts, anatomy.labels.shape, strict=True)
    )
    part = anatomy.labels[k, j, i]
    bone = np.isin(part, anatomy.of(Tissue.BONE))
    wide = np.pad(
        mask,
        [
            (back, around.stop - axis.stop)
            for axis, around, back in zip(box, (k, j, i), starts, strict=True)
        ],
    )
    reach = grown_by_box(wide, (voxels, voxels, voxels))
    names = sorted({anatomy.name_of(int(label)) for label in np.unique(part[reach & bone])})
    against = int((grown_by_box(bone & ~wide, (1, 1, 1)) & wide).sum())
    return tuple(names), against
