"""The answer in two sentences, in words a radiologist would sign."""

from collections.abc import Sequence

from trabecula.model import (
    Answer,
    Candidate,
    DescribedLesion,
    Kind,
    Origin,
    Presence,
    Region,
    Tissue,
    Verdict,
)
from trabecula.report.words import (
    KIND_WORDS,
    PLURAL_VERDICT,
    first_words,
    listed,
    located,
    millilitres,
    percent,
    place_words,
    region_words,
    sentence,
    sign_title,
    structure_words,
)

LEADING = 0.5
"""Probability from which one condition may be called the most likely."""

WORTH_NAMING = 0.05
"""Probability below which a runner-up is left to the list."""

OTHER = "other"
"""Id under which every gamut keeps what is on no list."""

TELLING_KINDS = (
    Kind.STONE,
    Kind.VESSEL_WALL,
    Kind.EXPECTED_MINERAL,
    Kind.CONTRAST,
    Kind.BOWEL_CONTENT,
    Kind.METAL,
    Kind.CEMENT,
)
"""What a reader may have seen on the scan, and would miss in an answer that says nothing of it."""

ORDER = (Verdict.OSSIFICATION, Verdict.MIXED, Verdict.CALCIFICATION, Verdict.INDETERMINATE)
"""What is told first: bone weighs most in the differential."""


def summary(answer: Answer) -> tuple[str, str]:
    """Say what was found, and what it may mean or what limits that.

    Parameters
    ----------
    answer
        With or without an image.

    Returns
    -------
    (str, str)
        Two sentences. Nothing is named more surely than it was computed.
    """
    if answer.seen is None:
        return _from_words(answer), _meaning(answer)
    if not answer.lesions:
        return _nothing(answer), _limits(answer)
    return _found(answer), _meaning(answer)


def _from_words(answer: Answer) -> str:
    present = [sign_title(s.name) for s in answer.signs if s.presence is Presence.PRESENT]
    if not present:
        return "No sign was recognised in what was given."
    return f"Given, without an image: {first_words(present, 6)}."


def _nothing(answer: Answer) -> str:
    """No lesion; what was bright all the same is named, lest "no mineral" be read."""
    aside = () if answer.seen is None else answer.seen.set_aside
    kinds = [KIND_WORDS[kind] for kind in TELLING_KINDS if any(one.kind is kind for one in aside)]
    text = "No lesion of mineral was found outside the native skeleton"
    return f"{text}; set aside: {listed(kinds)}." if kinds else f"{text}."


def _limits(answer: Answer) -> str:
    parts = []
    if answer.seen is not None and not answer.seen.anatomy.separates_fused_bone:
        parts.append(
            "bone that has fused to the skeleton cannot be excluded, because the skeleton was "
            "told by its density and not by a label map"
        )
    parts += _uncertain(answer)
    hidden = _not_evaluable(answer)
    if len(hidden) == len(Region):
        parts.append("this field of view does not show the whole of any body region")
    elif len(hidden) > len(Region) // 2:
        shown = [region_words(one) for one in Region if region_words(one) not in hidden]
        parts.append(
            f"of all body regions this field of view wholly shows only the {listed(shown)}"
        )
    elif hidden:
        parts.append(f"this field of view does not show all of {first_words(hidden, 15)}")
    if any(s.origin is not Origin.IMAGE and s.presence is Presence.PRESENT for s in answer.signs):
        parts.append("the differential below rests on history and words alone")
    if not parts:
        return "Every body region that is assessed lies in the field of view."
    return sentence("; ".join(parts))


def _uncertain(answer: Answer) -> list[str]:
    things = [] if answer.seen is None else answer.seen.set_aside
    doubtful = [one for one in things if one.kind is Kind.UNCERTAIN]
    if not doubtful:
        return []
    total = sum(one.volume_ml for one in doubtful)
    places = list(dict.fromkeys(located(one.region, one.side) for one in doubtful))
    return [
        f"what lies {first_words(places, 3)} ({millilitres(total)}) could not be judged, "
        "and a lesion may hide in it"
    ]


