"""From the lesions of one scan to the signs of the case, and the burden by region.

The rule where a scan holds several lesions: a sign of the case is present when at least one
lesion that counts shows it; its certainty is that of the surest lesion; the ids say which.
Lesions of both kinds may lie side by side, and a small calcification must not drown a large
ossification nor the reverse: matrix, zonation, relation and maturity are taken from the lesions
of the *leading* kind, the one with more volume, and from those of the other kind only where it
holds at least a tenth of the volume. ``ossification`` and ``calcification`` themselves are each
present as soon as one lesion is called so. ``touches_bone`` and ``medullary_continuity`` follow
the rule of one lesion; ``separate_from_bone`` would then contradict them, so the larger part of
the assessed volume decides it. The reason names the lesion it speaks of, and those that differ.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from trabecula.describe.observation import listed, not_assessed, stated
from trabecula.model import (
    DescribedLesion,
    Presence,
    Region,
    RegionBurden,
    Seen,
    Side,
    Sign,
    Verdict,
    Volume,
)

MINERAL = ("ossification", "calcification")
"""Signs that every lesion brings to its case, however small it is."""

MINOR_SHARE = 0.1
"""A kind that holds less of the volume than this does not speak for the case's matrix."""

BY_VOLUME = ("separate_from_bone",)
"""Signs that the larger part of the volume decides; every other is present where one lesion
shows it: a single lesion that touches bone, or whose marrow runs on into it, is telling."""

MOST_NAMED = 5
"""More lesions than this are counted, not named."""

DIFFUSE_REGIONS = 4
"""Lesions in this many regions are diffuse (definition of the sign)."""

UNSEEN_CERTAINTY = 0.85
"""Certainty that no lesion means no mineral, where bones were given by name."""

SIDES = frozenset({Side.LEFT, Side.RIGHT})
"""Sides that make a case bilateral together."""


def case_signs(
    described: Sequence[DescribedLesion], seen: Seen, volume: Volume
) -> tuple[Sign, ...]:
    """Signs of the case, one list, each with the lesions it was seen in."""
    if not described:
        return (*_nothing_found(seen), *_sites(described, seen))
    speaking = speaking_lesions(described)
    signs = [_merged(name, described) for name in MINERAL]
    names = dict.fromkeys(sign.name for lesion in described for sign in lesion.signs)
    signs += [_merged(name, speaking) for name in names if name not in MINERAL]
    return (*signs, *_distribution(described, seen), *_sites(described, seen))


def burden(described: Sequence[DescribedLesion], seen: Seen) -> Mapping[Region, RegionBurden]:
    """Amount of each kind in each of the fifteen regions, ml.

    A lesion that was not told apart counts by its probability; it is in neither sum alone.
    """
    return {
        region: RegionBurden(
            ossification_ml=round(_amount(described, region, bone=True), 4),
            calcification_ml=round(_amount(described, region, bone=False), 4),
            evaluable=bool(seen.evaluable.get(region, False)),
        )
        for region in Region
    }


def speaking_lesions(described: Sequence[DescribedLesion]) -> tuple[DescribedLesion, ...]:
    """Lesions whose matrix, zonation, relation, plane and maturity speak for the case."""
    total = sum(lesion.volume.value for lesion in described)
    kept: list[DescribedLesion] = []
    for verdict in Verdict:
        kind = [lesion for lesion in described if lesion.verdict is verdict]
        if sum(lesion.volume.value for lesion in kind) >= MINOR_SHARE * total:
            kept += kind
    return tuple(sorted(kept, key=lambda lesion: lesion.lesion.id)) or tuple(described)


def _amount(described: Iterable[DescribedLesion], region: Region, *, bone: bool) -> float:
    amount = 0.0
    for lesion in described:
        if lesion.lesion.region is not region:
            continue
        match lesion.verdict:
            case Verdict.OSSIFICATION:
                share = 1.0
            case Verdict.CALCIFICATION:
                share = 0.0
            case _:
                share = lesion.probability_ossification
        amount += lesion.volume.value * (share if bone else 1.0 - share)
    return amount


def _merged(name: str, described: Sequence[DescribedLesion]) -> Sign:
    """One sign over several lesions: present in any, else absent in any, else not assessed."""
    found = [sign for lesion in described for sign in lesion.signs if sign.name == name]
    ml = {lesion.lesion.id: lesion.volume.value for lesion in described}
    present = [sign for sign in found if sign.presence is Presence.PRESENT]
    absent = [sign for sign in found if sign.presence is Presence.ABSENT]
    if (
        name in BY_VOLUME
        and present
        and absent
        and _amount_of(present, ml) < _amount_of(absent, ml)
    ):
        return _spoken(absent, present, ml)
    if present:
        return _spoken(present, absent, ml)
    if absent:
        return _spoken(absent, present, ml)
    why = found[0].reason if found else "no lesion in which to look for it"
    named = f"{_lesions(found[0].lesion_ids)}: {why}" if found and len(described) > 1 else why
    return not_assessed(named, name)[0]


