"""The real call, answered by a stand-in program: its weights cannot be had everywhere."""

import stat
import sys
from pathlib import Path

import numpy as np
import pytest

from trabecula.errors import InputError, MissingExtraError
from trabecula.model import Acquisition, Grid, Volume
from trabecula.read import run_totalsegmentator

SHAPE = (12, 20, 24)
AFFINE = np.array([[0, 0, 1.0, -12], [0, 1.0, 0, -10], [2.0, 0, 0, 5], [0, 0, 0, 1.0]])
BONE = np.s_[2:10, 8:12, 8:12]

STAND_IN = """#!{python}
import json, os, sys
arguments = sys.argv[1:]
value = lambda flag: arguments[arguments.index(flag) + 1]
settings = json.load(open(os.path.join(os.environ["TOTALSEG_HOME_DIR"], "config.json")))
weights = os.environ["TOTALSEG_WEIGHTS_PATH"]
told = {{"arguments": arguments, "settings": settings, "weights": weights}}
json.dump(told, open({log!r}, "w"))
{ending}
import SimpleITK
scan = SimpleITK.ReadImage(value("-i"))
bone = SimpleITK.Cast(scan > 200, SimpleITK.sitkUInt8) * 77
SimpleITK.WriteImage(bone, value("-o"))
"""


@pytest.fixture
def volume():
    hu = np.full(SHAPE, 40, dtype=np.int16)
    hu[BONE] = 500
    return Volume(hu, Grid(AFFINE, SHAPE), Acquisition(kind="simulated", sha256="0"))


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    def install(ending=""):
        program = tmp_path / "bin" / "TotalSegmentator"
        program.parent.mkdir()
        log = tmp_path / "log.json"
        program.write_text(STAND_IN.format(python=sys.executable, log=str(log), ending=ending))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(program.parent))
        monkeypatch.setenv("TOTALSEG_HOME_DIR", str(tmp_path / "home"))
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        return log

    return install


@pytest.mark.slow
def test_its_labels_come_back_on_the_grid_of_the_scan(volume, stand_in):
    import json

    log = stand_in()
    anatomy = run_totalsegmentator(volume, fast=True)
    told = json.loads(log.read_text())

    assert anatomy.source == "TotalSegmentator"
    assert [s.name for s in anatomy.structures] == ["hip_left"]
    assert np.array_equal(anatomy.labels > 0, volume.hu > 200)
    assert anatomy.separates_fused_bone
    assert {"--ml", "--fast", "--task"} <= set(told["arguments"])
    assert told["settings"]["send_usage_stats"] is False
    assert told["weights"].endswith(str(Path("home") / "nnunet" / "results"))
    assert not Path(told["arguments"][1]).exists()


@pytest.mark.parametrize(
    ("ending", "words"),
    [("sys.exit('Doe')", "status 1"), ("sys.exit(0)", "without a label map")],
)
def test_its_failure_is_told_without_its_words(volume, stand_in, ending, words):
    stand_in(ending)

    with pytest.raises(InputError, match=words) as refusal:
        run_totalsegmentator(volume)

    assert "Doe" not in str(refusal.value)
    assert "--anatomy" in refusal.value.remedy


def test_its_absence_names_the_extra(volume, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MissingExtraError, match="not installed") as refusal:
        run_totalsegmentator(volume)

    assert "trabecula[totalseg]" in refusal.value.remedy
