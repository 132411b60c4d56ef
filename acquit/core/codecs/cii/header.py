"""CII D16B header: context, document, references, attachments, delivery.

Each block is written and read side by side. Paths follow the syntax binding CEN/TS 16931-3-3.
"""

from __future__ import annotations

import base64
import binascii

from acquit.core.codecs.cii.lines import OBJECT_TYPE, write_object
from acquit.core.codecs.cii.parties import (
    read_address,
    read_identifiers,
    write_address,
    write_identifiers,
)
from acquit.core.codecs.cii.settlement import read_date, write_date
from acquit.core.codecs.xml import Node, attributes, escape, tag, text_of, wrap
from acquit.core.documents.invoice import (
    Attachment,
    Invoice,
    Note,
    PrecedingInvoice,
    References,
)
from acquit.core.documents.parties import DeliveryInformation, Identifier

TENDER_TYPE = "50"  # UNCL 1001: the reference is to a tender or lot (BT-17)
ATTACHMENT_TYPE = "916"  # UNCL 1001: the reference is a supporting document (BG-24)
# CII demands a project name, EN 16931 has no such term.
PROJECT_NAME = "Project reference"


def write_context(invoice: Invoice) -> str:
    process = wrap(
        "ram:BusinessProcessSpecifiedDocumentContextParameter",
        tag("ram:ID", invoice.business_process),
    )
    guideline = tag("ram:ID", invoice.specification)
    return (
        f"<rsm:ExchangedDocumentContext>{process}"
        f"{wrap('ram:GuidelineSpecifiedDocumentContextParameter', guideline)}"
        "</rsm:ExchangedDocumentContext>"
    )


def write_document(invoice: Invoice) -> str:
    notes = "".join(
        f"<ram:IncludedNote>{tag('ram:Content', note.text)}"
        f"{tag('ram:SubjectCode', note.subject_code)}</ram:IncludedNote>"
        for note in invoice.notes
    )
    return (
        f"<rsm:ExchangedDocument>{tag('ram:ID', invoice.number)}"
        f"{tag('ram:TypeCode', invoice.type_code)}"
        f"{write_date('ram:IssueDateTime', invoice.issue_date, 'udt:DateTimeString')}"
        f"{notes}</rsm:ExchangedDocument>"
    )


def read_notes(nodes: list[Node]) -> tuple[Note, ...]:
    return tuple(Note(part.need("Content"), part.text("SubjectCode")) for part in nodes)


def write_references(invoice: Invoice) -> str:
    """The references of the trade agreement, in the order of the schema."""
    refs = invoice.references
    tender = ""
    if refs.tender_or_lot:
        tender = wrap(
            "ram:AdditionalReferencedDocument",
            tag("ram:IssuerAssignedID", refs.tender_or_lot),
            f"<ram:TypeCode>{TENDER_TYPE}</ram:TypeCode>",
        )
    project = ""
    if refs.project:
        project = wrap(
            "ram:SpecifiedProcuringProject",
            tag("ram:ID", refs.project),
            tag("ram:Name", PROJECT_NAME),
        )
    return "".join(
        (
            _plain("SellerOrder", refs.sales_order),
            _plain("BuyerOrder", refs.purchase_order),
            _plain("Contract", refs.contract),
            *(_write_attachment(part) for part in invoice.attachments),
            tender,
            write_object(refs.invoiced_object),
            project,
        )
    )


