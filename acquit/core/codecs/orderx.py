"""Order-X 1.0 (UN/CEFACT D20B): a purchase order as CII says it, alone or inside a PDF.

Read of every level, written as COMFORT. Changes of orders and answers to them are told apart and
not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from acquit.core.codecs import xml
from acquit.core.codecs.cii import lines, parties
from acquit.core.codecs.cii.header import read_notes
from acquit.core.codecs.cii.settlement import amount, read_date, write_date
from acquit.core.codecs.numbers import decimal_text
from acquit.core.codecs.reading import File, Part, Reading
from acquit.core.codecs.writing import CannotWrite, Written, checked
from acquit.core.codecs.xml import Node, Source, escape, tag, wrap
from acquit.core.documents.order import Order, OrderLine
from acquit.core.documents.trade import TradeParty
from acquit.core.faults import Fault
from acquit.core.money import Money

__all__ = ["LOSES", "NAME", "NAMESPACE", "VERSIONS", "read_file", "sniff", "write"]

NAME = "orderx"
VERSIONS = ("COMFORT",)
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    "buyer.identifiers": "those without a scheme come back first, and there is one of them",
    "seller.identifiers": "those without a scheme come back first, and there is one of them",
    "deliver_to.identifiers": "those without a scheme come back first, and there is one of them",
    "invoicee.identifiers": "those without a scheme come back first, and there is one of them",
    "deliver_to": "a place of which nothing is known is not written",
    "invoicee": "a party of which nothing is known is not written",
    "lines.price.gross": "an absent gross price beside a discount comes back as net + discount",
    "lines.price.base_unit": "only written together with a base quantity",
}
NAMESPACE = "urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:100"
_ROOT = "rsm:SCRDMCCBDACIOMessageStructure"
_DATA = "urn:un:unece:uncefact:data:standard"
_NAMESPACES = (
    f'xmlns:rsm="{NAMESPACE}" '
    f'xmlns:ram="{_DATA}:ReusableAggregateBusinessInformationEntity:128" '
    f'xmlns:qdt="{_DATA}:QualifiedDataType:128" xmlns:udt="{_DATA}:UnqualifiedDataType:128"'
)
_GUIDELINE = "urn:order-x.eu:1p0:comfort"
_ORIGINAL = "9"  # UNCL 1225
_NOT_ORDERS = {"230": "a change of an order", "231": "an answer to an order"}  # UNCL 1001
_UNREAD_MAX = 50


def sniff(data: bytes) -> bool:
    """Whether the bytes look like an Order-X message, from their beginning."""
    return NAMESPACE.encode() in data[:4096].replace(b"\x00", b"")


def write(*, document: Order, version: str = VERSIONS[0]) -> Written:
    """The order with what it loses; CannotWrite where a figure is missing that Order-X wants."""
    if faults := list(_lacking(document)):
        raise CannotWrite(faults)
    content = (
        "<rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>"
        f"{tag('ram:ID', _GUIDELINE)}</ram:GuidelineSpecifiedDocumentContextParameter>"
        "</rsm:ExchangedDocumentContext><rsm:ExchangedDocument>",
        tag("ram:ID", document.number),
        tag("ram:TypeCode", document.type_code),
        write_date("ram:IssueDateTime", document.issue_date, "udt:DateTimeString"),
        tag("ram:PurposeCode", _ORIGINAL),
        *(
            wrap(
                "ram:IncludedNote",
                tag("ram:Content", note.text),
                tag("ram:SubjectCode", note.subject_code),
            )
            for note in document.notes
        ),
        "</rsm:ExchangedDocument><rsm:SupplyChainTradeTransaction>",
        *(_write_line(line) for line in document.lines),
        "<ram:ApplicableHeaderTradeAgreement>",
        _write_party("ram:SellerTradeParty", document.seller),
        _write_party("ram:BuyerTradeParty", document.buyer),
        wrap("ram:ContractReferencedDocument", tag("ram:IssuerAssignedID", document.contract)),
        "</ram:ApplicableHeaderTradeAgreement>",
        _write_delivery(document),
        _write_settlement(document),
        "</rsm:SupplyChainTradeTransaction>",
    )
    try:
        data = xml.encode(f"<{_ROOT} {_NAMESPACES}>{''.join(content)}</{_ROOT}>")
    except xml.NotXml as refusal:
        raise CannotWrite(refusal.faults) from None
    (part,) = read_file(data=data).parts
    return checked(name=NAME, document=document, data=data, reading=part.reading, loses=LOSES)


def _lacking(document: Order) -> Iterator[Fault]:
    wanted: list[tuple[str, Any]] = [("currency", document.currency), ("total", document.total)]
    for index, line in enumerate(document.lines):
        wanted += [(f"lines[{index}].price", line.price), (f"lines[{index}].net", line.net)]
    for path, value in wanted:
        if value is None:
            name = path.rpartition(".")[2]
            yield Fault("orderx.missing", f"an Order-X has a {name}", path, fix="send UBL instead")


def _write_line(line: OrderLine) -> str:
    unit = escape(line.unit)
    quantity = f'<ram:RequestedQuantity unitCode="{unit}">{decimal_text(line.quantity)}'
    day = write_date("ram:OccurrenceDateTime", line.requested_on, "udt:DateTimeString")
    return "".join(
        (
            "<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument>",
            tag("ram:LineID", line.id),
            wrap("ram:IncludedNote", tag("ram:Content", line.note)),
            "</ram:AssociatedDocumentLineDocument>",
            lines.write_product(line.item),
            "<ram:SpecifiedLineTradeAgreement>",
            lines.write_price(line.price) if line.price else "",
            "</ram:SpecifiedLineTradeAgreement><ram:SpecifiedLineTradeDelivery>",
            f"{quantity}</ram:RequestedQuantity>",
            wrap("ram:RequestedDeliverySupplyChainEvent", day),
            "</ram:SpecifiedLineTradeDelivery><ram:SpecifiedLineTradeSettlement>"
            "<ram:SpecifiedTradeSettlementLineMonetarySummation>",
            amount("ram:LineTotalAmount", line.net) if line.net is not None else "",
            "</ram:SpecifiedTradeSettlementLineMonetarySummation>"
            "</ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>",
        )
    )


def _write_party(name: str, party: TradeParty | None) -> str:
    if party is None:
        return ""
    return (
        f"<{name}>{parties.write_identifiers(party.identifiers)}{tag('ram:Name', party.name)}"
        f"{parties.write_contact(party.contact)}"
        f"{parties.write_address(party.address) if party.address else ''}"
        f"{parties.write_tax('VA', party.vat_id)}</{name}>"
    )


def _write_delivery(document: Order) -> str:
    day = write_date("ram:OccurrenceDateTime", document.requested_on, "udt:DateTimeString")
    return (
        "<ram:ApplicableHeaderTradeDelivery>"
        f"{_write_party('ram:ShipToTradeParty', document.deliver_to)}"
        f"{wrap('ram:RequestedDeliverySupplyChainEvent', day)}"
        "</ram:ApplicableHeaderTradeDelivery>"
    )


def _write_settlement(document: Order) -> str:
    total = document.total or Money.zero(document.currency or "")
    return (
        "<ram:ApplicableHeaderTradeSettlement>"
        f"{tag('ram:OrderCurrencyCode', document.currency)}"
        f"{_write_party('ram:InvoiceeTradeParty', document.invoicee)}"
        "<ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
        f"{amount('ram:LineTotalAmount', total)}{amount('ram:TaxBasisTotalAmount', total)}"
        "</ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
        "</ram:ApplicableHeaderTradeSettlement>"
    )


def read_file(*, data: bytes) -> File[Order]:
    """The one order of the file; never raises for bad bytes."""
    try:
        root = xml.parse(data=data, size_max=xml.BYTES_MAX)
    except xml.NotXml as refusal:
        return File(NAME, (), refusal.faults)
    source = Source(NAME)
    if xml.namespace(root) != NAMESPACE:
        source.fault("root", f"{root.tag} is no Order-X message", root)
        return File(NAME, (), tuple(source.faults))
    node = Node(root, source)
    trade = node.at("SupplyChainTradeTransaction")
    settlement = trade.at("ApplicableHeaderTradeSettlement")
    source.currency = xml.need_currency(settlement, "OrderCurrencyCode")
    order = None if source.faults else _read_order(node, trade, settlement)
    fatal = source.fatal
    if not fatal:
        source.report_unread(_UNREAD_MAX)
    return File(NAME, (Part(NAME, Reading(None if fatal else order, tuple(source.faults))),))


def _read_order(node: Node, trade: Node, settlement: Node) -> Order:
    context, head = node.at("ExchangedDocumentContext"), node.at("ExchangedDocument")
    context.text("GuidelineSpecifiedDocumentContextParameter", "ID")
    head.text("PurposeCode")
    agreement = trade.at("ApplicableHeaderTradeAgreement")
    delivery = trade.at("ApplicableHeaderTradeDelivery")
    totals = settlement.at("SpecifiedTradeSettlementHeaderMonetarySummation")
    issued = read_date(head, "IssueDateTime")
    if issued is None:
        node.source.fault("missing", "IssueDateTime is missing", head.element)
    code = head.need("TypeCode")
    if code in _NOT_ORDERS:
        node.source.fault("message", f"this is {_NOT_ORDERS[code]}, not an order", head.element)
    # The lines less allowances; without any of those the sum of the lines says the same.
    gross, net = totals.money("LineTotalAmount"), totals.money("TaxBasisTotalAmount")
    day = read_date(delivery.at("RequestedDeliverySupplyChainEvent"), "OccurrenceDateTime")
    return Order(
        number=head.need("ID"),
        issue_date=issued or xml.NO_DATE,
        buyer=_read_party(agreement.at("BuyerTradeParty")) or TradeParty(),
        seller=_read_party(agreement.at("SellerTradeParty")) or TradeParty(),
        lines=tuple(_read_line(part) for part in trade.each("IncludedSupplyChainTradeLineItem")),
        type_code=code,
        currency=node.source.currency,
        deliver_to=_read_party(delivery.at("ShipToTradeParty")),
        invoicee=_read_party(settlement.at("InvoiceeTradeParty")),
        requested_on=day,
        contract=agreement.text("ContractReferencedDocument", "IssuerAssignedID"),
        notes=read_notes(head.all("IncludedNote")),
        total=gross if net is None else net,
    )


def _read_party(node: Node) -> TradeParty | None:
    address = node.at("PostalTradeAddress")
    party = TradeParty(
        name=node.text("Name"),
        identifiers=parties.read_identifiers(node),
        address=parties.read_address(address, summary=True) if address else None,
        vat_id=parties.read_taxes(node).get("VA"),
        contact=parties.read_contact(node.at("DefinedTradeContact")),
    )
    return None if party == TradeParty() else party


def _read_line(node: Node) -> OrderLine:
    agreement, delivery = (
        node.at("SpecifiedLineTradeAgreement"),
        node.at("SpecifiedLineTradeDelivery"),
    )
    quantity = delivery.leaf("RequestedQuantity")
    if quantity is None:
        node.source.fault("missing", "RequestedQuantity is missing", delivery.element)
    summation = node.at(
        "SpecifiedLineTradeSettlement", "SpecifiedTradeSettlementLineMonetarySummation"
    )
    wanted = delivery.at("RequestedDeliverySupplyChainEvent")
    priced = agreement.at("NetPriceProductTradePrice")
    document = node.at("AssociatedDocumentLineDocument")
    words = [note.text("Content") for note in document.all("IncludedNote")]
    return OrderLine(
        id=document.need("LineID"),
        item=lines.read_product(node.at("SpecifiedTradeProduct")),
        quantity=Decimal(0) if quantity is None else delivery.number(quantity),
        unit="C62" if quantity is None else quantity.get("unitCode") or "C62",
        price=lines.read_price(agreement) if priced else None,
        net=summation.money("LineTotalAmount"),
        requested_on=read_date(wanted, "OccurrenceDateTime"),
        note=" ".join(word for word in words if word) or None,
    )
