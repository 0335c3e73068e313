"""Plain lists of words that the grammar asks for, from ``lexicon/words.toml``."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _lists() -> dict[str, str]:
    text = files("trabecula.read.report").joinpath("lexicon", "words.toml").read_text("utf-8")
    return {name: str(entry["words"]) for name, entry in tomllib.loads(text).items()}


def words_of(name: str) -> frozenset[str]:
    """Whole words of a list, in their normal form."""
    return frozenset(_lists()[name].split())


def beginnings_of(name: str) -> tuple[str, ...]:
    """Beginnings of words of a list, for ``str.startswith``."""
    return tuple(_lists()[name].split())
