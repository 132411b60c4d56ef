"""UBL 2.1 OrderResponse, with the identifiers and codes of Peppol BIS Ordering 3.0."""

from __future__ import annotations

from acquit.core.codecs.ubl import trade
from acquit.core.codecs.ubl.lines import read_item, write_item
from acquit.core.codecs.ubl.trade import VERSIONS
from acquit.core.codecs.writing import Written
from acquit.core.codecs.xml import Node, tag, wrap
from acquit.core.documents.order import (
    LineStatus,
    OrderResponse,
    OrderResponseLine,
    OrderStatus,
)
from acquit.core.documents.trade import TradeParty

__all__ = ["KIND", "LOSES", "VERSIONS", "build", "write"]

KIND = "OrderResponse"
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    "lines.ordered": "a line says what will be delivered, not what was ordered",
    "lines.unit": "only written together with a quantity",
    "lines.price.discount": "an absent discount beside a gross price comes back as gross - net",
    "lines.price.base_unit": "only written together with a base quantity",
}
CUSTOMIZATION = "urn:fdc:peppol.eu:poacc:trns:order_response:3"
PROFILE = "urn:fdc:peppol.eu:poacc:bis:ordering:3"
# UNCL 4343 of the answer, UNCL 1229 of its lines.
_STATUSES = {
    OrderStatus.ACKNOWLEDGED: "AB",
    OrderStatus.ACCEPTED: "AP",
    OrderStatus.CHANGED: "CA",
    OrderStatus.REJECTED: "RE",
}
_FROM_STATUS = {code: status for status, code in _STATUSES.items()}
_LINES = {
    LineStatus.ACCEPTED: "5",
    LineStatus.CHANGED: "3",
    LineStatus.BACKORDERED: "3",
    LineStatus.REJECTED: "7",
}
_FROM_LINE = {
    "1": LineStatus.CHANGED,
    "3": LineStatus.CHANGED,
    "5": LineStatus.ACCEPTED,
    "7": LineStatus.REJECTED,
    "42": LineStatus.REJECTED,
}


def write(*, document: OrderResponse, version: str = VERSIONS[0]) -> Written:
    """The OrderResponse with what it loses; CannotWrite where a value does not fit."""
    promised = trade.write_period("cac:PromisedDeliveryPeriod", document.promised_on)
    content = (
        trade.head(document.number, document.issue_date, CUSTOMIZATION, PROFILE),
        tag("cbc:OrderResponseCode", _STATUSES[document.status]),
        trade.write_notes(document.notes),
        tag("cbc:DocumentCurrencyCode", document.currency),
        wrap(
            "cac:OrderReference",
            tag("cbc:ID", document.order_number),
            trade.day("cbc:IssueDate", document.order_date),
        ),
        trade.role("SellerSupplierParty", document.seller),
        trade.role("BuyerCustomerParty", document.buyer),
        wrap("cac:Delivery", promised),
        *(_write_line(document, line) for line in document.lines),
    )
    return trade.write_message(
        document=document, kind=KIND, content=content, build=build, loses=LOSES
    )


def _write_line(document: OrderResponse, line: OrderResponseLine) -> str:
    waits = line.status is LineStatus.BACKORDERED
    name = "cbc:MaximumBackorderQuantity" if waits else "cbc:Quantity"
    promised = trade.write_period("cac:PromisedDeliveryPeriod", line.promised_on)
    return wrap(
        "cac:OrderLine",
        wrap(
            "cac:LineItem",
            tag("cbc:ID", line.id),
            tag("cbc:Note", line.note),
            tag("cbc:LineStatusCode", _LINES[line.status]),
            trade.quantity(name, line.quantity, line.unit),
            wrap("cac:Delivery", promised),
            trade.write_line_price(line.price, document.currency),
            write_item(line.item, ""),
        ),
        wrap("cac:OrderLineReference", tag("cbc:LineID", line.order_line)),
    )


def build(node: Node) -> OrderResponse:
    """The canonical answer of an OrderResponse element."""
    code = node.text("OrderResponseCode")
    lines = tuple(_read_line(part) for part in node.each("OrderLine"))
    status = _FROM_STATUS.get(code or "")
    if status is None:
        message = f"{code!r} says neither yes nor no to the order"
        node.source.fault("status", message, node.element)
    return OrderResponse(
        number=node.need("ID"),
        issue_date=trade.need_day(node, "IssueDate"),
        status=status or OrderStatus.ACKNOWLEDGED,
        order_number=node.need("OrderReference", "ID"),
        buyer=trade.read_role(node, "BuyerCustomerParty") or TradeParty(),
        seller=trade.read_role(node, "SellerSupplierParty") or TradeParty(),
        lines=lines,
        order_date=node.date("OrderReference", "IssueDate"),
        currency=node.source.currency or None,
        promised_on=trade.read_period(node.at("Delivery", "PromisedDeliveryPeriod")),
        notes=trade.read_notes(node),
    )


def _read_line(node: Node) -> OrderResponseLine:
    item = node.at("LineItem")
    code = item.text("LineStatusCode") or "5"
    status = _FROM_LINE.get(code)
    if status is None:
        item.source.fault("status", f"{code!r} is no answer to a line", item.element)
    found, unit = trade.read_quantity(item, "Quantity")
    if found is None:
        found, unit = trade.read_quantity(item, "MaximumBackorderQuantity")
        if found is not None and status is LineStatus.CHANGED:
            status = LineStatus.BACKORDERED
    return OrderResponseLine(
        id=item.need("ID"),
        status=status or LineStatus.CHANGED,
        item=read_item(item.at("Item")),
        quantity=found,
        unit=unit or trade.ONE,
        price=trade.read_line_price(item),
        promised_on=trade.read_period(item.at("Delivery", "PromisedDeliveryPeriod")),
        order_line=node.text("OrderLineReference", "LineID"),
        note=trade.read_words(item),
    )
