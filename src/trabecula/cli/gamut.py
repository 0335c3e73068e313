"""`trabecula gamut`: the conditions the program knows, and the check of what it knows."""

import json
import sys

import click


@click.group()
def gamut() -> None:
    """Show and check the conditions that the program reasons about."""


@gamut.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_conditions(*, as_json: bool) -> None:
    """List every condition: its id, whether it makes bone or calcium, and its name."""
    from trabecula.reason import load_gamut

    conditions = load_gamut().conditions
    if as_json:
        rows = [{"id": c.id, "mineral": c.mineral, "name": c.name} for c in conditions]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    width = max(len(c.id) for c in conditions)
    for condition in conditions:
        click.echo(f"{condition.id:{width}}  {condition.mineral:13}  {condition.name}")


@gamut.command("show")
@click.argument("condition")
def show_condition(condition: str) -> None:
    """Print what is known of one CONDITION (an id of `trabecula gamut list`), with sources."""
    from difflib import get_close_matches

    from trabecula.reason import condition_page, load_gamut

    known = load_gamut()
    ids = [c.id for c in known.conditions]
    if condition not in ids:
        near = get_close_matches(condition, ids, n=3, cutoff=0.4)
        hint = f" Did you mean {', '.join(near)}?" if near else " See `trabecula gamut list`."
        raise click.BadParameter(f"{condition!r} is not a condition of the gamut.{hint}")
    click.echo(condition_page(known, condition))


@gamut.command("check")
def check_conditions() -> None:
    """Lint the gamut: every line cited, no orphan sign, no figure used as what it is not."""
    from trabecula.reason import check_gamut, load_gamut

    known = load_gamut()
    problems = check_gamut(known)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        click.echo(f"{len(problems)} problems in the gamut.", err=True)
        sys.exit(1)
    click.echo(f"{len(known.conditions)} conditions, gamut {known.version}: no problems.")
