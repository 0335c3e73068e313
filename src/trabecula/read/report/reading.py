"""The words of a radiology report as signs, each with the words behind it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from trabecula.errors import InputError
from trabecula.model import (
    Level,
    Note,
    Origin,
    Presence,
    Region,
    Side,
    Sign,
    SignDefinition,
    sign_definitions,
)
from trabecula.read.report.labs import read_labs
from trabecula.read.report.patterns import Match
from trabecula.read.report.person import age_of, sex_of
from trabecula.read.report.places import (
    Place,
    Sided,
    is_reached_only,
    nearest_region,
    nearest_side,
    places_of,
    sides_of,
)
from trabecula.read.report.scope import LIKELY, Meaning, meanings
from trabecula.read.report.sentences import Sentence, sentences_of
from trabecula.read.report.sizes import LARGE_MM, THICK_CAP_MM, sizes_of
from trabecula.read.report.timing import Elapsed, elapsed_times
from trabecula.read.report.tokens import Token, tokens_of
from trabecula.read.report.unread import looks_english, unread_words
from trabecula.read.report.vocabulary import Lexicon, lexicon

MAX_CHARACTERS = 100_000
"""A report has some thousand characters; what stands behind this many is not read, and a note says so."""

MAX_SENTENCE = 250
"""Longest sentence, in tokens; a longer run is cut here so that time stays linear."""

MAX_CONTROL_SHARE = 0.05
"""Share of control characters above which the input is no text."""

NOTHING_FOUND = "nothing about mineral was found"

_SITE_REACH = 16
_EVENT_REACH = 12
_MINERAL_KINDS = frozenset(
    {"mineral", "matrix", "zonation", "relation", "plane", "maturity", "composition", "site"}
)
_PLACED_KINDS = _MINERAL_KINDS | {"course", "exam", "history", "bone"}
_ABOUT_KINDS = _MINERAL_KINDS | {"distribution", "bone", "anomaly", "histology", "gene", "skin"}
_EVENTS = frozenset(
    "trauma fracture dislocation surgery laparotomy arthroplasty amputation blast_injury"
    " compartment_syndrome neurovascular_injury spinal_cord_injury brain_injury stroke"
    " immobilisation icu_ventilation burn im_injection iv_calcium viral_illness"
    " radiotherapy venous_thrombosis bleeding_disorder trivial_trauma".split()
)
_LOCAL_EVENTS = frozenset(
    "trauma fracture dislocation surgery arthroplasty amputation im_injection".split()
)
_UNPLACED = frozenset(
    "fever weight_loss breathlessness asymptomatic dysphagia hearing_loss back_pain scoliosis muscle_weakness progressive_course onset_childhood onset_infancy present_at_birth axial_first flare_ups neck_stiffness jaw_restriction chest_restriction long_standing acute_onset superficial_to_deep".split()
)
_SITED_KINDS = frozenset({"mineral", "matrix", "zonation", "plane", "maturity"})
_BROADER = {
    "arterial": ("vascular",),
    "venous": ("vascular",),
    "tendon_insertion": ("tendon", "ligament"),
    "anterior_spinal_ligament": ("ligament",),
    "posterior_spinal_ligament": ("ligament",),
    "affected_parent": ("family_history",),
    "affected_sibling": ("family_history",),
}
_PAIRED_ANOMALIES = frozenset({"great_toe_anomaly", "thumb_anomaly", "fifth_finger_anomaly", "broad_femoral_neck", "tibial_osteochondroma", "hearing_loss"})
_PRESUPPOSED = frozenset({"soft_tissue_mass"})
_DEFINITE = frozenset({"the", "this", "that", "these", "those", "its", "his", "her"})
_FAMILY = frozenset({"family_history", "affected_parent", "affected_sibling", "consanguinity"})
_INHERITING = frozenset(
    "soft_tissue_mass painful inflamed slow_growth rapid_growth matures_over_weeks compressible"
    " nerve_compression hard_skin_plaque ulceration restricted_motion stable shrinking fracture"
    " trauma compartment_syndrome chalky_discharge mobile_nodules tracer_uptake".split()
)
_OWN_PLACE = frozenset({"anterior_spinal_ligament_"})
MAX_TITLE = 12
"""Longest title that names the region examined, in tokens."""
_PLANNED_KINDS = frozenset({"history", "histology", "gene", "lab"})
_SKIPPED_SECTIONS = frozenset({"request", "technique", "comparison"})


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


@dataclass(frozen=True, slots=True)
class ReportReading:
    """What a report states.

    Attributes
    ----------
    findings
        Every sign at every place it is stated.
    signs
        One entry a sign: present wins over absent, absent over uncertain.
    age_years, sex
        As the text states them of the patient.
    not_understood
        Words that look clinical and were not read.
    notes
        What limits the reading; among them that nothing about mineral was found.
    about_mineral
        Whether the text states anything this program reasons about.
    """

    findings: tuple[Finding, ...]
    signs: tuple[Sign, ...]
    age_years: float | None = None
    sex: str | None = None
    not_understood: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    about_mineral: bool = True


def read_report(text: str) -> ReportReading:
    """Read the signs that a radiology report in English states.

    Parameters
    ----------
    text
        Free text, dictated or terse; headings are used where there are any.

    Returns
    -------
    ReportReading
        Signs with their words, age and sex, and what was not understood.

    Raises
    ------
    InputError
        When the text is binary.

    Examples
    --------
    >>> reading = read_report("58M. Ossification bridging the left hip, no fever.")
    >>> sorted((f.sign.name, f.presence) for f in reading.findings if f.sign.name == "fever")
    [('fever', 'absent')]
    """
    _refuse_binary(text)
    words = lexicon()
    notes: list[Note] = []
    if len(text) > MAX_CHARACTERS:
        notes.append(_cut_note(len(text)))
        text = text[:MAX_CHARACTERS]
    tokens = tokens_of(text)
    if not looks_english(tokens):
        notes.append(_note("language", "The text does not read as English.", "No sign was read."))
        return ReportReading((), (), notes=(*notes, _nothing()), about_mineral=False)
    findings = _derived(list(_findings(text, tokens, words)))
    about = _is_about_mineral(findings)
    if not about:
        notes.append(_nothing())
    return ReportReading(
        findings=tuple(findings),
        signs=_merged(findings),
        age_years=age_of(text),
        sex=sex_of(text),
        not_understood=unread_words(tokens, words),
        notes=tuple(notes),
        about_mineral=about,
    )


def _refuse_binary(text: str) -> None:
    control = sum(
        1 for c in text[:4096] if (ord(c) < 32 and c not in "\t\n\r\f\v") or c == "\ufffd"
    )
    if control > MAX_CONTROL_SHARE * max(1, len(text[:4096])):
        raise InputError(
            "The report is not text.", remedy="Give the report as plain text in UTF-8."
        )


def _note(check: str, text: str, consequence: str) -> Note:
    return Note(Level.WARNING, check, text, consequence)


def _cut_note(size: int) -> Note:
    return _note(
        "report_length",
        f"The report has {size} characters; the first {MAX_CHARACTERS} were read.",
        "What stands behind them is not in the signs.",
    )


def _nothing() -> Note:
    return _note("mineral", f"In the text, {NOTHING_FOUND}.", "No differential can be given.")


def _is_about_mineral(findings: Iterable[Finding]) -> bool:
    definitions = sign_definitions()
    return any(
        f.sign.presence is Presence.PRESENT
        and (definitions[f.sign.name].kind in _ABOUT_KINDS or f.sign.name == "soft_tissue_mass")
        for f in findings
    )


@dataclass(slots=True)
class _Line:
    """One sentence with everything found in it."""

    sentence: Sentence
    meant: list[Meaning]
    found: list[tuple[str, Match]]
    places: list[Place]
    sides: list[Sided]
    times: list[Elapsed]

    @property
    def tokens(self) -> tuple[Token, ...]:
        return self.sentence.tokens

    def of(self, name: str) -> list[Match]:
        """Matches of one name."""
        return [match for key, match in self.found if key == name]


def _findings(text: str, tokens: Sequence[Token], words: Lexicon) -> Iterator[Finding]:
    """Signs of every sentence; a sentence without a place takes the last one's."""
    definitions = sign_definitions()
    usual = _Usual()
    headings: list[Finding] = []
    any_site = False
    for sentence in _short_enough(sentences_of(text, tokens)):
        line = _line(sentence, words)
        if sentence.asks or sentence.section in _SKIPPED_SECTIONS:
            continue
        here = list(_sentence_findings(line, text, words))
        any_site = any_site or any(definitions[f.sign.name].kind == "site" for f in here)
        if not here and line.places and len(line.tokens) <= MAX_TITLE:
            headings.extend(_heading_sites(line))
        if not sentence.continues:
            here = [usual.placed(f, line) for f in here]
        yield from here
        usual.learn(line)
    if not any_site:
        yield from headings


