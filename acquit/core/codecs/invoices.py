"""The syntaxes an invoice may come in: which one a file is, and the invoice in it."""

from __future__ import annotations

from types import ModuleType

from acquit.core.codecs import cii, facturx, ubl
from acquit.core.codecs.reading import Reading
from acquit.core.documents.invoice import Invoice
from acquit.core.faults import Fault

CODECS: tuple[ModuleType, ...] = (ubl, cii, facturx)


def sniff(*, data: bytes) -> ModuleType | None:
    """The codec that recognises the bytes, or None."""
    return next((codec for codec in CODECS if codec.sniff(data)), None)


def read(*, data: bytes) -> Reading[Invoice]:
    """The invoice in whatever syntax it came; a fault names the known ones when it is none."""
    if data.startswith(b"%PDF-"):
        return facturx.read(data=data)
    codec = sniff(data=data)
    if codec is ubl:
        return ubl.read(data=data)
    if codec is cii:
        return cii.read(data=data)
    known = ", ".join(codec.NAME for codec in CODECS)
    message = "this is no invoice in a syntax that is known here"
    return Reading(None, (Fault("invoice.syntax", message, fix=f"known: {known}"),))