def _not_evaluable(answer: Answer) -> list[str]:
    evaluable = {} if answer.seen is None else answer.seen.evaluable
    return [region_words(region) for region, shown in evaluable.items() if not shown]


def _found(answer: Answer) -> str:
    groups = [
        (verdict, [one for one in answer.lesions if one.verdict is verdict]) for verdict in ORDER
    ]
    parts = [_group(answer, verdict, group) for verdict, group in groups if group]
    return sentence("; ".join(parts))


def _group(answer: Answer, verdict: Verdict, group: Sequence[DescribedLesion]) -> str:
    largest = max(group, key=lambda one: (one.volume.value, -one.lesion.id))
    if len(group) == 1:
        return _one(answer, largest)
    total = sum(one.volume.value for one in group)
    places = list(dict.fromkeys(place_words(one.lesion.region, one.lesion.side) for one in group))
    text = f"{len(group)} {PLURAL_VERDICT[verdict]} ({millilitres(total)} in all; "
    text += f"{first_words(places, 4)})"
    joined = [one for one in group if _bridges(one)]
    if joined:
        largest = max(joined, key=lambda one: (one.volume.value, -one.lesion.id))
        text += (
            f", one {_bridge_words(answer, largest)}"
            if len(joined) == 1
            else (f", {len(joined)} of them bridging, the largest {_bridge_words(answer, largest)}")
        )
    return text


def _one(answer: Answer, lesion: DescribedLesion) -> str:
    where = located(lesion.lesion.region, lesion.lesion.side)
    size, bone = millilitres(lesion.volume.value), lesion.probability_ossification
    match lesion.verdict:
        case Verdict.OSSIFICATION:
            text = f"heterotopic ossification {where} ({size}, probability {percent(bone)})"
        case Verdict.CALCIFICATION:
            text = f"calcification {where} ({size}, probability {percent(1.0 - bone)})"
        case Verdict.MIXED:
            text = f"a lesion of both calcium and bone {where} ({size})"
        case _:
            text = f"a mineral focus {where} ({size}) that cannot be told as calcium or bone"
    return f"{text}, {_bridge_words(answer, lesion)}" if _bridges(lesion) else text


def _bridges(lesion: DescribedLesion) -> bool:
    return any(s.name == "bridging" and s.presence is Presence.PRESENT for s in lesion.signs)


def _bridge_words(answer: Answer, lesion: DescribedLesion) -> str:
    structures = () if answer.seen is None else answer.seen.anatomy.structures
    bone = {structure.name for structure in structures if structure.tissue is Tissue.BONE}
    joined = [structure_words(name) for name in lesion.lesion.touches if name in bone]
    if len(joined) < 2:
        return "bridging native bones"
    return f"bridging the {first_words(joined, 3)}"


def _meaning(answer: Answer) -> str:
    ranked = [one for one in answer.differential if one.probability >= WORTH_NAMING][:3]
    if not ranked:
        return "The signs do not allow a differential."
    only_unknown = answer.lesions and all(
        one.verdict is Verdict.INDETERMINATE for one in answer.lesions
    )
    limit = "; whether it is calcium or bone stays open" if only_unknown else ""
    first, rest = ranked[0], ranked[1:]
    if first.probability < LEADING or (first.id == OTHER and not rest):
        return f"No condition stands out: {listed(map(_named, ranked))}{limit}."
    if first.id == OTHER:
        return f"None of the listed conditions fits well; nearest are {listed(map(_named, rest))}."
    then = f", then {listed(map(_named, rest))}" if rest else ""
    return f"Most likely {_named(first)}{then}{limit}."


def _named(candidate: Candidate) -> str:
    return f"{candidate.name} ({percent(candidate.probability)})"
