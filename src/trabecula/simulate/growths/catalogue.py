"""The lesions that a recipe can ask for by name, with the parameters of each."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from trabecula.errors import InputError
from trabecula.simulate.growths import bone, calcium, tumour, vessel
from trabecula.simulate.growths.plan import Builder, Value

BUILDERS: Mapping[str, Builder] = {
    builder.__name__: builder
    for builder in (
        bone.muscle_bone,
        bone.zoned_bone,
        bone.hip_bone,
        bone.joint_mass,
        bone.insertion_spur,
        calcium.lump,
        calcium.rings_and_arcs,
        calcium.levelled_lobules,
        calcium.sheet,
        calcium.nodules,
        calcium.shelled_node,
        calcium.tendon_deposit,
        calcium.vein_stone,
        vessel.artery_wall,
        tumour.central_dense,
        tumour.speckled_mass,
    )
}
"""What the catalogue can name as a builder."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number, word or switch of a model.

    Attributes
    ----------
    default
        Unless told.
    low, high
        Bounds of a number.
    choices
        Words to choose from.
    whole
        Whether only whole numbers make sense.
    text
        What it means.
    """

    default: Value
    text: str
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()
    whole: bool = False

    def checked(self, key: str, value: object) -> Value:
        """Return a value of a recipe, or refuse it."""
        if isinstance(self.default, bool):
            if isinstance(value, bool):
                return value
            raise InputError(f"`{key}` is a switch.", remedy="Write true or false.")
        if isinstance(self.default, str):
            if isinstance(value, str) and value in self.choices:
                return value
            raise InputError(
                f"`{key}` cannot be {value!r}.", remedy=f"Choose {', '.join(self.choices)}."
            )
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not self.low <= float(value) <= self.high:  # type: ignore[arg-type]  # a number here
            raise InputError(
                f"`{key}` cannot be {value!r}.",
                remedy=f"Choose a number from {self.low:g} to {self.high:g} ({self.text}).",
            )
        if self.whole and float(value) != int(float(value)):  # type: ignore[arg-type]  # a number here
            raise InputError(f"`{key}` cannot be {value!r}.", remedy="Choose a whole number.")
        return float(value)  # type: ignore[arg-type]  # a number here


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the catalogue.

    Attributes
    ----------
    name, title, text
        Key of recipes, a heading, and what it looks like.
    anchor
        Where it belongs: ``in`` a muscle, ``on`` a bone, ``between`` bones, ``vessel``, ``skin``.
    contact
        What it can do with the bones; the first unless told.
    parameters
        By key.
    """

    name: str
    title: str
    text: str
    anchor: str
    contact: tuple[str, ...]
    builder: Builder
    parameters: Mapping[str, Parameter]

    def values(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Return all parameters, the given ones checked."""
        for key in given:
            known_or_refused(key, self.parameters, what=f"parameter of `{self.name}`")
        return {
            key: parameter.checked(key, given[key]) if key in given else parameter.default
            for key, parameter in self.parameters.items()
        }


@cache
def catalogue() -> Mapping[str, Entry]:
    """Every lesion model by name, from ``catalogue.toml``."""
    text = files("trabecula.simulate.growths").joinpath("catalogue.toml").read_text("utf-8")
    return {name: _entry(name, table) for name, table in tomllib.loads(text).items()}


def _entry(name: str, table: Mapping[str, Any]) -> Entry:  # TOML is of any shape
    parameters = {
        key: Parameter(
            default=value["default"],
            text=value["text"],
            low=value.get("low", 0.0),
            high=value.get("high", 0.0),
            choices=tuple(value.get("choices", ())),
            whole=value.get("whole", False),
        )
        for key, value in table["values"].items()
    }
    return Entry(
        name=name,
        title=table["title"],
        text=table["text"],
        anchor=table["anchor"],
        contact=tuple(table["contact"]),
        builder=BUILDERS[table["builder"]],
        parameters=parameters,
    )


def entry_of(model: str) -> Entry:
    """Return the entry of a model, or refuse a name that is not in the catalogue."""
    known_or_refused(model, catalogue(), what="lesion model")
    return catalogue()[model]


def known_or_refused(key: str, known: Iterable[str], *, what: str) -> None:
    """Refuse a word that is not known, and say which is nearest."""
    words = sorted(known)
    if key in words:
        return
    near = get_close_matches(str(key), words, n=1, cutoff=0.4)
    raise InputError(
        f"`{key}` is no {what}.",
        remedy=f"Did you mean `{near[0]}`?" if near else f"Choose one of {', '.join(words)}.",
    )
