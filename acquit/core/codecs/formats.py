"""The one list of syntaxes: which one a file is, what is in it, and a document in another one."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from acquit.core.codecs import cii, edifact, facturx, ubl, x12
from acquit.core.codecs.reading import File, Part
from acquit.core.codecs.writing import CannotWrite, Written, checked
from acquit.core.codecs.xml import NotXml
from acquit.core.documents.invoice import Invoice
from acquit.core.faults import Fault
from acquit.core.text import canonical_json

CODECS: tuple[ModuleType, ...] = (ubl, cii, facturx, edifact, x12)
JSON = "json"
# What a document can be written in without anything but itself.
WRITES: tuple[str, ...] = (ubl.NAME, cii.NAME, edifact.NAME, x12.NAME, JSON)


def sniff(*, data: bytes) -> ModuleType | None:
    """The codec that recognises the bytes, or None."""
    return next((codec for codec in CODECS if codec.sniff(data)), None)


def read(*, data: bytes) -> File[Any]:
    """Every document of the file in whatever syntax it came; never raises for bad bytes."""
    # A PDF without an invoice is told what it lacks, not that it is unknown.
    codec = facturx if data.startswith(b"%PDF-") else sniff(data=data)
    if codec is None:
        known = ", ".join(each.NAME for each in CODECS)
        message = "this is no document in a syntax that is known here"
        return File("", (), (Fault("document.syntax", message, fix=f"known: {known}"),))
    if codec in (edifact, x12):
        found: File[Any] = codec.read_file(data=data)
        return found
    return File(codec.NAME, (Part(codec.NAME, codec.read(data=data)),))


def write(*, document: Any, to: str, version: str = "") -> Written:
    """The document in the syntax ``to`` with what it loses there; ``version`` chooses a directory
    or release (D96A, D01B; 4010, 5010). CannotWrite where it does not fit, or has no such form."""
    if to == JSON:
        return Written(canonical_json(document.to_dict()) + b"\n")
    if to in (ubl.NAME, cii.NAME) and isinstance(document, Invoice):
        return _xml(ubl if to == ubl.NAME else cii, document)
    codec: ModuleType | None = {edifact.NAME: edifact, x12.NAME: x12}.get(to)
    if codec is None or not isinstance(document, Invoice):
        kind = type(document).__name__
        message = f"a document of kind {kind} is not written as {to!r}"
        raise CannotWrite.because("document.no_form", message, fix=f"one of: {', '.join(WRITES)}")
    if version and version not in codec.VERSIONS:
        known = ", ".join(codec.VERSIONS)
        message = f"{to} is not written in version {version!r}"
        raise CannotWrite.because("document.version", message, fix=f"one of: {known}")
    written: Written = codec.write(document=document, version=version or codec.VERSIONS[0])
    return written


def _xml(codec: ModuleType, document: Invoice) -> Written:
    try:
        data: bytes = codec.write(document=document)
    except NotXml as refusal:
        raise CannotWrite(refusal.faults) from None
    return checked(
        name=codec.NAME,
        document=document,
        data=data,
        reading=codec.read(data=data),
        loses=codec.LOSES,
    )
