"""UN/EDIFACT by EANCOM, directories D.96A and D.01B: invoices, orders and their answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from acquit.core.codecs.writing import Written
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.response import Response
from acquit.core.faults import Fault

__all__ = [
    "BYTES_MAX",
    "LOSES",
    "MESSAGES",
    "NAME",
    "acknowledge",
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

    It is written by ``contrl.write`` with the envelope of the connection it goes out by.
    """
    found = syntax.read(data=data)
    mark = found.separators.decimal
    readings = [(message, read_message(message, mark).faults) for message in found.messages]
    return contrl.respond(interchange=found, readings=readings)


def read(*, data: bytes) -> Reading[Invoice]:
    """The invoice of an interchange that holds one; a fault where it holds none or several."""
    found: File[Invoice] = read_file(data=data)
    return found.the_only(Invoice, "edifact.documents")


def write(*, document: Invoice, envelope: Envelope | None = None, version: str = "D96A") -> Written:
    """One interchange with one INVOIC; CannotWrite where a value does not fit."""
    return invoic.write(document=document, envelope=envelope, version=version)
