"""Bodies made from label maps: TotalSegmentator's names, reference phantoms, dissected bodies.

Labels become tissues by a table. Bones are drawn as our own are, with cortex, spongiosa and its
texture, so a coarse map gives a fine scan; where a map parts a bone into cortex, spongiosa and
marrow, the parts are first joined.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from trabecula.errors import InputError
from trabecula.model import Box, Float32, Labels, Tissue
from trabecula.simulate.canvas import Canvas
from trabecula.simulate.contrast import enhance
from trabecula.simulate.ground import Ground, air_distance
from trabecula.simulate.growths.catalogue import known_or_refused
from trabecula.simulate.growths.forms import Sampled
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.render import Body, field_of_view, tissue_of
from trabecula.simulate.scenes import CLOSED, Stage
from trabecula.simulate.skeleton import Bone, BoneMake
from trabecula.simulate.tissue import (
    AIR,
    BLOOD,
    BOWEL,
    CARTILAGE,
    CORD,
    FAT,
    LUNG,
    MUSCLE,
    ORGAN,
    SKIN,
    URINE,
)

HU_OF: Mapping[Tissue, float] = {
    Tissue.MUSCLE: MUSCLE,
    Tissue.CARTILAGE: CARTILAGE,
    Tissue.VESSEL: BLOOD,
    Tissue.ORGAN: ORGAN,
    Tissue.BOWEL: BOWEL,
    Tissue.KIDNEY: 32.0,
    Tissue.URINARY: URINE,
    Tissue.AIRWAY: LUNG,
    Tissue.NERVOUS: CORD,
    Tissue.OTHER: FAT + 10.0,
}
"""Without contrast. What a map leaves unlabelled inside the body is fat."""
SHELL_MM = 1.3
"""Cortex of a bone whose map does not show it; a voxel of such a map is wider."""
MARGIN_MM = 8.0
"""How far round a bone its distance is kept."""
CROP_MARGIN_MM = 16.0
"""Kept of a label map round the scan: bones are measured as deep as that."""
CLOSE_MM, CLOSE_VOXEL_MM = 12.0, 3.0
"""Gaps up to twice as wide between labelled structures are body; on voxels of about that."""
PLAN_MM = 3.5
"""Voxel of the map that lesions are planned on."""
SMOOTH_VOXELS = 0.7
"""SD of the smoothing that takes the steps out of a coarse map's surfaces."""
NAMINGS = ("totalsegmentator", "icrp110", "visible_human", "plain")
PARTS = re.compile(r"(, (upper|lower) half)?,?\s*(cortical|spongiosa|medullary cavity)\s*$")
"""Endings of a phantom's names that part one bone."""


@dataclass(frozen=True, slots=True)
class LabelEntry:
    """What one number of a label map means.

    Attributes
    ----------
    name
        Structure it belongs to; several numbers may share one.
    tissue
        What it is made of.
    hu
        HU when it is not bone; ``None`` for its tissue's.
    """

    name: str
    tissue: Tissue
    hu: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LabelMap:
    """A label map on an upright grid, and what its numbers mean.

    Attributes
    ----------
    labels : (k, j, i) uint8 or uint16
        0 is outside the body or, where ``fill_body``, unlabelled tissue.
    first_xyz_mm
        Centre of the first voxel, LPS.
    spacing_kji_mm
        Voxel edges.
    table
        Meaning of each number; numbers not in it are fat.
    fill_body
        Whether unlabelled voxels enclosed by labels are body: maps of single structures leave
        fat and skin out.
    """

    labels: Labels
    first_xyz_mm: tuple[float, float, float]
    spacing_kji_mm: tuple[float, float, float]
    table: Mapping[int, LabelEntry]
    fill_body: bool = True

    def __post_init__(self) -> None:
        if self.labels.ndim != 3 or not self.labels.any():
            raise InputError(
                "The label map is empty or not three-dimensional.",
                remedy="Give a label map with at least one structure.",
            )

    @property
    def lattice(self) -> Lattice:
        """Voxel centres, mm."""
        axes = (
            (start + edge * np.arange(count)).astype(np.float32)
            for start, edge, count in zip(
                self.first_xyz_mm, self.spacing_kji_mm[::-1], self.labels.shape[::-1], strict=True
            )
        )
        x, y, z = axes
        return Lattice(x, y, z)


