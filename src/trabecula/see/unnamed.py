"""Mineral that a label map leaves unnamed: offered as parts, and toggled by a reader."""

from collections.abc import Mapping, Sequence

import numpy as np

from trabecula.errors import ContextError
from trabecula.model import Anatomy, Belonging, DecidedBy, Edits, Part, Toggle, Volume
from trabecula.model.part import Point
from trabecula.see.bodies import Bodies, Runs
from trabecula.see.edited import REACH_MM
from trabecula.see.labelled import touched
from trabecula.see.regions import Places
from trabecula.see.rules.place import Judgement

PREFIX = "b"
"""First letter of their ids: bodies of mineral; pieces of bone begin with p."""


def free_toggles(
    edits: Edits, outside: Runs, *, native: Runs, volume: Volume
) -> tuple[tuple[Toggle, ...], tuple[Toggle, ...]]:
    """Toggles of mineral outside named bone, and those of named bone itself."""
    free = [
        one
        for one in edits.toggle
        if (
            one.part.startswith(PREFIX)
            if one.at_lps_mm is None and one.part is not None
            else one.at_lps_mm is not None
            and _nearest(one.at_lps_mm, outside, volume)[0]
            <= _nearest(one.at_lps_mm, native, volume)[0]
        )
    ]
    return tuple(free), tuple(one for one in edits.toggle if one not in free)


def _nearest(point: Point, runs: Runs, volume: Volume) -> tuple[float, int]:
    """Distance of a point to some runs, mm, and the nearest run; infinite without any."""
    if len(runs) == 0:
        return float("inf"), -1
    at = volume.grid.to_index_kji(point)
    k, j, first = runs.index_kji()
    i = np.clip(at[2], first, first + runs.length - 1)
    apart = (np.stack([k, j, i], axis=1) - at) * volume.grid.spacing_kji_mm
    squared = (apart**2).sum(axis=1)
    nearest = int(np.argmin(squared))
    return float(np.sqrt(squared[nearest])), nearest


def said_of_bodies(
    toggles: Sequence[Toggle], numbers: Sequence[int], bodies: Bodies, volume: Volume
) -> Mapping[int, Belonging]:
    """Read off what a reader said of bodies of mineral, by number.

    Raises
    ------
    ContextError
        When there is no such body.
    """
    names = {name_of_body(number, bodies, volume): number for number in numbers}
    said: dict[int, Belonging] = {}
    for toggle in toggles:
        number = names.get(toggle.part or "")
        if toggle.at_lps_mm is not None:
            distance, run = _nearest(toggle.at_lps_mm, bodies.runs, volume)
            number = int(bodies.of_run[run]) if distance <= REACH_MM else None
        if number is None or number not in numbers:
            raise ContextError(
                "A toggle of the edits names mineral that this scan does not have.",
                remedy="Take the id from result.json of the same scan, or give a point in it.",
            )
        said[number] = toggle.to
    return said


def name_of_body(number: int, bodies: Bodies, volume: Volume) -> str:
    """Id of a body, from its place."""
    x, y, z = (round(at) for at in volume.grid.to_lps_mm(bodies.centre_kji[number]).tolist())
    return f"{PREFIX}{x:+d}{y:+d}{z:+d}"


def part_of_body(
    number: int,
    bodies: Bodies,
    *,
    judgement: Judgement | None,
    said: Belonging | None,
    volume: Volume,
    anatomy: Anatomy,
    places: Places,
) -> Part:
    """Body of mineral as the result lists it among the parts."""
    box, mask = bodies.box(number), bodies.mask(number)
    x, y, z = volume.grid.to_lps_mm(bodies.centre_kji[number]).tolist()
    native = Belonging.ECTOPIC if judgement is None else Belonging.NATIVE
    return Part(
        id=name_of_body(number, bodies, volume),
        mask=mask,
        box=box,
        region=places.region((x, y, z)),
        side=places.side((x, y, z)),
        centroid_lps_mm=(x, y, z),
        volume_ml=float(bodies.voxels[number]) * volume.grid.voxel_ml,
        touches=touched(mask, box, anatomy=anatomy)[0],
        probability_ectopic=0.5 if judgement is None else 1.0 - judgement.certainty,
        reasons=("the label map does not name it",)
        + (() if judgement is None else (judgement.reason,)),
        state=said or native,
        decided_by=DecidedBy.PROGRAM if said is None else DecidedBy.EDIT,
    )
