"""Heads that the items of a list share: ``popliteal and tibial arteries``."""

from collections.abc import Sequence

from trabecula.read.report.tokens import Token
from trabecula.read.report.wordlists import words_of

SHARED_HEADS = words_of("shared_heads")
"""Nouns that several adjectives before them may share."""
_NO_ITEM = words_of("no_items")
_JOIN = frozenset({"and", "or", "&", "nor"})
_COMMA_LIST = 3
"""Most items before the last one that are given the head."""


def with_heads(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Give each item of a list the head that only the last one has.

    ``The popliteal and tibial arteries`` becomes ``the popliteal arteries and tibial arteries``;
    the head that is put in stands where the written one does.
    """
    added: dict[int, Token] = {}
    for at in range(2, len(tokens)):
        head = tokens[at]
        if head.word not in SHARED_HEADS or head.text.lower() == head.word:
            continue  # a head in the singular goes with the last item alone
        joined = at - 2
        if tokens[joined].word not in _JOIN or not _is_item(tokens, at - 1):
            continue
        item = joined - 1
        for _ in range(_COMMA_LIST):
            if item < 0 or not _is_item(tokens, item):
                break
            added[item] = head
            if item < 2 or tokens[item - 1].word != ",":
                break
            item -= 2
    if not added:
        return tuple(tokens)
    out: list[Token] = []
    for at, token in enumerate(tokens):
        out.append(token)
        if at in added:
            out.append(added[at])
    return tuple(out)


def _is_item(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word may be the first half of a name: no side, head, number or small word."""
    token = tokens[at]
    return token.word.isalpha() and token.word not in SHARED_HEADS | _NO_ITEM
