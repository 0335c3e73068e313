"""Which lesions the judge draws: every model of the catalogue, kinds balanced, sizes log-uniform.

Parameters are drawn wide and apart from the catalogue's defaults. Bone below the smallest size
that recipes offer is drawn too (an ossicle of 4 mm exists), because what lies below the resolution
floor must be judged as well.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp, log

import numpy as np

from trabecula.simulate.growths import GENERATORS, Growth, Plan, entry_of
from trabecula.simulate.growths.plan import Value
from trabecula.validate.place import Extent, Placed, Window, place
from trabecula.validate.terrain import Terrain

SIZES_MM, LARGE_FROM_MM, LARGE_SHARE = (4.0, 60.0), 15.0, 0.6
"""Smallest and largest length drawn, log-uniform; this share is drawn from the larger ones alone,
since most is asked of them."""

CONTACTS = {
    "ossification": (("free", 0.40), ("touching", 0.15), ("fused", 0.25), ("bridging", 0.20)),
    "calcification": (("free", 0.70), ("touching", 0.30)),
}
"""How often a lesion of a kind is meant to meet bone; what came of it is read from the truth."""

CALM_SIZES_MM = (28.0, 50.0)
"""Lengths of lesions that a scan is judged by: spheres of their volume measure 10 mm and more."""

FRESH_SHARE, YOUNG_SHARE = 0.08, 0.25
"""How many of the bones are a faint veil, or immature."""

Values = dict[str, Value]
Drawer = Callable[[np.random.Generator, float], Values]


@dataclass(frozen=True, slots=True)
class Draw:
    """How one model is drawn.

    Attributes
    ----------
    model
        Key of the catalogue.
    sizes_mm
        Lengths it can have.
    contacts
        What it can do with bone, in the words of :func:`trabecula.validate.place.place`.
    half
        Half thickness as part of the length.
    values
        Draws its parameters for a length.
    """

    model: str
    sizes_mm: tuple[float, float]
    contacts: Mapping[str, str]
    half: float
    values: Drawer


def maturity(random: np.random.Generator) -> float:
    """Veil, immature or mature."""
    chance = random.random()
    if chance < FRESH_SHARE:
        return float(random.uniform(0.05, 0.25))
    if chance < FRESH_SHARE + YOUNG_SHARE:
        return float(random.uniform(0.3, 0.65))
    return float(random.uniform(0.65, 1.0))


def _bone(form: str | None = None, **more: float) -> Drawer:
    def values(random: np.random.Generator, size: float) -> Values:
        drawn: Values = {
            "size_mm": size,
            "maturity": maturity(random),
            "rim_mm": float(random.uniform(0.8, 2.4)),
            **more,
        }
        if form is not None:
            drawn["form"] = form
        return drawn

    return values


def _bridge(random: np.random.Generator, size: float) -> Values:
    return {**_bone("ribbon")(random, size), "width_mm": float(np.clip(0.3 * size, 7.0, 20.0))}


def _hip(random: np.random.Generator, size: float) -> Values:
    drawn = _bone()(random, size)
    width = float(np.clip(0.3 * size, 8.0, 18.0))
    return {**drawn, "width_mm": width, "grade": float(random.integers(2, 5)), "gap_mm": 0.0}


def _mass(random: np.random.Generator, size: float) -> Values:
    return {**_bone()(random, size), "lobes": float(random.integers(2, 6))}


def _band(random: np.random.Generator, size: float) -> Values:
    width = max(0.26 * size, 4.0)
    return {**_bone("cord")(random, size), "width_mm": width}


def _spur(random: np.random.Generator, size: float) -> Values:
    drawn = _bone()(random, size)
    drawn["maturity"] = max(float(drawn["maturity"]), 0.35)
    return {**drawn, "continuity": bool(random.random() < 0.4)}


def _weeks(random: np.random.Generator, size: float) -> Values:
    return {"size_mm": size, "weeks": float(random.choice([3.5, 6.0, 9.0, 12.0, 20.0, 40.0]))}


def _tumour(random: np.random.Generator, size: float) -> Values:
    return {
        "size_mm": size,
        "wraps_deg": float(random.uniform(60.0, 240.0)),
        "continuity": bool(random.random() < 0.6),
    }


def _calcium(low: float, high: float, **more: Value) -> Drawer:
    def values(random: np.random.Generator, size: float) -> Values:
        return {"size_mm": size, "mineral_mg_cm3": float(random.uniform(low, high)), **more}

    return values


def _rings(random: np.random.Generator, size: float) -> Values:
    return {
        **_calcium(380.0, 760.0)(random, size),
        "lobule_mm": float(np.clip(random.uniform(0.2, 0.4) * size, 4.0, 12.0)),
        "ring_mm": float(random.uniform(0.9, 1.8)),
        "cover": float(random.uniform(0.5, 0.95)),
    }


def _lobules(random: np.random.Generator, size: float) -> Values:
    return {
        **_calcium(260.0, 600.0)(random, size),
        "lobule_mm": float(np.clip(random.uniform(0.25, 0.45) * size, 8.0, 24.0)),
        "levels": bool(random.random() < 0.5),
    }


def _sheet(random: np.random.Generator, size: float) -> Values:
    return {
        **_calcium(250.0, 600.0)(random, size),
        "thickness_mm": float(random.uniform(1.8, 5.0)),
        "bend_radius_mm": 130.0,
    }


def _nodules(random: np.random.Generator, size: float) -> Values:
    count = int(random.integers(1, 4))
    nodule = size if count == 1 else float(np.clip(0.35 * size, 2.5, 16.0))
    return {
        **_calcium(350.0, 750.0)(random, size),
        "nodule_mm": nodule,
        "count": float(count),
    }


def _tendon(random: np.random.Generator, size: float) -> Values:
    return {**_calcium(320.0, 700.0)(random, size), "resorbing": bool(random.random() < 0.3)}


def _node(random: np.random.Generator, size: float) -> Values:
    texture = "shell" if random.random() < 0.5 else "clumps"
    return {**_calcium(350.0, 700.0)(random, size), "texture": texture}


def _speckles(random: np.random.Generator, size: float) -> Values:
    return {
        **_calcium(450.0, 800.0)(random, size),
        "speckle_mm": float(random.uniform(1.6, 3.4)),
        "count": float(random.integers(15, 60)),
    }


IN = {"free": "free", "touching": "touching", "fused": "fused"}
CALM = {"free": "free", "touching": "touching"}
OSSIFYING = (
    Draw("muscle_plate", (15.0, 60.0), IN, 0.09, _bone("plate", width_mm=0.0)),
    Draw("muscle_ribbon", (15.0, 60.0), IN, 0.07, _bone("ribbon", width_mm=0.0)),
    Draw("bone_bridge", (24.0, 60.0), {"bridging": "bridging"}, 0.12, _bridge),
    Draw("myositis_ossificans", (4.0, 60.0), CALM, 0.26, _weeks),
    Draw("hip_ossification", (30.0, 60.0), {"bridging": "bridging"}, 0.14, _hip),
    Draw("neurogenic_ossification", (20.0, 60.0), IN, 0.24, _mass),
    Draw("burn_ossification", (12.0, 60.0), IN, 0.14, _band),
    Draw("insertion_spur", (8.0, 40.0), {"fused": "surface"}, 0.3, _spur),
    Draw("osteosarcoma", (20.0, 60.0), {"fused": "surface"}, 0.3, _tumour),
)
CALCIFYING = (
    Draw(
        "amorphous_calcification", (4.0, 60.0), CALM, 0.37, _calcium(220.0, 700.0, texture="even")
    ),
    Draw("cloud_calcification", (6.0, 60.0), CALM, 0.37, _calcium(200.0, 500.0, texture="cloud")),
    Draw("rings_and_arcs", (10.0, 60.0), CALM, 0.42, _rings),
    Draw("tumoral_calcinosis", (20.0, 60.0), CALM, 0.4, _lobules),
    Draw("calcinosis_universalis", (15.0, 60.0), {"free": "skin"}, 0.08, _sheet),
    Draw("calcinosis_circumscripta", (4.0, 45.0), {"free": "skin"}, 0.45, _nodules),
    Draw("calcific_tendinitis", (5.0, 40.0), CALM, 0.22, _tendon),
    Draw("calcified_node", (4.0, 40.0), {"free": "free"}, 0.36, _node),
    Draw("synovial_sarcoma", (20.0, 60.0), {"free": "free"}, 0.38, _speckles),
)
KINDS = {"ossification": OSSIFYING, "calcification": CALCIFYING}


@dataclass(frozen=True, slots=True)
class Mix:
    """Which lesions a suite asks for.

    Attributes
    ----------
    count
        How many are tried.
    variant
        Generator.
    calm
        Free and large ones alone, so that a scan is judged and not the place.
    """

    count: int
    variant: str
    calm: bool = False

    def contact(self, kind: str, random: np.random.Generator) -> str:
        """Draw how a lesion of a kind is meant to meet bone."""
        if self.calm:
            return "free"
        words, shares = zip(*CONTACTS[kind], strict=True)
        return str(random.choice(words, p=shares))

    def length(self, random: np.random.Generator) -> float:
        """Draw a length, mm."""
        low, high = SIZES_MM
        if self.calm:
            low, high = CALM_SIZES_MM
        elif random.random() < LARGE_SHARE:
            low = LARGE_FROM_MM
        return exp(random.uniform(log(low), log(high)))


def draw_lesions(
    random: np.random.Generator, window: Window, mix: Mix, *, ground: Terrain, seed: int
) -> tuple[Growth, ...]:
    """Draw lesions for one patient, kinds in turn, each where it fits.

    Parameters
    ----------
    ground
        Map of the patient.
    seed
        Of the patient, whose bones the sites lie on.
    """
    grown: list[Growth] = []
    kinds = ["ossification", "calcification"]
    if random.random() < 0.5:
        kinds.reverse()
    for number in range(mix.count):
        for _ in range(6):
            made = _one(random, kinds[number % 2], window, mix, ground=ground, seed=seed)
            if made is not None:
                growths, placed, extent = made
                window = window.with_lesion(placed.points, extent.half)
                grown += growths
                break
    return tuple(grown)


def _one(
    random: np.random.Generator,
    kind: str,
    window: Window,
    mix: Mix,
    *,
    ground: Terrain,
    seed: int,
) -> tuple[tuple[Growth, ...], Placed, Extent] | None:
    contact, length = mix.contact(kind, random), mix.length(random)
    size = ground.build.figure.scale
    draws = [d for d in KINDS[kind] if contact in d.contacts]
    fitting = [d for d in draws if d.sizes_mm[0] <= length <= d.sizes_mm[1]] or draws
    draw = fitting[int(random.integers(len(fitting)))]
    length = float(np.clip(length, *draw.sizes_mm))
    values = {**defaults(draw.model), **draw.values(random, length)}
    half = float(values["width_mm"]) / 2.0 if contact == "bridging" else draw.half * length
    extent = Extent(length / size, max(half, 1.5) / size)
    placed = place(draw.contacts[contact], extent, window, ground=ground, random=random, seed=seed)
    if placed is None:
        return None
    plan = Plan(
        draw.model,
        draw.model,
        values,
        placed.site,
        GENERATORS[mix.variant](int(random.integers(1 << 30))),
        random,
        size,
    )
    return entry_of(draw.model).builder(plan), placed, extent


def defaults(model: str) -> Values:
    """Every parameter of a model at its default."""
    return {key: one.default for key, one in entry_of(model).parameters.items()}
