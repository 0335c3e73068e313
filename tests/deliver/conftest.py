"""The synthetic patient of the report's tests, for delivery too."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from trabecula.model import Answer


def _patient() -> ModuleType:
    """The module that builds him, loaded by its place because tests are no package."""
    name = "trabecula_test_patient"
    if name not in sys.modules:
        place = Path(__file__).parents[1] / "report" / "conftest.py"
        spec = spec_from_file_location(name, place)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def patient() -> ModuleType:
    """Builder of answers: ``patient.make_answer(stored_axes=…, tilt_deg=…)``."""
    return _patient()


@pytest.fixture(scope="session")
def answer(patient: ModuleType) -> Answer:
    """One patient for every test that does not change him."""
    made: Answer = patient.make_answer()
    return made


@pytest.fixture(scope="session")
def imageless(answer: Answer) -> Answer:
    """The same answer from words alone."""
    return Answer(notes=(), signs=answer.signs, reasoning=answer.reasoning)
