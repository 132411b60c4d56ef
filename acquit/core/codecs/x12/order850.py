"""The 850 Purchase Order, releases 004010 and 005010."""

from __future__ import annotations

from decimal import Decimal

from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edi.segments import Node
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import Written
from acquit.core.codecs.x12 import items, parts, trade
from acquit.core.codecs.x12.codes import unit_from
from acquit.core.codecs.x12.parts import Draft, figure, read_date, read_days, read_reference
from acquit.core.codecs.x12.syntax import Body, TransactionSet
from acquit.core.codecs.x12.tables import ORDER
from acquit.core.documents.amounts import Price
from acquit.core.documents.order import Order, OrderLine
from acquit.core.documents.trade import TradeParty

KIND = "850"
FUNCTIONAL = "PO"
VERSIONS = trade.VERSIONS
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    **trade.LOSES,
    "type_code": "BEG02 knows the order that stands alone",
    "currency": "an 850 without a currency is in US dollars",
    "invoicee.identifiers": "the one in N1 comes back first; of schemes N1 knows GLN and DUNS",
    "lines.price.gross": "a price for other than 1, 100 or 1000 units becomes one for 1 unit",
}
BILL_TO = "BT"
REQUESTED = "002"
_LINE_TOTAL, _TOTAL = "1", "TT"


def write(*, document: Order, envelope: Envelope | None = None, version: str = "4010") -> Written:
    """One interchange with one 850; CannotWrite where a value does not fit."""
    return trade.write_set(
        document=document,
        kind=KIND,
        functional=FUNCTIONAL,
        version=version,
        body=_body(document, version),
        envelope=envelope,
        read=read_set,
        loses=LOSES,
        between=(document.buyer, document.seller),
    )


def _body(document: Order, version: str) -> Body:
    draft = Draft(version)
    day = f"{document.issue_date:%Y%m%d}"
    draft.add("BEG", "00", "SA", document.number, "", day, document.contract)
    if document.currency:
        draft.add("CUR", parts.BUYER, document.currency)
    draft.day(REQUESTED, document.requested_on)
    trade.write_notes(draft, document.notes)
    trade.write_party(draft, parts.BUYER, document.buyer)
    trade.write_party(draft, parts.SELLER, document.seller)
    trade.write_party(draft, parts.SHIP_TO, document.deliver_to)
    trade.write_party(draft, BILL_TO, document.invoicee)
    for line in document.lines:
        _write_line(draft, line)
    draft.add("CTT", str(len(document.lines)))
    if document.total is not None:
        draft.add("AMT", _TOTAL, figure(document.total))
    return draft.finish()


def _write_line(draft: Draft, line: OrderLine) -> None:
    where = f"line {line.id}"
    write_item(draft, line, where, quantity=line.quantity, unit=line.unit)
    if line.price and line.price.gross is not None:
        draft.add("CTP", "", "LPR", figure(line.price.gross))
    if line.net is not None:
        draft.add("PAM", "", "", "", _LINE_TOTAL, figure(line.net))
    items.write_names(draft, line.item, where)
    draft.day(REQUESTED, line.requested_on)
    if line.note:
        draft.add("N9", "L1", "NOTE")
        for piece in draft.cut(line.note, 264, 40, f"{where} note"):
            draft.add("MSG", piece)


def write_item(draft: Draft, line: OrderLine, where: str, *, quantity: Decimal, unit: str) -> None:
    """PO1: quantity, price and numbers of an item."""
    price, basis = items.unit_price(draft, line.price, where) if line.price else ("", "")
    code = draft.unit(unit, where)
    numbers = items.item_numbers(line.item, None)
    draft.add("PO1", line.id, figure(quantity), code, price, basis, *numbers)


def read_set(found: TransactionSet) -> Reading[Order]:
    """The canonical order of one set; never raises, the faults say what is wrong."""
    return trade.read_document(found, ORDER, "BEG", _read)


def _read(root: Node, begin: Node) -> Order:
    begin.skip(1, 2)
    currency = trade.currency_of(root)
    summary = root.first("CTT")
    amount = summary.first("AMT", _TOTAL) if summary else None
    return Order(
        number=begin.need(3),
        issue_date=trade.need_day(begin, read_date(begin, 5), "BEG05"),
        buyer=trade.read_party(root, parts.BUYER, "OB", "BS") or TradeParty(),
        seller=trade.read_party(root, parts.SELLER, "VN", "SU") or TradeParty(),
        lines=tuple(_read_line(node, currency) for node in root.all("PO1")),
        currency=currency,
        deliver_to=trade.read_party(root, parts.SHIP_TO),
        invoicee=trade.read_party(root, BILL_TO),
        requested_on=read_days(root, REQUESTED, "010"),
        contract=begin.get(6) or read_reference(root, "CT"),
        notes=trade.read_notes(root),
        total=amount.money(2, 1, currency) if amount else None,
    )


def _read_line(node: Node, currency: str) -> OrderLine:
    quantity = node.decimal(2)
    if quantity is None:
        node.fault("missing", "the line has no quantity (PO102)")
    item, _ = items.read_item(node, 6)
    given = node.first("PAM", _LINE_TOTAL, at=(4, 1))
    words = [note.text for note in trade.read_notes(node)]
    return OrderLine(
        id=node.get(1) or str(node.segment.number),
        item=item,
        quantity=Decimal(0) if quantity is None else quantity,
        unit=unit_from(node.get(3) or "EA"),
        price=read_price(node),
        net=given.money(5, 1, currency) if given else None,
        requested_on=read_days(node, REQUESTED, "010"),
        note=" ".join(words) or None,
    )


def read_price(node: Node) -> Price | None:
    return items.read_price(node, 4)
