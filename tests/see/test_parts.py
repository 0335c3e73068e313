"""Fused bone without names: parts offered, the sure ones called, and a reader's edits."""

import numpy as np
import pytest

from trabecula.errors import ContextError
from trabecula.model import (
    Belonging,
    Border,
    DecidedBy,
    Edits,
    LesionEdit,
    Seed,
    Seen,
    Tissue,
    Toggle,
    Volume,
)
from trabecula.see import see
from trabecula.see.basins import basins, merged
from trabecula.see.parts import CALLED_FROM, OFFERED_FROM

SPIKE_LPS_MM = (45.0, 50.0, 80.0)
"""In a spike from the spine to the left, about halfway."""


def rod(phantoms, low, high, radius: float) -> np.ndarray:
    """Voxels within a radius of a straight line."""
    x, y, z = phantoms.points()
    start, way = np.array(low), np.subtract(high, low)
    share = ((x - start[0]) * way[0] + (y - start[1]) * way[1] + (z - start[2]) * way[2]) / (
        way @ way
    )
    share = np.clip(share, 0.0, 1.0)
    gap = [axis - (start[n] + share * way[n]) for n, axis in enumerate((x, y, z))]
    return gap[0] ** 2 + gap[1] ** 2 + gap[2] ** 2 <= radius**2


def spike(phantoms, side: float, *, length: float = 65.0, radius: float = 9.0) -> np.ndarray:
    tip = (side * length, 50.0, 80.0)
    return rod(phantoms, (0.0, 50.0, 80.0), tip, radius) & ~phantoms.spine_mask()


def with_bone(phantoms, *masks: np.ndarray) -> Volume:
    hu = phantoms.trunk()
    for mask in masks:
        hu[mask] = 600.0
    return phantoms.volume_of(hu)


def dice_of(seen: Seen, truth: np.ndarray, phantoms) -> float:
    found = np.zeros(truth.shape, dtype=bool)
    for lesion in seen.lesions:
        found[lesion.box] |= lesion.mask
    return phantoms.dice(found, truth)


@pytest.fixture(scope="module")
def one_sided(phantoms) -> Volume:
    return with_bone(phantoms, spike(phantoms, 1.0))


@pytest.fixture(scope="module")
def processes(phantoms) -> Volume:
    return with_bone(phantoms, spike(phantoms, 1.0), spike(phantoms, -1.0))


def test_a_spike_on_one_side_is_called_and_its_border_is_not_certain(phantoms, one_sided) -> None:
    seen = see(one_sided)

    (part,) = seen.parts
    (lesion,) = seen.lesions
    assert part.state is Belonging.ECTOPIC
    assert part.decided_by is DecidedBy.PROGRAM
    assert part.probability_ectopic >= CALLED_FROM
    assert lesion.border is Border.FUSED_NOT_CERTAIN
    assert dice_of(seen, spike(phantoms, 1.0), phantoms) >= 0.8


def test_processes_alike_on_both_sides_stay_native(processes) -> None:
    seen = see(processes)

    assert seen.lesions == ()
    assert all(part.probability_ectopic < OFFERED_FROM for part in seen.parts)


def test_a_bridge_between_two_bones_is_called_and_says_what_it_joins(phantoms) -> None:
    pillars = [
        rod(phantoms, (side * 80.0, 10.0, 20.0), (side * 80.0, 10.0, 140.0), 12.0)
        for side in (-1.0, 1.0)
    ]
    bridge = rod(phantoms, (0.0, 50.0, 80.0), (80.0, 10.0, 80.0), 9.0)
    bridge &= ~phantoms.spine_mask() & ~pillars[1]

    seen = see(with_bone(phantoms, *pillars, bridge))

    (part,) = (one for one in seen.parts if one.state is Belonging.ECTOPIC)
    assert any("pieces of bone" in reason for reason in part.reasons)
    assert dice_of(seen, bridge, phantoms) >= 0.8


def test_a_toggle_to_native_takes_a_called_part_back(one_sided) -> None:
    (part,) = see(one_sided).parts

    seen = see(one_sided, edits=Edits(toggle=(Toggle(Belonging.NATIVE, part=part.id),)))

    assert seen.lesions == ()
    assert [one.state for one in seen.parts] == [Belonging.NATIVE]
    assert seen.parts[0].decided_by is DecidedBy.EDIT
    assert seen.parts[0].id == part.id
    assert seen.parts[0].probability_ectopic == part.probability_ectopic


def test_one_seed_finds_what_both_sides_have(phantoms, processes) -> None:
    seed = Seed(SPIKE_LPS_MM, Belonging.ECTOPIC, 10.0)

    seen = see(processes, edits=Edits(seed=(seed,)))

    assert len(seen.lesions) == 1
    assert dice_of(seen, spike(phantoms, 1.0), phantoms) >= 0.8


