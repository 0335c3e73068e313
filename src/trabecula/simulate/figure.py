"""What kind of patient: age, sex, size, fat, muscle and bone."""

from dataclasses import dataclass

import numpy as np

from trabecula.errors import InputError

STATURE_YEARS = (3.0, 5.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0)
STATURE_CM = {
    "M": (96.0, 109.0, 128.0, 139.0, 149.0, 164.0, 173.0, 176.0),
    "F": (95.0, 108.0, 128.0, 138.0, 151.0, 160.0, 162.0, 163.0),
}
"""Median height by age (CDC growth charts, 2000), rounded."""
ADULT_MAN_CM = 176.0
"""Height of the body that the plans are drawn for."""
PLATES_CLOSE_YEARS = {"M": 17.0, "F": 15.0}
"""Age from which no growth plate is drawn."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A patient's build.

    Attributes
    ----------
    age_years, sex
        ``sex`` is ``M`` or ``F``.
    fat_mm
        Fat under the skin beside that of a slim body: −4 (thin) to 60 (heavy).
    wasting_mm
        How much thinner every muscle is: 0 to 4.
    bone_density
        1 is a young adult's; 0.5 is osteoporotic, 1.4 dense.
    size
        Against an adult man; ``None`` follows from age and sex.
    """

    age_years: float = 40.0
    sex: str = "M"
    fat_mm: float = 0.0
    wasting_mm: float = 0.0
    bone_density: float = 1.0
    size: float | None = None

    def __post_init__(self) -> None:
        if self.sex not in STATURE_CM:
            raise InputError(f"Sex cannot be {self.sex!r}.", remedy='Write "M" or "F".')
        bounds = (
            ("age_years", self.age_years, 3.0, 100.0),
            ("fat_mm", self.fat_mm, -4.0, 60.0),
            ("wasting_mm", self.wasting_mm, 0.0, 4.0),
            ("bone_density", self.bone_density, 0.3, 1.6),
            ("size", self.scale, 0.5, 1.2),
        )
        for key, value, low, high in bounds:
            if not low <= value <= high:
                raise InputError(
                    f"`{key}` cannot be {value:g}.", remedy=f"Choose {low:g} to {high:g}."
                )

    @property
    def scale(self) -> float:
        """Size against an adult man."""
        if self.size is not None:
            return self.size
        height = np.interp(self.age_years, STATURE_YEARS, STATURE_CM[self.sex])
        return float(height) / ADULT_MAN_CM

    @property
    def growing(self) -> bool:
        """Whether growth plates are open."""
        return self.age_years < PLATES_CLOSE_YEARS[self.sex]
