"""The search for lesions among the bodies of mineral outside native bone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trabecula.model import Anatomy, Kind, Lesion, Mask, Noise, SetAside, Volume
from trabecula.see.aside import one_of, specks
from trabecula.see.bodies import Bodies
from trabecula.see.candidates import Candidate, candidate
from trabecula.see.free_bones import FreeBone, free_bones
from trabecula.see.gather import Outlined, groups, lesions, outlined, without_bone
from trabecula.see.judge import Judgement, Place, by_place
from trabecula.see.labelled import against_bone, by_labels, structures_near
from trabecula.see.landmarks import Landmarks
from trabecula.see.mineral import Mineral, near_metal
from trabecula.see.regions import Places
from trabecula.see.scene import Scene
from trabecula.see.significance import significant

LEAST_FUSED_ML = 0.3
"""Mineral that lies against named bone and is smaller than this may be an error of the label map."""

LEAST_FUSED_MM = 4.0
"""And so may a layer thinner than this."""

UNLABELLED_ML = 0.5
"""A free bone that a label map leaves out is at least this large."""


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """Everything known of a scan when the search for lesions begins."""

    volume: Volume
    noise: Noise
    scene: Scene
    landmarks: Landmarks
    anatomy: Anatomy
    mineral: Mineral
    places: Places
    skeleton: Mask
    bodies: Bodies

    def run(self) -> tuple[tuple[Lesion, ...], tuple[SetAside, ...]]:
        """Lesions, and what was set aside with its reason."""
        numbers, dropped = significant(self.bodies, volume=self.volume, noise=self.noise)
        bones = dict(self._unlabelled_bones(numbers))
        kept: list[int] = []
        aside: list[SetAside] = []
        for number in numbers:
            one = self._candidate(number)
            judgement = _as_bone(bones.get(number)) or self._judged(one)
            if judgement is None:
                kept.append(number)
            else:
                aside.append(one_of(one, judgement, self.places))
        return self._outlined(kept), (*aside, *specks(self.bodies, dropped, self.volume))

    def _candidate(self, number: int) -> Candidate:
        return candidate(
            number,
            self.bodies,
            volume=self.volume,
            scene=self.scene,
            landmarks=self.landmarks,
        )

    def _judged(self, one: Candidate) -> Judgement | None:
        where = tuple(np.array([index]) for index in one.coarse_kji)
        place = Place(
            self.scene,
            self.landmarks,
            self.noise,
            bool(near_metal(self.mineral, where)[0]),
            self.volume.spacing_kji_mm[0],
        )
        if not self.anatomy.separates_fused_bone:
            return by_place(one, place)
        near = structures_near(one.number, self.bodies, anatomy=self.anatomy, volume=self.volume)
        if against_bone(one.number, self.bodies, anatomy=self.anatomy, volume=self.volume):
            return _thin_layer(one)
        return by_labels(one, near, self.anatomy) or by_place(one, place)

    def _unlabelled_bones(self, numbers: Sequence[int]) -> list[tuple[int, FreeBone]]:
        """Bones that a label map leaves out: patellae, forearms, whatever lies beyond its reach."""
        if not self.anatomy.separates_fused_bone:
            return []
        least = UNLABELLED_ML / self.volume.grid.voxel_ml
        free = [
            number
            for number in numbers
            if self.bodies.voxels[number] >= least
            and not against_bone(number, self.bodies, anatomy=self.anatomy, volume=self.volume)
        ]
        return free_bones(
            free, self.bodies, volume=self.volume, scene=self.scene, skeleton=self.skeleton
        )

    def _outlined(self, kept: Sequence[int]) -> tuple[Lesion, ...]:
        found: list[Outlined] = []
        for group in groups(kept, self.bodies, self.volume):
            one = outlined(group, self.bodies, volume=self.volume, noise=self.noise)
            found.append(without_bone(one, group, bodies=self.bodies, anatomy=self.anatomy))
        return lesions(
            found, anatomy=self.anatomy, volume=self.volume, noise=self.noise, places=self.places
        )


def _as_bone(bone: FreeBone | None) -> Judgement | None:
    if bone is None:
        return None
    kind = Kind.CUT_BY_FIELD_OF_VIEW if bone is FreeBone.CUT else Kind.NATIVE
    return Judgement(kind, f"not in the label map, but bone: {bone.value}", 0.7)


def _thin_layer(one: Candidate) -> Judgement | None:
    """A layer on named bone too small or thin to be told from an error of the label map."""
    if one.volume_ml >= LEAST_FUSED_ML and one.thickness_mm >= LEAST_FUSED_MM:
        return None
    return Judgement(
        Kind.NATIVE,
        f"{one.volume_ml * 1000:.0f} mm³ against named bone, no larger than the error of its outline",
        0.6,
    )
