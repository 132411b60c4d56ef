"""Make drafts of what is delivered, without issuing any: for the billing page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.outcome import Outcome
from acquit.stages.invoices.commands.bill import ChunkFrame, bill_customers, run_figures


@command("invoices.draft")
def draft(*, ctx: Context, items: Sequence[UUID], as_of: date) -> Outcome:
    """Drafts for the open deliveries of some customers (``items``) up to a day.

    Nothing gets a number. Figures are those of a run; ``held`` counts the drafts made.
    """
    run_id = ctx.ids.new()
    frame = ChunkFrame(run_id, as_of, dry_run=False, straight_through=False, is_last=True)
    outcome = bill_customers(ctx, items, frame)
    return Outcome(outcome.items, run_figures(ctx, run_id))
