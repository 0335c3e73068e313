"""The report as one page: no scripts, no addresses that it needs, good on paper."""

from base64 import b64encode
from functools import cache, partial
from importlib.metadata import version
from importlib.resources import files
from math import log10
from typing import TYPE_CHECKING

from trabecula.model import Answer, Belonging, Candidate, DescribedLesion, Level, Part, Reason
from trabecula.report.drawing import Picture
from trabecula.report.planes import lesion_pictures
from trabecula.report.projection import RANGE_HU, projections
from trabecula.report.result import region_burden
from trabecula.report.spans import passages
from trabecula.report.summary import summary
from trabecula.report.tally import (
    burden_rows,
    candidate_names,
    carried,
    closed_candidates,
    distinct_notes,
    grouped_cautions,
    grouped_set_aside,
    input_facts,
    is_weak,
    numbered_parts,
    open_candidates,
    ranked_against,
    ranked_for,
    references,
    unassessed,
)
from trabecula.report.words import (
    address,
    cited,
    counted,
    figure,
    figure_title,
    listed,
    millilitres,
    percent_unbroken,
    place_words,
    plain,
    region_words,
    sentence,
    sentence_start,
    sign_title,
    significant,
    structure_words,
    unbroken,
)

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_CARDS = 20
"""Lesions with a card and pictures; the rest stand in the table. Bounds size and time."""

FULL_BAR_LOG10 = 2.0
"""A likelihood ratio of a hundred, either way, fills its bar."""

FULL_BAR_LOG_ODDS = 3.0
"""A weight of three, twentyfold odds, fills its bar."""


def html(answer: Answer) -> str:
    """Return the whole report as one HTML page.

    Parameters
    ----------
    answer
        With or without an image.

    Returns
    -------
    str
        Pictures and styles stand inside. The same answer always gives the same page.
    """
    shown = answer.lesions[:MOST_CARDS]
    pictures: dict[int, tuple[Picture, ...]] = {}
    overview: tuple[Picture, ...] = ()
    if answer.volume is not None:
        overview = projections(
            answer.volume,
            answer.lesions,
            range_hu=_range_hu(answer),
            parts=[one for _, one in numbered_parts(answer) if one.state is Belonging.NATIVE],
        )
        for described in shown:
            pictures[described.lesion.id] = lesion_pictures(
                answer.volume, described, answer.lesions
            )
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            answer=answer,
            software_version=version("trabecula"),
            styles=_styles(),
            finding=summary(answer)[0],
            meaning=summary(answer)[1],
            warnings=[note for note in distinct_notes(answer) if note.level is Level.WARNING],
            infos=[note for note in distinct_notes(answer) if note.level is not Level.WARNING],
            cautions=grouped_cautions(answer),
            names=candidate_names(answer),
            overview=overview,
            shown=shown,
            pictures=pictures,
            open_candidates=open_candidates(answer),
            closed_candidates=closed_candidates(answer),
            burden=burden_rows(region_burden(answer)),
            numbered_parts=numbered_parts(answer),
            set_aside=grouped_set_aside(answer),
            unassessed=unassessed(answer),
            facts=input_facts(answer),
            references=references(answer),
            carried=partial(carried, answer),
            passages=passages(answer),
        )
    )


def _range_hu(answer: Answer) -> tuple[float, float]:
    """Black and white of the projections: the scan's mineral threshold and the patient's cortex."""
    black, white = RANGE_HU
    if answer.seen is None:
        return black, white
    black = max(black, answer.seen.noise.mineral_threshold_hu)
    return black, max(answer.seen.noise.cortex_hu or white, 2.0 * black)


@cache
def _styles() -> str:
    folder = files("trabecula.report").joinpath("templates")
    return folder.joinpath("report.css").read_text(encoding="utf-8")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("trabecula.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["weak"] = is_weak
    environment.filters |= {
        "address": address,
        "cited": cited,
        "ranked_for": ranked_for,
        "ranked_against": ranked_against,
        "counted": counted,
        "figure": figure,
        "figure_title": figure_title,
        "listed": listed,
        "millilitres": millilitres,
        "percent": percent_unbroken,
        "plain": plain,
        "region_words": region_words,
        "sentence": sentence,
        "sentence_start": sentence_start,
        "sign_title": sign_title,
        "significant": significant,
        "structure_words": structure_words,
        "unbroken": unbroken,
        "data_uri": data_uri,
        "pull": pull,
        "tilt": tilt,
        "place": place,
        "part_place": part_place,
        "other_names": other_names,
    }
    return environment


def data_uri(picture: Picture) -> str:
    """Put a picture into an address, so that the page needs no other file."""
    return f"data:{picture.media_type};base64,{b64encode(picture.data).decode('ascii')}"


def pull(reason: Reason) -> float:
    """Length of a reason's bar, 0 to 100: the logarithm of its likelihood ratio."""
    if reason.likelihood_ratio <= 0:
        return 100.0
    return round(min(1.0, abs(log10(reason.likelihood_ratio)) / FULL_BAR_LOG10) * 100.0, 1)


def tilt(log_odds: float) -> float:
    """Length of a weight's bar, 0 to 100."""
    return round(min(1.0, abs(log_odds) / FULL_BAR_LOG_ODDS) * 100.0, 1)


def place(described: DescribedLesion) -> str:
    """Words for where a lesion lies."""
    return place_words(described.lesion.region, described.lesion.side)


def part_place(part: Part) -> str:
    """Words for where a part lies."""
    return place_words(part.region, part.side)


def other_names(candidate: Candidate) -> tuple[str, ...]:
    """Synonyms that say more than the name, then the codes."""
    name = candidate.name.casefold()
    return (*(one for one in candidate.synonyms if one.casefold() != name), *candidate.codes)
