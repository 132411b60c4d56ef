"""A proposal is undone when nothing of what it applied stands any more; a debit that the bank calls
a return waits for its receipt."""

from __future__ import annotations

from collections.abc import Sequence

from acquit.access.models import Company
from acquit.core.context import Context
from acquit.database.copy import fetch_rows
from acquit.history import unit
from acquit.history.facts import Recorded
from acquit.stages.matching.facts import ProposalUndone, ReturnNoted, ReturnUndone
from acquit.stages.matching.models import Return
from acquit.stages.matching.rules.returns import worth
from acquit.stages.receipts.facts import MoneyLeft
from acquit.stages.receivables.facts import AllocationUndone
from acquit.stages.receivables.reactions import functional
from acquit.stages.receivables.rules.adjustment import RETURNED


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


def note_returns(ctx: Context, left: Sequence[Recorded[MoneyLeft]]) -> None:
    """The debits that the bank calls returns or reversals, their receipt known or not."""
    lines = fetch_rows(
        "SELECT id, booked_on, return_reason FROM receipts_bank_line WHERE company_id = %s"
        " AND id = ANY(%s) AND (return_reason <> '' OR is_reversal) ORDER BY id",
        [ctx.company_id, [item.fact.subject_id for item in left]],
    )
    if not lines:
        return
    facts = {item.fact.subject_id: item.fact for item in left}
    home = Company.objects.values_list("currency", flat=True).get(id=ctx.company_id)
    rows = []
    for line_id, booked_on, reason in lines:
        fact = facts[line_id]
        rows.append(
            Return(
                id=ctx.ids.new(),
                company_id=ctx.company_id,
                bank_line_id=line_id,
                booked_on=booked_on,
                amount_minor=fact.amount_minor,
                currency=fact.currency,
                worth_minor=functional(fact.amount_minor, fact.currency, fact.rate, home),
                reason=reason,
                recorded_at=ctx.now,
            )
        )
    Return.objects.bulk_create(rows)
    noted = [
        ReturnNoted(
            subject_id=row.id,
            effective_on=row.booked_on,
            bank_line_id=row.bank_line_id,
            amount_minor=row.amount_minor,
            currency=row.currency,
            reason=row.reason,
        )
        for row in rows
    ]
    unit.record(ctx, noted)


def note_returns_undone(ctx: Context, undone: Sequence[Recorded[AllocationUndone]]) -> None:
    """Whoever took back what a return had closed: the return is a person's to decide."""
    gone = {item.fact.undone_id: item.fact for item in undone if item.fact.adjustment == RETURNED}
    if not gone:
        return
    rows = list(
        Return.objects.of(ctx.company_id)
        .filter(allocation_id__in=gone, state="settled")
        .order_by("id")
        .select_for_update(no_key=True)
    )
    facts = []
    for row in rows:
        assert row.receipt_id is not None  # it was settled
        row.state, row.decided_at, row.decided_by = "undone", ctx.now, ctx.actor.name
        fact = gone[row.allocation_id]
        facts.append(
            ReturnUndone(
                subject_id=row.id,
                effective_on=fact.effective_on,
                undone_id=row.id,
                receipt_id=row.receipt_id,
                customer_id=fact.credit_customer_id,
                amount_minor=row.principal_minor,
                charge_minor=row.charge_minor,
                charge_worth_minor=worth(
                    whole_worth=row.worth_minor,
                    whole_minor=row.amount_minor,
                    part_minor=row.charge_minor,
                ),
                currency=row.currency,
                reason=row.reason,
            )
        )
    Return.objects.bulk_update(rows, ["state", "decided_at", "decided_by"])
    unit.record(ctx, facts)
