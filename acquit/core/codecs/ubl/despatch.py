"""UBL 2.1 DespatchAdvice, with the identifiers of Peppol BIS Despatch Advice 3."""

from __future__ import annotations

from acquit.core.codecs.ubl import trade
from acquit.core.codecs.ubl.lines import read_item, write_item
from acquit.core.codecs.ubl.trade import NOTHING, VERSIONS
from acquit.core.codecs.writing import Written
from acquit.core.codecs.xml import Node, tag, text_of, wrap
from acquit.core.documents.despatch import DespatchAdvice, DespatchLine
from acquit.core.documents.trade import TradeParty

__all__ = ["KIND", "LOSES", "VERSIONS", "build", "write"]

KIND = "DespatchAdvice"
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    "deliver_to": "when it is the buyer, the buyer alone is named",
    "buyer": "who is not named at all comes back as whom the goods are delivered to",
}
CUSTOMIZATION = "urn:fdc:peppol.eu:poacc:trns:despatch_advice:3"
PROFILE = "urn:fdc:peppol.eu:poacc:bis:despatch_advice:3"


def write(*, document: DespatchAdvice, version: str = VERSIONS[0]) -> Written:
    """The DespatchAdvice with what it loses; CannotWrite where a value does not fit."""
    place = document.deliver_to
    content = (
        trade.head(document.number, document.issue_date, CUSTOMIZATION, PROFILE),
        wrap("cac:OrderReference", tag("cbc:ID", document.order_number)),
        trade.role("DespatchSupplierParty", document.seller),
        trade.role("DeliveryCustomerParty", place or document.buyer),
        trade.role("BuyerCustomerParty", document.buyer if place else None, endpoint=False),
        _write_shipment(document),
        *(_write_line(line) for line in document.lines),
    )
    return trade.write_message(
        document=document, kind=KIND, content=content, build=build, loses=LOSES
    )


def _write_shipment(document: DespatchAdvice) -> str:
    packages = None if document.packages is None else str(document.packages)
    number = document.transport_document
    carrier = wrap("cac:PartyName", tag("cbc:Name", document.carrier))
    consignment = wrap("cac:CarrierParty", carrier)
    if consignment or number:
        consignment = wrap("cac:Consignment", tag("cbc:ID", number or NOTHING), consignment)
    delivery = wrap(
        "cac:Delivery",
        trade.write_period("cac:EstimatedDeliveryPeriod", document.expected_on),
        wrap("cac:Despatch", trade.day("cbc:ActualDespatchDate", document.despatched_on)),
    )
    inner = tag("cbc:TotalTransportHandlingUnitQuantity", packages) + consignment + delivery
    return wrap("cac:Shipment", tag("cbc:ID", NOTHING), inner) if inner else ""


def _write_line(line: DespatchLine) -> str:
    unit = wrap("cac:TransportHandlingUnit", tag("cbc:ID", line.package))
    return wrap(
        "cac:DespatchLine",
        tag("cbc:ID", line.id),
        trade.quantity("cbc:DeliveredQuantity", line.quantity, line.unit),
        wrap(
            "cac:OrderLineReference",
            tag("cbc:LineID", line.order_line or NOTHING),
            wrap("cac:OrderReference", tag("cbc:ID", line.order_number)),
        ),
        write_item(line.item, ""),
        wrap("cac:Shipment", tag("cbc:ID", NOTHING), unit) if unit else "",
    )


def build(node: Node) -> DespatchAdvice:
    """The canonical advice of a DespatchAdvice element."""
    shipment = node.at("Shipment")
    shipment.text("ID")
    consignment, delivery = shipment.at("Consignment"), shipment.at("Delivery")
    number = consignment.text("ID")
    seller = trade.read_role(node, "SellerSupplierParty", "DespatchSupplierParty")
    place = trade.read_role(node, "DeliveryCustomerParty")
    buyer = trade.read_role(node, "BuyerCustomerParty")
    packages = shipment.leaf("TotalTransportHandlingUnitQuantity")
    return DespatchAdvice(
        number=node.need("ID"),
        issue_date=trade.need_day(node, "IssueDate"),
        buyer=buyer or place or TradeParty(),
        seller=seller or TradeParty(),
        lines=tuple(_read_line(part) for part in node.each("DespatchLine")),
        despatched_on=delivery.date("Despatch", "ActualDespatchDate"),
        expected_on=trade.read_period(delivery.at("EstimatedDeliveryPeriod")),
        order_number=node.text("OrderReference", "ID"),
        deliver_to=place if buyer else None,
        carrier=consignment.text("CarrierParty", "PartyName", "Name"),
        transport_document=None if number == NOTHING else number,
        packages=int(shipment.number(packages)) if text_of(packages) else None,
    )


def _read_line(node: Node) -> DespatchLine:
    found, unit = trade.read_quantity(node, "DeliveredQuantity")
    if found is None:
        node.source.fault("missing", "the line has no DeliveredQuantity", node.element)
    reference, shipment = node.at("OrderLineReference"), node.at("Shipment")
    shipment.text("ID")
    order_line = reference.text("LineID")
    return DespatchLine(
        id=node.need("ID"),
        item=read_item(node.at("Item")),
        quantity=found if found is not None else trade.ZERO,
        unit=unit or trade.ONE,
        order_number=reference.text("OrderReference", "ID"),
        order_line=None if order_line == NOTHING else order_line,
        package=shipment.text("TransportHandlingUnit", "ID"),
    )
