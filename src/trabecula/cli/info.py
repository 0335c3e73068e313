"""`trabecula info`: versions, what is installed, what it can read and write."""

import json
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version

import click

from trabecula import __version__

READS = ("DICOM folder, file or zip", "NIfTI", "NRRD/NHDR", "MHA/MHD")
LIBRARIES = ("numpy", "scipy", "pydicom", "SimpleITK", "connected-components-3d", "edt", "pillow")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def info(*, as_json: bool) -> None:
    """Say which version this is, what it stands on, and what it can do here."""
    from trabecula.deliver import FORMATS
    from trabecula.reason import load_gamut

    gamut = load_gamut()
    facts: dict[str, object] = {
        "trabecula": __version__,
        "python": platform.python_version(),
        "gamut": {"version": gamut.version, "conditions": len(gamut.conditions)},
        "anatomy": {
            "embedded": "yes",
            "label map": "yes (--anatomy)",
            "TotalSegmentator": "yes (--totalsegmentator)"
            if shutil.which("TotalSegmentator")
            else "not installed: pip install 'trabecula[totalseg]'",
        },
        "reads": list(READS),
        "writes": list(FORMATS),
        "libraries": {name: _version(name) for name in LIBRARIES},
        "use": "research only; not a medical device",
    }
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else _lines(facts))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _lines(facts: dict[str, object]) -> str:
    """Write nested facts as aligned lines."""
    lines = []
    for key, value in facts.items():
        if isinstance(value, dict):
            lines.append(f"{key}:")
            lines.extend(f"  {name:24} {text}" for name, text in value.items())
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            lines.append(f"{key:12} {text}")
    return "\n".join(lines)
