"""Seeing with a label map: fused bone, organs and vessels, and what the map leaves out."""

from types import SimpleNamespace

import numpy as np
import pytest

from trabecula.model import Anatomy, Border, Kind, Region, Seen, Side, Tissue
from trabecula.see import see

FUSED_LPS_MM = (28.0, 50.0, 80.0)


def spine(phantoms: SimpleNamespace) -> Anatomy:
    """Label of the spine, a voxel short of its true surface as label maps are."""
    x, y, _ = phantoms.points()
    mask = np.broadcast_to(x**2 + (y - 50.0) ** 2 <= 16.0**2, phantoms.SHAPE)
    return phantoms.anatomy_of(vertebrae_L3=(mask, Tissue.BONE))


def fused(phantoms: SimpleNamespace) -> np.ndarray:
    hu = phantoms.trunk()
    body = phantoms.ball(FUSED_LPS_MM, 16.0) & ~phantoms.spine_mask()
    core = phantoms.ball(FUSED_LPS_MM, 12.0) & ~phantoms.spine_mask()
    hu[body] = 700.0
    hu[core] = 0.0
    return hu


def reasons(seen: Seen, kind: Kind) -> list[str]:
    return [one.reason for one in seen.set_aside if one.kind is kind]


def test_the_skin_a_label_map_leaves_out_is_nobodys_lesion(phantoms: SimpleNamespace) -> None:
    seen = see(phantoms.volume_of(phantoms.trunk()), anatomy=spine(phantoms))

    assert seen.lesions == ()


def test_bone_fused_to_the_skeleton_is_found_with_its_marrow(phantoms: SimpleNamespace) -> None:
    truth = phantoms.ball(FUSED_LPS_MM, 16.0) & ~phantoms.spine_mask()

    seen = see(phantoms.volume_of(fused(phantoms)), anatomy=spine(phantoms))

    (lesion,) = seen.lesions
    found = np.zeros(phantoms.SHAPE, dtype=bool)
    found[lesion.box] = lesion.mask
    assert phantoms.dice(found, truth) > 0.9
    assert lesion.border is Border.FUSED_NOT_CERTAIN
    assert lesion.touches == ("vertebrae_L3",)
    assert lesion.side is Side.LEFT


def test_without_names_one_sided_fused_bone_is_called_and_the_notes_say_what_may_be_missed(
    phantoms: SimpleNamespace,
) -> None:
    truth = phantoms.ball(FUSED_LPS_MM, 16.0) & ~phantoms.spine_mask()

    seen = see(phantoms.volume_of(fused(phantoms)))

    (lesion,) = seen.lesions
    found = np.zeros(phantoms.SHAPE, dtype=bool)
    found[lesion.box] = lesion.mask
    assert phantoms.dice(found, truth) > 0.8
    assert lesion.border is Border.FUSED_NOT_CERTAIN
    assert any("may be missed" in note.consequence for note in seen.notes)


@pytest.mark.parametrize(
    ("name", "tissue", "kind"),
    [
        ("kidney_left", Tissue.KIDNEY, Kind.STONE),
        ("urinary_bladder", Tissue.URINARY, Kind.STONE),
        ("aorta", Tissue.VESSEL, Kind.VESSEL_WALL),
        ("colon", Tissue.BOWEL, Kind.BOWEL_CONTENT),
        ("costal_cartilages", Tissue.CARTILAGE, Kind.EXPECTED_MINERAL),
        ("liver", Tissue.ORGAN, Kind.UNCERTAIN),
    ],
)
def test_mineral_in_a_named_organ_is_named_by_it(
    phantoms: SimpleNamespace, name: str, tissue: Tissue, kind: Kind
) -> None:
    hu = phantoms.trunk()
    centre = (85.0, -10.0, 80.0)
    hu[phantoms.ball(centre, 5.0)] = 700.0
    anatomy = phantoms.anatomy_of(
        vertebrae_L3=(phantoms.spine_mask(), Tissue.BONE),
        **{name: (phantoms.ball(centre, 20.0), tissue)},
    )

    seen = see(phantoms.volume_of(hu), anatomy=anatomy)

    assert seen.lesions == ()
    assert len(reasons(seen, kind)) == 1


def test_mineral_in_a_named_muscle_is_a_lesion(phantoms: SimpleNamespace) -> None:
    hu = phantoms.trunk()
    centre = (85.0, -10.0, 80.0)
    hu[phantoms.ball(centre, 6.0)] = 700.0
    anatomy = phantoms.anatomy_of(
        vertebrae_L3=(phantoms.spine_mask(), Tissue.BONE),
        gluteus_maximus_left=(phantoms.ball(centre, 20.0), Tissue.MUSCLE),
    )

    (lesion,) = see(phantoms.volume_of(hu), anatomy=anatomy).lesions

    assert lesion.border is Border.CLEAR


def test_bones_the_map_leaves_out_on_both_sides_are_bones(phantoms: SimpleNamespace) -> None:
    hu = phantoms.trunk()
    for side in (-1.0, 1.0):
        hu[phantoms.ball((side * 85.0, 20.0, 80.0), 12.0)] = 600.0

    seen = see(phantoms.volume_of(hu), anatomy=spine(phantoms))

    assert seen.lesions == ()
    assert sum("not in the label map" in reason for reason in reasons(seen, Kind.NATIVE)) == 2


def test_a_region_is_told_by_the_nearest_bone(phantoms: SimpleNamespace) -> None:
    hu = phantoms.trunk()
    hu[phantoms.ball((85.0, 20.0, 80.0), 6.0)] = 600.0
    femur = phantoms.ball((95.0, 20.0, 50.0), 12.0)
    hu[femur] = 600.0
    anatomy = phantoms.anatomy_of(
        vertebrae_L3=(phantoms.spine_mask(), Tissue.BONE), femur_left=(femur, Tissue.BONE)
    )

    (lesion,) = see(phantoms.volume_of(hu), anatomy=anatomy).lesions

    assert lesion.region is Region.HIP
    assert lesion.side is Side.LEFT
