"""DESADV, the despatch advice (EANCOM, D.96A and D.01B).

Lines stand in the package they are in: a CPS with its SSCC in GIN. A new CPS begins wherever the
package changes, so that the order of the lines is kept.
"""

from __future__ import annotations

from itertools import groupby

from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edi.segments import Node
from acquit.core.codecs.edifact import lines, parties, trade
from acquit.core.codecs.edifact.parts import (
    ISSUED,
    Directory,
    Draft,
    number,
    read_days,
    read_reference,
)
from acquit.core.codecs.edifact.syntax import Body, Message
from acquit.core.codecs.edifact.tables import DESADV
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import Written
from acquit.core.documents.despatch import DespatchAdvice, DespatchLine
from acquit.core.documents.trade import TradeParty

KIND = "DESADV"
VERSIONS = {
    "D96A": Directory("D96A", "EAN005", "EN"),
    "D01B": Directory("D01B", "EAN007", "SRV"),
}
# What does not survive writing and reading, and why.
LOSES: dict[str, str] = {
    **trade.LOSES,
    "lines.order_line": "needs the number of its order where it has more than six characters",
}
_NAME = "351"
_DESPATCHED, _EXPECTED, _DELIVERED = "11", "17", "12"
_CARRIER, _TRANSPORT = "CA", "BM"
_SSCC = "BJ"  # UNCL 7405


def write(
    *, document: DespatchAdvice, envelope: Envelope | None = None, version: str = "D96A"
) -> Written:
    """One interchange with one DESADV; CannotWrite where a value does not fit."""
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


def _body(document: DespatchAdvice, directory: Directory) -> Body:
    draft = Draft(directory)
    draft.add("BGM", _NAME, document.number, "9")
    draft.day(ISSUED, document.issue_date)
    draft.day(_DESPATCHED, document.despatched_on)
    draft.day(_EXPECTED, document.expected_on)
    draft.reference("ON", document.order_number)
    draft.reference(_TRANSPORT, document.transport_document)
    trade.write_party(draft, parties.BUYER, document.buyer)
    trade.write_party(draft, parties.SELLER, document.seller)
    trade.write_party(draft, parties.DELIVERY, document.deliver_to)
    if document.carrier:
        trade.write_party(draft, _CARRIER, TradeParty(name=document.carrier))
    draft.add("CPS", "1")
    if document.packages is not None:
        draft.add("PAC", str(document.packages))
    level = 1
    for package, members in groupby(document.lines, key=lambda line: line.package):
        if package or level > 1:
            level += 1
            draft.add("CPS", str(level), "1")
        if package:
            draft.add("PAC", "1")
            draft.add("PCI", "33E")
            draft.add("GIN", _SSCC, package)
        for line in members:
            lines.write_item(draft, line.id, line.item)
            draft.add("QTY", (_DELIVERED, number(line.quantity), line.unit))
            _write_order(draft, line)
    draft.add("CNT", ("2", str(len(document.lines))))
    return draft.finish()


def _write_order(draft: Draft, line: DespatchLine) -> None:
    short = line.order_line if line.order_line and len(line.order_line) <= 6 else None
    draft.reference("ON", line.order_number, short or "")
    if line.order_line and not (line.order_number and short):
        draft.reference("LI", line.order_line)


def read_message(message: Message, decimal_mark: str) -> Reading[DespatchAdvice]:
    """The canonical advice of one message; never raises, the faults say what is wrong."""
    return trade.read_document(message, decimal_mark, DESADV, _read)


def _read(root: Node, begin: Node) -> DespatchAdvice:
    begin.skip(1, 3)
    packages = None
    found: list[DespatchLine] = []
    for place, level in enumerate(root.all("CPS")):
        level.skip(1, 2, 3)
        package, count = _package(level)
        if place == 0 and package is None:
            packages = count
        found += [_read_line(node, package) for node in level.all("LIN")]
    carrier = trade.read_party(root, _CARRIER)
    return DespatchAdvice(
        number=begin.need(2),
        issue_date=trade.need_day(root, read_days(root, ISSUED), ISSUED),
        buyer=trade.read_party(root, parties.BUYER, "CN") or TradeParty(),
        seller=trade.read_party(root, parties.SELLER, "SE", "SF") or TradeParty(),
        lines=tuple(found),
        despatched_on=read_days(root, _DESPATCHED),
        expected_on=read_days(root, _EXPECTED, "132", "2", "35"),
        order_number=read_reference(root, "ON"),
        deliver_to=trade.read_party(root, parties.DELIVERY, "ST"),
        carrier=carrier.name if carrier else None,
        transport_document=read_reference(root, _TRANSPORT, "CN"),
        packages=packages,
    )


def _package(level: Node) -> tuple[str | None, int | None]:
    """The SSCC of a level, and how many packages it says there are."""
    code: str | None = None
    count: int | None = None
    for package in level.all("PAC"):
        number_of = package.decimal(1)
        count = int(number_of) if number_of is not None and count is None else count
        for mark in package.all("PCI"):
            mark.get(1)
            for serial in mark.find("GIN", _SSCC, "AW"):
                code = code or serial.get(2)
    return code, count


def _read_line(node: Node, package: str | None) -> DespatchLine:
    quantity = node.first("QTY", _DELIVERED, "46", "21")
    if quantity is None:
        node.fault("missing", "the line has no quantity (QTY 12)")
    order = node.first("RFF", "ON")
    return DespatchLine(
        id=node.get(1) or str(node.segment.number),
        item=lines.read_item(node),
        quantity=quantity.need_decimal(1, 2) if quantity else lines.NOTHING,
        unit=(quantity.get(1, 3) if quantity else None) or lines.ONE,
        order_number=order.get(1, 2) if order else None,
        order_line=lines.read_order_line(node),
        package=package,
    )
