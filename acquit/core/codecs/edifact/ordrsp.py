"""ORDRSP, the seller's answer to an order (EANCOM, D.96A and D.01B)."""

from __future__ import annotations

from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edi.segments import Node
from acquit.core.codecs.edifact import lines, parties, trade
from acquit.core.codecs.edifact.header import GENERAL
from acquit.core.codecs.edifact.parts import (
    ISSUED,
    REFERENCE_DAY,
    Directory,
    Draft,
    number,
    read_days,
)
from acquit.core.codecs.edifact.syntax import Body, Message
from acquit.core.codecs.edifact.tables import ORDRSP
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import Written
from acquit.core.documents.order import (
    LineStatus,
    OrderResponse,
    OrderResponseLine,
    OrderStatus,
)
from acquit.core.documents.trade import TradeParty

KIND = "ORDRSP"
VERSIONS = {
    "D96A": Directory("D96A", "EAN005", "EN"),
    "D01B": Directory("D01B", "EAN009", "SRV"),
}
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    **trade.LOSES,
    "lines.price.discount": "comes back as gross price less net price",
    "lines.price.base_unit": "only written together with a base quantity",
    "lines.unit": "only written together with a quantity",
}
_NAME = "231"  # UNCL 1001: purchase order response
# UNCL 1225 and UNCL 1229.
_STATUSES = {
    OrderStatus.ACCEPTED: "29",
    OrderStatus.CHANGED: "4",
    OrderStatus.REJECTED: "27",
    OrderStatus.ACKNOWLEDGED: "12",
}
_FROM_STATUS = {code: status for status, code in _STATUSES.items()}
_ACTIONS = {
    LineStatus.ACCEPTED: "5",
    LineStatus.CHANGED: "3",
    LineStatus.BACKORDERED: "3",
    LineStatus.REJECTED: "7",
}
_FROM_ACTION = {
    "5": LineStatus.ACCEPTED,
    "3": LineStatus.CHANGED,
    "6": LineStatus.CHANGED,
    "7": LineStatus.REJECTED,
    "2": LineStatus.REJECTED,
    "10": LineStatus.REJECTED,
}
# UNCL 6063: ordered, to be delivered, backordered; UNCL 2005: promised.
_ORDERED, _DELIVERED, _BACKORDERED, _PROMISED = "21", "113", "83", "69"


def write(
    *, document: OrderResponse, envelope: Envelope | None = None, version: str = "D96A"
) -> Written:
    """One interchange with one ORDRSP; CannotWrite where a value does not fit."""
    directory = VERSIONS[version]
    return trade.write_message(
        document=document,
        kind=KIND,
        directory=directory,
        body=_body(document, directory),
        envelope=envelope,
        read=read_message,
        loses=LOSES,
        between=(document.seller, document.buyer),
    )


def _body(document: OrderResponse, directory: Directory) -> Body:
    draft = Draft(directory)
    draft.add("BGM", _NAME, document.number, _STATUSES[document.status])
    draft.day(ISSUED, document.issue_date)
    draft.day(_PROMISED, document.promised_on)
    trade.write_notes(draft, document.notes)
    draft.reference("ON", document.order_number)
    draft.day(REFERENCE_DAY, document.order_date)
    trade.write_party(draft, parties.BUYER, document.buyer)
    trade.write_party(draft, parties.SELLER, document.seller)
    if document.currency:
        draft.add("CUX", ("2", document.currency, "9"))
    for line in document.lines:
        _write_line(draft, document, line)
    draft.add("UNS", "S")
    draft.add("CNT", ("2", str(len(document.lines))))
    return draft.finish()


def _write_line(draft: Draft, document: OrderResponse, line: OrderResponseLine) -> None:
    lines.write_item(draft, line.id, line.item, action=_ACTIONS[line.status])
    waits = line.status is LineStatus.BACKORDERED
    if line.ordered is not None:
        draft.add("QTY", (_ORDERED, number(line.ordered), line.unit))
    if line.quantity is not None:
        kind = _BACKORDERED if waits else _DELIVERED
        draft.add("QTY", (kind, number(line.quantity), line.unit))
    draft.day(_PROMISED, line.promised_on)
    if line.note:
        draft.text(GENERAL, line.note)
    if line.price:
        lines.write_price(draft, line.price)
    lines.write_order_line(draft, document.order_number, line.order_line)


def read_message(message: Message, decimal_mark: str) -> Reading[OrderResponse]:
    """The canonical answer of one message; never raises, the faults say what is wrong."""
    return trade.read_document(message, decimal_mark, ORDRSP, _read)


def _read(root: Node, begin: Node) -> OrderResponse:
    begin.get(1)
    code = begin.get(3) or ""
    order = root.first("RFF", "ON")
    found = tuple(_read_line(node) for node in root.all("LIN"))
    return OrderResponse(
        number=begin.need(2),
        issue_date=trade.need_day(root, read_days(root, ISSUED), ISSUED),
        status=_FROM_STATUS.get(code) or _of_lines(found),
        order_number=(order.get(1, 2) if order else None) or "",
        order_date=read_days(order, REFERENCE_DAY) if order else None,
        buyer=trade.read_party(root, parties.BUYER) or TradeParty(),
        seller=trade.read_party(root, parties.SELLER, "SE", "VN") or TradeParty(),
        lines=found,
        currency=trade.currency_of(root),
        promised_on=read_days(root, _PROMISED, "2"),
        notes=trade.read_notes(root),
    )


def _of_lines(found: tuple[OrderResponseLine, ...]) -> OrderStatus:
    """The answer as a whole where BGM does not say it."""
    statuses = {line.status for line in found}
    if not statuses:
        return OrderStatus.ACKNOWLEDGED
    if statuses == {LineStatus.REJECTED}:
        return OrderStatus.REJECTED
    return OrderStatus.ACCEPTED if statuses == {LineStatus.ACCEPTED} else OrderStatus.CHANGED


def _read_line(node: Node) -> OrderResponseLine:
    ordered = node.first("QTY", _ORDERED)
    waits = node.first("QTY", _BACKORDERED)
    delivered = node.first("QTY", _DELIVERED, "12", "170") or waits
    unit = next((n.get(1, 3) for n in (delivered, ordered) if n), None)
    if ordered:
        ordered.get(1, 3)
    action = _FROM_ACTION.get(node.get(2) or "5", LineStatus.CHANGED)
    backordered = waits is not None and delivered is waits and action is LineStatus.CHANGED
    words = [note.text for note in trade.read_notes(node)]
    own = node.first("RFF", "ON")
    if own:
        own.get(1, 2)
    return OrderResponseLine(
        id=node.get(1) or str(node.segment.number),
        status=LineStatus.BACKORDERED if backordered else action,
        item=lines.read_item(node),
        quantity=delivered.decimal(1, 2) if delivered else None,
        ordered=ordered.decimal(1, 2) if ordered else None,
        unit=unit or lines.ONE,
        price=lines.read_price(node),
        promised_on=read_days(node, _PROMISED, "2"),
        order_line=lines.read_order_line(node),
        note=" ".join(words) or None,
    )
