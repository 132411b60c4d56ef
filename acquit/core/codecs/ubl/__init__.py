"""UBL 2.1 Invoice and CreditNote (OASIS) with the EN 16931 binding of CEN/TS 16931-3-2.

The other messages (orders, their answers, despatch and remittance advices, answers to documents)
stand each in a module of its own, and ``read_file`` knows them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

from lxml import etree

from acquit.core.codecs import xml
from acquit.core.codecs.reading import File, Part, Reading
from acquit.core.codecs.ubl import (
    application_response,
    despatch,
    header,
    lines,
    order,
    order_response,
    parties,
    remittance,
    settlement,
    trade,
)
from acquit.core.codecs.ubl.trade import COMMON, NAME, VERSIONS
from acquit.core.codecs.xml import Node, Source, tag
from acquit.core.documents.invoice import DirectDebit, DocumentKind, Invoice, PaymentInstructions
from acquit.core.documents.parties import Identifier, Party

__all__ = [
    "CREDIT_NOTE_NAMESPACE",
    "INVOICE_NAMESPACE",
    "LOSES",
    "MESSAGES",
    "NAME",
    "VERSIONS",
    "read",
    "read_file",
    "sniff",
    "write",
]

# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    "buyer.tax_registration": "EN 16931 knows a local tax number of the seller only (BT-32)",
    "buyer.legal_information": "EN 16931 knows legal information of the seller only (BT-33)",
    "buyer.identifiers[1:]": "EN 16931 knows one buyer identifier (BT-46)",
    "lines.price.discount": "an absent discount beside a gross price comes back as gross - net",
    "lines.price.base_unit": "only written together with a base quantity",
    "payment": "of a credit note, when it says means code 1 and nothing else",
    "payment.direct_debit": "with accounts and nothing but a creditor it becomes an identifier",
}
INVOICE_NAMESPACE = trade.namespace("Invoice")
CREDIT_NOTE_NAMESPACE = trade.namespace("CreditNote")
# Every message beside invoices and credit notes, by the name of its root.
MESSAGES: Mapping[str, ModuleType] = {
    module.KIND: module
    for module in (order, order_response, despatch, remittance, application_response)
}
_NAMESPACES = {INVOICE_NAMESPACE: "Invoice", CREDIT_NOTE_NAMESPACE: "CreditNote"} | {
    trade.namespace(kind): kind for kind in MESSAGES
}
_UNREAD_MAX = 50
_INVOICE_REFERENCES = (
    "OrderReference",
    "BillingReference",
    "DespatchDocumentReference",
    "ReceiptDocumentReference",
    "OriginatorDocumentReference",
    "ContractDocumentReference",
    "AdditionalDocumentReference",
    "ProjectReference",
)
_CREDIT_NOTE_REFERENCES = (
    "OrderReference",
    "BillingReference",
    "DespatchDocumentReference",
    "ReceiptDocumentReference",
    "ContractDocumentReference",
    "AdditionalDocumentReference",
    "OriginatorDocumentReference",
)


def sniff(data: bytes) -> bool:
    """Whether the bytes look like a UBL message that is read here, from their beginning."""
    head = data[:4096].replace(b"\x00", b"")
    return any(each.encode() in head for each in _NAMESPACES)


def write(*, document: Invoice) -> bytes:
    """The document as UBL 2.1: a CreditNote for the credit note type codes, else an Invoice.

    Raises xml.NotXml where a text has a character that XML cannot carry.
    """
    credit_note = document.kind is DocumentKind.CREDIT_NOTE
    root = "CreditNote" if credit_note else "Invoice"
    namespace = CREDIT_NOTE_NAMESPACE if credit_note else INVOICE_NAMESPACE
    payment = document.payment
    debit = payment.direct_debit if payment else None
    references = header.write_references(document, credit_note=credit_note)
    order = _CREDIT_NOTE_REFERENCES if credit_note else _INVOICE_REFERENCES
    content = (
        _write_head(document, credit_note=credit_note),
        *(references[name] for name in order),
        parties.write_party(
            "cac:AccountingSupplierParty",
            document.seller,
            creditor=debit.creditor if debit else None,
        ),
        parties.write_party(
            "cac:AccountingCustomerParty", document.buyer.as_buyer(), creditor=None
        ),
        parties.write_payee(document.payee),
        parties.write_tax_representative(document.tax_representative),
        parties.write_delivery(document.delivery),
        settlement.write_payment(payment, document.due_date if credit_note else None),
        xml.wrap("cac:PaymentTerms", tag("cbc:Note", document.payment_terms)),
        *(settlement.write_allowance_charge(part) for part in document.allowances_charges),
        settlement.write_tax(document),
        settlement.write_totals(document),
        *(lines.write_line(line, credit_note=credit_note) for line in document.lines),
    )
    return xml.encode(f'<{root} xmlns="{namespace}" {COMMON}>{"".join(content)}</{root}>')


def _write_head(document: Invoice, *, credit_note: bool) -> str:
    due = None if credit_note or not document.due_date else document.due_date.isoformat()
    tax_point = document.tax_point_date
    day = tag("cbc:TaxPointDate", tax_point.isoformat() if tax_point else None)
    notes = "".join(header.write_note(note) for note in document.notes)
    code = "cbc:CreditNoteTypeCode" if credit_note else "cbc:InvoiceTypeCode"
    type_code = tag(code, document.type_code)
    return "".join(
        (
            tag("cbc:CustomizationID", document.specification),
            tag("cbc:ProfileID", document.business_process),
            tag("cbc:ID", document.number),
            tag("cbc:IssueDate", document.issue_date.isoformat()),
            # The two schemas of UBL order these three differently.
            day + type_code + notes
            if credit_note
            else tag("cbc:DueDate", due) + type_code + notes + day,
            tag("cbc:DocumentCurrencyCode", document.currency),
            tag("cbc:TaxCurrencyCode", document.vat_accounting_currency),
            tag("cbc:AccountingCost", document.references.buyer_accounting),
            tag("cbc:BuyerReference", document.buyer_reference),
            lines.write_period(document.period, document.tax_point_code),
        )
    )


def read(*, data: bytes) -> Reading[Invoice]:
    """The canonical document; never raises for bad bytes, the faults say what is wrong."""
    try:
        root = xml.parse(data=data, size_max=xml.BYTES_MAX)
    except xml.NotXml as refusal:
        return Reading(None, refusal.faults)
    return _read_root(root)


def read_file(*, data: bytes) -> File[Any]:
    """The one document of the file, of whatever message it is."""
    try:
        root = xml.parse(data=data, size_max=xml.BYTES_MAX)
    except xml.NotXml as refusal:
        return File(NAME, (Part(NAME, Reading(None, refusal.faults)),))
    kind = _NAMESPACES.get(xml.namespace(root), "")
    module = MESSAGES.get(kind)
    if module is None:
        return File(NAME, (Part(NAME, _read_root(root)),))
    return File(NAME, (Part(f"{NAME} {kind}", trade.read_root(root, module.build)),))


def _read_root(root: etree._Element) -> Reading[Invoice]:
    source = Source(NAME)
    credit_note = xml.namespace(root) == CREDIT_NOTE_NAMESPACE
    if xml.namespace(root) not in (INVOICE_NAMESPACE, CREDIT_NOTE_NAMESPACE):
        source.fault("root", f"{root.tag} is neither a UBL Invoice nor a CreditNote", root)
        return Reading(None, tuple(source.faults))
    node = Node(root, source)
    source.currency = xml.need_currency(node, "DocumentCurrencyCode")
    if source.faults:
        return Reading(None, tuple(source.faults))
    document = _read_document(node, credit_note=credit_note)
    fatal = bool(source.faults)
    source.report_unread(_UNREAD_MAX)
    return Reading(None if fatal else document, tuple(source.faults))


def _read_document(node: Node, *, credit_note: bool) -> Invoice:
    source = node.source
    accounting_currency = xml.read_currency(node, "TaxCurrencyCode")
    references, preceding, attachments = header.read_references(node)
    supplier = node.at("AccountingSupplierParty", "Party")
    seller, seller_creditor = parties.read_party(supplier)
    buyer, _ = parties.read_party(node.at("AccountingCustomerParty", "Party"))
    payee, payee_creditor = parties.read_payee(node.at("PayeeParty"))
    creditor = seller_creditor or payee_creditor
    payment, payment_due = settlement.read_payment(node.all("PaymentMeans"), creditor)
    payment, seller = _place_creditor(payment, creditor, seller)
    breakdown, vat, accounting = settlement.read_tax(node.all("TaxTotal"), accounting_currency)
    line_name = "CreditNoteLine" if credit_note else "InvoiceLine"
    issue_date = node.date("IssueDate")
    if issue_date is None:
        source.fault("missing", "IssueDate is missing", node.element)
    return Invoice(
        number=node.need("ID"),
        issue_date=issue_date or xml.NO_DATE,
        type_code=node.need("CreditNoteTypeCode" if credit_note else "InvoiceTypeCode"),
        currency=source.currency,
        seller=seller,
        buyer=buyer,
        lines=tuple(lines.read_line(p, credit_note=credit_note) for p in node.each(line_name)),
        breakdown=breakdown,
        totals=settlement.read_totals(node.at("LegalMonetaryTotal"), vat, accounting),
        vat_accounting_currency=accounting_currency,
        tax_point_date=node.date("TaxPointDate"),
        tax_point_code=node.text("InvoicePeriod", "DescriptionCode"),
        due_date=node.date("DueDate") or payment_due,
        buyer_reference=node.text("BuyerReference"),
        references=references,
        payment_terms=node.text("PaymentTerms", "Note"),
        notes=tuple(
            header.read_note(text) for part in node.leaves("Note") if (text := xml.text_of(part))
        ),
        business_process=node.text("ProfileID"),
        specification=node.text("CustomizationID") or "",
        preceding_invoices=preceding,
        payee=payee,
        tax_representative=parties.read_tax_representative(node.at("TaxRepresentativeParty")),
        delivery=parties.read_delivery(node.at("Delivery")),
        period=lines.read_period(node.at("InvoicePeriod")),
        payment=payment,
        allowances_charges=tuple(
            settlement.read_allowance_charge(part) for part in node.all("AllowanceCharge")
        ),
        attachments=attachments,
    )


def _place_creditor(
    payment: PaymentInstructions | None, creditor: str | None, seller: Party
) -> tuple[PaymentInstructions | None, Party]:
    """A SEPA creditor identifier without a direct debit stays what it is: an identifier."""
    if creditor is None:
        return payment, seller
    debit = payment.direct_debit if payment else None
    if payment and debit and (debit != DirectDebit(creditor=creditor) or not payment.transfers):
        return payment, seller
    kept = replace(
        seller, identifiers=(*seller.identifiers, Identifier(creditor, parties.CREDITOR_SCHEME))
    )
    return (replace(payment, direct_debit=None) if payment else None), kept
