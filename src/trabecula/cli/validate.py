"""`trabecula validate`: the program held against patients with known truth."""

import sys
from pathlib import Path

import click

from trabecula.cli.progress import ProgressBar

STOPPED = 130
"""Exit status after Ctrl-C."""

SUITE_NAMES = ("phantom", "implants", "normal", "sweep", "repeat", "all")
"""A test holds them to the suites that there are."""

REGION_NAMES = ("pelvis", "shoulder", "knee", "spine", "neck", "chest", "elbow", "all")
"""A test holds them to the regions that there are."""

FIRST_SEED = 1_000_000
"""Seeds of the judge begin here; a test holds it to the suites."""


@click.command()
@click.option(
    "--suite",
    type=click.Choice(SUITE_NAMES),
    default="all",
    show_default=True,
    help="Which patients.",
)
@click.option("--cases", type=click.IntRange(1, 100_000), help="Cases of each suite.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("trabecula-validation"),
    show_default=True,
    help="Folder for journal, table, page and pictures. A run in it is continued.",
)
@click.option("--jobs", type=click.IntRange(1, 512), help="Processes; all cores unless told.")
@click.option(
    "--seed", type=click.IntRange(0), help="Of the run; 1000000 for the judge, 0 with train."
)
@click.option(
    "--variant",
    type=click.Choice(("judge", "train")),
    default="judge",
    show_default=True,
    help="Generator of the lesions. `train` is for looking into failures; it judges nothing.",
)
@click.option(
    "--region",
    type=click.Choice(REGION_NAMES),
    help="Part of the body of simulated patients; all in turn, the pelvis with train, unless told.",
)
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of real scans; $TRABECULA_DATA unless told.",
)
@click.option("--restart", is_flag=True, help="Begin again where OUT holds another run.")
@click.option(
    "--pictures", type=click.IntRange(0, 100), default=10, show_default=True,
    help="Failures drawn.",
)  # fmt: skip
@click.option(
    "--write",
    "docs",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the page there, such as docs/validation.md.",
)
@click.option("--json", "as_json", is_flag=True, help="Print validation.json, not the table.")
@click.option("-q", "--quiet", is_flag=True, help="No progress bar.")
def validate(
    *,
    suite: str,
    cases: int | None,
    out: Path,
    jobs: int | None,
    seed: int | None,
    variant: str,
    region: str | None,
    data: Path | None,
    restart: bool,
    pictures: int,
    docs: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Judge the program on patients with known truth, and print the figures to reach.

    \b
    Examples:
      trabecula validate --suite phantom --cases 20 -o judged
      trabecula validate -o judged --data scans --write docs/validation.md
      trabecula validate --suite phantom --variant train --region knee --seed 40 -o look

    Stopped with Ctrl-C, the same command goes on where it was.
    """
    from trabecula.validate import validate as run
    from trabecula.validate.validation import write_docs

    if seed is None:
        seed = FIRST_SEED if variant == "judge" else 0
    try:
        with ProgressBar(quiet=quiet) as bar:
            outcome = run(
                suite,
                out,
                cases=cases,
                seed=seed,
                variant=variant,
                region=region,
                data=data,
                jobs=jobs,
                restart=restart,
                pictures=pictures,
                progress=bar,
            )
    except KeyboardInterrupt:
        click.echo(f"\nStopped; the cases that ended are kept in {out}.", err=True)
        sys.exit(STOPPED)
    for name, why in outcome.skipped:
        click.echo(f"{name}: {why}", err=True)
    if docs is not None:
        write_docs(outcome, docs)
    if as_json:
        click.echo((out / "validation.json").read_text(encoding="utf-8"), nl=False)
    else:
        click.echo(outcome.table)
        click.echo(f"\nPage: {out / 'validation.html'}")
