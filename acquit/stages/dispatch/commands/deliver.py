"""The act of sending: one try of one dispatch, in a transaction that holds only its row.

A crash after the server took a mail and before our commit repeats it: with the same Message-ID
and the same bytes, so it stays one logical delivery (I30).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import UUID

from django.conf import settings

from acquit.access.command import command
from acquit.access.models import Company
from acquit.channels.email import Answer, Attachment, Letter, Mailer, SmtpSettings, compose
from acquit.core.context import Context
from acquit.core.documents.invoice import Invoice
from acquit.core.faults import Fault, Refused
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.core.text import sha256
from acquit.database.copy import fetch_rows
from acquit.history import archive, unit
from acquit.history.archive import Piece
from acquit.jobs import enqueue
from acquit.stages.dispatch.commands.render import render_missing
from acquit.stages.dispatch.commands.send import JOB, keep_links
from acquit.stages.dispatch.facts import DispatchFailed, DocumentSent
from acquit.stages.dispatch.models import DISPATCH, Attempt, Dispatch, Rendition
from acquit.stages.dispatch.queries.sayings import Saying, sayings
from acquit.stages.dispatch.rules import letter, sending
from acquit.stages.invoices import queries as invoices

BATCH = 100
# The queue wakes a job by the database's clock: ours may be this much behind it.
EARLY = timedelta(seconds=30)
PRINT = "print the PDF from the document's page and post it: no printer is connected"


@dataclass(slots=True)
class Outbox:
    """What the dispatches of one batch share: the connection, company, documents and words.
    Without a mailer everything is done but the handing over."""

    company: Company
    mailer: Mailer | None
    documents: dict[UUID, Invoice] = field(default_factory=dict)
    said: dict[UUID, Saying] = field(default_factory=dict)

    @classmethod
    def open(cls, company: Company, document_ids: Sequence[UUID], mailer: Mailer | None) -> Outbox:
        forms = invoices.canonical(company_id=company.id, document_ids=document_ids)
        buyers = invoices.buyers(company_id=company.id, document_ids=document_ids)
        documents = dict(zip(document_ids, forms, strict=True))
        locales = {one: buyer["locale"] for one, buyer in buyers.items()}
        said = sayings(company_id=company.id, documents=documents, locales=locales)
        return cls(company, mailer, documents, said)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.mailer is not None:
            self.mailer.close()


def smtp_settings() -> SmtpSettings:
    """The mail server of ``ACQUIT_SMTP_*``."""
    return SmtpSettings(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        user=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        use_tls=settings.EMAIL_USE_TLS,
        timeout_seconds=settings.EMAIL_TIMEOUT,
    )


def run_due(
    *,
    ctx: Context,
    ids: Sequence[UUID] | None = None,
    progress: Callable[[int, int], None] | None = None,
    hand_over: bool = True,
) -> Outcome:
    """Render and try everything that is due (or of ``ids`` what is due), each once.

    The job and ``acquit send`` are both this. Figures: ``sent``, ``failed`` (a person must look)
    and ``waiting`` (will be tried again). Without ``hand_over`` mails are written, and no server
    is asked: for those who take it back.
    """
    company = Company.objects.get(id=ctx.company_id)
    due = due_of(ctx, ids)
    results: list[ItemResult] = []
    for start in range(0, len(due), BATCH):
        batch = due[start : start + BATCH]
        rendered = render_missing(ctx, {document for _, document in batch})
        results.extend(rendered.of(ItemState.REFUSED))
        documents = list(dict.fromkeys(document for _, document in batch))
        mailer = Mailer(smtp_settings()) if hand_over else None
        with Outbox.open(company, documents, mailer) as outbox:
            for dispatch_id, _ in batch:
                outcome = _deliver(ctx=ctx, items=[dispatch_id], outbox=outbox)
                results.extend(outcome.items)
        if progress is not None:
            progress(min(start + BATCH, len(due)), len(due))
    return Outcome(tuple(results), _figures(ctx, [dispatch_id for dispatch_id, _ in due]))


def due_of(ctx: Context, ids: Sequence[UUID] | None) -> list[tuple[UUID, UUID]]:
    """The dispatches that are to be tried now, of ``ids`` or of all, each with its document."""
    chosen = " AND id = ANY(%(ids)s)" if ids is not None else ""
    rows = fetch_rows(
        "SELECT id, document_id FROM dispatch_dispatch WHERE company_id = %(company)s"
        f" AND state = 'queued' AND due_at <= %(now)s{chosen} ORDER BY due_at, id",
        {"company": ctx.company_id, "now": ctx.now + EARLY, "ids": list(ids or ())},
    )
    return [(row[0], row[1]) for row in rows]


def _figures(ctx: Context, ids: Sequence[UUID]) -> dict[str, int]:
    rows = fetch_rows(
        "SELECT state, count(*) FROM dispatch_dispatch WHERE company_id = %s AND id = ANY(%s)"
        " GROUP BY state",
        [ctx.company_id, list(ids)],
    )
    counts = dict(rows)
    return {
        "sent": counts.get("sent", 0) + counts.get("delivered", 0),
        "failed": counts.get("failed", 0),
        "waiting": counts.get("queued", 0),
    }


@command("dispatch.deliver")
def _deliver(*, ctx: Context, items: Sequence[UUID], outbox: Outbox) -> Outcome:
    """One try of each dispatch that is due and that no other worker holds."""
    rows = list(
        Dispatch.objects.of(ctx.company_id)
        .filter(id__in=list(items), state="queued", due_at__lte=ctx.now + EARLY)
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("id")
    )
    results = []
    for row in rows:
        rendition = Rendition.objects.of(ctx.company_id).filter(document_id=row.document_id).first()
        if rendition is not None:
            results.append(_try(ctx, row, rendition, outbox))
    return Outcome(tuple(results))


def _try(ctx: Context, row: Dispatch, rendition: Rendition, outbox: Outbox) -> ItemResult:
    row.xml_digest, row.pdf_digest = rendition.xml_digest, rendition.pdf_digest
    keep_links(ctx, {row.id: row.document_id})
    try:
        answer = _hand_over(ctx, row, outbox)
    except Refused as refusal:
        answer = Answer(False, str(refusal), is_final=True)
    row.attempts += 1
    Attempt.objects.create(
        id=ctx.ids.new(),
        company_id=ctx.company_id,
        dispatch_id=row.id,
        number=row.attempts,
        at=ctx.now,
        ok=answer.ok,
        answer=answer.text,
    )
    if answer.ok:
        _mark_sent(ctx, row)
    else:
        _mark_failed(ctx, row, answer)
    row.save()
    number = outbox.documents[row.document_id].number
    if answer.ok:
        return ItemResult(number, ItemState.DONE, row.id)
    fault = Fault("dispatch.try_failed", answer.text, f"dispatch {row.channel} {row.recipient}")
    return ItemResult(number, ItemState.REFUSED, row.id, (fault,))


def _hand_over(ctx: Context, row: Dispatch, outbox: Outbox) -> Answer:
    if row.channel == "portal":
        return Answer(True, "available in the portal")
    if row.channel == "print":
        return Answer(False, PRINT, is_final=True)
    message = mail_of(ctx.company_id, row, outbox)
    row.message_digest = sha256(message)
    if outbox.mailer is None:
        return Answer(True, "written, and handed to nobody")
    return outbox.mailer.send(message=message, sender=outbox.company.email, recipient=row.recipient)


def mail_of(company_id: UUID, row: Dispatch, outbox: Outbox) -> bytes:
    """The bytes of the mail of a dispatch: the same whenever they are made."""
    document = outbox.documents[row.document_id]
    saying = outbox.said[row.document_id]
    said = letter.words(
        subject=saying.say("mail_subject"),
        body=saying.say("mail_body"),
        number=document.number,
        language=saying.asked.language,
    )
    token = sending.link_token(secret=settings.SECRET_KEY, dispatch_id=row.id)
    written = compose(
        Letter(
            message_id=row.message_id,
            written_at=row.queued_at,
            sender_name=outbox.company.name,
            sender=outbox.company.email,
            recipient=row.recipient,
            subject=said.subject,
            paragraphs=said.paragraphs,
            language=said.language,
            links=((said.link_text, link_url(token)),),
            attachments=_attachments(company_id, row),
            headers={"X-Acquit-Company": str(company_id)},
        )
    )
    return written.as_bytes()


def link_url(token: str) -> str:
    """The address of a document's page for whoever holds the token."""
    return f"{settings.ADDRESS.rstrip('/')}/p/{token}"


