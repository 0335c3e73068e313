"""The files of a study: in a folder, in a zip, or one alone, read without unpacking."""

import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from trabecula.errors import InputError

MAX_ZIP_BYTES = 16 * 2**30
"""Most that a zip may unpack to; a whole-body CT of 2000 slices is 1 GB."""

MAX_MEMBER_BYTES = 4 * 2**30
"""Most that one file of a zip may unpack to."""

MAX_MEMBERS = 200_000
"""Most files a study may have."""

MAX_ZIP_RATIO = 1000
"""Deflate cannot pack tighter than 1032 to 1; real images stay below 100 unless they are empty."""

LOCAL_HEADER = struct.Struct("<4s5H3I2H")
"""Fixed part of a zip's local file header (APPNOTE 4.3.7)."""

ENCRYPTED = 0x1
"""Bit 0 of a zip member's flags."""


class Member(Protocol):
    """One file of a study. Its name is never shown: names hold patients."""

    @property
    def size(self) -> int:
        """Bytes it holds."""

    def head(self, count: int) -> bytes:
        """Return its first bytes."""

    def whole(self) -> bytes:
        """Return all its bytes."""

    def read_into(self, buffer: memoryview, offset: int) -> int:
        """Fill a buffer from a place on; return how many bytes were there."""


@dataclass(frozen=True, slots=True)
class FileMember:
    """A file on disk."""

    path: Path
    size: int

    def head(self, count: int) -> bytes:
        """Return its first bytes."""
        with self.path.open("rb") as stream:
            return stream.read(count)

    def whole(self) -> bytes:
        """Return all its bytes."""
        return self.path.read_bytes()

    def read_into(self, buffer: memoryview, offset: int) -> int:
        """Fill a buffer from a place on, without a copy between."""
        with self.path.open("rb", buffering=0) as stream:
            stream.seek(offset)
            filled = 0
            while filled < len(buffer):
                count = stream.readinto(buffer[filled:])
                if not count:
                    break
                filled += count
        return filled


@dataclass(frozen=True, slots=True)
class ZipMember:
    """A file inside a zip, inflated in memory each time it is asked for."""

    archive: Path
    info: zipfile.ZipInfo

    @property
    def size(self) -> int:
        """Bytes it holds once inflated."""
        return self.info.file_size

    def head(self, count: int) -> bytes:
        """Return its first bytes, inflating no more than those."""
        if self.info.compress_type == zipfile.ZIP_STORED:
            return self._packed(min(count, self.size))
        if self.info.compress_type != zipfile.ZIP_DEFLATED:
            return self._slowly()[:count]
        # Deflate never packs worse than a few bytes over the plain size.
        packed = self._packed(min(self.info.compress_size, count + 1024))
        return _inflated(packed, count)

    def whole(self) -> bytes:
        """Return all its bytes, checked against the zip's own checksum."""
        if self.info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return self._slowly()
        from isal import isal_zlib

        packed = self._packed(self.info.compress_size)
        if self.info.compress_type == zipfile.ZIP_DEFLATED:
            # One byte of room more than promised shows a member that lies about its size.
            packed = _inflated(packed, self.size + 1)
        if len(packed) != self.size or isal_zlib.crc32(packed) != self.info.CRC:
            raise _damaged()
        return packed

    def read_into(self, buffer: memoryview, offset: int) -> int:
        """Fill a buffer from a place on."""
        part = self.whole()[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        return len(part)

    def _packed(self, count: int) -> bytes:
        # A handle of its own for each call: threads do not wait for one another.
        with self.archive.open("rb") as stream:
            stream.seek(self.info.header_offset)
            header = stream.read(LOCAL_HEADER.size)
            if len(header) < LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
                raise _damaged()
            *_, name, extra = LOCAL_HEADER.unpack(header)
            stream.seek(name + extra, 1)
            return stream.read(count)

    def _slowly(self) -> bytes:
        try:
            with zipfile.ZipFile(self.archive) as archive:
                return archive.read(self.info)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
            raise _damaged() from error


def members_of(path: Path) -> tuple[Member, ...]:
    """Every file of a folder (and its folders), of a zip, or the one file, in a stable order."""
    if path.is_dir():
        found: tuple[Member, ...] = tuple(_of_folder(path))
    elif zipfile.is_zipfile(path):
        found = tuple(_of_zip(path))
    else:
        return (FileMember(path, path.stat().st_size),)
    if not found:
        raise InputError("The study holds no file.", remedy="Give the folder that holds the scan.")
    return found


def _of_folder(folder: Path) -> Iterator[Member]:
    count = 0
    for path in sorted(folder.rglob("*")):
        if path.name.startswith(".") or not path.is_file():
            continue
        count += 1
        if count > MAX_MEMBERS:
            raise InputError(
                f"The folder holds more than {MAX_MEMBERS} files.",
                remedy="Give the folder of one study.",
            )
        yield FileMember(path, path.stat().st_size)


def _of_zip(path: Path) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = sorted(
                (info for info in archive.infolist() if not info.is_dir() and info.file_size),
                key=lambda info: info.filename,
            )
    except zipfile.BadZipFile as error:
        raise _damaged() from error
    _refuse_bombs(infos)
    for info in infos:
        if info.flag_bits & ENCRYPTED:
            raise InputError(
                "The zip is locked with a password.", remedy="Unpack it and give the folder."
            )
        # Resource forks that one operating system puts beside every file.
        if not info.filename.startswith("__MACOSX/"):
            yield ZipMember(path, info)


def _refuse_bombs(infos: list[zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    largest = max((info.file_size for info in infos), default=0)
    too_much = total > MAX_ZIP_BYTES or largest > MAX_MEMBER_BYTES or len(infos) > MAX_MEMBERS
    if too_much or total > MAX_ZIP_RATIO * max(packed, 1):
        raise InputError(
            f"The zip would unpack to {total / 2**30:.1f} GB in {len(infos)} files.",
            remedy="Unpack it yourself, look at it, and give the folder of one series.",
        )


def _inflated(packed: bytes, most: int) -> bytes:
    from isal import isal_zlib

    # Its type stub calls this class an instance.
    damaged: Any = isal_zlib.error
    try:
        plain: bytes = isal_zlib.decompressobj(-15).decompress(packed, most)
    except damaged as error:
        raise _damaged() from error
    return plain


def _damaged() -> InputError:
    return InputError(
        "The zip is damaged or cut short.", remedy="Copy it again from where it came."
    )
