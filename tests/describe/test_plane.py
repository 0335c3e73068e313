import numpy as np
import pytest

from trabecula.model import Region, Tissue


def in_fat(level=600.0):
    """A nodule in a slab of fat under skin, air in front (-j)."""

    def paint(z, y, x):
        nodule = z * z + (y + 6) ** 2 + x * x <= 25
        tissue = np.where(y < -16, -1000.0, np.where(y < 6, -100.0, 50.0))
        tissue = np.where((y >= -16) & (y < -14), 50.0, tissue)
        return {"hu": np.where(nodule, level, tissue), "lesion": nodule}

    return paint


def rod(turn_degrees, **structures):
    """A rod between the fibres of a muscle that runs along k."""

    def paint(z, y, x):
        angle = np.radians(turn_degrees)
        along = z * np.cos(angle) + x * np.sin(angle)
        across = np.hypot(y, x * np.cos(angle) - z * np.sin(angle))
        lesion = (abs(along) < 12) & (across < 4)
        muscle = (np.hypot(y, x) < 14) & (abs(z) < 24)
        return {"hu": np.where(lesion, 500, 50.0), "lesion": lesion, "muscle": muscle & ~lesion}

    return paint


def test_nodule_in_fat_under_the_skin_is_subcutaneous(render, signs):
    found = signs(render(in_fat(), size_mm=(40, 44, 40)))

    assert found["subcutaneous"] == "present"
    assert found["in_muscle"] == "absent"


def test_ball_deep_in_soft_tissue_is_not_subcutaneous(render, signs, paint):
    assert signs(render(paint.sphere(12)))["subcutaneous"] == "absent"


@pytest.mark.parametrize(("turn", "expected"), [(0, "present"), (90, "absent")])
def test_long_axis_is_held_against_the_muscle(render, signs, turn, expected):
    scene = render(rod(turn), size_mm=(52, 36, 36), bones={"muscle": Tissue.MUSCLE})
    found = signs(scene)

    assert found["along_muscle_plane"] == expected
    assert found["in_muscle"] == "present"


def test_in_the_belly_soft_tissue_is_not_taken_for_muscle(render, signs, paint):
    scene = render(paint.sphere(12), region=Region.ABDOMEN)

    assert signs(scene)["in_muscle"] == "not_assessed"


def test_mineral_on_a_vessel_is_vascular(render, signs):
    def paint(z, y, x):
        plaque = (np.hypot(y, x) < 6) & (np.hypot(y, x) > 4) & (abs(z) < 8) & (y > 0)
        vessel = (np.hypot(y, x) < 6) & ~plaque
        return {"hu": np.where(plaque, 700, 50.0), "lesion": plaque, "aorta": vessel}

    assert signs(render(paint, bones={"aorta": Tissue.VESSEL}))["vascular"] == "present"


def test_without_vessels_in_the_anatomy_vascular_is_not_assessed(render, signs, paint):
    assert signs(render(paint.sphere(10)))["vascular"] == "not_assessed"
