"""From files to a volume, an anatomy and what is known of the patient, with refusals and notes."""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trabecula.read.anatomy import read_anatomy
    from trabecula.read.case import Case, read_cases
    from trabecula.read.context import read_context
    from trabecula.read.edits import read_edits
    from trabecula.read.report import read_report
    from trabecula.read.series import SeriesSummary
    from trabecula.read.source import list_series, read
    from trabecula.read.totalsegmentator import run_totalsegmentator

__all__ = [
    "Case",
    "SeriesSummary",
    "list_series",
    "read",
    "read_anatomy",
    "read_cases",
    "read_context",
    "read_edits",
    "read_report",
    "run_totalsegmentator",
]

_HOMES = {
    "Case": "case",
    "SeriesSummary": "series",
    "list_series": "source",
    "read": "source",
    "read_anatomy": "anatomy",
    "read_cases": "case",
    "read_context": "context",
    "read_edits": "edits",
    "read_report": "report",
    "run_totalsegmentator": "totalsegmentator",
}


def __getattr__(name: str) -> object:
    """Load a door when it is first used, so that a report in words loads no image library."""
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"trabecula.read.{_HOMES[name]}"), name)


class _Door(ModuleType):
    """Makes ``trabecula.read(path)`` the same as ``trabecula.read.read(path)``.

    The package and the function share their name; importing the package would otherwise put the
    module where the public function is expected.
    """

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        # Any: the signature is that of `read`, which type checkers see through `trabecula`.
        return __getattr__("read")(*arguments, **options)  # type: ignore[operator] # a function


sys.modules[__name__].__class__ = _Door
