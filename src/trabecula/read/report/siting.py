"""Where the lesions of a report lie: site signs, and the place a report is about."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trabecula.model import Presence, Region, Side, SignDefinition, sign_definitions
from trabecula.read.report.finding import (
    MINERAL_KINDS,
    Finding,
    Line,
    counts,
    meaning_of,
    stated_as,
)
from trabecula.read.report.joints import apart
from trabecula.read.report.patterns import Match
from trabecula.read.report.places import (
    MIDDLE,
    Place,
    is_event_place,
    is_host_only,
    is_reached_only,
    lesion_places,
    side_of_place,
)
from trabecula.read.report.scope import LIKELY, UNCERTAIN
from trabecula.read.report.sentences import names_imaging
from trabecula.read.report.stated import is_the_mass
from trabecula.read.report.wordlists import words_of

_SPARED = frozenset({"spared", "uninvolved", "unaffected"})

_SITE_REACH = 16
"""Tokens between a place and the lesion that lies there."""

_SITED = frozenset({"ankylosis", "bridging", "exostosis", "multiple_exostoses"})
_SITED_KINDS = frozenset({"mineral", "matrix", "zonation", "plane", "maturity"})

_INHERITING = words_of("inheriting")


@dataclass(slots=True)
class Usual:
    """The place a report speaks of: that of its lesions, before one is told its title's.

    Once lesions lie in several regions there is none, and only a sentence that points back
    (``it``, ``the mass``, ``the overlying skin``) inherits, from the last lesion told.
    """

    side: Side | None = None
    region: Region | None = None
    known: bool = False
    regions: set[Region] = field(default_factory=set)
    sides: set[Side] = field(default_factory=set)
    named: set[Side] = field(default_factory=set)
    title: Side | None = None
    latest: tuple[Side | None, Region | None] = (None, None)

    def learn(self, line: Line, here: Sequence[Finding]) -> None:
        """Take the place of the lesions of a sentence, else of the first sentence with a place."""
        sides = {sided.side for sided in line.sides}
        if (
            not self.named
            and sides in ({Side.LEFT}, {Side.RIGHT})
            and names_imaging(line.tokens[:_TITLE])
        ):
            self.title = next(iter(sides))
        self.named |= sides
        lesions = [f for f in here if f.presence != "absent" and f.region and _takes_place(f)]
        if lesions:
            self.known = True
            places = {(f.side, f.region) for f in lesions}
            self.latest = places.pop() if len(places) == 1 else (None, None)
            self.regions |= {f.region for f in lesions if f.region}
            self.sides |= {f.side for f in lesions if f.side}
            self.region = next(iter(self.regions)) if len(self.regions) == 1 else None
            one_side = len(self.sides) == 1 and self.region is not None
            kept = self.side if not self.sides and self.region is not None else None
            self.side = next(iter(self.sides)) if one_side else kept
            return
        regions = {place.region for place in line.places if place.region}
        if not self.regions and regions and (not self.known or self.side is None):
            self._take_title(regions, {sided.side for sided in line.sides})

    def _take_title(self, regions: set[Region], sides: set[Side]) -> None:
        region = next(iter(regions)) if len(regions) == 1 else None
        if self.known and region is not self.region:
            return
        self.known, self.region = True, region
        self.side = next(iter(sides)) if region and len(sides) == 1 else None

    def placed(self, finding: Finding, line: Line) -> Finding:
        """Give a lesion's sign without a place this one."""
        if not _takes_place(finding):
            return finding
        finding = self._sided(finding, line)
        lesion_lies = lesion_places(line.places, line.tokens)
        if self.region is None:
            if not line.places and not finding.region and _points_to_lesion(line):
                side, region = self.latest
                return replace(finding, region=region, side=finding.side or side)
            return finding if lesion_lies else _at_host(finding, line)
        if finding.region is None and not lesion_lies:
            return replace(finding, region=self.region, side=finding.side or self.side)
        unsided = finding.region is self.region and finding.side is None and not line.sides
        if unsided and not (lesion_lies and finding.region in MIDDLE):
            return replace(finding, side=self.side)
        return finding

    def _sided(self, finding: Finding, line: Line) -> Finding:
        """Give a lesion of a limb the side when the report has named one side only, its title's."""
        if finding.side or line.sides or finding.region not in _LIMBS:
            return finding
        one = len(self.named) == 1 and self.side in self.named
        side = self.side if one else self.title
        return replace(finding, side=side) if side else finding


