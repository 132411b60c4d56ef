"""UBL 2.1 Order, with the identifiers of Peppol BIS Order Only 3.0."""

from __future__ import annotations

from acquit.core.codecs.ubl import trade
from acquit.core.codecs.ubl.lines import read_item, write_item
from acquit.core.codecs.ubl.settlement import amount
from acquit.core.codecs.ubl.trade import VERSIONS
from acquit.core.codecs.writing import Written
from acquit.core.codecs.xml import Node, tag, wrap
from acquit.core.documents.order import Order, OrderLine
from acquit.core.documents.trade import TradeParty
from acquit.core.money import Money

__all__ = ["KIND", "LOSES", "VERSIONS", "build", "write"]

KIND = "Order"
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    "lines.price.discount": "an absent discount beside a gross price comes back as gross - net",
    "lines.price.base_unit": "only written together with a base quantity",
    "deliver_to": "a place of which nothing is known is not written",
}
CUSTOMIZATION = "urn:fdc:peppol.eu:poacc:trns:order:3"
PROFILE = "urn:fdc:peppol.eu:poacc:bis:order_only:3"


def write(*, document: Order, version: str = VERSIONS[0]) -> Written:
    """The Order with what it loses; CannotWrite where a value does not fit."""
    content = (
        trade.head(document.number, document.issue_date, CUSTOMIZATION, PROFILE),
        tag("cbc:OrderTypeCode", document.type_code),
        trade.write_notes(document.notes),
        tag("cbc:DocumentCurrencyCode", document.currency),
        wrap("cac:Contract", tag("cbc:ID", document.contract)),
        trade.role("BuyerCustomerParty", document.buyer),
        trade.role("SellerSupplierParty", document.seller),
        trade.role("AccountingCustomerParty", document.invoicee, endpoint=False),
        _write_delivery(document),
        _write_total(document.total),
        *(_write_line(document, line) for line in document.lines),
    )
    return trade.write_message(
        document=document, kind=KIND, content=content, build=build, loses=LOSES
    )


def _write_delivery(document: Order) -> str:
    place = document.deliver_to
    return wrap(
        "cac:Delivery",
        trade.write_place(place) if place else "",
        trade.write_period("cac:RequestedDeliveryPeriod", document.requested_on),
        trade.write_party("cac:DeliveryParty", place) if place else "",
    )


def _write_total(total: Money | None) -> str:
    if total is None:
        return ""
    names = ("cbc:LineExtensionAmount", "cbc:TaxExclusiveAmount", "cbc:PayableAmount")
    return wrap("cac:AnticipatedMonetaryTotal", *(amount(name, total) for name in names))


def _write_line(document: Order, line: OrderLine) -> str:
    return wrap(
        "cac:OrderLine",
        wrap(
            "cac:LineItem",
            tag("cbc:ID", line.id),
            tag("cbc:Note", line.note),
            trade.quantity("cbc:Quantity", line.quantity, line.unit),
            amount("cbc:LineExtensionAmount", line.net) if line.net is not None else "",
            wrap(
                "cac:Delivery",
                trade.write_period("cac:RequestedDeliveryPeriod", line.requested_on),
            ),
            trade.write_line_price(line.price, document.currency),
            write_item(line.item, ""),
        ),
    )


def build(node: Node) -> Order:
    """The canonical order of an Order element."""
    delivery = node.at("Delivery")
    return Order(
        number=node.need("ID"),
        issue_date=trade.need_day(node, "IssueDate"),
        buyer=trade.read_role(node, "BuyerCustomerParty") or TradeParty(),
        seller=trade.read_role(node, "SellerSupplierParty") or TradeParty(),
        lines=tuple(_read_line(part.at("LineItem")) for part in node.each("OrderLine")),
        type_code=node.text("OrderTypeCode") or "220",
        currency=node.source.currency or None,
        deliver_to=trade.read_place(delivery.at("DeliveryLocation"), delivery.at("DeliveryParty")),
        invoicee=trade.read_role(node, "AccountingCustomerParty"),
        requested_on=trade.read_period(delivery.at("RequestedDeliveryPeriod")),
        contract=node.text("Contract", "ID"),
        notes=trade.read_notes(node),
        total=_read_total(node.at("AnticipatedMonetaryTotal")),
    )


def _read_total(node: Node) -> Money | None:
    """The net total: lines less allowances where it is told, else the sum of the lines."""
    lines, net = node.money("LineExtensionAmount"), node.money("TaxExclusiveAmount")
    if node and net is None and lines is None:
        return node.money("PayableAmount")
    total = lines if net is None else net
    if node.element is not None and total is not None:
        # What is payable with the tax is another figure, and stays to be reported.
        payable = node.element.find("{*}PayableAmount")
        if payable is not None and (payable.text or "").strip() == str(total.decimal):
            node.leaf("PayableAmount")
    return total


def _read_line(node: Node) -> OrderLine:
    found, unit = trade.read_quantity(node, "Quantity")
    if found is None:
        node.source.fault("missing", "the line has no Quantity", node.element)
    return OrderLine(
        id=node.need("ID"),
        item=read_item(node.at("Item")),
        quantity=found if found is not None else trade.ZERO,
        unit=unit or trade.ONE,
        price=trade.read_line_price(node),
        net=node.money("LineExtensionAmount"),
        requested_on=trade.read_period(node.at("Delivery", "RequestedDeliveryPeriod")),
        note=trade.read_words(node),
    )
