"""Age and sex of the patient, as the text states them."""

import re

_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = {
    name: 10 * (n + 2)
    for n, name in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    )
}
_ONES = {name: n for n, name in enumerate(_SMALL)} | {"a": 1, "an": 1}
_PERSON = (
    r"(?:man|woman|male|female|boy|girl|lady|gentleman|patient|child|infant|person|adult|teenager"
    r"|toddler|baby|newborn|neonate|m|f|footballer|farmer|athlete|soldier|worker|student|nurse"
    r"|rider)"
)
_NUMBER = (
    r"\d+(?:\.\d+)?|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
    r"(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|" + "|".join(_SMALL[1:])
)
_UNIT = r"(?P<unit>y/?o|years?|yrs?|yr|y|months?|mo|mths?|weeks?|wks?|days?|d)"
_RELATIVES = re.compile(
    r"\b(?:sister|brother|father|mother|uncle|aunt|cousin|son|daughter|sibling|twin|grand\w+)\b"
    r"[^.;]*$",
    re.IGNORECASE,
)
_AGE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?P<n>{_NUMBER})[\s-]*{_UNIT}[\s-]*(?:of[\s-]+age|old)\b"
        r"(?!\s+(?:injury|fracture|scar|burn|lesion|operation|surgery))",
        rf"\b(?P<n>{_NUMBER})[\s-]*(?P<unit>y/o|yo|y\.o\.?)",
        rf"\b(?P<n>{_NUMBER})[\s-]*{_UNIT}[\s-]+{_PERSON}\b",
        r"\b(?P<n>\d{1,3})\s*[/,]?\s*(?P<sex>[MF])\b(?!\.?\w)",
        r"\b(?P<sex>[MF])\s*[/,]?\s*(?P<n>\d{1,3})\b(?!\s*(?:cm|mm|mg|mL|%|weeks|days|months))",
        rf"\b(?:{_PERSON})\s*(?:,|of|aged|\()\s*(?:aged\s*)?(?P<n>{_NUMBER})\s*(?:{_UNIT})?\b"
        r"(?!\s*(?:cm|mm|kg))",
        rf"\baged?\s*(?::|of)?\s*(?P<n>{_NUMBER})\s*(?:{_UNIT})?\b",
        rf"\b(?P<n>{_NUMBER})[\s-]*{_UNIT}\s*,?\s*(?:male|female|m|f|boy|girl|man|woman)\b",
        r"^\W*(?:\w+\W+){0,6}?(?P<n>\d{1,3})\s*(?P<unit>years|yrs|y)\b(?=\s*[.,;])",
    )
)
_DECADE = re.compile(
    r"\bin (?:his|her|their) (?P<part>early|mid|late)?[ -]*"
    r"(?P<tens>twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)\b",
    re.IGNORECASE,
)
_STAGES = (
    (re.compile(r"\b(?:newborn|neonate)\b", re.IGNORECASE), 0.0),
    (
        re.compile(
            r"\b(?:teenage|teenaged|adolescent)\s+(?:girl|boy|male|female|patient)\b",
            re.IGNORECASE,
        ),
        15.0,
    ),
)
_YEARS = {"d": 1 / 365.25, "w": 7 / 365.25, "m": 1 / 12, "y": 1.0}
_FEMALE = re.compile(
    r"\b(?:woman|female|girl|lady|schoolgirl|housewife|mother of|pregnant)\b",
    re.IGNORECASE,
)
_MALE = re.compile(r"\b(?:man|male|boy|gentleman|schoolboy)\b", re.IGNORECASE)
_SHE, _HE = (
    re.compile(r"\b(?:she|her)\b", re.IGNORECASE),
    re.compile(r"\b(?:he|his)\b", re.IGNORECASE),
)
_LETTER = re.compile(
    r"\b\d{1,3}[\s-]*(?:y/?o|yo|y|yrs?|years?)?[\s-]*[/,]?\s*(?:old)?\s*([MF])\b|\b([MF])\s*[/,]?\s*\d{1,3}\b"
)
MAX_AGE = 115


def number_of(text: str) -> float | None:
    """Value of a number in digits or words up to ninety-nine."""
    lower = text.lower().strip()
    if re.fullmatch(r"\d+(?:[.,]\d+)?", lower):
        return float(lower.replace(",", "."))
    if lower in _ONES:
        return float(_ONES[lower])
    tens, _, ones = lower.replace("-", " ").partition(" ")
    if tens in _TENS:
        return float(_TENS[tens] + _ONES.get(ones, 0))
    return None


def age_of(text: str) -> float | None:
    """Age in years that the text gives the patient; ``None`` when it gives none."""
    best: tuple[int, float] | None = None
    for pattern in _AGE:
        for match in pattern.finditer(text):
            if _RELATIVES.search(text[max(0, match.start() - 60) : match.start()]):
                continue
            value = number_of(match["n"])
            if value is None:
                continue
            age = value * _YEARS[_unit_letter(match)]
            if age <= MAX_AGE and (best is None or match.start() < best[0]):
                best = (match.start(), age)
            break
    if best is not None:
        return best[1]
    return _rough_age(text)


def _unit_letter(match: re.Match[str]) -> str:
    groups = match.groupdict()
    unit = (groups.get("unit") or "y").lower()
    return "y" if unit[0] == "y" else unit[0]


def _rough_age(text: str) -> float | None:
    decade = _DECADE.search(text)
    if decade:
        stem = decade["tens"].lower().replace("ies", "y")
        part = {"early": 2, "mid": 5, "late": 8}.get((decade["part"] or "").lower(), 5)
        return float(_TENS.get(stem, 0) + part)
    for pattern, age in _STAGES:
        if pattern.search(text):
            return age
    return None


def sex_of(text: str) -> str | None:
    """``M`` or ``F`` as the text states it of the patient; ``None`` when it does not."""
    letter = _LETTER.search(text)
    if letter:
        return letter[1] or letter[2]
    counts = {"F": _first(_FEMALE, text), "M": _first(_MALE, text)}
    if counts["F"] != counts["M"]:
        return min(counts, key=lambda sex: counts[sex])
    counts = {"F": _first(_SHE, text), "M": _first(_HE, text)}
    return None if counts["F"] == counts["M"] else min(counts, key=lambda sex: counts[sex])


def _first(pattern: re.Pattern[str], text: str) -> int:
    """Where a word of a sex first stands, a relative's left out."""
    for match in pattern.finditer(text):
        if not _RELATIVES.search(text[max(0, match.start() - 40) : match.start()]):
            return match.start()
    return len(text) + 1