_TITLE = 8
"""Tokens at the head of a sentence in which a title names the imaging."""
_BACKWARD = frozenset({"it", "they", "this", "these"})
_THE_LESION = frozenset(
    {
        "mass",
        "lesion",
        "lump",
        "swelling",
        "nodule",
        "deposit",
        "plaque",
        "overlying",
        "tumor",
    }
)
_OPENING = 4
"""Tokens at the head of a sentence that may point back."""


def _points_to_lesion(line: Line) -> bool:
    """Whether a sentence begins with words for the lesion told before it."""
    words = [token.word for token in line.tokens[:_OPENING]]
    named = words[:1] == ["the"] and bool(_THE_LESION & set(words))
    return bool(_BACKWARD & set(words[:1])) or named


_LIMBS = frozenset(
    {
        Region.SHOULDER,
        Region.UPPER_ARM,
        Region.ELBOW,
        Region.FOREARM,
        Region.HAND,
        Region.HIP,
        Region.THIGH,
        Region.KNEE,
        Region.LEG_FOOT,
    }
)
"""Regions of which one side is meant where a report is about one limb."""


def _at_host(finding: Finding, line: Line) -> Finding:
    """Place a lesion at the bone it lies on, where no other place is known."""
    regions = {place.region for place in line.places if place.region}
    if finding.region is not None or len(regions) != 1:
        return finding
    return replace(finding, region=next(iter(regions)))


def _takes_place(finding: Finding) -> bool:
    name = finding.sign.name
    kind = sign_definitions()[name].kind
    return kind in MINERAL_KINDS or name in _INHERITING


def heading_sites(line: Line) -> Iterator[Finding]:
    """Sites that a title names as the region examined."""
    for place in line.places:
        for name in with_region(place):
            yield stated_as(
                line,
                name,
                Presence.PRESENT,
                place.match,
                certainty=1.0,
                reason="the region examined",
            )


_WITH_PLACE = frozenset(
    [
        "the",
        "of",
        "and",
        "&",
        "-",
        "–",
        "/",
        "+",
        ":",
        "side",
        "region",
        "for",
        "comparison",
        "pa",
        "lateral",
        "oblique",
        ",",
        ".",
        "view",
    ]
)
_MAX_BARE = 8
"""Longest name of a place that stands alone as a heading, in tokens."""


def is_bare_place(line: Line) -> bool:
    """Whether a sentence is only a place, such as ``RIGHT HIP``, and heads the next one."""
    if len(line.tokens) > _MAX_BARE or not line.places:
        return False
    known = {at for place in line.places for at in place.match.positions}
    known |= {sided.at for sided in line.sides}
    rest = [t for n, t in enumerate(line.tokens) if n not in known]
    return all(token.word in _WITH_PLACE or names_imaging((token,)) for token in rest)


def with_region(place: Place) -> tuple[str, ...]:
    """Name the site of a place and, for a finer site, that of its region too."""
    if place.region is None or place.sign == f"site_{place.region.value}":
        return (place.sign,)
    return (place.sign, f"site_{place.region.value}")


def sited(
    line: Line,
    stated: Sequence[Finding],
    definitions: Mapping[str, SignDefinition],
    *,
    placed: bool = False,
) -> list[Finding]:
    """Site signs: a place counts when a lesion is said to be, or not to be, there.

    ``placed`` tells that the report has named a place before; if not, a host bone is the place.
    """
    on_host = not placed and not lesion_places(line.places, line.tokens)
    past = [set(m.positions) for name, m in line.found if name == "!ossification"]
    lesions = [m for m in line.of("=lesion") if not any(own & set(m.positions) for own in past)]
    described = [
        f
        for f in stated
        if definitions[f.sign.name].kind in _SITED_KINDS
        or (f.sign.name in _SITED and f.presence != "absent")
    ]
    found: dict[tuple[str, str, Side | None], Finding] = {}
    for place in line.places:
        meant = _spared(line, place) or _lesion_at(line, place, lesions)
        if meant is None and described:
            meant = (described[0].sign.presence, described[0].sign.certainty)
        own = meaning_of(line, place.match)
        if meant is None or not counts(line, place.match, definitions[place.sign]):
            continue
        if is_reached_only(place, line.tokens) and not (
            on_host and (is_host_only(place, line.tokens) or is_event_place(place, line.tokens))
        ):
            continue
        presence, certainty = meant
        if certainty <= LIKELY and any(f.presence == "present" for f in described):
            certainty = 1.0  # what it is may be in doubt; that something is there is not
        if own is not None and own[0] is Presence.ABSENT:
            presence, certainty = own
        side = side_of_place(place, line.places, line.sides, line.tokens)
        names = (place.sign,) if presence is Presence.ABSENT else with_region(place)
        for name in names:
            sited = stated_as(line, name, presence, place.match, certainty=certainty)
            sited = replace(sited, side=side, region=place.region)
            found.setdefault((name, sited.presence, side), sited)
    return [*found.values(), *_spread(line, found.values(), stated)]