def _short_enough(sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    for sentence in sentences:
        for start in range(0, len(sentence.tokens), MAX_SENTENCE):
            piece = sentence.tokens[start : start + MAX_SENTENCE]
            yield (
                sentence if len(piece) == len(sentence.tokens) else replace(sentence, tokens=piece)
            )


def _line(sentence: Sentence, words: Lexicon) -> _Line:
    found = words.matcher.find(sentence.tokens)
    return _Line(
        sentence=sentence,
        meant=meanings(sentence.tokens, words.cues),
        found=found,
        places=places_of(found, words.sites),
        sides=sides_of(sentence.tokens),
        times=elapsed_times(sentence.tokens),
    )


@dataclass(slots=True)
class _Usual:
    """The place a report is about: its title's, or that of the first sentence with a place.

    A report that begins with several regions has none, and nothing is inherited then.
    """

    side: Side | None = None
    region: Region | None = None
    known: bool = False

    def learn(self, line: _Line) -> None:
        """Take the place of the first sentence that has one."""
        regions = {place.region for place in line.places if place.region}
        if self.known or not regions:
            return
        self.known = True
        sides = {sided.side for sided in line.sides}
        self.region = next(iter(regions)) if len(regions) == 1 else None
        self.side = next(iter(sides)) if len(sides) == 1 and self.region else None

    def placed(self, finding: Finding, line: _Line) -> Finding:
        """Give a lesion's sign without a place this one."""
        if self.region is None or not _takes_place(finding):
            return finding
        if finding.region is None and not line.places:
            return replace(finding, region=self.region, side=finding.side or self.side)
        if finding.region is self.region and finding.side is None and not line.sides:
            return replace(finding, side=self.side)
        return finding


def _takes_place(finding: Finding) -> bool:
    name = finding.sign.name
    kind = sign_definitions()[name].kind
    if kind in _MINERAL_KINDS or name in _INHERITING:
        return name not in _OWN_PLACE
    return False


def _heading_sites(line: _Line) -> Iterator[Finding]:
    for place in line.places:
        for name in _with_region(place):
            yield _finding(
                line,
                name,
                Presence.PRESENT,
                place.match,
                certainty=1.0,
                reason="the region examined",
            )


def _sentence_findings(line: _Line, text: str, words: Lexicon) -> Iterator[Finding]:
    definitions = sign_definitions()
    vetoes = _vetoes(line.found)
    seen: set[tuple[str, Presence, Side | None, Region | None]] = set()
    stated: list[Finding] = []
    for finding in (
        *_worded(line, vetoes, definitions),
        *_measured(line, text, words),
        *_sized(line),
    ):
        key = (finding.sign.name, finding.sign.presence, finding.side, finding.region)
        if key not in seen:
            seen.add(key)
            stated.append(finding)
    stated = _most_specific(stated)
    stated.extend(_sited(line, stated, definitions))
    stated.extend(_timed(line, stated))
    yield from _timed_events(line, stated)


def _most_specific(stated: list[Finding]) -> list[Finding]:
    """Of planes that say the same the most specific; of a test found both ways, the finding."""
    names = {(f.sign.name, f.presence) for f in stated}
    definitions = sign_definitions()
    broad = {(b, p) for n, p in names for b in _BROADER.get(n, ())}

    def stays(finding: Finding) -> bool:
        name, presence = finding.sign.name, finding.presence
        if (name, presence) in broad:
            return False
        tested = definitions[name].kind in ("lab", "gene")
        return not (tested and presence == "absent" and (name, "present") in names)

    return [finding for finding in stated if stays(finding)]


def _vetoes(found: Sequence[tuple[str, Match]]) -> Mapping[str, list[set[int]]]:
    vetoes: dict[str, list[set[int]]] = {}
    for name, match in found:
        if name[0] == "!" and name[1] not in "@#":
            vetoes.setdefault(name[1:], []).append(set(range(match.first, match.last + 1)))
    return vetoes


def _worded(
    line: _Line,
    vetoes: Mapping[str, list[set[int]]],
    definitions: Mapping[str, SignDefinition],
) -> Iterator[Finding]:
    """Signs that a wording of the lexicon states."""
    denied_spans: dict[str, list[set[int]]] = {}
    for name, match in line.found:
        if name[0] == "-":
            denied_spans.setdefault(name[1:], []).append(set(match.positions))
    for name, match in sorted(line.found, key=lambda row: (row[1].first, row[1].last)):
        if name[0] in "@#=!":
            continue
        sign = name.lstrip("-")
        own = set(match.positions)
        if name[0] != "-":
            if any(own & taken for taken in vetoes.get(sign, ())):
                continue
            if any(own & taken for taken in denied_spans.get(sign, ())):
                continue
        said = _said(line, match)
        if said is None and sign in _PRESUPPOSED and _is_definite(line, match):
            said = (Presence.PRESENT, 1.0)
        if said is None and definitions[sign].kind == "plane" and _lesion_denied(line):
            said = (Presence.ABSENT, 1.0)
        if said is None or not _counts(line, match, definitions[sign]):
            continue
        presence, certainty = said
        if name[0] == "-":
            if presence is Presence.ABSENT:
                continue
            presence = Presence.ABSENT
        yield _finding(line, sign, presence, match, certainty=certainty)


def _lesion_denied(line: _Line) -> bool:
    """Whether the sentence denies a lesion: then its plane is denied with it."""
    said = [_said(line, match) for match in line.of("=lesion")]
    return any(one is not None and one[0] is Presence.ABSENT for one in said)


def _is_definite(line: _Line, match: Match) -> bool:
    """Whether the words are told as known: ``no mineral in the mass`` has a mass."""
    words = [token.word for token in line.tokens[max(0, match.first - 3) : match.first]]
    return bool(_DEFINITE & set(words))


def _counts(line: _Line, match: Match, definition: SignDefinition) -> bool:
    """Whether the words speak of this patient, now or before, rather than of a plan or in general."""
    flags = set().union(*(line.meant[n].flags for n in match.positions))
    if "general" in flags or "unknown" in flags:
        return False
    if "relative" in flags and definition.name not in _FAMILY:
        return False
    return not (
        "planned" in flags and definition.kind in _PLANNED_KINDS and definition.name not in _FAMILY
    )


def _said(line: _Line, match: Match) -> tuple[Presence, float] | None:
    """Presence and certainty that the sentence gives the words; ``None`` when it gives none."""
    own = set(match.positions)
    core = background = plain = 0
    certainty = 1.0
    for at in match.positions:
        meaning = line.meant[at]
        denials = {cue: back for cue, back in meaning.denied_by.items() if own.isdisjoint(cue)}
        doubts = {cue: left for cue, left in meaning.doubted_by.items() if own.isdisjoint(cue)}
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


def _finding(
    line: _Line,
    name: str,
    presence: Presence,
    match: Match,
    *,
    certainty: float,
    reason: str = "",
) -> Finding:
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
    if (kind not in _PLACED_KINDS and name != "bilateral") or name in _UNPLACED:
        return Finding(sign, side=_own_side(name, line))
    if kind == "history" and name not in _LOCAL_EVENTS:
        return Finding(sign)
    return Finding(
        sign,
        side=nearest_side(match, line.sides, line.tokens),
        region=nearest_region(match, line.places, line.tokens),
    )


def _own_side(name: str, line: _Line) -> Side | None:
    """Side of an anomaly of paired parts: both great toes."""
    if name in _PAIRED_ANOMALIES and any(s.side is Side.BOTH for s in line.sides):
        return Side.BOTH
    return None


def _sized(line: _Line) -> Iterator[Finding]:
    """Signs of a size: a mass above 5 cm, a cartilage cap above 2 cm."""
    for size in sizes_of(line.tokens):
        caps = [m for m in line.of("cartilage_cap") if -4 <= size.first - m.last <= 6]
        match = Match(tuple(range(size.first, size.last + 1)))
        if caps:
            thick = size.mm >= THICK_CAP_MM
            presence = Presence.PRESENT if thick else Presence.ABSENT
            yield _finding(line, "thick_cartilage_cap", presence, match, certainty=1.0, reason=f"{size.mm:g} mm")
        elif size.mm > LARGE_MM and line.of("=lesion"):
            yield _finding(line, "large_mass", Presence.PRESENT, match, certainty=1.0, reason=f"{size.mm:g} mm")


def _measured(line: _Line, text: str, words: Lexicon) -> Iterator[Finding]:
    """Signs of laboratory values."""
    mentions = _lab_mentions(line)
    for name, match in line.found:
        analyte, _, way = name[1:].partition("=")
        if name[0] == "#" and way and words.analytes[analyte].get(way):
            said = _said(line, match)
            if said and _counts(line, match, sign_definitions()[words.analytes[analyte][way]]):
                yield _finding(
                    line, words.analytes[analyte][way], said[0], match, certainty=said[1]
                )
    states = {name: line.of(f"={name}") for name in ("raised", "lowered", "normal")}
    for lab in read_labs(
        line.tokens, text, mentions=mentions, words=states, analytes=words.analytes
    ):
        entry = words.analytes[lab.analyte]
        match = Match(tuple(sorted(set(lab.positions))))
        said = _said(line, match)
        if said is None or not {"unknown", "general", "relative"}.isdisjoint(
            line.meant[match.first].flags
        ):
            continue
        denied = said[0] is Presence.ABSENT
        for way in ("high", "low"):
            name = entry.get(way)
            if not name:
                continue
            if lab.state == way:
                presence = Presence.ABSENT if denied else Presence.PRESENT
            elif lab.state == "normal" and not denied:
                presence = Presence.ABSENT
            else:
                continue
            yield _finding(line, name, presence, match, certainty=said[1], reason=lab.reason)


def _lab_mentions(line: _Line) -> list[tuple[str, Match]]:
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


def _timed(line: _Line, stated: Sequence[Finding]) -> Iterator[Finding]:
    """The time since an event as a sign of its own, when the sentence names an event."""
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
            _finding(line, time.sign, Presence.PRESENT, match, certainty=1.0), timing=time.unit
        )


