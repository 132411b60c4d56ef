"""Factur-X and ZUGFeRD: a PDF/A-3 with the CII XML of the same invoice inside.

Reading takes the XML of any profile and version out of the PDF. Writing embeds the XML the way
Factur-X 1.09 and ISO 19005-3 ask for: /AF with relationship Alternative, the file name of the
profile, and the fx extension schema in the XMP metadata.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from acquit.core.codecs import cii, orderx
from acquit.core.codecs.facturx.embed import Profile, embed, profile_of
from acquit.core.codecs.facturx.extract import NoInvoiceInside, extract
from acquit.core.codecs.reading import File, Part, Reading
from acquit.core.documents.invoice import EN16931, Invoice

__all__ = [
    "LOSES",
    "NAME",
    "NoInvoiceInside",
    "Profile",
    "declarable",
    "extract",
    "read",
    "read_file",
    "sniff",
    "write",
]

NAME = "facturx"
LOSES = {**cii.LOSES, "specification": "of Factur-X there is EN 16931, EXTENDED and XRechnung"}


def sniff(data: bytes) -> bool:
    """Whether the bytes are a PDF with a file of one of the known names inside."""
    if b"%PDF-" not in data[:1024]:
        return False
    try:
        extract(pdf=data)
    except NoInvoiceInside:
        return False
    return True


def declarable(*, document: Invoice) -> Invoice:
    """The document under a specification (BT-24) that is a level of Factur-X: for one of Peppol or
    CIUS-RO that is EN 16931, on which they build."""
    if profile_of(document.specification) is not Profile.EN16931:
        return document
    return replace(document, specification=EN16931)


def write(*, document: Invoice, pdf: bytes) -> bytes:
    """The PDF with the invoice as CII inside, declared at the level of its specification (BT-24):
    EN 16931, EXTENDED-CTC-FR or XRechnung. ``pdf`` must be PDF/A-3 already."""
    profile = profile_of(document.specification)
    return embed(pdf=pdf, xml=cii.write(document=document), profile=profile)


def read(*, data: bytes) -> Reading[Invoice]:
    """The canonical document of the embedded XML; faults where there is none or it is broken."""
    try:
        found = extract(pdf=data)
    except NoInvoiceInside as refusal:
        return Reading(None, refusal.faults)
    return cii.read(data=found.xml)


def read_file(*, data: bytes) -> File[Any]:
    """The one document inside the PDF: an invoice, or an order in Order-X."""
    try:
        found = extract(pdf=data)
    except NoInvoiceInside as refusal:
        return File(NAME, (Part(NAME, Reading(None, refusal.faults)),))
    if orderx.sniff(found.xml):
        return orderx.read_file(data=found.xml)
    return File(NAME, (Part(NAME, cii.read(data=found.xml)),))
