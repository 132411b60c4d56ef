"""Several files in one: the ZIP in which banks and portals hand out statements.

What is unpacked is bounded before it is, by what the archive says of itself, and again while it
is, because an archive may say anything. Names are only names: nothing is written anywhere.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from acquit.core.codecs import zipped
from acquit.core.faults import Fault

MEMBERS_MAX = 1_000
BYTES_MAX = 256 * 1024**2  # of all members together
RATIO_MAX = 200  # to one; statements are seldom packed to less than a fiftieth
_SMALL = 1024**2  # bytes of a member up to which it may be packed as it likes
_ENTRIES_MAX = 50 * MEMBERS_MAX  # of the directory, those of stored spreadsheets inside too
_ZIP = b"PK\x03\x04"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_PLAIN_FIX = "unpack it and give the files that are inside"


class Member(NamedTuple):
    """A file that was inside; ``name`` without the folders of the archive's maker."""

    name: str
    body: bytes


class CannotUnpack(Exception):
    """Nothing of the archive is taken; carries the one fault that says why."""

    def __init__(self, what: str, message: str, fix: str = _PLAIN_FIX) -> None:
        self.fault = Fault(f"packed.{what}", message, fix=fix)
        super().__init__(message)


def sniff(data: bytes) -> bool:
    """Whether it is an archive of files, which spreadsheets and texts of an office are too and do
    not mean."""
    return data.startswith(_ZIP) and not zipped.is_of_office(data)


def unpack(data: bytes, *, bytes_max: int = BYTES_MAX) -> Iterator[Member]:
    """The files inside by name, one after the other; CannotUnpack before the first of them where
    the archive asks for more than it may, else where it turns out to."""
    if (entries := zipped.count(data)) > _ENTRIES_MAX:
        raise _many(entries)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = _judged(archive, bytes_max)
            for info in members:
                yield Member(info.filename, _read(archive, info))
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, RuntimeError) as bad:
        message = f"the archive cannot be opened: {bad}"
        raise CannotUnpack("damaged", message, "fetch it again") from None


def _judged(archive: zipfile.ZipFile, bytes_max: int) -> list[zipfile.ZipInfo]:
    """The members that are files, in the order of their names, when all of them may be read."""
    infos = archive.infolist()
    if len(infos) > MEMBERS_MAX:
        raise _many(len(infos))
    members = [info for info in infos if not info.is_dir() and not _is_hidden(info.filename)]
    if not members:
        raise CannotUnpack("empty", "the archive holds no file", "give one with files in it")
    if sum(info.file_size for info in members) > bytes_max:
        megabytes = bytes_max // 1024**2
        raise CannotUnpack("large", f"unpacked, the archive has more than {megabytes} MB")
    for info in members:
        if info.flag_bits & _ENCRYPTED:
            raise CannotUnpack("locked", f"{info.filename} is locked by a password")
        if info.compress_type not in _METHODS:
            raise CannotUnpack("method", f"{info.filename} is packed in a way that is not read")
        if info.file_size > max(_SMALL, info.compress_size * RATIO_MAX):
            message = f"{info.filename} is packed more than {RATIO_MAX} to one, as no statement is"
            raise CannotUnpack("bomb", message, "fetch it again; do not open what it holds")
    return sorted(members, key=lambda info: info.filename)


def _many(files: int) -> CannotUnpack:
    return CannotUnpack("many", f"the archive holds {files} files, {MEMBERS_MAX} are taken")


def _is_hidden(name: str) -> bool:
    """What computers put beside the files: ``__MACOSX/._a.xml``, ``.DS_Store``."""
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Not more than the member says that it holds; its checksum is proven by reading its end."""
    with archive.open(info) as stream:
        body = stream.read(info.file_size)
        if stream.read(1):
            raise CannotUnpack("bomb", f"{info.filename} holds more than it says")
    return body