def _near(one: Match, other: Match) -> bool:
    gap = max(one.first - other.last, other.first - one.last)
    return gap <= _EVENT_REACH


def _timed_events(line: _Line, stated: Sequence[Finding]) -> Iterator[Finding]:
    """Give each event the time that stands nearest to it."""
    for finding in stated:
        if finding.sign.name not in _EVENTS or not line.times or finding.presence == "absent":
            yield finding
            continue
        span = finding.sign.text_span or (0, 0)
        nearest = min(
            line.times,
            key=lambda t: abs((line.tokens[t.first].start + line.tokens[t.last].end) - sum(span)),
        )
        yield replace(finding, timing=nearest.unit)


def _with_region(place: Place) -> tuple[str, ...]:
    if place.region is None or place.sign == f"site_{place.region.value}":
        return (place.sign,)
    return (place.sign, f"site_{place.region.value}")


def _sited(
    line: _Line, stated: Sequence[Finding], definitions: Mapping[str, SignDefinition]
) -> list[Finding]:
    """Site signs: a place counts when a lesion is said to be, or not to be, there."""
    lesions = line.of("=lesion")
    described = [
        f
        for f in stated
        if definitions[f.sign.name].kind in _SITED_KINDS
    ]
    found: dict[tuple[str, str, Side | None], Finding] = {}
    for place in line.places:
        said = _lesion_at(line, place, lesions)
        if said is None and described:
            said = (described[0].sign.presence, described[0].sign.certainty)
        own = _said(line, place.match)
        if said is None or not _counts(line, place.match, definitions[place.sign]):
            continue
        if is_reached_only(place, line.tokens):
            continue
        presence, certainty = said
        if own is not None and own[0] is Presence.ABSENT:
            presence, certainty = own
        side = nearest_side(place.match, line.sides, line.tokens)
        for name in _with_region(place):
            sited = _finding(line, name, presence, place.match, certainty=certainty)
            sited = replace(sited, side=side, region=place.region)
            found.setdefault((name, sited.presence, side), sited)
    return list(found.values())


