"""Dispatches: documents on their way to customers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Reply, Routes, done, not_found, public_id
from acquit.entrypoints.api.schemas import (
    Batch,
    CursorText,
    Day,
    DocumentId,
    Limit,
    Line,
    OutcomeOut,
    Page,
    Strict,
    Word,
    public,
    uid,
)
from acquit.stages.dispatch import queries as dispatch
from acquit.stages.dispatch.commands.answer import answer
from acquit.stages.dispatch.commands.resend import resend
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.dispatch.queries import DispatchView
from acquit.stages.dispatch.rules.acceptances import Acceptance
from acquit.stages.dispatch.rules.rejections import Rejection

routes = Routes("dispatches")


class DispatchIn(Strict):
    """A document to send. An empty channel is the policy's choice, an empty recipient the address
    on the document."""

    invoice_id: DocumentId
    channel: Literal["", "email", "portal", "print"] = ""
    recipient: Line = ""


class RejectionIn(Strict):
    """Who does not take a document, and why; ``term`` is the business term at fault (BT-13) and
    ``wanted`` what should stand there, where that is known."""

    document_number: Annotated[Word, Field(max_length=35)]
    code: Line = ""
    reason: Annotated[Line, Field(min_length=1)]
    source: Word
    term: Annotated[Line, Field(max_length=8)] = ""
    wanted: Annotated[Line, Field(max_length=100)] = ""


class AcceptanceIn(Strict):
    """A document that the tax office took, who says so, and ``on`` which day; without one today."""

    document_number: Annotated[Word, Field(max_length=35)]
    source: Word
    on: Day | None = None


class DispatchOut(Strict):
    """One logical delivery. The digests name the files that left, by their SHA-256."""

    id: str
    invoice_id: str
    number: str
    customer_name: str
    channel: str
    recipient: str
    state: str
    attempts: int
    last_error: str
    is_rejected: bool
    queued_at: datetime
    due_at: datetime
    sent_at: datetime | None
    message_id: str
    xml_digest: str
    pdf_digest: str
    message_digest: str

    @classmethod
    def of(cls, view: DispatchView) -> DispatchOut:
        names = DispatchView.__dataclass_fields__
        values = {name: getattr(view, name) for name in names if name != "document_id"}
        values["id"] = public("dispatch", view.id)
        return cls(**values, invoice_id=public("document", view.document_id) or "")


class AttemptOut(Strict):
    number: int
    at: datetime
    ok: bool
    answer: str


class DispatchProofOut(DispatchOut):
    """With every try and what the other side answered."""

    tries: list[AttemptOut]


@routes.get("/dispatches", "read.dispatch", Page[DispatchOut])
def list_dispatches(
    frame: Frame,
    state: Literal["queued", "sent", "delivered", "failed", "cancelled"] = "queued",
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[DispatchOut]:
    """Dispatches in one state, newest first; failed ones are the list of exceptions."""
    page = dispatch.in_state(
        company_id=frame.company_id,
        state=state,
        limit=limit,
        after=cursors.decode_pair(cursor, datetime),
    )
    items = [DispatchOut.of(row) for row in page.rows]
    return Page(items=items, next=cursors.encode_pair(page.after))


@routes.post("/dispatches", "dispatch.send")
def send_invoices(frame: Frame, body: Batch[DispatchIn]) -> OutcomeOut:
    """Send documents; what was queued before for the same recipient is a duplicate."""
    items = [
        Sending(
            document_id=uid("document", item.invoice_id),
            channel=item.channel,
            recipient=item.recipient,
        )
        for item in body.items
    ]
    return OutcomeOut.of(send(ctx=frame.ctx, items=items), kind="dispatch")


@routes.post("/rejections", "dispatch.answer")
def add_rejections(frame: Frame, body: Batch[RejectionIn]) -> OutcomeOut:
    """Documents that their receivers did not take; the sending of each is an exception now."""
    items = [Rejection(**item.model_dump()) for item in body.items]
    return OutcomeOut.of(answer(ctx=frame.ctx, items=items), kind="dispatch")


@routes.post("/acceptances", "dispatch.answer")
def add_acceptances(frame: Frame, body: Batch[AcceptanceIn]) -> OutcomeOut:
    """Documents that the tax office took: each is reported from its day on. The ids are those of
    the documents."""
    items = [Acceptance(**item.model_dump()) for item in body.items]
    return OutcomeOut.of(answer(ctx=frame.ctx, items=items), kind="document")


@routes.get("/dispatches/{dispatch_id}", "read.dispatch", DispatchProofOut)
def get_dispatch(frame: Frame, dispatch_id: str) -> DispatchProofOut:
    """The proof of one delivery."""
    found = dispatch.proof(
        company_id=frame.company_id, dispatch_id=public_id("dispatch", dispatch_id)
    )
    if found is None:
        raise not_found("dispatch")
    tries = [AttemptOut(number=a.number, at=a.at, ok=a.ok, answer=a.answer) for a in found.attempts]
    return DispatchProofOut(**DispatchOut.of(found.dispatch).model_dump(), tries=tries)


@routes.post("/dispatches/{dispatch_id}/retry", "dispatch.resend")
def retry_dispatch(frame: Frame, dispatch_id: str) -> Reply:
    """Put a failed dispatch back into the queue, with the same Message-ID."""
    chosen = public_id("dispatch", dispatch_id)
    if dispatch.proof(company_id=frame.company_id, dispatch_id=chosen) is None:
        raise not_found("dispatch")
    return done(resend(ctx=frame.ctx, items=[chosen]), kind="dispatch")
