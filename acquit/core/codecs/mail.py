"""Mails as they arrive (RFC 5322, MIME): who sent them, and the files and texts inside; what they
answer, and of a report of a mail server (RFC 3464) why a mail did not arrive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime

from lxml import etree, html

_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]*:[ \t]")
_NAMED = re.compile(
    rb"^(?:from|date|subject|received|message-id|return-path|mime-version):", re.I | re.M
)
_IDENTIFIER = re.compile(r"<([^<>\s]+)>")
_NAMED_ID = re.compile(r"^message-id:\s*<([^<>\s]+)>", re.I | re.M)
_LINES = ("br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote")
# Where what somebody says ends and what he answers begins, as mail programs write it.
_QUOTE = re.compile(
    r"-{2,}\s*(?:original|ursprüngliche|message d|mesaj)|_{10,}"
    r"|(?:from|von|de|de la|expéditeur)\s?:\s.*@"
    r"|(?:on|am|le|în|in|pe)\b.{5,200}(?:wrote|schrieb|a écrit|a scris)\b.*:",
    re.I,
)
_SIGNATURE = "--"
TEXT, HTML = "text", "html"


@dataclass(frozen=True, slots=True)
class MailPart:
    """``kind`` is TEXT or HTML for what the mail says itself, "" for a file it brings."""

    name: str
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a mail server could not hand over a mail: a status (RFC 3463: 5.1.1) and its words."""

    status: str
    text: str


@dataclass(frozen=True, slots=True)
class Mail:
    """``sender`` is the address alone, in small letters; ``parts`` has files first, then HTML.
    ``answers`` are the Message-IDs of the mails it answers or sends back, without brackets."""

    sender: str
    sender_name: str
    subject: str
    sent_on: date | None
    parts: tuple[MailPart, ...]
    answers: tuple[str, ...] = ()
    failure: Failure | None = None

    @property
    def text(self) -> str:
        """What it says itself, as text; of a mail in HTML what a reader sees of it."""
        said = {part.kind: part.body.decode() for part in reversed(self.parts) if part.kind}
        return said[TEXT] if TEXT in said else _seen(said.get(HTML, ""))


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
    answers = tuple(dict.fromkeys(_answers(message)))
    return Mail(address.lower(), name, subject, sent, tuple(parts), answers, _failure(message))


def own_words(text: str) -> str:
    """The text without what it quotes and without the signature.

    >>> own_words("No.\\n\\nOn 3 March 2026 Anna wrote:\\n> Please pay.")
    'No.'
    """
    kept: list[str] = []
    for line in map(str.strip, text.splitlines()):
        if line == _SIGNATURE or _QUOTE.match(line):
            break
        if not line.startswith(">"):
            kept.append(line)
    return "\n".join(kept).strip()


def _seen(text: str) -> str:
    try:
        root = html.fromstring(text)
    except (ValueError, etree.ParserError):
        return ""
    for element in root.iter("style", "script", "title"):
        element.text = None
    for element in root.iter(*_LINES):
        element.tail = f"\n{element.tail or ''}"
    lines = "".join(map(str, root.itertext())).splitlines()
    return "\n".join(" ".join(line.split()) for line in lines)


def _answers(message: EmailMessage) -> Iterator[str]:
    for name in ("In-Reply-To", "References"):
        yield from _IDENTIFIER.findall(str(message.get(name, "")))
    for part in message.walk():
        body = part.get_payload()
        if part.get_content_type() == "message/rfc822" and isinstance(body, list):
            inner = [one for one in body if isinstance(one, Message)]
            yield from _IDENTIFIER.findall(" ".join(str(m.get("Message-ID", "")) for m in inner))
        elif part.get_content_type() == "text/rfc822-headers":
            yield from _NAMED_ID.findall(str(body))


def _failure(message: EmailMessage) -> Failure | None:
    """Of a report of delivery the first recipient whom the mail did not reach."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in part.get_payload():
            if isinstance(block, Message) and str(block.get("Action", "")).lower() == "failed":
                said = str(block.get("Diagnostic-Code", "")).partition(";")[2]
                recipient = str(block.get("Final-Recipient", "")).partition(";")[2].strip()
                text = " ".join(said.split()) or "the mail could not be delivered"
                return Failure(str(block.get("Status", "")).strip(), f"{recipient}: {text}")
    return None


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
