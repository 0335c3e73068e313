"""The search for lesions among the bodies of mineral outside native bone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trabecula.model import (
    Anatomy,
    Belonging,
    Float32,
    Kind,
    Lesion,
    LesionEdit,
    Mask,
    Noise,
    Part,
    SetAside,
    Tissue,
    Toggle,
    Volume,
)
from trabecula.see.aside import one_of, specks
from trabecula.see.bodies import Bodies, Int64, Runs, beside
from trabecula.see.candidates import Candidate, candidate
from trabecula.see.discs import in_disc_space
from trabecula.see.edited import denied
from trabecula.see.free_bones import FreeBone, free_bones
from trabecula.see.gather import Outlined, groups, lesions, outlined, with_inside, without_bone
from trabecula.see.judge import by_place, in_muscle
from trabecula.see.labelled import by_labels, lies_in_muscle, structures_near, touched
from trabecula.see.landmarks import Landmarks, mirrored
from trabecula.see.mineral import STREAK_REACH_MM, Mineral
from trabecula.see.morphology import TINY_MM, grown
from trabecula.see.regions import Places
from trabecula.see.rules.bone import cut
from trabecula.see.rules.chest import costal_cartilage
from trabecula.see.rules.metal import beside_metal
from trabecula.see.rules.place import Judgement, Place
from trabecula.see.rules.vessels import phlebolith
from trabecula.see.scene import Scene
from trabecula.see.significance import LEAST_MM3, PEAK_EXCESS_HU, significant
from trabecula.see.unnamed import part_of_body, said_of_bodies

LEAST_FUSED_ML = 0.05
"""Mineral fused to named bone and smaller than this is not told from the error of its outline."""

OUTLINE_ERROR_MM = 3.2
"""Label maps of 1.5 mm err by this much: what nine tenths of each piece that simulated maps left
out stayed within (0.9 to 3.1 mm; bone grown onto them reached 3.3 to 19 mm)."""

LEAST_CUT_ML = 3.0
"""Smaller bodies against named bone at the scan's edge are the next bone, cut and unlabelled."""

LEAST_BETWEEN_ML = 0.35
"""What joins two named bones and is smaller than this is their joint, filled by blur."""

EDGE_SHARE = 0.5
"""And so are larger ones that lie by this share in the scan's last slice."""

FAINT_EXCESS_HU = PEAK_EXCESS_HU
"""Bone that has grown onto bone stands at least this far above the threshold somewhere."""

FAINT_ML = 1.0
"""What is larger is listed, however faint."""

TWIN_ML = 2.5
"""Larger bodies on bone are lesions though the other side has its like."""

TWIN_MM = 6.0
"""The mirror image of a gap in the label map may miss its twin by this much."""

TWIN_SHARE = 0.5
"""Share of the mirror image that must meet it."""

UNLABELLED_ML = 0.5
"""A free bone that a label map leaves out is at least this large."""


ON_BOTH_SIDES = Judgement(
    Kind.NATIVE,
    "on named bone, and likewise on the other side: bone that the label map leaves out on both",
    0.6,
)
"""Why mineral on named bone is no lesion when its mirror image is there too."""

BETWEEN_BONES = Judgement(
    Kind.NATIVE, "small, and between two named bones: their joint, filled by blur", 0.6
)
"""Why a small body that joins two named bones is no lesion."""

IN_DISC_SPACE = Judgement(
    Kind.NATIVE,
    "in the space between two named vertebrae: their endplates, which the label map leaves out",
    0.6,
)
"""Why mineral between two vertebrae is no lesion."""

FAINT = Judgement(
    Kind.NATIVE,
    "against named bone, and hardly denser than the threshold: its blur, cartilage or noise",
    0.6,
)
"""Why faint mineral on named bone is no lesion."""

ON_BONE_JUDGED = (ON_BOTH_SIDES, IN_DISC_SPACE)
"""Judgements of mineral on named bone that a reader may see otherwise."""

