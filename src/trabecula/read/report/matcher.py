"""Finds every pattern of a lexicon in a sentence.

Every part is looked for once in a sentence, however many patterns share it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from trabecula.read.report.patterns import (
    COMMA_COST,
    COSTLY,
    GAP_BREAKS,
    NUMBER,
    Element,
    Match,
    Pattern,
    Term,
    parse_pattern,
    term_of,
    variants,
)
from trabecula.read.report.tokens import Token


class Matcher:
    """Finds every pattern of a lexicon in a sentence.

    Parameters
    ----------
    patterns
        Patterns by name, several a name.
    classes
        Phrases by class name, without the at-sign; a phrase may name another class.
    inflected
        Tells by its name whether a pattern's words stand for their other forms too.
    """

    def __init__(
        self,
        patterns: Mapping[str, Iterable[str]],
        classes: Mapping[str, Iterable[str]],
        *,
        inflected: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._class_index: dict[str, list[tuple[str, Term]]] = {}
        self._class_prefixes: dict[str, list[tuple[str, Term]]] = {}
        self._terms: dict[str, Term] = {}
        self._by_word: dict[str, list[Term]] = {}
        self._by_prefix: dict[str, list[Term]] = {}
        self._by_class: dict[str, list[Term]] = {}
        self._patterns: dict[str, list[tuple[str, Pattern]]] = {}
        self._index_classes(classes)
        for name, texts in patterns.items():
            for text in texts:
                for variant in variants(text):
                    self._add(name, parse_pattern(variant, inflected=inflected(name)))
        self._prefix_sizes = sorted({len(p) for p in (*self._by_prefix, *self._class_prefixes)})

    def _index_classes(self, classes: Mapping[str, Iterable[str]]) -> None:
        for name, phrases in _flattened(classes).items():
            for phrase in phrases:
                term = term_of(phrase.split(), inflected=False)
                first = term.parts[0]
                assert isinstance(first, Element)  # noqa: S101 (a term begins with a word)
                for word in first.words:
                    self._class_index.setdefault(word, []).append((name, term))
                for prefix in first.prefixes:
                    self._class_prefixes.setdefault(prefix, []).append((name, term))

    def _add(self, name: str, pattern: Pattern) -> None:
        terms = tuple(self._intern(term) for term in pattern.terms)
        pattern = Pattern(pattern.text, terms, pattern.gaps)
        rarest = min(terms, key=_commonness)
        self._patterns.setdefault(rarest.text, []).append((name, pattern))

    def _intern(self, term: Term) -> Term:
        if term.text in self._terms:
            return self._terms[term.text]
        self._terms[term.text] = term
        first = term.parts[0]
        assert isinstance(first, Element)  # noqa: S101 (a term begins with a word)
        for word in {*first.words, *(p[0] for p in first.phrases if p[0][-1] != "*")}:
            self._by_word.setdefault(word, []).append(term)
        for prefix in {
            *first.prefixes,
            *(p[0][:-1] for p in first.phrases if p[0][-1] == "*"),
        }:
            self._by_prefix.setdefault(prefix, []).append(term)
        for name in first.classes:
            self._by_class.setdefault(name, []).append(term)
        return term

    @property
    def vocabulary(self) -> tuple[frozenset[str], tuple[str, ...]]:
        """Every word, and every beginning of a word, that the lexicon knows."""
        elements = [
            part
            for term in (
                *self._terms.values(),
                *(t for rows in self._class_index.values() for _, t in rows),
                *(t for rows in self._class_prefixes.values() for _, t in rows),
            )
            for part in term.parts
            if isinstance(part, Element)
        ]
        words = {w for e in elements for w in e.words}
        words |= {w for e in elements for p in e.phrases for w in p if not w.endswith("*")}
        beginnings = {p for e in elements for p in e.prefixes}
        beginnings |= {w[:-1] for e in elements for p in e.phrases for w in p if w.endswith("*")}
        return frozenset(words), tuple(sorted(beginnings))

    def find(self, tokens: Sequence[Token]) -> list[tuple[str, Match]]:
        """Name and place of every pattern met in one sentence."""
        words = [token.word for token in tokens]
        tags = self._tags(words)
        hits = self._term_hits(words, tags)
        found: list[tuple[str, Match]] = []
        for text in hits:
            for name, pattern in self._patterns.get(text, ()):
                found.extend((name, match) for match in _combine(pattern, hits, words))
        return found

    def _starts(self, word: str) -> Iterator[str]:
        for size in self._prefix_sizes:
            if size > len(word):
                return
            yield word[:size]

    def _tags(self, words: Sequence[str]) -> list[dict[str, list[int]]]:
        """Lengths of the class phrases that begin at each position."""
        tags: list[dict[str, list[int]]] = [{} for _ in words]
        for at, word in enumerate(words):
            rows = list(self._class_index.get(word, ()))
            for start in self._starts(word):
                rows.extend(self._class_prefixes.get(start, ()))
            for name, term in rows:
                for positions in _match_term(term, words, tags, at):
                    size = positions[-1] - at + 1
                    lengths = tags[at].setdefault(name, [])
                    if size not in lengths:
                        lengths.append(size)
            if word[0].isdigit():
                tags[at][NUMBER] = [1]
            for lengths in tags[at].values():
                lengths.sort(reverse=True)
        return tags

    def _term_hits(
        self, words: Sequence[str], tags: Sequence[Mapping[str, list[int]]]
    ) -> dict[str, list[tuple[int, ...]]]:
        hits: dict[str, list[tuple[int, ...]]] = {}
        present = frozenset(words)
        tagged = frozenset(name for lengths in tags for name in lengths)
        for at, word in enumerate(words):
            candidates = list(self._by_word.get(word, ()))
            for start in self._starts(word):
                candidates.extend(self._by_prefix.get(start, ()))
            for name in tags[at]:
                candidates.extend(self._by_class.get(name, ()))
            for term in dict.fromkeys(candidates):
                if any(present.isdisjoint(need) for need in term.needs):
                    continue
                if any(tagged.isdisjoint(need) for need in term.tags):
                    continue
                positions = next(_match_term(term, words, tags, at), None)
                if positions is not None:
                    hits.setdefault(term.text, []).append(positions)
        return hits


def _commonness(term: Term) -> tuple[int, int]:
    """Small for a term that few sentences hold: a literal word before a class."""
    first = term.parts[0]
    broad = isinstance(first, Element) and bool(first.classes)
    return (int(broad), -len(term.parts))


def _flattened(classes: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Classes by ``@name`` with the classes they name written out."""
    given = {f"@{name}": list(phrases) for name, phrases in classes.items()}

    def flat(name: str, above: tuple[str, ...]) -> set[str]:
        if name in above or name not in given:
            raise ValueError(f"The class {name} is not known or holds itself.")
        out: set[str] = set()
        for phrase in given[name]:
            out |= flat(phrase, (*above, name)) if phrase.startswith("@") else {phrase}
        return out

    return {name: flat(name, ()) for name in given}


