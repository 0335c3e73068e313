"""What is known of the patient beside the scan: a form in TOML or JSON.

.. code-block:: toml

    age_years = 9
    sex = "F"                       # or "M"

    [signs]                         # names of the sign atlas; the rest stays unknown
    great_toe_anomaly = true        # seen
    trauma = false                  # asked for and denied
    family_history = "unknown"      # not known: neither present nor absent

    [signs.flare_ups]               # the long form
    presence = true
    certainty = 0.8
    reason = "told by the mother"

    [labs]                          # the unit is part of the name
    phosphate_mmol_l = 1.6
    ck_u_l = 90

In JSON the same keys; ``signs`` may also be a list of names that are present. Laboratory values
become signs by the intervals in :mod:`trabecula.read.labs`. A key that is not known is refused with
the nearest known ones, because a misspelt sign would otherwise be lost in silence.
"""

import difflib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from trabecula.errors import ContextError
from trabecula.model import Context, Origin, Presence, Sign, sign_definitions
from trabecula.read.labs import lab_keys, lab_signs
from trabecula.read.small_file import small_text

KEYS = ("age_years", "sex", "signs", "labs")
"""What a form may say."""

SIGN_KEYS = ("presence", "measured", "unit", "certainty", "reason")
"""What the long form of a sign may say."""

MAX_BYTES = 1_000_000
"""A form is a page."""

MAX_AGE_YEARS = 130.0
"""Nobody is older."""

SEXES = {"m": "M", "male": "M", "f": "F", "female": "F"}

WORDS = {
    "present": Presence.PRESENT,
    "yes": Presence.PRESENT,
    "absent": Presence.ABSENT,
    "no": Presence.ABSENT,
    "unknown": Presence.NOT_ASSESSED,
    "not_assessed": Presence.NOT_ASSESSED,
}
"""What may stand in place of true and false."""


def read_context(path: str | os.PathLike[str]) -> Context:
    """Read a form about the patient.

    Parameters
    ----------
    path
        TOML or JSON file; see this module for its form.

    Returns
    -------
    Context
        Age, sex and signs of origin ``CONTEXT``.

    Raises
    ------
    ContextError
        When the file cannot be read, or a key or value in it is not known; it is named.
    """
    place = Path(path)
    try:
        text = small_text(
            place, "case form", most_bytes=MAX_BYTES, remedy="Give a form of a page or two."
        )
        content = json.loads(text) if place.suffix.lower() == ".json" else tomllib.loads(text)
    except ContextError:  # a ValueError too, and it has said its words
        raise
    except (ValueError, RecursionError) as error:
        raise ContextError(
            "The case form is neither valid TOML nor JSON, or not UTF-8.",
            remedy="Check commas, quotes and brackets; a .json file is read as JSON, others as "
            "TOML.",
        ) from error
    return context_of(content)


def context_of(content: object) -> Context:
    """Context of a form that is already parsed."""
    if not isinstance(content, Mapping):
        raise ContextError(
            "The case form is no table of keys.", remedy=f"Use the keys {', '.join(KEYS)}."
        )
    _known(content, KEYS, "key")
    age, sex = _age(content.get("age_years")), _sex(content.get("sex"))
    signs = [_sign(name, value) for name, value in _entries(content.get("signs", {}))]
    for key, value in _table(content.get("labs", {}), "labs").items():
        _known([key], lab_keys(), "laboratory value")
        signs += lab_signs(key, _number(key, value, least=0.0), age_years=age, sex=sex)
    return Context(age_years=age, sex=sex, signs=_agreed(signs))


def _entries(signs: object) -> Iterable[tuple[str, object]]:
    if isinstance(signs, Mapping):
        return [(str(name), value) for name, value in signs.items()]
    if not isinstance(signs, list):
        raise ContextError("'signs' is neither a table nor a list.", remedy="Write [signs].")
    entries: list[tuple[str, object]] = []
    for item in signs:
        if isinstance(item, str):
            entries.append((item, True))
        elif isinstance(item, Mapping) and isinstance(item.get("name"), str):
            rest = {key: value for key, value in item.items() if key != "name"}
            entries.append((item["name"], {"presence": True, **rest}))
        else:
            raise ContextError(
                "An entry of 'signs' is neither a name nor a table with a name.",
                remedy='Write "name" or {"name": …, "presence": true}.',
            )
    return entries


