from trabecula.model import Answer, Origin, Presence, Reasoning, Sign
from trabecula.report import html
from trabecula.report.spans import passages

TEXT = "Calcification. No <b>trauma</b>. Possible bridging."


def stated(name, words, presence=Presence.PRESENT, certainty=1.0):
    start = TEXT.index(words)
    return Sign(
        name,
        presence,
        certainty=certainty,
        origin=Origin.REPORT,
        text_span=(start, start + len(words)),
        reason="stated",
    )


ANSWER = Answer(
    notes=(),
    signs=(
        stated("calcification", "Calcification"),
        stated("trauma", "<b>trauma</b>", Presence.ABSENT),
        stated("bridging", "bridging", certainty=0.5),
    ),
    reasoning=Reasoning((), (), (), "1"),
    report_text=TEXT,
)


def test_the_passages_together_are_the_report():
    assert "".join(passage.text for passage in passages(ANSWER)) == TEXT


def test_present_absent_and_uncertain_words_are_told_apart():
    read = {passage.text: passage.reading for passage in passages(ANSWER)}

    assert read["Calcification"] == "present"
    assert read["<b>trauma</b>"] == "absent"
    assert read["bridging"] == "uncertain"
    assert read[". No "] == ""


def test_an_answer_without_a_report_has_no_passages():
    assert passages(Answer((), (), Reasoning((), (), (), "1"))) == ()


def test_the_page_marks_the_words_and_escapes_them():
    page = html(ANSWER)

    assert '<mark class="absent"' in page
    assert "&lt;b&gt;trauma" in page
    assert "<b>trauma" not in page
