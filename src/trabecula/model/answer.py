"""The answer: what was seen, what it may be, what must not be done, what to ask next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from trabecula.model.anatomy import Anatomy, Region
from trabecula.model.lesion import DescribedLesion, Lesion, SetAside
from trabecula.model.note import Note
from trabecula.model.part import Edits, Part
from trabecula.model.sign import Sign
from trabecula.model.volume import Volume


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the patient beside the scan.

    Attributes
    ----------
    age_years, sex
        ``sex`` is ``M`` or ``F``.
    signs
        History, examination and laboratory signs.
    """

    age_years: float | None = None
    sex: str | None = None
    signs: tuple[Sign, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One sign's pull on one condition."""

    sign: str
    likelihood_ratio: float
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A condition in the differential, with the reasons for and against."""

    rank: int
    id: str
    name: str
    probability: float
    synonyms: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    reasons_for: tuple[Reason, ...] = ()
    reasons_against: tuple[Reason, ...] = ()
    not_assessed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Caution:
    """What must not be done, while a condition is open."""

    condition_id: str
    text: str
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask or do next, and what it would change.

    ``sign`` names the sign it would settle; ``if_present`` and ``if_absent`` are the leading
    conditions (id, probability) after either answer.
    """

    sign: str
    text: str
    expected_gain_bits: float
    source: tuple[str, ...]
    if_present: tuple[tuple[str, float], ...] = ()
    if_absent: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What the signs mean: the differential and the advice."""

    differential: tuple[Candidate, ...]
    avoid: tuple[Caution, ...]
    next: tuple[Question, ...]
    gamut_version: str


@dataclass(frozen=True, slots=True)
class Noise:
    """How the scan itself limits what can be seen, measured on the image.

    Attributes
    ----------
    soft_tissue_hu, noise_sd_hu
        Mode of soft tissue and the noise around it.
    edge_width_mm
        Full width at half maximum of the in-plane blur, estimated; ``None`` when not measurable.
    mineral_threshold_hu
        What counts as mineral in this scan.
    cortex_hu, marrow_hu
        The patient's own dense bone and marrow, the yardstick for lesions; ``None`` if unknown.
    """

    soft_tissue_hu: float
    noise_sd_hu: float
    mineral_threshold_hu: float
    edge_width_mm: float | None = None
    cortex_hu: float | None = None
    marrow_hu: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What seeing brings: anatomy, lesions, everything set aside, and parts that may be ectopic.

    ``parts`` are pieces of bone whose border is not certain, most probable first; ``edits`` is
    what a reader corrected.
    """

    anatomy: Anatomy
    noise: Noise
    lesions: tuple[Lesion, ...]
    set_aside: tuple[SetAside, ...]
    evaluable: Mapping[Region, bool]
    notes: tuple[Note, ...] = ()
    parts: tuple[Part, ...] = ()
    edits: Edits = field(default_factory=Edits)


@dataclass(frozen=True, slots=True)
class RegionBurden:
    """Amount of mineral in one region, ml; ``evaluable`` is whether the scan shows it all."""

    ossification_ml: float
    calcification_ml: float
    evaluable: bool


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Everything the program has to say about one case.

    ``volume`` and ``seen`` are ``None`` when there was no image. ``timings_s`` is the only
    part that may differ between two runs on the same input.
    """

    notes: tuple[Note, ...]
    signs: tuple[Sign, ...]
    reasoning: Reasoning
    context: Context = Context()
    lesions: tuple[DescribedLesion, ...] = ()
    volume: Volume | None = None
    seen: Seen | None = None
    report_text: str | None = None
    not_understood: tuple[str, ...] = ()
    timings_s: Mapping[str, float] = field(default_factory=dict)

    @property
    def differential(self) -> tuple[Candidate, ...]:
        """Conditions, most probable first."""
        return self.reasoning.differential

    def _repr_html_(self) -> str:
        counts: dict[str, int] = {}
        for described in self.lesions:
            verdict = described.verdict.value
            counts[verdict] = counts.get(verdict, 0) + 1
        found = ", ".join(f"{n} × {verdict}" for verdict, n in sorted(counts.items()))
        heading = found or ("no image" if self.seen is None else "no lesions")
        rows = "".join(
            f"<tr><td>{one.rank}</td><td>{escape(one.name)}</td><td>{one.probability:.0%}</td></tr>"
            for one in self.differential[:5]
        )
        avoid = "".join(f"<li>{escape(one.text)}</li>" for one in self.reasoning.avoid)
        return (
            f"<div><b>Answer</b>: {heading}<table><tr><th></th><th>condition</th>"
            f"<th>probability</th></tr>{rows}</table><ul>{avoid}</ul></div>"
        )
