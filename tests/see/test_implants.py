"""A nail in one of two bones, whose label ends in the streaks around it."""

from types import SimpleNamespace

import numpy as np
import pytest

from trabecula.model import Anatomy, Kind, Seen, Tissue
from trabecula.see import see

BESIDE_MM = 80.0


def shaft(phantoms: SimpleNamespace, side: float, radius_mm: float) -> np.ndarray:
    x, y, z = phantoms.points()
    within = np.hypot(x - side * BESIDE_MM, y - 10.0) <= radius_mm
    return within & (z > 20.0) & (z < 140.0)


def with_nail(phantoms: SimpleNamespace, *, beyond: bool = False) -> np.ndarray:
    """Two shafts, a nail in the left one, and on demand new bone that sits on it."""
    hu = phantoms.trunk()
    for side in (-1.0, 1.0):
        hu[shaft(phantoms, side, 14.0)] = 900.0
        hu[shaft(phantoms, side, 9.0)] = 250.0
    if beyond:
        hu[phantoms.ball((BESIDE_MM + 18.0, 10.0, 80.0), 12.0)] = 700.0
    hu[shaft(phantoms, 1.0, 5.0)] = 3000.0
    return hu


def label_map(phantoms: SimpleNamespace) -> Anatomy:
    """The left bone is named only below the place where its label breaks off."""
    _, _, z = phantoms.points()
    left = shaft(phantoms, 1.0, 14.0) & (z < 60.0)
    return phantoms.anatomy_of(
        vertebrae_L3=(phantoms.spine_mask(), Tissue.BONE),
        femur_left=(left, Tissue.BONE),
        femur_right=(shaft(phantoms, -1.0, 14.0), Tissue.BONE),
    )


def millilitres(seen: Seen, kind: Kind) -> float:
    return sum(
        one.volume_ml
        for one in seen.set_aside
        if one.kind is kind and one.reason.startswith("around metal")
    )


def test_bone_around_a_nail_is_told_by_the_other_side(phantoms: SimpleNamespace) -> None:
    seen = see(phantoms.volume_of(with_nail(phantoms)), anatomy=label_map(phantoms))

    # Above the break the shaft is a ring about the nail, of 14 mm outside and 5 mm inside.
    ring_ml = np.pi * (14.0**2 - 5.0**2) * (140.0 - 60.0) / 1000.0
    assert seen.lesions == ()
    assert millilitres(seen, Kind.NATIVE) == pytest.approx(ring_ml, rel=0.1)
    assert millilitres(seen, Kind.UNCERTAIN) < 1.0


def test_new_bone_at_a_nail_is_uncertain_and_the_notes_say_so(phantoms: SimpleNamespace) -> None:
    seen = see(phantoms.volume_of(with_nail(phantoms, beyond=True)), anatomy=label_map(phantoms))

    assert seen.lesions == ()
    assert millilitres(seen, Kind.UNCERTAIN) > 1.0
    (note,) = (note for note in seen.notes if note.check == "metal")
    assert "cannot be told" in note.consequence


def test_without_metal_there_is_no_note_of_it(phantoms: SimpleNamespace) -> None:
    seen = see(phantoms.volume_of(phantoms.trunk()))

    assert "metal" not in {note.check for note in seen.notes}
