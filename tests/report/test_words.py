"""The words of a report."""

import pytest

from trabecula.describe.weighing import weight_table
from trabecula.model import Region, Side, sign_definitions
from trabecula.report.words import (
    FIGURE_TITLES,
    address,
    figure,
    figure_title,
    form,
    listed,
    millilitres,
    percent,
    percent_unbroken,
    place_words,
    plain,
    sentence,
    shared,
    sign_title,
    significant,
    structure_words,
)


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.0, "0 %"), (0.004, "< 1 %"), (0.713, "71 %"), (0.9962, "> 99 %"), (1.0, "100 %")],
)
def test_probability_is_never_rounded_to_certainty(probability, words):
    assert percent(probability) == words


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [
        (0.0, 3, "0"),
        (1234.5, 3, "1230"),
        (0.10526, 2, "0.11"),
        (2.5, 3, "2.5"),
        (-0.42, 2, "-0.42"),
    ],
)
def test_numbers_keep_their_significant_digits(value, digits, words):
    assert significant(value, digits) == words


def test_hu_reads_as_hu_and_a_bare_ratio_bears_no_unit():
    assert figure(131.2, "[hnsf'U]") == "131 HU"
    assert figure(0.94, "1") == "0.94"
    assert figure(2, "{bones}") == "2 bones"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hip_left", "left hip bone"),
        ("femur_right", "right femur"),
        ("vertebrae_L4", "vertebra L4"),
        ("rib_left_3", "left rib 3"),
        ("sacrum", "sacrum"),
    ],
)
def test_structures_read_as_anatomy(name, words):
    assert structure_words(name) == words


def test_places_take_the_patients_side():
    assert place_words(Region.LEG_FOOT, Side.LEFT) == "left lower leg and foot"
    assert place_words(Region.NECK, Side.MIDLINE) == "neck, midline"
    assert place_words(None, Side.LEFT) == "place not known"


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("a study (PMID:6811185)", "https://pubmed.ncbi.nlm.nih.gov/6811185/"),
        ("PMC3035170", "https://pmc.ncbi.nlm.nih.gov/articles/PMC3035170/"),
        ("doi:10.1186/s13023-019-1068-7.", "https://doi.org/10.1186/s13023-019-1068-7"),
        ("see https://example.org/a_b.", "https://example.org/a_b"),
        ("javascript:alert(1)", None),
        ("Author 2011", None),
    ],
)
def test_citation_gives_its_address(source, where):
    assert address(source) == where


def test_small_words():
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert millilitres(812.4) == "812 ml"
    assert sentence("done") == "Done."
    assert figure_title("rim_thickness_mm") == "rim thickness"


def test_reasons_of_one_form_are_told_once_with_what_differs_left_open():
    reasons = ("3.0 mm thick; below 4.3 mm blurred", "2.6 mm thick; below 4.3 mm blurred")

    assert form(reasons[0]) == form(reasons[1])
    assert shared(reasons) == "… mm thick; below 4.3 mm blurred"
    assert shared(reasons[:1]) == reasons[0]
    assert shared(("the region upper arm is cut", "the region head is cut")) == (
        "the region … is cut"
    )


def test_units_inside_a_method_are_written_as_people_do():
    assert plain("limit 485 [hnsf'U]; limit 2.5 {count}") == "limit 485 HU; limit 2.5"
    assert plain("of the surface; limit 0.6 1; in 5 lesions") == (
        "of the surface; limit 0.6; in 5 lesions"
    )
    assert plain("limit 2 1") == "limit 2"
    assert plain("limit 2 12 mm") == "limit 2 12 mm"


def test_probability_does_not_break_over_lines():
    assert percent_unbroken(0.995) == ">\u00a099\u00a0%"


def test_every_weight_of_the_verdict_has_words():
    table = weight_table()

    for name in (*table.signs, *table.figures):
        assert "_" not in sign_title(name)
        assert name in sign_definitions() or name in FIGURE_TITLES
