"""Match what came in as soon as a worker is free, so that nobody waits for it."""

from __future__ import annotations

from collections.abc import Sequence

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.outcome import Outcome
from acquit.jobs import enqueue
from acquit.stages.matching.commands.propose import MatchReceipt

JOB = "matching.propose"


@command("matching.propose_later")
def propose_later(*, ctx: Context, items: Sequence[MatchReceipt]) -> Outcome:
    """Have a job match these receipts, or every unapplied one when none is named; what it posts is
    among the automatic acts."""
    ids = [str(item.receipt_id) for item in items]
    enqueue(JOB, [{"company_id": str(ctx.company_id), "ids": ids}])
    return Outcome()
