"""Signs that a wording of the lexicon states."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from trabecula.model import Presence, SignDefinition
from trabecula.read.report.clauses import clauses_of
from trabecula.read.report.finding import Finding, Line, counts, meaning_of, stated_as
from trabecula.read.report.patterns import Match
from trabecula.read.report.scope import UNCERTAIN
from trabecula.read.report.vocabulary import SUGGESTS

_PRESUPPOSED = frozenset({"soft_tissue_mass"})

_DEFINITE = frozenset({"the", "this", "that", "these", "those", "its", "his", "her"})


def vetoes_of(found: Sequence[tuple[str, Match]]) -> Mapping[str, list[set[int]]]:
    """Tokens of phrases that take a sign's words for something else, by sign."""
    vetoes: dict[str, list[set[int]]] = {}
    for name, match in found:
        if name[0] == "!" and name[1] not in "@#":
            vetoes.setdefault(name[1:], []).append(set(range(match.first, match.last + 1)))
    return vetoes


def worded(
    line: Line,
    vetoes: Mapping[str, list[set[int]]],
    definitions: Mapping[str, SignDefinition],
) -> Iterator[Finding]:
    """Signs that a wording of the lexicon states, in the order of the text."""
    denying: dict[str, list[set[int]]] = {}
    for name, match in line.found:
        if name[0] == "-":
            denying.setdefault(name[1:], []).append(set(match.positions))
    for name, match in sorted(line.found, key=lambda row: (row[1].first, row[1].last)):
        if name[0] in "@#=!":
            continue
        sign = name.lstrip("-" + SUGGESTS)
        barred = [*vetoes.get(sign, ()), *denying.get(sign, ())]
        if name[0] == "-":
            barred = _wider(vetoes.get(sign, ()), match)
        if _taken(match, barred) or not _number_fits(line, match, sign):
            continue
        meant = _meant(line, match, definitions[sign])
        if meant is None or not counts(line, match, definitions[sign]):
            continue
        said = _as_worded(line, match, name[0], meant)
        if said is not None:
            yield stated_as(line, sign, said[0], match, certainty=said[1])


def _as_worded(
    line: Line, match: Match, mark: str, meant: tuple[Presence, float]
) -> tuple[Presence, float] | None:
    """Presence and certainty by the kind of a wording: stating, denying or only suggesting."""
    presence, certainty = meant
    if mark == "-":
        undone = presence is Presence.ABSENT and not _says_no(line, match)
        return None if undone else (Presence.ABSENT, certainty)
    if mark == SUGGESTS and presence is Presence.PRESENT:
        return presence, min(certainty, UNCERTAIN)
    return meant


_MINERAL = ("calcif", "ossif", "mineral")


def _number_fits(line: Line, match: Match, sign: str) -> bool:
    """Tell calcified nodules, nodular mineral, from a calcified nodule, which is a mass."""
    if sign not in ("nodular", "soft_tissue_mass"):
        return True
    at = next((n for n in match.positions if line.tokens[n].word == "nodule"), None)
    if at is None:
        return True
    many = line.tokens[at].text.lower().endswith("s")
    before = [token.word for token in line.tokens[max(0, at - 3) : at]]
    mineral = any(word.startswith(_MINERAL) for word in before)
    return (many or not mineral) if sign == "nodular" else not (many and mineral)


_NOES = frozenset({"no", "not", "without", "nor", "nobody", "non", "none", "neither", "free"})


def _says_no(line: Line, match: Match) -> bool:
    """Whether a denying wording holds its own negation, which another one does not undo."""
    return any(line.tokens[at].word in _NOES for at in match.positions)


def _wider(vetoes: Iterable[set[int]], match: Match) -> list[set[int]]:
    """Exceptions that say more than a denying wording, so that they hold for it too."""
    return [taken for taken in vetoes if not taken <= set(match.positions)]


def _taken(match: Match, others: Iterable[set[int]]) -> bool:
    own = set(match.positions)
    return any(own & other for other in others)


def _meant(line: Line, match: Match, definition: SignDefinition) -> tuple[Presence, float] | None:
    """Presence and certainty of a wording, also where it is only the background of a denial."""
    meant = meaning_of(line, match)
    if meant is not None:
        if meant == (Presence.PRESENT, 1.0) and definition.kind == "plane" and _all_denied(line):
            return Presence.ABSENT, 1.0
        doubted = meant[0] is Presence.PRESENT and meant[1] < 1.0
        if doubted and definition.name in _PRESUPPOSED and _is_definite(line, match):
            return Presence.PRESENT, 1.0
        return meant
    if definition.name in _PRESUPPOSED and _is_definite(line, match):
        return Presence.PRESENT, 1.0
    if definition.kind == "plane" and _lesion_denied(line):
        return Presence.ABSENT, 1.0
    return None


def _all_denied(line: Line) -> bool:
    """Whether every lesion word of a sentence is denied: its plane is that of nothing."""
    if len(set(clauses_of(line.tokens))) > 1:
        return False
    said = [meaning_of(line, match) for match in line.of("=lesion")]
    return bool(said) and all(one is not None and one[0] is Presence.ABSENT for one in said)


def _lesion_denied(line: Line) -> bool:
    """Whether the sentence denies a lesion: then its plane is denied with it."""
    said = [meaning_of(line, match) for match in line.of("=lesion")]
    return any(one is not None and one[0] is Presence.ABSENT for one in said)


_THINGS = frozenset({"mass", "lump", "nodule", "tumor", "swelling", "lesion"})


def is_the_mass(line: Line, match: Match) -> bool:
    """Whether the words are of a mass told as known, whose contents alone may be in doubt."""
    return line.tokens[match.last].word in _THINGS and _is_definite(line, match)


def _is_definite(line: Line, match: Match) -> bool:
    """Whether the words are told as known: ``no mineral in the mass`` has a mass."""
    words = [token.word for token in line.tokens[max(0, match.first - 3) : match.first]]
    return bool(_DEFINITE & set(words))
