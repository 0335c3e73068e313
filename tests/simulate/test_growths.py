"""Facts of the lesion models, on a fine block of muscle."""

import numpy as np
import pytest
from scipy.ndimage import binary_fill_holes, distance_transform_edt, label

from trabecula.errors import InputError
from trabecula.simulate import GENERATORS, catalogue
from trabecula.simulate.canvas import blank_canvas, mixed_palette
from trabecula.simulate.growths import Plan, Site, entry_of
from trabecula.simulate.growths.fields import struts, waves
from trabecula.simulate.lattice import Lattice

MUSCLE_HU = 55.0
PATH = ((0, 0, -24), (5, 2, -8), (5, 2, 8), (0, 0, 24))


def block(step_mm=1.0, half_mm=26.0):
    axis = np.arange(-half_mm, half_mm, step_mm, dtype=np.float32)
    lattice = Lattice(axis, axis.copy(), axis.copy())
    canvas = blank_canvas(lattice, mixed_palette(lattice.spacing_kji_mm, kvp=120.0, seed=1), {})
    canvas.hu[:] = MUSCLE_HU
    return canvas


def made(model, variant="train", *, seed=5, down=(0.0, 1.0, 0.0), **values):
    """Lesions of a model in the middle of a block, not yet painted."""
    entry = entry_of(model)
    path = PATH if entry.anchor == "between" else ()
    site = Site((0, 0, 0), path=path, core=(0, -14, 0), hosts=("a", "b") if path else ())
    plan = Plan(
        model, entry.title, entry.values(values), site, GENERATORS[variant](seed),
        np.random.default_rng(seed), down=down,
    )  # fmt: skip
    return entry.builder(plan)


def painted(growth, canvas=None):
    """Mask, mineral and HU of a lesion on the whole block."""
    canvas = canvas or block()
    deposit = growth.paint(canvas)
    mask = np.zeros(canvas.lattice.shape, bool)
    mineral = np.zeros(canvas.lattice.shape, np.float32)
    mask[deposit.box], mineral[deposit.box] = deposit.mask, deposit.mineral_mg_cm3
    return mask, mineral, canvas.hu


SMALL = {
    "muscle_plate": 36, "muscle_ribbon": 36, "myositis_ossificans": 30,
    "neurogenic_ossification": 38, "burn_ossification": 36, "cloud_calcification": 26,
    "rings_and_arcs": 28, "tumoral_calcinosis": 36, "calcinosis_universalis": 36,
    "artery_wall": 30, "osteosarcoma": 28, "synovial_sarcoma": 36,
}  # fmt: skip


def of(model, variant="train", **values):
    if model in SMALL:
        values.setdefault("size_mm", SMALL[model])
    return made(model, variant, **values)


@pytest.mark.parametrize("variant", ["train", "judge"])
@pytest.mark.parametrize("model", sorted(catalogue()))
def test_every_model_paints_mineral_of_its_class(model, variant):
    for growth in of(model, variant):
        mask, mineral, hu = painted(growth)

        assert mask.any()
        assert growth.facts.mineral in ("ossification", "calcification")
        assert growth.facts.variant == variant
        assert mineral[mask].max() > 60.0
        assert np.isfinite(hu).all()


@pytest.mark.parametrize(
    "model", sorted(set(catalogue()) - {"osteosarcoma", "neurogenic_ossification"})
)
def test_train_and_judge_make_different_lesions_of_one_seed(model):
    train, judge = (painted(of(model, variant)[0])[1] for variant in ("train", "judge"))

    assert not np.array_equal(train, judge)


def test_train_and_judge_differ_in_texture_not_only_in_shape():
    """The net of plates and rods is skewed; a Gaussian grain is not."""
    skew = []
    for variant in ("train", "judge"):
        growth = made("neurogenic_ossification", variant, size_mm=44.0, maturity=1.0)[0]
        mask, _, hu = painted(growth)
        core = hu[mask & (distance_transform_edt(mask) * 1.0 > 4.0)]
        skew.append(float(((core - core.mean()) ** 3).mean() / core.std() ** 3))

    assert abs(skew[0] - skew[1]) > 0.2


