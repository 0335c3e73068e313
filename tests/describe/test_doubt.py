import numpy as np
import pytest

from trabecula.describe.doubt import WEIGHTS, doubts_of, interval_ml
from trabecula.describe.lesion import observe_lesion
from trabecula.describe.volume import believed


@pytest.fixture
def doubts(render):
    def measured(painter, **scan):
        scene = render(painter, **scan)
        one = observe_lesion(scene.seen.lesions[0], scene.seen, scene.volume)
        return doubts_of(one.patch, believed(one.shell), scene.truth_ml)

    return measured


def test_every_doubt_has_its_weight_and_none_narrows_the_interval(doubts, paint):
    assert set(doubts(paint.sphere(12))) == set(WEIGHTS)
    assert min(WEIGHTS.values()) >= 0.0


def test_thick_slices_and_smallness_raise_doubts(doubts, paint):
    calm = doubts(paint.sphere(14), noise_sd=10)

    assert doubts(paint.sphere(14), noise_sd=10, slice_mm=4.0)["slices"] > calm["slices"]
    assert doubts(paint.sphere(8), noise_sd=10)["blur"] > calm["blur"]


def test_a_rim_and_a_fading_border_are_named(doubts, paint):
    assert doubts(paint.ossicle(16), noise_sd=15)["rim"] == 1.0
    assert doubts(paint.fading(24.0, 4.0), noise_sd=15)["fading"] == 1.0
    assert doubts(paint.sphere(14), noise_sd=15)["fading"] == 0.0


def test_the_interval_holds_the_volume_and_never_reaches_nothing(doubts, paint):
    low, high = interval_ml(2.0, doubts(paint.plate(20, 3.0), slice_mm=5.0, noise_sd=30))

    assert 0.0 < low < 2.0 < high
    assert np.isfinite(high)
