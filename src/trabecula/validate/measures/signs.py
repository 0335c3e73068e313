"""Signs of architecture and relation: right where claimed, and how often claimed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trabecula.validate.lines import Line, by_case
from trabecula.validate.statistics import Estimate, bootstrap, wilson


@dataclass(frozen=True, slots=True)
class Claim:
    """How one sign did: right where claimed, and claimed how often."""

    right: Estimate
    claimed: Estimate


def rim(lines: Sequence[Line]) -> Claim:
    """Cortical rim present or not."""
    return _claim(lines, lambda line: line["rim"], lambda line: _present(line, "cortical_rim"))


def zonation(lines: Sequence[Line]) -> Claim:
    """Denser at the rim, in the middle, or neither."""
    return _claim(lines, lambda line: line["zonation"] or None, _zonation)


def continuity(lines: Sequence[Line]) -> Claim:
    """Marrow open into the host's, of lesions that meet bone."""
    return _claim(
        _meeting(lines),
        lambda line: line["continuity"],
        lambda line: _present(line, "medullary_continuity"),
    )


def bridging(lines: Sequence[Line]) -> Claim:
    """Two bones joined or not, of lesions that meet bone."""
    return _claim(
        _meeting(lines), lambda line: line["bridging"], lambda line: _present(line, "bridging")
    )


def rim_error_mm(lines: Sequence[Line]) -> Estimate:
    """Mean error of the rim's thickness where both know one, mm."""
    own = [
        line
        for line in lines
        if line.found and line["rim_thickness_mm"] and line["measured_rim_mm"] is not None
    ]
    return bootstrap(own, _mean_rim_error, by=by_case)


def _mean_rim_error(lines: Sequence[Line]) -> float | None:
    if not lines:
        return None
    return float(np.mean([line["measured_rim_mm"] - line["rim_thickness_mm"] for line in lines]))


def _meeting(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line["contact"] != "free"]


def _present(line: Line, sign: str) -> bool | None:
    presence = line["signs"].get(sign)
    return None if presence is None else presence == "present"


def _zonation(line: Line) -> str | None:
    rim, core = _present(line, "denser_rim"), _present(line, "denser_centre")
    if rim is None or core is None:
        return None
    return "rim" if rim else "core" if core else "even"


def _claim(
    lines: Sequence[Line],
    true: Callable[[Line], object],
    claimed: Callable[[Line], object],
) -> Claim:
    """Hold claims against the truth, of found lesions whose truth is plain."""
    known = [line for line in lines if line.found and true(line) is not None]
    stated = [line for line in known if claimed(line) is not None]
    right = sum(true(line) == claimed(line) for line in stated)
    return Claim(wilson(right, len(stated)), wilson(len(stated), len(known)))
