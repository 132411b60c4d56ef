"""UBL 2.1 header: numbers, dates, currencies, notes, references, attachments.

UBL orders some references differently in Invoice and CreditNote, so the writer returns them by
name and the document puts them in the order of its own schema.
"""

from __future__ import annotations

import base64
import binascii
import re

from acquit.core.codecs.ubl.lines import OBJECT_TYPE
from acquit.core.codecs.ubl.parties import identifier, read_identifier
from acquit.core.codecs.xml import Node, attributes, escape, tag, text_of, wrap
from acquit.core.documents.invoice import (
    Attachment,
    Invoice,
    Note,
    PrecedingInvoice,
    References,
)
from acquit.core.documents.parties import Identifier

PROJECT_TYPE = "50"  # UNCL 1001: the project (BT-11) in a credit note, which has no own element
# UBL demands an order number where EN 16931 only has the seller's: the placeholder of Peppol.
NO_ORDER = "NA"
_SUBJECT = re.compile(r"#([A-Z]{3})#(.*)", re.DOTALL)


def write_note(note: Note) -> str:
    """The subject code (BT-21) goes before the text, as ``#PMT#text`` (CEN/TS 16931-3-2)."""
    text = f"#{note.subject_code}#{note.text}" if note.subject_code else note.text
    return tag("cbc:Note", text)


def read_note(text: str) -> Note:
    match = _SUBJECT.fullmatch(text)
    return Note(match.group(2), match.group(1)) if match else Note(text)


def write_references(invoice: Invoice, *, credit_note: bool) -> dict[str, str]:
    """The reference blocks by UBL name, each complete or empty."""
    refs = invoice.references
    additional = [_write_additional(refs.invoiced_object, OBJECT_TYPE)]
    if credit_note and refs.project:
        additional.append(_write_additional(Identifier(refs.project), PROJECT_TYPE))
    additional.extend(_write_attachment(part) for part in invoice.attachments)
    order = refs.purchase_order or (NO_ORDER if refs.sales_order else None)
    return {
        "OrderReference": wrap(
            "cac:OrderReference", tag("cbc:ID", order), tag("cbc:SalesOrderID", refs.sales_order)
        ),
        "BillingReference": "".join(_write_preceding(p) for p in invoice.preceding_invoices),
        "DespatchDocumentReference": _plain("Despatch", refs.despatch_advice),
        "ReceiptDocumentReference": _plain("Receipt", refs.receiving_advice),
        "OriginatorDocumentReference": _plain("Originator", refs.tender_or_lot),
        "ContractDocumentReference": _plain("Contract", refs.contract),
        "AdditionalDocumentReference": "".join(additional),
        "ProjectReference": ""
        if credit_note
        else wrap("cac:ProjectReference", tag("cbc:ID", refs.project)),
    }


def read_references(
    node: Node,
) -> tuple[References, tuple[PrecedingInvoice, ...], tuple[Attachment, ...]]:
    attachments: list[Attachment] = []
    invoiced_object: Identifier | None = None
    project = node.text("ProjectReference", "ID")
    for part in node.all("AdditionalDocumentReference"):
        code = part.text("DocumentTypeCode")
        if code == OBJECT_TYPE and invoiced_object is None:
            invoiced_object = read_identifier(part, "ID")
        elif code == PROJECT_TYPE and project is None:
            project = part.text("ID")
        else:
            attachments.append(_read_attachment(part))
    order = node.text("OrderReference", "ID")
    sales_order = node.text("OrderReference", "SalesOrderID")
    references = References(
        project=project,
        contract=node.text("ContractDocumentReference", "ID"),
        purchase_order=None if order == NO_ORDER and sales_order else order,
        sales_order=sales_order,
        receiving_advice=node.text("ReceiptDocumentReference", "ID"),
        despatch_advice=node.text("DespatchDocumentReference", "ID"),
        tender_or_lot=node.text("OriginatorDocumentReference", "ID"),
        invoiced_object=invoiced_object,
        buyer_accounting=node.text("AccountingCost"),
    )
    preceding = tuple(
        PrecedingInvoice(
            part.need("InvoiceDocumentReference", "ID"),
            part.date("InvoiceDocumentReference", "IssueDate"),
        )
        for part in node.all("BillingReference")
    )
    return references, preceding, tuple(attachments)


def _plain(name: str, value: str | None) -> str:
    return wrap(f"cac:{name}DocumentReference", tag("cbc:ID", value))


def _write_additional(value: Identifier | None, type_code: str) -> str:
    if value is None:
        return ""
    code = f"<cbc:DocumentTypeCode>{type_code}</cbc:DocumentTypeCode>"
    name = "cac:AdditionalDocumentReference"
    return f"<{name}>{identifier('cbc:ID', value)}{code}</{name}>"


def _write_preceding(preceding: PrecedingInvoice) -> str:
    day = preceding.issue_date
    return wrap(
        "cac:BillingReference",
        wrap(
            "cac:InvoiceDocumentReference",
            tag("cbc:ID", preceding.number),
            tag("cbc:IssueDate", day.isoformat() if day else None),
        ),
    )


def _write_attachment(part: Attachment) -> str:
    content = ""
    if part.content is not None:
        attrs = attributes((("mimeCode", part.mime_type), ("filename", part.filename)))
        data = base64.b64encode(part.content).decode("ascii")
        name = "cbc:EmbeddedDocumentBinaryObject"
        content = f"<{name}{attrs}>{data}</{name}>"
    return wrap(
        "cac:AdditionalDocumentReference",
        f"<cbc:ID>{escape(part.id)}</cbc:ID>",
        tag("cbc:DocumentDescription", part.description),
        wrap(
            "cac:Attachment",
            content,
            wrap("cac:ExternalReference", tag("cbc:URI", part.location)),
        ),
    )


def _read_attachment(node: Node) -> Attachment:
    element = node.leaf("Attachment", "EmbeddedDocumentBinaryObject")
    content: bytes | None = None
    if element is not None:
        try:
            text = "".join((text_of(element) or "").split())
            content = base64.b64decode(text, validate=True)
        except binascii.Error:
            node.source.fault("attachment", "the content is not base64", element)
    return Attachment(
        id=node.need("ID"),
        description=node.text("DocumentDescription"),
        location=node.text("Attachment", "ExternalReference", "URI"),
        content=content,
        mime_type=None if element is None else element.get("mimeCode") or None,
        filename=None if element is None else element.get("filename") or None,
    )
