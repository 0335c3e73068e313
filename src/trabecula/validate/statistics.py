"""Intervals: Wilson's for shares, the bootstrap over cases for everything else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

Z95 = 1.959964
"""Two-sided 95 % of the normal distribution."""

RESAMPLES = 600
"""Bootstrap draws; the ends of an interval are then good to about a tenth of its width."""

SEED = 20
"""Of the bootstrap, so that a page is the same when written twice."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, its 95 % interval, and from how many lesions, scans or pairs it comes.

    ``value`` is ``None`` where there was nothing to measure it on.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0


NOTHING = Estimate(None)


def wilson(hits: int, n: int) -> Estimate:
    """Share with Wilson's score interval (Wilson EB, J Am Stat Assoc 1927;22:209)."""
    if n == 0:
        return NOTHING
    share = hits / n
    middle = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 * sqrt(share * (1 - share) / n + Z95**2 / (4 * n * n)) / (1 + Z95**2 / n)
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half), n)


def bootstrap(
    rows: Sequence[Any],
    statistic: Callable[[Sequence[Any]], float | None],
    *,
    by: Callable[[Any], object],
) -> Estimate:
    """Statistic of rows, with its interval when whole groups are drawn again.

    Parameters
    ----------
    rows
        What the statistic is taken of.
    statistic
        ``None`` where it cannot be told.
    by
        Group of a row: lesions of one patient are not independent.
    """
    value = statistic(rows)
    if value is None:
        return Estimate(None, n=len(rows))
    groups: dict[object, list[Any]] = {}
    for row in rows:
        groups.setdefault(by(row), []).append(row)
    lists = list(groups.values())
    random = np.random.default_rng(SEED)
    drawn = []
    for _ in range(RESAMPLES if len(lists) > 1 else 0):
        picked = random.integers(len(lists), size=len(lists))
        again = statistic([row for number in picked for row in lists[number]])
        if again is not None:
            drawn.append(again)
    if not drawn:
        return Estimate(value, n=len(rows))
    low, high = np.quantile(drawn, (0.025, 0.975)).tolist()
    return Estimate(value, low, high, len(rows))


def rate_interval(events: int, n: int) -> Estimate:
    """Mean count a scan with the exact Poisson interval."""
    if n == 0:
        return NOTHING
    from scipy.special import gammaincinv

    low = 0.0 if events == 0 else float(gammaincinv(events, 0.025))
    high = float(gammaincinv(events + 1, 0.975))
    return Estimate(events / n, low / n, high / n, n)
