"""Counting and grouping for the reader: what the page and the terminal both tell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trabecula.model import (
    Answer,
    Belonging,
    Candidate,
    Caution,
    Kind,
    Note,
    Part,
    Presence,
    Reason,
    Region,
    RegionBurden,
    SetAside,
    Sign,
)
from trabecula.reason import load_gamut
from trabecula.report.words import (
    KIND_WORDS,
    counted,
    first_words,
    form,
    place_words,
    region_words,
    shared,
    sign_title,
    significant,
)

OPEN_PROBABILITY = 0.03
"""A condition at or above it is shown with its reasons; the others in one line."""

FEWEST_OPEN, MOST_OPEN = 3, 6
"""Conditions shown with their reasons, whatever their probability."""

WEAK_RATIO = 1.25
"""A likelihood ratio nearer to one than this, either way, is named and not drawn."""

PLACES_NAMED = 6
"""Places listed for one kind; more are counted."""


@dataclass(frozen=True, slots=True)
class SetAsideGroup:
    """Everything of one kind that was set aside for one reason."""

    kind: str
    reason: str
    number: int
    volume_ml: float
    places: str
    least_certainty: float


@dataclass(frozen=True, slots=True)
class Unassessed:
    """Signs that could not be assessed for one reason; without lesions it is the whole case."""

    titles: tuple[str, ...]
    reason: str
    lesion_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BurdenRow:
    """One region's line; shares are of the largest amount, 0 to 100."""

    region: str
    burden: RegionBurden
    ossification_share: float
    calcification_share: float


def candidate_names(answer: Answer) -> dict[str, str]:
    """Names of the conditions by id, also of those that only an answered question would list."""
    known = {one.id: one.name for one in load_gamut().conditions}
    return known | {one.id: one.name for one in answer.differential}


def open_candidates(answer: Answer) -> tuple[Candidate, ...]:
    """Conditions that are worth their reasons, most probable first."""
    likely = sum(one.probability >= OPEN_PROBABILITY for one in answer.differential)
    return answer.differential[: min(max(likely, FEWEST_OPEN), MOST_OPEN)]


def closed_candidates(answer: Answer) -> tuple[Candidate, ...]:
    """List the conditions after those."""
    return answer.differential[len(open_candidates(answer)) :]


def grouped_cautions(
    answer: Answer,
) -> list[tuple[str, float | None, tuple[Caution, ...]]]:
    """Cautions by condition, with its name and how probable it is, most probable first."""
    known = {one.id: one for one in answer.differential}
    groups: dict[str, list[Caution]] = {}
    for caution in answer.reasoning.avoid:
        groups.setdefault(caution.condition_id, []).append(caution)
    listed = [
        (
            known[key].name if key in known else key.replace("_", " "),
            known[key].probability if key in known else None,
            tuple(group),
        )
        for key, group in groups.items()
    ]
    return sorted(listed, key=lambda one: -(one[1] or 0.0))


def references(answer: Answer) -> dict[str, int]:
    """Give every source its number, in the order in which the page cites them."""
    cited: list[str] = []
    for _, _, cautions in grouped_cautions(answer):
        cited += [source for caution in cautions for source in caution.source]
    for candidate in open_candidates(answer):
        for reason in (*ranked_for(candidate), *ranked_against(candidate)):
            cited += reason.source
    for question in answer.reasoning.next:
        cited += question.source
    return {source: number for number, source in enumerate(dict.fromkeys(cited), start=1)}


def carried(answer: Answer, reason: Reason) -> str:
    """Words for what a reason rests on: a sign, and that it is absent where it is.

    An absent sign pulls too, often the other way, so its name alone would mislead.
    """
    found = {sign.presence for sign in answer.signs if sign.name == reason.sign}
    title = sign_title(reason.sign)
    if Presence.ABSENT in found and Presence.PRESENT not in found:
        return f"{title}: absent"
    return title


def is_weak(reason: Reason) -> bool:
    """Whether a reason hardly moves the probability."""
    return 1.0 / WEAK_RATIO < reason.likelihood_ratio < WEAK_RATIO


def distinct_notes(answer: Answer) -> tuple[Note, ...]:
    """Give each note once, in order, whoever raised it."""
    return tuple(dict.fromkeys(answer.notes))


def ranked_for(candidate: Candidate) -> list[Reason]:
    """Order the reasons for a condition, strongest first."""
    return sorted(candidate.reasons_for, key=lambda one: -one.likelihood_ratio)


def ranked_against(candidate: Candidate) -> list[Reason]:
    """Order the reasons against a condition, strongest first."""
    return sorted(candidate.reasons_against, key=lambda one: one.likelihood_ratio)


def numbered_parts(answer: Answer) -> list[tuple[str, Part]]:
    """Parts with the number that the pictures give them; those not called come first.

    Only parts that still count as native are outlined, so only they have a number.
    """
    parts = () if answer.seen is None else answer.seen.parts
    native = [one for one in parts if one.state is Belonging.NATIVE]
    called = [one for one in parts if one.state is Belonging.ECTOPIC]
    return [
        *((f"P{number}", one) for number, one in enumerate(native, start=1)),
        *(("", one) for one in called),
    ]


def grouped_set_aside(answer: Answer) -> list[SetAsideGroup]:
    """Group what was set aside, by kind and reason, in the order of the kinds."""
    groups: dict[tuple[Kind, str], list[SetAside]] = {}
    for thing in () if answer.seen is None else answer.seen.set_aside:
        groups.setdefault((thing.kind, form(thing.reason)), []).append(thing)
    order = {kind: rank for rank, kind in enumerate(Kind)}
    ranked = sorted(
        groups.items(),
        key=lambda group: (order[group[0][0]], -sum(one.volume_ml for one in group[1])),
    )
    return [
        SetAsideGroup(
            kind=KIND_WORDS[kind],
            reason=shared([one.reason for one in things]),
            number=len(things),
            volume_ml=sum(one.volume_ml for one in things),
            places=_places(things),
            least_certainty=min(one.certainty for one in things),
        )
        for (kind, _), things in ranked
    ]


