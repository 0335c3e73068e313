"""From files to a volume, an anatomy and what is known of the patient, with refusals and notes."""

from trabecula.read.series import SeriesSummary
from trabecula.read.source import list_series, read

__all__ = ["SeriesSummary", "list_series", "read"]