def test_the_same_seed_makes_the_same_lesion_and_another_seed_another():
    first, again, other = (
        painted(made("muscle_plate", size_mm=36.0, seed=s)[0])[1] for s in (5, 5, 6)
    )

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("variant", ["train", "judge"])
def test_the_shape_does_not_depend_on_the_voxel(variant):
    growth = made("myositis_ossificans", variant, size_mm=30.0)[0]
    volumes = [painted(growth, block(step_mm=step))[0].sum() * step**3 for step in (0.8, 1.6)]

    assert volumes[1] == pytest.approx(volumes[0], rel=0.05)


@pytest.mark.parametrize("variant", ["train", "judge"])
def test_rings_enclose_lucent_lobules(variant):
    growth = made("rings_and_arcs", variant, size_mm=30.0, lobule_mm=10.0, cover=1.0)[0]
    _, mineral, _ = painted(growth, block(step_mm=0.5, half_mm=20.0))
    shell = mineral > 300.0
    holes = binary_fill_holes(shell) & ~shell
    _, count = label(holes)

    assert count >= 3
    assert mineral[holes].mean() < 100.0


def test_arcs_are_broken_rings():
    whole, broken = (
        painted(made("rings_and_arcs", size_mm=28.0, cover=c)[0])[1].sum() for c in (1.0, 0.4)
    )

    assert 0.15 * whole < broken < 0.75 * whole


@pytest.mark.parametrize("down", [(0.0, 1.0, 0.0), (0.0, -1.0, 0.0), (1.0, 0.0, 0.0)])
def test_calcium_settles_level_and_below_the_fluid(down):
    growth = made("tumoral_calcinosis", size_mm=40.0, lobule_mm=18.0, down=down)[0]
    canvas = block()
    painted(growth, canvas)
    # One step in the way of gravity inside a lobule never leaves sediment for fluid but at a wall.
    axis, step = (2, int(down[0])) if down[0] else (1, int(down[1]))
    dense = np.moveaxis(canvas.hu > 500.0, axis, 0)[::step]
    fluid = np.moveaxis(np.abs(canvas.hu - 25.0) < 20.0, axis, 0)[::step]
    falls = (fluid[:-2] & dense[2:]).sum()
    rises = (dense[:-2] & fluid[2:]).sum()

    assert falls > 100
    assert rises < 0.25 * falls


def test_a_fluid_level_is_horizontal():
    """Where sediment lies under fluid, the border keeps one height in its lobule."""
    growth = made("tumoral_calcinosis", size_mm=38.0, lobule_mm=22.0)[0]
    canvas = block(step_mm=0.6, half_mm=24.0)
    painted(growth, canvas)
    border = (np.abs(canvas.hu[:, :-2] - 25.0) < 20.0) & (canvas.hu[:, 2:] > 500.0)
    heights = np.argwhere(border)[:, 1]
    often = np.bincount(heights)

    # Few heights hold nearly all of the border: one for each lobule.
    assert np.sort(often)[-8:].sum() > 0.8 * often.sum()


def test_without_levels_a_lobule_is_evenly_full():
    growth = made("tumoral_calcinosis", size_mm=38.0, levels=False)[0]

    assert growth.facts.pattern == "amorphous"
    assert (painted(growth)[2] > 500).sum() > 5000


@pytest.mark.parametrize("variant", ["train", "judge"])
@pytest.mark.parametrize(
    ("model", "values", "zone"),
    [
        ("myositis_ossificans", {"size_mm": 36.0, "weeks": 8.0}, "rim"),
        ("neurogenic_ossification", {"size_mm": 38.0}, "rim"),
        ("osteosarcoma", {"size_mm": 32.0, "wraps_deg": 60.0}, "core"),
    ],
)
def test_the_dense_zone_is_where_the_facts_say(model, values, zone, variant):
    growth = made(model, variant, **values)[0]
    mask, mineral, _ = painted(growth)
    depth = distance_transform_edt(mask) * 1.0
    deep = depth > 0.6 * depth.max()
    shallow = mask & (depth < 0.25 * depth.max())

    assert growth.facts.zonation == zone
    assert (mineral[shallow].mean() > mineral[deep].mean()) == (zone == "rim")


