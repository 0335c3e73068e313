"""The words of a report: places, structures, figures, as a radiologist writes them."""

import re
from collections.abc import Iterable, Sequence

from trabecula.model import Kind, Region, Side, Verdict, sign_definitions

PLURAL_VERDICT = {
    Verdict.CALCIFICATION: "calcifications",
    Verdict.OSSIFICATION: "heterotopic ossifications",
    Verdict.MIXED: "lesions of calcium and bone",
    Verdict.INDETERMINATE: "lesions that may be calcium or bone",
}
"""What several lesions of one verdict are called."""

KIND_WORDS = {
    Kind.NATIVE: "native skeleton",
    Kind.EXPECTED_MINERAL: "expected mineral",
    Kind.CONTRAST: "contrast agent",
    Kind.BOWEL_CONTENT: "bowel content",
    Kind.METAL: "metal",
    Kind.CEMENT: "bone cement",
    Kind.STONE: "stone",
    Kind.VESSEL_WALL: "vessel wall",
    Kind.ARTEFACT: "artefact",
    Kind.TABLE: "table",
    Kind.OUTSIDE_BODY: "outside the body",
    Kind.CUT_BY_FIELD_OF_VIEW: "cut by the field of view",
    Kind.TOO_SMALL: "too small to judge",
    Kind.UNCERTAIN: "nature not certain",
}
"""What people call each kind."""

REGION_WORDS = {Region.LEG_FOOT: "lower leg and foot", Region.UPPER_ARM: "upper arm"}
"""Regions whose key does not read as words."""

JOINTS = frozenset({Region.SHOULDER, Region.ELBOW, Region.HIP, Region.KNEE})
"""Regions that a lesion lies at; it lies in the others."""

UNIT_WORDS = {
    "[hnsf'U]": "HU",
    "mL": "ml",
    "1": "",
    "{count}": "",
    "deg": "°",
    "mm2": "mm²",
    "mm3": "mm³",
    "mmol/L": "mmol/l",
    "a": "years",
}
"""What people write for a UCUM unit."""


def region_words(region: Region | None) -> str:
    """Words for a region; the field of view does not always tell."""
    if region is None:
        return "place not known"
    return REGION_WORDS.get(region, region.value.replace("_", " "))


def place_words(region: Region | None, side: Side | None) -> str:
    """Words for where something lies: ``right hip``, ``pelvis, midline``."""
    where = region_words(region)
    if side in {Side.LEFT, Side.RIGHT} and region is not None:
        return f"{side.value} {where}"
    if side is Side.BOTH:
        return f"{where}, both sides"
    return f"{where}, midline" if side is Side.MIDLINE else where


def located(region: Region | None, side: Side | None) -> str:
    """Words that follow a lesion's name: ``at the right hip``, ``in the neck``."""
    if region is None:
        return "at a place the field of view does not tell"
    where = place_words(region, side).replace(", midline", " in the midline")
    preposition = "at" if region in JOINTS else "in"
    return f"{preposition} the {where.replace(', both sides', ' on both sides')}"


def structure_words(name: str) -> str:
    """Words for a structure's name: ``hip_right`` is the right hip bone."""
    words = name.split("_")
    side = next((word for word in words if word in {"left", "right"}), "")
    rest = [word for word in words if word != side]
    match rest:
        case ["hip"]:
            bone = "hip bone"
        case ["rib", number]:
            bone = f"rib {number}"
        case ["vertebrae" | "vertebra", level]:
            bone = f"vertebra {level}"
        case _:
            bone = " ".join(rest)
    return f"{side} {bone}".strip()


FIGURE_TITLES = {
    "plane_step": "rim above middle, in the slices",
    "plane_rim_mm": "width of the rim, in the slices",
    "plane_rim_level": "density of the rim, in the slices",
    "plane_cover": "rim all around, in the slices",
    "plane_core": "density of the middle, in the slices",
    "inner_level": "mineral inside against the whole",
    "plane_soft": "soft tissue in the middle",
    "plane_lobules": "lucent areas in a slice",
    "plane_spread": "unevenness of the middle",
    "elongation": "longer than thick",
    "shell_gain": "shell against even body",
    "texture_level": "fine texture",
    "broad_rim": "broad rim around one core",
    "small_dense_focus": "small dense focus",
    "dense_on_bone": "dense and laid on bone",
}
"""Words for the figures that weigh in the verdict and are no signs of the atlas."""


def sign_title(name: str) -> str:
    """Words for a sign, from the atlas; a figure of the verdict has words of its own."""
    definition = sign_definitions().get(name)
    return definition.title if definition else FIGURE_TITLES.get(name, name.replace("_", " "))


def percent_unbroken(probability: float) -> str:
    """Words for a probability that stay on one line."""
    return percent(probability).replace(" ", "\u00a0")


