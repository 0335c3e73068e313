"""What is known of the two real scans, seen."""

import csv
import zipfile
from pathlib import Path

import numpy as np
import pytest

from trabecula.model import Kind, Region, Seen, SetAside, Side
from trabecula.read import read, read_anatomy
from trabecula.see import see

pytestmark = [pytest.mark.shared_data, pytest.mark.slow]

NEAR_MM = 6.0


@pytest.fixture(scope="module")
def truth(shared_data: Path) -> dict[str, tuple[float, float, float]]:
    with (shared_data / "truth.csv").open(encoding="utf-8") as lines:
        return {
            row["finding"]: (float(row["L_mm"]), float(row["P_mm"]), float(row["S_mm"]))
            for row in csv.DictReader(lines)
        }


@pytest.fixture(scope="module")
def thorax(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("thorax")
    zipfile.ZipFile(shared_data / "ct" / "thorax_shoulder_1mm.zip").extractall(folder)
    return see(read(folder))


@pytest.fixture(scope="module")
def pelvis(shared_data: Path) -> Seen:
    return see(read(shared_data / "ct" / "ts_abdomen_pelvis" / "ct.nii.gz"))


@pytest.fixture(scope="module")
def named_pelvis(shared_data: Path) -> Seen:
    folder = shared_data / "ct" / "ts_abdomen_pelvis"
    volume = read(folder / "ct.nii.gz")
    return see(volume, anatomy=read_anatomy(folder / "seg", volume))


def at(seen: Seen, point: tuple[float, float, float]) -> list[SetAside]:
    return [
        one
        for one in seen.set_aside
        if np.linalg.norm(np.subtract(one.centroid_lps_mm, point)) <= NEAR_MM
    ]


def test_the_paratracheal_focus_is_the_only_lesion_of_the_thorax(
    thorax: Seen, truth: dict[str, tuple[float, float, float]]
) -> None:
    (lesion,) = thorax.lesions

    where = truth["small focus right paratracheal"]
    assert lesion.centroid_lps_mm == pytest.approx(where, abs=3.0)
    assert lesion.side is Side.RIGHT
    assert lesion.region is Region.CHEST
    assert lesion.voxels < 60


@pytest.mark.parametrize("side", ["L", "R"])
def test_costal_cartilage_is_expected_mineral(
    thorax: Seen, truth: dict[str, tuple[float, float, float]], side: str
) -> None:
    (found,) = at(thorax, truth[f"mineralised costal cartilage {side}"])

    assert found.kind is Kind.EXPECTED_MINERAL


def test_no_lesion_is_called_in_the_pelvis_with_its_stones_and_nail(
    pelvis: Seen, named_pelvis: Seen
) -> None:
    assert pelvis.lesions == ()
    assert named_pelvis.lesions == ()


def test_the_nail_and_lag_screw_are_metal(pelvis: Seen, named_pelvis: Seen) -> None:
    for seen in (pelvis, named_pelvis):
        (metal,) = (one for one in seen.set_aside if one.kind is Kind.METAL)
        assert metal.side is Side.LEFT
        assert metal.region is Region.HIP


@pytest.mark.parametrize(
    "name",
    [
        "left kidney stone A",
        "left kidney stone B",
        "right kidney stone A",
        "right kidney stone B",
        "dense stone beside right psoas on the line of the right ureter",
    ],
)
def test_stones_are_stones_with_and_without_names(
    pelvis: Seen,
    named_pelvis: Seen,
    truth: dict[str, tuple[float, float, float]],
    name: str,
) -> None:
    for seen in (pelvis, named_pelvis):
        assert {one.kind for one in at(seen, truth[name])} == {Kind.STONE}


def test_what_may_be_plaque_or_content_is_not_called_a_lesion(
    named_pelvis: Seen, truth: dict[str, tuple[float, float, float]]
) -> None:
    aorta = at(named_pelvis, truth["dense focus near aorta/left renal vein level"])
    caecum = at(named_pelvis, truth["dense content in caecum/appendix region"])

    assert Kind.VESSEL_WALL in {one.kind for one in aorta}
    assert Kind.BOWEL_CONTENT in {one.kind for one in caecum}
