"""Mails as they arrive (RFC 5322, MIME): who sent them, and the files and texts inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime

_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]*:[ \t]")
_NAMED = re.compile(
    rb"^(?:from|date|subject|received|message-id|return-path|mime-version):", re.I | re.M
)
TEXT, HTML = "text", "html"


@dataclass(frozen=True, slots=True)
class MailPart:
    """``kind`` is TEXT or HTML for what the mail says itself, "" for a file it brings."""

    name: str
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """``sender`` is the address alone, in small letters; ``parts`` has files first, then HTML."""

    sender: str
    sender_name: str
    subject: str
    sent_on: date | None
    parts: tuple[MailPart, ...]


def is_mail(data: bytes) -> bool:
    """Whether the bytes begin with the header of a mail."""
    head = data[:4096].replace(b"\r\n", b"\n")
    if head.startswith(b"From "):
        head = head.partition(b"\n")[2]
    return bool(_HEADER.match(head)) and len(set(_NAMED.findall(head.lower()))) >= 2


def read(data: bytes) -> Mail:
    """The mail; broken parts give what can be read of them."""
    message = BytesParser(policy=policy.default).parsebytes(data)
    assert isinstance(message, EmailMessage)
    name, address = parseaddr(str(message.get("From", "")))
    try:
        sent = parsedate_to_datetime(str(message.get("Date", ""))).date()
    except (ValueError, TypeError):
        sent = None
    order = {"": 0, HTML: 1, TEXT: 2}
    parts = sorted(_parts(message), key=lambda part: order[part.kind])
    subject = " ".join(str(message.get("Subject", "")).split())
    return Mail(address.lower(), name, subject, sent, tuple(parts))


def _parts(message: EmailMessage) -> Iterator[MailPart]:
    for part in message.walk():
        if part.is_multipart():
            continue
        body = part.get_payload(decode=True)
        if not isinstance(body, bytes) or not body:
            continue
        name = " ".join((part.get_filename() or "").split())
        is_file = bool(name) or part.get_content_disposition() == "attachment"
        kind = {"text/plain": TEXT, "text/html": HTML}.get(part.get_content_type(), "")
        if kind and not is_file:
            charset = part.get_content_charset() or "utf-8"
            try:
                text = body.decode(charset)
            except (LookupError, UnicodeDecodeError):
                text = body.decode("cp1252", "replace")
            yield MailPart(kind, kind, text.encode())
        elif is_file:
            yield MailPart(name or "attachment", "", body)
