"""Real scans: free of lesions but for what is known of them, and hosts of implants.

They are read where they lie and never copied. What is truly there (a calcified node in the thorax)
is listed here with its place, so that finding it is no false alarm.
"""

import tempfile
import zipfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from trabecula.errors import InputError
from trabecula.model import Anatomy, Volume
from trabecula.validate.condition import Case, Condition
from trabecula.validate.journal import Row
from trabecula.validate.judging import judged

THORAX, PELVIS = "ct/thorax_shoulder_1mm.zip", "ct/ts_abdomen_pelvis"

KNOWN_MM = 8.0
"""A found lesion this near to one that is known to be there is no false alarm."""

KNOWN = {THORAX: ((-28.3, 148.8, -456.6),), PELVIS: ()}
"""Mineral that is truly outside the skeleton, LPS, mm: a probable calcified node right of the
trachea. First reading, not a radiologist's."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A way to make another normal scan of a real one.

    Attributes
    ----------
    scan
        Which.
    low, high
        Part of each axis kept, ``(k, j, i)``, 0 to 1.
    average
        Slices averaged to one.
    noise_hu
        Noise added.
    """

    scan: str
    low: tuple[float, float, float] = (0.0, 0.0, 0.0)
    high: tuple[float, float, float] = (1.0, 1.0, 1.0)
    average: int = 1
    noise_hu: float = 0.0


CUTS = {
    "thorax whole": Cut(THORAX),
    "thorax 3 mm": Cut(THORAX, average=3),
    "thorax 5 mm": Cut(THORAX, average=5),
    "shoulders": Cut(THORAX, low=(0.5, 0.0, 0.0)),
    "lower thorax": Cut(THORAX, high=(0.5, 1.0, 1.0)),
    "right half": Cut(THORAX, low=(0.2, 0.1, 0.0), high=(1.0, 0.9, 0.5)),
    "left half, low dose": Cut(
        THORAX, low=(0.2, 0.1, 0.5), high=(1.0, 0.9, 1.0), average=2, noise_hu=25.0
    ),
    "abdomen and pelvis": Cut(PELVIS),
    "hips": Cut(PELVIS, high=(0.55, 1.0, 1.0)),
}
"""By the word that a case's ``kind`` gives."""


def normal_cases(first: int, *, variant: str, data: Path | None) -> list[Case]:
    """Cases of the real scans that are there."""
    if data is None:
        return []
    return [
        Case(
            "normal",
            1000 + n,
            first + 1000 + n,
            kind=f"real: {name}",
            variant=variant,
            lesions=0,
            data=str(data),
        )
        for n, (name, cut) in enumerate(CUTS.items())
        if (data / cut.scan).exists()
    ]


def judge_real(case: Case) -> list[Row]:
    """Analyse a real scan and count what is called that is not there."""
    cut = CUTS[case.kind.removeprefix("real: ")]
    volume, anatomy = opened(cut.scan, case.data)
    volume, anatomy = trimmed(volume, anatomy, cut, seed=case.seed)
    k, j, _ = volume.spacing_kji_mm
    condition = Condition(slice_mm=round(k, 3), pixel_mm=round(j, 3), noise_hu=cut.noise_hu)
    ways = [None] if anatomy is None else [anatomy, None]
    return [less_known(judged(volume, (), {}, condition, way), cut.scan) for way in ways]


def less_known(row: Row, scan: str) -> Row:
    """Take away alarms at mineral that is known to be there."""
    row["alarms"] = [
        alarm
        for alarm in row["alarms"]
        if all(
            np.linalg.norm(np.subtract(alarm["centroid_lps_mm"], at)) > KNOWN_MM
            for at in KNOWN[scan]
        )
    ]
    return row


@cache
def opened(scan: str, data: str) -> tuple[Volume, Anatomy | None]:
    """Read a real scan, with its label map where it has one."""
    from trabecula.read import read, read_anatomy

    path = Path(data) / scan
    if path.suffix == ".zip":
        with tempfile.TemporaryDirectory() as folder:
            zipfile.ZipFile(path).extractall(folder)
            return read(Path(folder)), None
    volume = read(path / "ct.nii.gz")
    return volume, read_anatomy(path / "seg", volume)


def trimmed(
    volume: Volume, anatomy: Anatomy | None, cut: Cut, *, seed: int
) -> tuple[Volume, Anatomy | None]:
    """Cut a scan to a part of it, average slices, add noise."""
    shape = np.asarray(volume.hu.shape)
    low = np.rint(np.multiply(cut.low, shape)).astype(int)
    high = np.rint(np.multiply(cut.high, shape)).astype(int)
    count = (high[0] - low[0]) // cut.average
    if count < 1:
        raise InputError("Nothing is left of the scan.", remedy="Keep more slices.")
    high[0] = low[0] + count * cut.average
    k, j, i = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    part = volume.hu[k, j, i].reshape(count, cut.average, high[1] - low[1], high[2] - low[2])
    image = part.mean(axis=1, dtype=np.float32)
    if cut.noise_hu:
        random = np.random.default_rng(seed)
        image += cut.noise_hu * random.standard_normal(image.shape, dtype=np.float32)
    hu = np.rint(image).clip(-1024, 3071).astype(np.int16)
    grid = volume.grid.crop((k, j, i))
    affine = grid.affine_kji_to_lps.copy()
    affine[:3, 3] = grid.to_lps_mm([(cut.average - 1) / 2.0, 0.0, 0.0])
    affine[:3, 0] *= cut.average
    grid = type(grid)(affine, (hu.shape[0], hu.shape[1], hu.shape[2]))
    circle = None if volume.scan_circle is None else volume.scan_circle[j, i].copy()
    less = replace(volume, hu=hu, grid=grid, scan_circle=circle)
    if anatomy is None:
        return less, None
    labels = anatomy.labels[k, j, i][cut.average // 2 :: cut.average].copy()
    return less, replace(anatomy, labels=labels)
