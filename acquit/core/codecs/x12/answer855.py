"""The 855 Purchase Order Acknowledgment, releases 004010 and 005010."""

from __future__ import annotations

from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edi.segments import Node
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import Written
from acquit.core.codecs.x12 import items, parts, trade
from acquit.core.codecs.x12.codes import unit_from
from acquit.core.codecs.x12.parts import Draft, figure, read_date, read_days
from acquit.core.codecs.x12.syntax import Body, TransactionSet
from acquit.core.codecs.x12.tables import ORDER_ANSWER
from acquit.core.documents.order import (
    LineStatus,
    OrderResponse,
    OrderResponseLine,
    OrderStatus,
)
from acquit.core.documents.trade import TradeParty

KIND = "855"
FUNCTIONAL = "PR"
VERSIONS = trade.VERSIONS
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    **trade.LOSES,
    "order_date": "BAK04 wants one; it is the day of the answer where none is known",
    "currency": "an 855 without a currency is in US dollars",
    "lines.price.gross": "the 855 answers with the price to be paid",
    "lines.unit": "only written together with a quantity",
}
# Elements 587 and 668.
_STATUSES = {
    OrderStatus.ACCEPTED: "AD",
    OrderStatus.CHANGED: "AC",
    OrderStatus.REJECTED: "RD",
    OrderStatus.ACKNOWLEDGED: "AK",
}
_FROM_STATUS = {code: status for status, code in _STATUSES.items()} | {
    "AT": OrderStatus.ACCEPTED,
    "AE": OrderStatus.CHANGED,
    "RJ": OrderStatus.REJECTED,
}
_LINE_STATUSES = {
    LineStatus.ACCEPTED: "IA",
    LineStatus.CHANGED: "IC",
    LineStatus.REJECTED: "IR",
    LineStatus.BACKORDERED: "IB",
}
_FROM_LINE = {code: status for status, code in _LINE_STATUSES.items()} | {"R2": LineStatus.REJECTED}
_PROMISED = "067"


def write(
    *, document: OrderResponse, envelope: Envelope | None = None, version: str = "4010"
) -> Written:
    """One interchange with one 855; CannotWrite where a value does not fit."""
    return trade.write_set(
        document=document,
        kind=KIND,
        functional=FUNCTIONAL,
        version=version,
        body=_body(document, version),
        envelope=envelope,
        read=read_set,
        loses=LOSES,
        between=(document.seller, document.buyer),
    )


def _body(document: OrderResponse, version: str) -> Body:
    draft = Draft(version)
    ordered = document.order_date or document.issue_date
    draft.add(
        "BAK",
        "00",
        _STATUSES[document.status],
        document.order_number,
        f"{ordered:%Y%m%d}",
        "",
        "",
        "",
        document.number,
        f"{document.issue_date:%Y%m%d}",
    )
    if document.currency:
        draft.add("CUR", parts.SELLER, document.currency)
    draft.day(_PROMISED, document.promised_on)
    trade.write_notes(draft, document.notes)
    trade.write_party(draft, parts.BUYER, document.buyer)
    trade.write_party(draft, parts.SELLER, document.seller)
    for line in document.lines:
        _write_line(draft, line)
    draft.add("CTT", str(len(document.lines)))
    return draft.finish()


def _write_line(draft: Draft, line: OrderResponseLine) -> None:
    where = f"line {line.id}"
    price, basis = items.unit_price(draft, line.price, where) if line.price else ("", "")
    unit = draft.unit(line.unit, where)
    ordered = figure(line.ordered) if line.ordered is not None else ""
    numbers = items.item_numbers(line.item, line.order_line)
    draft.add("PO1", line.id, ordered, unit if ordered else "", price, basis, *numbers)
    items.write_names(draft, line.item, where)
    given = figure(line.quantity) if line.quantity is not None else ""
    day = f"{line.promised_on:%Y%m%d}" if line.promised_on else ""
    code = _LINE_STATUSES[line.status]
    draft.add("ACK", code, given, unit if given else "", _PROMISED if day else "", day)
    if line.note:
        draft.add("N9", "L1", "NOTE")
        for piece in draft.cut(line.note, 264, 40, f"{where} note"):
            draft.add("MSG", piece)


def read_set(found: TransactionSet) -> Reading[OrderResponse]:
    """The canonical answer of one set; never raises, the faults say what is wrong."""
    return trade.read_document(found, ORDER_ANSWER, "BAK", _read)


def _read(root: Node, begin: Node) -> OrderResponse:
    begin.get(1)
    order, ordered = begin.need(3), read_date(begin, 4)
    code = begin.need(2)
    status = _FROM_STATUS.get(code, OrderStatus.ACKNOWLEDGED)
    return OrderResponse(
        number=begin.get(8) or order,
        issue_date=trade.need_day(begin, read_date(begin, 9) or ordered, "BAK09"),
        status=status,
        order_number=order,
        order_date=ordered,
        buyer=trade.read_party(root, parts.BUYER, "BT") or TradeParty(),
        seller=trade.read_party(root, parts.SELLER, "VN", "SU") or TradeParty(),
        lines=tuple(_read_line(node) for node in root.all("PO1")),
        currency=trade.currency_of(root),
        promised_on=read_days(root, _PROMISED, "068"),
        notes=trade.read_notes(root),
    )


def _read_line(node: Node) -> OrderResponseLine:
    answer = node.first("ACK")
    item, order_line = items.read_item(node, 6)
    words = [note.text for note in trade.read_notes(node)]
    code = answer.need(1) if answer else "IA"
    if answer:
        answer.get(4)
    unit = (answer.get(3) if answer else None) or node.segment.get(3)
    node.get(3)
    return OrderResponseLine(
        id=node.get(1) or str(node.segment.number),
        status=_FROM_LINE.get(code, LineStatus.CHANGED),
        item=item,
        quantity=answer.decimal(2) if answer else None,
        ordered=node.decimal(2),
        unit=unit_from(unit or "UN"),
        price=items.read_price(node, 4),
        promised_on=read_date(answer, 5),
        order_line=order_line,
        note=" ".join(words) or None,
    )
