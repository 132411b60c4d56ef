"""ORDERS, the purchase order (EANCOM, D.96A and D.01B)."""

from __future__ import annotations

from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edi.segments import Node
from acquit.core.codecs.edifact import lines, parties, trade
from acquit.core.codecs.edifact.header import GENERAL
from acquit.core.codecs.edifact.parts import (
    ISSUED,
    Directory,
    Draft,
    number,
    read_amount,
    read_days,
    read_reference,
)
from acquit.core.codecs.edifact.syntax import Body, Message
from acquit.core.codecs.edifact.tables import ORDERS
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import Written
from acquit.core.documents.order import Order, OrderLine
from acquit.core.documents.trade import TradeParty

KIND = "ORDERS"
VERSIONS = {
    "D96A": Directory("D96A", "EAN008", "EN"),
    "D01B": Directory("D01B", "EAN010", "SRV"),
}
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    **trade.LOSES,
    "invoicee.identifiers": "the one in NAD comes back first; of schemes NAD knows the GLN",
    "lines.price.discount": "comes back as gross price less net price",
    "lines.price.base_unit": "only written together with a base quantity",
}
INVOICEE = "IV"
REQUESTED, ORDERED = "2", "21"
_LINE_NET, _TOTAL = "203", "79"


def write(*, document: Order, envelope: Envelope | None = None, version: str = "D96A") -> Written:
    """One interchange with one ORDERS; CannotWrite where a value does not fit."""
    directory = VERSIONS[version]
    return trade.write_message(
        document=document,
        kind=KIND,
        directory=directory,
        body=_body(document, directory),
        envelope=envelope,
        read=read_message,
        loses=LOSES,
        between=(document.buyer, document.seller),
    )


def _body(document: Order, directory: Directory) -> Body:
    draft = Draft(directory)
    draft.add("BGM", document.type_code, document.number, "9")
    draft.day(ISSUED, document.issue_date)
    draft.day(REQUESTED, document.requested_on)
    trade.write_notes(draft, document.notes)
    draft.reference("CT", document.contract)
    trade.write_party(draft, parties.BUYER, document.buyer)
    trade.write_party(draft, parties.SELLER, document.seller)
    trade.write_party(draft, parties.DELIVERY, document.deliver_to)
    trade.write_party(draft, INVOICEE, document.invoicee)
    if document.currency:
        draft.add("CUX", ("2", document.currency, "9"))
    for line in document.lines:
        lines.write_item(draft, line.id, line.item)
        draft.add("QTY", (ORDERED, number(line.quantity), line.unit))
        draft.day(REQUESTED, line.requested_on)
        draft.money(_LINE_NET, line.net)
        if line.note:
            draft.text(GENERAL, line.note)
        if line.price:
            lines.write_price(draft, line.price)
    draft.add("UNS", "S")
    draft.money(_TOTAL, document.total)
    draft.add("CNT", ("2", str(len(document.lines))))
    return draft.finish()


def read_message(message: Message, decimal_mark: str) -> Reading[Order]:
    """The canonical order of one message; never raises, the faults say what is wrong."""
    return trade.read_document(message, decimal_mark, ORDERS, _read)


def _read(root: Node, begin: Node) -> Order:
    currency = trade.currency_of(root)
    summary = root.first("UNS")
    begin.get(3)
    begin.get(4)
    return Order(
        # Some senders put the number into the name of the document.
        number=begin.get(2) or begin.get(1, 4) or begin.need(2),
        issue_date=trade.need_day(root, read_days(root, ISSUED, "4"), ISSUED),
        type_code=begin.get(1) or "220",
        buyer=trade.read_party(root, parties.BUYER, "OB") or TradeParty(),
        seller=trade.read_party(root, parties.SELLER, "SE", "VN") or TradeParty(),
        deliver_to=trade.read_party(root, parties.DELIVERY, "ST", "CN"),
        invoicee=trade.read_party(root, INVOICEE, "BT"),
        lines=tuple(_read_line(node, currency) for node in root.all("LIN")),
        currency=currency,
        requested_on=read_days(root, REQUESTED, "64", "63"),
        contract=read_reference(root, "CT"),
        notes=trade.read_notes(root),
        total=read_amount(summary.all("MOA"), currency, _TOTAL, "86")
        if summary and currency
        else None,
    )


def _read_line(node: Node, currency: str | None) -> OrderLine:
    quantity = node.first("QTY", ORDERED, "12", "1")
    if quantity is None:
        node.fault("missing", "the line has no quantity (QTY 21)")
    words = [note.text for note in trade.read_notes(node)]
    return OrderLine(
        id=node.get(1) or str(node.segment.number),
        item=lines.read_item(node),
        quantity=quantity.need_decimal(1, 2) if quantity else lines.NOTHING,
        unit=(quantity.get(1, 3) if quantity else None) or lines.ONE,
        price=lines.read_price(node),
        net=read_amount(node.all("MOA"), currency, _LINE_NET) if currency else None,
        requested_on=read_days(node, REQUESTED, "64", "63"),
        note=" ".join(words) or None,
    )
