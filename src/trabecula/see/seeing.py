"""The way of seeing: volume to anatomy, lesions, and everything set aside."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np

from trabecula.errors import ContextError
from trabecula.model import Anatomy, Edits, Level, Mask, Noise, Note, Seen, Tissue, Volume
from trabecula.see.aside import bone_about_metal, native_parts, not_body
from trabecula.see.bodies import connect, joined
from trabecula.see.edited import check, decided
from trabecula.see.embedded import segment
from trabecula.see.freed import cut_out, freed, offered, part_of
from trabecula.see.implants import bone_at_implants, note_on_metal
from trabecula.see.landmarks import find_landmarks
from trabecula.see.loose import loosened
from trabecula.see.mineral import find_mineral
from trabecula.see.named_regions import named_places
from trabecula.see.native import outside_native
from trabecula.see.noise import deep_in_bone, measure_noise, with_yardstick
from trabecula.see.parts import divide
from trabecula.see.regions import geometry
from trabecula.see.scene import look
from trabecula.see.search import Search
from trabecula.see.unnamed import free_toggles

Progress = Callable[[str, float], None] | None


class Segmenter(Protocol):
    """Anything that says what is where in a scan: a label map, a network, the embedded one."""

    def __call__(self, volume: Volume, noise: Noise) -> Anatomy:
        """Anatomy of a volume whose noise has been measured."""
        ...


def see(
    volume: Volume,
    *,
    anatomy: Anatomy | None = None,
    segmenter: Segmenter | None = None,
    edits: Edits | None = None,
    progress: Progress = None,
) -> Seen:
    """Find every body of mineral outside the native skeleton, and name all that is set aside.

    Parameters
    ----------
    volume
    anatomy
        From a label map; the embedded segmenter stands in without it.
    segmenter
        Makes the anatomy when none is given.
    edits
        What a reader says of parts, points and lesions.
    progress
        Called with the stage and its fraction.

    Returns
    -------
    Seen
    """
    tell, edits = progress or (lambda stage, fraction: None), edits or Edits()
    check(edits, volume)
    tell("body and noise", 0.0)
    noise, scene = measure_noise(volume), look(volume)
    tell("mineral", 0.2)
    mineral = find_mineral(volume, noise, scene)
    tell("anatomy", 0.35)
    inside = mineral.inside
    if anatomy is None and segmenter is not None:
        anatomy = segmenter(volume, noise)
    elif anatomy is None:
        anatomy = segment(volume, scene, mineral)
        anatomy, inside = loosened(
            anatomy, inside, volume, scene=scene, threshold_hu=noise.mineral_threshold_hu
        )
    tell("native bone", 0.6)
    outside, native = outside_native(inside, anatomy, volume)
    dense_hu = noise.mineral_threshold_hu + BONE_EXCESS_SD * noise.noise_sd_hu
    # Noise that clings to bone is not bone.
    skeleton = scene.mark(native.take(native.peak >= dense_hu))
    landmarks = find_landmarks(scene, skeleton)
    tell("parts", 0.65)
    by_name = anatomy.separates_fused_bone
    toggles, of_bone = (
        free_toggles(edits, outside, native=native, volume=volume)
        if by_name
        else ((), edits.toggle)
    )
    on_bone, cuts = replace(edits, toggle=of_bone), []
    if of_bone or edits.seed or not by_name:
        division = divide(native, volume, scene=scene, landmarks=landmarks, mineral=mineral)
        if division is not None:
            # What is named as bone is bone, unless a reader says otherwise.
            division = replace(division, drafts=()) if by_name else division
            drafts = decided(division, on_bone, native=native, volume=volume)
            cuts = [cut_out(draft, division, native) for draft in offered(drafts)]
        elif of_bone or edits.seed:
            raise ContextError(
                "The edits name bone, and this scan shows none.", remedy="Check the scan."
            )
    loose = freed(cuts, anatomy=anatomy, outside=outside, native=native, volume=volume)
    anatomy, outside, native = loose.anatomy, loose.outside, loose.native
    if loose.voxels:
        skeleton = scene.mark(native.take(native.peak >= dense_hu))
    bone = anatomy_table(anatomy, anatomy.of(Tissue.BONE))
    noise = with_yardstick(noise, volume, native, deep_in_bone(anatomy.labels, scene, bone))
    by_geometry = geometry(scene, skeleton, landmarks)
    places = named_places(anatomy, scene, by_geometry)
    outside, at_implants = bone_at_implants(
        outside,
        mineral=mineral,
        anatomy=anatomy,
        volume=volume,
        scene=scene,
        middle_i=landmarks.middle_i,
    )
    tell("lesions", 0.75)
    search = Search(
        volume=volume,
        noise=noise,
        scene=scene,
        landmarks=landmarks,
        anatomy=anatomy,
        mineral=mineral,
        places=places,
        skeleton=skeleton,
        crest_k=by_geometry.crest_k,
        native=joined(native, at_implants),
        implant_mm=scene.distance_mm(scene.mark(joined(mineral.metal, at_implants)))
        if len(at_implants)
        else mineral.metal_mm,
        bodies=connect(outside),
        freed=loose.voxels,
        freed_inside=loose.inside,
        not_lesions=edits.lesion,
        toggles=toggles,
    )
    found, aside, unnamed = search.run()
    tell("lesions", 1.0)
    return Seen(
        anatomy=anatomy,
        noise=noise,
        lesions=found,
        set_aside=(
            *native_parts(anatomy, native, volume=volume),
            *bone_about_metal(at_implants, volume=volume),
            *not_body(mineral, volume=volume, scene=scene, places=places),
            *aside,
        ),
        evaluable=places.evaluable(),
        notes=(*anatomy.notes, *note_on_metal(mineral, volume), *_notes(volume, noise, anatomy)),
        parts=(
            *(part_of(cut, anatomy=anatomy, places=places, volume=volume) for cut in cuts),
            *unnamed,
        ),
        edits=edits,
    )


BONE_EXCESS_SD = 3.0
"""Runs of the skeleton count for distances when they reach this many SD above the threshold."""


def anatomy_table(anatomy: Anatomy, labels: tuple[int, ...]) -> Mask:
    """Table that tells for each label whether it is among some."""
    table: Mask = np.zeros(int(np.iinfo(anatomy.labels.dtype).max) + 1, dtype=bool)
    table[list(labels)] = True
    return table


THICK_SLICES_MM = 3.0
"""From this slice spacing on, small bodies are known to be lost to partial volume."""

NOISY_SD_HU = 35.0
"""Noise at which the threshold stands at its ceiling and faint mineral is lost."""


def _notes(volume: Volume, noise: Noise, anatomy: Anatomy) -> tuple[Note, ...]:
    found = []
    dk = volume.spacing_kji_mm[0]
    if dk >= THICK_SLICES_MM:
        found.append(
            Note(
                Level.WARNING,
                "slice_spacing",
                f"Slices lie {dk:.1f} mm apart.",
                "Mineral smaller than about two slices may be missed, and thin bone looks broken.",
            )
        )
    if noise.noise_sd_hu >= NOISY_SD_HU:
        found.append(
            Note(
                Level.WARNING,
                "noise",
                f"Noise in soft tissue is {noise.noise_sd_hu:.0f} HU.",
                f"Mineral below {noise.mineral_threshold_hu:.0f} HU, as in the first weeks of "
                "ossification, is not seen.",
            )
        )
    if not anatomy.of(Tissue.BONE):
        found.append(
            Note(
                Level.WARNING,
                "label_map",
                "The label map names no bone.",
                "Every bone is judged by place and symmetry alone.",
            )
        )
    return tuple(found)
