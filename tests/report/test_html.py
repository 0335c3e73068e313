"""The report as a page."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import import_module

import pytest

from trabecula.model import Caution, Level, Note, Reason, Side
from trabecula.report import html

page_module = import_module("trabecula.report.html")  # the package exports its function

VOID = {"img", "meta", "br", "hr"}


@pytest.fixture(scope="module")
def page(answer):
    return html(answer)


class Checker(HTMLParser):
    """Collects tags and attributes, and holds that every tag is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def read(page):
    checker = Checker()
    checker.feed(page)
    return checker


@pytest.mark.parametrize("case", ["answer", "imageless", "nothing_found"])
def test_page_is_well_formed(case, request):
    checker = read(html(request.getfixturevalue(case)))

    assert not checker.open
    assert checker.tags.count("h1") == 1


def test_page_needs_no_script_and_no_address(page):
    checker = read(page)
    fetched = [value for _, name, value in checker.attributes if name in {"src", "srcset"}]

    assert "script" not in checker.tags
    assert "link" not in checker.tags
    assert not [name for _, name, _ in checker.attributes if name.startswith("on")]
    assert fetched
    assert all(value.startswith("data:image/") for value in fetched)
    assert not re.search(r"url\(|@import", page)


def test_links_lead_only_to_sources_and_inside(page):
    links = [value for _, name, value in read(page).attributes if name == "href"]

    assert "https://pubmed.ncbi.nlm.nih.gov/6811185/" in links
    assert all(value.startswith(("https://", "#")) for value in links)


def test_every_picture_says_what_it_shows(page):
    checker = read(page)

    assert checker.tags.count("img") == 2 + 3 * 3
    alts = [value for tag, name, value in checker.attributes if (tag, name) == ("img", "alt")]
    assert len(alts) == 11
    assert all(alts)


def test_answer_and_cautions_come_before_the_pictures(page):
    assert page.index("Heterotopic ossification at the right hip") < page.index(
        "Do not take a biopsy"
    )
    assert page.index("Do not take a biopsy") < page.index("<img")


def test_hostile_words_stay_words(answer):
    evil = "<script>alert(1)</script>"
    attack = '"><img src=x onerror=alert(1)>'
    first = replace(
        answer.differential[0],
        name=evil,
        reasons_for=(Reason(attack, 3.0, ("javascript:alert(1)", f"https://e.org/{attack}")),),
    )
    hostile = replace(
        answer,
        notes=(Note(Level.WARNING, "x", evil, attack),),
        reasoning=replace(
            answer.reasoning,
            differential=(first,),
            avoid=(Caution(first.id, attack, (evil,)),),
        ),
        not_understood=(evil,),
    )
    checker = read(html(hostile))

    assert "script" not in checker.tags
    assert not [name for _, name, _ in checker.attributes if name.startswith("on")]
    assert not [v for _, name, v in checker.attributes if name == "href" and "script" in v]


def test_page_is_the_same_every_time(answer, page):
    assert html(replace(answer, timings_s={"see": 5.0})) == page


def test_many_lesions_keep_the_page_small_and_say_so(answer, monkeypatch):
    monkeypatch.setattr(page_module, "MOST_CARDS", 4)
    many = tuple(
        replace(one, lesion=replace(one.lesion, id=number + 1, side=Side.LEFT))
        for number, one in enumerate([answer.lesions[1]] * 9)
    )
    page = html(replace(answer, lesions=many))

    assert page.count('<article class="card"') == 4
    assert "those of the other\n  5 stand in result.json" in page


def test_report_tells_every_part_of_the_answer(page):
    for words in (
        "What limits this answer",
        "What it may be",
        "What to ask next",
        "Amount by body region",
        "Set aside: bright, but no lesion",
        "What could not be assessed, and why",
        "Input and method",
        "not a medical\n  device",
        "If both sides: present",
    ):
        assert words in page


def test_words_alone_make_a_page_without_pictures(imageless):
    page = html(imageless)

    assert "<img" not in page
    assert "about the right hip" in page


def test_notebook_shows_lesions_differential_and_cautions(answer, imageless):
    shown = answer._repr_html_()

    assert "1 × calcification, 1 × indeterminate, 1 × ossification" in shown
    assert "<td>Condition A, congenital</td><td>71%</td>" in shown
    assert "Do not take a biopsy" in shown
    assert "no image" in imageless._repr_html_()
    assert not read(shown).open
