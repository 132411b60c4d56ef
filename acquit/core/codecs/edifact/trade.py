"""What orders, their answers, despatch and remittance advices write and read alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from acquit.core.codecs.edi.envelope import Envelope, envelope_for
from acquit.core.codecs.edi.segments import Group, Node, Trouble, arrange, report_unread
from acquit.core.codecs.edifact import parties, syntax
from acquit.core.codecs.edifact.header import GENERAL
from acquit.core.codecs.edifact.parts import Directory, Draft
from acquit.core.codecs.edifact.syntax import Body, Message
from acquit.core.codecs.reading import Reading
from acquit.core.codecs.writing import Written, checked
from acquit.core.documents.invoice import Note
from acquit.core.documents.parties import Address, Party
from acquit.core.documents.trade import TradeParty

T = TypeVar("T")
# What no message about trade carries, for the tables of losses.
LOSES: dict[str, str] = {
    "buyer.identifiers": "the one in NAD comes back first; of schemes NAD knows the GLN",
    "seller.identifiers": "the one in NAD comes back first; of schemes NAD knows the GLN",
    "deliver_to.identifiers": "the one in NAD comes back first; of schemes NAD knows the GLN",
    "lines.item.attributes": "there is no place for free properties",
    "lines.item.classifications.version": "PIA has no version of a list",
    "lines.item.standard_id": "only a GTIN (scheme 0160) has a place in LIN",
    "lines.item.origin_country": "the message has no place for it here",
}


def write_message(
    *,
    document: Any,
    kind: str,
    directory: Directory,
    body: Body,
    envelope: Envelope | None,
    read: Callable[[Message, str], Reading[Any]],
    loses: Mapping[str, str],
    between: tuple[TradeParty, TradeParty],
) -> Written:
    """One interchange with one message, and what it loses; ``between`` are sender and receiver,
    for the envelope where none is given."""
    sender, receiver = between
    chosen = envelope or envelope_for(
        sender=sender.identifiers,
        receiver=receiver.identifiers,
        reference=document.number[-14:],
        day=document.issue_date,
        charset="UNOC",
        gln_qualifier="14",
    )
    data = syntax.write(
        kind=f"{kind}:{directory.name[0]}:{directory.name[1:]}:UN",
        association=directory.association,
        messages=[body],
        envelope=chosen,
        lengths=directory.lengths,
    )
    reading = read(syntax.read(data=data).messages[0], ".")
    return checked(name=syntax.NAME, document=document, data=data, reading=reading, loses=loses)


def read_document(
    message: Message, decimal_mark: str, group: Group, build: Callable[[Node, Node], T]
) -> Reading[T]:
    """The document that ``build`` makes of the tree and its BGM; faults instead of exceptions."""
    source = Trouble(syntax.NAME, decimal_mark, list(message.faults))
    root = arrange(message.segments, group, source)
    root.skip(1, 2, 3, 4)
    begin = root.first("BGM")
    if begin is None:
        root.fault("missing", "there is no BGM")
        return Reading(None, source.result())
    summary = root.first("UNS")
    for node in (*root.all("UNT", "CNT"), *(summary.all("CNT") if summary else ())):
        node.skip(1, 2)
    if summary:
        summary.get(1)
    document = build(root, begin)
    if not source.fatal:
        report_unread(root)
    return Reading(None if source.fatal else document, source.result())


def need_day(root: Node, day: date | None, qualifier: str) -> date:
    if day is None:
        if not root.find("DTM", qualifier):
            root.fault("missing", f"there is no date of the document (DTM {qualifier})")
        return date(1, 1, 1)
    return day


def write_party(draft: Draft, role: str, party: TradeParty | None) -> None:
    if party is None:
        return
    rest = parties.write_party(
        draft, role, name=party.name, address=party.address, identifiers=party.identifiers
    )
    known = Party("", Address(""), vat_id=party.vat_id, contact=party.contact)
    parties.write_identity(draft, known, rest)


def read_party(root: Node, *roles: str) -> TradeParty | None:
    """The first party in one of the roles."""
    for role in roles:
        node = root.first("NAD", role)
        if node is not None:
            found = parties.read_party(node)
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
        draft.text(note.subject_code or GENERAL, note.text)


def read_notes(root: Node) -> tuple[Note, ...]:
    notes = []
    for node in root.all("FTX"):
        subject, text = node.get(1), " ".join(node.texts(4))
        if text:
            notes.append(Note(text, None if subject in (GENERAL, None) else subject))
    return tuple(notes)


def currency_of(root: Node) -> str | None:
    node = root.first("CUX")
    if node is None:
        return None
    node.get(1)
    node.get(1, 3)
    code = node.get(1, 2)
    if code is None or not (
        len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()
    ):
        node.fault("currency", f"{code!r:.20} is not an ISO 4217 code")
        return None
    return code
