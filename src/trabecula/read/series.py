"""Which series of a study is the CT to read; never two in one.

The rules, in order:

1. Objects are grouped by Series Instance UID, and inside it by picture size, orientation and pixel
   spacing, so that a localizer or a reformat in the same series is a stack of its own.
2. Only CT Image Storage and (legacy) enhanced CT count. Skipped with the reason: other objects
   (PET, SEG, SR, secondary capture, exam summaries), localizers, projections and parametric maps,
   colour or 8-bit pictures, slices without Rescale Slope and Intercept or in units other than HU,
   slices without place or orientation, coronal and sagittal reformats.
3. Where two slices of a stack share a position, the stack is parted by acquisition, time point,
   kernel, thickness or image type when one of these leaves each part with every position once
   (``UID:1``, ``UID:2``, …); byte-identical copies count once; else the stack is refused.
4. A stack needs :data:`MIN_SLICES` slices, unless a single file was named.
5. If one stack is left, it is read. If several are, the user names one.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from trabecula.errors import (
    CalibrationError,
    ChoiceError,
    GeometryError,
    InputError,
    ModalityError,
)
from trabecula.model import Level, Note
from trabecula.read.headers import CT_CLASSES, SliceHeader
from trabecula.read.layout import Layout, has_doubles, is_axial, lay_out

MIN_SLICES = 3
"""Fewer slices are no volume."""

SAME_DIRECTION = 1e-3
"""Direction cosines that differ less belong to one stack."""

SAME_SPACING_MM = 1e-4
"""Pixel spacings that differ less belong to one stack."""

NOT_AN_IMAGE_OF_HU = frozenset(
    {
        "PROJECTION IMAGE",
        "MIP",
        "MINIP",
        "MPR_THICK_MIP",
        "VRT",
        "VOLREN",
        "PERFUSION",
        "RCBF",
        "RCBV",
        "MTT",
        "TTP",
        "TTD",
        "TMAX",
        "PERM",
        "MATERIAL_SPECIFIC",
        "EFF_ATOMIC_NUM",
        "ELECTRON_DENSITY",
        "SCREEN SAVE",
        "DOSE_INFO",
    }
)
"""Words in Image Type that mark pictures whose pixels are no HU of one place."""

UNITS_OF_HU = frozenset({"", "HU", "US"})
"""Rescale types; ``US`` is unspecified, and the values themselves are tested afterwards."""

PARTING: tuple[Callable[[SliceHeader], object], ...] = (
    lambda s: s.temporal_position,
    lambda s: s.acquisition_number,
    lambda s: s.convolution_kernel,
    lambda s: s.slice_thickness_mm,
    lambda s: s.image_type,
)
"""By what a stack with doubled positions may be parted."""


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """One series, or a part of one, and whether it can be read. Holds no patient identity.

    Attributes
    ----------
    uid
        Series Instance UID, with ``:n`` when the series had to be parted.
    modality, slices
        DICOM code; how many objects or frames.
    spacing_kji_mm
        Along slices, rows, columns; ``None`` where it is not known.
    slice_thickness_mm, convolution_kernel
        As the header says.
    usable, reason
        ``reason`` says why not; empty when usable.
    """

    uid: str
    modality: str
    slices: int
    spacing_kji_mm: tuple[float, float, float] | None = None
    slice_thickness_mm: float | None = None
    convolution_kernel: str | None = None
    usable: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Slices that may make one volume, or why they may not."""

    uid: str
    slices: tuple[SliceHeader, ...]
    layout: Layout | None = None
    refusal: InputError | None = None
    copies: int = 0

    @property
    def summary(self) -> SeriesSummary:
        """What the user is told of it."""
        first = self.slices[0]
        spacing = None
        if self.layout is not None:
            spacing = (self.layout.step_mm, *self.layout.pixel_spacing_mm)
        return SeriesSummary(
            uid=self.uid,
            modality=first.modality,
            slices=len(self.slices),
            spacing_kji_mm=spacing,
            slice_thickness_mm=first.slice_thickness_mm,
            convolution_kernel=first.convolution_kernel,
            usable=self.refusal is None,
            reason="" if self.refusal is None else self.refusal.problem,
        )

    @property
    def is_ct_stack(self) -> bool:
        """Whether it is a CT that was refused for its geometry alone."""
        return isinstance(self.refusal, GeometryError) and len(self.slices) >= MIN_SLICES


def stacks_of(headers: Iterable[SliceHeader], *, fewest: int = MIN_SLICES) -> tuple[Stack, ...]:
    """Group slices into stacks and judge each by the rules of this module."""
    groups: list[list[SliceHeader]] = []
    for header in headers:
        home = next((group for group in groups if _same_stack(group[0], header)), None)
        if home is None:
            groups.append([header])
        else:
            home.append(header)
    parted = [part for group in groups for part in _parted(group)]
    count = Counter(part.slices[0].series_instance_uid for part in parted)
    number: Counter[str] = Counter()
    named = []
    for part in parted:
        uid = part.slices[0].series_instance_uid
        number[uid] += 1
        name = f"{uid}:{number[uid]}" if count[uid] > 1 else uid
        named.append(_judged(replace(part, uid=name), fewest))
    return tuple(named)