def _lesion_at(
    line: _Line, place: Place, lesions: Sequence[Match]
) -> tuple[Presence, float] | None:
    """What the nearest lesion word says of a place."""
    near = sorted(
        (max(m.first - place.match.last, place.match.first - m.last), m.first, m) for m in lesions
    )
    for gap, _, match in near:
        if gap > _SITE_REACH:
            return None
        said = _said(line, match)
        if (
            said is not None
            and not {"general", "unknown", "relative"} & line.meant[match.first].flags
        ):
            return said
    return None


def _derived(findings: list[Finding]) -> list[Finding]:
    """Drop doubles of the whole report."""
    seen: set[tuple[str, str, Side | None, Region | None]] = set()
    kept: list[Finding] = []
    for finding in findings:
        key = (finding.sign.name, finding.presence, finding.side, finding.region)
        if key not in seen:
            seen.add(key)
            kept.append(finding)
    return kept


_ORDER = {"present": 0, "absent": 1, "uncertain": 2}


def _merged(findings: Sequence[Finding]) -> tuple[Sign, ...]:
    """One entry a sign: what is said surely goes before what is doubted."""
    best: dict[str, Finding] = {}
    for finding in findings:
        known = best.get(finding.sign.name)
        if known is None or _ORDER[finding.presence] < _ORDER[known.presence]:
            best[finding.sign.name] = finding
    return tuple(finding.sign for finding in best.values())
