"""What every answering command does with its answer."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trabecula.cli.progress import ProgressBar

if TYPE_CHECKING:  # the model brings numpy, which `trabecula --help` does not need
    from trabecula.model import Answer

ALL_FORMATS = "html,json,csv,nifti"
"""What is written unless the user chooses; a test holds it to what deliver can write."""


def split_formats(context: click.Context, parameter: click.Parameter, text: str) -> tuple[str, ...]:
    """Check a list of formats written with commas."""
    from trabecula.deliver import check_formats

    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    try:
        check_formats(names)
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), context, parameter) from wrong
    return names


def hand_over(
    answer: "Answer", out: Path, *, formats: Sequence[str], as_json: bool, bar: ProgressBar
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
