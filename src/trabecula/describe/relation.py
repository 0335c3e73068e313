"""How a lesion lies to native bone: contact, marrow, wrapping, bridging."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from trabecula.describe.observation import (
    COUNT,
    DEGREE,
    MM,
    Observations,
    graded,
    listed,
    not_assessed,
    stated,
    structure_words,
)
from trabecula.describe.patch import FARTHEST_MM, Patch, distance_mm
from trabecula.model import (
    Border,
    Box,
    Float32,
    Float64,
    Labels,
    Mask,
    Measured,
    Presence,
    Seen,
    Sign,
    Tissue,
    Volume,
    place_in,
)

NEIGHBOURHOOD_MM = 15.0
"""How far around a lesion native bone is looked for, mm."""

CONTACT_VOXELS = 1.5
"""Gap up to which lesion and bone touch, in voxels of the coarser in-plane or slice edge."""

CONTACT_LEAST_MM = 1.5
"""… and at least this, mm: a thinner gap of soft tissue is not resolved on clinical CT."""

GAP_MM = 2.0
"""Gap from which the lesion is separate, mm beyond contact."""

COARSE_MM = 2.0
"""Step in which far bone is looked for, mm."""

WRAP_DEGREES = 120.0
"""More than a third of the girth (definition of the sign)."""

WRAP_REACH_MM = 8.0
"""Lesion within this distance of the bone's surface covers its girth, mm."""

WRAP_BIN_DEGREES = 10.0
"""Angular step in which the girth is counted."""

TUBULAR_RATIO = 1.6
"""A host bone has a girth where it is this many times longer than wide in the neighbourhood."""

COARSEST_FOR_CONTINUITY_MM = 2.6
"""With thicker slices a cortex between marrow and lesion is not resolved."""

CORTEX_PART = 0.45
"""Denser than this part of the way from marrow to cortex is a barrier of cortex."""

NECK_MM = 1.5
"""A way for marrow is at least about this wide, mm."""

MARROW_DEPTH_MM = 3.0
"""Marrow of the host lies at least this deep in native bone, mm."""

CONTACT_APART_MM = 10.0
"""Contacts with the same structure count as two bones from this distance, mm."""


class Hosts(NamedTuple):
    """Native bone near a lesion, in its own box.

    ``labels`` are the anatomy's; ``lesion`` the mask in the same box; ``gap_mm`` the distance
    of every voxel to native bone, ``from_lesion_mm`` that to the lesion; ``host`` is the native
    bone nearest to the lesion, one connected piece.
    """

    box: Box
    lesion: Mask
    labels: Labels
    native: Mask
    gap_mm: Float32
    from_lesion_mm: Float32
    host: Mask
    spacing_mm: tuple[float, float, float]


def hosts_of(patch: Patch, seen: Seen, volume: Volume) -> Hosts | None:
    """Native bone within the neighbourhood; ``None`` when there is none."""
    lesion = patch.lesion
    box = volume.grid.pad(lesion.box, NEIGHBOURHOOD_MM)
    mask: Mask = np.zeros([axis.stop - axis.start for axis in box], dtype=bool)
    mask[place_in(lesion.box, box)] = lesion.mask
    native = seen.anatomy.mask(seen.anatomy.of(Tissue.BONE), box) & ~mask
    if not native.any():
        return None
    gap, away = _distances(patch, box, native, mask)
    return Hosts(
        box=box,
        lesion=mask,
        labels=seen.anatomy.labels[box],
        native=native,
        gap_mm=gap,
        from_lesion_mm=away,
        host=_host_bone(native, away),
        spacing_mm=volume.spacing_kji_mm,
    )


