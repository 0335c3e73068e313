"""Body without table, lungs and gas."""

from types import SimpleNamespace

import numpy as np
import pytest

from trabecula.see.scene import Scene, fill_slices, look


@pytest.fixture(scope="module")
def scene(phantoms: SimpleNamespace) -> Scene:
    hu = phantoms.trunk()
    x, y, z = phantoms.points()
    for side in (-1.0, 1.0):
        lung = ((x - side * 65.0) / 40.0) ** 2 + (y / 55.0) ** 2 + ((z - 100.0) / 50.0) ** 2 <= 1.0
        hu[lung] = -850.0
    hu[phantoms.ball((0.0, -50.0, 30.0), 12.0)] = -990.0
    arm = np.broadcast_to((x - 148.0) ** 2 + (y - 60.0) ** 2 <= 10.0**2, phantoms.SHAPE)
    hu[arm] = 50.0
    return look(phantoms.volume_of(hu))


def at(scene: Scene, point: tuple[float, float, float]) -> tuple[int, int, int]:
    k, j, i = np.rint(scene.grid.to_index_kji(point)).astype(int).tolist()
    return k, j, i


def test_the_table_is_not_body(scene: Scene) -> None:
    assert not scene.body[at(scene, (0.0, 107.0, 80.0))]
    assert not scene.body[at(scene, (100.0, 107.0, 80.0))]


def test_trunk_and_arm_are_body(scene: Scene) -> None:
    assert scene.body[at(scene, (0.0, 0.0, 40.0))]
    assert scene.body[at(scene, (148.0, 60.0, 80.0))]


def test_lungs_belong_to_the_body_and_gas_is_no_lung(scene: Scene) -> None:
    lung, gas = at(scene, (65.0, 0.0, 100.0)), at(scene, (0.0, -50.0, 30.0))

    assert scene.body[lung]
    assert scene.lungs[lung]
    assert scene.gas[gas]
    assert not scene.lungs[gas]


def test_the_middle_of_the_body_lies_deepest(scene: Scene) -> None:
    depth = scene.skin_depth_mm

    assert depth[at(scene, (0.0, 10.0, 80.0))] > 70.0
    assert depth[at(scene, (0.0, -90.0, 80.0))] < 10.0


def test_a_scan_of_air_has_an_empty_body(phantoms: SimpleNamespace) -> None:
    assert not look(phantoms.volume_of(np.full((20, 40, 40), -1000.0))).body.any()


def test_filling_goes_slice_by_slice() -> None:
    ring = np.zeros((3, 7, 7), dtype=bool)
    ring[1, 1:6, 1:6] = True
    ring[1, 2:5, 2:5] = False

    filled = fill_slices(ring)

    assert filled[1, 3, 3]
    assert not filled[0].any()


def test_lungs_that_the_field_of_view_cuts_open_are_lungs(phantoms: SimpleNamespace) -> None:
    hu = phantoms.trunk()
    x, y, z = phantoms.points()
    for side in (-1.0, 1.0):
        lung = ((x - side * 70.0) / 45.0) ** 2 + (y / 55.0) ** 2 + ((z - 80.0) / 70.0) ** 2 <= 1.0
        hu[lung] = -850.0

    scene = look(phantoms.volume_of(np.ascontiguousarray(hu[:, :, 45:115])))

    # The lungs reach both edges of this narrow field of view.
    assert scene.lungs[scene.lungs.shape[0] // 2, scene.lungs.shape[1] // 2, 0]
    assert scene.lungs[scene.lungs.shape[0] // 2, scene.lungs.shape[1] // 2, -1]


@pytest.mark.parametrize("offset_hu", [-15.0, 0.0, 15.0])
def test_gas_at_the_upper_end_is_no_lung_wherever_air_is_calibrated(
    phantoms: SimpleNamespace, offset_hu: float
) -> None:
    hu = phantoms.trunk()
    x, y, z = phantoms.points()
    gas = ((x - 50.0) / 30.0) ** 2 + (y / 40.0) ** 2 + ((z - 140.0) / 45.0) ** 2 <= 1.0
    lung = ((x + 50.0) / 30.0) ** 2 + (y / 40.0) ** 2 + ((z - 140.0) / 45.0) ** 2 <= 1.0
    hu[gas], hu[lung] = -975.0, -850.0

    scene = look(phantoms.volume_of(hu + offset_hu))

    assert scene.gas[at(scene, (50.0, 0.0, 140.0))]
    assert not scene.lungs[at(scene, (50.0, 0.0, 140.0))]
    assert scene.lungs[at(scene, (-50.0, 0.0, 140.0))]


@pytest.mark.parametrize("scale", [0.95, 1.0, 1.1])
def test_the_body_is_the_same_when_hu_are_scaled(phantoms: SimpleNamespace, scale: float) -> None:
    hu = phantoms.trunk()
    x, y, z = phantoms.points()
    for side in (-1.0, 1.0):
        lung = ((x - side * 65.0) / 40.0) ** 2 + (y / 55.0) ** 2 + ((z - 80.0) / 50.0) ** 2 <= 1.0
        hu[lung] = -850.0

    one, other = look(phantoms.volume_of(hu)), look(phantoms.volume_of(hu * scale))

    assert phantoms.dice(one.body, other.body) > 0.98
    assert phantoms.dice(one.lungs, other.lungs) > 0.98
