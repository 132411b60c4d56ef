"""Reads of dispatches: of a document, exceptions, proof, links, and the demo's mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any, cast
from uuid import UUID

from acquit.access.models import SignedLink
from acquit.access.unscoped import link_of
from acquit.database.copy import fetch_rows
from acquit.database.listing import Listing, within_instants
from acquit.database.together import Read
from acquit.history import archive
from acquit.history.archive import Piece
from acquit.stages.dispatch.models import Attempt, Dispatch, Mail, Rendition
from acquit.stages.dispatch.rules import sending
from acquit.stages.dispatch.rules.rejections import Rejection

_COLUMNS = (
    "x.id, x.document_id, d.number, c.name, x.channel, x.recipient, x.state, x.attempts,"
    " x.last_error, x.queued_at, x.due_at, x.sent_at, x.message_id, x.xml_digest, x.pdf_digest,"
    " x.message_digest, x.rejection IS NOT NULL"
)
_SOURCE = (
    "FROM dispatch_dispatch x"
    " JOIN invoices_document d ON d.company_id = x.company_id AND d.id = x.document_id"
    " JOIN masterdata_customer c ON c.company_id = d.company_id AND c.id = d.customer_id"
)
_DISPATCH = f"SELECT {_COLUMNS} {_SOURCE}"


@dataclass(frozen=True, slots=True)
class DispatchView:
    """One logical delivery and where it stands."""

    id: UUID
    document_id: UUID
    number: str
    customer_name: str
    channel: str
    recipient: str
    state: str
    attempts: int
    last_error: str
    queued_at: datetime
    due_at: datetime
    sent_at: datetime | None
    message_id: str
    xml_digest: str
    pdf_digest: str
    message_digest: str
    is_rejected: bool  # its receiver did not take it: ``last_error`` says why


DISPATCHES = Listing(
    columns=_COLUMNS,
    source=f"{_SOURCE} WHERE x.company_id = %(company)s",
    newest=("x.queued_at", "x.id"),
    make=DispatchView,
    conditions={
        "q": "(d.number ILIKE %(like)s OR c.name ILIKE %(like)s OR x.recipient ILIKE %(like)s)",
        "state": "x.state = %(state)s",
        "channel": "x.channel = %(channel)s",
        "customer": "d.customer_id = %(customer)s",
        **within_instants("x.queued_at"),
    },
)


@dataclass(frozen=True, slots=True)
class AttemptView:
    number: int
    at: datetime
    ok: bool
    answer: str


@dataclass(frozen=True, slots=True)
class ProofView:
    """Everything that shows a delivery: the tries and the files that left, by their hashes."""

    dispatch: DispatchView
    attempts: tuple[AttemptView, ...]


@dataclass(frozen=True, slots=True)
class DispatchPage:
    rows: tuple[DispatchView, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class LinkView:
    """What a valid link opens: one document of one company."""

    id: UUID
    company_id: UUID
    document_id: UUID
    customer_id: UUID
    customer_name: str


@dataclass(frozen=True, slots=True)
class MailView:
    """A mail in the demo's mailbox."""

    id: UUID
    message_id: str
    sender: str
    recipient: str
    subject: str
    body: str
    raw_digest: str
    received_at: datetime


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


def of_documents(*, company_id: UUID, document_ids: list[UUID]) -> dict[UUID, list[DispatchView]]:
    """The dispatches of documents, oldest first, by document."""
    rows = fetch_rows(
        f"{_DISPATCH} WHERE x.company_id = %s AND x.document_id = ANY(%s)"
        " ORDER BY x.queued_at, x.id",
        [company_id, document_ids],
    )
    result: dict[UUID, list[DispatchView]] = {}
    for row in rows:
        result.setdefault(row[1], []).append(DispatchView(*row))
    return result


def in_state(
    *, company_id: UUID, state: str, limit: int = 50, after: str | None = None
) -> DispatchPage:
    """Dispatches in one state, newest first. ``failed`` is the list of exceptions."""
    values: dict[str, Any] = {"company": company_id, "state": state, "limit": limit + 1}
    condition = ""
    if after:
        at, _, last = after.partition("_")
        values |= {"at": datetime.fromisoformat(at), "last": UUID(last)}
        condition = " AND (x.due_at, x.id) < (%(at)s, %(last)s)"
    rows = fetch_rows(
        f"{_DISPATCH} WHERE x.company_id = %(company)s AND x.state = %(state)s{condition}"
        " ORDER BY x.due_at DESC, x.id DESC LIMIT %(limit)s",
        values,
    )
    shown = tuple(DispatchView(*row) for row in rows[:limit])
    more = len(rows) > limit
    return DispatchPage(shown, f"{shown[-1].due_at.isoformat()}_{shown[-1].id}" if more else None)


def counts(*, company_id: UUID, day: date) -> Read[dict[str, int]]:
    """``sent_today`` (in the company's time zone), ``queued`` and ``failed``.

    Each count has its own index: what left on other days is not looked at.
    """
    of_company = "(SELECT count(*) FROM dispatch_dispatch WHERE company_id = %(company)s"
    return Read(
        f"SELECT {of_company} AND state IN ('sent', 'delivered') AND {_LEFT_ON}) AS sent_today,"
        f" {of_company} AND state = 'queued') AS queued,"
        f" {of_company} AND state = 'failed') AS failed",
        {"company": company_id, "day": day},
        lambda rows: rows[0],
    )


