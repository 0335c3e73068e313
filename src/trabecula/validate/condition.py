"""How a scan of a patient is taken, and which case of which suite it is."""

from dataclasses import dataclass

from trabecula.errors import InputError

JUDGE_SEEDS_FROM = 1_000_000
"""Judging suites use seeds from here on; whatever is fitted uses seeds below."""

FINE_MM = 0.75
"""Painted slices, where nothing else is said: fine enough for partial volume as it is."""

VARIANTS = ("judge", "train")
"""Generators of lesions; the judging suites use ``judge`` alone."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How one scan is taken.

    Attributes
    ----------
    slice_mm
        Slice spacing and thickness.
    pixel_mm
        Row and column spacing.
    blur_fwhm_mm
        Width of the point spread in the slice, all causes together.
    overshoot
        How far a sharp kernel rings at edges, as part of the step; 0 for a soft one.
    noise_hu
        SD of the noise in the image.
    rotation_deg, shift_mm
        Pose: turn about the long axis of the body, and shift of the grid along every axis.
    noise_seed
        Another scan of the same patient for another number.
    """

    slice_mm: float = 1.0
    pixel_mm: float = 0.8
    blur_fwhm_mm: float = 1.1
    overshoot: float = 0.0
    noise_hu: float = 15.0
    rotation_deg: float = 0.0
    shift_mm: float = 0.0
    noise_seed: int = 0

    def __post_init__(self) -> None:
        if not 0.3 <= self.slice_mm <= 8.0 or not 0.3 <= self.pixel_mm <= 4.0:
            raise InputError(
                f"A scan of {self.slice_mm:g} mm slices and {self.pixel_mm:g} mm pixels is not "
                "judged.",
                remedy="Choose slices of 0.3 to 8 mm and pixels of 0.3 to 4 mm.",
            )


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a suite: everything needed to make it again, byte for byte.

    Attributes
    ----------
    suite, index
        Its place; together its key.
    seed
        Patient, lesions and noise follow from it.
    kind
        What is scanned: ``lesions`` or ``normal`` in a simulated patient, or the key of a real
        scan.
    variant
        Generator of the lesions.
    region
        Part of the body, for simulated patients; ``validate.region`` holds them.
    lesions
        How many are tried.
    calm
        Whether they are free and large, so that the scan is judged and not the place.
    contrast_hu
        HU of the arteries when contrast was given; 0 without.
    conditions
        The scans that are taken of it, one or several.
    both
        Whether it is also seen without the label map.
    data
        Folder of real scans; not written to the journal.
    fine_mm
        About how thick the painted slices are that the scan's are made of.
    margin_mm
        Painted beyond what is scanned, at the sides: a turned patient must not end there.
    """

    suite: str
    index: int
    seed: int
    kind: str = "lesions"
    variant: str = "judge"
    region: str = "pelvis"
    lesions: int = 5
    calm: bool = False
    contrast_hu: float = 0.0
    conditions: tuple[Condition, ...] = (Condition(),)
    both: bool = True
    data: str = ""
    fine_mm: float = FINE_MM
    margin_mm: float = 0.0

    def __post_init__(self) -> None:
        check_seed(self.seed, self.variant)

    @property
    def key(self) -> str:
        """Name of the case in the journal."""
        part = "" if self.region == "pelvis" else f"-{self.region}"
        return f"{self.suite}-{self.index:04d}{part}"

    @property
    def simulated(self) -> bool:
        """Whether the patient is simulated, not a real scan."""
        return self.kind in ("lesions", "normal")

    @property
    def facts(self) -> dict[str, str | int | None]:
        """What the journal says of a case before it was run."""
        return {
            "key": self.key,
            "suite": self.suite,
            "seed": self.seed,
            "kind": self.kind,
            "variant": self.variant,
            "region": self.region if self.simulated else None,
        }


def check_seed(seed: int, variant: str) -> None:
    """Refuse to judge on the trainer's seeds, and to train on the judge's."""
    if variant not in VARIANTS:
        raise InputError(f"There is no variant `{variant}`.", remedy="Choose judge or train.")
    if variant == "judge" and seed < JUDGE_SEEDS_FROM:
        raise InputError(
            f"Seed {seed} belongs to what is fitted.",
            remedy=f"Judge with seeds from {JUDGE_SEEDS_FROM} on.",
        )
    if variant == "train" and seed >= JUDGE_SEEDS_FROM:
        raise InputError(
            f"Seed {seed} belongs to the judge.",
            remedy=f"Use seeds below {JUDGE_SEEDS_FROM} with the training variant.",
        )