def _spoken(here: Sequence[Sign], there: Sequence[Sign], ml: Mapping[int, float]) -> Sign:
    """Sign of the case from the lesions that show it so, naming them and those that do not.

    Present is as sure as the surest lesion; absent only as sure as the least sure one.
    """
    if here[0].presence is Presence.PRESENT:
        best = max(here, key=lambda s: (s.certainty, _amount_of([s], ml)))
        certainty = best.certainty
    else:
        best = max(here, key=lambda s: (_amount_of([s], ml), s.certainty))
        certainty = min(sign.certainty for sign in here)
    reason = best.reason
    if len(ml) > 1:
        reason = f"{_lesions(best.lesion_ids)}: {reason}"
        more = [i for i in _ids(here) if i not in best.lesion_ids]
        word = best.presence.value
        reason += f"; {word} in {_lesions(more)} as well" if more else ""
        other = "absent" if best.presence is Presence.PRESENT else "present"
        reason += f"; {other} in {_lesions(_ids(there))}" if there else ""
    return replace(best, certainty=certainty, lesion_ids=_ids(here), reason=reason)


def _ids(signs: Sequence[Sign]) -> tuple[int, ...]:
    return tuple(sorted({number for sign in signs for number in sign.lesion_ids}))


def _amount_of(signs: Sequence[Sign], ml: Mapping[int, float]) -> float:
    return sum(ml.get(number, 0.0) for number in _ids(signs))


def _lesions(ids: Sequence[int]) -> str:
    """Name lesions: one, a few by number, many by their count."""
    if len(ids) > MOST_NAMED:
        return f"{len(ids)} lesions"
    return f"lesion{'s' if len(ids) > 1 else ''} {listed([str(number) for number in ids])}"


def _distribution(described: Sequence[DescribedLesion], seen: Seen) -> tuple[Sign, ...]:
    """Solitary or multifocal, diffuse, both sides."""
    ids = tuple(lesion.lesion.id for lesion in described)
    most = {
        verdict: tuple(d.lesion.id for d in described if d.verdict is verdict)
        for verdict in Verdict
    }
    alike = max((most[Verdict.OSSIFICATION], most[Verdict.CALCIFICATION]), key=len)
    regions = {d.lesion.region for d in described if d.lesion.region is not None}
    sides = {d.lesion.side for d in described}
    seen_regions = sum(seen.evaluable.values())
    both = sides >= SIDES or Side.BOTH in sides
    signs = [
        _counted("solitary", len(ids) == 1, float(len(ids)), ids, "lesions in the field of view"),
        _counted(
            "multifocal",
            len(alike) >= 2,
            float(len(alike)),
            alike or ids,
            "lesions of the same kind",
        ),
    ]
    if len(regions) < DIFFUSE_REGIONS and seen_regions < DIFFUSE_REGIONS:
        why = f"only {seen_regions} of {len(Region)} regions are evaluable in this field of view"
        signs += not_assessed(why, "diffuse")
    else:
        signs.append(
            _counted(
                "diffuse",
                len(regions) >= DIFFUSE_REGIONS,
                float(len(regions)),
                ids,
                "regions with a lesion",
            )
        )
    text = (
        "lesions on the left and on the right"
        if both
        else "lesions on one side, or in the midline, only"
    )
    signs.append(
        Sign(
            "bilateral",
            Presence.PRESENT if both else Presence.ABSENT,
            certainty=0.9,
            lesion_ids=ids,
            reason=text,
        )
    )
    return tuple(signs)


def _counted(name: str, present: bool, count: float, ids: tuple[int, ...], what: str) -> Sign:
    presence = Presence.PRESENT if present else Presence.ABSENT
    return Sign(
        name, presence, measured=count, unit="{count}", certainty=0.9, lesion_ids=ids, reason=what
    )


def _sites(described: Sequence[DescribedLesion], seen: Seen) -> tuple[Sign, ...]:
    """One sign a region: absent only where the scan shows the region."""
    signs = []
    for region in Region:
        name = f"site_{region.value}"
        ids = tuple(d.lesion.id for d in described if d.lesion.region is region)
        words = region.value.replace("_", " ")
        if ids:
            signs.append(
                Sign(
                    name,
                    Presence.PRESENT,
                    certainty=0.95,
                    lesion_ids=ids,
                    reason=f"lesions in the region {words}",
                )
            )
        elif seen.evaluable.get(region, False):
            signs.append(stated(name, False, f"the region {words} is shown and holds no lesion"))
        else:
            signs += not_assessed(
                f"the region {words} is not, or not wholly, in the field of view", name
            )
    return tuple(signs)


def _nothing_found(seen: Seen) -> tuple[Sign, Sign]:
    """No lesion at all: what that is worth depends on the anatomy."""
    text = "no lesion found in the field of view"
    calcification = stated("calcification", False, text, certainty=UNSEEN_CERTAINTY)
    if not seen.anatomy.separates_fused_bone:
        why = f"{text}, but this anatomy cannot tell bone fused to the skeleton from the skeleton"
        return not_assessed(why, "ossification")[0], calcification
    return stated("ossification", False, text, certainty=UNSEEN_CERTAINTY), calcification
