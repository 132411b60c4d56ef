"""UN/CEFACT Cross Industry Invoice D16B with the EN 16931 binding of CEN/TS 16931-3-3.

This is also the XML inside a Factur-X or ZUGFeRD PDF, of every level: what MINIMUM and BASIC WL
leave out stays empty, what EXTENDED adds is named as not carried. ZUGFeRD 1.0 is read as well.
"""

from __future__ import annotations

from collections.abc import Iterable

from acquit.core.codecs import xml
from acquit.core.codecs.cii import header, lines, parties, settlement, zugferd1
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.xml import Node, Source, tag
from acquit.core.documents.invoice import Invoice, Note
from acquit.core.faults import Fault, Severity

NAME = "cii"
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    "buyer.tax_registration": "EN 16931 knows a local tax number of the seller only (BT-32)",
    "buyer.legal_information": "EN 16931 knows legal information of the seller only (BT-33)",
    "buyer.identifiers[1:]": "EN 16931 knows one buyer identifier (BT-46)",
    "seller.identifiers": "those without a scheme come back first",
    "lines.price.gross": "an absent gross price beside a discount comes back as net + discount",
    "lines.price.base_unit": "only written together with a base quantity",
    "vat_accounting_currency": "when it is the document currency, which BR-53 forbids in CII",
    "payment.direct_debit": "is written without means only when there are payment instructions",
    "payee.identifier": "comes back as the first of several",
}
NAMESPACE = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_NAMESPACES = (
    f'xmlns:rsm="{NAMESPACE}" '
    'xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"'
    ' xmlns:qdt="urn:un:unece:uncefact:data:standard:QualifiedDataType:100"'
    ' xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
)
_UNREAD_MAX = 50


def sniff(data: bytes) -> bool:
    """Whether the bytes look like a cross industry invoice, from their beginning."""
    head = data[:4096].replace(b"\x00", b"")
    return NAMESPACE.encode() in head or zugferd1.NAMESPACE.encode() in head


def write(*, document: Invoice) -> bytes:
    """The document as CII D16B; xml.NotXml where a text has a character XML cannot carry."""
    content = (
        header.write_context(document),
        header.write_document(document),
        "<rsm:SupplyChainTradeTransaction>",
        *(lines.write_line(line) for line in document.lines),
        "<ram:ApplicableHeaderTradeAgreement>",
        tag("ram:BuyerReference", document.buyer_reference),
        parties.write_party("ram:SellerTradeParty", document.seller),
        parties.write_party("ram:BuyerTradeParty", document.buyer.as_buyer()),
        parties.write_tax_representative(document.tax_representative),
        header.write_references(document),
        "</ram:ApplicableHeaderTradeAgreement>",
        header.write_delivery(document),
        _write_settlement(document),
        "</rsm:SupplyChainTradeTransaction>",
    )
    root = "rsm:CrossIndustryInvoice"
    return xml.encode(f"<{root} {_NAMESPACES}>{''.join(content)}</{root}>")


def _write_settlement(document: Invoice) -> str:
    payment = document.payment
    debit = payment.direct_debit if payment else None
    accounting = document.vat_accounting_currency
    account = tag("ram:ID", document.references.buyer_accounting)
    return "".join(
        (
            "<ram:ApplicableHeaderTradeSettlement>",
            tag("ram:CreditorReferenceID", debit.creditor if debit else None),
            tag("ram:PaymentReference", payment.remittance if payment else None),
            tag("ram:TaxCurrencyCode", accounting if accounting != document.currency else None),
            tag("ram:InvoiceCurrencyCode", document.currency),
            parties.write_payee(document.payee),
            settlement.write_payment(payment),
            settlement.write_breakdown(document),
            settlement.write_period(document.period),
            *(settlement.write_allowance_charge(part) for part in document.allowances_charges),
            settlement.write_terms(document),
            settlement.write_totals(document),
            *(header.write_preceding(part) for part in document.preceding_invoices),
            xml.wrap("ram:ReceivableSpecifiedTradeAccountingAccount", account),
            "</ram:ApplicableHeaderTradeSettlement>",
        )
    )


