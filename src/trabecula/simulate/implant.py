"""Lesions put into a real CT, so that they cannot be told from it by their look.

Only a difference is added: how much the lesion's HU differ from the tissue that is there, blurred
as the scan itself is. The host's noise and streaks stay as they are, and outside the blurred
difference not one voxel changes.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from trabecula.errors import InputError
from trabecula.model import Anatomy, Box, Float32, Float64, Grid, Mask, Tissue, Volume, frozen
from trabecula.simulate.canvas import Palette, coverage, mixed_palette
from trabecula.simulate.edge import edge_fwhm_mm
from trabecula.simulate.ground import Ground, air_distance
from trabecula.simulate.growths.forms import Sampled, point
from trabecula.simulate.growths.growth import Growth, Substance
from trabecula.simulate.lattice import Lattice
from trabecula.simulate.lesions import Deposit
from trabecula.simulate.patient import TrueLesion
from trabecula.simulate.planting import LesionRequest, plant
from trabecula.simulate.scanner import LARGEST_HU, Scanner, blurred_slab
from trabecula.simulate.scenes import CLOSED
from trabecula.simulate.shapes import Point
from trabecula.simulate.tissue import mineralised_hu
from trabecula.simulate.truth import Tally, bodies_of

PLAN_MM = 3.5
"""Voxel of the map that lesions are planned on."""
BONE_HU = 200.0
"""Bone where no label map names it."""
BONE_SHARE = 0.3
"""Part of a planning voxel that must be bone."""
BODY_HU = -300.0
"""Patient against air."""
NO_NAME = "bone"
"""What bones are called where no label map names them."""
SMOOTH_MM = 1.8
"""SD over which the host's tissue is averaged below a lesion: anatomy stays, noise goes."""
BLUR_MARGIN = 3.0
"""Point spreads round a lesion in which the image changes."""
OTHER_KVP = 120.0
"""Tube voltage where the header does not say."""


@dataclass(frozen=True, slots=True, eq=False)
class Implanted:
    """What is true of an implanted lesion.

    Attributes
    ----------
    lesion
        The truth; its id is that of the request's order.
    box, mask
        Where it lies in the volume.
    """

    lesion: TrueLesion
    box: Box
    mask: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Host:
    """A real scan, looked at once, into which lesions are put.

    Attributes
    ----------
    lattice
        Its voxels, mm along its own axes from its first voxel.
    ground
        Map that lesions are planned on.
    bones
        Number and name of its bones in ``bone_labels``.
    bone_labels : (k, j, i) uint8 or uint16
        Bones of the whole scan.
    scanner
        Its point spread and slice profile; no noise is added.
    """

    lattice: Lattice
    ground: Ground
    bones: Mapping[int, str]
    bone_labels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
    scanner: Scanner


def host_of(
    volume: Volume, anatomy: Anatomy | None = None, *, edge_mm: float | None = None
) -> Host:
    """Look at a scan before lesions are put into it.

    Parameters
    ----------
    anatomy
        Names of its structures; without it bones are found by their density and are called
        ``bone``, and places can only be given as points.
    edge_mm
        Width (FWHM) of its blur in the slice; measured on its skin unless given.
    """
    spacing = volume.spacing_kji_mm
    z, y, x = (
        (edge * np.arange(count)).astype(np.float32)
        for edge, count in zip(spacing, volume.hu.shape, strict=True)
    )
    lattice = Lattice(x, y, z)
    if anatomy is None:
        bones: Mapping[int, str] = {1: NO_NAME}
        bone_labels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16] = _dense_bone(volume)
    else:
        bones = {s.label: s.name for s in anatomy.structures if s.tissue is Tissue.BONE}
        native = np.zeros(int(np.iinfo(anatomy.labels.dtype).max) + 1, dtype=anatomy.labels.dtype)
        native[list(bones)] = list(bones)
        bone_labels = native[anatomy.labels]
    blur = edge_fwhm_mm(volume) if edge_mm is None else edge_mm
    kvp = volume.acquisition.kvp or OTHER_KVP
    scanner = Scanner(
        kvp=float(np.clip(kvp, 80.0, 140.0)),
        blur_fwhm_mm=float(np.clip(blur, 0.3, 5.0)),
        noise_sd_hu=0.0,
        slice_thickness_mm=_thickness(volume),
    )
    ground = _ground(volume, lattice, anatomy, bones=bones, bone_labels=bone_labels)
    return Host(lattice, ground, bones, bone_labels, scanner)


