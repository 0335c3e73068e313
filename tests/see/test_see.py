"""The whole way of seeing on patients of simple shapes."""

from types import SimpleNamespace

import numpy as np
import pytest

from trabecula.model import Border, Kind, Region, Seen, Side, Tissue, Volume
from trabecula.see import see

LESION_LPS_MM = (85.0, 20.0, 80.0)


def with_ball(
    phantoms: SimpleNamespace, centre: tuple[float, float, float], **options: float
) -> np.ndarray:
    hu = phantoms.trunk()
    hu[phantoms.ball(centre, options.get("radius", 8.0))] = options.get("hu", 500.0)
    return hu


def lesion_mask(seen: Seen, volume: Volume) -> np.ndarray:
    mask = np.zeros(volume.hu.shape, dtype=bool)
    for lesion in seen.lesions:
        mask[lesion.box] |= lesion.mask
    return mask


def kinds(seen: Seen) -> set[Kind]:
    return {one.kind for one in seen.set_aside}


def test_a_trunk_with_nothing_in_it_has_no_lesion(phantoms: SimpleNamespace) -> None:
    seen = see(phantoms.volume_of(phantoms.trunk()))

    assert seen.lesions == ()
    assert kinds(seen) == {Kind.NATIVE, Kind.TABLE}


def test_a_ball_in_muscle_is_one_lesion_on_its_side(phantoms: SimpleNamespace) -> None:
    volume = phantoms.volume_of(with_ball(phantoms, LESION_LPS_MM))

    seen = see(volume)

    (lesion,) = seen.lesions
    assert lesion.id == 1
    assert lesion.side is Side.LEFT
    assert lesion.border is Border.CLEAR
    assert lesion.centroid_lps_mm == pytest.approx(LESION_LPS_MM, abs=1.0)
    truth = phantoms.ball(LESION_LPS_MM, 8.0)
    assert phantoms.dice(lesion_mask(seen, volume), truth) > 0.93


def test_the_mirror_image_has_the_same_lesion_on_the_other_side(phantoms: SimpleNamespace) -> None:
    hu = with_ball(phantoms, LESION_LPS_MM)
    (one,) = see(phantoms.volume_of(hu)).lesions
    (other,) = see(phantoms.volume_of(hu[:, :, ::-1])).lesions

    assert (one.side, other.side) == (Side.LEFT, Side.RIGHT)
    assert one.voxels == other.voxels
    assert other.centroid_lps_mm[0] == pytest.approx(-one.centroid_lps_mm[0], abs=0.5)


def test_ten_hu_more_everywhere_is_the_same_lesion(phantoms: SimpleNamespace) -> None:
    hu = with_ball(phantoms, LESION_LPS_MM)
    (one,) = see(phantoms.volume_of(hu)).lesions
    (other,) = see(phantoms.volume_of(hu + 10.0)).lesions

    assert other.voxels == pytest.approx(one.voxels, rel=0.02)


def test_the_same_scan_is_seen_the_same_way_twice(phantoms: SimpleNamespace) -> None:
    volume = phantoms.volume_of(with_ball(phantoms, LESION_LPS_MM))
    first, second = see(volume), see(volume)

    assert first.set_aside == second.set_aside
    assert first.noise == second.noise
    assert [one.centroid_lps_mm for one in first.lesions] == [
        one.centroid_lps_mm for one in second.lesions
    ]


def test_two_pieces_a_voxel_apart_are_one_lesion(phantoms: SimpleNamespace) -> None:
    hu = phantoms.trunk()
    hu[phantoms.ball((85.0, 20.0, 70.0), 7.0)] = 600.0
    hu[phantoms.ball((85.0, 20.0, 86.0), 7.0)] = 600.0

    assert len(see(phantoms.volume_of(hu)).lesions) == 1


