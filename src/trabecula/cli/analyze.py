"""`trabecula analyze`: from a CT to an explained answer."""

from dataclasses import replace
from pathlib import Path
from time import perf_counter

import click

from trabecula.cli.output import ALL_FORMATS, hand_over, split_formats
from trabecula.cli.progress import ProgressBar

READ_SHARE, ANSWER_SHARE = 0.3, 0.8
"""How far the bar stands after reading and after answering; the rest is the report."""


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder for the result. Written whole or not at all.",
)
@click.option(
    "--anatomy",
    type=click.Path(exists=True, path_type=Path),
    help="Label map of the bones: a multi-label NIfTI, or a folder of masks with "
    "TotalSegmentator's names. Needed to tell bone that has fused to the skeleton.",
)
@click.option(
    "--totalsegmentator",
    is_flag=True,
    help="Let TotalSegmentator make the label map (extra `totalseg`).",
)
@click.option(
    "--edits",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What you corrected: parts toggled, seeds placed, lesions taken back; JSON. "
    "It is kept with the result.",
)
@click.option(
    "--context",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Age, sex, history and laboratory values, TOML or JSON.",
)
@click.option(
    "--report",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The radiology report, plain text; what it says is weighed with what the image shows.",
)
@click.option("--series", metavar="UID", help="Which series, when the source holds several.")
@click.option(
    "--formats",
    default=ALL_FORMATS,
    show_default=True,
    callback=split_formats,
    help="What to write, with commas.",
)
@click.option("--json", "as_json", is_flag=True, help="Print result.json instead of the text.")
@click.option("-q", "--quiet", is_flag=True, help="No progress bar.")
def analyze(
    source: Path,
    *,
    out: Path,
    anatomy: Path | None,
    totalsegmentator: bool,
    edits: Path | None,
    context: Path | None,
    report: Path | None,
    series: str | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Find the mineral in a CT, tell calcium from bone, and say what it may mean.

    SOURCE is a DICOM folder, file or zip, NIfTI, NRRD/NHDR or MHA/MHD.

    \b
    Examples:
      trabecula analyze scan/ -o result
      trabecula analyze scan.zip -o result --series 1.2.840.1…
      trabecula analyze ct.nii.gz -o result --anatomy segmentations/ --context case.toml
      trabecula analyze scan/ -o result --edits edits.json

    \b
    A case form (case.toml), every line optional:
      age_years = 9
      sex = "F"
      [signs]
      great_toe_anomaly = true
      trauma = false
      [labs]
      phosphate_mmol_l = 1.4
    """
    from trabecula.deliver import refuse_unsafe_out
    from trabecula.read import read, read_anatomy, read_context, read_edits
    from trabecula.read.case import text_of
    from trabecula.run import analyze as run

    if anatomy is not None and totalsegmentator:
        raise click.UsageError("Give --anatomy or --totalsegmentator, not both.")
    refuse_unsafe_out(out)
    with ProgressBar(quiet=quiet) as bar:
        begun = perf_counter()
        case = None if context is None else read_context(context)
        corrected = None if edits is None else read_edits(edits)
        words = None if report is None else text_of(report)
        volume = read(source, series=series, progress=bar.part(0.0, READ_SHARE))
        labels = None
        if anatomy is not None:
            labels = read_anatomy(anatomy, volume)
        elif totalsegmentator:
            from trabecula.read.totalsegmentator import run_totalsegmentator

            bar("TotalSegmentator (minutes)", 1.0)
            labels = run_totalsegmentator(volume)
        reading = perf_counter() - begun
        answer = run(
            volume,
            labels,
            case,
            report=words,
            edits=corrected,
            progress=bar.part(READ_SHARE, ANSWER_SHARE),
        )
        answer = replace(answer, timings_s={"read": reading, **answer.timings_s})
        hand_over(answer, out, formats=formats, as_json=as_json, bar=bar.part(ANSWER_SHARE, 1.0))
