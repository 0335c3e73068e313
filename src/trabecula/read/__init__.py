"""From files to a volume, an anatomy and what is known of the patient, with refusals and notes."""

from trabecula.read.anatomy import read_anatomy
from trabecula.read.context import read_context
from trabecula.read.series import SeriesSummary
from trabecula.read.source import list_series, read
from trabecula.read.totalsegmentator import run_totalsegmentator

__all__ = [
    "SeriesSummary",
    "list_series",
    "read",
    "read_anatomy",
    "read_context",
    "run_totalsegmentator",
]