_ONE_SYSTEM = frozenset({"multifocal", "arterial", "vascular", "diffuse"})
"""Signs that already tell the spread, or of which several places make one lesion."""


def _spread(line: Line, sites: Iterable[Finding], stated: Sequence[Finding]) -> Iterator[Finding]:
    """Both sides, where the sites of one sentence say so without the word."""
    lesions = [f for f in sites if f.presence == "present" and f.sign.text_span]
    known = {f.sign.name for f in stated}
    both = next((f for f in lesions if f.side is Side.BOTH), None)
    if both is not None and "bilateral" not in known:
        yield _as("bilateral", both)
    several = len({f.region for f in lesions}) > 1 and _names_discrete(line)
    if several and not known & _ONE_SYSTEM:
        yield replace(_as("multifocal", lesions[0]), side=None, region=None)


_DISCRETE = words_of("discrete")


def _names_discrete(line: Line) -> bool:
    """Whether a sentence names separate lesions in the plural: ``deposits``, ``foci``."""
    return any(t.word in _DISCRETE and t.text.lower() != t.word for t in line.tokens)


def _mineral_regions(findings: Sequence[Finding]) -> dict[Region, Finding]:
    """Regions in which mineral is told, where only what it joins or follows is named there."""
    mineral = [f for f in findings if f.sign.name in ("ossification", "calcification")]
    return {f.region: f for f in reversed(mineral) if f.region and f.presence == "present"}


def implied(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Tell sites and, as possible, several lesions that a whole report's places imply.

    A second place is often one that a single lesion reaches, so it only suggests another lesion.
    """
    names = {f.sign.name for f in findings}
    for region, known in _mineral_regions(findings).items():
        if f"site_{region.value}" not in names:
            yield _as(f"site_{region.value}", known)
    lesions = [f for f in findings if f.presence == "present" and f.sign.name.startswith("site_")]
    sides = {f.side for f in lesions}
    regions = {f.region for f in lesions if f.region}
    parted = any(apart(one, other) for one in regions for other in regions)
    if names & _ONE_SYSTEM or not lesions:
        return
    if parted or {Side.LEFT, Side.RIGHT} <= sides:
        several = _as("multifocal", lesions[0])
        doubted = replace(several.sign, certainty=min(several.sign.certainty, UNCERTAIN))
        yield replace(several, sign=doubted, side=None, region=None)


def _as(name: str, finding: Finding) -> Finding:
    sign = replace(finding.sign, name=name, reason="from the places named")
    return replace(finding, sign=sign)


def _spared(line: Line, place: Place) -> tuple[Presence, float] | None:
    """Absence where a place is said to be spared."""
    behind = line.tokens[place.match.last + 1 : place.match.last + 4]
    words = [token.word for token in behind]
    if words[:1] == ["joint"] or not _SPARED & set(words):
        return None
    return Presence.ABSENT, 1.0


_CONTRAST = frozenset({"while", "whereas", "but"})


def _comma_apart(line: Line, place: Place, lesion: Match) -> bool:
    """Whether another clause than the place's denies a lesion."""
    between = line.tokens[min(place.match.last, lesion.last) : max(place.match.first, lesion.first)]
    listed = any(token.word in ("or", "nor", "and") for token in between)
    if any(token.word in _CONTRAST for token in between):
        return True
    return any(token.word == "," for token in between) and not listed


def _lesion_at(line: Line, place: Place, lesions: Sequence[Match]) -> tuple[Presence, float] | None:
    """Presence and certainty that the nearest lesion word gives a place."""

    def gap(match: Match) -> int:
        return max(match.first - place.match.last, place.match.first - match.last)

    for match in sorted(lesions, key=lambda m: (gap(m), m.first)):
        if gap(match) > _SITE_REACH:
            return None
        meant = meaning_of(line, match)
        if meant is not None and meant[0] is Presence.ABSENT and _comma_apart(line, place, match):
            continue
        if meant is not None and meant[1] < 1.0 and is_the_mass(line, match):
            meant = (meant[0], 1.0)
        if (
            meant is not None
            and not {"general", "unknown", "relative"} & line.meant[match.first].flags
        ):
            return meant
    return None
