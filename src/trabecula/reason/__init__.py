"""What the signs mean: the gamut, the differential, cautions and questions."""

from trabecula.reason.engine import posterior, reason
from trabecula.reason.knowledge import Condition, Gamut, build_gamut, load_gamut
from trabecula.reason.lint import check_gamut
from trabecula.reason.page import condition_page

__all__ = [
    "Condition",
    "Gamut",
    "build_gamut",
    "check_gamut",
    "condition_page",
    "load_gamut",
    "posterior",
    "reason",
]