def _match_term(
    term: Term, words: Sequence[str], tags: Sequence[Mapping[str, list[int]]], at: int
) -> Iterator[tuple[int, ...]]:
    """Positions of a term that begins at ``at``; nearest first."""
    parts = term.parts
    count = len(words)

    def walk(part: int, position: int, taken: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if part == len(parts):
            yield taken
            return
        element = parts[part]
        if isinstance(element, int):
            spent = 0
            for after in range(position, count):
                yield from walk(part + 1, after, taken)
                if words[after] in GAP_BREAKS:
                    return
                spent += COMMA_COST if words[after] in COSTLY else 1
                if spent > element:
                    return
            return
        if position < count:
            for size in _sizes(element, words, tags, position):
                after = position + size
                yield from walk(part + 1, after, (*taken, *range(position, after)))
        if element.optional:
            yield from walk(part + 1, position, taken)

    return walk(0, at, ())


def _sizes(
    element: Element,
    words: Sequence[str],
    tags: Sequence[Mapping[str, list[int]]],
    at: int,
) -> Iterator[int]:
    """How many tokens an element may take at a position."""
    word = words[at]
    for name in element.classes:
        yield from tags[at].get(name, ())
    for phrase in element.phrases:
        if _phrase_at(phrase, words, at):
            yield len(phrase)
    if word in element.words or (element.prefixes and word.startswith(element.prefixes)):
        yield 1


def _phrase_at(phrase: tuple[str, ...], words: Sequence[str], at: int) -> bool:
    if at + len(phrase) > len(words):
        return False
    return all(
        word.startswith(part[:-1]) if part[-1] == "*" else word == part
        for part, word in zip(phrase, words[at : at + len(phrase)], strict=True)
    )


def _combine(
    pattern: Pattern, hits: Mapping[str, list[tuple[int, ...]]], words: Sequence[str]
) -> Iterator[Match]:
    """Join the terms of a pattern where they stand near enough to each other."""
    if any(term.text not in hits for term in pattern.terms):
        return
    for first in hits[pattern.terms[0].text]:
        joined = first
        for term, gap in zip(pattern.terms[1:], pattern.gaps, strict=True):
            nearest = _nearest(joined, hits[term.text], gap, words)
            if nearest is None:
                break
            joined = nearest
        else:
            yield Match(joined)


def _nearest(
    taken: tuple[int, ...],
    choices: Sequence[tuple[int, ...]],
    gap: int,
    words: Sequence[str],
) -> tuple[int, ...] | None:
    best: tuple[int, tuple[int, ...]] | None = None
    low, high = taken[0], taken[-1]
    for choice in choices:
        if choice[0] > high:
            between = range(high + 1, choice[0])
        elif choice[-1] < low:
            between = range(choice[-1] + 1, low)
        else:
            continue
        distance = len(between)
        if distance > gap or any(words[n] in GAP_BREAKS for n in between):
            continue
        if best is None or distance < best[0]:
            best = (distance, choice)
    return None if best is None else tuple(sorted((*taken, *best[1])))
