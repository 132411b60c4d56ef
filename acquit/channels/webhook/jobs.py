"""What the workers run for webhooks."""

from __future__ import annotations

from uuid import UUID

from acquit.channels.webhook.commands.deliver import run
from acquit.channels.webhook.outbox import JOB
from acquit.jobs import frame, job


@job(JOB)
def deliver_webhooks(*, company_id: str, ids: list[str], **_: object) -> None:
    """Try the deliveries of one chunk; what fails comes back by its own new job."""
    company = UUID(company_id)
    run(new_ctx=lambda: frame(company), ids=[UUID(one) for one in ids])
