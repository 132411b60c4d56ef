"""The one list of syntaxes: which one a file is, what is in it, and a document in another one."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from types import ModuleType
from typing import Any

from acquit.core.codecs import cdar, cii, edifact, efactura, facturx, flux10, orderx, ubl, x12
from acquit.core.codecs.edifact import aperak, desadv, invoic, orders, ordrsp, remadv
from acquit.core.codecs.reading import File, Part
from acquit.core.codecs.writing import CannotWrite, Written, checked
from acquit.core.codecs.x12 import answer855, invoice810, notice856, order850, remittance820
from acquit.core.codecs.xml import NotXml
from acquit.core.documents.despatch import DespatchAdvice
from acquit.core.documents.ereport import EReport
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.lifecycle import LifecycleStatus
from acquit.core.documents.order import Order, OrderResponse, import_rows
from acquit.core.documents.remittance import RemittanceAdvice
from acquit.core.documents.response import Response
from acquit.core.faults import Fault
from acquit.core.text import canonical_json

CODECS: tuple[ModuleType, ...] = (
    *(ubl, cii, orderx, cdar, flux10, facturx, edifact, x12),
    efactura,  # the last: its errors may stand as words in any other
)
JSON = "json"
# What a document can be written in without anything but itself.
WRITES: tuple[str, ...] = (ubl.NAME, cii.NAME, facturx.NAME, edifact.NAME, x12.NAME, JSON)
PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
CSV = "csv"  # an order as rows of the import kind ``orders``
# The module of each kind of document in each syntax that has several.
MESSAGES: dict[type, dict[str, ModuleType]] = {
    Invoice: {edifact.NAME: invoic, x12.NAME: invoice810},
    Order: {
        ubl.NAME: ubl.order,
        orderx.NAME: orderx,
        edifact.NAME: orders,
        x12.NAME: order850,
    },
    OrderResponse: {ubl.NAME: ubl.order_response, edifact.NAME: ordrsp, x12.NAME: answer855},
    DespatchAdvice: {ubl.NAME: ubl.despatch, edifact.NAME: desadv, x12.NAME: notice856},
    RemittanceAdvice: {ubl.NAME: ubl.remittance, edifact.NAME: remadv, x12.NAME: remittance820},
    Response: {ubl.NAME: ubl.application_response, edifact.NAME: aperak},
    LifecycleStatus: {cdar.NAME: cdar},
    EReport: {flux10.NAME: flux10},
}


def sniff(*, data: bytes) -> ModuleType | None:
    """The codec that recognises the bytes, or None."""
    return next((codec for codec in CODECS if codec.sniff(data)), None)


def read(*, data: bytes) -> File[Any]:
    """Every document of the file in whatever syntax it came; never raises for bad bytes."""
    # A PDF without an invoice is told what it lacks, not that it is unknown.
    codec = facturx if data.startswith(b"%PDF-") else sniff(data=data)
    if not data.strip():
        return File("", (), (Fault("document.empty", "the file is empty", fix="send it again"),))
    if codec is None and data.startswith(PACKED):
        message = "this is a packed archive, and what is in it may be of any size"
        return File("", (), (Fault("document.packed", message, fix="unpack it first"),))
    if codec is None:
        known = ", ".join(each.NAME for each in CODECS)
        message = "this is no document in a syntax that is known here"
        return File("", (), (Fault("document.syntax", message, fix=f"known: {known}"),))
    if codec is not cii:
        found: File[Any] = codec.read_file(data=data)
        return found
    return File(codec.NAME, (Part(codec.NAME, codec.read(data=data)),))


def answer(*, data: bytes, reference: str, at: datetime) -> Written:
    """What tells the sender of an interchange how it was read: CONTRL of EDIFACT, 997 and TA1 of
    X12. ``reference`` is its number, up to nine digits. CannotWrite where no answer is due."""
    codec = sniff(data=data)
    if codec not in (edifact, x12):
        message = "only interchanges of EDIFACT and X12 are answered"
        raise CannotWrite.because("document.no_answer", message, fix="leave out --answer")
    written: Written = codec.answer(data=data, reference=reference, at=at)
    return written


def write(*, document: Any, to: str, version: str = "", language: str = "en") -> Written:
    """The document in the syntax ``to`` with what it loses there; ``version`` chooses a directory
    or release (D96A, D01B; 4010, 5010), ``language`` (en, fr, de, ro) the words on the page of
    Factur-X. CannotWrite where it does not fit, or has no such form."""
    if to == JSON:
        return Written(canonical_json(document.to_dict()) + b"\n")
    if to == CSV and isinstance(document, Order):
        return Written(_rows(document))
    if to in (ubl.NAME, cii.NAME) and isinstance(document, Invoice):
        return _xml(ubl if to == ubl.NAME else cii, document)
    if to == facturx.NAME and isinstance(document, Invoice):
        return _page(document, language)
    module = MESSAGES.get(type(document), {}).get(to)
    if module is None:
        kind = type(document).__name__
        forms = [*MESSAGES.get(type(document), {}), JSON]
        if isinstance(document, Order):
            forms.append(CSV)
        if isinstance(document, Invoice):
            forms = [ubl.NAME, cii.NAME, facturx.NAME, *forms]
        message = f"a document of kind {kind} is not written as {to!r}"
        raise CannotWrite.because("document.no_form", message, fix=f"one of: {', '.join(forms)}")
    versions = tuple(module.VERSIONS)
    if version and version not in versions:
        message = f"{to} is not written in version {version!r}"
        known = ", ".join(versions)
        raise CannotWrite.because("document.version", message, fix=f"one of: {known}")
    written: Written = module.write(document=document, version=version or versions[0])
    return written


def _rows(order: Order) -> bytes:
    """The order as a file of the import kind ``orders``, for the customer by the buyer's number."""
    known = order.buyer.identifiers
    customer = known[0].value if known else order.buyer.name or ""
    rows = import_rows(order=order, customer_number=customer)
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _page(document: Invoice, language: str) -> Written:
    """Factur-X with a plain page: whoever has a logo and words of its own prints them elsewhere."""
    from acquit.core.codecs import pdf  # fonts and typesetting: loaded when a page is wanted
    from acquit.core.codecs.pdf.display import LANGUAGES

    if language not in LANGUAGES:
        message = f"there is no page in {language!r}"
        fix = f"one of: {', '.join(LANGUAGES)}"
        raise CannotWrite.because("document.language", message, fix=fix)
    stated = facturx.declarable(document=document)
    try:
        page = pdf.render(document=stated, branding=pdf.Branding(), locale=language, mentions=())
        data = facturx.write(document=stated, pdf=page)
    except (NotXml, pdf.NotPrintable) as refusal:
        raise CannotWrite(refusal.faults) from None
    reading = facturx.read(data=data)
    return checked(
        name=facturx.NAME, document=document, data=data, reading=reading, loses=facturx.LOSES
    )


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
