"""Which regions a scan shows whole: by its ends, and by what its sides cut off."""

from types import SimpleNamespace

import numpy as np
import pytest

from trabecula.model import Anatomy, Region, Seen, Tissue, Volume
from trabecula.see import see


def chest(phantoms: SimpleNamespace) -> np.ndarray:
    """Trunk with lungs that begin and end within it."""
    hu = phantoms.trunk()
    x, y, z = phantoms.points()
    for side in (-1.0, 1.0):
        lung = ((x - side * 50.0) / 35.0) ** 2 + (y / 50.0) ** 2 + ((z - 80.0) / 60.0) ** 2 <= 1.0
        hu[lung] = -850.0
    return hu


def narrow(phantoms: SimpleNamespace, hu: np.ndarray, columns: int) -> Volume:
    """Field of view with so many columns cut off on both sides."""
    return phantoms.volume_of(np.ascontiguousarray(hu[:, :, columns:-columns]))


def shown(seen: Seen) -> set[Region]:
    return {region for region, whole in seen.evaluable.items() if whole}


@pytest.mark.parametrize(("columns", "whole"), [(0, True), (20, True), (36, False)])
def test_the_chest_counts_while_its_wall_is_in_the_image(
    phantoms: SimpleNamespace, columns: int, whole: bool
) -> None:
    hu = chest(phantoms)

    volume = phantoms.volume_of(hu) if columns == 0 else narrow(phantoms, hu, columns)

    assert (Region.CHEST in shown(see(volume))) is whole


def test_a_chest_whose_lungs_the_scan_cuts_is_not_whole(phantoms: SimpleNamespace) -> None:
    hu = chest(phantoms)[:50]

    assert Region.CHEST not in shown(see(phantoms.volume_of(np.ascontiguousarray(hu))))


def lumbar(phantoms: SimpleNamespace, top_mm: float) -> Anatomy:
    """Named bones that divide the spine of the trunk among them."""
    _, _, z = phantoms.points()
    spine = phantoms.spine_mask()
    marks = (0.0, 20.0, 60.0, 100.0, top_mm)
    names = ("sacrum", "vertebrae_L5", "vertebrae_L1", "vertebrae_T12")
    return phantoms.anatomy_of(
        **{
            name: (spine & (z > low) & (z <= high), Tissue.BONE)
            for name, low, high in zip(names, marks[:-1], marks[1:], strict=True)
        }
    )


def test_with_names_a_region_counts_when_its_bones_are_not_cut(phantoms: SimpleNamespace) -> None:
    volume = phantoms.volume_of(phantoms.trunk())

    assert shown(see(volume, anatomy=lumbar(phantoms, 140.0))) == {Region.ABDOMEN}


def test_with_names_a_region_does_not_count_when_the_sides_cut_the_body(
    phantoms: SimpleNamespace,
) -> None:
    anatomy = lumbar(phantoms, 140.0)
    cut = Anatomy(
        np.ascontiguousarray(anatomy.labels[:, :, 40:-40]),
        anatomy.structures,
        anatomy.source,
        anatomy.version,
        True,
    )

    assert shown(see(narrow(phantoms, phantoms.trunk(), 40), anatomy=cut)) == set()
