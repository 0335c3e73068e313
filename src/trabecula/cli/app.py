"""The `trabecula` command and what its exit status says."""

import os
import sys
import traceback

import click

from trabecula import __version__
from trabecula.cli.analyze import analyze
from trabecula.cli.demo import demo
from trabecula.cli.diagnose import diagnose
from trabecula.cli.gamut import gamut
from trabecula.cli.info import info
from trabecula.cli.simulate import simulate
from trabecula.cli.validate import validate
from trabecula.errors import TrabeculaError

ANSWERED, OUR_BUG, WRONG_USAGE, REFUSED, STOPPED = 0, 1, 2, 3, 130


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Research use only; not a medical device. Exit status: 0 answered, 2 wrong usage, "
    "3 input refused, 1 a bug of ours.",
)
@click.version_option(__version__, prog_name="trabecula")
def app() -> None:
    """Tell calcium from bone in the soft tissue on CT, and say what it may mean.

    \b
    Start here:
      trabecula demo                       a simulated patient, from CT to report
      trabecula analyze SCAN -o RESULT     your own scan; open RESULT/report.html
      trabecula diagnose report.txt        from the words of a report
      trabecula gamut show fop_classic     what is known about one condition
    """


for command in (analyze, diagnose, demo, simulate, validate, gamut, info):
    app.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit status."""
    try:
        app.main(args=arguments, prog_name="trabecula", standalone_mode=False)
        sys.exit(ANSWERED)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(WRONG_USAGE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nStopped. Nothing was written.", err=True)
        sys.exit(STOPPED)
    except TrabeculaError as refused:
        click.echo(f"problem: {refused.problem}\nremedy:  {refused.remedy}", err=True)
        sys.exit(REFUSED)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ANSWERED)
    except Exception as bug:
        click.echo(_bug(bug), err=True)
        sys.exit(OUR_BUG)


def _bug(bug: Exception) -> str:
    """Words for a bug that carry no text of the input: the error's kind and our own lines."""
    if os.environ.get("TRABECULA_TRACEBACK"):
        return "".join(traceback.format_exception(bug))
    frames = [
        f"{frame.name}:{frame.lineno}"
        for frame in traceback.extract_tb(bug.__traceback__)
        if "trabecula" in frame.filename
    ]
    return (
        f"This is a bug of ours: {type(bug).__name__} in {' > '.join(frames[-4:])}.\n"
        "Please report that line. TRABECULA_TRACEBACK=1 shows all of it; look through it for "
        "patient data before you send it."
    )
