import numpy as np
import pytest

from trabecula.errors import InputError
from trabecula.simulate import AmorphousCalcification, HeterotopicBone, Phlebolith, TramTrack
from trabecula.simulate.canvas import blank_canvas, mixed_palette
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.shapes import Ellipsoid, Tube

MUSCLE_HU = 55.0


def canvas(step_mm=0.75, half_mm=24.0):
    """Muscle, finely sampled."""
    axis = np.arange(-half_mm, half_mm, step_mm, dtype=np.float32)
    lattice = Lattice(axis, axis.copy(), axis.copy())
    palette = mixed_palette(lattice.spacing_kji_mm, kvp=120.0, seed=1)
    blank = blank_canvas(lattice, palette, {})
    blank.hu[:] = MUSCLE_HU
    return blank


def placed(canvas_, deposit, values):
    whole = np.zeros(canvas_.lattice.shape, values.dtype)
    whole[deposit.box] = values
    return whole


BALL = Ellipsoid((0, 0, 0), (15.0, 15.0, 15.0))


def test_mature_bone_is_rim_around_marrow():
    muscle = canvas()
    deposit = HeterotopicBone(BALL, "bone", rim_thickness_mm=2.0).paint(muscle)
    hu = muscle.hu[deposit.box]
    core = deposit.mask & ~deposit.compact

    assert hu[deposit.compact].mean() > 900
    assert -20 < hu[core].mean() < 200
    assert hu[core].std() > 40


def test_the_rim_is_as_thick_as_asked():
    muscle = canvas(step_mm=0.5, half_mm=20.0)
    model = HeterotopicBone(BALL, "bone", rim_thickness_mm=2.0, roughness_mm=0.0)
    deposit = model.paint(muscle)
    middle = placed(muscle, deposit, deposit.compact)[40, 40]

    assert middle.sum() * 0.5 == pytest.approx(2 * 2.0, abs=1.0)


def test_immature_bone_is_less_dense_than_mature():
    mineral = []
    for rim, core in ((900.0, 110.0), (430.0, 120.0)):
        deposit = HeterotopicBone(BALL, "bone", rim_mg_cm3=rim, core_mg_cm3=core).paint(canvas())
        mineral.append(deposit.mineral_mg_cm3.sum())

    assert mineral[1] < 0.8 * mineral[0]


def test_amorphous_calcification_has_neither_rim_nor_order():
    muscle = canvas()
    deposit = AmorphousCalcification((Ellipsoid((0, 0, 0), (7.0, 6.0, 6.0)),)).paint(muscle)
    from scipy.ndimage import binary_erosion

    inner = muscle.hu[deposit.box][binary_erosion(deposit.mask, iterations=2)]

    assert inner.mean() == pytest.approx(MUSCLE_HU + 430 * 1.29, abs=2)
    assert inner.std() < 1


def test_lobules_merge_into_one_body():
    from scipy.ndimage import label

    lobules = tuple(Ellipsoid((x, 0, 0), (5.0, 4.0, 5.0)) for x in (-6, 0, 6))
    deposit = AmorphousCalcification(lobules).paint(canvas())

    assert label(deposit.mask)[1] == 1


def test_a_tram_track_is_hollow_and_open_at_its_ends():
    muscle = canvas()
    model = TramTrack(((0, 0, -12), (0, 0, 12)), 5.0, cover=0.999)
    deposit = model.paint(muscle)
    mask = placed(muscle, deposit, deposit.mask)

    assert not mask[:, 32, 32].any()
    assert mask[32, 32].sum() == pytest.approx(2 * 1.3 / 0.75, abs=2.1)


def test_a_tram_track_covers_the_part_asked_for():
    volumes = [
        TramTrack(((0, 0, -20), (0, 0, 20)), 5.0, cover=c).paint(canvas()).mask.sum()
        for c in (0.3, 0.999)
    ]

    assert 0.1 < volumes[0] / volumes[1] < 0.6


def test_a_phlebolith_has_its_diameter():
    fine = canvas(step_mm=0.5, half_mm=10.0)
    deposit = Phlebolith((0.13, 0.21, -0.17), 5.0).paint(fine)

    assert deposit.mask.sum() * 0.125 == pytest.approx(4 / 3 * np.pi * 2.5**3, rel=0.05)


def test_mineral_mass_is_density_times_volume():
    fine = canvas(step_mm=0.5, half_mm=12.0)
    deposit = Phlebolith((0, 0, 0), 8.0).paint(fine)
    mass_mg = deposit.mineral_mg_cm3.sum() * 0.125 / 1000

    assert mass_mg == pytest.approx(480 * 4 / 3 * np.pi * 4**3 / 1000, rel=0.02)


def test_painting_a_lesion_leaves_the_names_of_structures():
    muscle = canvas()
    muscle.labels[:] = 7
    HeterotopicBone(BALL, "bone").paint(muscle)

    assert (muscle.labels == 7).all()


@pytest.mark.parametrize(
    "model",
    [
        HeterotopicBone(Tube(((0, 0, 900), (0, 0, 950)), (5.0, 5.0)), "far away"),
        Phlebolith((0, 0, 900)),
        TramTrack(((0, 0, 900), (0, 0, 950)), 4.0),
    ],
)
def test_what_lies_outside_the_field_is_not_painted(model):
    muscle = canvas()

    assert model.paint(muscle) is None
    assert (muscle.hu == MUSCLE_HU).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda: HeterotopicBone(BALL, "bone", rim_thickness_mm=0.0),
        lambda: HeterotopicBone(BALL, "bone", core_mg_cm3=-5.0),
        lambda: TramTrack(((0, 0, 0), (0, 0, 5)), 4.0, cover=1.5),
    ],
)
def test_impossible_lesions_are_refused_with_a_remedy(make):
    with pytest.raises(InputError) as refusal:
        make()

    assert refusal.value.remedy
