"""Taking the invoice XML out of a PDF. The PDF itself is opened in the sandbox."""

from __future__ import annotations

from dataclasses import dataclass

from acquit.core.codecs import xml
from acquit.core.faults import Refused
from acquit.sandbox import door

# Lower case. Factur-X and ZUGFeRD 2.1+; ZUGFeRD 1.0 and 2.0; the XRechnung profile of ZUGFeRD;
# Order-X, whose orders travel the same way.
FILE_NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml")


class NoInvoiceInside(Refused):
    """The PDF holds no invoice XML that can be read; the fault says why."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """One attached XML and the name it has inside the PDF."""

    filename: str
    xml: bytes


def extract(*, pdf: bytes) -> Embedded:
    """The invoice XML. Raises NoInvoiceInside: not a PDF, encrypted, no XML, several, too large,
    or more than the sandbox allows."""
    try:
        found = [
            Embedded(name, content)
            for name, content in door.attachments(pdf=pdf, names=FILE_NAMES, most=xml.BYTES_MAX)
        ]
    except door.CannotOpen as no:
        raise NoInvoiceInside.because(no.code, no.message, fix=no.fix) from None
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
