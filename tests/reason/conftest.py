"""Signs and answers for the reasoning tests."""

from collections.abc import Callable

import pytest

from trabecula.model import Context, Presence, Reasoning, Sign
from trabecula.reason import Gamut, load_gamut, reason

Given = Callable[..., tuple[Sign, ...]]
Ranked = Callable[..., Reasoning]


@pytest.fixture(scope="session")
def gamut() -> Gamut:
    return load_gamut()


@pytest.fixture(scope="session")
def given() -> Given:
    """Signs from words: the names present, and after ``absent`` those that are not there."""

    def signs(present: str = "", *, absent: str = "", certainty: float = 1.0) -> tuple[Sign, ...]:
        there = [Sign(n, Presence.PRESENT, certainty=certainty) for n in present.split()]
        return (*there, *(Sign(n, Presence.ABSENT, certainty=certainty) for n in absent.split()))

    return signs


@pytest.fixture(scope="session")
def ranked(given: Given) -> Ranked:
    """The answer to signs given as words, at an age and of a sex."""

    def answer(
        present: str, *, absent: str = "", age: float | None = None, sex: str | None = None
    ) -> Reasoning:
        return reason(given(present, absent=absent), Context(age_years=age, sex=sex))

    return answer


@pytest.fixture(scope="session")
def founding() -> str:
    """The case discussion that started the program, as signs."""
    return (
        "ossification trabeculated cortical_rim marrow_core mature multifocal diffuse bilateral "
        "bridging in_muscle along_muscle_plane denser_rim pseudo_exostosis progressive_course "
        "site_neck site_back site_shoulder site_hip site_pelvis site_thigh"
    )