def implant(
    volume: Volume,
    lesion: LesionRequest,
    *,
    rng: np.random.Generator,
    host: Host | None = None,
    anatomy: Anatomy | None = None,
    variant: str = "train",
    down: Point = (0.0, 1.0, 0.0),
    first_id: int = 1,
) -> tuple[Volume, tuple[Implanted, ...]]:
    """Put a lesion into a real scan.

    Parameters
    ----------
    lesion
        Its model, parameters, contact and place; points are LPS, mm.
    rng
        Decides shape and place; the same state gives the same bytes.
    host
        What :func:`host_of` made of the scan; looked at now unless given.
    variant
        Which generator: ``train`` or ``judge``.
    down
        Unit vector of gravity, LPS.

    Returns
    -------
    Volume
        The scan with the lesion. It bears no identifiers of the host's series.
    tuple of Implanted
        The truth: one entry for each body that the model makes.
    """
    ready = host_of(volume, anatomy) if host is None else host
    seed = int(rng.integers(1 << 31))
    growths = plant(
        _in_host(lesion, volume.grid),
        ready.ground,
        variant=variant,
        seed=seed,
        down=point(_turn(volume.grid).T @ np.asarray(down)),
    )
    hu = volume.hu.copy()
    palette = mixed_palette(volume.spacing_kji_mm, kvp=ready.scanner.kvp, seed=seed % 100_000)
    made = [
        _put(hu, growth, ready, palette, grid=volume.grid, number=first_id + index)
        for index, growth in enumerate(growths)
    ]
    shown = tuple(one for one in made if one is not None)
    if not shown:
        raise InputError("The lesion lies outside the scan.", remedy="Choose another place.")
    acquisition = replace(
        volume.acquisition,
        kind="simulated",
        sha256=hashlib.sha256(hu.data).hexdigest(),
        study_instance_uid=None,
        series_instance_uid=None,
        frame_of_reference_uid=None,
        instance_uids=(),
    )
    return replace(volume, hu=hu, acquisition=acquisition), shown


def _put(
    hu: npt.NDArray[np.int16],
    growth: Growth,
    host: Host,
    palette: Palette,
    *,
    grid: Grid,
    number: int,
) -> Implanted | None:
    """Add one body to an image, in place, and return its truth."""
    spread = BLUR_MARGIN * max(host.scanner.blur_fwhm_mm, host.lattice.spacing_kji_mm[0])
    box = host.lattice.box(growth.shape.bounds, margin_mm=2.0 + spread)
    if box is None:
        return None
    here = host.lattice.part(box)
    distance, inside = growth.substance(here, palette)
    covered = coverage(distance, here.edge_mm)
    labels = host.bone_labels[box]
    native = labels > 0
    there = hu[box].astype(np.float32)
    change = _difference(there, covered, inside, native=native, here=here, kvp=host.scanner.kvp)
    if growth.neck is not None:
        opening = coverage(growth.neck.shape.distance(*here.mesh()), here.edge_mm) * native
        change += opening * (growth.neck.hu(host.scanner.kvp) - there)
    change[np.abs(change) < 0.05] = 0.0
    there += blurred_slab(change, here, host.scanner)
    hu[box] = np.clip(np.rint(there), -32768, max(LARGEST_HU, int(hu[box].max())))
    mask = (covered > 0.5) & ~native
    if not mask.any():
        return None
    deposit = Deposit(
        box, covered > 0.5, covered * inside.mineral_mg_cm3, mask & (inside.compact > 0.5)
    )
    tally = Tally(growth)
    first = (box[0].start, box[1].start, box[2].start)
    tally.add(deposit, mask, part=slice(0, mask.shape[0]), first=first)
    tally.meet(deposit.mask, labels, host.bones)
    return Implanted(tally.lesion(number, grid, bodies=bodies_of(mask)), box, frozen(mask))


def _difference(
    there: Float32, covered: Float32, inside: Substance, *, native: Mask, here: Lattice, kvp: float
) -> Float32:
    """Return what a lesion adds before the blur: its HU less those of the tissue it replaces."""
    from scipy.ndimage import binary_dilation, gaussian_filter

    soft = (~native).astype(np.float32)
    sigma = [SMOOTH_MM / edge for edge in here.spacing_kji_mm]
    weight = gaussian_filter(soft, sigma)
    # Tissue alone, without the bones beside it.
    local = gaussian_filter(there * soft, sigma) / np.maximum(weight, 1e-3)
    slope = np.float32(mineralised_hu(0.0, 1.0, kvp))
    wanted = inside.matrix_hu + slope * inside.mineral_mg_cm3
    change: Float32 = (covered * soft * (wanted - local)).astype(np.float32)
    # Beside a bone the voxels are partly bone: there a lesion never takes density away.
    rim = binary_dilation(native) & ~native
    change[rim] = np.maximum(change[rim], 0.0)
    return change


