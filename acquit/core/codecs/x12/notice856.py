"""The 856 Ship Notice, releases 004010 and 005010: shipment, order, package, item.

Lines stand under their order and package; a new one begins wherever either changes, so that the
order of the lines is kept.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby

from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edi.segments import Node
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import Written
from acquit.core.codecs.x12 import items, parts, trade
from acquit.core.codecs.x12.codes import unit_from
from acquit.core.codecs.x12.parts import Draft, figure, read_date, read_days, read_reference
from acquit.core.codecs.x12.syntax import Body, TransactionSet
from acquit.core.codecs.x12.tables import SHIP_NOTICE
from acquit.core.documents.despatch import DespatchAdvice, DespatchLine
from acquit.core.documents.trade import TradeParty

KIND = "856"
FUNCTIONAL = "SH"
VERSIONS = trade.VERSIONS
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    **trade.LOSES,
    "order_number": "stands at the level of orders and comes back for the whole if it is one",
    "lines.order_number": "stands at the level of orders, also where only the whole has it",
    "packages": "comes back with the lading quantity of the shipment",
}
_SHIPPED, _EXPECTED = "011", "017"
_TRANSPORT = "BM"
_SHIPMENT, _ORDER, _PACKAGE, _ITEM = "S", "O", "P", "I"
_SSCC = "GM"  # element 88
_LEVELS = "0001"  # element 1005: shipment, order, packaging, item


def write(
    *, document: DespatchAdvice, envelope: Envelope | None = None, version: str = "4010"
) -> Written:
    """One interchange with one 856; CannotWrite where a value does not fit."""
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


def _body(document: DespatchAdvice, version: str) -> Body:
    draft = Draft(version)
    day = f"{document.issue_date:%Y%m%d}"
    draft.add("BSN", "00", document.number, day, "0000", _LEVELS)
    draft.day(_SHIPPED, document.despatched_on)
    draft.day(_EXPECTED, document.expected_on)
    draft.add("HL", "1", "", _SHIPMENT)
    if document.packages is not None:
        draft.add("TD1", "CTN", str(document.packages))
    if document.carrier:
        draft.add("TD5", "", "", "", "", document.carrier)
    draft.reference(_TRANSPORT, document.transport_document)
    trade.write_party(draft, parts.BUYER, document.buyer)
    trade.write_party(draft, parts.SELLER, document.seller)
    trade.write_party(draft, parts.SHIP_TO, document.deliver_to)
    count = 1
    for order, ordered in groupby(
        document.lines, key=lambda line: line.order_number or document.order_number
    ):
        above = 1
        if order:
            count += 1
            draft.add("HL", str(count), "1", _ORDER)
            draft.add("PRF", order)
            above = count
        for package, members in groupby(ordered, key=lambda line: line.package):
            over = above
            if package:
                count += 1
                draft.add("HL", str(count), str(above), _PACKAGE)
                draft.add("MAN", _SSCC, package)
                over = count
            for line in members:
                count += 1
                draft.add("HL", str(count), str(over), _ITEM)
                _write_line(draft, line)
    draft.add("CTT", str(count))
    return draft.finish()


def _write_line(draft: Draft, line: DespatchLine) -> None:
    where = f"line {line.id}"
    draft.add("LIN", line.id, *items.item_numbers(line.item, line.order_line))
    draft.add("SN1", line.id, figure(line.quantity), draft.unit(line.unit, where))
    items.write_names(draft, line.item, where)


def read_set(found: TransactionSet) -> Reading[DespatchAdvice]:
    """The canonical advice of one set; never raises, the faults say what is wrong."""
    return trade.read_document(found, SHIP_NOTICE, "BSN", _read)


def _read(root: Node, begin: Node) -> DespatchAdvice:
    begin.skip(1, 4, 5)
    levels = {node.segment.get(1): node for node in root.all("HL")}
    shipment = next((n for n in levels.values() if n.segment.get(3) == _SHIPMENT), None)
    place = shipment or root
    lines = []
    for node in levels.values():
        node.skip(1, 2, 3, 4)
        if node.segment.get(3) == _ITEM:
            lines.append(_read_line(node, levels))
    lading, carrier = place.first("TD1"), place.first("TD5")
    quantity = lading.decimal(2) if lading else None
    if lading:
        lading.get(1)
    orders = {line.order_number for line in lines}
    return DespatchAdvice(
        number=begin.need(2),
        issue_date=trade.need_day(begin, read_date(begin, 3), "BSN03"),
        buyer=trade.read_party(place, parts.BUYER, "BT") or TradeParty(),
        seller=trade.read_party(place, parts.SELLER, "SF", "SU", "VN", "SH") or TradeParty(),
        lines=tuple(lines),
        despatched_on=read_days(root, _SHIPPED) or read_days(place, _SHIPPED),
        expected_on=read_days(root, _EXPECTED) or read_days(place, _EXPECTED),
        order_number=orders.pop() if len(orders) == 1 else None,
        deliver_to=trade.read_party(place, parts.SHIP_TO),
        carrier=carrier.get(5) or carrier.get(3) if carrier else None,
        transport_document=read_reference(place, _TRANSPORT, "CN"),
        packages=int(quantity) if quantity is not None else None,
    )


def _read_line(node: Node, levels: dict[str, Node]) -> DespatchLine:
    order = package = None
    above = levels.get(node.segment.get(2))
    passed: set[str] = set()
    while above is not None and above.segment.get(1) not in passed:
        passed.add(above.segment.get(1))
        for reference in above.all("PRF"):
            order = order or reference.get(1)
        for mark in above.find("MAN", _SSCC, "SM"):
            package = package or mark.get(2)
        above = levels.get(above.segment.get(2))
    numbers, amount = node.first("LIN"), node.first("SN1")
    if amount is None:
        node.fault("missing", "the item has no quantity (SN1)")
    if numbers is not None:
        # The names of an item stand beside its numbers, in the same level.
        numbers.children += node.all("PID")
    item, order_line = items.read_item(numbers or node, 2)
    name = numbers.get(1) if numbers else None
    return DespatchLine(
        id=(amount.get(1) if amount else None) or name or node.segment.get(1),
        item=item,
        quantity=amount.need_decimal(2) if amount else Decimal(0),
        unit=unit_from((amount.get(3) if amount else None) or "EA"),
        order_number=order,
        order_line=order_line,
        package=package,
    )
