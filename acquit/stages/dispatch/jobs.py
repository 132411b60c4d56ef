"""What the workers run for sending."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from acquit.jobs import frame, job
from acquit.stages.dispatch.commands import send_later
from acquit.stages.dispatch.commands.deliver import run_due
from acquit.stages.dispatch.commands.send import JOB


@job(JOB)
def render_and_send(*, company_id: str, ids: list[str], **_: object) -> None:
    """Render and send the dispatches of one chunk; what fails comes back by its own new job."""
    run_due(ctx=frame(UUID(company_id)), ids=[UUID(one) for one in ids])


@job(send_later.JOB)
def issue_and_send(
    *, company_id: str, ids: list[str], issue_at: str, by: str = "", **_: object
) -> None:
    """Issue and send what was scheduled for this instant, on behalf of who pressed."""
    ctx = frame(UUID(company_id))
    send_later.issue_and_send(
        ctx=replace(ctx, actor=replace(ctx.actor, on_behalf_of=by)),
        items=[UUID(one) for one in ids],
        issue_at=datetime.fromisoformat(issue_at),
    )
