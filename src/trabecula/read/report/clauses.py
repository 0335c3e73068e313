"""Clauses of a sentence, and places that belong to the complaint or event of another clause."""

from collections.abc import Sequence
from dataclasses import replace

from trabecula.read.report.patterns import Match
from trabecula.read.report.places import NOT_OF_LESION, Place
from trabecula.read.report.scope import opens_clause, opens_statement
from trabecula.read.report.tokens import Token

_TURNS = frozenset({"but", "while", "whereas", "however", "although", "though", ";", "—", "–"})


def clauses_of(tokens: Sequence[Token], *, statements: bool = False) -> list[int]:
    """Give the number of the clause that each token stands in.

    With ``statements`` a comma parts only what has a verb of its own behind it.
    """
    numbers: list[int] = []
    current = 0
    for at, token in enumerate(tokens):
        parts = token.word in _TURNS
        if token.word == ",":
            parts = not statements or opens_statement(tokens, at)
        if parts or (token.word == "and" and opens_clause(tokens, at)):
            current += 1
        numbers.append(current)
    return numbers


def with_roles(
    places: Sequence[Place], lesions: Sequence[Match], tokens: Sequence[Token]
) -> list[Place]:
    """Mark the places of a clause that tells of a complaint or event and of no lesion.

    ``Pain is in the right groin, but the mineral sits in the left buttock`` has one lesion's
    place. Where no other clause names a place, the complaint's place stays the lesion's too.
    """
    numbers = clauses_of(tokens)
    told = {numbers[at] for match in lesions for at in match.positions}
    complained = {
        numbers[at] for at, token in enumerate(tokens) if token.word.startswith(NOT_OF_LESION)
    }
    if not any(numbers[place.match.first] in told for place in places):
        return list(places)
    return [
        replace(place, elsewhere=True) if numbers[place.match.first] in complained - told else place
        for place in places
    ]
