"""The cases of every suite; all follow from the seed of the run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from trabecula.validate.condition import Case, Condition
from trabecula.validate.implants import implant_cases
from trabecula.validate.real import normal_cases
from trabecula.validate.region import REGIONS

PHANTOM_SLICES_MM = {
    "judge": (0.75, 1.0, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 5.0),
    "train": (0.75, 1.0, 1.0, 1.25, 1.5, 3.0, 5.0),
}
"""Slices of the phantom suite: mostly thin, as the verdict is asked of thin and thick ones. The
judge's lie between the trainer's as well."""

SWEEP_SLICES_MM = (0.625, 1.25, 2.5, 5.0)
SWEEP_NOISE_HU = (8.0, 30.0, 50.0)
SWEEP_KERNELS = ((0.8, 0.35), (1.6, 0.0))
"""Blur (FWHM, mm) and overshoot of a sharp and of a very soft kernel."""
SWEEP_POSES = ((8.0, 0.3), (-6.0, 0.4))
"""Turn about the long axis, degrees, and shift of the grid, mm."""

TURNED_MARGIN_MM = 13.0
"""What a turn by 8 degrees brings in at the sides of the window."""

CASES = {"phantom": 84, "implants": 24, "normal": 30, "sweep": 5, "repeat": 8}
"""Cases of each suite unless told."""

STRIDE = 100_000
"""Seeds set aside for each suite, so that no two suites share a patient."""


ALL = "all"
"""Stands for every region, in turn."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is asked of a suite.

    Attributes
    ----------
    cases
        How many.
    seed
        Of the first patient.
    variant
        Generator, and with it bodies and scans.
    region
        Part of the body of simulated patients, or ``all``: each in turn.
    data
        Folder of real scans; ``None`` when there is none.
    """

    cases: int
    seed: int
    variant: str
    region: str
    data: Path | None

    def region_of(self, index: int) -> str:
        """Return the region of a case."""
        names = list(REGIONS)
        return names[index % len(names)] if self.region == ALL else self.region


def plan(
    suite: str,
    *,
    cases: int,
    seed: int,
    variant: str,
    data: Path | None,
    region: str | None = None,
) -> list[Case]:
    """Plan the cases of a suite.

    Parameters
    ----------
    suite
        One of ``SUITES``.
    cases
        How many.
    data
        Folder of real scans; ``None`` when there is none.
    region
        A part of the body, or ``all``; the judge takes all and the trainer the pelvis unless told.
    """
    first = seed + STRIDE * list(SUITES).index(suite) if variant == "judge" else seed
    usual = ALL if variant == "judge" else "pelvis"
    return SUITES[suite](_Wanted(cases, first, variant, region or usual, data))


def _phantom(wanted: _Wanted) -> list[Case]:
    slices = PHANTOM_SLICES_MM[wanted.variant]
    return [
        Case(
            "phantom",
            n,
            wanted.seed + n,
            variant=wanted.variant,
            region=wanted.region_of(n),
            conditions=(_usual(wanted.seed + n, slices),),
        )
        for n in range(wanted.cases)
    ]


def _usual(seed: int, slices_mm: Sequence[float]) -> Condition:
    """Draw how a patient is scanned: slices, pixels, kernel, dose."""
    random = np.random.default_rng((seed, 11))
    sharp = random.random() < 0.25
    return Condition(
        slice_mm=float(random.choice(slices_mm)),
        pixel_mm=float(random.uniform(0.7, 0.9)),
        blur_fwhm_mm=float(random.uniform(0.8, 1.0) if sharp else random.uniform(1.0, 1.4)),
        overshoot=float(random.uniform(0.15, 0.4)) if sharp else 0.0,
        noise_hu=float(random.uniform(8.0, 28.0)),
        noise_seed=seed,
    )


def _normal(wanted: _Wanted) -> list[Case]:
    """Patients without lesions, and the real scans cut and averaged in several ways."""
    real = normal_cases(wanted.seed, variant=wanted.variant, data=wanted.data)
    count = max(wanted.cases - len(real), min(wanted.cases, 2))
    made = []
    for n in range(count):
        seed = wanted.seed + n
        random = np.random.default_rng((seed, 11))
        condition = Condition(
            slice_mm=float(random.choice([1.5, 2.0, 3.0, 5.0])),
            pixel_mm=float(random.uniform(0.8, 0.95)),
            blur_fwhm_mm=float(random.uniform(0.9, 1.4)),
            overshoot=float(random.choice([0.0, 0.0, 0.3])),
            noise_hu=float(random.uniform(8.0, 32.0)),
            noise_seed=seed,
        )
        contrast = float(random.choice([0.0, 180.0, 320.0]))
        made.append(
            Case(
                "normal",
                n,
                seed,
                kind="normal",
                variant=wanted.variant,
                region=wanted.region_of(n),
                lesions=0,
                contrast_hu=contrast,
                conditions=(condition,),
                fine_mm=1.5,
            )
        )
    return [*made, *real][: wanted.cases]


def _implants(wanted: _Wanted) -> list[Case]:
    return implant_cases(wanted.cases, wanted.seed, variant=wanted.variant, data=wanted.data)


def _sweep(wanted: _Wanted) -> list[Case]:
    """Each patient under every condition, one thing changed at a time."""
    made = []
    for n in range(wanted.cases):
        noise = wanted.seed + n
        scans = [Condition(slice_mm=s, noise_seed=noise) for s in SWEEP_SLICES_MM]
        scans += [Condition(slice_mm=1.25, noise_hu=hu, noise_seed=noise) for hu in SWEEP_NOISE_HU]
        scans += [
            Condition(slice_mm=1.25, blur_fwhm_mm=blur, overshoot=ring, noise_seed=noise)
            for blur, ring in SWEEP_KERNELS
        ]
        scans += [
            Condition(slice_mm=1.25, rotation_deg=turn, shift_mm=shift, noise_seed=noise)
            for turn, shift in SWEEP_POSES
        ]
        made.append(replace(_posed("sweep", n, wanted, tuple(scans)), lesions=6, calm=True))
    return made


def _repeat(wanted: _Wanted) -> list[Case]:
    """Each patient six times: other noise, other kernel, other pose."""
    made = []
    for n in range(wanted.cases):
        seed = wanted.seed + n
        thick = float(np.random.default_rng((seed, 11)).choice([1.0, 1.5]))
        scans = (
            Condition(slice_mm=thick, noise_seed=seed),
            Condition(slice_mm=thick, noise_seed=seed + 1),
            Condition(slice_mm=thick, noise_hu=22.0, noise_seed=seed + 2),
            Condition(slice_mm=thick, blur_fwhm_mm=0.85, overshoot=0.3, noise_seed=seed + 3),
            Condition(slice_mm=thick, rotation_deg=8.0, shift_mm=0.35, noise_seed=seed + 4),
            Condition(slice_mm=thick, rotation_deg=-6.0, shift_mm=0.5, noise_seed=seed + 5),
        )
        made.append(_posed("repeat", n, wanted, scans))
    return made


def _posed(suite: str, index: int, wanted: _Wanted, conditions: tuple[Condition, ...]) -> Case:
    """Case of one patient scanned many times, some of them turned."""
    return Case(
        suite,
        index,
        wanted.seed + index,
        variant=wanted.variant,
        region=wanted.region_of(index),
        conditions=conditions,
        both=False,
        margin_mm=TURNED_MARGIN_MM,
    )


Planner = Callable[[_Wanted], list[Case]]
SUITES: dict[str, Planner] = {
    "phantom": _phantom,
    "implants": _implants,
    "normal": _normal,
    "sweep": _sweep,
    "repeat": _repeat,
}
"""By name, in the order they run."""


def chosen(suite: str) -> Sequence[str]:
    """Names of the suites that a word stands for."""
    return tuple(SUITES) if suite == "all" else (suite,)
