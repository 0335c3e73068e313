"""The reader who corrects: which lesions, how often, and that an outline comes of it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from trabecula.model import Acquisition, Grid, Volume
from trabecula.see import see
from trabecula.validate.acquire import TrueBody
from trabecula.validate.lines import Line
from trabecula.validate.matching import match
from trabecula.validate.measures import detection
from trabecula.validate.reader import MOST_EDITS, Correction, corrected, is_corrected
from trabecula.validate.truth import Truth

MakeLine = Callable[..., Line]

EDGE_MM = 1.5
SHAPE = (60, 80, 80)

TRUTH = Truth(
    label=1,
    model="neurogenic_ossification",
    mineral="ossification",
    pattern="trabeculated",
    contact="fused",
    expected_kind="lesion",
    volume_ml=6.0,
    size_mm=22.0,
    thickness_mm=20.0,
    height_mm=20.0,
    below_floor=False,
    rim=True,
    rim_thickness_mm=1.5,
    zonation="rim",
    continuity=False,
    bridging=False,
    wraps_deg=0.0,
    bodies=1,
)


@pytest.fixture(scope="module")
def thigh() -> tuple[Volume, TrueBody]:
    """A shaft of bone with a knob on it that the other side cannot speak of: there is none."""
    k, j, i = (EDGE_MM * np.arange(size)[tuple(np.where(np.arange(3) == axis, slice(None), None))]
               for axis, size in enumerate(SHAPE))  # fmt: skip
    z, y, x = k, j - 60.0, i - 60.0
    hu = np.where(x**2 + y**2 + 0.0 * z < 52.0**2, 45.0, -1000.0)
    shaft = (x + 6.0) ** 2 + y**2 + 0.0 * z < 11.0**2
    knob = ((x - 13.0) ** 2 + y**2 + (z - 45.0) ** 2 < 11.0**2) & ~shaft
    hu[shaft], hu[knob] = 900.0, 600.0
    hu = (hu + np.random.default_rng(3).normal(0.0, 8.0, hu.shape)).astype(np.int16)
    affine = np.array([[0, 0, 1, -60], [0, 1, 0, -60], [1, 0, 0, 0], [0, 0, 0, 1.0]])
    affine[:3, :3] *= EDGE_MM
    where = np.argwhere(knob)
    low, high = where.min(axis=0).tolist(), (where.max(axis=0) + 1).tolist()
    box = (slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2]))
    volume = Volume(hu, Grid(affine, SHAPE), Acquisition("simulated", "0"))
    return volume, TrueBody(1, box, knob[box].copy())


def test_only_fused_lesions_of_a_millilitre_are_corrected() -> None:
    assert is_corrected(TRUTH)
    assert is_corrected(replace(TRUTH, contact="bridging"))
    assert not is_corrected(replace(TRUTH, contact="touching"))
    assert not is_corrected(replace(TRUTH, volume_ml=0.9))
    assert not is_corrected(replace(TRUTH, expected_kind="phlebolith"))


@pytest.mark.slow
def test_a_knob_on_a_shaft_is_outlined_with_few_edits(thigh: tuple[Volume, TrueBody]) -> None:
    volume, body = thigh
    seen = see(volume)
    assert not match(seen.lesions, [body]).pairs

    made = corrected(volume, [body], {1: TRUTH}, seen, seed=5)[1]

    assert made.found
    assert made.dice >= 0.8
    assert 1 <= made.edits <= MOST_EDITS
    assert made.seconds > 0.0
    again = corrected(volume, [body], {1: TRUTH}, seen, seed=5)[1]
    assert (again.dice, again.edits) == (made.dice, made.edits)


def test_a_lesion_counts_as_it_is_after_the_edits(line: MakeLine) -> None:
    after = Correction(True, 0.85, edits=3, toggles=0, covered_dice=0.6, seconds=2.0)
    row = {
        name: getattr(after, name)
        for name in ("found", "dice", "edits", "toggles", "covered_dice", "seconds")
    }
    lines = [
        line(contact="fused", found=False, dice=None, corrected=row),
        line(contact="fused", found=False, dice=None, corrected={**row, "found": False, "dice": 0}),
        line(contact="fused", found=True, corrected=None),
    ]

    own = detection.edited(lines)

    assert detection.found(own, contacts=detection.FUSED, least_ml=1.0).value == 0.5
    assert detection.dice(own, contacts=detection.FUSED, least_ml=1.0).value == 0.425
    assert detection.covered(lines).value == 1.0
    assert detection.mean_edits(lines).value == 3.0
    assert detection.rerun_s(lines) == 2.0
