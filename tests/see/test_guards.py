"""What is set aside shows what it is said to be; what does not is a lesion."""

from types import SimpleNamespace

import numpy as np
import pytest

from trabecula.model import Border, Kind, Seen, Tissue
from trabecula.see import see
from trabecula.see.landmarks import find_middle
from trabecula.see.scene import look

HIP_LPS_MM = (70.0, 20.0)


def with_hips(phantoms: SimpleNamespace, sides: tuple[float, ...] = (-1.0, 1.0)) -> np.ndarray:
    hu = phantoms.trunk()
    x, y, _ = phantoms.points()
    for side in sides:
        hip = (x - side * HIP_LPS_MM[0]) ** 2 + (y - HIP_LPS_MM[1]) ** 2 <= 14.0**2
        hu[np.broadcast_to(hip, phantoms.SHAPE)] = 700.0
    return hu


def kinds(seen: Seen) -> set[Kind]:
    return {one.kind for one in seen.set_aside}


def test_a_scan_of_one_side_knows_no_midline(phantoms: SimpleNamespace) -> None:
    hu = phantoms.trunk()
    x, y, z = phantoms.points()
    wing = np.abs(0.8 * (x - 70.0) + 0.6 * (y - 20.0)) < 5.0
    hu[wing & (np.abs(y - 20.0) < 40.0) & (z > 20.0)] = 700.0
    volume = phantoms.volume_of(np.ascontiguousarray(hu[:, :, 95:140]))
    scene = look(volume)

    assert not find_middle(scene, scene.hu > 400).known


def test_a_scan_of_most_of_the_body_knows_its_midline(phantoms: SimpleNamespace) -> None:
    hu = with_hips(phantoms)
    volume = phantoms.volume_of(np.ascontiguousarray(hu[:, :, 40:]))
    scene = look(volume)

    middle = find_middle(scene, scene.hu > 400)

    assert middle.known
    assert middle.column * scene.stride_kji[2] == pytest.approx(79.5 - 40.0, abs=2.0)


def limbs(phantoms: SimpleNamespace, middles: tuple[float, ...]) -> np.ndarray:
    """Legs of muscle and fat, each with a bone on its axis; float HU."""
    x, y, _ = phantoms.points()
    hu = np.full(phantoms.SHAPE, -1000.0, dtype=np.float32)
    for middle in middles:
        for radius, value in ((60.0, -100.0), (52.0, 50.0), (16.0, 700.0)):
            inside = np.hypot(x - middle, y) <= radius
            hu[np.broadcast_to(inside, phantoms.SHAPE)] = value
    return hu + np.random.default_rng(4).normal(0.0, 12.0, hu.shape).astype(np.float32)


def test_the_axis_of_one_limb_is_no_midline(phantoms: SimpleNamespace) -> None:
    scene = look(phantoms.volume_of(limbs(phantoms, (0.0,))))

    assert not find_middle(scene, scene.hu > 400).known


def test_two_legs_have_their_midline_between_them(phantoms: SimpleNamespace) -> None:
    scene = look(phantoms.volume_of(limbs(phantoms, (-70.0, 70.0))))

    middle = find_middle(scene, scene.hu > 400)

    assert middle.known
    assert middle.column * scene.stride_kji[2] == pytest.approx(79.5, abs=2.0)


def test_what_grows_on_one_side_of_a_lone_limb_is_not_called_by_its_other_side(
    phantoms: SimpleNamespace,
) -> None:
    hu = limbs(phantoms, (0.0,))
    hu[phantoms.ball((22.0, 0.0, 80.0), 12.0)] = 700.0  # as a fibula's head beside a tibia

    assert see(phantoms.volume_of(hu)).lesions == ()


def test_flat_bones_in_front_of_both_knees_are_bones(phantoms: SimpleNamespace) -> None:
    hu = limbs(phantoms, (-70.0, 70.0))
    x, y, z = phantoms.points()
    for middle in (-70.0, 70.0):
        disc = np.hypot(x - middle, z - 80.0) <= 18.0
        hu[disc & (np.abs(y + 36.0) <= 6.0)] = 700.0

    anatomy = see(phantoms.volume_of(hu)).anatomy

    free = anatomy.mask(anatomy.named("free_bone"))
    assert free.sum() * 0.008 == pytest.approx(2 * np.pi * 1.8**2 * 1.2, rel=0.15)


@pytest.mark.parametrize(("rim_hu", "expected"), [(320.0, 0), (900.0, 1)])
def test_an_even_pool_on_bone_is_blood_and_one_with_a_cortex_is_called(
    phantoms: SimpleNamespace, rim_hu: float, expected: int
) -> None:
    hu = with_hips(phantoms)
    rim, pool = phantoms.ball((38.0, 40.0, 80.0), 24.0), phantoms.ball((38.0, 40.0, 80.0), 20.0)
    bone = hu > 400.0
    hu[rim & ~bone] = rim_hu
    hu[pool & ~bone] = 320.0

    assert len(see(phantoms.volume_of(hu)).lesions) == expected


