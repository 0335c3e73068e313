"""In which plane of the body a lesion lies: muscle, skin, joint, vessel; and along what."""

import numpy as np
from scipy import ndimage

from trabecula.describe.observation import (
    BONE_WORDS,
    DEGREE,
    MM,
    ONE,
    Observations,
    graded,
    listed,
    not_assessed,
    stated,
)
from trabecula.describe.patch import FAT_HU, Patch, distance_mm
from trabecula.describe.relation import Hosts
from trabecula.model import (
    Box,
    Float64,
    Mask,
    Measured,
    Presence,
    Region,
    Seen,
    Sign,
    Tissue,
    Volume,
)

SHELL_MM = (1.0, 5.0)
"""Distance from the outline, beyond the blur, in which the surroundings are read, mm."""

MUSCLE_PART = 0.5
"""Part of the surroundings that is muscle when a lesion lies in muscle."""

FAT_PART = 0.45
"""Part of the surroundings that is fat when a lesion lies in subcutaneous fat."""

SKIN_STEP_MM = 1.7
"""Step in which the way to the skin is measured, mm."""

SKIN_MM = 30.0
"""How far below the skin subcutaneous lesions are looked for, mm."""

MUSCLE_HU_WIDTH = 55.0
"""Muscle lies within this of the scan's soft tissue, HU; fat and bone do not."""

LIMB_LIKE = frozenset(
    {
        Region.SHOULDER,
        Region.UPPER_ARM,
        Region.ELBOW,
        Region.FOREARM,
        Region.HIP,
        Region.THIGH,
        Region.KNEE,
        Region.LEG_FOOT,
        Region.BACK,
        Region.NECK,
    }
)
"""Regions in which soft tissue of muscle density beside a lesion is muscle, not viscera."""

JOINTS = {
    Region.SHOULDER: ("humerus", "scapula", "clavicula"),
    Region.ELBOW: ("humerus", "radius", "ulna"),
    Region.HIP: ("femur", "hip"),
    Region.KNEE: ("femur", "tibia", "patella"),
    Region.HAND: ("radius", "ulna", "carpal"),
}
"""Bones of the large joints by the first word of their names."""

JOINT_MM = 35.0
"""Both bones of a joint lie within this distance of a periarticular lesion, mm."""

JOINT_UNNAMED_MM = 20.0
"""Where bones have no names: within this distance of bone in a joint region, mm."""

FEWEST_MUSCLE_VOXELS = 30
"""Labelled muscle around a lesion needed to compare directions."""

MUSCLE_REACH_MM = 50.0
"""How far around a lesion its muscle is followed, mm."""

ALIGNED_DEGREES = 30.0
"""Long axes within this angle run along one another."""

LONG_RATIO = 1.5
"""A lesion has a direction when it is this many times longer than its second extent."""

VESSEL_MM = 1.5
"""A lesion within this distance of a vessel lies on it, mm."""

AIR_HU = -500.0
"""Below this is air: outside the body, or lung."""


def plane_of(patch: Patch, hosts: Hosts | None, seen: Seen, volume: Volume) -> Observations:
    """Every plane sign."""
    signs = (
        _in_muscle(patch, seen),
        _subcutaneous(patch, volume),
        _periarticular(patch, hosts, seen),
        _along_muscle_plane(patch, hosts, seen, volume),
        _vascular(patch, seen),
    )
    return Observations(signs)


def _surroundings(patch: Patch) -> Mask:
    start = SHELL_MM[0] + 2.0 * max(patch.sigma_mm)
    around: Mask = (patch.outside_mm > start) & (
        patch.outside_mm <= start + SHELL_MM[1] - SHELL_MM[0]
    )
    return around & ~patch.native


