import re

import pytest

from trabecula.describe.observation import graded, listed, structure_words
from trabecula.model import Measured


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("femur_right", "right femur"),
        ("hip_left", "left hip bone"),
        ("rib_left_5", "left rib 5"),
        ("vertebrae_L5", "vertebra L5"),
        ("sacrum", "sacrum"),
    ],
)
def test_structures_are_named_as_people_do(name, words):
    assert structure_words(name) == words


def test_a_list_ends_with_and():
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a"]) == "a"


@pytest.mark.parametrize(
    ("unit", "end"), [("1", "limit 0.6"), ("[hnsf'U]", "limit 0.6 HU"), ("deg", "limit 0.6°")]
)
def test_a_limit_has_the_unit_that_people_write(unit, end):
    sign = graded("cortical_rim", Measured(0.9, unit, "part"), 0.6, spread=0.1)

    assert sign.reason.endswith(end)


def test_nothing_said_of_a_lesion_has_machine_units_or_names(render, measure, paint):
    from trabecula.model import Tissue

    bones = {"femur_left": Tissue.BONE, "hip_left": Tissue.BONE}
    lesion = measure(render(paint.bridge(open_marrow=False), size_mm=(34, 34, 66), bones=bones))
    said = [sign.reason for sign in lesion.signs]
    said += [figure.method for figure in lesion.figures.values()]
    said += [weight.text for weight in lesion.weights]

    assert not [text for text in said if re.search(r"hnsf|_|\\{count|limit [0-9.]+ 1$", text)]
