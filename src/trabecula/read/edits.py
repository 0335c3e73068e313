"""What a reader corrected in one scan: a JSON file that is kept with the result.

.. code-block:: json

    {
      "schema": "trabecula.edits/1",
      "toggle": [{"part": "p-119-37-4", "to": "native"},
                 {"at_lps_mm": [17, 42, 618], "to": "ectopic"}],
      "seed":   [{"at_lps_mm": [-120, -45, 10], "is": "ectopic", "radius_mm": 8},
                 {"at_lps_mm": [-95, 2, -20], "is": "native"}],
      "lesion": [{"at_lps_mm": [40, 70, 160], "to": "native"}]
    }

Points are in the patient: x to the left, y to the back, z to the head (LPS), mm, as ``result.json``
gives them. A *toggle* says of a part what it is. A *seed* says it of a point in bone; the part
about it ends where a seed that says otherwise is nearer, cortex between counting most. A *lesion*
is named by a point in it, because the numbers of lesions go by size and change with every edit.
"""

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from trabecula.errors import ContextError
from trabecula.model import Belonging, Edits, LesionEdit, Seed, Toggle
from trabecula.model.part import Point
from trabecula.read.small_file import small_text

SCHEMA = "trabecula.edits/1"
"""Name of the form."""

MAX_BYTES = 1_000_000
"""Edits are a page."""

MAX_EDITS = 500
"""More edits than a reader makes in one scan."""

SEED_RADIUS_MM = 5.0
"""Radius of a seed that does not say: half the thickness of a slender lesion."""

MAX_RADIUS_MM = 60.0
"""A larger seed is no seed."""


def read_edits(path: str | os.PathLike[str]) -> Edits:
    """Read the edits of a scan.

    Parameters
    ----------
    path
        JSON file; see this module for its form.

    Returns
    -------
    Edits
        Whether their points lie in the scan, and on bone, is checked when it is analysed.

    Raises
    ------
    ContextError
        When the file cannot be read, or a key or value in it is not known; it is named.
    """
    try:
        text = small_text(
            Path(path), "edits file", most_bytes=MAX_BYTES, remedy="Give a file of a page or two."
        )
        content = json.loads(text)
    except ContextError:  # a ValueError too, and it has said its words
        raise
    except (ValueError, RecursionError) as error:
        raise ContextError(
            "The edits file is not valid JSON, or not UTF-8.",
            remedy="Check commas, quotes and brackets.",
        ) from error
    return edits_of(content)


def edits_of(content: object) -> Edits:
    """Edits of a file that is already parsed."""
    table = _table(content, "The edits file", ("schema", "toggle", "seed", "lesion"))
    if table.get("schema") != SCHEMA:
        raise ContextError(
            "The edits file does not name its form.", remedy=f'Begin with "schema": "{SCHEMA}".'
        )
    return Edits(
        toggle=tuple(_toggle(one, n) for n, one in _listed(table, "toggle")),
        seed=tuple(_seed(one, n) for n, one in _listed(table, "seed")),
        lesion=tuple(_lesion(one, n) for n, one in _listed(table, "lesion")),
    )


def _listed(table: Mapping[str, object], key: str) -> list[tuple[int, object]]:
    """Entries under a key with their number from 1."""
    entries = table.get(key, [])
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise ContextError(f"'{key}' of the edits is no list.", remedy="Write it in brackets [ ].")
    if len(entries) > MAX_EDITS:
        raise ContextError(
            f"'{key}' of the edits has more than {MAX_EDITS} entries.",
            remedy="Give a label map (--anatomy) instead.",
        )
    return list(enumerate(entries, start=1))


def _table(content: object, what: str, keys: Sequence[str]) -> Mapping[str, object]:
    if not isinstance(content, Mapping):
        raise ContextError(f"{what} is no table of keys.", remedy=f"Use {', '.join(keys)}.")
    unknown = [str(key) for key in content if key not in keys]
    if unknown:
        raise ContextError(
            f"{what} has an unknown key '{unknown[0]}'.", remedy=f"Use {', '.join(keys)}."
        )
    return content


def _toggle(entry: object, number: int) -> Toggle:
    what = f"Toggle {number}"
    table = _table(entry, what, ("part", "at_lps_mm", "to"))
    if ("part" in table) == ("at_lps_mm" in table):
        raise ContextError(
            f"{what} of the edits names no part, or two.",
            remedy="Give either part (an id) or at_lps_mm (a point).",
        )
    to = _belonging(table.get("to"), what, "to")
    if "at_lps_mm" in table:
        return Toggle(to, at_lps_mm=_point(table["at_lps_mm"], what))
    part = table["part"]
    if not isinstance(part, str):
        raise ContextError(
            f"{what} of the edits names its part by no text.",
            remedy="Take the id from result.json.",
        )
    return Toggle(to, part=part)


def _seed(entry: object, number: int) -> Seed:
    what = f"Seed {number}"
    table = _table(entry, what, ("at_lps_mm", "is", "radius_mm"))
    radius = table.get("radius_mm", SEED_RADIUS_MM)
    if not _is_number(radius) or not 0.0 < float(str(radius)) <= MAX_RADIUS_MM:
        raise ContextError(
            f"{what} of the edits has no radius that can be used.",
            remedy=f"Give radius_mm above 0 and up to {MAX_RADIUS_MM:.0f}.",
        )
    return Seed(
        _point(table.get("at_lps_mm"), what),
        _belonging(table.get("is"), what, "is"),
        float(str(radius)),
    )


def _lesion(entry: object, number: int) -> LesionEdit:
    what = f"Lesion {number}"
    table = _table(entry, what, ("at_lps_mm", "to"))
    if table.get("to") != Belonging.NATIVE.value:
        raise ContextError(
            f"{what} of the edits says nothing that can be done.",
            remedy='Give "to": "native"; what a part is, a toggle says.',
        )
    return LesionEdit(_point(table.get("at_lps_mm"), what))


def _belonging(value: object, what: str, key: str) -> Belonging:
    words = [one.value for one in Belonging]
    if value not in words:
        raise ContextError(
            f"{what} of the edits has no '{key}' that is known.",
            remedy=f"Use {' or '.join(words)}.",
        )
    return Belonging(value)


def _point(value: object, what: str) -> Point:
    fits = isinstance(value, list) and len(value) == 3 and all(_is_number(one) for one in value)
    if not fits or not isinstance(value, list):
        raise ContextError(
            f"{what} of the edits has no point.",
            remedy="Give at_lps_mm as three numbers [x, y, z], mm.",
        )
    x, y, z = (float(one) for one in value)
    return x, y, z


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