def _in_host(lesion: LesionRequest, grid: Grid) -> LesionRequest:
    """Return a request with its points along the axes of the scan."""
    spacing = grid.spacing_kji_mm

    def moved(place: Point) -> Point:
        return point((grid.to_index_kji(place) * spacing)[::-1])

    at = None if lesion.at is None else moved(lesion.at)
    along = None if lesion.along is None else point(_turn(grid).T @ np.asarray(lesion.along))
    return replace(lesion, at=at, along=along, path=tuple(moved(p) for p in lesion.path))


def _turn(grid: Grid) -> Float64:
    """Axes i, j, k of a grid as columns, LPS."""
    axes = grid.affine_kji_to_lps[:3, :3] / grid.spacing_kji_mm
    turned: Float64 = axes[:, ::-1]
    return turned


def _thickness(volume: Volume) -> float:
    thick = volume.acquisition.slice_thickness_mm or volume.spacing_kji_mm[0]
    return float(np.clip(thick, 0.3, 10.0))


def _dense_bone(volume: Volume) -> npt.NDArray[np.uint8]:
    """Bone by density, its marrow filled in each slice."""
    from scipy.ndimage import binary_closing, binary_fill_holes

    bone = np.zeros(volume.hu.shape, dtype=np.uint8)
    for k, plane in enumerate(volume.hu):
        dense = plane > BONE_HU
        if dense.any():
            bone[k] = binary_fill_holes(binary_closing(dense, iterations=1)) | dense
    return bone


def _ground(
    volume: Volume,
    lattice: Lattice,
    anatomy: Anatomy | None,
    *,
    bones: Mapping[int, str],
    bone_labels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16],
) -> Ground:
    from scipy.ndimage import binary_opening, label

    steps = [max(1, round(PLAN_MM / edge)) for edge in lattice.spacing_kji_mm]
    k, j, i = (slice(step // 2, None, step) for step in steps)
    coarse = Lattice(lattice.x[i], lattice.y[j], lattice.z[k])
    body = binary_opening(volume.hu[k, j, i] > BODY_HU, iterations=1)
    found, count = label(body)
    if not count:
        raise InputError("The scan shows no body.", remedy="Give a CT of a patient.")
    body = found == 1 + int(np.argmax(np.bincount(found.ravel())[1:]))
    if anatomy is None:
        labels = (bone_labels[k, j, i] > 0).astype(np.uint8)
        names, hollow = {NO_NAME: 1}, frozenset[str]()
    else:
        labels = np.asarray(anatomy.labels[k, j, i])
        there = set(np.unique(labels).tolist())
        names = {s.name: s.label for s in anatomy.structures if s.label in there}
        hollow = frozenset(s.name for s in anatomy.structures if s.tissue in CLOSED) & set(names)
    taken = np.isin(labels, [names[name] for name in hollow])

    def parts(here: Lattice) -> list[tuple[str, Box, Float32]]:
        return _bone_parts(bone_labels, lattice, here, bones)

    return Ground(
        lattice=coarse,
        labels=labels,
        names=names,
        bones=frozenset(bones.values()) & set(names),
        hollow=hollow,
        body=body,
        air=air_distance(body, taken, coarse),
        bone_parts=parts,
    )


def _bone_parts(
    bone_labels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16],
    lattice: Lattice,
    here: Lattice,
    bones: Mapping[int, str],
) -> list[tuple[str, Box, Float32]]:
    """Distance to each bone at a lattice, from the labels of the scan."""
    import edt

    bounds = (
        np.array([here.x[0], here.y[0], here.z[0]]),
        np.array([here.x[-1], here.y[-1], here.z[-1]]),
    )
    box = lattice.box(bounds, margin_mm=4.0)
    if box is None:
        return []
    whole = (slice(0, here.z.size), slice(0, here.y.size), slice(0, here.x.size))
    spacing = lattice.spacing_kji_mm
    half = np.float32(0.5 * float(np.mean(spacing)))
    made: list[tuple[str, Box, Float32]] = []
    for number in np.unique(bone_labels[box]).tolist():
        if number not in bones:
            continue
        bone = bone_labels[box] == number
        outer = edt.edt(~bone, anisotropy=spacing, black_border=False)
        inner = edt.edt(bone, anisotropy=spacing, black_border=False)
        signed = np.where(bone, half - inner, outer - half).astype(np.float32)
        at_lattice = Sampled(signed, lattice.part(box)).distance(*here.mesh())
        made.append((bones[number], whole, at_lattice))
    return made
