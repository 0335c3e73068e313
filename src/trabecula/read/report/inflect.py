"""Forms of an English word that say the same in a wording: ``surround``, ``surrounded``.

A wording is written once, in any form; the matcher knows the others. Forms that no one uses
(``boned``) do no harm, since no text holds them.
"""

from functools import lru_cache

from trabecula.read.report.wordlists import words_of

_VOWELS = frozenset("aeiou")
MIN_BASE = 3
"""Shortest base, letters, of which forms are made."""

_FIXED = words_of("fixed_forms")
"""Words that look inflected and are not, or whose other forms mean something else."""


@lru_cache(maxsize=20_000)
def inflections(word: str) -> frozenset[str]:
    """Give the word with its other verb forms and its adverb or adjective."""
    if word in _FIXED or not word.isalpha() or len(word) <= MIN_BASE:
        return frozenset({word})
    forms = {word}
    for base in _bases(word) - _FIXED:
        forms |= _forms(base)
    return frozenset(forms)


def _bases(word: str) -> set[str]:
    """Give what the word may be made of; several where the spelling leaves it open."""
    bases = {word}
    for ending in ("ing", "ed"):
        stem = word[: -len(ending)]
        if word.endswith(ending) and len(stem) >= MIN_BASE and _VOWELS & set(stem):
            bases |= {stem, stem + "e"}
            if stem[-1] == stem[-2] and stem[-1] not in "sl":
                bases.add(stem[:-1])
            if stem.endswith("i"):
                bases.add(stem[:-1] + "y")
    if word.endswith("ally") and len(word) > 6:
        bases |= {word[:-2], word[:-4]}
    elif word.endswith("ly") and len(word) > 5:
        bases |= {word[:-2], word[:-2] + "e", word[:-1] + "e"}
    return bases


def _forms(base: str) -> set[str]:
    """Verb forms and the adverb of a base."""
    short = base.removesuffix("e")
    forms = {base, short + "ing", short + "ed", base + "ly"}
    if base.endswith("y"):
        forms.add(base[:-1] + "ied")
    if base.endswith("le"):
        forms.add(base[:-1] + "y")
    if base.endswith("ic"):
        forms.add(base + "ally")
    if _doubles(base):
        forms |= {base + base[-1] + "ing", base + base[-1] + "ed"}
    if base.endswith("ate"):
        forms |= {short + "ion", short + "ive"}
    if base.endswith(("ss", "ct")):
        forms |= {base + "ion", base + "ive"}
    return forms


def _doubles(base: str) -> bool:
    """Whether the last letter doubles before an ending: ``rim``, ``rimmed``."""
    return (
        len(base) > 2
        and base[-1] not in _VOWELS | set("wxy")
        and base[-2] in _VOWELS
        and base[-3] not in _VOWELS
    )
