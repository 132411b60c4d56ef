"""One mail from one letter: the same letter gives the same bytes, so a repeat is no new message.

Headers are written by the standard library's modern policy, which refuses line ends in values;
what is refused comes back as BadLetter with the name of the field.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime

from acquit.core.faults import Fault, Refused


class BadLetter(Refused):
    """A part of the letter cannot stand in a mail; the fault names it."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file with its media type (``application/pdf``)."""

    name: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """``message_id`` is given, not made here, and without angle brackets; ``written_at`` too.

    ``links`` are texts with the addresses they lead to, after the paragraphs.
    """

    message_id: str
    written_at: datetime
    sender_name: str
    sender: str
    recipient: str
    subject: str
    paragraphs: tuple[str, ...]
    language: str
    links: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def compose(letter: Letter) -> EmailMessage:
    """The message: text and HTML, then the attachments. BadLetter names what cannot be sent."""
    message = EmailMessage(policy=SMTP)
    for name, value in (
        ("From", _address("sender", letter.sender_name, letter.sender)),
        ("To", _address("recipient", "", letter.recipient)),
        ("Subject", letter.subject),
        ("Date", format_datetime(letter.written_at)),
        ("Message-ID", f"<{letter.message_id}>"),
        ("Content-Language", letter.language),
        ("Auto-Submitted", "auto-generated"),
        *letter.headers.items(),
    ):
        try:
            message[name] = value
        except (ValueError, MessageError) as error:
            raise _bad(name, str(error)) from None
    message.set_content(_text(letter))
    message.add_alternative(_html(letter), subtype="html")
    for part in letter.attachments:
        maintype, _, subtype = part.media_type.partition("/")
        message.add_attachment(part.body, maintype=maintype, subtype=subtype, filename=part.name)
    _fix_boundaries(message, letter.message_id)
    return message


def _address(name: str, shown: str, address: str) -> Address:
    if any(ord(c) < 32 or c in "<>" for c in f"{address}{shown}"):
        raise _bad(name, f"{address!r} is not an e-mail address")
    try:
        found = Address(display_name=shown, addr_spec=address)
    except (ValueError, MessageError, IndexError) as error:
        raise _bad(name, f"{address!r} is not an e-mail address: {error}") from None
    if not found.username or "." not in found.domain:
        raise _bad(name, f"{address!r} is not an e-mail address")
    return found


def _bad(name: str, why: str) -> BadLetter:
    return BadLetter((Fault(f"email.{name.lower()}", why, name.lower(), fix="correct it"),))


def _text(letter: Letter) -> str:
    links = (f"{text}:\n{target}" for text, target in letter.links)
    return "\n\n".join((*letter.paragraphs, *links)) + "\n"


def _html(letter: Letter) -> str:
    body = "".join(f"<p>{html.escape(text)}</p>" for text in letter.paragraphs)
    for text, target in letter.links:
        body += f'<p><a href="{html.escape(target, quote=True)}">{html.escape(text)}</a></p>'
    return (
        f'<!doctype html><html lang="{html.escape(letter.language)}"><head>'
        f'<meta charset="utf-8"><title>{html.escape(letter.subject)}</title></head>'
        f'<body style="font-family:sans-serif;line-height:1.5">{body}</body></html>'
    )


def _fix_boundaries(message: Message, message_id: str) -> None:
    """The library draws boundaries at random; ours follow from the identity of the message."""
    for index, part in enumerate(message.walk()):
        if part.is_multipart():
            digest = hashlib.sha256(f"{message_id} {index}".encode()).hexdigest()
            part.set_boundary(f"=_{digest[:40]}")
