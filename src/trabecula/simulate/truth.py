"""What is true of each lesion, gathered slab by slab."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from trabecula.model import Float64, Grid, Labels, Mask
from trabecula.simulate.growths.growth import Growth
from trabecula.simulate.lesions import Deposit, LesionModel
from trabecula.simulate.patient import TrueLesion

FUSED_OVERLAP_ML = 0.02
"""Lesion volume a bone must take up for the two to be fused, and not only touching."""

BODY_SHARE = 0.05
"""Part of a lesion that a body of its own holds at least."""


@dataclass(slots=True, eq=False)
class Tally:
    """Sums over the voxels of one lesion.

    ``buried`` counts its voxels that native bones took up, ``touches`` names those it meets.
    """

    model: LesionModel
    voxels: int = 0
    compact: int = 0
    mineral_mg_cm3: float = 0.0
    index_sum: Float64 = field(default_factory=lambda: np.zeros(3))
    buried: dict[str, int] = field(default_factory=dict)
    touches: set[str] = field(default_factory=set)

    def add(self, deposit: Deposit, own: Mask, *, part: slice, first: tuple[int, int, int]) -> None:
        """Count the voxels that are the lesion's own in some slices of its box.

        ``first`` is the place of their first voxel in the scan.
        """
        self.voxels += int(own.sum())
        self.compact += int((own & deposit.compact[part]).sum())
        self.mineral_mg_cm3 += float(deposit.mineral_mg_cm3[part][own].sum(dtype=np.float64))
        self.index_sum += np.argwhere(own).sum(axis=0) + int(own.sum()) * np.asarray(first)

    def meet(self, outline: Mask, labels: Labels, bones: Mapping[int, str]) -> None:
        """Look for native bones inside the lesion's outline and around it."""
        from scipy.ndimage import binary_dilation

        around = binary_dilation(outline, np.ones((3, 3, 3), dtype=bool))
        for label in np.unique(labels[around]).tolist():
            if label in bones:
                name = bones[label]
                self.touches.add(name)
                taken = int((outline & (labels == label)).sum())
                self.buried[name] = self.buried.get(name, 0) + taken

    def lesion(self, number: int, grid: Grid, *, bodies: int) -> TrueLesion:
        """Return the truth, numbered."""
        least = FUSED_OVERLAP_ML / grid.voxel_ml
        fused = tuple(sorted(name for name in self.touches if self.buried.get(name, 0) >= least))
        facts = self.model.facts if isinstance(self.model, Growth) else None
        x, y, z = grid.to_lps_mm(self.index_sum / self.voxels).tolist()
        return TrueLesion(
            id=number,
            label=number,
            mineral=self.model.mineral,
            model=type(self.model).__name__ if facts is None else facts.model,
            name=self.model.name,
            volume_ml=self.voxels * grid.voxel_ml,
            mineral_volume_ml=self.compact * grid.voxel_ml,
            mineral_mass_mg=self.mineral_mg_cm3 * grid.voxel_ml,
            centroid_lps_mm=(x, y, z),
            rim_thickness_mm=self.model.rim_thickness_mm,
            bridged=fused if len(fused) > 1 else (),
            touches=tuple(sorted(self.touches)),
            contact=_contact(fused, self.touches),
            expected_kind=self.model.expected_kind,
            variant="" if facts is None else facts.variant,
            pattern="" if facts is None else facts.pattern,
            zonation="" if facts is None else facts.zonation,
            continuity=facts is not None and facts.continuity and bool(fused),
            wraps_deg=0.0 if facts is None else facts.wraps_deg,
            bodies=bodies,
        )


def bodies_of(mask: Mask) -> int:
    """Count the separate bodies of a lesion; crumbs that voxels break off do not count."""
    from scipy.ndimage import label

    found, count = label(mask, np.ones((3, 3, 3), dtype=bool))
    sizes = np.bincount(found.ravel(), minlength=count + 1)[1:]
    return int((sizes >= BODY_SHARE * mask.sum()).sum())


def numbered(
    tallies: Sequence[Tally], truth_labels: npt.NDArray[np.uint8], grid: Grid
) -> tuple[TrueLesion, ...]:
    """Leave out lesions that the scan does not show, number the others without gaps."""
    from scipy.ndimage import find_objects

    seen = [(old, tally) for old, tally in enumerate(tallies, start=1) if tally.voxels]
    table = np.zeros(256, dtype=np.uint8)
    for new, (old, _) in enumerate(seen, start=1):
        table[old] = new
    if len(seen) < len(tallies):
        np.take(table, truth_labels, out=truth_labels)
    boxes = find_objects(truth_labels)
    return tuple(
        tally.lesion(new, grid, bodies=bodies_of(truth_labels[boxes[new - 1]] == new))
        for new, (_, tally) in enumerate(seen, start=1)
    )


def _contact(fused: Sequence[str], touches: set[str]) -> str:
    if len(fused) > 1:
        return "bridging"
    if fused:
        return "fused"
    return "touching" if touches else "free"
