from dataclasses import replace

import numpy as np
import pytest

from trabecula.describe import describe
from trabecula.model import Noise, Volume


def moved(scene, hu, mask):
    """Same scene with another array in it and the lesion cut out anew."""
    volume = Volume(hu, scene.volume.grid, scene.volume.acquisition)
    where = np.argwhere(mask)
    box = tuple(slice(int(a), int(b) + 1) for a, b in zip(where.min(0), where.max(0), strict=True))
    lesion = replace(scene.seen.lesions[0], mask=mask[box].copy(), box=box)
    return replace(scene.seen, lesions=(lesion,)), volume


def whole_mask(scene):
    mask = np.zeros(scene.volume.hu.shape, bool)
    lesion = scene.seen.lesions[0]
    mask[lesion.box] = lesion.mask
    return mask


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_mirroring_changes_neither_volume_nor_verdict(render, measure, paint, axis):
    scene = render(paint.ossicle(14, grain=0))
    plain = measure(scene)
    hu = np.flip(scene.volume.hu, axis).copy()
    mirrored = describe(*moved(scene, hu, np.flip(whole_mask(scene), axis)))[0]

    assert mirrored.volume.value == pytest.approx(plain.volume.value, rel=0.01)
    assert mirrored.verdict is plain.verdict


def test_swapping_row_and_column_changes_neither_volume_nor_rim(render, measure, paint):
    scene = render(paint.ossicle(14, grain=0))
    plain = measure(scene)
    hu = np.ascontiguousarray(scene.volume.hu.swapaxes(1, 2))
    swapped = describe(*moved(scene, hu, whole_mask(scene).swapaxes(1, 2)))[0]

    assert swapped.volume.value == pytest.approx(plain.volume.value, rel=0.01)
    assert swapped.figures["rim_thickness"].value == pytest.approx(
        plain.figures["rim_thickness"].value, abs=0.1
    )


def test_an_offset_of_the_whole_scan_changes_nothing(render, measure, paint):
    plain = measure(render(paint.ossicle(14)))
    offset = measure(render(paint.ossicle(14), offset_hu=40.0))

    assert offset.volume.value == pytest.approx(plain.volume.value, rel=0.02)
    assert offset.verdict is plain.verdict
    assert offset.probability_ossification == pytest.approx(
        plain.probability_ossification, abs=0.02
    )


def test_two_runs_are_identical(render, measure, paint):
    scene = render(paint.ossicle(14))
    first, second = measure(scene), measure(scene)

    assert first.signs == second.signs
    assert first.figures == second.figures
    assert first.volume == second.volume


def test_unknown_yardstick_is_said(render, paint):
    scene = render(paint.ossicle(14))
    noise = scene.seen.noise
    bare = Noise(noise.soft_tissue_hu, noise.noise_sd_hu, noise.mineral_threshold_hu)
    lesion = describe(replace(scene.seen, noise=bare), scene.volume)[0]
    sign = next(s for s in lesion.signs if s.name == "marrow_core")

    assert "assumed" in sign.reason


def test_no_lesions_describe_to_nothing(render, paint):
    scene = render(paint.sphere(10))

    assert describe(replace(scene.seen, lesions=()), scene.volume) == ()


def test_progress_ends_at_one(render, paint):
    scene, told = render(paint.sphere(8)), []
    describe(scene.seen, scene.volume, progress=lambda stage, part: told.append((stage, part)))

    assert told[0] == ("describe", 0.0)
    assert told[-1] == ("describe", 1.0)


def test_a_lesion_at_the_edge_of_the_scan_is_described(render, paint):
    scene = render(paint.sphere(16))
    cut = slice(14, 34)
    hu = scene.volume.hu[cut].copy()
    volume = Volume(
        hu, scene.volume.grid.crop((cut, slice(0, 34), slice(0, 34))), scene.volume.acquisition
    )
    anatomy = replace(scene.seen.anatomy, labels=scene.seen.anatomy.labels[cut].copy())
    seen, _ = moved(scene, scene.volume.hu, whole_mask(scene))
    lesion = scene.seen.lesions[0]
    start = max(lesion.box[0].start - 14, 0)
    mask = lesion.mask[14 - lesion.box[0].start :] if lesion.box[0].start < 14 else lesion.mask
    box = (slice(start, start + mask.shape[0]), *lesion.box[1:])
    seen = replace(seen, anatomy=anatomy, lesions=(replace(lesion, mask=mask.copy(), box=box),))

    assert describe(seen, volume)[0].volume.value > 0.5


@pytest.mark.parametrize("position", ["HFS", "FFDR", None])
@pytest.mark.parametrize("kind", ["voxel", "corner", "dust", "everything"])
def test_odd_outlines_are_described_without_complaint(render, paint, kind, position):
    scene = render(paint.sphere(8), slice_mm=2.5, position=position)
    mask = np.zeros(scene.volume.hu.shape, bool)
    if kind == "voxel":
        mask[5, 6, 7] = True
    elif kind == "corner":
        mask[0, :3, :3] = True
    elif kind == "dust":
        mask[np.random.default_rng(0).random(mask.shape) < 0.01] = True
    else:
        mask[:] = True
    lesion = describe(*moved(scene, scene.volume.hu, mask))[0]

    assert lesion.volume.value >= 0.0
    assert lesion.volume.low <= lesion.volume.value <= lesion.volume.high
    assert 0.0 <= lesion.probability_ossification <= 1.0
