"""The cases of every suite; all follow from the seed of the run."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from trabecula.validate.condition import Case, Condition

PHANTOM_SLICES_MM = (0.75, 1.0, 1.0, 1.25, 1.5, 3.0, 5.0)
"""Slices of the phantom suite: mostly thin, as the verdict is asked of thin and thick ones."""

SWEEP_SLICES_MM = (0.625, 1.25, 2.5, 5.0)
SWEEP_NOISE_HU = (8.0, 30.0, 50.0)
SWEEP_KERNELS = ((0.8, 0.35), (1.6, 0.0))
"""Blur (FWHM, mm) and overshoot of a sharp and of a very soft kernel."""
SWEEP_POSES = ((8.0, 0.3), (-6.0, 0.4))
"""Turn about the long axis, degrees, and shift of the grid, mm."""

TURNED_MARGIN_MM = 13.0
"""What a turn by 8 degrees brings in at the sides of the window."""

CASES = {"phantom": 60, "implants": 12, "normal": 16, "sweep": 6, "repeat": 8}
"""Cases of each suite unless told."""

STRIDE = 100_000
"""Seeds set aside for each suite, so that no two suites share a patient."""


def plan(suite: str, *, cases: int, seed: int, variant: str, data: Path | None) -> list[Case]:
    """Plan the cases of a suite.

    Parameters
    ----------
    suite
        One of ``SUITES``.
    cases
        How many.
    data
        Folder of real scans; ``None`` when there is none.
    """
    first = seed + STRIDE * list(SUITES).index(suite) if variant == "judge" else seed
    return SUITES[suite](cases, first, variant, data)


def _phantom(cases: int, first: int, variant: str, data: Path | None) -> list[Case]:
    del data
    return [
        Case("phantom", n, first + n, variant=variant, conditions=(_usual(first + n),))
        for n in range(cases)
    ]


def _usual(seed: int) -> Condition:
    """Draw how a patient is scanned: slices, pixels, kernel, dose."""
    random = np.random.default_rng((seed, 11))
    sharp = random.random() < 0.25
    return Condition(
        slice_mm=float(random.choice(PHANTOM_SLICES_MM)),
        pixel_mm=float(random.uniform(0.7, 0.9)),
        blur_fwhm_mm=float(random.uniform(0.8, 1.0) if sharp else random.uniform(1.0, 1.4)),
        overshoot=float(random.uniform(0.15, 0.4)) if sharp else 0.0,
        noise_hu=float(random.uniform(8.0, 28.0)),
        noise_seed=seed,
    )


def _normal(cases: int, first: int, variant: str, data: Path | None) -> list[Case]:
    """Whole pelves without lesions, and the real scans cut and averaged in several ways."""
    from trabecula.validate.real import normal_cases

    real = normal_cases(first, data)
    count = max(cases - len(real), min(cases, 2))
    made = []
    for n in range(count):
        seed = first + n
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
                variant=variant,
                lesions=0,
                contrast_hu=contrast,
                conditions=(condition,),
                fine_mm=1.5,
            )
        )
    return [*made, *real][:cases]


def _implants(cases: int, first: int, variant: str, data: Path | None) -> list[Case]:
    from trabecula.validate.implants import implant_cases

    return implant_cases(cases, first, variant=variant, data=data)


def _sweep(cases: int, first: int, variant: str, data: Path | None) -> list[Case]:
    """Each patient under every condition, one thing changed at a time."""
    del data
    made = []
    for n in range(cases):
        noise = first + n
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
        made.append(_posed("sweep", n, noise, variant, tuple(scans)))
    return made


def _repeat(cases: int, first: int, variant: str, data: Path | None) -> list[Case]:
    """Each patient six times: other noise, other kernel, other pose."""
    del data
    made = []
    for n in range(cases):
        seed = first + n
        thick = float(np.random.default_rng((seed, 11)).choice([1.0, 1.5]))
        scans = (
            Condition(slice_mm=thick, noise_seed=seed),
            Condition(slice_mm=thick, noise_seed=seed + 1),
            Condition(slice_mm=thick, noise_hu=22.0, noise_seed=seed + 2),
            Condition(slice_mm=thick, blur_fwhm_mm=0.85, overshoot=0.3, noise_seed=seed + 3),
            Condition(slice_mm=thick, rotation_deg=8.0, shift_mm=0.35, noise_seed=seed + 4),
            Condition(slice_mm=thick, rotation_deg=-6.0, shift_mm=0.5, noise_seed=seed + 5),
        )
        made.append(_posed("repeat", n, seed, variant, scans))
    return made


def _posed(
    suite: str, index: int, seed: int, variant: str, conditions: tuple[Condition, ...]
) -> Case:
    """Case of one patient scanned many times, some of them turned."""
    return Case(
        suite,
        index,
        seed,
        variant=variant,
        conditions=conditions,
        both=False,
        margin_mm=TURNED_MARGIN_MM,
    )


Planner = Callable[[int, int, str, Path | None], list[Case]]
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