def read_references(
    agreement: Node, delivery: Node, settlement: Node
) -> tuple[References, tuple[Attachment, ...]]:
    attachments: list[Attachment] = []
    tender: str | None = None
    invoiced_object: Identifier | None = None
    for part in agreement.all("AdditionalReferencedDocument"):
        code = part.text("TypeCode")
        if code == OBJECT_TYPE and invoiced_object is None:
            value = part.text("IssuerAssignedID")
            scheme = part.text("ReferenceTypeCode")
            invoiced_object = Identifier(value, scheme) if value else None
        elif code == TENDER_TYPE and tender is None:
            tender = part.text("IssuerAssignedID")
        else:
            attachments.append(_read_attachment(part))
    agreement.text("SpecifiedProcuringProject", "Name")
    references = References(
        project=agreement.text("SpecifiedProcuringProject", "ID"),
        contract=agreement.text("ContractReferencedDocument", "IssuerAssignedID"),
        purchase_order=agreement.text("BuyerOrderReferencedDocument", "IssuerAssignedID"),
        sales_order=agreement.text("SellerOrderReferencedDocument", "IssuerAssignedID"),
        receiving_advice=delivery.text("ReceivingAdviceReferencedDocument", "IssuerAssignedID"),
        despatch_advice=delivery.text("DespatchAdviceReferencedDocument", "IssuerAssignedID"),
        tender_or_lot=tender,
        invoiced_object=invoiced_object,
        buyer_accounting=settlement.text("ReceivableSpecifiedTradeAccountingAccount", "ID"),
    )
    return references, tuple(attachments)


def _plain(name: str, value: str | None) -> str:
    return wrap(f"ram:{name}ReferencedDocument", tag("ram:IssuerAssignedID", value))


def _write_attachment(part: Attachment) -> str:
    content = ""
    if part.content is not None:
        attrs = attributes((("mimeCode", part.mime_type), ("filename", part.filename)))
        data = base64.b64encode(part.content).decode("ascii")
        content = f"<ram:AttachmentBinaryObject{attrs}>{data}</ram:AttachmentBinaryObject>"
    return wrap(
        "ram:AdditionalReferencedDocument",
        f"<ram:IssuerAssignedID>{escape(part.id)}</ram:IssuerAssignedID>",
        tag("ram:URIID", part.location),
        f"<ram:TypeCode>{ATTACHMENT_TYPE}</ram:TypeCode>",
        tag("ram:Name", part.description),
        content,
    )


def _read_attachment(node: Node) -> Attachment:
    element = node.leaf("AttachmentBinaryObject")
    content: bytes | None = None
    if element is not None:
        try:
            text = "".join((text_of(element) or "").split())
            content = base64.b64decode(text, validate=True)
        except binascii.Error:
            node.source.fault("attachment", "the content is not base64", element)
    return Attachment(
        id=node.need("IssuerAssignedID"),
        description=node.text("Name"),
        location=node.text("URIID"),
        content=content,
        mime_type=None if element is None else element.get("mimeCode") or None,
        filename=None if element is None else element.get("filename") or None,
    )


def write_delivery(invoice: Invoice) -> str:
    delivery = invoice.delivery or DeliveryInformation()
    place = wrap(
        "ram:ShipToTradeParty",
        write_identifiers((delivery.location,) if delivery.location else ()),
        tag("ram:Name", delivery.name),
        write_address(delivery.address) if delivery.address else "",
    )
    event = write_date("ram:OccurrenceDateTime", delivery.delivered_on, "udt:DateTimeString")
    return "".join(
        (
            "<ram:ApplicableHeaderTradeDelivery>",
            place,
            wrap("ram:ActualDeliverySupplyChainEvent", event),
            _plain("DespatchAdvice", invoice.references.despatch_advice),
            _plain("ReceivingAdvice", invoice.references.receiving_advice),
            "</ram:ApplicableHeaderTradeDelivery>",
        )
    )


def read_delivery(node: Node) -> DeliveryInformation | None:
    place = node.at("ShipToTradeParty")
    identifiers = read_identifiers(place)
    address = place.at("PostalTradeAddress")
    delivery = DeliveryInformation(
        name=place.text("Name"),
        location=identifiers[0] if identifiers else None,
        delivered_on=read_date(node, "ActualDeliverySupplyChainEvent", "OccurrenceDateTime"),
        address=read_address(address) if address else None,
    )
    return None if delivery == DeliveryInformation() else delivery


def write_preceding(preceding: PrecedingInvoice) -> str:
    name = "ram:FormattedIssueDateTime"
    return wrap(
        "ram:InvoiceReferencedDocument",
        tag("ram:IssuerAssignedID", preceding.number),
        write_date(name, preceding.issue_date, "qdt:DateTimeString"),
    )


def read_preceding(node: Node) -> PrecedingInvoice:
    return PrecedingInvoice(
        node.need("IssuerAssignedID"), read_date(node, "FormattedIssueDateTime")
    )
