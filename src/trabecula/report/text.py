"""The answer for the terminal: plain text, at most 100 columns."""

from collections.abc import Iterable
from math import inf, log10
from textwrap import wrap

from trabecula.model import Answer, Candidate, DecidedBy, Presence, Question, Reason
from trabecula.report.summary import summary
from trabecula.report.tally import (
    candidate_names,
    carried,
    closed_candidates,
    distinct_notes,
    grouped_cautions,
    grouped_set_aside,
    is_weak,
    numbered_parts,
    open_candidates,
    ranked_against,
    ranked_for,
    unassessed,
)
from trabecula.report.words import (
    first_words,
    listed,
    millilitres,
    percent,
    place_words,
    sentence,
    sign_title,
    significant,
    unbroken,
)

COLUMNS = 100
"""Width that a terminal and an e-mail both hold."""

MOST_LESIONS = 20
"""Lesions in the table; the others are counted."""

MOST_PARTS = 10
"""Parts listed; the others stand in the files."""

MOST_REASONS = 4
"""Reasons shown for and against each condition, strongest first."""

TITLE_CELLS = 46
"""Room for a sign's name beside its bar."""

MOST_CONDITIONS = 4
"""Conditions shown with their reasons."""

MOST_UNASSESSED = 8
"""Signs named for one reason why they were not assessed; the others are counted."""

BAR_CELLS = 10
"""Length of a full bar."""


def text(answer: Answer) -> str:
    """Return the answer as plain text.

    Parameters
    ----------
    answer
        With or without an image.

    Returns
    -------
    str
        No line is longer than 100 columns.
    """
    parts = [
        _answer(answer),
        _cautions(answer),
        _lesions(answer),
        _parts(answer),
        _differential(answer),
        _questions(answer),
        _set_aside(answer),
        _limits(answer),
        "Research tool, not a medical device.",
    ]
    return "\n\n".join(part for part in parts if part)


def _paragraph(words: str, *, first: str = "", rest: str = "") -> list[str]:
    lines = wrap(unbroken(words), COLUMNS, initial_indent=first, subsequent_indent=rest)
    return [line.replace("\u00a0", " ") for line in lines] or [first.rstrip()]


def _section(title: str, lines: Iterable[str]) -> str:
    body = list(lines)
    return "\n".join([title.upper(), *body]) if body else ""


def _answer(answer: Answer) -> str:
    return "\n".join(line for words in summary(answer) for line in _paragraph(words))


def _cautions(answer: Answer) -> str:
    lines: list[str] = []
    for name, probability, cautions in grouped_cautions(answer):
        chance = "" if probability is None else f" ({percent(probability)})"
        lines += _paragraph(f"While {name}{chance} is open:", first="  ", rest="  ")
        for caution in cautions:
            lines += _paragraph(sentence(caution.text), first="  ! ", rest="    ")
    return _section("Cautions", lines)


def _lesions(answer: Answer) -> str:
    if not answer.lesions:
        return ""
    lines = [
        f"  {'id':>3}  {'verdict':<14} {'bone':>6}  {'volume':>9}  {'mean HU':>7}  place, signs"
    ]
    for described in answer.lesions[:MOST_LESIONS]:
        signs = [sign_title(s.name) for s in described.signs if s.presence is Presence.PRESENT]
        place = place_words(described.lesion.region, described.lesion.side)
        head = (
            f"  {described.lesion.id:>3}  {described.verdict.value:<14} "
            f"{percent(described.probability_ossification):>6}  "
            f"{millilitres(described.volume.value):>9}  {described.hu.mean:>7.0f}  "
        )
        told = f"{place}: {first_words(signs, 4)}" if signs else place
        lines += _paragraph(told, first=head, rest=" " * len(head))
    if len(answer.lesions) > MOST_LESIONS:
        lines.append(f"  and {len(answer.lesions) - MOST_LESIONS} more, in lesions.csv")
    return _section("Lesions", lines)


def _differential(answer: Answer) -> str:
    shown = open_candidates(answer)[:MOST_CONDITIONS]
    lines = [line for candidate in shown for line in _candidate(answer, candidate)]
    rest = [*open_candidates(answer)[MOST_CONDITIONS:], *closed_candidates(answer)][:6]
    if rest:
        named = listed(f"{one.name} ({percent(one.probability)})" for one in rest)
        lines += _paragraph(f"Then {named}.", first="  ", rest="  ")
    return _section("Differential", lines)


