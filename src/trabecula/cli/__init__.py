"""The command line: a thin door to the library."""

from trabecula.cli.app import main

__all__ = ["main"]
