"""The one list of syntaxes of bank statements: which one a file is, and its events."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from acquit.core.codecs import bai2, banktable, binary, camt, coda, mt940, ofx
from acquit.core.codecs.bankfile import ORIGINAL, UNTOLD, BankFile, Event, Told, gathered
from acquit.core.faults import Fault
from acquit.core.text import unpadded

CODECS: tuple[ModuleType, ...] = (camt, mt940, ofx, coda, bai2, banktable)
_HEAD = 64 * 1024


def sniff(data: bytes) -> ModuleType | None:
    """The codec that recognises the beginning of a file, or None."""
    head = data[:_HEAD]
    return next((codec for codec in CODECS if codec.sniff(head)), None)


def codec_of(data: bytes, *, told: Told = UNTOLD) -> ModuleType | None:
    """The codec that reads a file: the one that recognises it, or the one of tables where
    somebody said what its columns are."""
    return banktable if told.layout is not None else sniff(data)


def read(data: bytes, *, told: Told = UNTOLD) -> Iterator[Event]:
    """The events of a bank file in whatever syntax it came; never raises for bad bytes. ``told``
    is for tables; the other syntaxes say everything themselves."""
    codec = codec_of(data, told=told)
    if codec is None and data.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \r\n")[:1] == b"<":
        codec = camt  # it says what other XML is, or where it is broken
    if codec is banktable:
        yield from banktable.read(unpadded(data), told=told)
        return
    if codec is not None:
        yield from codec.read(data if codec is camt else unpadded(data))
        return
    if not data.strip():
        yield Fault("bank.empty", "the file is empty", fix=ORIGINAL)
        return
    known = ", ".join(each.NAME for each in CODECS)
    what = binary.seems(data)
    if what:
        message = f"this is no bank statement; it seems to be {what}"
        yield Fault("bank.syntax", message, fix=ORIGINAL)
        return
    message = "this is no bank statement in a syntax that is known here"
    fix = f"known: {known}; a table needs the header of its bank ({banktable.layouts()})"
    yield Fault("bank.syntax", message, fix=fix)


def read_all(data: bytes, *, told: Told = UNTOLD) -> BankFile:
    """The whole file at once. Check ``is_readable`` before using the statements."""
    return gathered(read(data, told=told))
