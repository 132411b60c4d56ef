"""ASC X12, releases 004010 and 005010: invoices, orders and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from typing import Any

from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edi.segments import Segment
from acquit.core.codecs.reading import File, Part, Reading
from acquit.core.codecs.writing import CannotWrite, Written
from acquit.core.codecs.x12 import (
    acknowledgement,
    answer855,
    invoice810,
    lockbox823,
    notice856,
    order850,
    remittance820,
    syntax,
)
from acquit.core.codecs.x12.syntax import BYTES_MAX, TransactionSet, sniff
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.response import Response
from acquit.core.faults import Fault, Severity

__all__ = [
    "BYTES_MAX",
    "LOSES",
    "NAME",
    "SETS",
    "acknowledge",
    "answer",
    "read",
    "read_file",
    "sniff",
    "write",
]

NAME = syntax.NAME
LOSES = invoice810.LOSES
VERSIONS = invoice810.VERSIONS
_INFO = Severity.INFO
# Every transaction set that is read and written here, by its identifier.
SETS: Mapping[str, ModuleType] = {
    "810": invoice810,
    "850": order850,
    "855": answer855,
    "856": notice856,
    "820": remittance820,
    "997": acknowledgement,
}


def read_file(*, data: bytes) -> File[Any]:
    """Every set of the interchange, and its TA1; sets of unknown types with a fault."""
    found = syntax.read(data=data)
    answers = [
        Part("TA1", acknowledgement.read_interchange_answer(segment))
        for segment in found.acknowledgements
    ]
    sets = [Part(f"{each.kind} {each.version}".strip(), read_set(each)) for each in found.sets]
    return File(NAME, (*answers, *sets), tuple(found.faults))


def read_set(found: TransactionSet) -> Reading[Any]:
    if found.kind == lockbox823.KIND:
        message = "a lockbox is money, no document: acquit import remittance takes it in"
        note = Fault("x12.lockbox", message, severity=_INFO)
        return Reading(None, lockbox823.read_deposits(found)[1] or (note,))
    module = SETS.get(found.kind)
    if module is None:
        known = ", ".join(SETS)
        text = f"the transaction set {found.kind[:10]!r} is not read here"
        fault = Fault("x12.set", text, f"set {found.reference[:20]}", fix=known)
        return Reading(None, (*found.faults, fault))
    reading: Reading[Any] = module.read_set(found)
    return reading


def acknowledge(*, data: bytes) -> tuple[Response, ...]:
    """The 997 that answer an interchange, one for each functional group but those of 997.

    They are written by ``answer``, or by ``acknowledgement.write`` with an envelope of one's own.
    """
    groups: dict[Segment, list[tuple[TransactionSet, tuple[Fault, ...]]]] = {}
    for found in syntax.read(data=data).sets:
        if found.group is not None and found.kind != acknowledgement.KIND:
            groups.setdefault(found.group, []).append((found, read_set(found).faults))
    return tuple(
        acknowledgement.respond(group=group.get(6), functional=group.get(1), readings=readings)
        for group, readings in groups.items()
    )


def answer(*, data: bytes, reference: str, at: datetime) -> Written:
    """What goes back to the sender: a 997 for each group, and a TA1 where the header asks for it.
    CannotWrite where there is nothing to answer."""
    found = syntax.read(data=data)
    documents = acknowledge(data=data)
    header = found.header
    wants = header is not None and header.get(14) == "1"
    if header is None or not (documents or wants):
        message = "the interchange has no header, or asks for no answer"
        raise CannotWrite.because("x12.no_answer", message, fix="answer what was sent to you")
    envelope = Envelope(
        sender=header.get(8),
        sender_qualifier=header.get(7),
        receiver=header.get(6),
        receiver_qualifier=header.get(5),
        reference=reference,
        prepared_at=at,
        is_test=header.get(15) == "T",
    )
    return acknowledgement.write_all(
        documents=documents,
        envelope=envelope,
        version="5010" if header.get(12) >= "00501" else "4010",
        interchanges=[acknowledgement.of_interchange(found)] if wants else [],
    )


def read(*, data: bytes) -> Reading[Invoice]:
    """The invoice of an interchange that holds one; a fault where it holds none or several."""
    found: File[Invoice] = read_file(data=data)
    return found.the_only(Invoice, "x12.documents")


def write(*, document: Invoice, envelope: Envelope | None = None, version: str = "4010") -> Written:
    """One interchange with one 810; CannotWrite where a value does not fit."""
    return invoice810.write(document=document, envelope=envelope, version=version)