def read(*, data: bytes) -> Reading[Invoice]:
    """The canonical document; never raises for bad bytes, the faults say what is wrong."""
    try:
        root = xml.parse(data=data, size_max=xml.BYTES_MAX)
    except xml.NotXml as refusal:
        return Reading(None, refusal.faults)
    older = xml.namespace(root) == zugferd1.NAMESPACE
    source = Source(NAME, aliases=zugferd1.ALIASES if older else {})
    if not older and xml.namespace(root) != NAMESPACE:
        source.fault("root", f"{root.tag} is not a CrossIndustryInvoice of D16B", root)
        return Reading(None, tuple(source.faults))
    node = Node(root, source)
    trade = node.at("SupplyChainTradeTransaction")
    source.currency = xml.need_currency(
        trade.at("ApplicableHeaderTradeSettlement"), "InvoiceCurrencyCode"
    )
    if source.faults:
        return Reading(None, tuple(source.faults))
    document = _read_document(node, trade)
    fatal = source.fatal
    source.report_unread(_UNREAD_MAX)
    return Reading(None if fatal else document, tuple(source.faults))


def _read_document(node: Node, trade: Node) -> Invoice:
    source = node.source
    context = node.at("ExchangedDocumentContext")
    head = node.at("ExchangedDocument")
    agreement = trade.at("ApplicableHeaderTradeAgreement")
    delivery = trade.at("ApplicableHeaderTradeDelivery")
    money = trade.at("ApplicableHeaderTradeSettlement")
    terms = money.at("SpecifiedTradePaymentTerms")
    accounting_currency = xml.read_currency(money, "TaxCurrencyCode")
    references, attachments = header.read_references(agreement, delivery, money)
    breakdown, tax_point_date, tax_point_code = settlement.read_breakdown(
        money.all("ApplicableTradeTax")
    )
    issue_date = settlement.read_date(head, "IssueDateTime")
    if issue_date is None:
        source.fault("missing", "IssueDateTime is missing", head.element)
    process = context.text("BusinessProcessSpecifiedDocumentContextParameter", "ID")
    guideline = context.text("GuidelineSpecifiedDocumentContextParameter", "ID")
    items, texts = _read_items(trade)
    summary = items is None
    return Invoice(
        number=head.need("ID"),
        issue_date=issue_date or xml.NO_DATE,
        type_code=head.need("TypeCode"),
        currency=source.currency,
        seller=parties.read_party(agreement.at("SellerTradeParty"), summary=summary),
        buyer=parties.read_party(agreement.at("BuyerTradeParty"), summary=summary),
        lines=tuple(map(lines.read_line, items or ())),
        breakdown=breakdown,
        totals=settlement.read_totals(
            money.at("SpecifiedTradeSettlementHeaderMonetarySummation"),
            accounting_currency,
            summary=summary,
        ),
        vat_accounting_currency=accounting_currency,
        tax_point_date=tax_point_date,
        tax_point_code=tax_point_code,
        due_date=settlement.read_date(terms, "DueDateDateTime"),
        buyer_reference=agreement.text("BuyerReference"),
        references=references,
        payment_terms=terms.text("Description"),
        notes=(*header.read_notes(head.all("IncludedNote")), *texts),
        business_process=process,
        specification=guideline or "",
        preceding_invoices=tuple(
            header.read_preceding(part) for part in money.all("InvoiceReferencedDocument")
        ),
        payee=parties.read_payee(money.at("PayeeTradeParty")),
        tax_representative=parties.read_tax_representative(
            agreement.at("SellerTaxRepresentativeTradeParty")
        ),
        delivery=header.read_delivery(delivery),
        period=settlement.read_period(money.at("BillingSpecifiedPeriod")),
        payment=settlement.read_payment(money, terms),
        allowances_charges=(
            *map(settlement.read_allowance_charge, money.all("SpecifiedTradeAllowanceCharge")),
            *map(settlement.read_service_charge, money.all("SpecifiedLogisticsServiceCharge")),
        ),
        attachments=attachments,
    )


def _read_items(trade: Node) -> tuple[Iterable[Node] | None, tuple[Note, ...]]:
    """The lines, and what lines without an amount say. MINIMUM and BASIC WL have no lines (None):
    they sum an invoice up for the books, but are no invoices by EN 16931."""
    source = trade.source
    name = "IncludedSupplyChainTradeLineItem"
    items: Iterable[Node] | None = trade.each(name) if trade.has(name) else None
    texts: tuple[Note, ...] = ()
    if source.aliases:
        found, texts = zugferd1.split_lines(trade.all(name))
        items = found or None
    if items is None:
        message = "there are no lines: this sums an invoice up"
        fix = "ask for BASIC or a higher level"
        source.faults.append(Fault("cii.summary", message, fix=fix, severity=Severity.WARNING))
    return items, texts