def test_a_native_seed_holds_back_a_called_part(phantoms, one_sided) -> None:
    seed = Seed((60.0, 50.0, 80.0), Belonging.NATIVE, 6.0)

    seen = see(one_sided, edits=Edits(seed=(seed,)))

    before = sum(lesion.voxels for lesion in see(one_sided).lesions)
    assert sum(lesion.voxels for lesion in seen.lesions) < before
    for lesion in seen.lesions:
        index = np.rint(one_sided.grid.to_index_kji(seed.at_lps_mm)).astype(int)
        inside = [axis.start <= at < axis.stop for axis, at in zip(lesion.box, index, strict=True)]
        at = tuple(np.subtract(index, [axis.start for axis in lesion.box]))
        assert not (all(inside) and lesion.mask[at])


def test_a_lesion_said_to_be_native_is_set_aside(phantoms) -> None:
    volume = with_bone(phantoms, phantoms.ball((70.0, 0.0, 80.0), 9.0))
    assert len(see(volume).lesions) == 1

    seen = see(volume, edits=Edits(lesion=(LesionEdit((70.0, 0.0, 80.0)),)))

    assert seen.lesions == ()
    assert any("an edit says" in one.reason for one in seen.set_aside)


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        (Edits(seed=(Seed((0.0, 0.0, 5000.0), Belonging.ECTOPIC, 5.0),)), "outside the scan"),
        (Edits(seed=(Seed((90.0, 0.0, 80.0), Belonging.ECTOPIC, 5.0),)), "on no bone"),
        (Edits(toggle=(Toggle(Belonging.ECTOPIC, part="p+1+2+3"),)), "does not have"),
        (Edits(lesion=(LesionEdit((90.0, 0.0, 80.0)),)), "without a lesion"),
    ],
)
def test_edits_that_meet_nothing_are_refused(one_sided, edits: Edits, words: str) -> None:
    with pytest.raises(ContextError, match=words):
        see(one_sided, edits=edits)


def test_the_same_edits_give_the_same_masks(processes) -> None:
    edits = Edits(seed=(Seed(SPIKE_LPS_MM, Belonging.ECTOPIC, 10.0),))
    first, second = see(processes, edits=edits), see(processes, edits=edits)

    assert [one.id for one in first.parts] == [one.id for one in second.parts]
    assert all(
        np.array_equal(a.mask, b.mask) for a, b in zip(first.lesions, second.lesions, strict=True)
    )


def test_two_balls_joined_by_a_thin_rod_are_three_pieces_or_more() -> None:
    import edt

    solid = np.zeros((30, 30, 70), dtype=bool)
    k, j, i = np.ogrid[:30, :30, :70]
    for centre in (14, 55):
        solid |= (k - 15) ** 2 + (j - 15) ** 2 + (i - centre) ** 2 <= 100
    solid |= np.broadcast_to((k - 15) ** 2 + (j - 15) ** 2 <= 9, solid.shape) & (i > 14) & (i < 55)
    found = basins(solid, edt.edt(solid))

    pieces = merged(found, 5)

    shape = np.zeros(solid.shape, dtype=int)
    shape.reshape(-1)[found.flat] = pieces[found.of_cell] + 1
    assert len({shape[15, 15, 14], shape[15, 15, 35], shape[15, 15, 55]}) == 3


def test_a_bone_that_the_label_map_leaves_out_is_offered_and_can_be_toggled(phantoms) -> None:
    rods = [
        rod(phantoms, (side * 80.0, 0.0, 20.0), (side * 80.0, 0.0, 140.0), 10.0)
        for side in (-1.0, 1.0)
    ]
    volume = with_bone(phantoms, *rods)
    anatomy = phantoms.anatomy_of(vertebrae_L3=(phantoms.spine_mask(), Tissue.BONE))

    seen = see(volume, anatomy=anatomy)

    assert seen.lesions == ()
    assert [part.state for part in seen.parts] == [Belonging.NATIVE] * 2
    for toggle in (
        Toggle(Belonging.ECTOPIC, part=next(p.id for p in seen.parts if p.id.startswith("b+80"))),
        Toggle(Belonging.ECTOPIC, at_lps_mm=(80.0, 0.0, 80.0)),
    ):
        again = see(volume, anatomy=anatomy, edits=Edits(toggle=(toggle,)))
        assert len(again.lesions) == 1
        assert again.lesions[0].centroid_lps_mm[0] > 0.0
        assert dice_of(again, rods[1], phantoms) > 0.9
