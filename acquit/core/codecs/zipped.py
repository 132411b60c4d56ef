"""What a ZIP says that it holds, read without opening it."""

from __future__ import annotations

import re

_END = b"PK\x05\x06"
_END_SIZE = 22
_COMMENT_MAX = 65_535
_ENTRY = b"PK\x01\x02"
# A name follows 30 bytes of what stands before a member, or 46 of its entry in the directory
# (APPNOTE 4.3.7 and 4.3.12).
_NAME = rb"PK(?:\x03\x04.{26}|\x01\x02.{42})(?:%s)"
_NAME_AT = 30
_OPEN_DOCUMENT = (
    b"mimetypeapplication/vnd.oasis.opendocument"  # first and not packed: ODF 1.3, 2.3.3
)
_SHEET = re.compile(_NAME % rb"xl/", re.S)
_OFFICE = re.compile(_NAME % rb"xl/|\[Content_Types\]\.xml", re.S)


def is_book(data: bytes) -> bool:
    """Whether a member is a part of a spreadsheet. What is packed says nothing: any three letters
    stand somewhere in some megabytes of it."""
    return _SHEET.search(_directory(data)) is not None


def is_of_office(data: bytes) -> bool:
    """Whether it is a spreadsheet, a text or slides, which are archives and do not mean to be."""
    if data.startswith(_OPEN_DOCUMENT, _NAME_AT):
        return True
    return _OFFICE.search(_directory(data)) is not None


def count(data: bytes) -> int:
    """Members, at least as many as there are: each costs memory before the first can be read."""
    return data.count(_ENTRY)


def _directory(data: bytes) -> bytes:
    """Its directory, which an archive inside has no part in; all there is where that is cut off or
    larger than 4 GB."""
    end = data.rfind(_END, max(0, len(data) - _END_SIZE - _COMMENT_MAX))
    size = int.from_bytes(data[end + 12 : end + 16], "little") if end >= 0 else 0
    start = end - size
    return data[start:end] if start > 0 and data.startswith(_ENTRY, start) else data