SAID_NATIVE = Judgement(Kind.NATIVE, "an edit says that it is native bone", 1.0)
"""What a toggle says."""


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
    crest_k: int | None
    native: Runs
    implant_mm: Float32
    bodies: Bodies
    freed: tuple[Int64, ...] = ()
    freed_inside: tuple[Int64, ...] = ()
    not_lesions: tuple[LesionEdit, ...] = ()
    toggles: tuple[Toggle, ...] = ()

    def run(self) -> tuple[tuple[Lesion, ...], tuple[SetAside, ...], tuple[Part, ...]]:
        """Lesions, what was set aside with its reason, and parts that no label names."""
        numbers, dropped = significant(self.bodies, volume=self.volume, noise=self.noise)
        bones = dict(self._unlabelled_bones(numbers))
        together = self._of_parts()
        of_parts = {number for group in together for number in group}
        said = said_of_bodies(self.toggles, numbers, self.bodies, self.volume)
        parts: list[Part] = []
        kept: list[int] = []
        aside: list[SetAside] = []
        for number in numbers:
            if number in of_parts:
                continue
            one = self._candidate(number)
            judgement = _as_bone(bones.get(number)) or self._judged(one)
            unnamed = number in bones or (judgement in ON_BONE_JUDGED and self._fused(number))
            if number in said or unnamed:
                parts.append(self._part(number, judgement, said.get(number)))
            if number in said:
                judgement = None if said[number] is Belonging.ECTOPIC else SAID_NATIVE
            if judgement is None:
                kept.append(number)
            else:
                aside.append(one_of(one, judgement, self.places))
        dropped[list(of_parts)] = False
        found, undone = self._outlined(kept, together)
        return found, (*aside, *undone, *specks(self.bodies, dropped, self.volume)), tuple(parts)

    def _part(self, number: int, judgement: Judgement | None, said: Belonging | None) -> Part:
        return part_of_body(
            number,
            self.bodies,
            judgement=judgement,
            said=said,
            volume=self.volume,
            anatomy=self.anatomy,
            places=self.places,
        )

    def _of_parts(self) -> list[list[int]]:
        """Bodies of each ectopic part; nothing further is asked of them but a least size."""
        found = []
        for voxels in self.freed:
            at = np.searchsorted(self.bodies.runs.start, voxels, side="right") - 1
            numbers = np.unique(self.bodies.of_run[at])
            size = self.bodies.voxels[numbers]
            large = size * self.volume.grid.voxel_ml * 1000.0 >= LEAST_MM3
            large[int(np.argmax(size))] = True
            found.append([int(number) for number in numbers[large]])
        return found

    def _candidate(self, number: int) -> Candidate:
        return candidate(
            number,
            self.bodies,
            volume=self.volume,
            scene=self.scene,
            landmarks=self.landmarks,
            metal_mm=self.mineral.metal_mm,
            implant_mm=self.implant_mm,
        )

    def _judged(self, one: Candidate) -> Judgement | None:
        place = Place(
            scene=self.scene,
            landmarks=self.landmarks,
            noise=self.noise,
            streak=bool(self.mineral.streak_mm[one.coarse_kji] < STREAK_REACH_MM),
            slice_mm=self.volume.spacing_kji_mm[0],
            crest_k=self.crest_k,
        )
        if not self.anatomy.separates_fused_bone:
            return by_place(one, place)
        if self._fused(one.number):
            return beside_metal(one, place) or phlebolith(one, place) or self._on_bone(one, place)
        near = structures_near(one.number, self.bodies, anatomy=self.anatomy, volume=self.volume)
        if lies_in_muscle(near, self.anatomy):
            return in_muscle(one, place)
        return by_labels(one, near, self.anatomy) or by_place(one, place)

    def _fused(self, number: int) -> bool:
        """Whether mineral joins a body to native bone."""
        return beside(self.bodies.voxels_of(number), self.native)

    def _on_bone(self, one: Candidate, place: Place) -> Judgement | None:
        """Why mineral fused to named bone is no lesion."""
        reach = outline_error_mm(self.volume)
        small = one.volume_ml < LEAST_FUSED_ML
        if small or self._beyond_bone_mm(one.number, reach) <= reach:
            return Judgement(
                Kind.NATIVE,
                f"{one.volume_ml * 1000:.0f} mm³ on named bone, within {reach:.1f} mm of it: "
                "no more than the error of its outline",
                0.6,
            )
        if one.volume_ml < LEAST_BETWEEN_ML and len(self._bones_at(one.number)) > 1:
            return BETWEEN_BONES
        box = self.bodies.box(one.number)
        mask = self.bodies.mask(one.number, box)
        if in_disc_space(mask, box, anatomy=self.anatomy, volume=self.volume, error_mm=reach):
            return IN_DISC_SPACE
        faint = one.peak_hu < self.noise.mineral_threshold_hu + FAINT_EXCESS_HU
        if faint and one.volume_ml < FAINT_ML:
            return FAINT
        if one.volume_ml <= TWIN_ML and self._has_twin(one.number):
            return ON_BOTH_SIDES
        layer_ml = one.cut_area_mm2 * self.volume.spacing_kji_mm[0] / 1000.0
        at_edge = one.volume_ml < LEAST_CUT_ML or layer_ml >= EDGE_SHARE * one.volume_ml
        return (cut(one, place) if at_edge else None) or costal_cartilage(one, place)

    def _bones_at(self, number: int) -> tuple[str, ...]:
        """Named bones that a body lies against."""
        box = self.bodies.box(number)
        return touched(self.bodies.mask(number, box), box, anatomy=self.anatomy)[0]

    def _beyond_bone_mm(self, number: int, reach_mm: float) -> float:
        """How far the outer tenth of a body lies from named bone; infinite beyond a reach."""
        import edt

        box = self.volume.grid.pad(self.bodies.box(number), 2.0 * reach_mm)
        bone = np.isin(self.anatomy.labels[box], self.anatomy.of(Tissue.BONE, Tissue.CARTILAGE))
        if not bone.any():
            return float("inf")
        spacing = self.volume.spacing_kji_mm
        distance = edt.edt(np.ascontiguousarray(~bone), anisotropy=spacing)
        return float(np.percentile(distance[self.bodies.mask(number, box)], 90))

    def _has_twin(self, number: int) -> bool:
        """Whether other mineral outside native bone lies where its mirror image does."""
        runs = self.bodies.runs
        others = np.ones(len(self.bodies), dtype=bool)
        others[number] = False
        marked = self.scene.mark(self.bodies.runs_among(others))
        near = grown(marked, TWIN_MM, self.scene.spacing_kji_mm)
        own = self.scene.mark(runs.take(self.bodies.runs_of(number)))
        image = mirrored(own, self.landmarks.middle_i)
        return bool(image.any()) and float(near[image].mean()) >= TWIN_SHARE

    def _unlabelled_bones(self, numbers: Sequence[int]) -> list[tuple[int, FreeBone]]:
        """Bones that a label map leaves out: patellae, forearms, whatever lies beyond its reach."""
        if not self.anatomy.separates_fused_bone:
            return []
        least = UNLABELLED_ML / self.volume.grid.voxel_ml
        free = [
            number
            for number in numbers
            if self.bodies.voxels[number] >= least and not self._fused(number)
        ]
        return free_bones(
            free, self.bodies, volume=self.volume, scene=self.scene, skeleton=self.skeleton
        )

    def _outlined(
        self, kept: Sequence[int], together: Sequence[Sequence[int]]
    ) -> tuple[tuple[Lesion, ...], list[SetAside]]:
        """Lesions, and those that a reader said are none."""
        found: list[Outlined] = []
        for group in groups(kept, self.bodies, self.volume, together=together):
            one = outlined(
                group,
                self.bodies,
                volume=self.volume,
                noise=self.noise,
                anatomy=self.anatomy,
            )
            for numbers, inside in zip(together, self.freed_inside, strict=True):
                if numbers[0] in group:
                    one = with_inside(one, inside, self.volume)
            found.append(without_bone(one, group, bodies=self.bodies, anatomy=self.anatomy))
        undone = denied(found, self.not_lesions, self.volume)
        left = [one for n, one in enumerate(found) if n not in undone]
        listed = [_undone(found[n], self.volume, self.places) for n in undone]
        made = lesions(
            left, anatomy=self.anatomy, volume=self.volume, noise=self.noise, places=self.places
        )
        return made, listed


def _undone(one: Outlined, volume: Volume, places: Places) -> SetAside:
    index = np.argwhere(one.mask) + [axis.start for axis in one.box]
    x, y, z = volume.grid.to_lps_mm(index.mean(axis=0)).tolist()
    return SetAside(
        kind=Kind.NATIVE,
        reason="an edit says that it is native bone",
        region=places.region((x, y, z)),
        side=places.side((x, y, z)),
        centroid_lps_mm=(x, y, z),
        volume_ml=len(index) * volume.grid.voxel_ml,
    )


def outline_error_mm(volume: Volume) -> float:
    """How far a label map's bone may end inside the true one: its own grid's error, or a voxel."""
    return max(OUTLINE_ERROR_MM, float(np.linalg.norm(volume.spacing_kji_mm)) + TINY_MM)


def _as_bone(bone: FreeBone | None) -> Judgement | None:
    if bone is None:
        return None
    kind = Kind.CUT_BY_FIELD_OF_VIEW if bone is FreeBone.CUT else Kind.NATIVE
    return Judgement(kind, f"not in the label map, but bone: {bone.value}", 0.7)