def _sign(name: str, value: object) -> Sign:
    _known([name], tuple(sign_definitions()), "sign")
    details: Mapping[str, Any] = value if isinstance(value, Mapping) else {"presence": value}
    _known(details, SIGN_KEYS, f"detail of '{name}'")
    presence = _presence(name, details.get("presence", True))
    measured, unit = details.get("measured"), details.get("unit")
    if (measured is None) != (unit is None):
        raise ContextError(
            f"'{name}' has a measured value without a unit, or a unit without a value.",
            remedy="Give both, or neither.",
        )
    certainty = _number(f"{name}.certainty", details.get("certainty", 1.0), least=0.0, most=1.0)
    reason = str(details.get("reason", ""))
    if presence is Presence.NOT_ASSESSED and not reason:
        reason = "Stated as not known."
    return Sign(
        name=name,
        presence=presence,
        measured=None if measured is None else _number(f"{name}.measured", measured),
        unit=None if unit is None else str(unit),
        certainty=certainty,
        origin=Origin.CONTEXT,
        reason=reason,
    )


def _presence(name: str, value: object) -> Presence:
    if isinstance(value, bool):
        return Presence.PRESENT if value else Presence.ABSENT
    found = WORDS.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise ContextError(
            f"The value of '{name}' is not understood.", remedy='Write true, false or "unknown".'
        )
    return found


def _agreed(signs: list[Sign]) -> tuple[Sign, ...]:
    """Every sign once; one that is stated and follows from a value must say the same."""
    kept: dict[str, Sign] = {}
    for sign in signs:
        before = kept.get(sign.name)
        if before is None or before.presence is Presence.NOT_ASSESSED:
            kept[sign.name] = sign
        elif sign.presence is Presence.NOT_ASSESSED:
            continue
        elif before.presence is not sign.presence:
            raise ContextError(
                f"'{sign.name}' is stated to be {before.presence.value}, but a laboratory value "
                f"makes it {sign.presence.value}.",
                remedy="Correct one of the two; leave the value out where your laboratory's own "
                "interval says otherwise.",
            )
        elif before.measured is None:
            kept[sign.name] = sign
    return tuple(kept.values())


def _age(value: object) -> float | None:
    if value is None:
        return None
    return _number("age_years", value, least=0.0, most=MAX_AGE_YEARS)


def _sex(value: object) -> str | None:
    if value is None or (isinstance(value, str) and value.strip().lower() in ("", "unknown")):
        return None
    found = SEXES.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise ContextError("'sex' is not understood.", remedy='Write "M" or "F", or leave it out.')
    return found


def _number(key: str, value: object, *, least: float = -1e12, most: float = 1e12) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        limits = f" from {least:g}" if least > -1e12 else ""
        limits += f" to {most:g}" if most < 1e12 else ""
        raise ContextError(f"'{key}' is not a number{limits}.", remedy="Write a plain number.")
    return float(value)


def _table(value: object, key: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ContextError(f"'{key}' is no table.", remedy=f"Write [{key}] and one key a line.")
    return {str(name): entry for name, entry in value.items()}


def _known(names: Iterable[Any], allowed: tuple[str, ...], what: str) -> None:
    for name in names:
        if str(name) not in allowed:
            near = difflib.get_close_matches(str(name), allowed, n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(near)}?" if near else _some(allowed)
            raise ContextError(f"The case form has an unknown {what}: '{name}'.", remedy=hint)


def _some(allowed: tuple[str, ...]) -> str:
    shown = ", ".join(allowed[:12])
    return f"Known are {shown}{', …' if len(allowed) > 12 else ''}."
