"""What every answering command does with its answer."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from trabecula.cli.progress import ProgressBar
from trabecula.model import Answer

FORMATS = ("html", "json", "csv", "nifti")


def split_formats(context: click.Context, parameter: click.Parameter, text: str) -> tuple[str, ...]:
    """Check a list of formats written with commas."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        raise click.BadParameter(
            f"{', '.join(unknown) or 'nothing'} is not a format; choose from {', '.join(FORMATS)}.",
            context,
            parameter,
        )
    return names


def hand_over(
    answer: Answer, out: Path, *, formats: Sequence[str], as_json: bool, bar: ProgressBar
) -> None:
    """Write the result folder, then print the answer and where its report is."""
    from trabecula.deliver import deliver
    from trabecula.report import result, text

    bar("write", 0.1)
    written = deliver(answer, out, formats=formats)
    bar("write", 1.0)
    if as_json:
        click.echo(json.dumps(result(answer), ensure_ascii=False))
        return
    click.echo(text(answer))
    first = "report.html" if "report.html" in written else written[0]
    click.echo(f"\n{'Report' if first == 'report.html' else 'Result'}: {out / first}")