def test_bone_in_a_muscle_ripens_from_its_border():
    """Zone phenomenon: more shell at 6 weeks than at 3, marrow fat at 12."""
    shells, cores = [], []
    for weeks in (3.0, 6.0, 12.0):
        mask, _, hu = painted(made("myositis_ossificans", size_mm=36.0, weeks=weeks)[0])
        depth = distance_transform_edt(mask) * 1.0
        shells.append(hu[mask & (depth > 0.8) & (depth < 2.0)].mean())
        cores.append(hu[depth > 5.0].mean())

    assert shells[0] < 180 < shells[1] < shells[2]
    assert cores[0] < 80


def test_a_veil_has_no_rim_and_ripe_bone_has_the_rim_asked_for():
    veil, ripe = (made("muscle_plate", size_mm=36.0, maturity=m, rim_mm=2.0)[0] for m in (0.1, 1.0))

    assert veil.facts.rim_thickness_mm is None
    assert ripe.facts.rim_thickness_mm == pytest.approx(2.0)
    assert painted(veil)[1].max() < 400
    assert painted(ripe)[1].max() > 800


def test_the_rim_measures_what_the_facts_say():
    growth = made("neurogenic_ossification", size_mm=40.0, lobes=1.0, maturity=1.0, rim_mm=2.5)[0]
    mask, mineral, _ = painted(growth, block(step_mm=0.5, half_mm=24.0))
    dense = mask & (mineral > 500.0)
    surface = mask & (distance_transform_edt(mask) <= 1.0)
    # Volume of a shell over its area; the outermost voxels are half full.
    thickness = dense.sum() / surface.sum() * 0.5

    assert thickness == pytest.approx(growth.facts.rim_thickness_mm, rel=0.25)


def test_speckles_are_many_and_apart():
    growth = made("synovial_sarcoma", size_mm=44.0, count=30.0)[0]
    _, mineral, _ = painted(growth, block(step_mm=0.5, half_mm=26.0))

    assert label(mineral > 250)[1] >= 12


def test_nodules_are_lesions_of_their_own():
    growths = made("calcinosis_circumscripta", count=5.0)
    masks = [painted(growth)[0] for growth in growths]

    assert len(growths) == 5
    assert not (masks[0] & masks[1]).any()


def test_an_artery_wall_is_hollow():
    growth = made("artery_wall", size_mm=30.0, cover=1.0)[0]
    mask, _, _ = painted(growth)
    middle = mask.shape[0] // 2

    assert not mask[:, middle, middle].any()
    assert (binary_fill_holes(mask[middle]) & ~mask[middle]).any()


@pytest.mark.parametrize("grade", [1.0, 2.0, 3.0, 4.0])
def test_brookers_grades_leave_the_gap_they_are_named_for(grade):
    growths = made("hip_ossification", grade=grade, width_mm=9.0)
    masks = [painted(growth)[0] for growth in growths]

    assert len(growths) == (1 if grade == 4 else 2)
    if len(masks) == 2:
        gap = distance_transform_edt(~masks[0])[masks[1]].min() * 1.0
        assert gap >= 10.0 if grade == 2 else gap > 1.5
        assert grade != 3 or gap < 10.0


def test_fields_have_mean_0_and_sd_1():
    lattice = block(half_mm=40.0, step_mm=1.0).lattice
    for field in (waves(lattice, scale_mm=2.0, seed=1), struts(lattice, scale_mm=2.0, seed=1)):
        assert field.mean() == pytest.approx(0.0, abs=0.1)
        assert field.std() == pytest.approx(1.0, abs=0.12)


@pytest.mark.parametrize(
    ("model", "values", "word"),
    [
        ("muscle_plate", {"sise_mm": 30}, "size_mm"),
        ("muscle_plate", {"size_mm": 4000}, "260"),
        ("muscle_plate", {"form": "cube"}, "ribbon"),
        ("insertion_spur", {"continuity": 1}, "true"),
        ("hip_ossification", {"grade": 2.5}, "whole"),
        ("muscle_plates", {}, "muscle_plate"),
    ],
)
def test_impossible_parameters_are_refused_with_what_is_possible(model, values, word):
    with pytest.raises(InputError) as refusal:
        entry_of(model).values(values)

    assert word in refusal.value.remedy