# From midnight to midnight where the company is.
_MIDNIGHT = (
    "(SELECT (%(day)s::date + {days})::timestamp AT TIME ZONE timezone"
    " FROM access_company WHERE id = %(company)s)"
)
_LEFT_ON = f"sent_at >= {_MIDNIGHT.format(days=0)} AND sent_at < {_MIDNIGHT.format(days=1)}"


def ways_of(*, company_id: UUID, ids: Sequence[UUID]) -> list[tuple[str, str, str]]:
    """Number of the document, channel and recipient of these dispatches, by number."""
    rows = fetch_rows(
        "SELECT d.number, x.channel, x.recipient FROM dispatch_dispatch x JOIN invoices_document d"
        " ON d.company_id = x.company_id AND d.id = x.document_id"
        " WHERE x.company_id = %s AND x.id = ANY(%s) ORDER BY d.number, x.channel, x.recipient",
        [company_id, list(ids)],
    )
    return [(row[0], row[1], row[2]) for row in rows]


def undispatched(
    *, company_id: UUID, limit: int = 10_000, issued_from: date | None = None
) -> list[UUID]:
    """Documents that were never queued for anybody, oldest first: what ``acquit send`` sends."""
    rows = fetch_rows(
        "SELECT d.id FROM invoices_document d WHERE d.company_id = %s AND NOT EXISTS"
        " (SELECT 1 FROM dispatch_dispatch x WHERE x.company_id = d.company_id"
        "  AND x.document_id = d.id) AND d.issued_on >= coalesce(%s::date, '-infinity')"
        " ORDER BY d.issued_on, d.id LIMIT %s",
        [company_id, issued_from, limit],
    )
    return [row[0] for row in rows]


def proof(*, company_id: UUID, dispatch_id: UUID) -> ProofView | None:
    """The proof of one dispatch, None when this company has none of that id."""
    rows = fetch_rows(
        f"{_DISPATCH} WHERE x.company_id = %s AND x.id = %s", [company_id, dispatch_id]
    )
    if not rows:
        return None
    attempts = (
        Attempt.objects.of(company_id)
        .filter(dispatch_id=dispatch_id)
        .order_by("number")
        .values_list("number", "at", "ok", "answer")
    )
    return ProofView(DispatchView(*rows[0]), tuple(AttemptView(*row) for row in attempts))


def rejection(*, company_id: UUID, dispatch_id: UUID) -> tuple[UUID, Rejection] | None:
    """The document of a dispatch and what came back of it; None where nothing did."""
    row = Dispatch.objects.of(company_id).filter(id=dispatch_id, rejection__isnull=False).first()
    return (row.document_id, Rejection(**row.rejection)) if row else None


def rendition(*, company_id: UUID, document_id: UUID, form: str) -> Piece | None:
    """The archived file of a document: ``pdf`` (Factur-X) or ``xml`` (UBL); None when not made."""
    column = {"pdf": "pdf_digest", "xml": "xml_digest"}[form]
    digest = (
        Rendition.objects.of(company_id)
        .filter(document_id=document_id)
        .values_list(column, flat=True)
        .first()
    )
    return archive.read(company_id=company_id, digest=digest) if digest else None


def open_link(*, token: str, purpose: str, now: datetime) -> LinkView | None:
    """What the token opens now; None when unknown, of another purpose, expired or revoked.

    The one read that does not know its company yet: the hash of the token is the key.
    """
    link = link_of(token=token, purpose=purpose, now=now)
    if link is None:
        return None
    rows = fetch_rows(
        "SELECT d.id, c.id, c.name FROM invoices_document d JOIN masterdata_customer c"
        " ON c.company_id = d.company_id AND c.id = d.customer_id"
        " WHERE d.company_id = %s AND d.id = %s",
        [link.company_id, link.subject_id],
    )
    return LinkView(link.id, link.company_id, *rows[0]) if rows else None


def mails(*, company_id: UUID, limit: int = 50, after: str | None = None) -> list[MailView]:
    """The demo's mailbox, newest first; ``after`` is the id of the last mail seen."""
    rows = Mail.objects.of(company_id).order_by("-received_at", "-id")
    if after:
        last = Mail.objects.of(company_id).filter(id=UUID(after)).first()
        if last is not None:
            rows = rows.filter(received_at__lte=last.received_at).exclude(id=last.id)
    return [_mail(row) for row in rows[:limit]]


def _mail(row: Mail) -> MailView:
    return MailView(
        row.id,
        row.message_id,
        row.sender,
        row.recipient,
        row.subject,
        row.body,
        row.raw_digest,
        row.received_at,
    )


def on_the_way(
    *, company_id: UUID, day: date, limit: int = 50, after: str | None = None
) -> DispatchPage:
    """What is queued, and what left on a day in the company's time zone, newest first.

    ``after`` is the cursor of the page before; ValueError when it is none.
    """
    values: dict[str, Any] = {"company": company_id, "day": day, "limit": limit + 1}
    condition = ""
    if after:
        at, _, last = after.partition("_")
        values |= {"at": datetime.fromisoformat(at), "last": UUID(last)}
        condition = " AND (x.queued_at, x.id) < (%(at)s, %(last)s)"
    rows = fetch_rows(
        f"{_DISPATCH} WHERE x.company_id = %(company)s AND (x.state = 'queued'"
        f" OR (x.state IN ('sent', 'delivered') AND {_LEFT_ON}))"
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
    message = message_from_bytes(raw, policy=default)
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
