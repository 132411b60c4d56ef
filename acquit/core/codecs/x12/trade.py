"""What orders, their answers, ship notices and remittance advices write and read alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from acquit.core.codecs.edi.envelope import Envelope, envelope_for
from acquit.core.codecs.edi.segments import Group, Node, Trouble, arrange, report_unread
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import Written, checked
from acquit.core.codecs.x12 import parts, syntax
from acquit.core.codecs.x12.parts import Draft
from acquit.core.codecs.x12.syntax import Body, TransactionSet
from acquit.core.codecs.x12.tables import LENGTHS
from acquit.core.documents.invoice import Note
from acquit.core.documents.parties import Address, Party
from acquit.core.documents.trade import TradeParty
from acquit.core.faults import Severity

T = TypeVar("T")
VERSIONS = ("4010", "5010")
_LETTER = "L1"
# What no set about trade carries, for the tables of losses.
LOSES: dict[str, str] = {
    "lines.item.attributes": "there is no place for free properties",
    "lines.item.classifications": "there are numbers of the item, no classes",
    "lines.item.standard_id": "only a GTIN (scheme 0160) has a place",
    "lines.item.description": "the description goes where the name stands",
    "lines.price.net": "a price for other than 1, 100 or 1000 units becomes one for 1 unit",
    "lines.price.base_quantity": "1 is not said, 100 and 1000 are, others become 1",
    "lines.price.base_unit": "is the unit of the quantity",
    "lines.price.discount": "comes back as gross price less net price",
    "buyer.identifiers": "the one in N1 comes back first; of schemes N1 knows GLN and DUNS",
    "seller.identifiers": "the one in N1 comes back first; of schemes N1 knows GLN and DUNS",
    "deliver_to.identifiers": "the one in N1 comes back first; of schemes N1 knows GLN and DUNS",
}


def write_set(
    *,
    document: Any,
    kind: str,
    functional: str,
    version: str,
    body: Body,
    envelope: Envelope | None,
    read: Callable[[TransactionSet], Reading[Any]],
    loses: Mapping[str, str],
    between: tuple[TradeParty, TradeParty],
) -> Written:
    """One interchange with one set, and what it loses; ``between`` are sender and receiver, for
    the envelope where none is given."""
    data = syntax.write(
        functional=functional,
        kind=kind,
        version=version,
        sets=[body],
        envelope=envelope or _envelope(document, between),
        lengths=LENGTHS[version],
    )
    reading = read(syntax.read(data=data).sets[0])
    return checked(name=syntax.NAME, document=document, data=data, reading=reading, loses=loses)


def _envelope(document: Any, between: tuple[TradeParty, TradeParty]) -> Envelope:
    digits = "".join(c for c in document.number if c.isascii() and c.isdigit())
    made = envelope_for(
        sender=between[0].identifiers,
        receiver=between[1].identifiers,
        reference=digits[-9:] or "1",
        day=document.issue_date,
        charset="ascii",
        gln_qualifier="",
    )
    return replace(made, sender=made.sender[:15], receiver=made.receiver[:15])


def read_document(
    found: TransactionSet, group: Group, first: str, build: Callable[[Node, Node], T]
) -> Reading[T]:
    """The document that ``build`` makes of the tree and its first segment."""
    source = Trouble(syntax.NAME, ".", list(found.faults), found.version)
    root = arrange(found.segments, group, source)
    root.skip(1, 2, 3)
    begin = root.first(first)
    if begin is None:
        root.fault("missing", f"there is no {first}")
        return Reading(None, source.result())
    for node in root.all("SE", "CTT"):
        node.skip(1, 2)
    document = build(root, begin)
    if not source.fatal:
        report_unread(root)
    return Reading(None if source.fatal else document, source.result())


def need_day(node: Node, day: date | None, place: str) -> date:
    if day is None:
        node.fault("missing", f"there is no date of the document ({place})")
        return date(1, 1, 1)
    return day


def write_party(draft: Draft, role: str, party: TradeParty | None) -> None:
    if party is None:
        return
    name = party.name or (None if party.identifiers else "UNKNOWN")
    rest = parts.write_party(
        draft, role, name=name, address=party.address, identifiers=party.identifiers
    )
    known = Party("", Address(""), vat_id=party.vat_id, contact=party.contact)
    parts.write_identity(draft, known, rest)


def read_party(root: Node, *roles: str) -> TradeParty | None:
    """The first party in one of the roles."""
    for role in roles:
        node = root.first("N1", role)
        if node is not None:
            found = parts.read_party(node)
            return TradeParty(
                name=found.name or None,
                identifiers=found.identifiers,
                address=found.address if found.address != Address("") else None,
                vat_id=found.vat_id,
                contact=found.contact,
            )
    return None


def write_notes(draft: Draft, notes: tuple[Note, ...]) -> None:
    for note in notes:
        draft.add("N9", _LETTER, note.subject_code or "NOTE")
        for piece in draft.cut(note.text, 264, 40, "note"):
            draft.add("MSG", piece)


def read_notes(root: Node) -> tuple[Note, ...]:
    notes = []
    for node in root.find("N9", _LETTER, "ZZ"):
        name = node.get(2)
        words = [text for m in node.all("MSG") if (text := m.get(1))]
        if words:
            notes.append(Note(" ".join(words), None if name in ("NOTE", None) else name))
    return tuple(notes)


def currency_of(root: Node) -> str:
    """The currency of CUR; the dollar where there is none, as X12 practice has it."""
    node = root.first("CUR")
    if node is None:
        return "USD"
    node.get(1)
    code = node.get(2) or ""
    if len(code) == 3 and code.isascii() and code.isalpha() and code.isupper():
        return code
    message = f"{code[:20]!r} is not an ISO 4217 code; read as US dollars"
    node.source.add("currency", message, node.path, severity=Severity.FATAL)
    return "USD"
