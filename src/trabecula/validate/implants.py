"""Lesions of the judge's variant put into real scans, a part of the scan at a time.

The pelvis has names for its bones and is judged with and without them; the thorax has none, so
what fuses there can only be judged with the embedded anatomy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from pathlib import Path

import numpy as np

from trabecula.errors import InputError
from trabecula.model import Anatomy, Grid, Mask, Volume, overlap
from trabecula.simulate.growths import entry_of
from trabecula.simulate.growths.plan import Value
from trabecula.simulate.implant import Host, Implanted, host_of, implant
from trabecula.simulate.planting import LesionRequest
from trabecula.validate.acquire import TrueBody
from trabecula.validate.condition import Case, Condition
from trabecula.validate.draw import CONTACTS, KINDS, LARGE_FROM_MM, LARGE_SHARE, SIZES_MM, Draw
from trabecula.validate.journal import Row
from trabecula.validate.judging import judged
from trabecula.validate.real import PELVIS, THORAX, Cut, less_known, opened, trimmed
from trabecula.validate.truth import Truth, true_of

LESIONS = 4
"""Tried in each host."""

TRIES = 5
"""Draws before a lesion is given up."""

WINDOW_MM = (140.0, 175.0, 175.0)
"""Part of the thorax shown, ``(k, j, i)``."""

LEAST_BODY = 0.5
"""Part of a window that must be patient."""

COARSE_FROM_MM, COARSE_MM = 2.5, 15.0
"""Where voxels are larger than the first, no lesion shorter than the second is put."""

FREE_MM = 4.0
"""Least way from a free lesion's middle to bone, beyond half its thickness."""

PAIRS = (("hip", "femur"), ("hip", "sacrum"))
"""Bones that a bridge joins, on either side."""


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """A real scan with lesions: where each lies, and what is true of it."""

    volume: Volume
    anatomy: Anatomy | None
    made: tuple[Implanted, ...]
    blur_fwhm_mm: float


def implant_cases(cases: int, first: int, *, variant: str, data: Path | None) -> list[Case]:
    """Plan cases of the scans that are there, in turn."""
    hosts = [scan for scan in (PELVIS, THORAX) if data is not None and (data / scan).exists()]
    return [
        Case(
            "implants",
            n,
            first + n,
            kind=f"implants: {hosts[n % len(hosts)]}",
            variant=variant,
            lesions=LESIONS,
            data=str(data),
        )
        for n in range(cases if hosts else 0)
    ]


def judge_implants(case: Case) -> list[Row]:
    """Put lesions into a real scan, analyse it, compare."""
    scan = case.kind.removeprefix("implants: ")
    planted = planted_in(case, scan)
    k, j, _ = planted.volume.spacing_kji_mm
    condition = Condition(
        slice_mm=round(k, 3), pixel_mm=round(j, 3), blur_fwhm_mm=planted.blur_fwhm_mm
    )
    bodies = _bodies(planted.made)
    truths: dict[int, Truth] = {
        one.lesion.label: true_of(one.lesion, body, planted.volume, condition)
        for one, body in zip(planted.made, bodies, strict=True)
    }
    ways = [None] if planted.anatomy is None else [planted.anatomy, None]
    return [
        less_known(judged(planted.volume, bodies, truths, condition, way), scan) for way in ways
    ]


def planted_in(case: Case, scan: str) -> Planted:
    """Put the lesions of a case into a scan."""
    random = np.random.default_rng((case.seed, 5))
    volume, anatomy = opened(scan, case.data)
    if scan == THORAX:
        volume, anatomy = _windowed(volume, random)
    host = host_of(volume, anatomy)
    made: list[Implanted] = []
    kinds = ["ossification", "calcification"]
    if random.random() < 0.5:
        kinds.reverse()
    for number in range(case.lesions):
        for _ in range(TRIES):
            kind = kinds[number % 2]
            try:
                request = _request(random, host, kind, grid=volume.grid)
                with_lesion, bodies = implant(
                    volume,
                    request,
                    rng=random,
                    host=host,
                    variant=case.variant,
                    first_id=len(made) + 1,
                )
            except InputError:
                continue
            if not any(_close(new, old) for new in bodies for old in made):
                volume, made = with_lesion, [*made, *bodies]
                break
    return Planted(volume, anatomy, tuple(made), host.scanner.blur_fwhm_mm)


