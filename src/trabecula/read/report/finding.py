"""A sign as a report states it in one place, and how a sentence means its words."""

from dataclasses import dataclass

from trabecula.model import (
    Origin,
    Presence,
    Region,
    Side,
    Sign,
    SignDefinition,
    sign_definitions,
)
from trabecula.read.report.clauses import clauses_of
from trabecula.read.report.joints import joint_between
from trabecula.read.report.patterns import Match
from trabecula.read.report.places import (
    Place,
    lesion_places,
    region_of,
    side_of,
    side_of_place,
)
from trabecula.read.report.scope import LIKELY, Meaning
from trabecula.read.report.sentences import Sentence
from trabecula.read.report.sides import Sided
from trabecula.read.report.timing import Elapsed
from trabecula.read.report.tokens import Token
from trabecula.read.report.wordlists import beginnings_of, words_of

MINERAL_KINDS = frozenset(
    {
        "mineral",
        "matrix",
        "zonation",
        "relation",
        "plane",
        "maturity",
        "composition",
        "site",
    }
)

_PLACED_KINDS = MINERAL_KINDS | {"course", "exam", "history", "bone", "distribution"}
_PLACED = frozenset({"livedo_eschar", "acne_or_skin_inflammation", "tibial_osteochondroma"})

_LOCAL_EVENTS = words_of("local_events")
_NEAR_EVENTS = frozenset({"radiotherapy", "neurovascular_injury", "im_injection"})
_BESIDE = 5
"""Tokens between such an event and its place."""

_UNPLACED = words_of("unplaced")

_PAIRED_ANOMALIES = frozenset(
    {
        "great_toe_anomaly",
        "thumb_anomaly",
        "fifth_finger_anomaly",
        "broad_femoral_neck",
        "tibial_osteochondroma",
        "hearing_loss",
    }
)

_FAMILY = frozenset({"family_history", "affected_parent", "affected_sibling", "consanguinity"})

