import numpy as np
import pytest

from trabecula.errors import InputError
from trabecula.simulate.canvas import coverage, depth_mm
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.shapes import (
    Ellipsoid,
    Loft,
    Plate,
    Tube,
    Union,
    polygon_distance,
    smooth_distance,
    smooth_outline,
)


def lattice(half_mm=30.0, step_mm=1.0):
    axis = np.arange(-half_mm, half_mm + step_mm / 2, step_mm, dtype=np.float32)
    return Lattice(axis, axis.copy(), axis.copy())


def volume_mm3(shape, step_mm=1.0):
    grid = lattice(step_mm=step_mm)
    return coverage(shape.distance(*grid.mesh()), step_mm).sum() * step_mm**3


def test_coverage_of_a_ball_keeps_its_volume():
    assert volume_mm3(Ellipsoid((0.3, -0.2, 0.1), (12.0,) * 3)) == pytest.approx(
        4 / 3 * np.pi * 12**3, rel=0.01
    )


def test_ellipsoid_volume_is_right_for_unequal_axes():
    assert volume_mm3(Ellipsoid((0, 0, 0), (20.0, 12.0, 8.0))) == pytest.approx(
        4 / 3 * np.pi * 20 * 12 * 8, rel=0.02
    )


def test_tube_is_a_capsule():
    capsule = Tube(((0, 0, -10), (0, 0, 10)), (6.0, 6.0))

    assert volume_mm3(capsule) == pytest.approx(np.pi * 36 * 20 + 4 / 3 * np.pi * 216, rel=0.01)


def test_flat_tube_is_half_as_deep_as_wide():
    ribbon = Tube(((0, 0, -20), (0, 0, 20)), (10.0, 10.0), flat=2.0)
    inside = ribbon.distance(*lattice().mesh()) < 0
    _, j, i = np.nonzero(inside)

    assert np.ptp(i) == pytest.approx(20, abs=2)
    assert np.ptp(j) == pytest.approx(10, abs=2)


def test_loft_of_one_ellipse_is_an_elliptic_cylinder():
    cylinder = Loft(((-15, 0, 0, 14, 8, 30), (15, 0, 0, 14, 8, 30)))

    assert volume_mm3(cylinder) == pytest.approx(np.pi * 14 * 8 * 30, rel=0.02)


def test_a_loft_turns_toward_the_back_with_its_angle():
    turned = Loft(((-5, 0, 0, 20, 4, 45), (5, 0, 0, 20, 4, 45)))
    inside = turned.distance(*lattice().mesh())[30] < 0

    assert inside[40, 40]
    assert not inside[20, 40]


def test_plate_has_the_thickness_asked_for_where_it_slopes():
    slope = tuple((u, z, 0.5 * u, 6.0) for u in (-25, 0, 25) for z in (-25, 0, 25))
    plate = Plate(0, slope, ((-20, -20), (20, -20), (20, 20), (-20, 20)))
    full = coverage(plate.distance(*lattice().mesh()), 1.0)

    # Along x a plate leaning by half is thicker by the root of 1.25.
    assert full[30, 30].sum() == pytest.approx(6.0 * np.sqrt(1.25), rel=0.03)


def test_a_union_fills_the_crease_between_its_parts():
    parts = (Ellipsoid((-8, 0, 0), (8.0,) * 3), Ellipsoid((8, 0, 0), (8.0,) * 3))
    sharp, round_ = (Union(parts, blend_mm=b).distance(*lattice().mesh()) for b in (0.0, 6.0))

    assert sharp[30, 30, 30] == pytest.approx(0.0, abs=0.01)
    assert round_[30, 30, 30] == pytest.approx(-1.5, abs=0.01)


def test_depth_does_not_stop_at_seams_inside_a_union():
    parts = (Ellipsoid((-5, 0, 0), (12.0,) * 3), Ellipsoid((5, 0, 0), (12.0,) * 3))
    depth = depth_mm(Union(parts).distance(*lattice().mesh()), (1.0, 1.0, 1.0))

    assert depth[30, 30, 30] > 10.0


def test_distances_drawn_between_knots_agree_with_exact_ones():
    ball = Ellipsoid((0, 0, 0), (25.0,) * 3)
    grid = lattice()
    exact = ball.distance(*grid.mesh())
    near = np.abs(exact) < 3

    assert np.abs(smooth_distance(ball, grid, every=4) - exact)[near].max() < 0.25


def test_polygon_distance_is_negative_inside_and_true_outside():
    square = np.array([[-10.0, -10.0], [10.0, -10.0], [10.0, 10.0], [-10.0, 10.0]])
    at = np.array([0.0, 13.0], dtype=np.float32)
    signed = polygon_distance(square, at, np.array([0.0], dtype=np.float32))

    assert signed[0].tolist() == pytest.approx([-10.0, 3.0])


def test_a_smooth_outline_passes_through_its_corners():
    corners = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))

    assert np.allclose(np.array(smooth_outline(corners, per_side=4))[::4], corners)


def test_a_box_outside_the_lattice_is_none():
    assert lattice().box(Ellipsoid((500, 0, 0), (5.0,) * 3).bounds) is None


def test_a_part_of_a_lattice_remembers_where_it_starts():
    part = lattice().part((slice(3, 9), slice(4, 9), slice(5, 9)))

    assert part.first == (3, 4, 5)
    assert part.shape == (6, 5, 4)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Ellipsoid((0, 0, 0), (1.0, -1.0, 1.0)),
        lambda: Tube(((0, 0, 0),), (1.0,)),
        lambda: Tube(((0, 0, 0), (1, 0, 0)), (1.0,)),
        lambda: Loft(((5, 0, 0, 1, 1, 0), (0, 0, 0, 1, 1, 0))),
        lambda: Plate(2, ((0, 0, 0, 1),) * 4, ((0, 0), (1, 0), (0, 1))),
    ],
)
def test_impossible_shapes_are_refused_with_a_remedy(make):
    with pytest.raises(InputError) as refusal:
        make()

    assert refusal.value.remedy
