"""What no bank tells of stands on a provider's report alone: taken back, all of it goes.

Its returns are taken back and put away. What it paid is a return itself: whatever the money had
settled is open again, and the money gives way to suspense, where it stands. What was transferred
to the bank is money of nobody known again.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from acquit.core.context import Context
from acquit.database.bulk import lock
from acquit.database.copy import fetch_rows
from acquit.history import unit
from acquit.stages.matching.commands.returns import settle_plans
from acquit.stages.matching.commands.unwinding import Plan, settle_again
from acquit.stages.matching.facts import ReturnDismissed, ReturnNoted
from acquit.stages.matching.models import Return
from acquit.stages.matching.queries.returns import receipts_left
from acquit.stages.matching.rules import returns as rules
from acquit.stages.receivables.commands import Undo, take_back
from acquit.stages.receivables.rules.adjustment import TRANSFERRED

WITHDRAWN = "WITHDRAWN"  # the reason of such a return, see ``documents/return_reasons.py``
_OWN = (
    "SELECT t.id FROM matching_return t JOIN receipts_advice_part p"
    "  ON p.company_id = t.company_id AND p.id = t.advice_part_id"
    " WHERE t.company_id = %s AND p.advice_id = ANY(%s) AND t.bank_line_id IS NULL"
    " AND t.state <> 'dismissed' ORDER BY t.id"
)
_PAID = (
    "SELECT r.id, r.received_on, r.amount_minor, r.currency, i.functional_minor, p.id"
    " FROM receipts_receipt r JOIN receivables_open_item i"
    "  ON i.company_id = r.company_id AND i.receipt_id = r.id"
    " CROSS JOIN LATERAL (SELECT p.id FROM receipts_advice_part p"
    "  WHERE p.company_id = r.company_id AND p.advice_id = r.advice_id AND p.kind <> 'fee'"
    "   AND p.amount_minor > 0 ORDER BY p.position LIMIT 1) AS p"
    " WHERE r.company_id = %s AND r.advice_id = ANY(%s) AND r.bank_line_id IS NULL ORDER BY r.id"
)
# What of transfers to the bank was moved off suspense.
_MOVED = (
    "SELECT a.id FROM receipts_advice v JOIN receipts_receipt r"
    "  ON r.company_id = v.company_id AND r.bank_line_id = v.bank_line_id"
    " JOIN receivables_open_item i ON i.company_id = r.company_id AND i.receipt_id = r.id"
    " JOIN receivables_allocation a ON a.company_id = i.company_id AND a.credit_item_id = i.id"
    " WHERE v.company_id = %s AND v.id = ANY(%s) AND a.adjustment = %s AND a.reverses_id IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM receivables_allocation u"
    "  WHERE u.company_id = a.company_id AND u.reverses_id = a.id) ORDER BY a.id"
)


def note(ctx: Context, rows: Sequence[Return]) -> None:
    """Returns that wait for the money they are of."""
    Return.objects.bulk_create(rows)
    noted = [
        ReturnNoted(
            subject_id=row.id,
            effective_on=row.booked_on,
            bank_line_id=row.bank_line_id,
            advice_part_id=row.advice_part_id,
            amount_minor=row.amount_minor,
            told_charges_minor=row.told_charges_minor,
            worth_minor=row.worth_minor,
            currency=row.currency,
            reason=row.reason,
        )
        for row in rows
    ]
    unit.record(ctx, noted)


def give_back(ctx: Context, advice_ids: Sequence[UUID]) -> None:
    """Undo what these payouts booked without any money."""
    values = [ctx.company_id, list(advice_ids)]
    moved = [Undo(allocation_id=one) for (one,) in fetch_rows(_MOVED, [*values, TRANSFERRED])]
    if moved:
        take_back(ctx, moved, keeps_payer=True).or_refuse()
    paid = fetch_rows(_PAID, values)
    own = [return_id for (return_id,) in fetch_rows(_OWN, values)]
    if not paid and not own:
        return
    lock(ctx.company_id, "matching")
    _put_away(ctx, own)
    left = receipts_left(company_id=ctx.company_id, ids=[row[0] for row in paid])
    plans = []
    for receipt_id, day, minor, currency, functional, part_id in paid:
        one = left[receipt_id]
        if one.left_minor <= 0:
            continue  # all of it went back by later payouts
        row = Return(
            id=ctx.ids.new(),
            company_id=ctx.company_id,
            advice_part_id=part_id,
            booked_on=day,
            amount_minor=one.left_minor,
            currency=currency,
            worth_minor=rules.worth(
                whole_worth=functional, whole_minor=minor, part_minor=one.left_minor
            ),
            reason=WITHDRAWN,
            recorded_at=ctx.now,
        )
        by = (rules.PERSON,)
        plans.append(Plan(row, receipt_id, one.item_id, one.left_minor, 0, by, ""))
    note(ctx, [plan.row for plan in plans])
    settle_plans(ctx, plans)


def _put_away(ctx: Context, ids: Sequence[UUID]) -> None:
    """No money of anybody came back with these."""
    rows = list(Return.objects.of(ctx.company_id).filter(id__in=ids).order_by("id"))
    settled = [row for row in rows if row.state == "settled"]
    take_back(ctx, [Undo(allocation_id=row.allocation_id) for row in settled], keeps_payer=True)
    settle_again(ctx, settled)
    for row in rows:
        row.state, row.decided_at, row.decided_by = "dismissed", ctx.now, ctx.actor.name
    Return.objects.bulk_update(rows, ["state", "decided_at", "decided_by"])
    unit.record(ctx, [ReturnDismissed(subject_id=row.id, effective_on=ctx.today) for row in rows])