def _same_stack(one: SliceHeader, other: SliceHeader) -> bool:
    if (one.series_instance_uid, one.sop_class) != (other.series_instance_uid, other.sop_class):
        return False
    if one.sop_class not in CT_CLASSES:
        return True
    if (one.rows, one.columns) != (other.rows, other.columns):
        return False
    if ("LOCALIZER" in one.image_type) != ("LOCALIZER" in other.image_type):
        return False
    pairs = (
        (one.row, other.row, SAME_DIRECTION),
        (one.column, other.column, SAME_DIRECTION),
        (one.pixel_spacing_mm, other.pixel_spacing_mm, SAME_SPACING_MM),
    )
    for mine, yours, tolerance in pairs:
        if (mine is None) != (yours is None):
            return False
        if mine is not None and yours is not None and not np.allclose(mine, yours, atol=tolerance):
            return False
    return True


def _parted(group: list[SliceHeader]) -> list[Stack]:
    """One stack, or several when that alone gives every position once."""
    if group[0].sop_class not in CT_CLASSES or not _doubled(group):
        return [Stack("", tuple(group))]
    unique = _without_copies(group)
    copies = len(group) - len(unique)
    if not has_doubles(unique):
        return [Stack("", unique, copies=copies)]
    for key in PARTING:
        parts: dict[object, list[SliceHeader]] = {}
        for header in unique:
            parts.setdefault(key(header), []).append(header)
        whole = all(len(p) >= MIN_SLICES and not has_doubles(tuple(p)) for p in parts.values())
        if len(parts) > 1 and whole:
            return [Stack("", tuple(part), copies=copies) for part in parts.values()]
    return [Stack("", unique, copies=copies)]


def _doubled(group: list[SliceHeader]) -> bool:
    try:
        return has_doubles(tuple(group))
    except GeometryError:  # it will be refused for that by itself, and its neighbours will not
        return False


def _without_copies(group: list[SliceHeader]) -> tuple[SliceHeader, ...]:
    """Leave out files that are byte for byte a file already taken."""
    repeated = Counter(h.sop_instance_uid for h in group if h.frames == 1)
    seen: set[bytes] = set()
    kept = []
    for header in group:
        if header.frames == 1 and repeated[header.sop_instance_uid] > 1:
            digest = hashlib.sha256(header.member.whole()).digest()
            if digest in seen:
                continue
            seen.add(digest)
        kept.append(header)
    return tuple(kept)


def _judged(stack: Stack, fewest: int) -> Stack:
    refusal = refusal_of(stack.slices, fewest)
    if refusal is not None:
        return replace(stack, refusal=refusal)
    try:
        return replace(stack, layout=lay_out(stack.slices))
    except GeometryError as error:
        return replace(stack, refusal=error)


def refusal_of(slices: tuple[SliceHeader, ...], fewest: int) -> InputError | None:
    """Why slices cannot be a CT volume, by their headers alone; ``None`` when they may be."""
    first = slices[0]
    found = _not_a_ct(first) or _not_hounsfield(slices)
    if found is not None:
        return found
    if first.row is None or first.column is None or any(s.position_mm is None for s in slices):
        return _geometry("the slices do not say where they lie in the patient")
    try:
        axial = is_axial(first)
    except GeometryError as error:
        return error
    if not axial:
        return _geometry("the slices are not axial (a coronal or sagittal reformat)")
    if len(slices) < fewest:
        plural = "s" if len(slices) > 1 else ""
        return _geometry(f"{len(slices)} slice{plural} only, where a volume needs {fewest}")
    return None


def _not_a_ct(first: SliceHeader) -> InputError | None:
    remedy = "Give the original axial CT series."
    if not first.sop_class:
        return InputError(
            "DICOM files too damaged to be read.", remedy="Copy them again from where they came."
        )
    if first.sop_class not in CT_CLASSES or first.modality != "CT":
        return ModalityError(f"Not CT images but {_kind(first)}.", remedy=remedy)
    if "LOCALIZER" in first.image_type:
        return ModalityError("A localizer (scout view), not a stack of slices.", remedy=remedy)
    words = NOT_AN_IMAGE_OF_HU.intersection(first.image_type)
    if words:
        return ModalityError(
            f"A derived picture ({', '.join(sorted(words)).lower()}), not slices in HU.",
            remedy=remedy,
        )
    if not first.has_pixels or first.rows < 1 or first.columns < 1:
        return InputError("The CT objects hold no pixel data.", remedy="Send the series again.")
    return None