def _windowed(volume: Volume, random: np.random.Generator) -> tuple[Volume, None]:
    """Cut a part out of a large scan that is mostly patient."""
    extent = np.divide(WINDOW_MM, np.multiply(volume.hu.shape, volume.spacing_kji_mm))
    while True:
        low = random.random(3) * (1.0 - extent)
        cut = Cut(THORAX, low=tuple(low.tolist()), high=tuple((low + extent).tolist()))
        part, _ = trimmed(volume, None, cut, seed=0)
        if float((part.hu[::4, ::4, ::4] > -150).mean()) >= LEAST_BODY:
            return part, None


def _request(random: np.random.Generator, host: Host, kind: str, *, grid: Grid) -> LesionRequest:
    """Draw a lesion, and a place in this host."""
    coarse = float(grid.spacing_kji_mm.max()) > COARSE_FROM_MM
    words, shares = zip(*CONTACTS[kind], strict=True)
    contact = str(random.choice(words, p=shares))
    least = COARSE_MM if coarse else SIZES_MM[0]
    if not coarse and random.random() < LARGE_SHARE:
        least = LARGE_FROM_MM
    length = exp(random.uniform(log(least), log(SIZES_MM[1])))
    draws = [d for d in KINDS[kind] if contact in d.contacts]
    fitting = [d for d in draws if d.sizes_mm[0] <= length <= d.sizes_mm[1]] or draws
    draw = fitting[int(random.integers(len(fitting)))]
    values = _in_range(draw, draw.values(random, float(np.clip(length, *draw.sizes_mm))))
    if contact == "bridging":
        return _bridge(random, host, draw, values)
    if contact == "free" and draw.contacts["free"] == "skin":
        return LesionRequest(draw.model, contact=contact, values=values)
    if contact == "free":
        at = _free_point(random, host, grid, half=draw.half * float(values["size_mm"]))
        return LesionRequest(draw.model, at=at, contact=contact, values=values)
    bones = sorted(host.ground.bones)
    bone = bones[int(random.integers(len(bones)))]
    return LesionRequest(draw.model, on=bone, contact=contact, values=values)


def _bridge(
    random: np.random.Generator, host: Host, draw: Draw, values: dict[str, Value]
) -> LesionRequest:
    side = str(random.choice(["left", "right"]))
    first, second = PAIRS[int(random.integers(len(PAIRS)))]
    names = tuple(n if n == "sacrum" else f"{n}_{side}" for n in (first, second))
    return LesionRequest(
        draw.model, between=(names[0], names[1]), contact="bridging", values=values
    )


def _in_range(draw: Draw, values: dict[str, Value]) -> dict[str, Value]:
    """Bring numbers into what the catalogue allows: recipes refuse others."""
    parameters = entry_of(draw.model).parameters
    return {
        key: value
        if isinstance(value, str | bool)
        else float(np.clip(value, parameters[key].low, parameters[key].high))
        for key, value in values.items()
    }


def _free_point(
    random: np.random.Generator, host: Host, grid: Grid, *, half: float
) -> tuple[float, float, float]:
    """Draw a place in soft tissue away from bone, LPS, mm."""
    from scipy.ndimage import distance_transform_edt

    ground = host.ground
    free: Mask = ground.free()
    taken = ground.mask(*ground.bones) if ground.bones else np.zeros_like(free)
    clear = distance_transform_edt(~taken, ground.lattice.spacing_kji_mm)
    air = ground.air.distance(*ground.lattice.mesh())
    places = ground.points(free & (clear > half + FREE_MM) & (air > half + FREE_MM))
    places = places[ground.inner(places)]
    if not len(places):
        raise InputError("No free place is large enough.", remedy="Draw a smaller lesion.")
    along_axes = places[int(random.integers(len(places)))]
    x, y, z = grid.to_lps_mm(along_axes[::-1] / grid.spacing_kji_mm).tolist()
    return x, y, z


def _close(new: Implanted, old: Implanted) -> bool:
    """Whether two lesions lie within a few voxels of each other."""
    k, j, i = (slice(axis.start - 4, axis.stop + 4) for axis in new.box)
    return overlap((k, j, i), old.box) is not None


def _bodies(made: Sequence[Implanted]) -> tuple[TrueBody, ...]:
    return tuple(TrueBody(one.lesion.label, one.box, one.mask) for one in made)
