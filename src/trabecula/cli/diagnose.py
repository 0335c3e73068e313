"""`trabecula diagnose`: from the words of a report, or a form, to a differential."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from trabecula.model import Answer
    from trabecula.read.case import Case


@click.command()
@click.argument(
    "sources",
    nargs=-1,
    required=True,
    metavar="SOURCE…",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "jsonl"]),
    default="table",
    show_default=True,
    help="table for people; json is the object of result.json; jsonl one object a line.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="Also write report.html and result.json there (one case only).",
)
@click.option(
    "--ask",
    is_flag=True,
    help="Walk through the most telling questions here and re-rank at once (one case only).",
)
def diagnose(sources: tuple[Path, ...], *, form: str, out: Path | None, ask: bool) -> None:
    """Rank what the words of a report, or a form, may mean.

    \b
    SOURCE is
      report.txt         a radiology report in English
      case.toml, .json   a form: age_years, sex, [signs], [labs], report
      packet.json        a GA4GH phenopacket
      cases.jsonl        one case a line: id, age_years, sex, report

    \b
    Examples:
      trabecula diagnose report.txt
      trabecula diagnose report.txt --ask
      trabecula diagnose case.toml -o result
      trabecula diagnose cases.jsonl --format jsonl > answers.jsonl
    """
    from trabecula.report import result, text
    from trabecula.run import diagnose as run

    cases = list(_cases(sources)) if (ask or out or form == "json") else None
    if cases is not None and len(cases) != 1:
        raise click.UsageError(
            f"--ask, --out and --format json take one case; there are {len(cases)}. "
            "Use --format jsonl for many."
        )
    for case in cases if cases is not None else _cases(sources):
        answer = run(case)
        if ask:
            answer = _asked(answer, case)
        if out is not None:
            from trabecula.deliver import deliver

            deliver(answer, out, formats=("html", "json"))
        if form == "table":
            click.echo(f"{case.id}\n" if case.id else "", nl=False)
            click.echo(text(answer))
        else:
            named = {"id": case.id, **result(answer)} if case.id else result(answer)
            click.echo(json.dumps(named, ensure_ascii=False))


def _cases(sources: tuple[Path, ...]) -> "Iterator[Case]":
    from trabecula.read.case import read_cases

    for source in sources:
        yield from read_cases(source)


def _asked(answer: "Answer", case: "Case") -> "Answer":
    """Ask on until nothing is left to ask or the reader has had enough."""
    from dataclasses import replace

    from trabecula.model import Origin, Presence, Sign
    from trabecula.run import diagnose as run

    words = {"y": Presence.PRESENT, "n": Presence.ABSENT, "?": Presence.NOT_ASSESSED}
    unknown: set[str] = set()
    while True:
        for candidate in answer.differential[:3]:
            click.echo(f"  {candidate.probability:5.0%}  {candidate.name}", err=True)
        left = [q for q in answer.reasoning.next if q.sign not in unknown]
        if not left:
            return answer
        question = left[0]
        reply = click.prompt(
            f"\n{question.text} (yes, no, not known, quit)",
            type=click.Choice(["y", "n", "?", "q"]),
            default="?",
            err=True,
        )
        if reply == "q":
            return answer
        unknown.add(question.sign)
        said = Sign(
            question.sign, words[reply], origin=Origin.CONTEXT, reason="answered when asked"
        )
        signs = tuple(s for s in case.context.signs if s.name != said.name)
        case = replace(case, context=replace(case.context, signs=(*signs, said)))
        answer = run(case)