_PLANNED_KINDS = frozenset({"history", "histology", "gene", "lab"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One sign as the report states it in one place.

    Attributes
    ----------
    sign
        The sign; uncertain ones are present with a certainty of 0.5 (possible) or 0.7 (likely).
    side, region
        Where the words put it; ``None`` when they do not.
    timing
        ``days``, ``weeks``, ``months``, ``years`` or ``decades`` since the event.
    """

    sign: Sign
    side: Side | None = None
    region: Region | None = None
    timing: str | None = None

    @property
    def presence(self) -> str:
        """``present``, ``absent`` or ``uncertain``."""
        if self.sign.presence is Presence.PRESENT and self.sign.certainty <= LIKELY:
            return "uncertain"
        return self.sign.presence.value


_TISSUE = beginnings_of("tissue")
_TISSUE_KINDS = words_of("biopsy_kinds")
_TISSUE_TELLS = words_of("biopsy_tells")


_TELLS = (
    "show",
    "reveal",
    "demonstrat",
    "return",
    "identif",
    "disclos",
    "prov",
    "consist",
    "came",
)


_TELL_REACH = 4
"""Tokens behind ``biopsy`` within which its result begins."""


@dataclass(slots=True)
class Line:
    """One sentence with everything found in it."""

    sentence: Sentence
    meant: list[Meaning]
    found: list[tuple[str, Match]]
    places: list[Place]
    sides: list[Sided]
    times: list[Elapsed]

    @property
    def tokens(self) -> tuple[Token, ...]:
        """Words and marks of the sentence."""
        return self.sentence.tokens

    @property
    def is_histology(self) -> bool:
        """Whether the sentence tells what a microscope showed, not what the lesion is on CT."""
        words = [token.word for token in self.tokens[:5]]
        named = next((n for n, word in enumerate(words) if word.startswith(_TISSUE)), None)
        if named is None or (named and not set(words[:named]) <= _TISSUE_KINDS):
            return False
        return any(
            w in _TISSUE_TELLS or w.startswith(_TELLS)
            for w in words[named + 1 : named + _TELL_REACH]
        )

    def of(self, name: str) -> list[Match]:
        """Give the matches of one name."""
        return [match for key, match in self.found if key == name]


_UNSEEN_IN_TISSUE = frozenset(
    {
        "mineral",
        "matrix",
        "zonation",
        "maturity",
        "composition",
        "plane",
        "exam",
        "distribution",
    }
)


def counts(line: Line, match: Match, definition: SignDefinition) -> bool:
    """Whether the words speak of this patient rather than of a plan or in general."""
    flags = set().union(*(line.meant[n].flags for n in match.positions))
    if "general" in flags or "unknown" in flags:
        return False
    if line.is_histology and definition.kind in _UNSEEN_IN_TISSUE:
        return False
    if "relative" in flags and definition.name not in _FAMILY:
        return False
    return not (
        "planned" in flags and definition.kind in _PLANNED_KINDS and definition.name not in _FAMILY
    )


_EMPTY_IN_CUE = frozenset({"have", "be", "of", "for", "that", "to", "a", "the", "any"})


def _is_apart(line: Line, cue: tuple[int, ...], own: set[int]) -> bool:
    """Whether a cue works on a wording from outside rather than being a part of it."""
    core = {at for at in cue if line.tokens[at].word not in _EMPTY_IN_CUE}
    return own.isdisjoint(core or set(cue))


def meaning_of(line: Line, match: Match) -> tuple[Presence, float] | None:
    """Presence and certainty that the sentence gives the words; ``None`` when it gives none."""
    own = set(match.positions)
    core = background = plain = 0
    certainty = 1.0
    for at in match.positions:
        meaning = line.meant[at]
        denials = {c: back for c, back in meaning.denied_by.items() if _is_apart(line, c, own)}
        doubts = {c: left for c, left in meaning.doubted_by.items() if _is_apart(line, c, own)}
        certainty = min([certainty, *doubts.values()])
        if any(not back for back in denials.values()):
            core += 1
        elif denials:
            background += 1
        else:
            plain += 1
    if core:
        comma = any(line.tokens[n].word == "," for n in range(match.first, match.last))
        if plain and comma:
            return None
        return Presence.ABSENT, certainty if certainty > LIKELY else LIKELY + 0.1
    if background and not plain:
        return None
    return Presence.PRESENT, certainty


def stated_as(
    line: Line,
    name: str,
    presence: Presence,
    match: Match,
    *,
    certainty: float,
    reason: str = "",
) -> Finding:
    """Make a finding of words, with the side and region that its sentence gives them."""
    kind = sign_definitions()[name].kind
    start, end = line.tokens[match.first].start, line.tokens[match.last].end
    sign = Sign(
        name=name,
        presence=presence,
        certainty=certainty,
        origin=Origin.REPORT,
        text_span=(start, end),
        reason=reason,
    )
    if (kind not in _PLACED_KINDS and name not in _PLACED) or name in _UNPLACED:
        return Finding(sign, side=_own_side(name, match, line))
    if kind == "history" and name not in _LOCAL_EVENTS:
        return Finding(sign, side=_own_side(name, match, line))
    if kind == "history" and presence is Presence.ABSENT:
        return Finding(sign)
    if name in _NEAR_EVENTS:
        return _beside(sign, match, line)
    if kind == "history" and len(line.places) > 0:
        return _in_clause(sign, match, line)
    region = _region(name, kind, match, line)
    side = side_of(match, line.sides, line.tokens)
    if region is None and side is not None and kind in MINERAL_KINDS:
        side = _common_side(line, side)
    return Finding(sign, side=side, region=region)


def _common_side(line: Line, side: Side) -> Side | None:
    """Side of a lesion at several places: only the one that all of them have."""
    places = lesion_places(line.places, line.tokens)
    if len({place.region for place in places}) < 2:
        return side
    sides = {side_of_place(place, line.places, line.sides, line.tokens) for place in places}
    return side if sides == {side} else None


def _beside(sign: Sign, match: Match, line: Line) -> Finding:
    """Place of an event that need not be the lesion's: only one that stands right beside it."""
    low, high = match.first - _BESIDE, match.last + _BESIDE
    near = [p for p in line.places if low <= p.match.last and p.match.first <= high]
    near = [p for p in near if not _comma_between(line, p.match, match)]
    sides = [s for s in line.sides if any(abs(s.at - p.match.first) <= _BESIDE for p in near)]
    if not near:
        return Finding(sign)
    return Finding(
        sign,
        side=side_of(match, sides, line.tokens),
        region=region_of(match, near, line.tokens),
    )


def _in_clause(sign: Sign, match: Match, line: Line) -> Finding:
    """Place of an event: one of its own clause, and for a fall only what it is said to strike."""
    numbers = clauses_of(line.tokens, statements=True)
    own = {numbers[at] for at in match.positions}
    places = [p for p in line.places if numbers[p.match.first] in own]
    sides = [s for s in line.sides if numbers[s.at] in own]
    if _FALLS & {line.tokens[at].word for at in match.positions}:
        places = [p for p in places if _struck(line, match, p)]
    if not places:
        return Finding(sign)
    if sign.name == "arthroplasty":
        region = _region(sign.name, "history", match, line)
    else:
        region = region_of(match, places, line.tokens)
    return Finding(sign, side=side_of(match, sides, line.tokens), region=region)


_FALLS = words_of("falls")
"""Accidents that strike a place only where the words say so."""
_STRIKES = frozenset({"to", "of", "on", "onto", "against", "in", "over", "at", "'s"})


def _struck(line: Line, match: Match, place: Place) -> bool:
    """Whether an injury is said to have struck a place: ``a kick to the thigh``."""
    words = [token.word for token in line.tokens]
    if place.match.last < match.first:
        return match.first - place.match.last <= _AGAINST
    between = words[match.last + 1 : place.match.first]
    return len(between) <= _BESIDE and (not between or bool(_STRIKES & set(between)))


_AGAINST = 2
"""Tokens between a place and the injury that its name describes: ``thigh contusion``."""


def _comma_between(line: Line, one: Match, other: Match) -> bool:
    low, high = min(one.last, other.last), max(one.first, other.first)
    return any(token.word in (",", ";", ":") for token in line.tokens[low:high])


def _region(name: str, kind: str, match: Match, line: Line) -> Region | None:
    """Region of a sign: a lesion's lies where lesions do, an event's at any place named."""
    if name == "arthroplasty":
        named = {_REPLACED.get(line.tokens[at].word) for at in match.positions} - {None}
        return next(iter(named), None) or region_of(match, line.places, line.tokens)
    if kind not in MINERAL_KINDS | {"distribution"} and name != "soft_tissue_mass":
        return region_of(match, line.places, line.tokens)
    places = lesion_places(line.places, line.tokens)
    if places:
        return region_of(match, places, line.tokens)
    return joint_between(line.tokens)


_REPLACED = {
    "tha": Region.HIP,
    "thr": Region.HIP,
    "thas": Region.HIP,
    "thrs": Region.HIP,
    "hemiarthroplasty": Region.HIP,
    "tka": Region.KNEE,
    "tkr": Region.KNEE,
    "tsa": Region.SHOULDER,
    "tsr": Region.SHOULDER,
}
"""Joint replacements whose name tells the joint."""

_SIDED_ONLY = frozenset(
    {
        "acro_osteolysis",
        "sacroiliac_fusion",
        "digit_reduction",
        "short_metacarpal",
        "spasticity",
    }
)
"""Signs whose name tells the part, so that only the side is told beside it."""


def _own_side(name: str, match: Match, line: Line) -> Side | None:
    """Side of an anomaly of paired parts: both great toes, tufts of the right hand."""
    if name in _SIDED_ONLY:
        return side_of(match, line.sides, line.tokens)
    if name in _PAIRED_ANOMALIES and any(s.side is Side.BOTH for s in line.sides):
        return Side.BOTH
    return None
