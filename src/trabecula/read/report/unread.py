"""What was not read: the language of a text, and clinical words the lexicon does not know."""

import re
from collections.abc import Sequence
from functools import cache

from trabecula.read.report.tokens import Token
from trabecula.read.report.vocabulary import Lexicon

_ENGLISH = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "in",
        "is",
        "be",
        "a",
        "no",
        "with",
        "for",
        "on",
        "at",
        "from",
        "by",
        "has",
        "have",
        "was",
        "were",
        "this",
        "that",
        "it",
        "an",
        "or",
        "not",
        "there",
        "are",
        "as",
        "he",
        "she",
        "his",
        "her",
        "left",
        "right",
        "normal",
        "seen",
        "ago",
        "after",
        "year",
        "old",
        "mass",
        "calcification",
        "patient",
        "history",
        "findings",
        "impression",
        "none",
        "without",
        "soft",
        "tissue",
        "bone",
    ]
)
_FOREIGN = frozenset(
    [
        "der",
        "die",
        "das",
        "und",
        "ist",
        "nicht",
        "mit",
        "eine",
        "ein",
        "im",
        "links",
        "rechts",
        "ohne",
        "keine",
        "le",
        "la",
        "les",
        "des",
        "une",
        "et",
        "est",
        "dans",
        "avec",
        "pas",
        "sans",
        "gauche",
        "droite",
        "el",
        "los",
        "las",
        "una",
        "y",
        "en",
        "con",
        "sin",
        "por",
        "del",
        "izquierda",
        "derecha",
        "il",
        "lo",
        "gli",
        "di",
        "che",
        "non",
        "senza",
        "sinistra",
        "destra",
        "het",
        "een",
        "niet",
        "van",
        "och",
        "att",
        "det",
        "ikke",
        "uma",
        "com",
        "não",
        "do",
        "da",
        "dos",
        "em",
        "esquerda",
        "direita",
        "befund",
        "verkalkung",
    ]
)
MIN_WORDS = 8
"""Shorter texts are not judged by their language."""

_CLINICAL = re.compile(
    r"(?:itis|oses|osis|oma|omas|omata|emia|uria|pathy|pathies|ectomy|otomy|ostomy|plasty|algia|plegia|trophy"
    r"|trophic|lysis|penia|megaly|sclerosis|dysplasia|plasia|genesis|malacia|ptosis|spasm|edema"
    r"|ectasia|stenosis|necrosis|rrhage|rrhagia|cele|itides|opathic|blastoma|sarcoma|cytosis|dactyly|gravis"
    r"|syndrome|phobia|cytoma|aemia|oedema|ectopia|dermia|melia|arthria|pnea|uretic|asis)$"
)
_ACRONYM = re.compile(r"^[A-Z][A-Z0-9]{2,5}$")


def looks_english(tokens: Sequence[Token]) -> bool:
    """Whether a text reads as English: its small words, not another tongue's, are there."""
    words = [token.text.lower() for token in tokens if token.text.isalpha()]
    letters = sum(len(word) for word in words)
    ascii_letters = sum(1 for word in words for c in word if c.isascii())
    if letters and ascii_letters < 0.8 * letters:
        return False
    if len(words) < MIN_WORDS:
        return True
    english = sum(word in _ENGLISH for word in words)
    foreign = sum(word in _FOREIGN for word in words)
    return english >= foreign


@cache
def _known(lexicon: Lexicon) -> tuple[frozenset[str], tuple[str, ...]]:
    words, beginnings = lexicon.matcher.vocabulary
    more, starts = lexicon.cues.vocabulary
    return words | more | lexicon.common, (*beginnings, *starts)


def unread_words(tokens: Sequence[Token], lexicon: Lexicon) -> tuple[str, ...]:
    """Words that look clinical and that no wording of the lexicon knows, in order."""
    words, beginnings = _known(lexicon)
    unread: dict[str, None] = {}
    for token in tokens:
        lower = token.text.lower()
        looks = _CLINICAL.search(lower) or (_ACRONYM.match(token.text) and not _shouted(token))
        if not looks or token.word in words or lower in words or lower in lexicon.common:
            continue
        if not token.word.startswith(beginnings):
            unread.setdefault(token.text)
    return tuple(unread)


def _shouted(token: Token) -> bool:
    """Headings are written in capitals too: a word with a vowel pattern is no acronym."""
    return len(token.text) > 3 and len(re.findall(r"[AEIOUY]", token.text)) >= 2
