"""A proposal is undone when nothing of what it applied stands any more."""

from __future__ import annotations

from collections.abc import Sequence

from acquit.core.context import Context
from acquit.database.copy import fetch_rows
from acquit.history import unit
from acquit.history.facts import Recorded
from acquit.stages.matching.facts import ProposalUndone
from acquit.stages.receivables.facts import AllocationUndone


def note_undone(ctx: Context, undone: Sequence[Recorded[AllocationUndone]]) -> None:
    """Whoever took the allocations back, by proposal, by receipt or one by one."""
    rows = fetch_rows(
        "UPDATE matching_proposal AS p SET state = 'undone', decided_at = %(now)s,"
        " decided_by = %(who)s WHERE p.company_id = %(company)s AND p.state = 'accepted'"
        " AND p.id IN (SELECT a.proposal_id FROM receivables_allocation a"
        "  WHERE a.company_id = %(company)s AND a.id = ANY(%(ids)s))"
        " AND NOT EXISTS (SELECT 1 FROM receivables_allocation a"
        "  WHERE a.company_id = %(company)s AND a.proposal_id = p.id AND a.reverses_id IS NULL"
        "  AND NOT EXISTS (SELECT 1 FROM receivables_allocation r"
        "   WHERE r.company_id = %(company)s AND r.reverses_id = a.id))"
        " RETURNING p.id, p.receipt_id",
        {
            "now": ctx.now,
            "who": ctx.actor.name,
            "company": ctx.company_id,
            "ids": [item.fact.undone_id for item in undone],
        },
    )
    facts = [
        ProposalUndone(subject_id=id_, effective_on=ctx.today, receipt_id=receipt_id)
        for id_, receipt_id in rows
    ]
    unit.record(ctx, facts)
