"""Where in the body: site words, side, region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trabecula.model import Region, Side
from trabecula.read.report.patterns import Match
from trabecula.read.report.shared_heads import SHARED_HEADS
from trabecula.read.report.sides import LETTERS, Sided
from trabecula.read.report.tokens import Token
from trabecula.read.report.wordlists import beginnings_of, words_of

_BREAKS = frozenset({",", "but", "and", "while", "whereas", "(", ")", "with", "which"})


@dataclass(frozen=True, slots=True)
class Place:
    """A site word: its sign, region and position, and whether another clause's event has it."""

    sign: str
    region: Region | None
    match: Match
    elsewhere: bool = False


def places_of(
    found: Sequence[tuple[str, Match]],
    sites: Mapping[str, Mapping[str, Any]],  # rows of a TOML table
    tokens: Sequence[Token],
) -> list[Place]:
    """Site words of a sentence; a word that a longer phrase takes otherwise is left out."""
    vetoed = [
        (name[2:], set(range(m.first, m.last + 1))) for name, m in found if name.startswith("!@")
    ]
    places: list[Place] = []
    for name, match in found:
        if not name.startswith("@"):
            continue
        own = set(match.positions)
        if any(key == name[1:] and own & taken for key, taken in vetoed):
            continue
        entry = sites[name[1:]]
        region = Region(entry["region"]) if entry["region"] else None
        places.append(Place(entry.get("sign", name[1:]), region, match))
    return sorted(_widest(places, tokens), key=lambda place: place.match.first)


def _widest(places: Sequence[Place], tokens: Sequence[Token]) -> list[Place]:
    """Leave out a name that is a part of a longer one: the thumb in ``tip of the thumb``."""
    spans = [
        (place.match.first, place.match.last)
        for place in places
        if not any(
            token.word in ("and", "or", ",", "/", "&", "to", "with", "beside", "alongside")
            for token in tokens[place.match.first : place.match.last]
        )
    ]
    return [
        place
        for place in places
        if not _is_named_finer(place, places)
        and not any(
            one <= place.match.first and place.match.last <= two
            for one, two in spans
            if two - one > place.match.last - place.match.first
        )
    ]


def _is_named_finer(place: Place, places: Sequence[Place]) -> bool:
    """Whether the same words name a finer site of the region: the scalp, and not the head too."""
    own = set(place.match.positions)
    return place.region is not None and any(
        place.sign == f"site_{place.region.value}" != other.sign
        and other.region is place.region
        and own & set(other.match.positions)
        for other in places
    )


_BESIDE = words_of("beside")
_COMPLAINT = frozenset({"stiff", "painful", "fractured", "burnt", "burned", "swollen", "bowed"})
_HOST_PARTS = ("cort", "periost", "marrow", "medull")
_HOST_VERBS = beginnings_of("host_verbs")
_OF = frozenset({"of", "in", "to", "over", "at", "about", "on"})
NOT_OF_LESION = beginnings_of("not_of_lesion")
"""Beginnings of words that make the place before them one of a complaint or an event."""
_JOINED = ("contin", "connect", "communic", "fus", "contact", "articul", "contig")
_TIED = ("bridg", "unit", "span", "join", "attach", "adher", "tether", "fix", *_JOINED)
_BONES = words_of("bones")


def is_reached_only(place: Place, tokens: Sequence[Token]) -> bool:
    """Whether no lesion lies there: a place of pain or event, a host bone, a bridge's end."""
    if place.elsewhere:
        return True
    words = [token.word for token in tokens]
    at, following = place.match.first, _compound(words, place.match.last)
    if _MASSES & set(following):
        return False
    if any(word.startswith(NOT_OF_LESION) for word in following):
        return True
    if at and words[at - 1] in _COMPLAINT:
        return True
    return _is_host(words, place, following) or _is_reached(words, place)