def _not_hounsfield(slices: tuple[SliceHeader, ...]) -> InputError | None:
    remedy = "Give the original CT series, not a copy made for viewing."
    first = slices[0]
    if first.samples != 1 or first.photometric not in ("MONOCHROME2", "MONOCHROME1"):
        return CalibrationError("Colour pictures, which hold no HU.", remedy=remedy)
    if any(s.bits_stored <= 8 or s.bits_allocated > 32 for s in slices):
        return CalibrationError(
            f"The pixels have {min(s.bits_stored for s in slices)} bits, too few for HU.",
            remedy=remedy,
        )
    if any(s.slope is None or s.intercept is None or s.slope == 0 for s in slices):
        return CalibrationError(
            "Slices have no Rescale Slope and Intercept, so their values are not HU.",
            remedy=remedy,
        )
    units = {s.rescale_type for s in slices} - UNITS_OF_HU
    if units:
        return CalibrationError("The values are in a unit other than HU.", remedy=remedy)
    return None


def _kind(header: SliceHeader) -> str:
    from pydicom.uid import UID

    name = UID(header.sop_class).name
    return name if not name[:1].isdigit() else f"objects of modality {header.modality}"


def _geometry(text: str) -> GeometryError:
    return GeometryError(
        text[0].upper() + text[1:] + ".", remedy="Give the folder of the original axial CT series."
    )


def choose(stacks: tuple[Stack, ...], uid: str | None) -> Stack:
    """Pick the one stack to read.

    Raises
    ------
    ChoiceError
        When several fit, with their UIDs; or none bears the UID asked for.
    InputError
        When none can be read, with the reason for each.
    """
    if uid is not None:
        asked = tuple(s for s in stacks if uid in (s.uid, s.slices[0].series_instance_uid))
        if not asked:
            raise ChoiceError(
                f"No series of the study has the UID asked for. It holds: {_listing(stacks)}",
                remedy="Name one of these with --series UID.",
            )
        stacks = asked
    usable = tuple(stack for stack in stacks if stack.refusal is None)
    if len(usable) == 1:
        return usable[0]
    if usable:
        raise ChoiceError(
            f"{len(usable)} CT series fit: {_listing(usable)}",
            remedy="Name one of them with --series UID.",
        )
    raise _none_usable(stacks)


def _none_usable(stacks: tuple[Stack, ...]) -> InputError:
    refusals = [stack.refusal for stack in stacks if stack.refusal is not None]
    if len(refusals) == 1:
        return refusals[0]
    kinds = {type(refusal) for refusal in refusals}
    kind = kinds.pop() if len(kinds) == 1 else InputError
    return kind(
        f"None of {len(stacks)} series can be read as a CT: {_listing(stacks)}",
        remedy="Give the original axial CT series.",
    )


def _listing(stacks: tuple[Stack, ...], most: int = 12) -> str:
    lines = [describe(stack.summary) for stack in stacks[:most]]
    if len(stacks) > most:
        lines.append(f"and {len(stacks) - most} more.")
    return "; ".join(lines)


def describe(summary: SeriesSummary) -> str:
    """One series in a line for people."""
    parts = [summary.uid or "(no UID)", f"{summary.modality}, {summary.slices} objects"]
    if summary.spacing_kji_mm is not None:
        k, j, i = summary.spacing_kji_mm
        parts.append(f"{k:.2f} × {j:.2f} × {i:.2f} mm")
    if summary.convolution_kernel:
        parts.append(f"kernel {summary.convolution_kernel}")
    if summary.reason:
        parts.append(summary.reason.rstrip("."))
    return ", ".join(parts)


def _may_be_lost(other: Stack, chosen: Stack) -> bool:
    """Whether a stack that was passed over may hold CT slices that belong to the answer."""
    if not other.slices[0].sop_class or other.is_ct_stack:
        return True
    same = other.slices[0].series_instance_uid == chosen.slices[0].series_instance_uid
    return same and isinstance(other.refusal, GeometryError)


def choice_notes(stack: Stack, stacks: tuple[Stack, ...]) -> tuple[Note, ...]:
    """Which other series were passed over and why, and copies left out."""
    notes = []
    others = [s for s in stacks if s is not stack]
    lost = [s for s in others if _may_be_lost(s, stack)]
    for other in others:
        if other in lost:
            notes.append(
                Note(
                    Level.WARNING,
                    "series_not_read",
                    f"Not read: {describe(other.summary)}.",
                    "Nothing is said about what only these slices show.",
                )
            )
    plain = Counter(s.refusal.problem for s in others if s.refusal and s not in lost)
    if plain:
        text = " ".join(f"{count} × {problem}" for problem, count in sorted(plain.items()))
        notes.append(Note(Level.INFO, "series_skipped", f"Skipped series: {text}"))
    if stack.copies:
        notes.append(
            Note(
                Level.INFO,
                "copies",
                f"{stack.copies} files were byte-for-byte copies of others and count once.",
            )
        )
    return tuple(notes)