def _distances(patch: Patch, box: Box, native: Mask, mask: Mask) -> tuple[Float32, Float32]:
    """Distance to native bone and to the lesion, mm.

    Near bone they are known in the patch already, and farther ones are not asked for; bone
    that lies beyond the patch is far, and steps of about 2 mm are enough.
    """
    if patch.from_native_mm is not None:
        gap, away = (np.full(mask.shape, FARTHEST_MM, dtype=np.float32) for _ in range(2))
        inner = place_in(patch.box, box)
        gap[inner], away[inner] = patch.from_native_mm, patch.from_mask_mm
        return gap, away
    steps = [max(1, round(COARSE_MM / s)) for s in patch.spacing_mm]
    k, j, i = (step * s for step, s in zip(steps, patch.spacing_mm, strict=True))
    every = tuple(slice(None, None, step) for step in steps)
    # A voxel of the coarse grid stands for those beside it, so that nothing small is lost.
    coarse = [ndimage.maximum_filter(part, size=steps)[every] for part in (native, mask)]
    far = [distance_mm(~part, (k, j, i)) for part in coarse]
    wide = [np.arange(n) // step for n, step in zip(mask.shape, steps, strict=True)]
    return far[0][np.ix_(*wide)], far[1][np.ix_(*wide)]


def relation_of(patch: Patch, hosts: Hosts | None, seen: Seen, volume: Volume) -> Observations:
    """Every relation to native bone."""
    if not seen.anatomy.of(Tissue.BONE):
        why = "the anatomy names no bone"
        names = (
            "separate_from_bone",
            "touches_bone",
            "medullary_continuity",
            "wraps_bone",
            "bridging",
        )
        return Observations(not_assessed(why, *names))
    if hosts is None:
        far = f"no native bone within {NEIGHBOURHOOD_MM:.0f} mm"
        away = [
            stated(n, False, far, certainty=0.97)
            for n in ("touches_bone", "medullary_continuity", "wraps_bone", "bridging")
        ]
        return Observations((stated("separate_from_bone", True, far, certainty=0.97), *away))
    gap = float(hosts.gap_mm[hosts.lesion].min())
    touches = gap <= contact_mm(hosts.spacing_mm) or patch.lesion.border is not Border.CLEAR
    figure = Measured(round(gap, 2), MM, "shortest way from the outline to native bone")
    signs = [*_contact(patch, figure, hosts)]
    if touches:
        signs += [_continuity(hosts, patch, volume), _wraps(hosts), _bridging(hosts, patch, seen)]
    else:
        away_text = f"{gap:.1f} mm away from bone"
        signs += [stated("medullary_continuity", False, away_text, certainty=0.95)]
        signs += [_wraps(hosts), stated("bridging", False, away_text, certainty=0.95)]
    return Observations(tuple(signs), {"gap_to_bone": figure})


def without_tube(observed: Observations) -> Observations:
    """Call no tube what joins two bones, though its ends are open where the bones begin."""
    if observed.presence("bridging") is not Presence.PRESENT:
        return observed
    why = "it joins two bones, as no vessel does"
    kept = [
        stated("tram_track", False, why, certainty=0.9)
        if sign.name == "tram_track" and sign.presence is Presence.PRESENT
        else sign
        for sign in observed.signs
    ]
    return replace(observed, signs=tuple(kept))


def contact_mm(spacing_mm: tuple[float, float, float]) -> float:
    """Gap up to which the scan cannot show soft tissue between lesion and bone."""
    return max(CONTACT_LEAST_MM, CONTACT_VOXELS * spacing_mm[1])


def _contact(patch: Patch, gap: Measured, hosts: Hosts) -> tuple[Sign, Sign]:
    if patch.lesion.border is Border.FUSED_NOT_CERTAIN:
        text = "fused to bone; the border is not certain"
        return stated("touches_bone", True, text), stated("separate_from_bone", False, text)
    limit = contact_mm(hosts.spacing_mm)
    spread = 0.4 * hosts.spacing_mm[1] + 0.1 * hosts.spacing_mm[0]
    touch = graded("touches_bone", gap, limit, spread=spread, below=True)
    if limit < gap.value < GAP_MM + 0.5:
        why = f"gap of {gap.value:.1f} mm: neither clear contact nor a clear layer of soft tissue"
        return touch, not_assessed(why, "separate_from_bone")[0]
    return touch, graded("separate_from_bone", gap, max(limit, GAP_MM), spread=spread)


def _continuity(hosts: Hosts, patch: Patch, volume: Volume) -> Sign:
    """Flood at marrow level through lesion and bone, to see whether core and marrow join."""
    name = "medullary_continuity"
    if max(patch.slice_mm, hosts.spacing_mm[0]) > COARSEST_FOR_CONTINUITY_MM:
        return not_assessed(
            f"slices of {patch.slice_mm:.1f} mm do not resolve the cortex in between",
            name,
        )[0]
    reach = contact_mm(hosts.spacing_mm)
    union = (hosts.gap_mm <= reach) | (hosts.from_lesion_mm <= reach)
    depth = distance_mm(union, hosts.spacing_mm) - contact_mm(hosts.spacing_mm)
    barrier = patch.marrow_hu + CORTEX_PART * (patch.cortex_hu - patch.marrow_hu)
    # Half a voxel of smoothing along the slices keeps single noisy voxels from opening a cortex.
    hu = ndimage.uniform_filter(volume.hu[hosts.box].astype(np.float32), size=(1, 3, 3))
    closed = ndimage.maximum_filter(volume.hu[hosts.box], size=1) > barrier
    way = (hu < barrier) & ~closed & (depth > NECK_MM)
    # Blurred cortex beside a dark core is no marrow: marrow lies deep in its bone.
    core = way & hosts.lesion & (hosts.gap_mm > NECK_MM)
    marrow = way & (distance_mm(hosts.native, hosts.spacing_mm) > MARROW_DEPTH_MM)
    fewest = max(4, round(8.0 / float(np.prod(hosts.spacing_mm))))
    if core.sum() < fewest:
        return not_assessed(
            "no core below cortex level in the lesion from which a way could start", name
        )[0]
    if marrow.sum() < fewest:
        return not_assessed("no marrow of the host bone in reach", name)[0]
    labels, count = ndimage.label(way)
    in_core = np.bincount(labels[core], minlength=count + 1)[1:]
    in_marrow = np.bincount(labels[marrow], minlength=count + 1)[1:]
    joined = int(np.minimum(in_core, in_marrow).max(initial=0))
    method = f"flood below {barrier:.0f} HU under the surface joins {joined} voxels of both"
    certainty = 0.85 if joined >= fewest or joined == 0 else 0.55
    return stated(name, joined >= fewest, method, certainty=certainty)


def _wraps(hosts: Hosts) -> Sign:
    """Angle of the host's girth that the lesion covers."""
    name = "wraps_bone"
    near = hosts.lesion & (hosts.gap_mm <= WRAP_REACH_MM)
    if not near.any():
        return stated(name, False, f"no part within {WRAP_REACH_MM:.0f} mm of bone", certainty=0.95)
    host = hosts.host
    where = np.argwhere(host) * np.asarray(hosts.spacing_mm)
    centre = where.mean(axis=0)
    values, axes = np.linalg.eigh(np.cov((where - centre).T) + 1e-6 * np.eye(3))
    length, width = np.sqrt(values[2]), np.sqrt(values[1])
    if length < TUBULAR_RATIO * width:
        return not_assessed(
            "the host bone has no tubular part here whose girth could be covered", name
        )[0]
    angle = _covered_degrees(hosts, near, (centre, axes[:, 2]), host)
    figure = Measured(
        angle, DEGREE, f"girth of the host covered within {WRAP_REACH_MM:.0f} mm of its surface"
    )
    return graded(name, figure, WRAP_DEGREES, spread=WRAP_BIN_DEGREES)


def _host_bone(native: Mask, from_lesion_mm: Float32) -> Mask:
    """Find the native bone nearest to the lesion, one connected piece."""
    close = native & (from_lesion_mm <= max(WRAP_REACH_MM, float(from_lesion_mm[native].min())))
    labels, count = ndimage.label(native)
    votes = np.bincount(labels[close], minlength=count + 1)
    votes[0] = 0
    return np.asarray(labels == int(votes.argmax()))


def _covered_degrees(hosts: Hosts, near: Mask, axis: tuple[Float64, Float64], host: Mask) -> float:
    """Widest cover, in degrees, over slabs along the host's axis."""
    centre, along = axis
    spacing = np.asarray(hosts.spacing_mm)
    bone = np.argwhere(host) * spacing - centre
    lesion = np.argwhere(near) * spacing - centre
    side = np.linalg.svd(along[None, :])[2][1:]
    slab_mm = max(4.0, 2.0 * hosts.spacing_mm[0])
    place = np.floor(lesion @ along / slab_mm).astype(int)
    bone_place = np.floor(bone @ along / slab_mm).astype(int)
    widest = 0.0
    for slab in np.unique(place):
        here = bone[bone_place == slab]
        if len(here) < 5:
            continue
        points = (lesion[place == slab] - here.mean(axis=0)) @ side.T
        bins = np.floor(np.degrees(np.arctan2(points[:, 1], points[:, 0])) / WRAP_BIN_DEGREES)
        _, counts = np.unique(bins, return_counts=True)
        widest = max(widest, float((counts >= 2).sum()) * WRAP_BIN_DEGREES)
    return widest


def _bridging(hosts: Hosts, patch: Patch, seen: Seen) -> Sign:
    """Native bones that the lesion touches: by name, else by separate parts."""
    reach = hosts.from_lesion_mm <= contact_mm(hosts.spacing_mm) + hosts.spacing_mm[1]
    contact = hosts.native & reach
    numbers, counts = np.unique(hosts.labels[contact], return_counts=True)
    fewest = max(3, round(6.0 / float(np.prod(hosts.spacing_mm))))
    names = sorted(
        seen.anatomy.name_of(int(n)) for n, c in zip(numbers, counts, strict=True) if c >= fewest
    )
    bones = seen.anatomy.of(Tissue.BONE)
    if len(names) >= 2:
        return Sign(
            "bridging",
            Presence.PRESENT,
            measured=float(len(names)),
            unit=COUNT,
            certainty=0.92,
            reason="joins the " + listed([structure_words(name) for name in names]),
        )
    if seen.anatomy.separates_fused_bone and len(bones) > 1:
        words = (
            f"touches the {structure_words(names[0])} only" if names else "no contact wide enough"
        )
        return Sign(
            "bridging",
            Presence.ABSENT,
            measured=float(len(names)),
            unit=COUNT,
            certainty=0.9,
            reason=words,
        )
    return _bridging_by_parts(hosts, patch, contact, fewest)


def _bridging_by_parts(hosts: Hosts, patch: Patch, contact: Mask, fewest: int) -> Sign:
    """Count separate parts of a skeleton without names within the neighbourhood."""
    labels, count = ndimage.label(hosts.native, np.ones((3, 3, 3)))
    votes = np.bincount(labels[contact], minlength=count + 1)[1:]
    parts = int((votes >= fewest).sum())
    if parts >= 2:
        return Sign(
            "bridging",
            Presence.PRESENT,
            measured=float(parts),
            unit=COUNT,
            certainty=0.75,
            reason=f"joins {parts} parts of the skeleton, apart within {NEIGHBOURHOOD_MM:.0f} mm; "
            "bones have no names in this anatomy",
        )
    if patch.lesion.border is Border.FUSED_NOT_CERTAIN:
        why = "the border to bone is not certain, and the bones have no names in this anatomy"
        return not_assessed(why, "bridging")[0]
    patches, places = ndimage.label(contact, np.ones((3, 3, 3)))
    sizes = np.bincount(patches.ravel())[1:]
    wide = [n + 1 for n in range(places) if sizes[n] >= fewest]
    if len(wide) >= 2:
        centres = np.array(ndimage.center_of_mass(contact, patches, wide)) * np.asarray(
            hosts.spacing_mm
        )
        apart = float(np.linalg.norm(centres[:, None] - centres[None], axis=-1).max())
        if apart >= CONTACT_APART_MM:
            why = f"two contacts {apart:.0f} mm apart, but the bones have no names"
            return not_assessed(why, "bridging")[0]
    return Sign(
        "bridging",
        Presence.ABSENT,
        measured=float(parts),
        unit=COUNT,
        certainty=0.7,
        reason="touches one part of the skeleton only",
    )