_UNDER = frozenset({"under", "beneath", "below", "in", "within", "underneath", "of"})
_MASSES = frozenset({"mass", "lump", "lesion", "nodule", "tumor", "deposit", "swelling", "plaque"})
_PARTING = frozenset(
    {
        "after",
        "following",
        "since",
        "with",
        "without",
        "and",
        "or",
        "from",
        ",",
        ":",
        "(",
        "post",
    }
)


def is_host_only(place: Place, tokens: Sequence[Token]) -> bool:
    """Whether a bone is named only as the one a lesion lies on or acts on."""
    words = [token.word for token in tokens]
    host = _is_host(words, place, _compound(words, place.match.last))
    return host and not _is_reached(words, place)


_EVENTS_AT = beginnings_of("events_at")


def is_event_place(place: Place, tokens: Sequence[Token]) -> bool:
    """Whether an event happened there: where no other place is told its lesion lies there too."""
    words = [token.word for token in tokens]
    near = words[max(0, place.match.first - 4) : place.match.first]
    return any(w.startswith(_EVENTS_AT) for w in (*near, *_compound(words, place.match.last)))


def _compound(words: Sequence[str], last: int) -> list[str]:
    """Up to two words that go with the place before them: ``hip clinic``, ``calf lump``."""
    behind = words[last + 1 : last + 3]
    stop = next((n for n, word in enumerate(behind) if word in _PARTING), len(behind))
    return list(behind[:stop])


def _is_host(words: Sequence[str], place: Place, following: Sequence[str]) -> bool:
    """Whether a bone is named only as the one a lesion acts on: ``erodes the humerus``."""
    at = place.match.first
    if not _BONES & set(words[at : place.match.last + 1]):
        return False
    if any(word.startswith(_HOST_PARTS) for word in following[:1]):
        return True
    return any(word.startswith(_HOST_VERBS + _HOST_PARTS) for word in words[max(0, at - 4) : at])


def _is_reached(words: Sequence[str], place: Place) -> bool:
    """Whether the words only say what a lesion reaches or joins: ``bridges X and Y``."""
    at = place.match.first
    low = max(0, at - 4)
    for back in range(at - 1, low - 1, -1):
        if words[back] in _OF and back and words[back - 1].startswith(NOT_OF_LESION):
            return not (words[back - 1] == "skin" and _UNDER & set(words[max(0, back - 3) : back]))
        word, before = words[back], words[back - 1] if back else ""
        if word in (
            ",",
            ";",
            ":",
            "over",
            "in",
            "at",
            "of",
            "about",
            "around",
            "within",
        ):
            break
        if word == "to" and _from_bone(words, back):
            return True
        if word in ("to", "into", "onto"):
            tied = any(
                w.startswith(_TIED) and not w.startswith("joint")
                for w in words[max(0, back - 6) : back]
            )
            return tied and before not in _BESIDE
        if word == "with":
            return before.startswith(_JOINED)
        if word == "from":
            return words[at] in _BONES
    bridges = [
        n
        for n, word in enumerate(words)
        if word.startswith(_TIED[:4]) and not word.startswith("joint")
    ]
    stops = {"in", "at", "of", "about", "around", ",", "from"}
    return any(n < at and not stops & set(words[n:at]) for n in bridges)


def _from_bone(words: Sequence[str], to: int) -> bool:
    """Whether ``to`` ends what begins at a bone: ``from the iliac wing to the trochanter``."""
    before = words[max(0, to - 6) : to]
    return "from" in before and bool(_BONES & set(before[before.index("from") :]))


SIDE_REACH = 4
"""Tokens between a word of side and the place it goes with."""


def side_of(at: Match, sides: Sequence[Sided], tokens: Sequence[Token]) -> Side | None:
    """Side of a finding: the only one of its sentence, else the nearest of its own phrase."""
    kinds = {sided.side for sided in sides}
    if len(kinds) == 1:
        return next(iter(kinds))
    near = [s for s in sides if not _parted(tokens, s.at, at)]
    near.sort(key=lambda s: min(abs(s.at - at.first), abs(s.at - at.last)))
    return near[0].side if near else None


