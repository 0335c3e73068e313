"""Image and words in one answer."""

import pytest

from trabecula.model import Context, Origin, Presence, Sign
from trabecula.run import _contradictions, analyze, complete, diagnose
from trabecula.simulate import demo_patient


@pytest.fixture(scope="module")
def coarse():
    return demo_patient(spacing_kji_mm=(4.0, 2.2, 2.2))


def test_words_that_contradict_the_image_bring_a_note():
    image = [Sign("bridging", Presence.PRESENT)]
    told = [Sign("bridging", Presence.ABSENT, origin=Origin.REPORT, reason="stated")]

    (note,) = _contradictions(image, told)

    assert "present on the image and absent in the report" in note.text


def test_what_nobody_assessed_contradicts_nothing():
    image = [Sign("bridging", Presence.NOT_ASSESSED, reason="too small")]
    told = [Sign("bridging", Presence.ABSENT, origin=Origin.REPORT, reason="stated")]

    assert list(_contradictions(image, told)) == []


def test_the_form_goes_before_the_header(coarse):
    assert complete(Context(age_years=9.0), coarse.volume).age_years == 9.0


@pytest.mark.slow
def test_a_report_is_weighed_with_the_image(coarse):
    alone = analyze(coarse.volume, coarse.anatomy)
    told = analyze(coarse.volume, coarse.anatomy, report="Short great toes since birth. No trauma.")

    def fop(answer):
        return sum(c.probability for c in answer.differential if c.id.startswith("fop"))

    assert fop(told) > fop(alone)
    assert any(sign.origin is Origin.REPORT for sign in told.signs)
    assert told.report_text is not None


def test_signs_alone_are_ranked():
    signs = [Sign(name, Presence.PRESENT) for name in ("ossification", "great_toe_anomaly")]

    assert diagnose(signs, Context(age_years=5.0)).differential[0].id == "fop_classic"
