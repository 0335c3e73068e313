"""Lesions, what was set aside, and what describing a lesion brings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from html import escape

from trabecula.model.anatomy import Region, Side
from trabecula.model.arrays import Box, Mask, frozen
from trabecula.model.sign import Sign


class Verdict(Enum):
    """Calcium or bone."""

    CALCIFICATION = "calcification"
    OSSIFICATION = "ossification"
    MIXED = "mixed"
    INDETERMINATE = "indeterminate"


class Border(Enum):
    """How surely the lesion's outline is known."""

    CLEAR = "clear"
    TOUCHING = "touching"
    FUSED_NOT_CERTAIN = "fused, border not certain"


class Kind(Enum):
    """Why something bright was set aside."""

    NATIVE = "native"
    EXPECTED_MINERAL = "expected_mineral"
    CONTRAST = "contrast"
    BOWEL_CONTENT = "bowel_content"
    METAL = "metal"
    CEMENT = "cement"
    STONE = "stone"
    VESSEL_WALL = "vessel_wall"
    ARTEFACT = "artefact"
    TABLE = "table"
    OUTSIDE_BODY = "outside_body"
    CUT_BY_FIELD_OF_VIEW = "cut_by_field_of_view"
    TOO_SMALL = "too_small"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True, eq=False)
class Lesion:
    """One body of mineral outside the native skeleton.

    Attributes
    ----------
    id
        From 1, largest first.
    mask : (k, j, i) bool
        The lesion inside its box: its outer surface, marrow included.
    box
        Where the mask lies in the volume.
    region, side
        Where it lies in the patient; ``None`` when the field of view does not tell.
    centroid_lps_mm, bounding_box_lps_mm
        LPS, mm; the bounding box is (x min, y min, z min, x max, y max, z max).
    border
        How surely the outline is known.
    threshold_hu
        What counted as mineral here.
    touches
        Names of native structures within two voxels of its surface.
    """

    id: int
    mask: Mask
    box: Box
    region: Region | None
    side: Side | None
    centroid_lps_mm: tuple[float, float, float]
    bounding_box_lps_mm: tuple[float, float, float, float, float, float]
    border: Border
    threshold_hu: float
    touches: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.mask.shape != tuple(axis.stop - axis.start for axis in self.box):
            raise ValueError("The mask does not fill its box.")
        frozen(self.mask)

    @property
    def voxels(self) -> int:
        """How many voxels the outline holds."""
        return int(self.mask.sum())


@dataclass(frozen=True, slots=True)
class SetAside:
    """Something bright that is not a lesion, and why.

    ``certainty`` says how sure the naming is, from 0 to 1.
    """

    kind: Kind
    reason: str
    region: Region | None
    side: Side | None
    centroid_lps_mm: tuple[float, float, float]
    volume_ml: float
    certainty: float = 1.0


@dataclass(frozen=True, slots=True)
class Measured:
    """A number that carries its method.

    Attributes
    ----------
    value, unit
        UCUM unit.
    low, high
        A 95 % interval where one is known.
    method
        How it was measured, with any threshold used.
    """

    value: float
    unit: str
    method: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class HounsfieldSummary:
    """Distribution of HU inside a lesion's outline."""

    mean: float
    sd: float
    p05: float
    p50: float
    p95: float
    max: float


@dataclass(frozen=True, slots=True)
class Weight:
    """How far one sign moved the verdict: log odds, positive toward ossification."""

    sign: str
    log_odds: float
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class DescribedLesion:
    """A lesion with everything that was measured of it, and the verdict.

    Attributes
    ----------
    lesion
        Where it is.
    verdict, probability_ossification
        Calcium or bone; the probability of calcification is the rest to one.
    weights
        The signs that moved the verdict, strongest first.
    volume
        Outer-surface volume, ml, with its interval.
    mineral_mass_mg
        ``None`` unless a calibration allows it.
    hu
        Distribution of HU inside the outline.
    signs
        Every sign looked for, present, absent or not assessed.
    figures
        Every other number, by name.
    """

    lesion: Lesion
    verdict: Verdict
    probability_ossification: float
    weights: tuple[Weight, ...]
    volume: Measured
    hu: HounsfieldSummary
    signs: tuple[Sign, ...]
    figures: Mapping[str, Measured] = field(default_factory=dict)
    mineral_mass_mg: float | None = None

    def _repr_html_(self) -> str:
        where = " ".join(
            part.value.replace("_", " ")
            for part in (self.lesion.side, self.lesion.region)
            if part is not None
        )
        return (
            f"<div><b>Lesion {self.lesion.id}</b>: {escape(self.verdict.value)} "
            f"(ossification {self.probability_ossification:.0%}), "
            f"{escape(where or 'place not known')}, {self.volume.value:.2f} ml</div>"
        )
