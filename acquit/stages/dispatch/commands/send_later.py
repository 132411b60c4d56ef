"""Send drafts when their grace time is over: until then nothing has a number, nothing has left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from acquit.access.command import command
from acquit.access.models import Company
from acquit.core.context import Context
from acquit.core.outcome import ItemState, Outcome
from acquit.jobs import enqueue
from acquit.stages.dispatch.commands.send import CHUNK, Sending, send
from acquit.stages.invoices.commands.schedule import issue_due, schedule_drafts

JOB = "dispatch.issue_and_send"


@command("dispatch.send_later")
def send_later(*, ctx: Context, items: Sequence[UUID]) -> Outcome:
    """Schedule ready drafts to be issued and sent after the company's grace time; a job does it.

    The ids in the answer are those of the drafts; the figure ``issue_at`` is the instant."""
    company = Company.objects.get(id=ctx.company_id)
    issue_at = ctx.now + timedelta(minutes=company.grace_minutes)
    outcome = schedule_drafts(ctx, items, issue_at=issue_at)
    ids = [str(item.id) for item in outcome.of(ItemState.DONE)]
    enqueue(
        JOB,
        [
            {
                "company_id": str(ctx.company_id),
                "ids": ids[start : start + CHUNK],
                "issue_at": issue_at.isoformat(),
                "by": ctx.actor.name,
            }
            for start in range(0, len(ids), CHUNK)
        ],
        at=issue_at,
    )
    return Outcome(outcome.items, {"issue_at": issue_at.isoformat()})


@command("dispatch.issue_due")
def issue_and_send(*, ctx: Context, items: Sequence[UUID], issue_at: datetime) -> Outcome:
    """Number the drafts that still wait for this instant and queue them to their customers; both
    or neither."""
    issued = issue_due(ctx, items, issue_at=issue_at)
    documents = [item.id for item in issued.of(ItemState.DONE) if item.id]
    sent = send(ctx=ctx.without_key(), items=[Sending(document_id=one) for one in documents])
    return Outcome((*issued.items, *sent.of(ItemState.REFUSED)), issued.figures)
