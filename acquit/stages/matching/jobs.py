"""What the workers run for matching."""

from __future__ import annotations

from uuid import UUID

from acquit.jobs import frame, job
from acquit.stages.matching.commands import MatchReceipt, propose
from acquit.stages.matching.commands.ask import JOB
from acquit.stages.matching.commands.propose_later import JOB as MATCH
from acquit.stages.matching.commands.send_questions import run_due


@job(JOB)
def send_questions(*, company_id: str, ids: list[str], **_: object) -> None:
    """Send the questions of one chunk; what fails comes back by its own new job."""
    run_due(ctx=frame(UUID(company_id)), ids=[UUID(one) for one in ids])


@job(MATCH)
def match(*, company_id: str, ids: list[str], **_: object) -> None:
    """Match receipts that came in; a second run finds what stands and changes nothing."""
    items = [MatchReceipt(receipt_id=UUID(one)) for one in ids]
    propose(ctx=frame(UUID(company_id)), items=items)
