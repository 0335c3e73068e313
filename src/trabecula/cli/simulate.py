"""`trabecula simulate`: a patient with known truth from a recipe."""

import json
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trabecula.cli.progress import ProgressBar

if TYPE_CHECKING:  # the model brings numpy, which `trabecula --help` does not need
    from trabecula.model import Volume
    from trabecula.simulate import Patient
    from trabecula.simulate.label_map import LabelMap

SCHEMA = "trabecula.truth/1"
"""Of ``truth.json``."""


def _print_example(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from trabecula.simulate.recipe import EXAMPLE

        click.echo(EXAMPLE, nl=False)
        context.exit()


def _print_models(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(_models())
        context.exit()


@click.command()
@click.argument("recipe", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="New folder for the scan and its truth. Written whole or not at all.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["nifti", "dicom"]),
    default="nifti",
    show_default=True,
    help="ct.nii.gz, or a DICOM series in ct/.",
)
@click.option(
    "--example",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_example,
    help="Print a recipe to start from.",
)
@click.option(
    "--models",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_models,
    help="Print every lesion model with its parameters.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress bar.")
def simulate(recipe: Path, *, out: Path, kind: str, quiet: bool) -> None:
    """Simulate a CT with known truth from a RECIPE (TOML).

    \b
    Start here:
      trabecula simulate --example > recipe.toml
      trabecula simulate recipe.toml -o patient
      trabecula analyze patient/ct.nii.gz -o result --anatomy patient/anatomy.nii.gz

    \b
    A short recipe:
      seed = 7
      [patient]
      scene = "pelvis"
      age_years = 16
      sex = "F"
      [scan]
      spacing_mm = [1.5, 0.85, 0.85]
      kernel = "standard"
      [[lesion]]
      model = "bone_bridge"
      between = ["hip_right", "femur_right"]
      [[lesion]]
      model = "rings_and_arcs"
      in = "gluteus_maximus_left"
      size_mm = 35

    \b
    OUT holds:
      ct.nii.gz or ct/    the scan
      anatomy.nii.gz/csv  native structures by name, lesions not among them
      truth.nii.gz        lesions by number
      truth.json          what is true of each: class, volume, mineral mass, rim, contact, …

    The same recipe makes the same bytes. A lesion's place is `in` a muscle or vessel, `on` a
    bone, `between` two bones, `near` a structure (under the skin), or `at` a point (LPS, mm).
    Instead of [patient], a body can come from a label map ([labels] file, table, names), or a
    real CT can be the host ([host] ct, anatomy).
    """
    from trabecula.errors import InputError

    _refuse_taken(out)
    try:
        text = tomllib.loads(recipe.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise InputError(
            f"The recipe is not TOML: {wrong}.",
            remedy="Start from `trabecula simulate --example`.",
        ) from wrong
    with ProgressBar(quiet=quiet) as bar:
        if "host" in text:
            patient = _implanted(text, recipe.parent, bar.part(0.0, 0.8))
        else:
            patient = _cooked(text, recipe.parent, bar.part(0.0, 0.8))
        bar("write", 0.8)
        _write(patient, out, kind=kind, recipe=text)
        bar("write", 1.0)
    for lesion in patient.truth:
        click.echo(
            f"{lesion.id:3}  {lesion.model:24} {lesion.mineral:13} {lesion.volume_ml:8.2f} ml  "
            f"{lesion.contact}"
        )
    click.echo(f"\nScan and truth: {out}")


def _cooked(text: Mapping[str, Any], folder: Path, tell: Any) -> "Patient":
    from trabecula.simulate.recipe import cook, parse_recipe

    recipe = parse_recipe(text)
    labels = None
    if recipe.label_file is not None:
        table = None if recipe.label_table is None else folder / recipe.label_table
        labels = _label_map(folder / recipe.label_file, table, recipe.label_names)
    return cook(recipe, labels=labels, progress=tell)


def _implanted(text: Mapping[str, Any], folder: Path, tell: Any) -> "Patient":
    from trabecula.read import read, read_anatomy
    from trabecula.simulate.host_recipe import cook_host, parse_host

    recipe = parse_host(text)
    tell("read the host", 0.0)
    volume = read(folder / recipe.ct)
    anatomy = None if recipe.anatomy is None else read_anatomy(folder / recipe.anatomy, volume)
    return cook_host(recipe, volume, anatomy, progress=tell)


def _label_map(path: Path, table: Path | None, naming: str) -> "LabelMap":
    """Read a label map, turned upright, and the list of its names."""
    import csv

    import numpy as np
    import SimpleITK as sitk

    from trabecula.errors import InputError
    from trabecula.simulate.label_map import LabelMap, table_of

    if table is None:
        raise InputError(
            "The label map has no table.", remedy='Add table = "labels.csv" to [labels].'
        )
    if not path.is_file() or not table.is_file():
        raise InputError(
            "The label map or its table is not there.",
            remedy="Give their places relative to the recipe.",
        )
    with table.open(encoding="utf-8-sig", newline="") as file:
        entries = table_of(list(csv.DictReader(file)), naming)
    image: Any = sitk.DICOMOrient(sitk.ReadImage(str(path)), "LPS")  # type: ignore[no-untyped-call]  # SimpleITK ships no types
    if not np.allclose(np.reshape(image.GetDirection(), (3, 3)), np.eye(3), atol=0.05):
        raise InputError(
            "The label map lies askew.", remedy="Resample it onto an upright grid first."
        )
    array: Any = sitk.GetArrayFromImage(image)
    if array.min() < 0 or array.max() > np.iinfo(np.uint16).max:
        raise InputError("The file is no label map.", remedy="Give whole numbers from 0 on.")
    kind = np.uint8 if array.max() <= np.iinfo(np.uint8).max else np.uint16
    x, y, z = image.GetOrigin()
    di, dj, dk = image.GetSpacing()
    return LabelMap(array.astype(kind), (x, y, z), (dk, dj, di), entries)


def _refuse_taken(out: Path) -> None:
    from trabecula.errors import DeliveryError

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DeliveryError(
            "The place for the patient is not an empty folder.", remedy="Give a new folder with -o."
        )


def _write(patient: "Patient", out: Path, *, kind: str, recipe: Mapping[str, Any]) -> None:
    """Write everything into a neighbour, then move it into place."""
    from trabecula.deliver import write_dicom_series
    from trabecula.deliver.nifti import write_labels
    from trabecula.errors import DeliveryError

    beside = out.resolve().with_name(f".{out.resolve().name}.new")
    axes, grid = patient.volume.acquisition.stored_axes, patient.volume.grid
    try:
        beside.mkdir(parents=True)
        if kind == "dicom":
            write_dicom_series(patient.volume, beside / "ct")
        else:
            _write_nifti(patient.volume, beside / "ct.nii.gz")
        write_labels(beside / "truth.nii.gz", grid, axes, patient.truth_labels)
        write_labels(beside / "anatomy.nii.gz", grid, axes, patient.anatomy.labels)
        rows = [f"{s.label},{s.name}" for s in patient.anatomy.structures]
        (beside / "anatomy.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        truth = json.dumps(_truth(patient, recipe), indent=1, ensure_ascii=False, default=str)
        (beside / "truth.json").write_text(truth + "\n", encoding="utf-8")
        if out.exists():
            out.rmdir()
        beside.rename(out.resolve())
    except OSError as refusal:
        raise DeliveryError(
            "The patient could not be written.", remedy="Check the folder and the disk."
        ) from refusal
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write_nifti(volume: "Volume", path: Path) -> None:
    """Write HU as they are; the file says nothing of when it was made."""
    import SimpleITK as sitk
    from isal import igzip

    image: Any = sitk.GetImageFromArray(volume.hu)
    k, j, i = volume.spacing_kji_mm
    image.SetSpacing((i, j, k))
    image.SetOrigin(volume.grid.to_lps_mm([0, 0, 0]).tolist())
    axes = (volume.grid.affine_kji_to_lps[:3, :3] / volume.grid.spacing_kji_mm)[:, ::-1]
    image.SetDirection(axes.ravel().tolist())
    plain = path.with_name("ct.nii")
    sitk.WriteImage(image, str(plain))
    with (
        plain.open("rb") as source,
        path.open("wb") as file,
        igzip.IGzipFile(  # type: ignore[no-untyped-call]  # isal ships no types
            filename="", mode="wb", compresslevel=1, fileobj=file, mtime=0
        ) as packed,
    ):
        shutil.copyfileobj(source, packed, 1 << 20)
    plain.unlink()


def _truth(patient: "Patient", recipe: Mapping[str, Any]) -> dict[str, Any]:
    from trabecula import __version__

    return {
        "schema": SCHEMA,
        "software": __version__,
        "image_sha256": patient.volume.acquisition.sha256,
        "shape_kji": list(patient.volume.hu.shape),
        "spacing_kji_mm": list(patient.volume.spacing_kji_mm),
        "lesions": [asdict(lesion) for lesion in patient.truth],
        "recipe": dict(recipe),
    }


def _models() -> str:
    """Every lesion model with its parameters, for reading."""
    from trabecula.simulate.growths import catalogue

    lines = []
    for name, entry in catalogue().items():
        lines += [f"{name}: {entry.title}", f"  {entry.text}"]
        lines.append(f"  place: {entry.anchor}; contact: {', '.join(entry.contact)}")
        for key, parameter in entry.parameters.items():
            if parameter.choices:
                bounds = " | ".join(parameter.choices)
            elif isinstance(parameter.default, bool):
                bounds = "true | false"
            else:
                bounds = f"{parameter.low:g} … {parameter.high:g}"
            default = parameter.default
            shown = f"{default:g}" if type(default) is float else str(default).lower()
            lines.append(f"    {key} = {shown}  ({bounds}) {parameter.text}")
        lines.append("")
    return "\n".join(lines).rstrip()