def _in_muscle(patch: Patch, seen: Seen) -> Sign:
    around = _surroundings(patch)
    if not around.any():
        return not_assessed("nothing but bone around the lesion", "in_muscle")[0]
    muscle = seen.anatomy.of(Tissue.MUSCLE)
    if muscle:
        part = float(seen.anatomy.mask(muscle, patch.box)[around].mean())
        if part > 0.2:
            figure = Measured(part, ONE, "part of the surroundings labelled as muscle")
            return graded("in_muscle", figure, MUSCLE_PART, spread=0.12)
    values = patch.hu[around]
    part = float(
        (np.abs(values - patch.soft_hu) < max(MUSCLE_HU_WIDTH, 2.5 * patch.noise_hu)).mean()
    )
    figure = Measured(
        part, ONE, "part of the surroundings as dense as muscle; the anatomy has no muscle here"
    )
    if patch.lesion.region not in LIMB_LIKE and part > 1.0 - MUSCLE_PART:
        why = "no muscle in the anatomy, and by density muscle and viscera are alike in this region"
        return not_assessed(why, "in_muscle")[0]
    sign = graded("in_muscle", figure, MUSCLE_PART + 0.1, spread=0.15)
    return Sign(
        sign.name,
        sign.presence,
        measured=sign.measured,
        unit=sign.unit,
        certainty=min(sign.certainty, 0.75),
        reason=sign.reason,
    )


def _subcutaneous(patch: Patch, volume: Volume) -> Sign:
    name = "subcutaneous"
    box = volume.grid.pad(patch.lesion.box, SKIN_MM)
    steps = tuple(max(1, round(SKIN_STEP_MM / s)) for s in volume.spacing_kji_mm)
    # Steps of about 2 mm are enough for a depth in millimetres, and many times quicker.
    air = volume.hu[box][tuple(slice(None, None, step) for step in steps)] < AIR_HU
    if not air.any():
        return stated(name, False, f"no skin within {SKIN_MM:.0f} mm", certainty=0.9)
    around = _surroundings(patch)
    values = patch.hu[around]
    fat = float(((values > FAT_HU[0]) & (values < FAT_HU[1])).mean()) if values.size else 0.0
    depth = _skin_depth_mm(patch, volume, (box, steps), air)
    if depth is None:
        return stated(
            name,
            False,
            "muscle or viscera lie between the lesion and the nearest air",
            certainty=0.8,
        )
    figure = Measured(
        fat, ONE, f"part of the surroundings that is fat, {depth:.0f} mm below the nearest air"
    )
    return graded(name, figure, FAT_PART, spread=0.15)