def listed(parts: Iterable[str], *, last: str = "and") -> str:
    """Join words as a sentence does: ``a, b and c``."""
    words = list(parts)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def counted(number: int, singular: str, plural: str) -> str:
    """Put the number before the word that fits it."""
    return f"{number} {singular if number == 1 else plural}"


def percent(probability: float) -> str:
    """Words for a probability; never a certainty that was not computed."""
    share = probability * 100.0
    if 0.0 < share < 1.0:
        return "< 1 %"
    if 99.0 < share < 100.0:
        return "> 99 %"
    return f"{share:.0f} %"


def significant(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits, without an exponent where readable."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits}g}")
    if abs(rounded) >= 10 ** (digits - 1):
        return f"{rounded:.0f}"
    text = f"{rounded:.10f}".rstrip("0").rstrip(".")
    return text if text not in {"0", "-0"} else f"{rounded:.{digits}g}"


def millilitres(value: float) -> str:
    """Write a volume with two significant digits, three from 100 ml up."""
    return f"{significant(value, 3 if value >= 100 else 2)} ml"


def figure(value: float, unit: str) -> str:
    """Write a measured number with its unit as people write it."""
    if unit == "%":
        return f"{significant(value)} %"
    word = UNIT_WORDS.get(unit, unit.strip("{}").replace("_", " "))
    return f"{significant(value)} {word}".strip()


def sentence_start(text: str) -> str:
    """Begin with a capital and leave the rest."""
    return text[:1].upper() + text[1:]


def plain(text: str) -> str:
    """Write the UCUM units inside a method's words as people do."""
    return _BARE_RATIO.sub(r"\1", text.replace("[hnsf'U]", "HU").replace(" {count}", "")).strip()


def sentence(text: str) -> str:
    """Begin with a capital, end with a stop, and write units as people do."""
    text = plain(text)
    if not text:
        return ""
    text = sentence_start(text)
    return text if text[-1] in ".!?" else f"{text}."


_BARE_RATIO = re.compile(r"(\blimit -?\d+(?:\.\d+)?) 1(?=[;.,)]|$)")
"""A limit of a ratio, whose UCUM unit is 1."""

_FIGURE = re.compile(r"(\d) (%|ml|mm|cm|HU|bits)")


def unbroken(text: str) -> str:
    """Keep each figure and its unit on one line, by spaces that do not break."""
    return _FIGURE.sub("\\1\u00a0\\2", text)


_LINK = re.compile(
    r"(?P<url>https?://[^\s<>\"')\]]*[^\s<>\"')\].,;])"
    r"|PMID:?\s?(?P<pmid>\d{4,9})"
    r"|(?P<pmc>PMC\d{4,9})"
    r"|doi:?\s?(?P<doi>10\.\d{4,9}/[^\s<>\"'\])]*[^\s<>\"'\]).,;])",
    re.IGNORECASE,
)


def address(source: str) -> str | None:
    """Web address that a citation names by PMID, PMC number, DOI or URL; ``None`` if it has none.

    Only ``http`` and ``https`` come back, so a citation can never run code in a reader's page.
    """
    found = _LINK.search(source)
    if found is None:
        return None
    if found["pmid"]:
        return f"https://pubmed.ncbi.nlm.nih.gov/{found['pmid']}/"
    if found["pmc"]:
        return f"https://pmc.ncbi.nlm.nih.gov/articles/{found['pmc'].upper()}/"
    return f"https://doi.org/{found['doi']}" if found["doi"] else found["url"]


def first_words(parts: Sequence[str], most: int) -> str:
    """List at most so many, and say how many more there are."""
    shown = list(parts[:most])
    if len(parts) > most:
        shown.append(f"{len(parts) - most} more")
    return listed(shown)


def figure_title(name: str) -> str:
    """Words for a figure's key: ``rim_thickness_mm`` is the rim thickness."""
    words = name.split("_")
    while len(words) > 1 and words[-1] in {"mm", "ml", "hu", "deg", "mm2", "mg"}:
        words.pop()
    return " ".join("HU" if word == "hu" else word for word in words)


def cited(source: str) -> str:
    """Words of a citation without its address, unless it is nothing else."""
    words = re.sub(r"\s*https?://\S+", "", source).strip(" ,;")
    return words or source


_REGION_NAMES = sorted((region.value.replace("_", " ") for region in Region), key=len, reverse=True)

_OPEN = re.compile(rf"(?<![\w.])\d+(?:\.\d+)?|\b(?:{'|'.join(_REGION_NAMES)})\b")
"""What may differ between reasons of one form: a number or a region."""


def form(reason: str) -> str:
    """Show what reasons of one form share: numbers and regions are left open."""
    return _OPEN.sub("…", reason)


def shared(reasons: Sequence[str]) -> str:
    """Say once what reasons of one form say; only what differs between them is left open."""
    columns = zip(*(_OPEN.findall(reason) for reason in reasons), strict=True)
    words = iter([column[0] if len(set(column)) == 1 else "…" for column in columns])
    return _OPEN.sub(lambda _: next(words), reasons[0])
