"""What the workers run for sending."""

from __future__ import annotations

from uuid import UUID

from acquit.jobs import frame, job
from acquit.stages.dispatch.commands.deliver import run_due
from acquit.stages.dispatch.commands.send import JOB


@job(JOB)
def render_and_send(*, company_id: str, ids: list[str], **_: object) -> None:
    """Render and send the dispatches of one chunk; what fails comes back by its own new job."""
    run_due(ctx=frame(UUID(company_id)), ids=[UUID(one) for one in ids])
