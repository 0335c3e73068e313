"""Fixtures for every test: the real scans when they are there."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real scans; tests that need it are skipped where it is not there."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("TRABECULA_DATA", default))
    if not folder.is_dir():
        pytest.skip("the real scans are not here (set TRABECULA_DATA to their folder)")
    return folder
