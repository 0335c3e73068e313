"""The lesion table."""

from dataclasses import replace

from trabecula.model import Presence, Sign, sign_definitions
from trabecula.report import lesion_rows


def test_columns_do_not_depend_on_the_case(answer, nothing_found):
    assert lesion_rows(answer)[0] == lesion_rows(nothing_found)[0]


def test_every_row_fills_the_header(answer):
    header, rows = lesion_rows(answer)

    assert len(rows) == 3
    assert {len(row) for row in rows} == {len(header)}
    assert len(set(header)) == len(header)


def test_cells_stand_under_their_columns(answer):
    header, rows = lesion_rows(answer)
    first = dict(zip(header, rows[0], strict=True))

    assert (first["id"], first["verdict"], first["side"]) == (1, "ossification", "right")
    assert first["touches"] == "hip_right femur_right"
    assert (first["cortical_rim"], first["cortical_rim_measured"]) == ("present", 2.43)
    assert first["cortical_rim_unit"] == "mm"
    assert first["trabeculated"] == "not_assessed"
    assert first["sheet_like"] is None
    assert first["volume_low_ml"] < first["volume_ml"] < first["volume_high_ml"]


def test_sign_outside_the_atlas_is_not_lost(answer):
    strange = replace(answer.lesions[0], signs=(Sign("new_sign", Presence.PRESENT),))
    header, rows = lesion_rows(replace(answer, lesions=(strange,)))

    assert header[-3:] == ("new_sign", "new_sign_measured", "new_sign_unit")
    assert rows[0][-3:] == ("present", None, None)


def test_signs_of_the_whole_case_are_no_columns(answer):
    header, _ = lesion_rows(answer)
    of_case = {d.name for d in sign_definitions().values() if d.kind == "distribution"}

    assert of_case
    assert of_case.isdisjoint(header)
