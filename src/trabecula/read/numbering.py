"""What the numbers of a label map mean: TotalSegmentator's task ``total``, version 2 or 1.

In the order of the sources that are asked:

1. a table beside the file: ``<name>.json`` or ``<name>.csv``, or ``labels.json`` / ``labels.csv``
   in its folder; JSON ``{"1": "spleen"}``, ``{"spleen": 1}`` or either under ``"labels"``; CSV with
   number and name in a line;
2. the table that TotalSegmentator writes into the header of a NIfTI file;
3. the numbering of version 2 (117 structures) or version 1 (104), whichever fits the scan better:
   under the right one bones are dense and lungs are air. A number above 104 is version 2, which is
   also taken when both fit alike.
"""

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path

from trabecula.errors import InputError
from trabecula.model import Tissue
from trabecula.see.structures import VERTEBRAE, tissue_of

DENSE_HU = 110.0
"""A whole bone, marrow included, is denser on average; muscle and unenhanced organs are not."""

AIRY_HU = -300.0
"""A lung is lighter on average; nothing else in the body is."""

MIN_FIT = 0.5
"""Part of the structures that must look like what they are called."""

MAX_TABLE_BYTES = 1_000_000
"""A table of names is a few kilobytes."""

_DOWN_TO_UP = tuple(reversed([name for name in VERTEBRAE if name != "vertebrae_S1"]))


def _pairs(*names: str, first: str = "left") -> tuple[str, ...]:
    second = "right" if first == "left" else "left"
    return tuple(f"{name}_{side}" for name in names for side in (first, second))


def _ribs() -> tuple[str, ...]:
    return tuple(f"rib_{side}_{n}" for side in ("left", "right") for n in range(1, 13))


_LUNGS = (
    "lung_upper_lobe_left",
    "lung_lower_lobe_left",
    "lung_upper_lobe_right",
    "lung_middle_lobe_right",
    "lung_lower_lobe_right",
)
_LIMBS = _pairs("humerus", "scapula", "clavicula", "femur", "hip")
_GLUTEI = _pairs("gluteus_maximus", "gluteus_medius", "gluteus_minimus")
_BACK = _pairs("autochthon", "iliopsoas")
_START = ("spleen", "kidney_right", "kidney_left", "gallbladder", "liver", "stomach")

VERSION_2 = (
    *_START,
    "pancreas",
    *_pairs("adrenal_gland", first="right"),
    *_LUNGS,
    *("esophagus", "trachea", "thyroid_gland", "small_bowel", "duodenum", "colon"),
    *("urinary_bladder", "prostate", "kidney_cyst_left", "kidney_cyst_right"),
    *("sacrum", "vertebrae_S1"),
    *_DOWN_TO_UP,
    *("heart", "aorta", "pulmonary_vein", "brachiocephalic_trunk"),
    *_pairs("subclavian_artery", "common_carotid_artery", first="right"),
    *_pairs("brachiocephalic_vein"),
    *("atrial_appendage_left", "superior_vena_cava", "inferior_vena_cava"),
    "portal_vein_and_splenic_vein",
    *_pairs("iliac_artery", "iliac_vena"),
    *_LIMBS,
    "spinal_cord",
    *_GLUTEI,
    *_BACK,
    *("brain", "skull"),
    *_ribs(),
    *("sternum", "costal_cartilages"),
)
"""Names of the numbers from 1 on, version 2."""

VERSION_1 = (
    *_START,
    *("aorta", "inferior_vena_cava", "portal_vein_and_splenic_vein", "pancreas"),
    *_pairs("adrenal_gland", first="right"),
    *_LUNGS,
    *_DOWN_TO_UP,
    *("esophagus", "trachea", "heart_myocardium", "heart_atrium_left", "heart_ventricle_left"),
    *("heart_atrium_right", "heart_ventricle_right", "pulmonary_artery", "brain"),
    *_pairs("iliac_artery", "iliac_vena"),
    *("small_bowel", "duodenum", "colon"),
    *_ribs(),
    *_LIMBS,
    *("sacrum", "face"),
    *_GLUTEI,
    *_BACK,
    "urinary_bladder",
)
"""Names of the numbers from 1 on, version 1."""