def _places(things: Sequence[SetAside]) -> str:
    counts: dict[str, int] = {}
    for thing in things:
        if thing.region is not None:
            where = place_words(thing.region, thing.side)
            counts[where] = counts.get(where, 0) + 1
    words = [where if n == 1 else f"{where} ({n})" for where, n in counts.items()]
    return first_words(words, PLACES_NAMED)


def unassessed(answer: Answer) -> list[Unassessed]:
    """Every sign that could not be assessed; those of one reason and place stand together.

    Reasons that differ in their figures alone are one reason, shown with the figures left open.
    What a lesion has told already is not told again for the case.
    """
    reasons: dict[tuple[str, bool, str], list[str]] = {}
    lesions: dict[tuple[str, bool, str], list[int]] = {}
    for sign, lesion_id in _not_assessed(answer):
        key = (sign.name, lesion_id is None, form(sign.reason))
        reasons.setdefault(key, []).append(sign.reason)
        lesions.setdefault(key, []).extend([] if lesion_id is None else [lesion_id])
    groups: dict[tuple[str, bool, tuple[int, ...]], list[tuple[str, str]]] = {}
    for (name, whole, shape), told in reasons.items():
        ids = tuple(dict.fromkeys(lesions[name, whole, shape]))
        groups.setdefault((shape, whole, ids), []).extend((name, reason) for reason in told)
    return [
        Unassessed(
            tuple(dict.fromkeys(sign_title(name) for name, _ in members)),
            shared([reason for _, reason in members]),
            ids,
        )
        for (_, _, ids), members in groups.items()
    ]


def _not_assessed(answer: Answer) -> Iterator[tuple[Sign, int | None]]:
    for described in answer.lesions:
        for sign in described.signs:
            if sign.presence is Presence.NOT_ASSESSED:
                yield sign, described.lesion.id
    told = {(sign.name, form(sign.reason)) for one in answer.lesions for sign in one.signs}
    for sign in answer.signs:
        if sign.presence is Presence.NOT_ASSESSED and (sign.name, form(sign.reason)) not in told:
            yield sign, None


def burden_rows(burden: Mapping[Region, RegionBurden]) -> list[BurdenRow]:
    """Regions from head to foot, with the length of their bars."""
    most = max(
        (max(one.ossification_ml, one.calcification_ml) for one in burden.values()), default=0.0
    )
    scale = 100.0 / most if most > 0 else 0.0
    return [
        BurdenRow(
            region_words(region),
            burden[region],
            round(burden[region].ossification_ml * scale, 1),
            round(burden[region].calcification_ml * scale, 1),
        )
        for region in Region
        if region in burden
    ]


def input_facts(answer: Answer) -> list[tuple[str, str]]:
    """List what went in and what was used, as name and words."""
    facts = [("Patient", words)] if (words := _patient(answer)) else []
    if answer.volume is not None:
        facts += _scan_facts(answer)
    if answer.seen is not None:
        facts += _seeing_facts(answer)
    facts.append(("Gamut", answer.reasoning.gamut_version))
    return facts


def _patient(answer: Answer) -> str:
    age, sex = answer.context.age_years, answer.context.sex
    words = [] if age is None else [f"{significant(age)} years"]
    if sex is not None:
        words.append({"F": "female", "M": "male"}.get(sex, sex))
    return ", ".join(words)


def _scan_facts(answer: Answer) -> list[tuple[str, str]]:
    if answer.volume is None:
        return []
    source = answer.volume.acquisition
    k, j, i = answer.volume.grid.shape_kji
    dk, dj, di = (f"{edge:.2f}" for edge in answer.volume.spacing_kji_mm)
    facts = [
        ("Source", f"{source.kind}, {source.modality}"),
        ("Voxels", f"{k} slices of {j} × {i}, {dk} × {dj} × {di} mm"),
    ]
    if source.slice_thickness_mm is not None:
        facts.append(("Slice thickness", f"{significant(source.slice_thickness_mm)} mm"))
    if source.convolution_kernel:
        facts.append(("Kernel", source.convolution_kernel))
    if source.contrast_agent is not None:
        facts.append(("Contrast agent", "given" if source.contrast_agent else "none stated"))
    if source.series_instance_uid:
        facts.append(("Series", source.series_instance_uid))
    facts.append(("Digest (SHA-256)", source.sha256))
    return facts


def _seeing_facts(answer: Answer) -> list[tuple[str, str]]:
    if answer.seen is None:
        return []
    noise, anatomy = answer.seen.noise, answer.seen.anatomy
    facts = [
        ("Noise", f"{noise.noise_sd_hu:.0f} HU about soft tissue of {noise.soft_tissue_hu:.0f} HU"),
        ("Mineral from", f"{noise.mineral_threshold_hu:.0f} HU"),
    ]
    if noise.cortex_hu is not None:
        facts.append(("The patient's cortex", f"{noise.cortex_hu:.0f} HU"))
    if noise.marrow_hu is not None:
        facts.append(("The patient's marrow", f"{noise.marrow_hu:.0f} HU"))
    number = counted(len(anatomy.structures), "structure", "structures")
    fused = "can" if anatomy.separates_fused_bone else "cannot"
    return [
        *facts,
        ("Anatomy", f"{anatomy.source} {anatomy.version}".strip() + f", {number}"),
        ("Bone fused to the skeleton", f"{fused} be told apart with this anatomy"),
    ]