def test_bone_beside_a_hip_is_not_taken_for_the_other_hip(phantoms: SimpleNamespace) -> None:
    hu = with_hips(phantoms)
    hu[phantoms.ball((102.0, 20.0, 80.0), 13.0)] = 700.0

    (lesion,) = see(phantoms.volume_of(hu)).lesions

    assert lesion.centroid_lps_mm == pytest.approx((102.0, 20.0, 80.0), abs=2.0)


def test_what_only_blur_joins_to_bone_is_a_lesion(phantoms: SimpleNamespace) -> None:
    hu = phantoms.trunk()
    hu[phantoms.ball((32.0, 50.0, 80.0), 10.0)] = 900.0
    hu[phantoms.ball((20.0, 50.0, 80.0), 3.0)] = 300.0
    hu[phantoms.spine_mask()] = 600.0

    (lesion,) = see(phantoms.volume_of(hu)).lesions

    assert lesion.centroid_lps_mm == pytest.approx((32.0, 50.0, 80.0), abs=2.0)


def test_small_round_mineral_between_the_hips_is_a_phlebolith(phantoms: SimpleNamespace) -> None:
    hu = with_hips(phantoms)
    hu[phantoms.ball((40.0, 20.0, 60.0), 3.0)] = 600.0

    seen = see(phantoms.volume_of(hu))

    assert seen.lesions == ()
    assert Kind.EXPECTED_MINERAL in kinds(seen)


@pytest.mark.parametrize(
    ("centre", "radius"), [((102.0, 20.0, 60.0), 3.0), ((40.0, 20.0, 60.0), 7.0)]
)
def test_mineral_outside_the_hips_or_larger_is_no_phlebolith(
    phantoms: SimpleNamespace, centre: tuple[float, float, float], radius: float
) -> None:
    hu = with_hips(phantoms)
    hu[phantoms.ball(centre, radius)] = 600.0

    assert len(see(phantoms.volume_of(hu)).lesions) == 1


@pytest.mark.parametrize(("inside_hu", "lesions"), [(50.0, 0), (250.0, 1)])
def test_a_short_tube_is_an_artery_where_blood_is_inside(
    phantoms: SimpleNamespace, inside_hu: float, lesions: int
) -> None:
    hu = phantoms.trunk()
    x, y, z = phantoms.points()
    radius = np.hypot(x - 85.0, y - 20.0)
    along = (z > 60.0) & (z < 78.0)
    hu[(radius <= 6.5) & along] = inside_hu
    hu[(radius > 4.0) & (radius <= 6.5) & along] = 600.0

    assert len(see(phantoms.volume_of(hu)).lesions) == lesions


def test_a_small_lesion_on_named_bone_is_found_and_a_layer_is_not(
    phantoms: SimpleNamespace,
) -> None:
    named = phantoms.anatomy_of(vertebrae_L3=(phantoms.spine_mask(), Tissue.BONE))
    x, y, z = phantoms.points()
    layer = phantoms.trunk()
    radius = np.hypot(x, y - 50.0)
    layer[(radius > 18.0) & (radius <= 20.5) & (np.abs(z - 80.0) < 14.0) & (x > 0.0)] = 600.0
    bump = phantoms.trunk()
    bump[phantoms.ball((22.0, 50.0, 80.0), 5.0)] = 600.0

    seen = see(phantoms.volume_of(bump), anatomy=named)

    assert see(phantoms.volume_of(layer), anatomy=named).lesions == ()
    assert [one.border for one in seen.lesions] == [Border.FUSED_NOT_CERTAIN]


def test_what_lies_in_a_muscle_by_name_is_no_stone(phantoms: SimpleNamespace) -> None:
    hu = phantoms.trunk()
    x, y, z = phantoms.points()
    for side in (-1.0, 1.0):
        lung = ((x - side * 65.0) / 40.0) ** 2 + (y / 55.0) ** 2 + ((z - 160.0) / 30.0) ** 2 <= 1.0
        hu[lung] = -850.0
    hu[phantoms.ball((42.0, 30.0, 80.0), 4.0)] = 900.0
    muscle = phantoms.ball((42.0, 30.0, 80.0), 15.0)
    bone = (phantoms.spine_mask(), Tissue.BONE)
    volume = phantoms.volume_of(hu)

    bare = see(volume, anatomy=phantoms.anatomy_of(vertebrae_L3=bone))
    named = see(
        volume,
        anatomy=phantoms.anatomy_of(vertebrae_L3=bone, autochthon_left=(muscle, Tissue.MUSCLE)),
    )

    assert (len(bare.lesions), len(named.lesions)) == (0, 1)
    assert Kind.STONE in kinds(bare)