def _skin_depth_mm(
    patch: Patch, volume: Volume, grid: tuple[Box, tuple[int, ...]], air: Mask
) -> float | None:
    """Depth below air along the shortest way; ``None`` when that way runs through muscle.

    ``air`` is that of a box, sampled in steps of so many voxels.
    """
    box, steps = grid
    spacing = volume.spacing_kji_mm
    coarse = (steps[0] * spacing[0], steps[1] * spacing[1], steps[2] * spacing[2])
    near = distance_mm(~air, coarse)
    origin = [b.start - p.start for b, p in zip(patch.lesion.box, box, strict=True)]
    where = np.argwhere(patch.lesion.mask) + origin
    depths = near[tuple((where // steps).T)]
    at = where[int(depths.argmin())]
    depth = float(depths.min())
    targets = np.argwhere(air & ndimage.binary_dilation(~air)) * steps
    if len(targets) == 0 or depth > SKIN_MM:
        return None
    end = targets[int((((targets - at) * spacing) ** 2).sum(axis=1).argmin())]
    parts = np.linspace(0.15, 0.9, 24)[:, None]
    line = np.round(at + parts * (end - at)).astype(int)
    hu = volume.hu[box][tuple(line.T)]
    muscle_mm = float((hu > -20).mean()) * depth
    skin_mm = 6.0
    return None if muscle_mm > skin_mm + 0.35 * depth else depth


def _periarticular(patch: Patch, hosts: Hosts | None, seen: Seen) -> Sign:
    name, region = "periarticular", patch.lesion.region
    if region is None:
        return not_assessed("the region of the body is not known", name)[0]
    if region not in JOINTS:
        return stated(
            name,
            False,
            f"the region {region.value.replace('_', ' ')} holds no large joint",
            certainty=0.85,
        )
    words = JOINTS[region]
    if hosts is None:
        return stated(name, False, "no bone near", certainty=0.75)
    numbers = np.unique(hosts.labels[hosts.native])
    near = {seen.anatomy.name_of(int(n)).split("_")[0] for n in numbers}
    named = {s.name.split("_")[0] for s in seen.anatomy.structures if s.tissue is Tissue.BONE}
    bones = near.intersection(words)
    if named.intersection(words):
        spoken = listed([BONE_WORDS.get(bone, bone) for bone in sorted(bones)]) or "none"
        text = f"bones of the joint in the neighbourhood: {spoken}"
        return stated(name, len(bones) >= 2, text, certainty=0.85 if len(bones) != 1 else 0.65)
    gap = float(hosts.gap_mm[hosts.lesion].min())
    figure = Measured(
        gap,
        MM,
        f"distance to bone in the region {region.value.replace('_', ' ')}; "
        "bones have no names in this anatomy",
    )
    sign = graded(name, figure, JOINT_UNNAMED_MM, spread=8.0, below=True)
    return Sign(
        name,
        sign.presence,
        measured=sign.measured,
        unit=sign.unit,
        certainty=min(sign.certainty, 0.65),
        reason=sign.reason,
    )


def _axis(mask: Mask, spacing_mm: tuple[float, float, float]) -> tuple[Float64, float]:
    """Long axis of a mask, and how many times longer than wide it is."""
    where = np.argwhere(mask) * np.asarray(spacing_mm)
    values, axes = np.linalg.eigh(np.cov((where - where.mean(axis=0)).T) + 1e-6 * np.eye(3))
    return axes[:, 2], float(np.sqrt(values[2] / max(values[1], 1e-6)))


def _muscle_axis(patch: Patch, seen: Seen, volume: Volume) -> tuple[Float64, float] | None:
    """Long axis of the muscle that holds most of the surroundings, and how long it is."""
    muscles = seen.anatomy.of(Tissue.MUSCLE)
    if not muscles:
        return None
    around = seen.anatomy.labels[patch.box][_surroundings(patch)]
    counts = np.bincount(around, minlength=max(muscles) + 1)
    best = max(muscles, key=lambda label: int(counts[label]))
    if counts[best] < FEWEST_MUSCLE_VOXELS:
        return None
    # The crop must be much larger than the lesion, or it lends the muscle the lesion's shape.
    wide = volume.grid.pad(patch.lesion.box, MUSCLE_REACH_MM)
    muscle = seen.anatomy.labels[wide][::2, ::2, ::2] == best
    k, j, i = patch.spacing_mm
    return _axis(muscle, (2.0 * k, 2.0 * j, 2.0 * i))


def _along_muscle_plane(patch: Patch, hosts: Hosts | None, seen: Seen, volume: Volume) -> Sign:
    name = "along_muscle_plane"
    if patch.body.sum() < 20:
        return not_assessed("too few voxels for a direction", name)[0]
    axis, longer = _axis(patch.body, patch.spacing_mm)
    if longer < LONG_RATIO:
        return not_assessed(f"{longer:.1f} times longer than wide: no clear direction", name)[0]
    muscle = _muscle_axis(patch, seen, volume)
    if muscle is not None:
        other, clear = muscle
        what = "the muscle around it"
    elif hosts is not None and hosts.native.sum() > 50:
        other, clear = _axis(hosts.host, hosts.spacing_mm)
        what = "the bone beside it"
    else:
        return not_assessed("neither a labelled muscle nor a bone beside it to compare with", name)[
            0
        ]
    if clear < LONG_RATIO:
        return not_assessed(f"{what} has no clear direction here", name)[0]
    angle = float(np.degrees(np.arccos(np.clip(abs(axis @ other), 0.0, 1.0))))
    figure = Measured(angle, DEGREE, f"angle between its long axis and {what}")
    return graded(name, figure, ALIGNED_DEGREES, spread=10.0, below=True)


def _vascular(patch: Patch, seen: Seen) -> Sign:
    vessels = seen.anatomy.of(Tissue.VESSEL)
    if not vessels:
        return not_assessed("the anatomy has no vessels", "vascular")[0]
    near = seen.anatomy.mask(vessels, patch.box)
    if not near.any():
        return Sign(
            "vascular",
            Presence.ABSENT,
            certainty=0.7,
            reason="no labelled vessel near; small vessels are not labelled",
        )
    part = float((distance_mm(~near, patch.spacing_mm)[patch.mask] <= VESSEL_MM).mean())
    figure = Measured(
        part, ONE, f"part of the lesion within {VESSEL_MM:.1f} mm of a labelled vessel"
    )
    return graded("vascular", figure, 0.5, spread=0.12)