def test_lesions_are_numbered_from_the_largest(phantoms: SimpleNamespace) -> None:
    hu = with_ball(phantoms, LESION_LPS_MM, radius=6.0)
    hu[phantoms.ball((-85.0, 10.0, 40.0), 10.0)] = 500.0

    lesions = see(phantoms.volume_of(hu)).lesions

    assert [one.id for one in lesions] == [1, 2]
    assert [one.side for one in lesions] == [Side.RIGHT, Side.LEFT]


def test_metal_is_named_and_no_lesion(phantoms: SimpleNamespace) -> None:
    hu = with_ball(phantoms, LESION_LPS_MM, hu=3000.0)

    seen = see(phantoms.volume_of(hu))

    assert seen.lesions == ()
    metal = [one for one in seen.set_aside if one.kind is Kind.METAL]
    assert [one.side for one in metal] == [Side.LEFT]
    assert metal[0].volume_ml == pytest.approx(4.0 / 3.0 * np.pi * 0.8**3, rel=0.1)


def test_what_the_field_of_view_cuts_may_be_a_bone(phantoms: SimpleNamespace) -> None:
    hu = with_ball(phantoms, (85.0, 20.0, 0.0))

    seen = see(phantoms.volume_of(hu))

    assert seen.lesions == ()
    assert Kind.CUT_BY_FIELD_OF_VIEW in kinds(seen)


def test_what_the_field_of_view_only_grazes_is_a_lesion(phantoms: SimpleNamespace) -> None:
    hu = with_ball(phantoms, (85.0, 20.0, 11.5), radius=11.6)

    (lesion,) = see(phantoms.volume_of(hu)).lesions

    assert lesion.box[0].start == 0


def with_lung_bases(phantoms: SimpleNamespace, hu: np.ndarray) -> np.ndarray:
    x, y, z = phantoms.points()
    for side in (-1.0, 1.0):
        lung = ((x - side * 65.0) / 40.0) ** 2 + (y / 55.0) ** 2 + ((z - 160.0) / 30.0) ** 2 <= 1.0
        hu[lung] = -850.0
    return hu


def test_a_stone_is_named_by_its_place_on_either_side(phantoms: SimpleNamespace) -> None:
    left, right = (
        see(phantoms.volume_of(with_lung_bases(phantoms, with_ball(phantoms, centre, **stone))))
        for centre in ((42.0, 30.0, 80.0), (-42.0, 30.0, 80.0))
        for stone in ({"radius": 4.0, "hu": 900.0},)
    )

    stone_left, stone_right = (
        [one.reason for one in seen.set_aside if one.kind is Kind.STONE] for seen in (left, right)
    )
    assert len(stone_left) == len(stone_right) == 1
    assert "left" in stone_left[0]
    assert "right" in stone_right[0]


def test_an_artery_wall_is_told_by_its_lumen(phantoms: SimpleNamespace) -> None:
    hu = phantoms.trunk()
    x, y, z = phantoms.points()
    radius = np.sqrt((x - 85.0) ** 2 + (y - 20.0) ** 2)
    wall = (radius > 3.0) & (radius <= 6.0) & (z > 40.0) & (z < 110.0)
    hu[wall] = 600.0

    seen = see(phantoms.volume_of(hu))

    assert seen.lesions == ()
    assert Kind.VESSEL_WALL in kinds(seen)


def test_a_bar_of_bone_is_no_artery(phantoms: SimpleNamespace) -> None:
    hu = phantoms.trunk()
    x, y, z = phantoms.points()
    radius = np.sqrt((x - 85.0) ** 2 + (y - 20.0) ** 2)
    along = (z > 40.0) & (z < 110.0)
    hu[(radius <= 9.0) & along] = 700.0
    hu[(radius <= 6.0) & (z > 44.0) & (z < 106.0)] = -40.0

    (lesion,) = see(phantoms.volume_of(hu)).lesions

    assert lesion.voxels * 0.008 == pytest.approx(np.pi * 81.0 * 70.0 / 1000.0, rel=0.1)