def table_of(rows: Sequence[Mapping[str, str]], naming: str) -> dict[int, LabelEntry]:
    """Return the table of a label map from rows of its list.

    Parameters
    ----------
    rows
        As a CSV reader gives them: ``organ_id, name, density_g_cm3`` (ICRP 110), ``label, side,
        kind, name`` (Visible Human), or ``label, name`` and perhaps ``tissue`` and ``hu``.
    naming
        ``icrp110``, ``visible_human``, ``totalsegmentator`` or ``plain``.
    """
    known_or_refused(naming, NAMINGS, what="naming of label maps")
    made = {"icrp110": _phantom_row, "visible_human": _dissected_row}.get(naming, _plain_row)
    try:
        return dict(made(row) for row in rows)
    except (KeyError, ValueError) as wrong:
        raise InputError(
            f"The table of labels does not look like {naming}'s: {type(wrong).__name__}.",
            remedy="Give its CSV with a header line, or another `names`.",
        ) from wrong


def _phantom_row(row: Mapping[str, str]) -> tuple[int, LabelEntry]:
    """ICRP 110: bones parted into cortex, spongiosa and marrow; HU from density elsewhere."""
    number, name = int(row["organ_id"]), row["name"]
    density = float(row["density_g_cm3"])
    bone = PARTS.sub("", name)
    slug = re.sub(r"[^a-z0-9]+", "_", bone.lower()).strip("_")
    if bone != name or slug == "teeth":
        return number, LabelEntry(slug, Tissue.BONE)
    hu = AIR + 20.0 if density < 0.1 else float(np.clip((density - 1.0) * 1000.0, AIR, 120.0))
    return number, LabelEntry(slug, _phantom_tissue(slug), hu)


def _phantom_tissue(slug: str) -> Tissue:
    words: tuple[tuple[Tissue, tuple[str, ...]], ...] = (
        (Tissue.MUSCLE, ("muscle",)),
        (Tissue.CARTILAGE, ("cartilage", "disc")),
        (Tissue.VESSEL, ("blood",)),
        (Tissue.AIRWAY, ("lung", "trachea", "bronchi", "air")),
        (Tissue.BOWEL, ("stomach", "intestine", "colon", "rectum", "oesophagus")),
        (Tissue.KIDNEY, ("kidney",)),
        (Tissue.URINARY, ("urinary", "ureter")),
        (Tissue.NERVOUS, ("brain", "spinal")),
        (Tissue.OTHER, ("adipose", "skin", "breast", "residual")),
    )
    for tissue, starts in words:
        if any(word in slug for word in starts):
            return tissue
    return Tissue.ORGAN


def _dissected_row(row: Mapping[str, str]) -> tuple[int, LabelEntry]:
    """Visible Human: side, kind and a name in camel case."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", row["name"]).lower()
    kinds = {"Bone": Tissue.BONE, "Muscle": Tissue.MUSCLE, "Cartilage": Tissue.CARTILAGE}
    tissue = kinds.get(row["kind"], Tissue.OTHER)
    hu = 75.0 if tissue is Tissue.OTHER else None
    return int(row["label"]), LabelEntry(f"{words}_{row['side'].lower()}", tissue, hu)


def _plain_row(row: Mapping[str, str]) -> tuple[int, LabelEntry]:
    name = row["name"]
    tissue = Tissue(row["tissue"]) if row.get("tissue") else tissue_of(name)
    hu = float(row["hu"]) if row.get("hu") else None
    return int(row["label"]), LabelEntry(name, tissue, hu)


def label_stage(
    source: LabelMap,
    *,
    spacing_kji_mm: tuple[float, float, float],
    shape_kji: tuple[int, int, int] | None = None,
    contrast: str = "none",
    position: str = "HFS",
) -> Stage:
    """Return a body made from a label map, and the map that lesions are planned on."""
    lattice = source.lattice
    low = np.array([lattice.x[0], lattice.y[0], lattice.z[0]], dtype=np.float64)
    high = np.array([lattice.x[-1], lattice.y[-1], lattice.z[-1]], dtype=np.float64)
    if shape_kji is None:
        counts = np.maximum(np.floor((high - low)[::-1] / spacing_kji_mm) + 1, 1)
        k, j, i = (int(n) for n in counts)
        shape_kji = (k, j, i)
    span = np.array(spacing_kji_mm)[::-1] * (np.array(shape_kji)[::-1] - 1)
    corner = (low + high) / 2.0 - span / 2.0
    view = field_of_view(corner.tolist(), shape_kji, spacing_kji_mm=spacing_kji_mm, size=1.0)
    source = _cropped(source, view.body)
    solids = _solids(source)
    tissues = {entry.name: entry.tissue for entry in source.table.values()}
    soft = _soft(source)
    body = Body(
        soft_tissue=partial(_paint_soft, soft=soft),
        bones=partial(_bones, solids=solids),
        age_years=None,
        sex=None,
        finish=partial(enhance, contrast=contrast),
        tissues=tissues,
        contrast=contrast != "none",
        position=position,
    )
    return Stage(body, view, _ground(source, soft, solids), 1.0)


def _cropped(source: LabelMap, view: Lattice) -> LabelMap:
    """Return the part of a label map that a scan shows, and a margin."""
    bounds = (np.array([view.x[0], view.y[0], view.z[0]]),
              np.array([view.x[-1], view.y[-1], view.z[-1]]))  # fmt: skip
    box = source.lattice.box(bounds, margin_mm=CROP_MARGIN_MM + max(source.spacing_kji_mm))
    if box is None:
        raise InputError("The scan lies beside the label map.", remedy="Give a smaller shape.")
    here = source.lattice.part(box)
    return replace(
        source,
        labels=source.labels[box],
        first_xyz_mm=(float(here.x[0]), float(here.y[0]), float(here.z[0])),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Soft:
    """What is not bone: HU and names on the map's own lattice."""

    lattice: Lattice
    hu: Sampled
    grain_hu: Sampled
    numbers: npt.NDArray[np.uint16]
    names: Mapping[int, str]
    body: npt.NDArray[np.bool_]


