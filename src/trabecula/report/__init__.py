"""An answer as data, as a page, as text and as a table; values, not files."""

from trabecula.report.html import html
from trabecula.report.result import SCHEMA, edits_object, result, schema
from trabecula.report.summary import summary
from trabecula.report.table import lesion_rows
from trabecula.report.text import text

__all__ = [
    "SCHEMA",
    "edits_object",
    "html",
    "lesion_rows",
    "result",
    "schema",
    "summary",
    "text",
]