@pytest.mark.parametrize("marrow_hu", [50.0, 74.0])
def test_bone_with_marrow_as_dense_as_blood_is_no_artery(
    phantoms: SimpleNamespace, marrow_hu: float
) -> None:
    hu = phantoms.trunk()
    x, y, z = phantoms.points()
    radius = np.hypot(x - 85.0, y - 20.0)
    width = 10.0 * np.sqrt(np.clip(1.0 - ((z - 78.0) / 55.0) ** 2, 0.0, 1.0))
    core = radius <= width - 3.0
    hu[radius <= width] = 700.0
    trabeculae = 60.0 * np.random.default_rng(2).standard_normal(phantoms.SHAPE)
    hu[core] = marrow_hu + trabeculae[core]

    (lesion,) = see(phantoms.volume_of(hu)).lesions

    assert lesion.voxels * 0.008 == pytest.approx(4.0 / 3.0 * np.pi * 5.5, rel=0.1)


def test_a_slim_tube_closed_at_both_ends_is_no_artery(phantoms: SimpleNamespace) -> None:
    hu = phantoms.trunk()
    x, y, z = phantoms.points()
    radius = np.hypot(x - 85.0, y - 20.0)
    hu[(radius <= 6.0) & (z > 40.0) & (z < 110.0)] = 600.0
    hu[(radius <= 3.0) & (z > 46.0) & (z < 104.0)] = 50.0

    assert len(see(phantoms.volume_of(hu)).lesions) == 1


@pytest.mark.parametrize(("excess_hu", "lesions"), [(0.0, 0), (250.0, 1)])
def test_a_faint_sheet_of_skin_is_no_lesion_and_a_dense_one_is(
    phantoms: SimpleNamespace, excess_hu: float, lesions: int
) -> None:
    hu = phantoms.trunk(noise_hu=8.0)
    x, y, z = phantoms.points()
    sheet = ((x / 130.0) ** 2 + (y / 95.0) ** 2 <= 1.0) & ((x / 127.0) ** 2 + (y / 92.0) ** 2 > 1.0)
    sheet = sheet & (np.abs(y) < 18.0) & (x > 0.0) & (z > 40.0) & (z < 100.0)
    hu[np.broadcast_to(sheet, phantoms.SHAPE)] = 155.0 + excess_hu

    assert len(see(phantoms.volume_of(hu)).lesions) == lesions


def test_noise_alone_makes_no_lesion_however_strong(phantoms: SimpleNamespace) -> None:
    seen = see(phantoms.volume_of(phantoms.trunk(noise_hu=60.0)))

    assert seen.lesions == ()
    assert "noise" in {note.check for note in seen.notes}


def test_an_empty_scan_is_an_answer(phantoms: SimpleNamespace) -> None:
    seen = see(phantoms.volume_of(np.full(phantoms.SHAPE, -1000.0)))

    assert seen.lesions == ()
    assert not any(seen.evaluable.values())
    assert set(seen.evaluable) == set(Region)


def test_progress_goes_from_nothing_to_all(phantoms: SimpleNamespace) -> None:
    told: list[tuple[str, float]] = []

    see(
        phantoms.volume_of(phantoms.trunk()),
        progress=lambda stage, fraction: told.append((stage, fraction)),
    )

    fractions = [fraction for _, fraction in told]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)


def test_the_embedded_anatomy_says_what_it_cannot_do(phantoms: SimpleNamespace) -> None:
    seen = see(phantoms.volume_of(phantoms.trunk()))

    assert seen.anatomy.source == "embedded"
    assert not seen.anatomy.separates_fused_bone
    assert any("fused" in note.consequence for note in seen.notes)


def test_a_segmenter_may_replace_the_embedded_one(phantoms: SimpleNamespace) -> None:
    volume = phantoms.volume_of(phantoms.trunk())
    named = phantoms.anatomy_of(vertebrae_L3=(phantoms.spine_mask(), Tissue.BONE))

    seen = see(volume, segmenter=lambda given, noise: named)

    assert seen.anatomy is named
