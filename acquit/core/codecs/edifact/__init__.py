"""UN/EDIFACT by EANCOM, directories D.96A and D.01B: invoices, orders and their answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import ModuleType
from typing import Any

from acquit.core.codecs.edi.envelope import Envelope
from acquit.core.codecs.edifact import (
    aperak,
    contrl,
    desadv,
    invoic,
    orders,
    ordrsp,
    remadv,
    syntax,
)
from acquit.core.codecs.edifact.syntax import BYTES_MAX, Message, sniff
from acquit.core.codecs.reading import File, Part, Reading
from acquit.core.codecs.writing import CannotWrite, Written
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.response import Response
from acquit.core.faults import Fault

__all__ = [
    "BYTES_MAX",
    "LOSES",
    "MESSAGES",
    "NAME",
    "acknowledge",
    "answer",
    "read",
    "read_file",
    "sniff",
    "write",
]

NAME = syntax.NAME
LOSES = invoic.LOSES
VERSIONS = tuple(invoic.VERSIONS)
# Every message that is read and written here, by its type.
MESSAGES: Mapping[str, ModuleType] = {
    "INVOIC": invoic,
    "ORDERS": orders,
    "ORDRSP": ordrsp,
    "DESADV": desadv,
    "REMADV": remadv,
    "CONTRL": contrl,
    "APERAK": aperak,
}
_Reader = Callable[[Message, str], Reading[Any]]


def read_file(*, data: bytes) -> File[Any]:
    """Every message of the interchange; those of unknown types with a fault."""
    found = syntax.read(data=data)
    mark = found.separators.decimal
    parts = tuple(
        Part(f"{message.kind} {message.version}".strip(), read_message(message, mark))
        for message in found.messages
    )
    return File(NAME, parts, tuple(found.faults))


def read_message(message: Message, decimal_mark: str) -> Reading[Any]:
    module = MESSAGES.get(message.kind)
    if module is None:
        known = ", ".join(MESSAGES)
        text = f"the message {message.kind[:10]!r} is not read here"
        fault = Fault("edifact.message", text, f"message {message.reference[:20]}", fix=known)
        return Reading(None, (*message.faults, fault))
    reader: _Reader = module.read_message
    return reader(message, decimal_mark)


def acknowledge(*, data: bytes) -> Response:
    """The CONTRL that answers an interchange: each message that cannot be read with the reasons.

    It is written by ``answer``, or by ``contrl.write`` with an envelope of one's own.
    """
    found = syntax.read(data=data)
    mark = found.separators.decimal
    readings = [(message, read_message(message, mark).faults) for message in found.messages]
    return contrl.respond(interchange=found, readings=readings)


def answer(*, data: bytes, reference: str, at: datetime) -> Written:
    """The CONTRL that goes back to the sender. CannotWrite where nobody says who that is, or where
    the file is a CONTRL itself."""
    found = syntax.read(data=data)
    response = acknowledge(data=data)
    kinds = {message.kind for message in found.messages}
    if response.sender is None or response.receiver is None or kinds == {contrl.KIND}:
        message = "the interchange has no header with its parties, or is an answer itself"
        raise CannotWrite.because("edifact.no_answer", message, fix="answer what was sent to you")
    header = found.header
    envelope = Envelope(
        sender=response.sender.value,
        sender_qualifier=response.sender.scheme or "",
        receiver=response.receiver.value,
        receiver_qualifier=response.receiver.scheme or "",
        reference=reference,
        prepared_at=at,
        charset=found.charset if found.charset in syntax.ENCODINGS else "",
        is_test=header is not None and header.get(11) == "1",
    )
    return contrl.write(document=response, envelope=envelope)


def read(*, data: bytes) -> Reading[Invoice]:
    """The invoice of an interchange that holds one; a fault where it holds none or several."""
    found: File[Invoice] = read_file(data=data)
    return found.the_only(Invoice, "edifact.documents")


def write(*, document: Invoice, envelope: Envelope | None = None, version: str = "D96A") -> Written:
    """One interchange with one INVOIC; CannotWrite where a value does not fit."""
    return invoic.write(document=document, envelope=envelope, version=version)
