"""The lexicon, read once from its TOML files."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from trabecula.read.report.matcher import Matcher

_SPECIAL = (
    "classes.toml",
    "cues.toml",
    "labs.toml",
    "sites.toml",
    "silent.toml",
    "general.toml",
    "words.toml",
)
_DENIES = "-"

SUGGESTS = "?"
"""Before the name of a sign that a wording makes possible and no more."""


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """Everything the reader knows of wordings.

    Attributes
    ----------
    matcher
        Finds what states a sign (by its name), what states its absence (``-`` before it) and
        what makes it possible only (``?`` before it).
    cues
        Finds denial, doubt, plans, relatives.
    sites
        Site signs with the region each lies in and the words that name it.
    analytes
        Laboratory quantities: names, units, reference range, signs.
    silent
        Signs no text can state, with the reason.
    common
        Words of ordinary English and of reports at large, which are never "not understood".
    """

    matcher: Matcher
    cues: Matcher
    sites: Mapping[str, Mapping[str, Any]]  # rows of a TOML table
    analytes: Mapping[str, Mapping[str, Any]]  # rows of a TOML table
    silent: Mapping[str, str]
    common: frozenset[str]
    sayings: Mapping[str, tuple[str, ...]]

    def states(self, name: str) -> bool:
        """Whether some wording states this sign."""
        return name in self.sayings or name in self.sites or f"{_DENIES}{name}" in self.sayings


def _tables(name: str) -> dict[str, Any]:  # whatever a TOML file holds
    text = files("trabecula.read.report").joinpath("lexicon", name).read_text(encoding="utf-8")
    return tomllib.loads(text)


def _sign_files() -> list[str]:
    folder = files("trabecula.read.report").joinpath("lexicon")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return [name for name in names if name not in _SPECIAL]


def _is_inflected(name: str) -> bool:
    """Whether a pattern's words stand for their other forms: what states a sign."""
    return name[0] not in "!@#=-"


@cache
def lexicon() -> Lexicon:
    """Every wording the reader knows, compiled on first use."""
    says: dict[str, list[str]] = {}
    for name in _sign_files():
        for sign, entry in _tables(name).items():
            says.setdefault(sign, []).extend(entry.get("says", ()))
            if "denies" in entry:
                says.setdefault(_DENIES + sign, []).extend(entry["denies"])
            if "suggests" in entry:
                says.setdefault(SUGGESTS + sign, []).extend(entry["suggests"])
            if "never" in entry:
                says.setdefault("!" + sign, []).extend(entry["never"])
    sites, labs, classes = (
        _tables("sites.toml"),
        _tables("labs.toml"),
        _tables("classes.toml"),
    )
    for sign, entry in sites.items():
        says.setdefault("@" + sign, []).extend(entry["words"])
        says.setdefault("!@" + sign, []).extend(entry.get("never", ()))
    for analyte, entry in labs.items():
        says.setdefault("#" + analyte, []).extend(entry["words"])
        says.setdefault("!#" + analyte, []).extend(entry.get("unless", ()))
        for way in ("high", "low"):
            says.setdefault(f"#{analyte}={way}", []).extend(entry.get(f"{way}_word", ()))
    says |= {
        f"={name}": [f"@{name}"] for name in ("raised", "lowered", "normal", "lesion", "event")
    }
    cues = {kind: entry["says"] for kind, entry in _tables("cues.toml").items()}
    general = _tables("general.toml")
    phrases = {name: entry["phrases"] for name, entry in classes.items()}
    return Lexicon(
        matcher=Matcher(says, phrases, inflected=_is_inflected),
        cues=Matcher(cues, phrases),
        sites=sites,
        analytes=labs,
        silent={name: entry["reason"] for name, entry in _tables("silent.toml").items()},
        common=frozenset(" ".join(general["words"]["list"]).split()),
        sayings={name: tuple(texts) for name, texts in says.items()},
    )