def _attachments(company_id: UUID, row: Dispatch) -> tuple[Attachment, ...]:
    pieces: list[Piece] = []
    for digest in (row.pdf_digest, row.xml_digest):
        piece = archive.read(company_id=company_id, digest=digest)
        if piece is None:
            raise Refused.because("dispatch.file", f"the archived file {digest[:12]} is gone")
        pieces.append(piece)
    return tuple(Attachment(p.name, p.media_type, p.body) for p in pieces)


def _mark_sent(ctx: Context, row: Dispatch) -> None:
    row.state = DISPATCH.after(row.state, "send")
    row.sent_at, row.last_error = ctx.now, ""
    fact = DocumentSent(
        subject_id=row.document_id,
        effective_on=ctx.today,
        dispatch_id=row.id,
        channel=row.channel,
        recipient=row.recipient,
        message_id=row.message_id,
        message_digest=row.message_digest,
        attempts=row.attempts,
    )
    unit.record(ctx, [fact])


def _mark_failed(ctx: Context, row: Dispatch, answer: Answer) -> None:
    row.last_error = answer.text
    again: datetime | None = None
    if not answer.is_final:
        again = sending.next_try(attempts=row.attempts, now=ctx.now)
    if again is not None:
        row.due_at = again
        enqueue(JOB, [{"company_id": str(ctx.company_id), "ids": [str(row.id)]}], at=again)
        return
    row.state = DISPATCH.after(row.state, "fail")
    fact = DispatchFailed(
        subject_id=row.document_id,
        effective_on=ctx.today,
        dispatch_id=row.id,
        channel=row.channel,
        recipient=row.recipient,
        why=answer.text,
    )
    unit.record(ctx, [fact])
