from functools import partial

import numpy as np
import pytest

from trabecula.errors import InputError
from trabecula.model import Tissue
from trabecula.simulate import Phlebolith, Scanner, demo_lesions
from trabecula.simulate.demo import FIELD_LOW_MM
from trabecula.simulate.render import Body, field_of_view, simulate, tissue_of
from trabecula.simulate.skeleton import pelvic_skeleton

SHAPE, SPACING = (52, 93, 128), (6.0, 3.0, 3.0)


def bare_body():
    """Bones in air."""
    return Body(lambda canvas: None, partial(pelvic_skeleton, seed=0), 30.0, "F")


def field():
    return field_of_view(FIELD_LOW_MM, SHAPE, spacing_kji_mm=SPACING, size=1.0)


def test_slabs_make_the_same_patient_as_one_piece():
    whole, pieces = (
        simulate(
            bare_body(), field(), demo_lesions(), scanner=Scanner(noise_sd_hu=0), seed=0, slab=s
        )
        for s in (52, 16)
    )
    names = {s.name: s.label for s in whole.anatomy.structures}
    table = np.zeros(256, np.uint8)
    for structure in pieces.anatomy.structures:
        table[structure.label] = names[structure.name]

    assert (table[pieces.anatomy.labels] != whole.anatomy.labels).mean() < 1e-4
    assert np.abs(pieces.volume.hu.astype(int) - whole.volume.hu).mean() < 0.5
    assert [t.volume_ml for t in pieces.truth] == pytest.approx([t.volume_ml for t in whole.truth])
    assert [t.contact for t in pieces.truth] == [t.contact for t in whole.truth]


def test_the_grid_is_canonical_and_in_millimetres():
    grid = field().grid

    assert grid.is_canonical
    assert grid.spacing_kji_mm.tolist() == pytest.approx(SPACING)
    assert grid.to_lps_mm([0, 0, 0]) == pytest.approx(FIELD_LOW_MM)


def test_more_lesions_than_labels_are_refused():
    with pytest.raises(InputError, match="more than the truth labels"):
        simulate(
            bare_body(), field(), [Phlebolith((0, 0, 0))] * 256, scanner=Scanner(), seed=0, slab=16
        )


@pytest.mark.parametrize("shape", [(4, 100, 100), (100, 100, 0)])
def test_a_scan_of_almost_no_voxels_is_refused(shape):
    with pytest.raises(InputError, match="too small"):
        field_of_view(FIELD_LOW_MM, shape, spacing_kji_mm=SPACING, size=1.0)


def test_unknown_structures_count_as_muscle():
    assert tissue_of("gluteus_medius_left") is Tissue.MUSCLE
    assert tissue_of("iliac_vena_left") is Tissue.VESSEL