def _soft(source: LabelMap) -> _Soft:
    from scipy.ndimage import binary_closing, binary_fill_holes

    labels, lattice = source.labels, source.lattice
    body = labels > 0
    if source.fill_body:
        # Closed on a coarse copy: the gap between muscles is bridged, and time is not wasted.
        step = [max(1, round(CLOSE_VOXEL_MM / edge)) for edge in source.spacing_kji_mm]
        coarse = body[:: step[0], :: step[1], :: step[2]]
        wide = max(
            1,
            round(CLOSE_MM / max(e * n for e, n in zip(source.spacing_kji_mm, step, strict=True))),
        )
        closed = binary_closing(np.pad(coarse, wide), iterations=wide)[
            wide:-wide, wide:-wide, wide:-wide
        ]
        filled = np.stack([binary_fill_holes(plane) for plane in closed])
        k, j, i = (
            np.minimum(np.arange(n) // s, c - 1)
            for n, s, c in zip(body.shape, step, coarse.shape, strict=True)
        )
        body = body | filled[np.ix_(k, j, i)]
    top = int(labels.max()) + 1
    hu_table = np.full(top, FAT, dtype=np.float32)
    grain_table = np.full(top, 5.0, dtype=np.float32)
    for number, entry in source.table.items():
        if number >= top:
            continue
        # Under a bone lies soft tissue, so that its border is drawn from its own distance alone.
        under = MUSCLE if entry.tissue is Tissue.BONE else HU_OF[entry.tissue]
        hu_table[number] = under if entry.hu is None else entry.hu
        grain_table[number] = 30.0 if entry.tissue is Tissue.AIRWAY else 6.0
    hu = np.where(body, hu_table[labels], np.float32(AIR)).astype(np.float32)
    rind = body & ~_eroded(body)
    hu[rind & (labels == 0)] = SKIN
    grain = np.where(body, grain_table[labels], np.float32(0.0)).astype(np.float32)
    names = {n: e.name for n, e in source.table.items() if e.tissue is not Tissue.BONE}
    return _Soft(lattice, Sampled(hu, lattice), Sampled(grain, lattice),
                 labels.astype(np.uint16), names, body)  # fmt: skip


def _eroded(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    from scipy.ndimage import binary_erosion

    plane = np.zeros((3, 3, 3), dtype=bool)
    plane[1] = True
    eroded: npt.NDArray[np.bool_] = binary_erosion(mask, plane, border_value=1)
    return eroded


def _paint_soft(canvas: Canvas, *, soft: _Soft) -> None:
    mesh = canvas.lattice.mesh()
    canvas.hu[:] = soft.hu.distance(*mesh)
    canvas.hu[:] += soft.grain_hu.distance(*mesh) * canvas.palette.fibres.at(canvas.lattice)
    rows = [_nearest(known, wanted) for known, wanted in zip(
        (soft.lattice.z, soft.lattice.y, soft.lattice.x),
        (canvas.lattice.z, canvas.lattice.y, canvas.lattice.x), strict=True)]  # fmt: skip
    numbers = soft.numbers[np.ix_(*rows)]
    inside = soft.body[np.ix_(*rows)]
    table = np.zeros(int(soft.numbers.max()) + 1, dtype=np.uint8)
    for number in np.unique(numbers).tolist():
        if number in soft.names:
            table[number] = canvas.label(soft.names[number])
    canvas.labels[:] = np.where(inside, table[numbers], 0)
    canvas.body[:] = np.where(inside, -20.0, 20.0)


def _nearest(known: Float32, wanted: Float32) -> npt.NDArray[np.intp]:
    step = float(known[1] - known[0]) if known.size > 1 else 1.0
    at = np.rint((wanted - known[0]) / step).astype(np.intp)
    nearest: npt.NDArray[np.intp] = np.clip(at, 0, known.size - 1)
    return nearest


def _solids(source: LabelMap) -> dict[str, Sampled]:
    """Distance to every bone of a map, in its box."""
    from scipy.ndimage import distance_transform_edt, find_objects, gaussian_filter

    groups: dict[str, list[int]] = {}
    for number, entry in source.table.items():
        if entry.tissue is Tissue.BONE:
            groups.setdefault(entry.name, []).append(number)
    order = {name: index for index, name in enumerate(sorted(groups), start=1)}
    table = np.zeros(int(source.labels.max()) + 1, dtype=np.uint16)
    for name, numbers in groups.items():
        table[[n for n in numbers if n < table.size]] = order[name]
    bones = table[source.labels]
    found = find_objects(bones)
    margin = [int(np.ceil(MARGIN_MM / edge)) + 1 for edge in source.spacing_kji_mm]
    lattice = source.lattice
    made = {}
    for name, index in order.items():
        where = found[index - 1] if index <= len(found) else None
        if where is None:
            continue
        k, j, i = (
            slice(max(0, s.start - m), min(n, s.stop + m))
            for s, m, n in zip(where, margin, bones.shape, strict=True)
        )
        mask = bones[k, j, i] == index
        # Marrow cavities that a map leaves unlabelled lie inside the bone.
        outer = distance_transform_edt(~mask, source.spacing_kji_mm)
        inner = distance_transform_edt(mask, source.spacing_kji_mm)
        half = 0.5 * float(np.mean(source.spacing_kji_mm))
        signed = np.where(mask, half - inner, outer - half).astype(np.float32)
        smooth = gaussian_filter(signed, SMOOTH_VOXELS)
        made[name] = Sampled(smooth, lattice.part((k, j, i)))
    return made


def _bones(lattice: Lattice, *, solids: Mapping[str, Sampled]) -> list[Bone]:
    bones = []
    for name, solid in solids.items():
        box = lattice.box(solid.bounds, margin_mm=0.0)
        if box is None:
            continue
        distance = solid.distance(*lattice.part(box).mesh())
        bones.append(Bone(name, box, distance, make_of(name)))
    return bones


def make_of(name: str) -> BoneMake:
    """Tell by a bone's name how thick its cortex is and how dense its inside."""
    words: tuple[tuple[tuple[str, ...], BoneMake], ...] = (
        (("femur", "femora", "tibia"), BoneMake(cortex_mm=2.4, spongiosa_mg_cm3=150.0)),
        (("humer", "radi", "ulna", "fibula"), BoneMake(cortex_mm=2.0, spongiosa_mg_cm3=130.0)),
        (("skull", "cranium", "mandible"), BoneMake(cortex_mm=2.0, spongiosa_mg_cm3=300.0)),
        (("teeth",), BoneMake(cortex_mm=4.0, spongiosa_mg_cm3=900.0)),
        (("vertebra", "spine", "sacrum"), BoneMake(cortex_mm=1.0, spongiosa_mg_cm3=170.0)),
    )
    for starts, make in words:
        if any(word in name for word in starts):
            return make
    return BoneMake(cortex_mm=SHELL_MM, spongiosa_mg_cm3=140.0)


def _ground(source: LabelMap, soft: _Soft, solids: Mapping[str, Sampled]) -> Ground:
    names: dict[str, int] = {}
    table = np.zeros(int(source.labels.max()) + 1, dtype=np.uint16)
    for number, entry in sorted(source.table.items()):
        if number < table.size:
            table[number] = names.setdefault(entry.name, len(names) + 1)
    steps = [max(1, round(PLAN_MM / edge)) for edge in source.spacing_kji_mm]
    k, j, i = (slice(step // 2, None, step) for step in steps)
    whole = source.lattice
    lattice = Lattice(whole.x[i], whole.y[j], whole.z[k])
    labels, body = table[source.labels[k, j, i]], soft.body[k, j, i]
    shown = {name: n for name, n in names.items() if (labels == n).any()}
    tissue = {entry.name: entry.tissue for entry in source.table.values()}

    def parts(here: Lattice) -> list[tuple[str, Box, Float32]]:
        return [(b.name, b.box, b.distance) for b in _bones(here, solids=solids)]

    hollow = frozenset(name for name in shown if tissue[name] in CLOSED)
    taken = np.isin(labels, [shown[name] for name in hollow])
    return Ground(
        lattice=lattice,
        labels=labels,
        names=shown,
        bones=frozenset(name for name in solids if name in shown),
        hollow=hollow,
        body=body,
        air=air_distance(body, taken, lattice),
        bone_parts=parts,
    )
