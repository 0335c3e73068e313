"""Report text in English to signs, each with the words behind it."""

from trabecula.read.report.finding import Finding
from trabecula.read.report.reading import (
    MAX_CHARACTERS,
    NOTHING_FOUND,
    ReportReading,
    read_report,
)

__all__ = ["MAX_CHARACTERS", "NOTHING_FOUND", "Finding", "ReportReading", "read_report"]
