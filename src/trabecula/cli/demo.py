"""`trabecula demo`: a simulated patient, from CT to report."""

from dataclasses import replace
from pathlib import Path
from time import perf_counter

import click

from trabecula.cli.output import hand_over
from trabecula.cli.progress import ProgressBar

SIMULATED_SHARE, ANSWER_SHARE = 0.4, 0.85


@click.command()
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    default=Path("trabecula-demo"),
    show_default=True,
    help="Folder for the result.",
)
@click.option("--seed", default=0, show_default=True, help="Another patient for another seed.")
@click.option(
    "--embedded",
    is_flag=True,
    help="Do without the label map, to see what the embedded anatomy can and cannot do.",
)
@click.option(
    "--scan",
    type=click.Path(path_type=Path),
    help="Also write the simulated CT there as a DICOM series, to try `trabecula analyze` on.",
)
@click.option("--json", "as_json", is_flag=True, help="Print result.json instead of the text.")
@click.option("-q", "--quiet", is_flag=True, help="No progress bar.")
def demo(
    *, out: Path, seed: int, embedded: bool, scan: Path | None, as_json: bool, quiet: bool
) -> None:
    """Simulate a patient with heterotopic bone, analyse the CT, print the answer.

    The patient is drawn by the program: pelvis, hips and lower spine with bridging heterotopic
    bone and, beside it, an amorphous calcification and vessel calcification. The label map of
    the skeleton comes with it, as TotalSegmentator would give it for a real scan.
    """
    from trabecula.deliver import FORMATS, refuse_unsafe_out, write_dicom_series
    from trabecula.run import analyze
    from trabecula.simulate import demo_context, demo_patient

    refuse_unsafe_out(out)
    with ProgressBar(quiet=quiet) as bar:
        begun = perf_counter()
        bar("simulate the patient", 0.05)
        patient = demo_patient(seed=seed)
        simulating = perf_counter() - begun
        if scan is not None:
            write_dicom_series(patient.volume, scan)
        answer = analyze(
            patient.volume,
            None if embedded else patient.anatomy,
            demo_context(),
            progress=bar.part(SIMULATED_SHARE, ANSWER_SHARE),
        )
        answer = replace(answer, timings_s={"simulate": simulating, **answer.timings_s})
        hand_over(answer, out, formats=FORMATS, as_json=as_json, bar=bar.part(ANSWER_SHARE, 1.0))
