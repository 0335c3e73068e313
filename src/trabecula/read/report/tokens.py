"""Words of a report, with the place each stands at in the text."""

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r"\d+(?:st|nd|rd|th)\b|\d+(?:[.,]\d+)*|[^\W\d_][\w]*(?:['’][^\W\d_]+)?|[^\s\w]|_"
)

_SPELLING = (
    ("tumour", "tumor"),
    ("oedem", "edem"),
    ("haem", "hem"),
    ("colour", "color"),
    ("odour", "odor"),
    ("fibre", "fiber"),
    ("centre", "center"),
    ("paed", "ped"),
    ("oesoph", "esoph"),
    ("ischaem", "ischem"),
    ("grey", "gray"),
    ("calibre", "caliber"),
    ("mould", "mold"),
    ("behaviour", "behavior"),
    ("labour", "labor"),
    ("neighbour", "neighbor"),
    ("caemi", "cemi"),
    ("kalaem", "kalem"),
    ("aemia", "emia"),
    ("aemic", "emic"),
    ("caesar", "cesar"),
    ("orthopaed", "orthoped"),
    ("anaesth", "anesth"),
    ("dyspnoea", "dyspnea"),
    ("diarrhoea", "diarrhea"),
    ("faec", "fec"),
    ("leuk", "leuk"),
    ("leuc", "leuk"),
    ("sulph", "sulf"),
    ("lys", "lys"),
)
"""British to American, so that a phrase is written once."""

_IRREGULAR = {
    "metastases": "metastasis",
    "exostoses": "exostosis",
    "calcinoses": "calcinosis",
    "diagnoses": "diagnosis",
    "prostheses": "prosthesis",
    "syndesmoses": "syndesmosis",
    "enchondromata": "enchondroma",
    "enthesophytes": "enthesophyte",
    "entheses": "enthesis",
    "aponeuroses": "aponeurosis",
    "foci": "focus",
    "bursae": "bursa",
    "vertebrae": "vertebra",
    "axillae": "axilla",
    "scapulae": "scapula",
    "fasciae": "fascia",
    "tibiae": "tibia",
    "fibulae": "fibula",
    "patellae": "patella",
    "clavicles": "clavicle",
    "femora": "femur",
    "humeri": "humerus",
    "phalanges": "phalanx",
    "halluces": "hallux",
    "condyles": "condyle",
    "trabeculae": "trabecula",
    "striae": "stria",
    "feet": "foot",
    "teeth": "tooth",
    "children": "child",
    "women": "woman",
    "men": "man",
    "cortices": "cortex",
    "thighs": "thigh",
    "septa": "septum",
    "lumina": "lumen",
    "ilia": "ilium",
    "bodies": "body",
    "media": "media",
    "are": "be",
    "is": "be",
    "was": "be",
    "were": "be",
    "been": "be",
    "being": "be",
    "isn't": "isnt",
    "has": "have",
    "had": "have",
    "having": "have",
    "does": "do",
    "did": "do",
    "lies": "lie",
    "lay": "lie",
    "lying": "lie",
    "grew": "grow",
    "grown": "grow",
    "grows": "grow",
    "growing": "grow",
    "begun": "begin",
    "began": "begin",
    "begins": "begin",
    "came": "come",
    "comes": "come",
    "coming": "come",
    "fell": "fall",
    "fallen": "fall",
    "arose": "arise",
    "arises": "arise",
    "arising": "arise",
    "broke": "break",
    "broken": "break",
    "took": "take",
    "taken": "take",
    "taking": "take",
    "takes": "take",
    "shown": "show",
    "showed": "show",
    "showing": "show",
    "shows": "show",
    "seen": "see",
    "saw": "see",
    "found": "find",
    "felt": "feel",
    "said": "say",
    "says": "say",
    "left": "left",
    "1st": "first",
    "2nd": "second",
    "3rd": "third",
    "4th": "fourth",
    "5th": "fifth",
    "wks": "wk",
    "yrs": "yr",
    "mos": "mo",
    "hrs": "hr",
    "bil": "bilateral",
    "bilat": "bilateral",
}

_KEEP_S = ("ss", "us", "is", "as", "ous", "ics")
_KEEP_WORDS = frozenset(
    {
        "biceps",
        "triceps",
        "forceps",
        "quadriceps",
        "this",
        "his",
        "its",
        "yes",
        "thus",
        "series",
        "legs",
        "gas",
        "lens",
        "vs",
        "ws",
    }
)
_STRIP_ES = ("xes", "ches", "shes", "sses", "zes")


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or mark.

    Attributes
    ----------
    text
        As it is written.
    word
        Lower case, American spelling, singular; what phrases are compared with.
    start, end
        Place in the text.
    """

    text: str
    word: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether it is a word or a number rather than a mark."""
        return self.word[0].isalnum()


@lru_cache(maxsize=20_000)
def normal_form(text: str) -> str:
    """Lower case, American spelling, singular; ``Calcified nodules`` and ``nodule`` meet here."""
    word = text.lower().replace("’", "'")
    for ending in ("'s", "s'"):
        if word.endswith(ending):
            word = word[: -len(ending)] + ("s" if ending == "s'" else "")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _KEEP_WORDS or len(word) < 4:
        return word
    for british, american in _SPELLING:
        if british in word:
            word = word.replace(british, american)
    return _singular(word)


def _singular(word: str) -> str:
    if not word.endswith("s") or word.endswith(_KEEP_S):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(_STRIP_ES):
        return word[:-2]
    return word[:-1]


def tokens_of(text: str) -> list[Token]:
    """Words, numbers and marks of a text; a hyphen inside a word only parts it in two."""
    found: list[Token] = []
    forms: dict[str, str] = {}
    for match in _TOKEN.finditer(text):
        piece = match.group()
        if piece in "-‐‑" and _joins(text, match.start(), match.end()):
            continue
        if piece in _SPOKEN and _is_spoken(found, piece) and text[match.end() :][:1] != "-":
            if piece == "stop":
                found.pop()
            found.append(Token(piece, _SPOKEN[piece], match.start(), match.end()))
            continue
        if piece == "ALL" and not _is_shouted(text, match.start(), match.end()):
            found.append(Token(piece, LIGAMENT, match.start(), match.end()))
            continue
        word = forms.get(piece)
        if word is None:
            word = forms[piece] = normal_form(piece) if _has_letter(piece) else piece
        found.append(Token(piece, word, match.start(), match.end()))
    return found


LIGAMENT = "anteriorligament"
"""What ``ALL`` in capitals among small letters stands for."""


def _is_shouted(text: str, start: int, end: int) -> bool:
    """Whether capitals stand among capitals, as in a heading."""
    around = (text[max(0, start - 12) : start] + text[end : end + 12]).strip()
    letters = [c for c in around if c.isalpha()]
    return not letters or sum(c.isupper() for c in letters) > len(letters) / 2


_SPOKEN = {"comma": ",", "stop": "."}
"""Marks that were dictated as words: ``comma``, ``full stop``."""


def _is_spoken(found: list[Token], piece: str) -> bool:
    return piece == "comma" or bool(found and found[-1].word == "full")


def _has_letter(piece: str) -> bool:
    return piece[0].isalpha() or piece[-1].isalpha()


def _joins(text: str, start: int, end: int) -> bool:
    """Whether a hyphen stands inside a word, not between numbers and not as a dash."""
    if start == 0 or end >= len(text):
        return False
    before, after = text[start - 1], text[end]
    return before.isalnum() and after.isalnum() and not (before.isdigit() and after.isdigit())
