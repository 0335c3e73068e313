"""`trabecula simulate`: a recipe in, a scan and its truth out."""

import json
import tomllib

import numpy as np
import pytest
from click.testing import CliRunner

from trabecula.cli.simulate import simulate
from trabecula.errors import DeliveryError, InputError
from trabecula.read import read, read_anatomy

RECIPE = """\
seed = 3
[patient]
scene = "hip"
[scan]
spacing_mm = [4.0, 2.5, 2.5]
[[lesion]]
model = "muscle_plate"
in = "gluteus_maximus_left"
"""


def run(tmp_path, *options, text=RECIPE):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(text, encoding="utf-8")
    arguments = [str(recipe), "-o", str(tmp_path / "out"), "-q", *options]
    return CliRunner().invoke(simulate, arguments, catch_exceptions=False)


def test_example_and_models_are_printed():
    example = CliRunner().invoke(simulate, ["--example"])
    models = CliRunner().invoke(simulate, ["--models"])

    assert tomllib.loads(example.output)["lesion"]
    assert "tumoral_calcinosis" in models.output
    assert "size_mm = 60" in models.output


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["nifti", "dicom"])
def test_scan_anatomy_and_truth_are_read_back(tmp_path, kind):
    assert run(tmp_path, "--format", kind).exit_code == 0
    out = tmp_path / "out"
    volume = read(out / ("ct.nii.gz" if kind == "nifti" else "ct"))
    anatomy = read_anatomy(out / "anatomy.nii.gz", volume)
    truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    labels = read_anatomy(out / "anatomy.nii.gz", volume).labels

    assert truth["schema"] == "trabecula.truth/1"
    assert truth["lesions"][0]["model"] == "muscle_plate"
    assert truth["shape_kji"] == list(volume.hu.shape)
    assert anatomy.named("femur_left")
    assert volume.hu[np.isin(labels, anatomy.named("femur_left"))].mean() > 150


@pytest.mark.slow
def test_the_same_recipe_makes_the_same_files(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for place in ("a", "b"):
        run(tmp_path / place)
    for name in ("ct.nii.gz", "truth.nii.gz", "truth.json"):
        first, second = ((tmp_path / p / "out" / name).read_bytes() for p in ("a", "b"))

        assert first == second


def test_a_bad_recipe_writes_nothing(tmp_path):
    for text in ("seed = ", "sead = 1"):
        with pytest.raises(InputError):
            run(tmp_path, text=text)

        assert not (tmp_path / "out").exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("x")
    with pytest.raises(DeliveryError):
        run(tmp_path)

    assert [p.name for p in (tmp_path / "out").iterdir()] == ["mine.txt"]
