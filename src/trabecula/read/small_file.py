"""Text of the small files that people write: forms, edits, reports."""

from pathlib import Path

from trabecula.errors import ContextError


def small_text(place: Path, what: str, *, most_bytes: int, remedy: str) -> str:
    """Text of a file in UTF-8, with or without a byte order mark.

    Parameters
    ----------
    place
        The file.
    what
        What it is, for the words of a refusal: ``case form``.
    most_bytes, remedy
        Largest size, and what to do about a larger file.

    Raises
    ------
    ContextError
        When it is missing, too large or cannot be opened.
    UnicodeDecodeError
        When it is not UTF-8; the caller knows what was expected.
    """
    if not place.is_file():
        raise ContextError(f"There is no such {what}.", remedy="Check the path.")
    if place.stat().st_size > most_bytes:
        raise ContextError(f"The {what} is too large.", remedy=remedy)
    try:
        return place.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ContextError(
            f"The {what} cannot be opened.", remedy="Check that you may read it."
        ) from error
