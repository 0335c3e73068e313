"""Describe what was seen: measurements of each lesion, its signs, its verdict, and the case's.

>>> from trabecula.describe import describe, case_signs, burden
>>> described = describe(seen, volume)           # doctest: +SKIP
>>> described[0].verdict                         # doctest: +SKIP
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from trabecula.describe.case import burden, case_signs
from trabecula.describe.lesion import describe_lesion
from trabecula.model import DescribedLesion, Seen, Volume

__all__ = ["burden", "case_signs", "describe"]

THREADS = 2
"""Lesions described at the same time."""


def describe(
    seen: Seen, volume: Volume, *, progress: Callable[[str, float], None] | None = None
) -> tuple[DescribedLesion, ...]:
    """Every lesion with its volume, signs and verdict.

    Parameters
    ----------
    seen
        Anatomy, noise and lesions of the scan.
    volume
        The scan itself; HU are read in cropped boxes only.
    progress
        Called with the stage and the part of it done, 0 to 1.

    Returns
    -------
    tuple of DescribedLesion
        In the order of ``seen.lesions``.
    """
    described = []
    # The filters release the interpreter's lock; the order of the results is that of the lesions.
    with ThreadPoolExecutor(THREADS) as pool:
        for number, lesion in enumerate(
            pool.map(lambda lesion: describe_lesion(lesion, seen, volume), seen.lesions)
        ):
            if progress is not None:
                progress("describe", number / len(seen.lesions))
            described.append(lesion)
    if progress is not None:
        progress("describe", 1.0)
    return tuple(described)
