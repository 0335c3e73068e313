"""How each word of a sentence is meant: said, denied, uncertain, planned, of a relative.

Rules over tokens, written for radiology. A cue works on its own clause: forward to the next
turn of the sentence, over a list only when the list goes on (``no pain, fever or lump``), and
not on what the denied thing lies *in* (``no mineral in the mass`` does not deny the mass).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from trabecula.read.report.cues import Cue, cues_of
from trabecula.read.report.matcher import Matcher
from trabecula.read.report.tokens import Token
from trabecula.read.report.wordlists import words_of

UNCERTAIN = 0.5
"""Certainty of a sign that is said to be possible, queried, or one of two."""

LIKELY = 0.7
"""Certainty of a sign that is said to be likely or suggested."""

SHORT_ITEM = 6
"""Longest item, in tokens, of a list that one denial covers."""

BARE_ITEM = 2
"""Longest item, in tokens, of a list without ``or`` that one denial covers."""

_PREPOSITIONS = words_of("prepositions")
_PRONOUNS = frozenset(["he", "she", "they", "it", "there", "this", "we", "i"])
_VERBS = words_of("verbs")
_ARTICLES = frozenset({"a", "an", "the", "his", "her", "its", "their", "another", "several"})
_EMPTY = _ARTICLES | {
    "any",
    "be",
    "have",
    "do",
    "there",
    "that",
    "much",
    "very",
    "so",
    "more",
}
_NAMED = frozenset({"history", "evidence", "sign", "feature", "suggestion", "absence", "lack"})


@dataclass(slots=True)
class Meaning:
    """How one token is meant.

    Attributes
    ----------
    denied_by
        Tokens of each cue that denies it, with whether it is only where the denied thing lies.
    doubted_by
        Tokens of each cue that doubts it, with the certainty that is left.
    flags
        ``planned``, ``unknown``, ``general``, ``relative``.
    """

    denied_by: dict[tuple[int, ...], bool] = field(default_factory=dict)
    doubted_by: dict[tuple[int, ...], float] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)


def meanings(tokens: Sequence[Token], matcher: Matcher) -> list[Meaning]:
    """How each token of one sentence is meant."""
    cues = cues_of(tokens, matcher)
    meant = [Meaning() for _ in tokens]
    ends = {p for cue in cues if cue.kind == "ends" for p in (cue.match.first,)}
    working = [cue for cue in cues if cue.kind not in ("ends", "sure")]
    starts = {cue.match.first for cue in working if cue.kind.startswith("denied")}
    for cue in working:
        if cue.kind.endswith("_before"):
            covered = _forward(cue, tokens, ends, starts)
        elif cue.kind.endswith("_after"):
            covered = _backward(cue, tokens, ends)
        elif cue.kind == "uncertain_beside":
            covered = _alternatives(cue, tokens)
        else:
            covered = _clause(cue, tokens, ends)
        _mark(cue, covered, meant)
    return meant


def _forward(
    cue: Cue, tokens: Sequence[Token], ends: set[int], denials: set[int]
) -> list[tuple[int, bool]]:
    """Positions a forward cue covers, each with whether it is only background."""
    covered: list[tuple[int, bool]] = []
    if cue.match.last + 1 < len(tokens) and tokens[cue.match.last + 1].word == ":":
        return [(at, False) for at in range(cue.match.last + 2, len(tokens))]
    own = [at for at in cue.match.positions[1:] if tokens[at].word in _EMPTY]
    covered.extend((at, False) for at in own)
    background = content = False
    reach = 1 if tokens[cue.match.first].word == "non" else len(tokens)
    attributive = _is_attribute(cue, tokens)
    for at in range(_scope_begins(cue, tokens), len(tokens)):
        word = tokens[at].word
        if attributive and content and word in _FINITE:
            break
        if len(covered) - len(own) >= reach or (at in ends and at > cue.match.last + 1):
            break
        if _ends_scope(cue, tokens, at, denials, ends) or (word in _PRONOUNS and content):
            break
        if word == "," or word in ("or", "nor"):
            background = False
        if word == "and":
            background = False
        if word in _PREPOSITIONS and content and tokens[at - 1].word not in _NAMED:
            background = True
        content = content or (tokens[at].is_word and word not in _EMPTY | _PREPOSITIONS)
        covered.append((at, background))
    return covered


_CONTRASTS = frozenset({"rather", "instead", "far"})
_ASIDE = 6
"""Longest remark between commas that a scope goes on behind: ``suspect, but cannot prove,``."""


def _behind_aside(cue: Cue, tokens: Sequence[Token]) -> int:
    """Where the scope of a forward cue begins, behind a remark between commas if there is one."""
    begin = cue.match.last + 1
    aside = [token.word for token in tokens[begin : begin + _ASIDE + 2]]
    if (
        aside[:1] == [","]
        and aside[1:2] in (["but"], ["though"], ["although"])
        and "," in aside[2:]
    ):
        return begin + 2 + aside[2:].index(",") + 1
    return begin


_WITHOUT = frozenset({"without", "lacking", "devoid", "free"})
_FINITE = words_of("finite_verbs")


def _is_attribute(cue: Cue, tokens: Sequence[Token]) -> bool:
    """Whether a ``without`` only describes the noun before it, whose verb is still to come."""
    if tokens[cue.match.first].word not in _WITHOUT:
        return False
    before = [token.word for token in tokens[: cue.match.first]]
    commas = [n for n, word in enumerate(before) if word in (",", ":", "(", "but", "and")]
    clause = before[commas[-1] + 1 :] if commas else before
    return bool(clause) and not _FINITE & set(clause)


_ASKED = frozenset({"whether", "if"})
_EQUATES = words_of("equates")
_SUBJECT = 14
"""Longest subject, in tokens, of a clause with ``whether``."""


def _scope_begins(cue: Cue, tokens: Sequence[Token]) -> int:
    """Where a forward scope begins: ``whether the veil is bone`` does not doubt the veil."""
    begin = _behind_aside(cue, tokens)
    if tokens[cue.match.last].word not in _ASKED or begin >= len(tokens):
        return begin
    if tokens[begin].word not in ("the", "this", "these", "that", "those"):
        return begin
    ahead = range(begin, min(len(tokens), begin + _SUBJECT))
    verb = next((at for at in ahead if tokens[at].word in _EQUATES), None)
    return begin if verb is None else verb + 1


def _ends_scope(
    cue: Cue, tokens: Sequence[Token], at: int, denials: set[int], ends: set[int]
) -> bool:
    """Whether a mark, or an ``and`` that opens a new clause, ends a forward scope."""
    word = tokens[at].word
    if word == ",":
        if tokens[cue.match.first].word in _CONTRASTS:
            return True
        return not _list_goes_on(cue, tokens, at, denials | {-end for end in ends})
    if word == "-":
        return not _number_range(tokens, at)
    return word in (":", ")", "(", "—", "–") or (word == "and" and opens_clause(tokens, at))


def _number_range(tokens: Sequence[Token], at: int) -> bool:
    return (
        0 < at < len(tokens) - 1
        and tokens[at - 1].word[0].isdigit()
        and tokens[at + 1].word[0].isdigit()
    )


def opens_clause(tokens: Sequence[Token], at: int) -> bool:
    """Whether what follows ``and`` is a clause of its own."""
    after = [token.word for token in tokens[at + 1 : at + 7]]
    if not after:
        return False
    opens = after[0] in _ARTICLES | _PRONOUNS | {"with", "no", "without", "in"}
    verb = any(word in _VERBS or word.endswith("ed") for word in after[1:4])
    return opens or after[0] in _VERBS or verb


def _list_goes_on(cue: Cue, tokens: Sequence[Token], comma: int, denials: set[int]) -> bool:
    """Whether a denial reaches over a comma: only when a list goes on behind it."""
    items: list[list[str]] = [[]]
    positions: list[int] = []
    for at in range(comma + 1, len(tokens)):
        word = tokens[at].word
        if -at in denials and at > comma + 1:
            break
        if word in (",", ";", ":", ".", "(", ")", "?"):
            if word != ",":
                break
            items.append([])
            continue
        items[-1].append(word)
        positions.append(at)
    first = items[0]
    if not first or first[0] in ("or", "nor") or first[-1] in _WELL:
        return bool(first) and first[0] in ("or", "nor")
    for item in items:
        joined = {"or", "nor"} & set(item)
        if joined and len(item) <= SHORT_ITEM + 3:
            return True
        if len(item) > SHORT_ITEM or _VERBS & set(item) or (_ARTICLES | _PRONOUNS) & set(item[:1]):
            return False
    later = any(position in denials for position in positions)
    bare = all(0 < len(part) <= BARE_ITEM for item in items for part in _parts(item))
    digits = any(word[0].isdigit() for item in items for word in item)
    return cue.kind == "denied_before" and bare and not later and not digits


_WELL = words_of("well")
"""Words that end a statement of what is normal, which no denial before it reaches."""


def _parts(item: Sequence[str]) -> list[list[str]]:
    """Give what stands before and after each ``and`` of an item."""
    parts: list[list[str]] = [[]]
    for word in item:
        if word == "and":
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _backward(cue: Cue, tokens: Sequence[Token], ends: set[int]) -> list[tuple[int, bool]]:
    """Positions an ``after`` cue covers, with what lies behind a preposition as background."""
    start = cue.match.first
    joined = cue.match.first > 0 and tokens[cue.match.first - 1].word == ":"
    for at in range(cue.match.first - 1, -1, -1):
        word = tokens[at].word
        if at in ends or word in ("—", "–", "(", ")", ";"):
            break
        if word in ("and", "or", "nor"):
            if word == "and" and any(t.word in _VERBS for t in tokens[max(0, at - 4) : at]):
                break
            joined = True
        if word == "," and not joined:
            break
        if word == "," and any(t.word in _VERBS for t in tokens[max(0, at - 4) : at]):
            break
        start = at
    covered: list[tuple[int, bool]] = []
    background = content = False
    for at in range(start, cue.match.first):
        word = tokens[at].word
        if word in (",", "and", "or", "nor", ":"):
            background = False
        elif word in _PREPOSITIONS and content and tokens[at - 1].word not in _NAMED:
            background = True
        content = content or (tokens[at].is_word and word not in _EMPTY | _PREPOSITIONS)
        covered.append((at, background))
    return covered + _likewise(cue, tokens)


def _likewise(cue: Cue, tokens: Sequence[Token]) -> list[tuple[int, bool]]:
    """Positions of what is said to be so too: ``the toes are normal, as are the thumbs``."""
    behind = cue.match.last + 1
    if [token.word for token in tokens[behind : behind + 3]] != [",", "as", "be"]:
        return []
    return [(at, False) for at in range(behind + 3, len(tokens))]


_ITEM = 6
"""Longest side of a ``versus``, in tokens."""


def _alternatives(cue: Cue, tokens: Sequence[Token]) -> list[tuple[int, bool]]:
    """Positions of the two sides of a ``versus``; what both belong to is not in doubt."""
    low = cue.match.first
    while low > 0 and cue.match.first - low < _ITEM and not _bounds(tokens[low - 1].word):
        low -= 1
    high = cue.match.last + 1
    while high < len(tokens) and high - cue.match.last <= _ITEM and not _bounds(tokens[high].word):
        high += 1
    left = cue.match.first - low
    if left == 1 and tokens[low].word.endswith(_ADJECTIVE):
        high = min(high, cue.match.last + 2)
    return [(at, False) for at in range(low, high) if not cue.match.first <= at <= cue.match.last]


_ADJECTIVE = ("ous", "ic", "al", "ar", "ary", "ile", "ive", "oid")
_OPENS = frozenset({"show", "explain", "suggest", "represent", "mean", "account", "be", "have"})


def _bounds(word: str) -> bool:
    """Whether a word or mark ends one side of a ``versus``."""
    return not word[0].isalnum() or word in _PREPOSITIONS | _OPENS | {
        "and",
        "which",
        "that",
    }


def _clause(cue: Cue, tokens: Sequence[Token], ends: set[int]) -> list[tuple[int, bool]]:
    """Positions of the clause a cue stands in."""
    stops = {n for n, token in enumerate(tokens) if token.word in (";", "—", "–")} | ends
    if cue.kind in ("relative", "unknown", "uncertain_segment"):
        stops |= {n for n, token in enumerate(tokens) if token.word == ","}
    elif cue.kind not in ("planned", "general"):
        stops |= {n for n, token in enumerate(tokens) if opens_statement(tokens, n)}
    low = max((n + 1 for n in stops if n < cue.match.first), default=0)
    high = min((n for n in stops if n > cue.match.last), default=len(tokens))
    return [(n, False) for n in range(low, high)]


def opens_statement(tokens: Sequence[Token], at: int) -> bool:
    """Whether a comma begins another statement."""
    if tokens[at].word == ",":
        return any(token.word in _VERBS for token in tokens[at + 1 : at + 6])
    return False


def _mark(cue: Cue, covered: list[tuple[int, bool]], meant: list[Meaning]) -> None:
    for position, background in covered:
        meaning = meant[position]
        if cue.kind.startswith("denied"):
            meaning.denied_by[cue.match.positions] = background
        elif cue.kind.startswith("uncertain"):
            meaning.doubted_by[cue.match.positions] = LIKELY if cue.likely else UNCERTAIN
        else:
            meaning.flags.add(cue.kind)
