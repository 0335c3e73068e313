"""Rows of a journal, made by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from trabecula.validate.lines import Line

LESION: dict[str, Any] = {
    "label": 1,
    "model": "muscle_plate",
    "mineral": "ossification",
    "pattern": "trabeculated",
    "contact": "free",
    "expected_kind": "lesion",
    "volume_ml": 2.0,
    "size_mm": 15.6,
    "thickness_mm": 12.0,
    "height_mm": 20.0,
    "below_floor": False,
    "rim": True,
    "rim_thickness_mm": 1.5,
    "zonation": "rim",
    "continuity": False,
    "bridging": False,
    "wraps_deg": 0.0,
    "bodies": 1,
    "found": True,
    "dice": 0.9,
    "verdict": "ossification",
    "probability": 0.95,
    "measured_ml": 2.0,
    "low_ml": 1.8,
    "high_ml": 2.2,
    "measured_rim_mm": 1.5,
    "signs": {},
}

MakeLine = Callable[..., Line]


@pytest.fixture
def line() -> MakeLine:
    def make(
        *,
        case: str = "phantom-0000",
        suite: str = "phantom",
        anatomy: str = "label map",
        slice_mm: float = 1.0,
        scan: int = 0,
        **changed: object,
    ) -> Line:
        return Line(case, suite, anatomy, slice_mm, scan, {**LESION, **changed})

    return make


@pytest.fixture
def lesion_row() -> dict[str, Any]:
    return dict(LESION)
