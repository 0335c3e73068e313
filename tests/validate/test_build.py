"""Simulated bodies: the trainer's as the plans are drawn, the judge's never."""

import numpy as np
import pytest

from trabecula.simulate import Figure
from trabecula.simulate.canvas import blank_canvas, mixed_palette
from trabecula.simulate.lattice import Lattice
from trabecula.validate.build import Build, Proportions, judged_build, trained_build
from trabecula.validate.region import REGIONS

SEEDS = range(40)


def judged(region: str = "knee") -> list[Build]:
    return [judged_build(np.random.default_rng(seed), region) for seed in SEEDS]


def test_the_judges_bodies_never_have_the_trainers_proportions() -> None:
    for build in judged():
        assert all(abs(np.log(one)) >= 0.04 for one in build.proportions.stretch)
        assert all(one >= 1.5 for one in build.proportions.sway_mm)
    for seed in SEEDS:
        own = trained_build(np.random.default_rng(seed), "knee")
        assert own.proportions == Proportions()


def test_the_judges_bodies_are_children_and_adults_thin_and_heavy_sparse_and_dense() -> None:
    figures = [build.figure for build in judged()]

    assert any(one.growing for one in figures)
    assert not all(one.growing for one in figures)
    assert {one.sex for one in figures} == {"F", "M"}
    for values, low, high in (
        ([one.fat_mm for one in figures], 2.0, 24.0),
        ([one.bone_density for one in figures], 0.6, 1.2),
    ):
        assert min(values) < low
        assert max(values) > high


def test_a_point_of_the_plan_is_found_in_the_body() -> None:
    proportions = judged()[3].proportions
    place = (100.0, -40.0, -410.0)

    x, y, z = (np.array([one], dtype=np.float32) for one in proportions.body(place))
    planned = proportions.plan(Lattice(x, y, z))

    assert [planned.x[0], planned.y[0], planned.z[0]] == pytest.approx(place, abs=0.01)


def test_proportions_keep_the_order_of_places() -> None:
    at = np.arange(-600.0, 600.0, 0.5, dtype=np.float32)
    for build in judged():
        planned = build.proportions.plan(Lattice(at, at, at))

        for axis in (planned.x, planned.y, planned.z):
            assert np.diff(axis).min() > 0.5 * 0.6


def test_the_right_side_mirrors_the_left() -> None:
    left, right = (Build("knee", judged()[0].figure, right=side) for side in (False, True))

    (low, high), (other_low, other_high) = left.corners, right.corners
    assert (low[0], high[0]) == (-other_high[0], -other_low[0])
    assert (low[1:] == other_low[1:]).all()


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_lies_within_what_the_plan_draws(region: str) -> None:
    part = REGIONS[region]

    for low, high in ((part.low_mm, part.high_mm), (part.normal_low_mm, part.normal_high_mm)):
        assert all(b - a > 80.0 for a, b in zip(low, high, strict=True))


@pytest.mark.slow
def test_contrast_fills_arteries_wholly_and_veins_less_and_keeps_their_names() -> None:
    build = Build("pelvis", Figure(size=1.0))
    x, y, z = (np.arange(a, b, 3.0, dtype=np.float32) for a, b in ((-90, 90), (-70, 40), (20, 60)))
    lattice = Lattice(x, y, z)
    canvas = blank_canvas(lattice, mixed_palette(lattice.spacing_kji_mm, kvp=120.0, seed=0), {})

    build.body(seed=1, contrast_hu=300.0).soft_tissue(canvas)

    for name, hu in (("iliac_artery_left", 300.0), ("iliac_vena_left", 120.0)):
        inside = canvas.hu[canvas.labels == canvas.names[name]]
        assert inside.size > 20
        assert np.median(inside) == pytest.approx(hu)


def test_arteries_lie_where_the_proportions_put_them() -> None:
    build = judged("shoulder")[1]
    plain = Build("shoulder", build.figure)

    moved, drawn = build.arteries(), plain.arteries()

    assert set(moved) == set(drawn)
    assert any(name.startswith("subclavian") for name in moved)
    for name, (course, radius) in moved.items():
        for place, planned in zip(course, drawn[name][0], strict=True):
            assert place == pytest.approx(build.proportions.body(planned))
        assert radius == drawn[name][1]
