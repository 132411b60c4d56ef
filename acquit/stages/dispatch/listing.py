"""Reads for pages: what left on a day, the links of a document, one mail with its files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from acquit.access.models import Company, SignedLink
from acquit.database.copy import fetch_rows
from acquit.history import archive
from acquit.stages.dispatch.models import Mail
from acquit.stages.dispatch.queries import _DISPATCH, DispatchPage, DispatchView, MailView
from acquit.stages.dispatch.rules import sending


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A portal link of a document; the address itself is not kept, only its hash."""

    id: UUID
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now


@dataclass(frozen=True, slots=True)
class MailPart:
    """A file in a mail."""

    name: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class OpenedMail:
    """A mail of the mailbox with what is attached to it."""

    mail: MailView
    files: tuple[MailPart, ...]
    raw: bytes


def on_the_way(
    *, company_id: UUID, day: date, limit: int = 50, after: str | None = None
) -> DispatchPage:
    """What is queued, and what left on a day in the company's time zone, newest first.

    ``after`` is the cursor of the page before; ValueError when it is none.
    """
    zone = ZoneInfo(Company.objects.only("timezone").get(id=company_id).timezone)
    start = datetime.combine(day, time.min, zone)
    values: dict[str, Any] = {
        "company": company_id,
        "start": start,
        "end": start + timedelta(days=1),
        "limit": limit + 1,
    }
    condition = ""
    if after:
        at, _, last = after.partition("_")
        values |= {"at": datetime.fromisoformat(at), "last": UUID(last)}
        condition = " AND (x.queued_at, x.id) < (%(at)s, %(last)s)"
    rows = fetch_rows(
        f"{_DISPATCH} WHERE x.company_id = %(company)s AND (x.state = 'queued'"
        " OR (x.state IN ('sent', 'delivered') AND x.sent_at >= %(start)s AND x.sent_at < %(end)s))"
        f"{condition} ORDER BY x.queued_at DESC, x.id DESC LIMIT %(limit)s",
        values,
    )
    shown = tuple(DispatchView(*row) for row in rows[:limit])
    cursor = f"{shown[-1].queued_at.isoformat()}_{shown[-1].id}" if len(rows) > limit else None
    return DispatchPage(shown, cursor)


def links_of(*, company_id: UUID, document_id: UUID) -> list[MadeLink]:
    """The portal links of a document, newest first."""
    rows = (
        SignedLink.objects.of(company_id)
        .filter(subject_id=document_id, purpose=sending.PURPOSE)
        .order_by("-created_at", "-id")
    )
    return [MadeLink(*row) for row in rows.values_list(*MadeLink.__dataclass_fields__)]


def opened_mail(*, company_id: UUID, mail_id: UUID) -> OpenedMail | None:
    """One mail with its attachments, read from the archived bytes; None when not this company's."""
    row = Mail.objects.of(company_id).filter(id=mail_id).first()
    if row is None:
        return None
    view = MailView(*(getattr(row, name) for name in MailView.__dataclass_fields__))
    piece = archive.read(company_id=company_id, digest=row.raw_digest)
    raw = piece.body if piece else b""
    message = cast(EmailMessage, message_from_bytes(raw, policy=default))
    files = tuple(
        MailPart(
            name=part.get_filename() or "attachment",
            media_type=part.get_content_type(),
            body=cast(bytes, part.get_payload(decode=True) or b""),
        )
        for part in message.iter_attachments()
        if not part.is_multipart()
    )
    return OpenedMail(view, files, raw)
