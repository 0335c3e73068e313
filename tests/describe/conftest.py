"""Analytic phantoms, blurred and noisy like a CT, with the lesion outlined as seeing would."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import ndimage

from trabecula.describe import describe
from trabecula.model import (
    Acquisition,
    Anatomy,
    Border,
    DescribedLesion,
    Grid,
    Lesion,
    Noise,
    Region,
    Seen,
    Side,
    Structure,
    Tissue,
    Volume,
)

FINE_MM = 0.5
SOFT, FAT, MARROW, CORTEX = 50.0, -100.0, 180.0, 1250.0
FWHM_MM = 1.2


@dataclass(frozen=True)
class Scene:
    seen: Seen
    volume: Volume
    truth_ml: float


Painter = Callable[[np.ndarray, np.ndarray, np.ndarray], Mapping[str, np.ndarray]]


def scene(
    paint: Painter,
    *,
    size_mm: tuple[float, float, float] = (34.0, 34.0, 34.0),
    pixel_mm: float = 1.0,
    slice_mm: float = 1.0,
    noise_sd: float = 15.0,
    seed: int = 1,
    position: str | None = "HFS",
    bones: Mapping[str, Tissue] | None = None,
    threshold_hu: float = 150.0,
    offset_hu: float = 0.0,
    region: Region | None = Region.THIGH,
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Scene:
    """Render ``paint(z, y, x) -> {"hu": fine HU, "lesion": fine mask, structure name: fine mask}``.

    The lesion mask is what lies above the threshold near the painted lesion, holes filled.
    """
    steps = (max(1, round(slice_mm / FINE_MM)), max(1, round(pixel_mm / FINE_MM)))
    fk, fj = steps
    shape = (
        int(size_mm[0] / slice_mm) * fk,
        int(size_mm[1] / pixel_mm) * fj,
        int(size_mm[2] / pixel_mm) * fj,
    )
    fine = (slice_mm / fk, pixel_mm / fj, pixel_mm / fj)
    z, y, x = np.meshgrid(
        *[
            (np.arange(n) - (n - 1) / 2) * s + d
            for n, s, d in zip(shape, fine, shift_mm, strict=True)
        ],
        indexing="ij",
    )
    painted = dict(paint(z, y, x))
    sigma = FWHM_MM / 2.3548
    blurred = ndimage.gaussian_filter(painted["hu"].astype(np.float32), [sigma / s for s in fine])
    small = (shape[0] // fk, shape[1] // fj, shape[2] // fj)

    def binned(field: np.ndarray) -> np.ndarray:
        return field.reshape(small[0], fk, small[1], fj, small[2], fj).mean(axis=(1, 3, 5))

    rng = np.random.default_rng(seed)
    grain = ndimage.gaussian_filter(rng.standard_normal(small), (0, 0.6, 0.6))
    hu = np.round(binned(blurred) + noise_sd * grain / grain.std() + offset_hu).astype(np.int16)
    affine = np.zeros((4, 4))
    affine[0, 2], affine[1, 1], affine[2, 0], affine[3, 3] = pixel_mm, pixel_mm, slice_mm, 1
    grid = Grid(affine, small)
    labels = np.zeros(small, np.uint8)
    structures = []
    for number, (name, tissue) in enumerate((bones or {}).items(), start=1):
        labels[binned(painted[name].astype(np.float32)) >= 0.5] = number
        structures.append(Structure(number, name, tissue))
    truth = binned(painted["lesion"].astype(np.float32))
    near = ndimage.binary_dilation(truth > 0.02, iterations=1)
    mask = near & (hu > threshold_hu + offset_hu) & (labels == 0)
    mask |= (truth > 0.98) & (labels == 0)
    mask = ndimage.binary_fill_holes(mask)
    volume = Volume(
        hu,
        grid,
        Acquisition("simulated", "0" * 64, patient_position=position, slice_thickness_mm=slice_mm),
    )
    seen = Seen(
        anatomy=Anatomy(labels, tuple(structures), "label map", "", True),
        noise=Noise(
            SOFT + offset_hu,
            max(noise_sd, 1.0),
            threshold_hu + offset_hu,
            edge_width_mm=FWHM_MM,
            cortex_hu=CORTEX + offset_hu,
            marrow_hu=MARROW + offset_hu,
        ),
        lesions=(lesion_of(mask, grid, threshold_hu, region),),
        set_aside=(),
        evaluable=dict.fromkeys(Region, True),
    )
    return Scene(seen, volume, float(truth.sum()) * grid.voxel_ml)


def lesion_of(
    mask: np.ndarray, grid: Grid, threshold_hu: float, region: Region | None, number: int = 1
) -> Lesion:
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    where = np.argwhere(mask)
    centroid = grid.to_lps_mm(where.mean(0))
    corners = grid.to_lps_mm(np.array([where.min(0), where.max(0)]))
    return Lesion(
        number,
        mask[box].copy(),
        box,
        region,
        Side.LEFT,
        tuple(centroid.tolist()),
        tuple([*corners.min(0).tolist(), *corners.max(0).tolist()]),
        Border.CLEAR,
        threshold_hu,
    )


@pytest.fixture
def render() -> Callable[..., Scene]:
    return scene


@pytest.fixture
def measure() -> Callable[[Scene], DescribedLesion]:
    return lambda scene: describe(scene.seen, scene.volume)[0]


def _grain(shape: tuple[int, ...], mm: float, seed: int) -> np.ndarray:
    field = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    smooth = ndimage.gaussian_filter(field, mm / FINE_MM)
    return smooth / smooth.std()


class Paint:
    """Painters of lesions with known truth; lengths in mm, levels in HU."""

    @staticmethod
    def sphere(diameter: float, level: float = 600.0) -> Painter:
        def paint(z, y, x):
            inside = z * z + y * y + x * x <= (diameter / 2) ** 2
            return {"hu": np.where(inside, level, SOFT), "lesion": inside}

        return paint

    @staticmethod
    def ossicle(
        diameter: float,
        rim: float = 1.2,
        core: float = 120.0,
        grain: float = 200.0,
        cortex: float = CORTEX,
    ) -> Painter:
        def paint(z, y, x):
            r = np.sqrt(z * z + y * y + x * x)
            inside = r <= diameter / 2
            marrow = core + grain * _grain(z.shape, 0.8, 3)
            hu = np.where(inside, np.where(r > diameter / 2 - rim, cortex, marrow), SOFT)
            return {"hu": hu, "lesion": inside}

        return paint

    @staticmethod
    def eggshell(diameter: float, rim: float = 1.2, core: float = 15.0) -> Painter:
        """A thin round shell of calcium around fluid."""

        def paint(z, y, x):
            r = np.sqrt(z * z + y * y + x * x)
            inside = r <= diameter / 2
            hu = np.where(inside, np.where(r > diameter / 2 - rim, 900.0, core), SOFT)
            return {"hu": hu, "lesion": inside}

        return paint

    @staticmethod
    def leaning_shell() -> Painter:
        """Bone with marrow whose flat side lies on a plate of native bone."""

        def paint(z, y, x):
            bone = x < -8.0
            inside = (z / 12) ** 2 + (y / 9) ** 2 + ((x + 6) / 11) ** 2 <= 1
            core = (z / 10.7) ** 2 + (y / 7.7) ** 2 + ((x + 6) / 9.7) ** 2 <= 1
            hu = np.where(inside, np.where(core, 60.0, 950.0), SOFT)
            hu = np.where(bone, CORTEX, hu)
            return {"hu": hu, "lesion": inside & ~bone, "femur_left": bone}

        return paint

    @staticmethod
    def fading(diameter: float, fade: float, level: float = 600.0) -> Painter:
        """A ball whose mineral thins out evenly toward its border."""

        def paint(z, y, x):
            depth = diameter / 2 - np.sqrt(z * z + y * y + x * x)
            mineral = np.clip(depth / fade, 0.0, 1.0)
            return {"hu": SOFT + (level - SOFT) * mineral, "lesion": depth >= 0.0}

        return paint

    @staticmethod
    def dense_centre(diameter: float) -> Painter:
        def paint(z, y, x):
            r = np.sqrt(z * z + y * y + x * x)
            inside = r <= diameter / 2
            return {"hu": np.where(inside, 900 - 50 * r, SOFT), "lesion": inside}

        return paint

    @staticmethod
    def trabeculae(diameter: float) -> Painter:
        def paint(z, y, x):
            inside = z * z + y * y + x * x <= (diameter / 2) ** 2
            hu = np.where(inside, 300 + 250 * _grain(z.shape, 0.6, 3), SOFT)
            return {"hu": hu, "lesion": inside}

        return paint

    @staticmethod
    def veil() -> Painter:
        def paint(z, y, x):
            inside = (z / 14) ** 2 + (y / 8) ** 2 + (x / 8) ** 2 <= 1
            return {"hu": np.where(inside, 170, SOFT), "lesion": inside}

        return paint

    @staticmethod
    def rings() -> Painter:
        def paint(z, y, x):
            whole = np.zeros(z.shape, bool)
            lucent = whole.copy()
            for a in (-7, 0, 7):
                for b in (-7, 0, 7):
                    for c in (-3.5, 3.5):
                        r = np.sqrt((z - c) ** 2 + (y - a) ** 2 + (x - b) ** 2)
                        whole |= r <= 4.0
                        lucent |= r < 2.7
            hu = np.where(whole & ~lucent, 700, np.where(whole, 60, SOFT))
            return {"hu": hu, "lesion": whole}

        return paint

    @staticmethod
    def plate(width: float, thick: float) -> Painter:
        def paint(z, y, x):
            inside = (abs(z) < width / 2) & (abs(x) < width / 2)
            inside &= abs(y - 4 * np.cos(x / 20)) < thick / 2
            return {"hu": np.where(inside, 500, SOFT), "lesion": inside}

        return paint

    @staticmethod
    def tube(radius: float = 6.0, wall: float = 1.5) -> Painter:
        def paint(z, y, x):
            r = np.hypot(y, x)
            inside = (r < radius) & (r > radius - wall) & (abs(z) < 15)
            return {"hu": np.where(inside, 700, SOFT), "lesion": inside}

        return paint

    @staticmethod
    def two_lines(gap: float = 6.0, turn_degrees: float = 0.0) -> Painter:
        """Two thin lines of mineral, as a vessel seen lengthwise shows them."""

        def paint(z, y, x):
            angle = np.radians(turn_degrees)
            along = z * np.cos(angle) + x * np.sin(angle)
            off = x * np.cos(angle) - z * np.sin(angle)
            first = (np.hypot(y, x + gap / 2) < 1.1) & (abs(z) < 12)
            second = (np.hypot(y, off - gap / 2) < 1.1) & (abs(along) < 12)
            inside = first | second
            return {"hu": np.where(inside, 900, SOFT), "lesion": inside}

        return paint

    @staticmethod
    def lobules(*, level: bool) -> Painter:
        def paint(z, y, x):
            inside = np.zeros(z.shape, bool)
            hu = np.full(z.shape, SOFT)
            for a, b, c in ((0, 0, 0), (8, 6, 0), (-9, 5, 3), (0, -9, 8), (3, 2, -12)):
                ball = np.sqrt((z - a) ** 2 + (y - b) ** 2 + (x - c) ** 2) < 6.5
                inside |= ball
                hu[ball] = np.where((y > b)[ball], 700, 250) if level else 550
            return {"hu": hu, "lesion": inside}

        return paint

    @staticmethod
    def flecks() -> Painter:
        def paint(z, y, x):
            inside = np.zeros(z.shape, bool)
            for a, b, c in np.random.default_rng(0).uniform(-12, 12, (22, 3)):
                inside |= np.sqrt((z - a) ** 2 + (y - b) ** 2 + (x - c) ** 2) < 1.6
            return {"hu": np.where(inside, 800, SOFT), "lesion": inside}

        return paint

    @staticmethod
    def bridge(*, open_marrow: bool) -> Painter:
        """Bone with marrow between two long bones, through or up to their cortex."""

        def paint(z, y, x):
            hu = np.full(z.shape, SOFT)
            lesion = (z / 8) ** 2 + (y / 8) ** 2 + (x / 22) ** 2 <= 1
            core = (z / 6.5) ** 2 + (y / 6.5) ** 2 + (x / 30) ** 2 < 1
            hu = np.where(lesion, np.where(core, 100 + 60 * _grain(z.shape, 0.8, 3), 1000), hu)
            bones = {}
            for name, centre in (("femur_left", -20), ("hip_left", 20)):
                r = np.hypot(y, x - centre)
                bones[name] = r < 8
                gate = open_marrow & (np.hypot(z, y) < 4) & (abs(x) < 20)
                native = np.where((r < 5.5) | gate, 80.0, CORTEX)
                hu = np.where(bones[name], native, hu)
                lesion &= ~bones[name]
            return {"hu": hu, "lesion": lesion, **bones}

        return paint

    @staticmethod
    def mantle(degrees: float, gap: float = 0.0) -> Painter:
        def paint(z, y, x):
            r = np.hypot(y, x)
            bone = r < 8
            angle = np.degrees(np.arctan2(y, x))
            lesion = (r >= 8 + gap) & (r < 14 + gap) & (abs(z) < 12) & (abs(angle) < degrees / 2)
            hu = np.where(bone, np.where(r < 5.5, 80, CORTEX), np.where(lesion, 700, SOFT))
            return {"hu": hu, "lesion": lesion, "femur_left": bone}

        return paint


@pytest.fixture
def paint() -> type[Paint]:
    return Paint


@pytest.fixture
def presence() -> Callable[[DescribedLesion, str], str]:
    return lambda lesion, name: next(s for s in lesion.signs if s.name == name).presence.value


@pytest.fixture
def signs() -> Callable[[Scene], dict[str, str]]:
    """Presence of every sign of the scene's lesion, by name."""
    return lambda scene: {
        s.name: s.presence.value for s in describe(scene.seen, scene.volume)[0].signs
    }
