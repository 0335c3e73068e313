"""Recipes whose body is a real scan: lesions are put into it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trabecula.errors import InputError
from trabecula.model import Anatomy, Volume
from trabecula.simulate.growths.catalogue import known_or_refused
from trabecula.simulate.growths.generators import GENERATORS
from trabecula.simulate.implant import host_of, implant
from trabecula.simulate.patient import Patient, TrueLesion
from trabecula.simulate.planting import LesionRequest
from trabecula.simulate.recipe import DOWN, lesions_of
from trabecula.simulate.render import MOST_LESIONS

TOP = ("seed", "variant", "host", "lesion")
HOST = ("ct", "anatomy", "edge_mm", "position")


@dataclass(frozen=True, slots=True)
class HostRecipe:
    """What to put into which scan, checked.

    Attributes
    ----------
    ct, anatomy
        Where the scan and its label map lie, as written.
    edge_mm
        Width of the scan's blur; ``None`` to measure it.
    position
        DICOM's patient position; ``None`` for the header's.
    """

    seed: int
    variant: str
    ct: str
    anatomy: str | None
    edge_mm: float | None
    position: str | None
    lesions: tuple[LesionRequest, ...]


def parse_host(recipe: Mapping[str, Any]) -> HostRecipe:  # TOML is of any shape
    """Check a recipe that was read from TOML and has a ``[host]``."""
    for key in recipe:
        known_or_refused(key, TOP, what="key of a recipe with a host")
    host = recipe.get("host", {})
    if not isinstance(host, Mapping) or not isinstance(host.get("ct"), str):
        raise InputError("The host has no scan.", remedy='Write ct = "scan.nii.gz" under [host].')
    for key in host:
        known_or_refused(key, HOST, what="key of [host]")
    variant, seed = str(recipe.get("variant", "train")), recipe.get("seed", 0)
    known_or_refused(variant, GENERATORS, what="variant")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError("`seed` is a whole number from 0.", remedy="Write seed = 7, for example.")
    position, edge = host.get("position"), host.get("edge_mm")
    if position is not None:
        known_or_refused(str(position), DOWN, what="patient position")
    if edge is not None and not (isinstance(edge, int | float) and 0.3 <= edge <= 5.0):
        raise InputError("`edge_mm` cannot be that.", remedy="Choose 0.3 to 5 mm.")
    return HostRecipe(
        seed=seed,
        variant=variant,
        ct=host["ct"],
        anatomy=host.get("anatomy"),
        edge_mm=None if edge is None else float(edge),
        position=position,
        lesions=lesions_of(recipe),
    )


def cook_host(
    recipe: HostRecipe,
    volume: Volume,
    anatomy: Anatomy | None = None,
    *,
    progress: Callable[[str, float], None] | None = None,
) -> Patient:
    """Put a recipe's lesions into a scan, one after another."""
    tell = progress or (lambda name, share: None)
    tell("look at the host", 0.0)
    host = host_of(volume, anatomy, edge_mm=recipe.edge_mm)
    position = recipe.position or volume.acquisition.patient_position or "HFS"
    down = DOWN.get(position, (0.0, 1.0, 0.0))
    labels = np.zeros(volume.hu.shape, dtype=np.uint8)
    truth: list[TrueLesion] = []
    for index, request in enumerate(recipe.lesions):
        tell("put lesions in", index / len(recipe.lesions))
        seed = recipe.seed * 1000 + index if request.seed is None else request.seed
        try:
            volume, made = implant(
                volume, request, rng=np.random.default_rng(seed), host=host,
                variant=recipe.variant, down=down, first_id=len(truth) + 1,
            )  # fmt: skip
        except InputError as refused:
            raise InputError(
                f"Lesion {index + 1}: {refused.problem}", remedy=refused.remedy
            ) from refused
        if len(truth) + len(made) > MOST_LESIONS:
            raise InputError(
                "These are more lesions than the truth labels can count.",
                remedy=f"Give {MOST_LESIONS} at most.",
            )
        for one in made:
            here = labels[one.box]
            here[one.mask & (here == 0)] = one.lesion.id
            truth.append(one.lesion)
    named = anatomy or Anatomy(
        np.zeros(volume.hu.shape, dtype=np.uint8), (), "none", "", separates_fused_bone=False
    )
    return Patient(volume, named, tuple(truth), labels)
