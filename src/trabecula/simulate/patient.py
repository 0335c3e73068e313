"""A simulated patient: the scan and everything that is true of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trabecula.model import Anatomy, Mask, Volume, frozen


@dataclass(frozen=True, slots=True)
class TrueLesion:
    """What is known of one simulated lesion.

    Attributes
    ----------
    id, label
        From 1; ``label`` is its number in ``Patient.truth_labels`` (the same number).
    mineral
        ``ossification`` or ``calcification``.
    model, name
        Class that made it, and what it is, for people.
    volume_ml
        Outer surface, marrow included: voxels of its label.
    mineral_volume_ml
        Dense part: the rim of bone, all of a calcification.
    mineral_mass_mg
        Hydroxyapatite.
    centroid_lps_mm
        LPS, mm.
    rim_thickness_mm
        Its cortex; ``None`` when it has none.
    bridged
        Names of the native bones it joins to each other; empty when it joins none.
    touches
        Names of the native bones it meets.
    contact
        ``free``, ``touching``, ``fused`` or ``bridging``.
    expected_kind
        ``lesion``, or why it should be set aside: ``vessel_wall``, ``phlebolith``.
    variant, pattern, zonation
        Which generator made it (``train`` or ``judge``), its inner order, and where it is densest
        (``rim``, ``core`` or ``even``); empty for the fixed lesions of the demonstration.
    continuity
        Whether its inside runs into the marrow of its host.
    wraps_deg
        Part of its host's girth that it takes, by plan.
    bodies
        Separate bodies in this image, crumbs left out.
    """

    id: int
    label: int
    mineral: str
    model: str
    name: str
    volume_ml: float
    mineral_volume_ml: float
    mineral_mass_mg: float
    centroid_lps_mm: tuple[float, float, float]
    rim_thickness_mm: float | None
    bridged: tuple[str, ...]
    touches: tuple[str, ...]
    contact: str
    expected_kind: str
    variant: str = ""
    pattern: str = ""
    zonation: str = ""
    continuity: bool = False
    wraps_deg: float = 0.0
    bodies: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Patient:
    """A simulated scan and everything that is true of it.

    Attributes
    ----------
    volume
        The scan.
    anatomy
        Native structures by name, lesions not among them.
    truth
        The lesions.
    truth_labels : (k, j, i) uint8
        Lesion numbers, 0 = none.
    """

    volume: Volume
    anatomy: Anatomy
    truth: tuple[TrueLesion, ...]
    truth_labels: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        if not self.volume.hu.shape == self.anatomy.labels.shape == self.truth_labels.shape:
            raise ValueError("Scan, anatomy and truth lie on one grid.")
        frozen(self.truth_labels)

    def lesion_mask(self, label: int) -> Mask:
        """Voxels of one lesion, bool ``(k, j, i)``."""
        mask: Mask = self.truth_labels == label
        return mask
