"""A report in sentences, each with the section it stands in."""

from collections.abc import Sequence
from dataclasses import dataclass

from trabecula.read.report.tokens import Token

_ABBREVIATIONS = frozenset(
    [
        "dr",
        "mr",
        "mrs",
        "ms",
        "vs",
        "e.g",
        "eg",
        "i.e",
        "ie",
        "approx",
        "ca",
        "cf",
        "fig",
        "no",
        "nr",
        "st",
        "al",
        "resp",
        "incl",
        "est",
        "min",
        "max",
        "pt",
        "hx",
        "wks",
        "wk",
        "yrs",
        "yr",
        "mos",
        "mths",
        "bil",
        "bilat",
        "post",
        "ant",
        "lat",
        "med",
        "prox",
        "dist",
    ]
)
_HEADINGS = {
    "history": "history clinical indication background pmh presentation course story anamnesis"
    " details complaint hx symptoms info reason context",
    "findings": "findings finding ct mri mr us xr radiograph radiographs films film imaging"
    " observations description result results exam examination x ultrasound histology",
    "impression": "impression conclusion opinion assessment summary comment imp diagnosis report"
    " interpretation remark",
    "comparison": "comparison compare prior priors",
    "technique": "technique protocol procedure method",
    "request": "request question questions query wanted",
    "plan": "recommendation advice plan recommend recommendations outcome options management",
}
_SECTION = {word: name for name, words in _HEADINGS.items() for word in words.split()}
MAX_HEADING = 6
"""Longest heading, in words."""
_ASKS = frozenset(
    [
        "be",
        "do",
        "can",
        "could",
        "should",
        "would",
        "what",
        "which",
        "how",
        "why",
        "who",
        "when",
        "where",
        "may",
        "will",
        "shall",
        "does",
    ]
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence or clause between semicolons.

    Attributes
    ----------
    tokens
        Its words and marks; the full stop is left out, a question mark stays.
    section
        ``history``, ``findings``, ``impression``, ``comparison``, ``technique``, ``request`` or
        ``body``.
    continues
        Whether it follows a semicolon rather than a full stop.
    asks
        Whether it is a question to the reader.
    """

    tokens: tuple[Token, ...]
    section: str
    continues: bool
    asks: bool


def sentences_of(text: str, tokens: Sequence[Token]) -> list[Sentence]:
    """Sentences of a text, in order."""
    found: list[Sentence] = []
    section, begun, continues = "body", 0, False
    for at in range(len(tokens) + 1):
        end = at == len(tokens)
        if not end and not _ends_here(text, tokens, at):
            continue
        stop = at if end or tokens[at].word in (".", ";", "!") else at + 1
        piece = tuple(tokens[begun:stop])
        if piece:
            if section in _PASSING and (section != "plan" or _new_line(text, tokens, begun)):
                section = "body"
            section = _section(piece, section)
            passing = "body" if section == "request" and not _wants(piece) else section
            for part in (p for titled in _titled(piece) for p in _answered(titled)):
                found.append(Sentence(part, passing, continues, _asks(part)))
        continues = not end and tokens[at].word == ";"
        begun = at + 1
    return found


_WANTS = frozenset(
    [
        "?",
        "please",
        "exclude",
        "rule",
        "assess",
        "evaluate",
        "nature",
        "cause",
        "what",
        "extent",
        "confirm",
        "look",
        "query",
        "whether",
    ]
)


def _wants(tokens: Sequence[Token]) -> bool:
    """Whether words behind the heading of a request ask for something, rather than tell."""
    return bool(_WANTS & {token.word for token in tokens})


_IMAGING = frozenset(
    [
        "ct",
        "mri",
        "mr",
        "us",
        "xr",
        "radiograph",
        "radiography",
        "film",
        "ultrasound",
        "x",
        "scan",
        "cbct",
        "tomography",
        "arthrogram",
    ]
)
_MIN_TOLD = 3
"""Fewest tokens behind a title; ``bone scan uptake: nil`` is one statement."""
_MAX_IMAGING = 12
"""Longest title that names the imaging and the part imaged, in tokens."""


def _titled(tokens: tuple[Token, ...]) -> list[tuple[Token, ...]]:
    """Part the name of the imaging from what it shows: ``CT of both legs: thick plates``."""
    at = next(
        (n for n, token in enumerate(tokens[: _MAX_IMAGING + 1]) if token.word == ":"),
        None,
    )
    if at is None or at < 2 or at + _MIN_TOLD >= len(tokens):
        return [tokens]
    return [tokens[: at + 1], tokens[at + 1 :]] if names_imaging(tokens[:at]) else [tokens]


_NONE = frozenset({"none", "nil"})
_WHERE = frozenset({"on", "in", "at", "over", "about", "around", "elsewhere", "to"})


def _answered(tokens: tuple[Token, ...]) -> list[tuple[Token, ...]]:
    """Part ``none on the left`` from what the sentence tells of the right."""
    for at in range(2, len(tokens) - 1):
        if (
            tokens[at].word in _NONE
            and tokens[at + 1].word in _WHERE
            and tokens[at - 1].word
            in (
                ",",
                "and",
                "but",
            )
        ):
            return [tokens[: at - 1], tokens[at:]]
    return [tokens]


def names_imaging(tokens: Sequence[Token]) -> bool:
    """Whether words name a way of imaging."""
    return any(token.word in _IMAGING for token in tokens)


def _ends_here(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Whether a sentence ends with the token at this place."""
    token = tokens[at]
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    if token.word == ";":
        return True
    gap = text[token.end : following.start] if following else "\n"
    if token.word in ("!", "?"):
        return bool(gap) and (
            token.word == "!" or following is None or not following.text.islower()
        )
    if token.text == "stop" and token.word == ".":
        return True
    if token.word == ".":
        before = tokens[at - 1].text.lower() if at else ""
        if not gap or following is None:
            return following is None
        if tokens[at - 1].text in ("L", "R") and following.text[:1].isupper() and at >= 2:
            return True
        if at >= 2 and before in ("m", "f") and tokens[at - 2].word[0].isdigit():
            return True
        if before in _ABBREVIATIONS or (len(before) == 1 and before.isalpha() and before != "l"):
            return "\n" in gap or (following.text[:1].isupper() and len(before) > 1)
        return not following.text[:1].islower() or "\n" in gap
    return _line_ends(gap, token, following)


def _line_ends(gap: str, token: Token, following: Token | None) -> bool:
    """Whether a line break parts two statements: a blank line, a bullet, a new capital."""
    if "\n" not in gap or following is None:
        return False
    if gap.count("\n") > 1 or following.text in "-*•–":
        return True
    return following.text[:1].isupper() and token.word not in (
        ",",
        "and",
        "the",
        "of",
        "or",
    )


def _new_line(text: str, tokens: Sequence[Token], at: int) -> bool:
    return at > 0 and "\n" in text[tokens[at - 1].end : tokens[at].start]


def _section(tokens: Sequence[Token], section: str) -> str:
    """Section that begins with this sentence, or the one that goes on."""
    for at, token in enumerate(tokens[: MAX_HEADING + 1]):
        if token.word == ":" and at:
            words = [_SECTION.get(t.word) or _SECTION.get(t.text.lower()) for t in tokens[:at]]
            known = [name for name in words if name]
            if known[:1] == ["request"] and len(known) < at:
                return section
            return known[0] if known else ("body" if section in _PASSING else section)
        if not token.is_word and token.word not in ("/", "&", ",", "(", ")"):
            break
    if len(tokens) <= 3:
        known = [
            name for t in tokens if (name := _SECTION.get(t.text.lower())) and t.text.isupper()
        ]
        if known:
            return known[0]
    return section


_PASSING = frozenset({"request", "plan", "technique", "comparison"})
"""Sections that any heading ends."""


def _asks(tokens: Sequence[Token]) -> bool:
    """Whether the sentence asks the reader something."""
    if tokens[-1].word != "?":
        return False
    opening = [token.word for token in tokens[:4]]
    return bool(_ASKS & set(opening[:1])) or "please" in opening
