import numpy as np
import pytest

from trabecula.errors import GeometryError
from trabecula.model import (
    Acquisition,
    Anatomy,
    Border,
    Grid,
    Lesion,
    Level,
    Note,
    Presence,
    Side,
    Sign,
    Structure,
    Tissue,
    Volume,
    sign_definitions,
)

AXES = np.array([[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]], dtype=float)
FROM_MEMORY = Acquisition(kind="simulated", sha256="0" * 64)


def volume(shape=(2, 3, 4), **changes):
    given = {"hu": np.zeros(shape, np.int16), "grid": Grid(AXES, shape), "acquisition": FROM_MEMORY}
    return Volume(**{**given, **changes})


def test_a_volume_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        volume().hu[0, 0, 0] = 1


def test_a_float_volume_is_refused():
    with pytest.raises(TypeError, match="int16"):
        volume(hu=np.zeros((2, 3, 4), np.float32))


def test_a_volume_with_a_grid_of_another_shape_is_refused():
    with pytest.raises(GeometryError, match="its grid"):
        volume(grid=Grid(AXES, (2, 3, 5)))


def test_a_volume_that_runs_feet_up_is_refused():
    with pytest.raises(GeometryError, match="head, back and left"):
        volume(grid=Grid(AXES * np.array([-1, 1, 1, 1]), (2, 3, 4)))


def test_a_volume_shows_itself_and_escapes_its_notes():
    shown = volume(notes=(Note(Level.INFO, "x", "<b>"),))._repr_html_()

    assert "2 × 3 × 4" in shown
    assert "&lt;b&gt;" in shown


def test_a_figure_needs_its_unit():
    with pytest.raises(ValueError, match="UCUM"):
        Sign("denser_rim", Presence.PRESENT, measured=3.0)


def test_a_sign_not_assessed_needs_its_reason():
    with pytest.raises(ValueError, match="why"):
        Sign("denser_rim", Presence.NOT_ASSESSED)


def test_certainty_lies_between_nought_and_one():
    with pytest.raises(ValueError, match="Certainty"):
        Sign("denser_rim", Presence.PRESENT, certainty=1.2)


def test_every_sign_has_words_for_people():
    for definition in sign_definitions().values():
        assert definition.title
        assert definition.definition.endswith(".")


def test_no_two_signs_share_a_title():
    titles = [definition.title for definition in sign_definitions().values()]

    assert len(titles) == len(set(titles))


def test_calcification_and_ossification_are_two_signs_of_one_group():
    signs = sign_definitions()

    assert signs["calcification"].group == signs["ossification"].group
    assert signs["ossification"].code == "HP:0011986"


def test_the_side_of_a_structure_is_told_by_its_name():
    assert Structure(1, "hip_left", Tissue.BONE).side is Side.LEFT
    assert Structure(2, "sacrum", Tissue.BONE).side is Side.UNPAIRED


def test_anatomy_finds_structures_by_tissue_and_by_name():
    labels = np.array([[[0, 1, 2, 1]]], np.uint8)
    anatomy = Anatomy(
        labels,
        (Structure(1, "hip_left", Tissue.BONE), Structure(2, "aorta", Tissue.VESSEL)),
        source="label map",
        version="",
        separates_fused_bone=True,
    )

    assert anatomy.mask(anatomy.of(Tissue.BONE)).tolist() == [[[False, True, False, True]]]
    assert anatomy.named("aorta", "sacrum") == (2,)
    assert anatomy.name_of(1) == "hip_left"


def test_a_lesion_mask_fills_its_box():
    with pytest.raises(ValueError, match="box"):
        Lesion(
            id=1,
            mask=np.ones((2, 2, 2), bool),
            box=(slice(0, 2), slice(0, 2), slice(0, 3)),
            region=None,
            side=None,
            centroid_lps_mm=(0, 0, 0),
            bounding_box_lps_mm=(0, 0, 0, 1, 1, 1),
            border=Border.CLEAR,
            threshold_hu=200.0,
        )
