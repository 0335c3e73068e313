"""Mineral in a disc space is the endplates' where a coarse map leaves them out."""

from types import SimpleNamespace

import numpy as np
import pytest

from trabecula.model import Anatomy, Structure, Tissue
from trabecula.see import see


def spine_of_two(phantoms: SimpleNamespace, short_mm: float) -> tuple[np.ndarray, Anatomy]:
    """Trunk whose spine is two vertebrae, labelled so far short of the middle of their disc."""
    hu = phantoms.trunk()
    x, y, z = phantoms.points()
    hu[phantoms.spine_mask() & (np.abs(z - 80.0) < 6.0)] = 50.0
    inner = np.hypot(x, y - 50.0) <= 9.0
    hu[inner & (np.abs(z - 80.0) < 6.0)] = 500.0
    hu[inner & (np.abs(z - 80.0) < 2.0)] = 200.0
    labels = np.zeros(phantoms.SHAPE, dtype=np.uint8)
    labels[phantoms.spine_mask() & (z < 80.0 - short_mm)] = 1
    labels[phantoms.spine_mask() & (z >= 80.0 + short_mm)] = 2
    names = ("vertebrae_L2", "vertebrae_L1")
    bones = tuple(Structure(n, name, Tissue.BONE) for n, name in enumerate(names, start=1))
    return hu, Anatomy(labels, bones, "labels", "1", True)


def test_endplates_that_a_map_leaves_out_are_native(phantoms: SimpleNamespace) -> None:
    hu, anatomy = spine_of_two(phantoms, 4.0)

    seen = see(phantoms.volume_of(hu), anatomy=anatomy)

    assert seen.lesions == ()
    assert any("two named vertebrae" in one.reason for one in seen.set_aside)


def test_what_has_grown_across_the_rim_of_a_disc_is_a_lesion(phantoms: SimpleNamespace) -> None:
    hu, anatomy = spine_of_two(phantoms, 0.0)
    hu[phantoms.ball((24.0, 50.0, 80.0), 9.0) & ~phantoms.spine_mask()] = 700.0

    (lesion,) = see(phantoms.volume_of(hu), anatomy=anatomy).lesions

    assert lesion.centroid_lps_mm[0] == pytest.approx(25.0, abs=3.0)
