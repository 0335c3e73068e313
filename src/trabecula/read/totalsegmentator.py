"""TotalSegmentator, run as its own program where the user has installed it."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from trabecula.errors import InputError, MissingExtraError
from trabecula.model import Anatomy, Volume
from trabecula.read.anatomy import direction_of, from_totalsegmentator

COMMAND = "TotalSegmentator"

TIME_LIMIT_S = 2 * 3600.0
"""A whole body at 1.5 mm takes about an hour on a slow processor."""


def run_totalsegmentator(volume: Volume, *, fast: bool = False) -> Anatomy:
    """Segment a scan with TotalSegmentator's task ``total``.

    The scan is handed over as a NIfTI file without any header of the patient, in a temporary folder
    that is removed afterwards. Its usage statistics are switched off for the run. It loads its
    weights itself if they are not on the machine.

    Parameters
    ----------
    volume
        The scan.
    fast
        Use its 3 mm model.

    Returns
    -------
    Anatomy
        On the grid of the scan; source ``TotalSegmentator``.

    Raises
    ------
    MissingExtraError
        When the program is not installed.
    InputError
        When it fails on this scan.
    """
    program = shutil.which(COMMAND)
    if program is None:
        raise MissingExtraError(
            "TotalSegmentator is not installed.",
            remedy="Install the extra: pip install 'trabecula[totalseg]'; or give its result with "
            "--anatomy.",
        )
    with tempfile.TemporaryDirectory(prefix="trabecula-") as name:
        folder = Path(name)
        scan, labels = folder / "scan.nii.gz", folder / "labels.nii.gz"
        _write(volume, scan)
        command = [program, "-i", str(scan), "-o", str(labels), "--ml", "--task", "total"]
        _run([*command, "--fast"] if fast else command, _environment(folder))
        if not labels.is_file():
            raise InputError(
                "TotalSegmentator ended without a label map.",
                remedy="Run it by itself to see why, and give its result with --anatomy.",
            )
        return from_totalsegmentator(labels, volume, _version())


def _write(volume: Volume, path: Path) -> None:
    import SimpleITK

    sitk: Any = SimpleITK  # its functions carry no types
    image = sitk.GetImageFromArray(volume.hu)
    image.SetOrigin(volume.grid.affine_kji_to_lps[:3, 3].tolist())
    image.SetSpacing(volume.grid.spacing_kji_mm[::-1].tolist())
    image.SetDirection(direction_of(volume.grid))
    sitk.WriteImage(image, str(path), True, 1)


def _environment(folder: Path) -> dict[str, str]:
    """Point it to a settings folder of this run, without statistics, and to its usual weights."""
    home = Path(os.environ.get("TOTALSEG_HOME_DIR", Path.home() / ".totalsegmentator"))
    settings = folder / "settings"
    settings.mkdir()
    (settings / "config.json").write_text(
        json.dumps(
            {"totalseg_id": "trabecula", "send_usage_stats": False, "prediction_counter": 0}
        ),
        encoding="utf-8",
    )
    weights = os.environ.get("TOTALSEG_WEIGHTS_PATH", str(home / "nnunet" / "results"))
    return {
        **os.environ,
        "TOTALSEG_HOME_DIR": str(settings),
        "TOTALSEG_WEIGHTS_PATH": weights,
    }


def _run(command: list[str], environment: dict[str, str]) -> None:
    try:
        ended = subprocess.run(  # noqa: S603  # a fixed program, no shell, paths of our own making
            command, env=environment, capture_output=True, timeout=TIME_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(
            "TotalSegmentator could not be run to its end.",
            remedy="Run it by itself, and give its result with --anatomy.",
        ) from error
    if ended.returncode != 0:
        raise InputError(
            f"TotalSegmentator ended with status {ended.returncode}.",
            remedy="Run it by itself to see why, and give its result with --anatomy.",
        )


def _version() -> str:
    try:
        return importlib.metadata.version("totalsegmentator")
    except importlib.metadata.PackageNotFoundError:
        return ""
