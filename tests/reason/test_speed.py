"""A thousand cases a second, and a gamut that is read in a blink."""

from importlib.resources import files
from time import process_time

import pytest

from trabecula.model import Context
from trabecula.reason import build_gamut, reason


@pytest.mark.slow
def test_a_case_takes_little_time(given, founding):
    signs = given(founding + " great_toe_anomaly", absent="trauma burn medullary_continuity")
    reason(signs)
    start = process_time()
    for _ in range(300):
        reason(signs, Context(age_years=9, sex="F"))

    # A machine that is busy with other work needs up to three times as long as a free one.
    assert (process_time() - start) / 300 < 3e-3


@pytest.mark.slow
def test_the_gamut_is_read_quickly():
    root = files("trabecula.reason")
    texts = {
        entry.name.removesuffix(".toml"): entry.read_bytes()
        for entry in root.joinpath("gamut").iterdir()
        if entry.name.endswith(".toml")
    }
    weights = root.joinpath("weights.toml").read_bytes()
    start = process_time()

    build_gamut(texts, weights)

    assert process_time() - start < 0.5
