import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trabecula.errors import GeometryError
from trabecula.model import Grid


def canonical_affine(spacing_kji=(2.0, 0.8, 0.7), origin_lps=(10.0, -20.0, 30.0)):
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2] = spacing_kji
    affine[:3, 3] = origin_lps
    affine[3, 3] = 1.0
    return affine


GRID = Grid(canonical_affine(), (10, 20, 30))


def test_first_voxel_centre_is_the_origin():
    assert GRID.to_lps_mm([0, 0, 0]) == pytest.approx([10.0, -20.0, 30.0])


def test_one_slice_up_moves_toward_the_head():
    assert GRID.to_lps_mm([1, 0, 0]) - GRID.to_lps_mm([0, 0, 0]) == pytest.approx([0, 0, 2.0])


def test_one_column_on_moves_toward_the_left():
    assert GRID.to_lps_mm([0, 0, 1]) - GRID.to_lps_mm([0, 0, 0]) == pytest.approx([0.7, 0, 0])


@given(st.tuples(*[st.floats(-500, 500)] * 3))
def test_index_and_point_are_inverse(index):
    assert GRID.to_index_kji(GRID.to_lps_mm(index)) == pytest.approx(index, abs=1e-6)


def test_voxel_volume_is_the_product_of_its_edges():
    assert GRID.voxel_ml == pytest.approx(2.0 * 0.8 * 0.7 / 1000)


def test_cropped_grid_keeps_patient_points():
    box = (slice(2, 5), slice(3, 9), slice(4, 8))

    cropped = GRID.crop(box)

    assert cropped.shape_kji == (3, 6, 4)
    assert cropped.to_lps_mm([1, 1, 1]) == pytest.approx(GRID.to_lps_mm([3, 4, 5]))


def test_padding_stays_inside_the_grid():
    box = GRID.pad((slice(0, 2), slice(10, 12), slice(29, 30)), margin_mm=3.0)

    assert box == (slice(0, 4), slice(6, 16), slice(24, 30))


def test_sheared_axes_are_refused():
    affine = canonical_affine()
    affine[1, 0] = 0.5

    with pytest.raises(GeometryError, match="not perpendicular"):
        Grid(affine, (4, 4, 4))


def test_axis_without_length_is_refused():
    affine = canonical_affine()
    affine[:3, 1] = 0.0

    with pytest.raises(GeometryError, match="no length"):
        Grid(affine, (4, 4, 4))


def test_axes_toward_head_back_and_left_are_canonical():
    assert GRID.is_canonical


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_turned_axis_is_not_canonical(axis):
    affine = canonical_affine()
    affine[:3, axis] *= -1

    assert not Grid(affine, (4, 4, 4)).is_canonical


def test_grids_shifted_by_a_voxel_do_not_match():
    moved = Grid(canonical_affine(origin_lps=(10.7, -20.0, 30.0)), (10, 20, 30))

    assert GRID.matches(Grid(canonical_affine(), (10, 20, 30)))
    assert not GRID.matches(moved)


def test_affine_cannot_be_changed_afterwards():
    with pytest.raises(ValueError, match="read-only"):
        GRID.affine_kji_to_lps[0, 0] = 5.0