def side_of_place(
    place: Place,
    places: Sequence[Place],
    sides: Sequence[Sided],
    tokens: Sequence[Token],
) -> Side | None:
    """Side of a site: the word of side beside it, or the only one where it is the only place."""
    if len({other.region for other in places}) == 1:
        return side_of(place.match, sides, tokens)
    at = place.match
    before = [s for s in sides if 0 < at.first - s.at <= SIDE_REACH or s.at in at.positions]
    listed = [other.match.first for other in _coordinated(place, places, tokens)]
    if place.region not in MIDDLE:
        before += [s for s in sides if min(listed) - SIDE_REACH <= s.at < min(listed)]
    before.sort(key=lambda s: s.at)
    held = [
        s
        for s in before
        if not any(
            s.at < other.match.first < at.first and other.match.first not in listed
            for other in places
        )
    ]
    after = [s for s in sides if 0 < s.at - at.last <= 2 and _stands_alone(tokens, s.at)]
    near = held[-1:] or after[:1]
    return near[0].side if near else None


def _stands_alone(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word of side follows its place and ends the phrase: ``knee, left``."""
    closed = at + 1 == len(tokens) or not tokens[at + 1].is_word
    letter = tokens[at].text in LETTERS
    return (closed or letter) and (letter or tokens[at - 1].word in (",", "on", "("))


def _points_back(tokens: Sequence[Token]) -> bool:
    """Whether ``there`` puts the lesion where an event was: ``a plate formed there``."""
    return any(
        token.word == "there" and not (n + 1 < len(tokens) and tokens[n + 1].word in ("be", "may"))
        for n, token in enumerate(tokens)
    )


def lesion_places(places: Sequence[Place], tokens: Sequence[Token]) -> list[Place]:
    """Places at which a lesion may lie, without those of complaints, events and bridge ends."""
    if _points_back(tokens):
        return list(places)
    return [place for place in places if not is_reached_only(place, tokens)]


def region_of(at: Match, places: Sequence[Place], tokens: Sequence[Token]) -> Region | None:
    """Region of a finding: the only one of its sentence, else the only one of its own phrase."""
    regions = {place.region for place in places if place.region is not None}
    if len(regions) > 1:
        near = [place for place in places if not _parted(tokens, place.match.first, at)]
        joined = [other for place in near for other in _coordinated(place, places, tokens)]
        regions = {place.region for place in joined if place.region is not None}
    return next(iter(regions)) if len(regions) == 1 else None


MIDDLE = frozenset({Region.HEAD, Region.NECK, Region.CHEST, Region.BACK, Region.ABDOMEN})
"""Regions that share no side with another place of their list."""

_BETWEEN = frozenset(
    {
        "and",
        "or",
        "&",
        "+",
        "/",
        ",",
        "the",
        "left",
        "right",
        "both",
        "bilateral",
        "of",
        "as",
        "well",
    }
)


def _coordinated(place: Place, places: Sequence[Place], tokens: Sequence[Token]) -> list[Place]:
    """Give the places that stand in one list with a place: ``both thighs and buttocks``."""
    at = next(n for n, other in enumerate(places) if other is place)
    group = [place]
    for step in (-1, 1):
        last, n = place, at + step
        while 0 <= n < len(places) and _listed(last, places[n], tokens):
            last = places[n]
            group.append(last)
            n += step
    return group


def _listed(one: Place, other: Place, tokens: Sequence[Token]) -> bool:
    """Whether nothing but commas, joining words and sides stands between two places."""
    first, second = sorted((one, other), key=lambda place: place.match.first)
    between = tokens[first.match.last + 1 : second.match.first]
    joined = _BETWEEN | SHARED_HEADS
    return bool(between) and all(token.word in joined for token in between)


def _parted(tokens: Sequence[Token], place: int, at: Match) -> bool:
    low, high = sorted((place, at.first if place < at.first else at.last))
    return any(token.word in _BREAKS for token in tokens[low + 1 : high])