def by_fit(mean_hu: Mapping[int, float]) -> tuple[dict[int, str], str]:
    """Choose the numbering under which structures look like what they are called.

    Parameters
    ----------
    mean_hu
        Mean HU of each number of the label map.

    Returns
    -------
    names
        Of each number.
    version
        ``"2"`` or ``"1"``.
    """
    fits = {}
    for version, table in (("2", VERSION_2), ("1", VERSION_1)):
        if max(mean_hu) <= len(table):
            fits[version] = sum(_looks_right(table[n - 1], hu) for n, hu in mean_hu.items())
    best = max(fits, key=lambda version: fits[version], default=None)
    if best is None or fits[best] < MIN_FIT * len(mean_hu):
        raise InputError(
            "The numbers of the label map do not fit TotalSegmentator's numbering for this scan.",
            remedy="Put a table beside it (labels.json or labels.csv: number and name), or give a "
            "folder with one mask for each structure.",
        )
    table = VERSION_2 if best == "2" else VERSION_1
    return {n: table[n - 1] for n in mean_hu}, best


def _looks_right(name: str, hu: float) -> bool:
    tissue = tissue_of(name)
    if tissue is Tissue.AIRWAY:
        return hu < AIRY_HU
    return (hu > DENSE_HU) is (tissue is Tissue.BONE) and hu > AIRY_HU


def table_beside(path: Path) -> dict[int, str] | None:
    """Names from a table beside a label map; ``None`` where there is none."""
    stem = path.name.lower().removesuffix(".gz")
    stem = path.name[: len(stem) - len(Path(stem).suffix)]
    for base in (stem, "labels"):
        for suffix, parse in ((".json", _from_json), (".csv", _from_csv)):
            place = path.with_name(base + suffix)
            if place.is_file():
                return _parsed(place, parse)
    return None


def _parsed(place: Path, parse: object) -> dict[int, str]:
    if not callable(parse) or place.stat().st_size > MAX_TABLE_BYTES:
        raise _bad_table()
    try:
        names: dict[int, str] = parse(place.read_text(encoding="utf-8-sig"))
    except (ValueError, TypeError, AttributeError, csv.Error) as error:
        raise _bad_table() from error
    names = {n: name for n, name in names.items() if n > 0}
    if not names:
        raise _bad_table()
    return names


def _bad_table() -> InputError:
    return InputError(
        "The table of names beside the label map cannot be read.",
        remedy='Write it as JSON {"1": "spleen", …} or as CSV with number and name in a line.',
    )


def _from_json(text: str) -> dict[int, str]:
    content = json.loads(text)
    table = content.get("labels", content)
    names = {}
    for key, value in table.items():
        if str(key).strip().isdigit():
            names[int(key)] = str(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            names[value] = str(key)
    return names


def _from_csv(text: str) -> dict[int, str]:
    names = {}
    for line in csv.reader(text.splitlines(), delimiter=";" if text.count(";") > 1 else ","):
        cells = [cell.strip() for cell in line if cell.strip()]
        number = next((cell for cell in cells if cell.isdigit()), None)
        name = next((cell for cell in cells if not cell.replace(".", "").isdigit()), None)
        if number is not None and name is not None:
            names[int(number)] = name
    return names


LABEL_ENTRY = re.compile(
    rb'<Label[^>]*\bKey="(\d+)"[^>]*>\s*(?:<!\[CDATA\[)?\s*([\w .\-]+?)\s*(?:\]\]>)?\s*</Label>'
)
"""One label in the table that TotalSegmentator writes into a NIfTI header extension."""


def table_in_header(start: bytes) -> dict[int, str] | None:
    """Names from the XML table in a NIfTI header extension; ``None`` where there is none."""
    names = {int(key): name.decode("ascii", "replace") for key, name in LABEL_ENTRY.findall(start)}
    names.pop(0, None)
    return names or None
