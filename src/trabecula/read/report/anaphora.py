"""What a sentence says of a lesion that it does not name: ``none``, ``but the left does``."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from trabecula.model import Presence, Side
from trabecula.read.report.finding import Finding, Line, stated_as
from trabecula.read.report.patterns import Match
from trabecula.read.report.places import lesion_places, side_of_place
from trabecula.read.report.scope import LIKELY, UNCERTAIN
from trabecula.read.report.sentences import Sentence
from trabecula.read.report.siting import with_region

LESION_WORDS = frozenset({"ossification", "calcification"})
"""What ``none`` may stand for."""

_NONE = frozenset({"none", "nil", "nothing"})
_DO = frozenset({"do", "have", "be"})
_TURN = frozenset({"but", "while", "whereas", "though", "although", "yet"})
_EXCEPT = frozenset({"except", "excepting", "bar", "barring"})
_EXCEPT_BY = {("apart", "from"), ("aside", "from"), ("save", "for"), ("other", "than")}


def bare_denials(line: Line, here: Sequence[Finding], last: Sequence[Finding]) -> Iterator[Finding]:
    """Give the absence that ``right hip: none`` states of the lesion named before it."""
    at = next((n for n, token in enumerate(line.tokens) if token.word in _NONE), None)
    if at is None or here:
        return
    if at + 1 < len(line.tokens) and line.tokens[at + 1].word in ("of", "the"):
        return
    names = {f.sign.name for f in last if f.sign.name in LESION_WORDS | {"prior_ho"}}
    match = Match((at,))
    for name in sorted({"ossification" if name == "prior_ho" else name for name in names}):
        plain = stated_as(line, name, Presence.ABSENT, match, certainty=1.0)
        known = next(f for f in last if f.sign.name in (name, "prior_ho"))
        if line.places:
            yield plain
        else:
            side = _only_side(line) or known.side
            yield replace(plain, side=side, region=known.region)
    if names:
        yield from _denied_sites(line, match, last)


def _denied_sites(line: Line, match: Match, last: Sequence[Finding]) -> Iterator[Finding]:
    """Sites of the sentence, or of the one before it where this one names none."""
    places = lesion_places(line.places, line.tokens)
    for place in places:
        side = side_of_place(place, line.places, line.sides, line.tokens)
        for name in with_region(place):
            found = stated_as(line, name, Presence.ABSENT, match, certainty=1.0)
            yield replace(found, side=side, region=place.region)
    if places:
        return
    for past in {f.region: f for f in last if f.region and f.presence == "present"}.values():
        name = f"site_{past.region.value if past.region else ''}"
        found = stated_as(line, name, Presence.ABSENT, match, certainty=1.0)
        yield replace(found, side=_only_side(line) or past.side, region=past.region)


def _only_side(line: Line) -> Side | None:
    """Side that a sentence without a place names."""
    sides = {sided.side for sided in line.sides}
    return next(iter(sides)) if len(sides) == 1 else None


def turned(line: Line, here: Sequence[Finding]) -> list[Finding]:
    """Turn what an exception or an answering verb takes back: ``none but the left hip does``."""
    begin = _exception(line) or _answer(line)
    if begin is None:
        return list(here)
    out: list[Finding] = []
    back = Match(tuple(range(begin, len(line.tokens))))
    start = line.tokens[begin].start
    for finding in here:
        name, behind = finding.sign.name, (finding.sign.text_span or (0, 0))[0] >= start
        if finding.presence != "absent" or not (name in LESION_WORDS or name.startswith("site_")):
            out.append(finding)
        elif name in LESION_WORDS:
            out.extend(_both_ways(line, finding, back))
        elif behind:
            sign = replace(finding.sign, presence=Presence.PRESENT)
            out.append(replace(finding, sign=sign))
        else:
            out.append(finding)
    return out


def _both_ways(line: Line, finding: Finding, back: Match) -> Iterator[Finding]:
    """Presence behind the turn and, where a place stands before it, absence there."""
    yield stated_as(line, finding.sign.name, Presence.PRESENT, back, certainty=1.0)
    if any(place.match.last < back.first for place in line.places):
        yield finding


def _exception(line: Line) -> int | None:
    """Where the words behind ``except`` or ``apart from`` begin."""
    words = [token.word for token in line.tokens]
    for at, word in enumerate(words[:-1]):
        if word in _EXCEPT:
            return at + 1 + (words[at + 1] == "for")
        if (word, words[at + 1]) in _EXCEPT_BY and at + 2 < len(words):
            return at + 2
    return None


def _answer(line: Line) -> int | None:
    """Where ``but the left hip does`` begins."""
    words = [token.word for token in line.tokens]
    if not words or words[-1] not in _DO or not any(p.match.last for p in line.places):
        return None
    turns = [n for n, word in enumerate(words) if word in _TURN]
    return turns[-1] + 1 if turns and turns[-1] + 1 < len(words) else None


_ANSWERS = {
    "no": (Presence.ABSENT, 1.0),
    "none": (Presence.ABSENT, 1.0),
    "nil": (Presence.ABSENT, 1.0),
    "not": (Presence.ABSENT, 1.0),
    "never": (Presence.ABSENT, 1.0),
    "negative": (Presence.ABSENT, 1.0),
    "yes": (Presence.PRESENT, 1.0),
    "confirmed": (Presence.PRESENT, 1.0),
    "present": (Presence.PRESENT, 1.0),
    "possibly": (Presence.PRESENT, UNCERTAIN),
    "perhaps": (Presence.PRESENT, UNCERTAIN),
    "maybe": (Presence.PRESENT, UNCERTAIN),
    "uncertain": (Presence.PRESENT, UNCERTAIN),
    "unclear": (Presence.PRESENT, UNCERTAIN),
    "probably": (Presence.PRESENT, LIKELY),
    "likely": (Presence.PRESENT, LIKELY),
}
_SHORT_ANSWER = 2
"""A word that follows the answer at once, unless it goes on with a comma, makes it no answer."""


def answer_to(sentence: Sentence, following: Sequence[Sentence]) -> tuple[Presence, float] | None:
    """Give the presence and certainty by which ``HO? No.`` answers itself."""
    if not following or sentence.tokens[-1].word != "?":
        return None
    words = [token.word for token in following[0].tokens]
    closed = len(words) < _SHORT_ANSWER or words[1] in (",", ".", "-", "–", "—", "(")
    return _ANSWERS.get(words[0]) if closed else None


def answered(finding: Finding, answer: tuple[Presence, float]) -> Finding:
    """Give what was asked the presence of the answer."""
    presence, certainty = answer
    return replace(finding, sign=replace(finding.sign, presence=presence, certainty=certainty))
