"""The lesion table: one row a lesion, the same columns in every case."""

from trabecula.model import Answer, DescribedLesion, sign_definitions
from trabecula.report.result import lesion_object

LESION_KINDS = frozenset({"mineral", "matrix", "zonation", "relation", "plane", "maturity", "site"})
"""Headings of the sign atlas that one lesion can show; the others belong to the case."""

_FIXED = (
    "id",
    "verdict",
    "probability_ossification",
    "probability_calcification",
    "region",
    "side",
    "centroid_x_lps_mm",
    "centroid_y_lps_mm",
    "centroid_z_lps_mm",
    "x_min_lps_mm",
    "y_min_lps_mm",
    "z_min_lps_mm",
    "x_max_lps_mm",
    "y_max_lps_mm",
    "z_max_lps_mm",
    "border",
    "touches",
    "volume_ml",
    "volume_low_ml",
    "volume_high_ml",
    "mineral_mass_mg",
    "hu_mean",
    "hu_sd",
    "hu_p05",
    "hu_p50",
    "hu_p95",
    "hu_max",
)

Cell = str | int | float | None
"""One cell; ``None`` is an empty one."""


def lesion_rows(answer: Answer) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Give the lesions as a table for a spreadsheet.

    Parameters
    ----------
    answer
        Each of its lesions makes a row.

    Returns
    -------
    header : tuple of str
        The same for every case of one version: measurements, then each sign of the atlas that
        a lesion can show, as presence, measured value and unit. Signs outside the atlas follow.
    rows : list of tuple
        In the order of the header; empty cells are ``None``.
    """
    names = _sign_names(answer)
    header = (*_FIXED, *(f"{name}{end}" for name in names for end in ("", "_measured", "_unit")))
    return header, [_row(one, names) for one in answer.lesions]


def _sign_names(answer: Answer) -> tuple[str, ...]:
    known = [d.name for d in sign_definitions().values() if d.kind in LESION_KINDS]
    borne = {sign.name for described in answer.lesions for sign in described.signs}
    return (*known, *sorted(borne.difference(known)))


def _row(described: DescribedLesion, names: tuple[str, ...]) -> tuple[Cell, ...]:
    lesion = lesion_object(described)
    signs = {sign["name"]: sign for sign in lesion["signs"]}
    observed = (
        signs.get(name, {}).get(key) for name in names for key in ("presence", "measured", "unit")
    )
    return (
        lesion["id"],
        lesion["verdict"],
        lesion["probability"]["ossification"],
        lesion["probability"]["calcification"],
        lesion["region"],
        lesion["side"],
        *lesion["centroid_lps_mm"],
        *lesion["bounding_box_lps_mm"],
        lesion["border"],
        " ".join(lesion["touches"]),
        lesion["volume_ml"],
        *(lesion["volume_interval_ml"] or (None, None)),
        lesion["mineral_mass_mg"],
        *lesion["hu"].values(),
        *observed,
    )
