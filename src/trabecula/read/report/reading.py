"""The words of a radiology report as signs, each with the words behind it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from trabecula.errors import InputError
from trabecula.model import Level, Note, Presence, Region, Side, Sign, sign_definitions
from trabecula.read.report.anaphora import (
    LESION_WORDS,
    answer_to,
    answered,
    bare_denials,
    turned,
)
from trabecula.read.report.bare_bone import bare_bones
from trabecula.read.report.clauses import with_roles
from trabecula.read.report.figures import measured, sized, timed, timed_events
from trabecula.read.report.finding import MINERAL_KINDS, Finding, Line
from trabecula.read.report.labs import Person
from trabecula.read.report.person import age_of, sex_of
from trabecula.read.report.places import lesion_places, places_of
from trabecula.read.report.scope import meanings
from trabecula.read.report.sentences import Sentence, names_imaging, sentences_of
from trabecula.read.report.shared_heads import with_heads
from trabecula.read.report.sides import sides_of
from trabecula.read.report.siting import (
    Usual,
    heading_sites,
    implied,
    is_bare_place,
    sited,
)
from trabecula.read.report.stated import vetoes_of, worded
from trabecula.read.report.timing import elapsed_times
from trabecula.read.report.tokens import Token, tokens_of
from trabecula.read.report.unexamined import unexamined, unexamined_note
from trabecula.read.report.unread import looks_english, unread_words
from trabecula.read.report.vocabulary import Lexicon, lexicon
from trabecula.read.report.wordlists import words_of

MAX_CHARACTERS = 100_000
"""A report has some thousand; what stands behind this many is not read, and a note says so."""

MAX_SENTENCE = 250
"""Longest sentence, in tokens; a longer run is cut here so that time stays linear."""

MAX_CONTROL_SHARE = 0.05
"""Share of control characters above which the input is no text."""

NOTHING_FOUND = "nothing about mineral was found"

MAX_TITLE = 12
"""Longest title that names the region examined, in tokens."""

_ABOUT_KINDS = MINERAL_KINDS | {
    "distribution",
    "bone",
    "anomaly",
    "histology",
    "gene",
    "skin",
}

_BROADER = {
    "arterial": ("vascular",),
    "venous": ("vascular",),
    "tendon_insertion": ("tendon", "ligament"),
    "anterior_spinal_ligament": ("ligament",),
    "posterior_spinal_ligament": ("ligament",),
    "affected_parent": ("family_history",),
    "affected_sibling": ("family_history",),
}

_SKIPPED_SECTIONS = frozenset({"request", "plan", "technique", "comparison"})


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
    person = Person(age_of(text), sex_of(text))
    lines: list[Line] = []
    findings = _derived(list(_findings((text, tokens), words, person, lines)))
    left_open = unexamined(text, lines)
    if left_open:
        notes.append(unexamined_note(left_open))
    about = _is_about_mineral(findings)
    if not about:
        notes.append(_nothing())
    return ReportReading(
        findings=tuple(findings),
        signs=_merged([*findings, *implied(findings)]),
        age_years=person.age_years,
        sex=person.sex,
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


def _findings(
    source: tuple[str, Sequence[Token]],
    words: Lexicon,
    person: Person,
    lines: list[Line],
) -> Iterator[Finding]:
    """Signs of every sentence; a sentence without a place takes the last one's."""
    text, tokens = source
    definitions = sign_definitions()
    usual = Usual()
    headings: list[Finding] = []
    last: list[Finding] = []
    any_site = lesion = False
    sentences = list(_short_enough(sentences_of(text, tokens)))
    title: tuple[Token, ...] = ()
    for number, sentence in enumerate(sentences):
        line = _line(sentence, words)
        if title and not (names_imaging(title) and lesion_places(line.places, line.tokens)):
            line = _line(replace(sentence, tokens=title + sentence.tokens), words)
        title = line.tokens if is_bare_place(line) else ()
        if title:
            if names_imaging(title):
                usual.learn(line, ())
                headings.extend(heading_sites(line))
            continue
        answer = answer_to(sentence, sentences[number + 1 : number + 2])
        if (sentence.asks and answer is None) or sentence.section in _SKIPPED_SECTIONS:
            continue
        lines.append(line)
        here = turned(
            line,
            list(_sentence_findings(line, (text, person), words, placed=usual.known)),
        )
        if answer is not None:
            here = [answered(finding, answer) for finding in here]
        here.extend(bare_denials(line, here, last))
        if any(f.sign.name in LESION_WORDS or f.sign.name == "prior_ho" for f in here):
            last = here
        kinds = {definitions[f.sign.name].kind for f in here if f.presence == "present"}
        any_site = any_site or "site" in {definitions[f.sign.name].kind for f in here}
        lesion = lesion or bool(kinds & MINERAL_KINDS)
        if not here and line.places and len(line.tokens) <= MAX_TITLE:
            headings.extend(heading_sites(line))
        here = [usual.placed(f, line) for f in here]
        yield from here
        usual.learn(line, here)
    if lesion and not any_site:
        yield from headings