def _candidate(answer: Answer, candidate: Candidate) -> list[str]:
    head = f"{candidate.rank}. {candidate.name}, {percent(candidate.probability)}"
    lines = _paragraph(head, first="  ", rest="     ")
    for mark, reasons in (("+", ranked_for(candidate)), ("-", ranked_against(candidate))):
        strong = [one for one in reasons if not is_weak(one)]
        lines += [_reason(answer, mark, one) for one in strong[:MOST_REASONS]]
    if candidate.not_assessed:
        names = first_words([sign_title(name) for name in candidate.not_assessed], 5)
        lines += _paragraph(f"not assessed: {names}", first="     ? ", rest="       ")
    return lines


def _strength(reason: Reason) -> float:
    """Likelihood ratio, turned so that more is stronger either way."""
    ratio = reason.likelihood_ratio
    return max(ratio, 1.0 / ratio) if ratio > 0 else inf


def _reason(answer: Answer, mark: str, reason: Reason) -> str:
    strength = _strength(reason)
    cells = min(BAR_CELLS, max(1, round(BAR_CELLS / 2 * _decades(strength))))
    title = carried(answer, reason)
    if len(title) > TITLE_CELLS:
        title = f"{title[: TITLE_CELLS - 1]}…"
    return f"     {mark} {title:<{TITLE_CELLS}} {mark * cells:<{BAR_CELLS}}  LR {_ratio(reason)}"


def _decades(strength: float) -> float:
    return 2.0 if strength == inf else log10(strength)


def _ratio(reason: Reason) -> str:
    return significant(reason.likelihood_ratio, 2)


def _questions(answer: Answer) -> str:
    names = candidate_names(answer)
    lines: list[str] = []
    for question in answer.reasoning.next:
        gain = f"{sentence(question.text)} ({question.expected_gain_bits:.2f} bits)"
        lines += _paragraph(gain, first="  ? ", rest="    ")
        lines += _outcomes(question, names)
    return _section("Ask next", lines)


def _outcomes(question: Question, names: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for word, leading in (("if so", question.if_present), ("if not", question.if_absent)):
        if leading:
            named = listed(f"{names.get(key, key)} {percent(p)}" for key, p in leading[:3])
            lines += _paragraph(f"{word}: {named}", first="      ", rest="        ")
    return lines


def _parts(answer: Answer) -> str:
    lines: list[str] = []
    listed_parts = numbered_parts(answer)
    for _, part in listed_parts[:MOST_PARTS]:
        by = " by an edit" if part.decided_by is DecidedBy.EDIT else ""
        told = (
            f"{part.id}: {place_words(part.region, part.side)}, {millilitres(part.volume_ml)}, "
            f"ectopic {percent(part.probability_ectopic)}, counts as {part.state.value}{by}"
        )
        lines += _paragraph(told, first="  - ", rest="    ")
    if len(listed_parts) > MOST_PARTS:
        lines.append(f"    and {len(listed_parts) - MOST_PARTS} more in result.json")
    return _section("Fused, border not certain (say what they are with --edits)", lines)


def _set_aside(answer: Answer) -> str:
    lines: list[str] = []
    for group in grouped_set_aside(answer):
        number = f"{group.number} × " if group.number > 1 else ""
        where = f" ({group.places})" if group.places else ""
        told = f"{number}{group.kind}, {millilitres(group.volume_ml)}{where}: {group.reason}"
        lines += _paragraph(told, first="  - ", rest="    ")
    return _section("Set aside, not lesions", lines)


def _limits(answer: Answer) -> str:
    lines: list[str] = []
    for note in distinct_notes(answer):
        lines += _paragraph(
            f"{sentence(note.text)} {sentence(note.consequence)}".strip(), first="  - ", rest="    "
        )
    for one in unassessed(answer):
        where = ""
        if one.lesion_ids:
            noun = "lesion" if len(one.lesion_ids) == 1 else "lesions"
            where = f" in {noun} {first_words([str(i) for i in one.lesion_ids], 8)}"
        signs = first_words(one.titles, MOST_UNASSESSED)
        told = f"Not assessed{where}: {signs}, because {one.reason}"
        lines += _paragraph(sentence(told), first="  - ", rest="    ")
    for words in answer.not_understood:
        lines += _paragraph(f"Not understood, so not weighed: “{words}”", first="  - ", rest="    ")
    return _section("Limits", lines)
