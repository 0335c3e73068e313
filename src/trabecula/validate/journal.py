"""The journal of a run: one line a case, appended as cases end, so that a run can be continued."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from trabecula import __version__
from trabecula.errors import InputError

NAME = "cases.jsonl"

MAKERS = ("model/", "see/", "describe/", "simulate/", "validate/", "read/", "run.py")
"""Code and data that rows come from."""

READERS = (
    "read/report/",
    "validate/measures/",
    "validate/goals.py",
    "validate/lines.py",
    "validate/method.py",
    "validate/page.py",
    "validate/page_html.py",
    "validate/pictures.py",
    "validate/statistics.py",
)
"""… but for these, which read rows, or words."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Header:
    """What a journal was made with; rows of different headers are never mixed.

    Attributes
    ----------
    version, source
        Of the program: its number, and a digest of its code and data.
    seed, variant
        Of the run.
    """

    version: str
    source: str
    seed: int
    variant: str


def header(seed: int, variant: str) -> Header:
    """Return the header of a run of this program."""
    return Header(__version__, source_digest(), seed, variant)


@cache
def source_digest() -> str:
    """Digest of the code and data that rows come from, so that two states are not mixed up.

    Measures, table and page read rows and make none, reasoning and reports come after them: these
    may change, and the measures be taken again.
    """
    digest = hashlib.sha256()
    for name, content in sorted(_sources(files("trabecula"), "")):
        if name.startswith(READERS) or not name.startswith(MAKERS):
            continue
        digest.update(name.encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def _sources(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _sources(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith((".py", ".toml")):
            yield f"{prefix}{entry.name}", entry.read_bytes()


class Journal:
    """Rows of the cases that ended, on disk.

    Opening one of the same header continues it; another header is refused unless told to
    restart. A line cut short by a crash is dropped.
    """

    def __init__(self, folder: Path, first: Header, *, restart: bool = False) -> None:
        self.path = folder / NAME
        self.rows: dict[str, Row] = {}
        folder.mkdir(parents=True, exist_ok=True)
        kept = [] if restart or not self.path.exists() else _lines(self.path)
        if kept and kept[0] != {"header": asdict(first)}:
            raise InputError(
                "This folder holds a run of another version, seed or variant.",
                remedy="Choose another folder, or give --restart to begin again.",
            )
        self.rows = {row["key"]: row for row in kept[1:]}
        lines = [{"header": asdict(first)}, *self.rows.values()]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        temporary = self.path.with_suffix(".part")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(self.path)

    def add(self, row: Row) -> None:
        """Append the row of a case."""
        self.rows[row["key"]] = row
        with self.path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")


def _lines(path: Path) -> list[Row]:
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return rows