def _short_enough(sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    for sentence in sentences:
        for start in range(0, len(sentence.tokens), MAX_SENTENCE):
            piece = sentence.tokens[start : start + MAX_SENTENCE]
            yield (
                sentence if len(piece) == len(sentence.tokens) else replace(sentence, tokens=piece)
            )


def _line(sentence: Sentence, words: Lexicon) -> Line:
    sentence = replace(sentence, tokens=with_heads(sentence.tokens))
    found = words.matcher.find(sentence.tokens)
    for bone in bare_bones(sentence.tokens):
        found += [("ossification", bone), ("=lesion", bone)]
    lesions = [match for name, match in found if name == "=lesion"]
    return Line(
        sentence=sentence,
        meant=meanings(sentence.tokens, words.cues),
        found=found,
        places=with_roles(places_of(found, words.sites, sentence.tokens), lesions, sentence.tokens),
        sides=sides_of(sentence.tokens),
        times=elapsed_times(sentence.tokens),
    )


def _sentence_findings(
    line: Line, source: tuple[str, Person], words: Lexicon, *, placed: bool
) -> Iterator[Finding]:
    definitions = sign_definitions()
    vetoes = vetoes_of(line.found)
    seen: set[tuple[str, Presence, Side | None, Region | None]] = set()
    stated: list[Finding] = []
    for finding in (
        *worded(line, vetoes, definitions),
        *measured(line, source[0], words, source[1]),
        *sized(line),
    ):
        key = (finding.sign.name, finding.sign.presence, finding.side, finding.region)
        if key not in seen:
            seen.add(key)
            stated.append(finding)
    stated = _most_specific(stated)
    stated.extend(sited(line, stated, definitions, placed=placed))
    stated.extend(timed(line, stated))
    yield from timed_events(line, stated)


def _most_specific(stated: list[Finding]) -> list[Finding]:
    """Of planes that say the same the most specific; of a test found both ways, the finding."""
    names = {(f.sign.name, f.presence) for f in stated}
    definitions = sign_definitions()
    broad = {(b, p) for n, p in names for b in _BROADER.get(n, ())}

    def stays(finding: Finding) -> bool:
        name, presence = finding.sign.name, finding.presence
        if (name, presence) in broad or _is_said_by_narrower(finding, stated):
            return False
        tested = definitions[name].kind in ("lab", "gene")
        return not (tested and presence == "absent" and (name, "present") in names)

    return [finding for finding in stated if stays(finding)]


_NARROWER = frozenset(words_of("narrower"))


def _is_said_by_narrower(finding: Finding, stated: Iterable[Finding]) -> bool:
    """Whether the words are those of a narrower sign: a stiff neck is no limited joint."""
    span = finding.sign.text_span or (0, 0)
    return any(
        f"{other.sign.name}>{finding.sign.name}" in _NARROWER
        and (other.sign.text_span or (0, 0))[0] < span[1]
        and span[0] < (other.sign.text_span or (0, 0))[1]
        for other in stated
    )


_SEVERAL = frozenset({"multifocal", "numerous", "diffuse", "bilateral"})
"""Signs of a report by which ``one lump`` is one of several."""


def _derived(findings: list[Finding]) -> list[Finding]:
    """Drop doubles of the whole report, and denials of mineral that lies elsewhere in it."""
    findings = [f for f in findings if not _confined(f, findings)]
    if any(f.sign.name in _SEVERAL and f.presence == "present" for f in findings):
        findings = [f for f in findings if f.sign.name != "solitary" or f.presence == "absent"]
    seen: set[tuple[str, str, Side | None, Region | None]] = set()
    kept: list[Finding] = []
    for finding in findings:
        key = (finding.sign.name, finding.presence, finding.side, finding.region)
        if key not in seen:
            seen.add(key)
            kept.append(finding)
    return kept


def _confined(finding: Finding, findings: Sequence[Finding]) -> bool:
    """Whether mineral is denied of one structure while the report states it of another.

    Then only the structure is denied; of a left or right place of its own it is told as well.
    """
    if finding.presence != "absent" or finding.sign.name not in LESION_WORDS:
        return False
    same = [f for f in findings if f.sign.name == finding.sign.name and f.presence == "present"]
    sided = finding.side in (Side.LEFT, Side.RIGHT) and finding.region is not None
    elsewhere = all((f.side, f.region) != (finding.side, finding.region) for f in same)
    return bool(same) and not (sided and elsewhere)


_ORDER = {"present": 0, "absent": 1, "uncertain": 2}


def _merged(findings: Sequence[Finding]) -> tuple[Sign, ...]:
    """One entry a sign: what is said surely goes before what is doubted."""
    best: dict[str, Finding] = {}
    for finding in findings:
        known = best.get(finding.sign.name)
        if known is None or _ORDER[finding.presence] < _ORDER[known.presence]:
            best[finding.sign.name] = finding
    return tuple(finding.sign for finding in best.values())
