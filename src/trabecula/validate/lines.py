"""The journal, laid out flat: one line a lesion, one line a scan."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from trabecula.validate.journal import Row

THIN_SLICES_MM = 1.5
"""Up to here a scan counts as thin; from ``THICK_SLICES_MM`` on as thick."""

THICK_SLICES_MM = 3.0

FADING = frozenset({"cloud", "speckled", "rings_and_arcs", "fluid_level"})
"""Patterns whose planned border shows no mineral in places."""

SIZED_MM = 10.0
"""Lesions from this size on must be told apart and measured right."""


@dataclass(frozen=True, slots=True)
class Line:
    """One true lesion in one scan, seen one way, with what came of it.

    Attributes
    ----------
    case, suite, anatomy
        Where from: key of the case, its suite, ``label map`` or ``embedded``.
    slice_mm
        Of the scan.
    scan
        Number of the scan within its case.
    lesion
        The row of the journal.
    """

    case: str
    suite: str
    anatomy: str
    slice_mm: float
    scan: int
    lesion: Row

    def __getitem__(self, key: str) -> Any:  # plain values of any kind
        return self.lesion.get(key)

    @property
    def found(self) -> bool:
        """Whether it was found."""
        return bool(self.lesion["found"])

    @property
    def sized(self) -> bool:
        """Whether it is large enough to be judged by."""
        return bool(self.lesion["size_mm"] >= SIZED_MM)

    @property
    def bordered(self) -> bool:
        """Whether mineral bounds it all round; elsewhere its outer surface is only a plan."""
        veil = self.bone and self.lesion["rim_thickness_mm"] is None
        clumps = self.lesion["model"] == "calcified_node" and self.lesion["pattern"] == "amorphous"
        return not (veil or clumps or self.lesion["pattern"] in FADING)

    @property
    def whole(self) -> bool:
        """Whether it is one body: of several, each is rightly outlined by itself."""
        return bool(self.lesion["bodies"] == 1)

    @property
    def bone(self) -> bool:
        """Whether it is truly bone."""
        return bool(self.lesion["mineral"] == "ossification")


def lesion_lines(rows: Iterable[Row], *suites: str) -> list[Line]:
    """Every lesion that should be found, of some suites."""
    return [
        Line(
            row["key"],
            row["suite"],
            scan["anatomy"],
            scan["condition"]["slice_mm"],
            number,
            lesion,
        )
        for row in rows
        if row["suite"] in suites
        for number, scan in enumerate(row["scans"])
        for lesion in scan["lesions"]
        if lesion["expected_kind"] == "lesion"
    ]


def scan_rows(rows: Iterable[Row], *suites: str) -> list[tuple[str, Row]]:
    """Every scan of some suites, with the key of its case."""
    return [(row["key"], scan) for row in rows if row["suite"] in suites for scan in row["scans"]]


def by_case(line: Line) -> object:
    """Group of a lesion: its patient."""
    return line.case


def with_map(lines: Sequence[Line]) -> list[Line]:
    """Lesions seen with a label map."""
    return [line for line in lines if line.anatomy == "label map"]


def without_map(lines: Sequence[Line]) -> list[Line]:
    """Lesions seen with the embedded anatomy."""
    return [line for line in lines if line.anatomy == "embedded"]
