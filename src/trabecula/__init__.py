"""Mineral in soft tissue on CT: is it calcium, or is it bone, and what does that mean.

A research tool, not a medical device.

>>> import trabecula
>>> volume = trabecula.read("scan/")             # doctest: +SKIP
>>> answer = trabecula.analyze(volume)           # doctest: +SKIP
>>> answer.differential[0].name                  # doctest: +SKIP
"""

from importlib import import_module
from importlib.metadata import version as _version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trabecula.read import read
    from trabecula.run import analyze, diagnose

__all__ = ["analyze", "diagnose", "read"]

__version__ = _version("trabecula")

_HOME = {"read": "trabecula.read", "analyze": "trabecula.run", "diagnose": "trabecula.run"}


def __getattr__(name: str) -> Any:
    # Any: each name has its own type, which the imports above tell the type checker.
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'trabecula' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
