"""Taking the invoice XML out of a PDF, with limits on what a hostile file can cost."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from acquit.core.codecs import xml
from acquit.core.faults import Refused

if TYPE_CHECKING:
    import pikepdf

# Lower case. Factur-X and ZUGFeRD 2.1+; ZUGFeRD 1.0 and 2.0; the XRechnung profile of ZUGFeRD;
# Order-X, whose orders travel the same way.
FILE_NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml")
PDF_BYTES_MAX = 50_000_000


class NoInvoiceInside(Refused):
    """The PDF holds no invoice XML that can be read; the fault says why."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """One attached XML and the name it has inside the PDF."""

    filename: str
    xml: bytes


def extract(*, pdf: bytes) -> Embedded:
    """The invoice XML. Raises NoInvoiceInside: not a PDF, encrypted, no XML, several, too large."""
    import pikepdf  # large and native: loaded when the first PDF comes

    if len(pdf) > PDF_BYTES_MAX:
        message = f"{len(pdf)} bytes; at most {PDF_BYTES_MAX} are accepted"
        raise NoInvoiceInside.because("facturx.size", message)
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            found = [Embedded(name, _bytes_of(spec)) for name, spec in _invoice_files(document)]
    except pikepdf.PasswordError:
        message = "the PDF is protected by a password"
        raise NoInvoiceInside.because("facturx.encrypted", message) from None
    except pikepdf.PdfError as error:
        raise NoInvoiceInside.because("facturx.pdf", f"not a readable PDF: {error}") from None
    if not found:
        raise NoInvoiceInside.because(
            "facturx.missing",
            "the PDF has no embedded invoice",
            fix=f"attach the XML under the name {FILE_NAMES[0]}",
        )
    if len({part.xml for part in found}) > 1:
        names = ", ".join(part.filename for part in found)
        message = f"the PDF holds different invoices: {names}"
        raise NoInvoiceInside.because("facturx.ambiguous", message, fix="keep one of them")
    return found[0]


def _invoice_files(document: pikepdf.Pdf) -> list[tuple[str, Any]]:
    return [
        (name, spec)
        for name, spec in document.attachments.items()
        if (spec.filename or name).lower() in FILE_NAMES or name.lower() in FILE_NAMES
    ]


def _bytes_of(spec: pikepdf.AttachedFileSpec) -> bytes:
    """The attached bytes, unpacked no further than the limit (compression bombs)."""
    import pikepdf

    stream = spec.get_file().obj
    if not isinstance(stream, pikepdf.Stream):
        raise NoInvoiceInside.because("facturx.packed", "the attachment has no content")
    raw: bytes = stream.read_raw_bytes()
    filters = stream.get("/Filter")
    names = [str(filters)] if isinstance(filters, pikepdf.Name) else [str(f) for f in filters or ()]
    if not names:
        data = raw
    elif names == ["/FlateDecode"]:
        data = _inflate(raw)
    else:
        message = f"the attachment is packed as {', '.join(names)}"
        raise NoInvoiceInside.because("facturx.filter", message, fix="use FlateDecode")
    if len(data) > xml.BYTES_MAX:
        message = f"the attached XML is larger than {xml.BYTES_MAX} bytes"
        raise NoInvoiceInside.because("facturx.size", message)
    return data


def _inflate(raw: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(raw, xml.BYTES_MAX + 1)
    except zlib.error as error:
        raise NoInvoiceInside.because("facturx.packed", f"broken attachment: {error}") from None
