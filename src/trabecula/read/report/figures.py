"""Signs that a figure states: sizes, laboratory values, the time since an event."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from trabecula.model import Presence, sign_definitions
from trabecula.read.report.finding import Finding, Line, counts, meaning_of, stated_as
from trabecula.read.report.labs import NOBODY, Person, read_labs, sign_of
from trabecula.read.report.patterns import Match
from trabecula.read.report.sizes import LARGE_MM, THICK_CAP_MM, sizes_of
from trabecula.read.report.vocabulary import Lexicon

_EVENTS = frozenset(
    [
        "trauma",
        "fracture",
        "dislocation",
        "surgery",
        "laparotomy",
        "arthroplasty",
        "amputation",
        "blast_injury",
        "compartment_syndrome",
        "neurovascular_injury",
        "spinal_cord_injury",
        "brain_injury",
        "stroke",
        "immobilisation",
        "icu_ventilation",
        "burn",
        "im_injection",
        "iv_calcium",
        "radiotherapy",
        "venous_thrombosis",
        "bleeding_disorder",
        "trivial_trauma",
    ]
)

_IDLE = frozenset({"unknown", "general", "relative"})

_EVENT_REACH = 12
"""Tokens between an event and the time since it."""


def sized(line: Line) -> Iterator[Finding]:
    """Signs of a size: a mass above 5 cm, a cartilage cap above 2 cm."""
    for size in sizes_of(line.tokens):
        caps = [m for m in line.of("cartilage_cap") if -4 <= size.first - m.last <= 6]
        match = Match(tuple(range(size.first, size.last + 1)))
        if caps:
            thick = size.mm >= THICK_CAP_MM
            presence = Presence.PRESENT if thick else Presence.ABSENT
            yield stated_as(
                line,
                "thick_cartilage_cap",
                presence,
                match,
                certainty=1.0,
                reason=f"{size.mm:g} mm",
            )
        elif size.mm > LARGE_MM and line.of("=lesion"):
            yield stated_as(
                line,
                "large_mass",
                Presence.PRESENT,
                match,
                certainty=1.0,
                reason=f"{size.mm:g} mm",
            )


def measured(line: Line, text: str, words: Lexicon, person: Person = NOBODY) -> Iterator[Finding]:
    """Signs of laboratory values, in words or numbers."""
    yield from _named_states(line)
    states = {name: line.of(f"={name}") for name in ("raised", "lowered", "normal")}
    for lab in read_labs(
        line.tokens,
        text,
        mentions=_lab_mentions(line),
        words=states,
        analytes=words.analytes,
        person=person,
    ):
        match = Match(tuple(sorted(set(lab.positions))))
        meant = meaning_of(line, match)
        if meant is None or _IDLE & line.meant[match.first].flags:
            continue
        for way in ("high", "low"):
            name = sign_of(lab.analyte, way)
            presence = _lab_presence(lab.state, way, denied=meant[0] is Presence.ABSENT)
            if name and presence is not None:
                yield stated_as(line, name, presence, match, certainty=meant[1], reason=lab.reason)


def _lab_presence(state: str, way: str, *, denied: bool) -> Presence | None:
    """Tell what a state says of being high or low; ``None`` when it says nothing."""
    if state == way:
        return Presence.ABSENT if denied else Presence.PRESENT
    return Presence.ABSENT if state == "normal" and not denied else None


def _named_states(line: Line) -> Iterator[Finding]:
    """One word for quantity and state, such as ``hyperphosphataemia``."""
    definitions = sign_definitions()
    for name, match in line.found:
        analyte, _, way = name[1:].partition("=")
        sign = sign_of(analyte, way) if name[0] == "#" and way else ""
        if not sign:
            continue
        meant = meaning_of(line, match)
        if meant and counts(line, match, definitions[sign]):
            yield stated_as(line, sign, meant[0], match, certainty=meant[1])


def _lab_mentions(line: Line) -> list[tuple[str, Match]]:
    """Where analytes are named; the longer of two names that share words stays."""
    vetoed = [
        (name[2:], set(range(m.first, m.last + 1)))
        for name, m in line.found
        if name.startswith("!#")
    ]
    mentions = [
        (name[1:], match)
        for name, match in line.found
        if name[0] == "#"
        and "=" not in name
        and not any(key == name[1:] and set(match.positions) & taken for key, taken in vetoed)
    ]
    mentions.sort(key=lambda row: (row[1].first, -row[1].last))
    chosen: list[tuple[str, Match]] = []
    for analyte, match in mentions:
        if chosen and match.first <= chosen[-1][1].last:
            if match.last - match.first > chosen[-1][1].last - chosen[-1][1].first:
                chosen[-1] = (analyte, match)
            continue
        chosen.append((analyte, match))
    return chosen


def timed(line: Line, stated: Sequence[Finding]) -> Iterator[Finding]:
    """Tell the time since an event as a sign of its own, when the sentence names an event."""
    events = line.of("=event")
    if not events and any(f.sign.name in _EVENTS for f in stated):
        events = [Match(tuple(range(len(line.tokens))))]
    for time in line.times:
        match = Match(tuple(range(max(0, time.first), time.last + 1)))
        if not any(_near(match, event) for event in events):
            continue
        flags = line.meant[time.first].flags
        if flags & {"general", "relative", "planned"}:
            continue
        yield replace(
            stated_as(line, time.sign, Presence.PRESENT, match, certainty=1.0),
            timing=time.unit,
        )


def _near(one: Match, other: Match) -> bool:
    gap = max(one.first - other.last, other.first - one.last)
    return gap <= _EVENT_REACH


_LASTING = frozenset({"for", "x", "lasting"})


def _lasts(line: Line, span: tuple[int, int]) -> bool:
    """Whether an event is told with its own duration: ``ventilated for 7 weeks``."""
    behind = [n for n, token in enumerate(line.tokens) if token.start >= span[1]][:3]
    return any(line.tokens[n].word in _LASTING for n in behind)


def timed_events(line: Line, stated: Sequence[Finding]) -> Iterator[Finding]:
    """Give each event the time that stands nearest to it."""
    for event in stated:
        span = event.sign.text_span or (0, 0)
        untimed = event.sign.name not in _EVENTS or not line.times or event.presence == "absent"
        if untimed or _lasts(line, span):
            yield event
            continue
        nearest = min(
            line.times,
            key=lambda t: abs((line.tokens[t.first].start + line.tokens[t.last].end) - sum(span)),
        )
        yield replace(event, timing=nearest.unit)
