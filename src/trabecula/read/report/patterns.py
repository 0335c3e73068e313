"""A small language for wordings.

A pattern is a line of elements: ``new|fresh bone ..4 bridg*``.

=================  ==============================================================================
``word``           that word in any spelling and number (``tumours`` meets ``tumor``)
``calcif*``        any word that begins so
``a|b_c|d*``       one of several; an underscore joins the words of a phrase
``@muscle``        any phrase of a class of ``classes.toml``
``@number``        any number
``x?``             may be left out
``..4``            up to four words may stand between
``A ~5 B``         A and B in either order with at most five words between
=================  ==============================================================================
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from trabecula.read.report.inflect import inflections
from trabecula.read.report.tokens import normal_form

NUMBER = "@number"
GAP_BREAKS = frozenset({".", "!", "?", ";"})
"""Marks that no gap reaches over."""

COSTLY = frozenset({",", "(", ")", "—", "–"})
COMMA_COST = 3
"""Words that a mark of ``COSTLY`` counts for, so that a small gap stays inside its phrase."""


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """One place of a pattern: a word, a beginning, a phrase or a class."""

    words: frozenset[str]
    phrases: tuple[tuple[str, ...], ...]
    prefixes: tuple[str, ...]
    classes: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """Elements in order; an ``int`` is a gap of up to so many words.

    ``needs`` holds the words, and ``tags`` the classes, of which a sentence must have one, for each
    plain element after the first: most sentences are turned away by it before any walking.
    """

    text: str
    parts: tuple[Element | int, ...]
    needs: tuple[frozenset[str], ...]
    tags: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Terms that stand near each other; ``gaps[n]`` parts term n+1 from those before it."""

    text: str
    terms: tuple[Term, ...]
    gaps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Where a term or pattern was found: its token positions, gaps left out."""

    positions: tuple[int, ...]

    @property
    def first(self) -> int:
        """Position of the first token."""
        return self.positions[0]

    @property
    def last(self) -> int:
        """Position of the last token."""
        return self.positions[-1]


@cache
def parse_element(text: str, *, inflected: bool = False) -> Element:
    """Read one place of a pattern; ``inflected`` adds the other forms of its words."""
    optional = text.endswith("?") and text != "?"
    if text == "?":
        return Element(frozenset({"?"}), (), (), ())
    words: set[str] = set()
    phrases: list[tuple[str, ...]] = []
    prefixes: list[str] = []
    classes: list[str] = []
    for choice in text.rstrip("?").split("|"):
        if choice.startswith("@"):
            classes.append(choice)
        elif "_" in choice:
            phrases.append(tuple(_stem(word) for word in choice.split("_")))
        elif choice.endswith("*"):
            prefixes.append(_beginning(choice))
        elif choice:
            words |= inflections(normal_form(choice)) if inflected else {normal_form(choice)}
    return Element(frozenset(words), tuple(phrases), tuple(prefixes), tuple(classes), optional)


def _stem(word: str) -> str:
    return _beginning(word) + "*" if word.endswith("*") else normal_form(word)


def _beginning(choice: str) -> str:
    # The ending is unknown, so only the spelling is made American, by way of a neutral letter.
    return normal_form(choice[:-1] + "q")[:-1]


def parse_pattern(text: str, *, inflected: bool = False) -> Pattern:
    """Read a pattern of the language above; ``inflected`` adds the other forms of its words."""
    terms: list[list[str]] = [[]]
    gaps: list[int] = []
    for piece in text.split():
        if piece.startswith("~"):
            gaps.append(int(piece[1:]))
            terms.append([])
        else:
            terms[-1].append(piece)
    if not all(terms):
        raise ValueError(f"An empty part in the pattern {text!r}.")
    return Pattern(text, tuple(term_of(part, inflected=inflected) for part in terms), tuple(gaps))


def term_of(pieces: Sequence[str], *, inflected: bool) -> Term:
    """Read elements in order; ``inflected`` adds the other forms of their words."""
    parts: list[Element | int] = []
    inflected = inflected and len(pieces) > 1  # a lone word may be a noun and mean another thing
    for piece in pieces:
        parts.append(
            int(piece[2:]) if piece.startswith("..") else parse_element(piece, inflected=inflected)
        )
    first, last = parts[0], parts[-1]
    if isinstance(first, int) or first.optional or isinstance(last, int):
        raise ValueError(f"A part must begin and end with a word: {' '.join(pieces)!r}.")
    later = [p for p in parts[1:] if isinstance(p, Element) and not (p.optional or p.phrases)]
    needs = tuple(p.words for p in later if not (p.prefixes or p.classes))
    tags = tuple(frozenset(p.classes) for p in later if not (p.words or p.prefixes))
    return Term(("≈" if inflected else "") + " ".join(pieces), tuple(parts), needs, tags)


def variants(text: str) -> tuple[str, ...]:
    """Write out the wordings with and without a leading word that may be left out."""
    first, _, rest = text.partition(" ")
    if not first.endswith("?") or first == "?" or not rest:
        return (text,)
    return (f"{first[:-1]} {rest}", *variants(rest))
