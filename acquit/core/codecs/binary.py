"""Files that are no text: what each one seems to be, by its first bytes, in words."""

from __future__ import annotations

import codecs

HEAD = 4096  # bytes that are looked at
_SHARE = 20  # one byte of so many that no text has
_PDF = b"%PDF"
# What stands first in such files, by their own specifications. A ZIP is told by its reader.
_KINDS: tuple[tuple[bytes, str], ...] = (
    (_PDF, "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"BM", "a picture (BMP)"),
    (b"II*\0", "a picture (TIFF)"),
    (b"MM\0*", "a picture (TIFF)"),
    (b"PK\x03\x04", "a spreadsheet or an archive (ZIP)"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet of the kind before 2007, or one with a password"),
    (b"7z\xbc\xaf", "an archive (7z)"),
    (b"Rar!", "an archive (RAR)"),
    (b"BZh", "a packed file (bzip2)"),
    (b"\xfd7zXZ", "a packed file (xz)"),
    (b"\x28\xb5\x2f\xfd", "a packed file (zstd)"),
    (b"SQLite format 3", "a database (SQLite)"),
    (b"PAR1", "a table of Parquet"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x30\x82", "a signed or encrypted file (PKCS #7), or a certificate"),
)
_CONTROLS = bytes({*range(32), 127} - {*b"\t\n\v\f\r\x1a\x1b"})
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def seems(beginning: bytes) -> str:
    """What a file is that cannot be a text of any encoding but UTF-16, "" where it may be one. A
    few control characters make no text a binary file: some machines pad or frame with them.

    >>> seems(bytes([0x89]) + b"PNG" + bytes(12)), seems(bytes(range(256)))
    ('a picture (PNG)', 'data that only a program can read')
    >>> seems(b"BM,id,amount"), seems("Zürich".encode("cp1252")), seems("a;b".encode("utf-16"))
    ('', '', '')
    """
    head = beginning[:HEAD]
    if head.startswith(_MARKS):
        return ""
    controls = len(head) - len(head.translate(None, _CONTROLS))
    is_text = controls * _SHARE <= len(head) or _is_wide(head)
    for start, name in _KINDS:
        # A text may begin with letters that are the mark of something.
        if head.startswith(start) and (not is_text or start == _PDF or not start.isalnum()):
            return name
    return "" if is_text else "data that only a program can read"


def _is_wide(head: bytes) -> bool:
    """Whether it may be UTF-16 that does not say so: most characters have one byte of nothing,
    and none has two."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    return min(even, odd) == 0 and max(even, odd) * 4 > len(head)
