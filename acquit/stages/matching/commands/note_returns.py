"""A debit that the bank calls a return waits for its receipt, and so does what a payout took back
of earlier ones; what a report booked without any money goes when the report does."""

from __future__ import annotations

from collections.abc import Sequence

from acquit.access.queries import home_of
from acquit.core.context import Context
from acquit.core.money import Money
from acquit.database.copy import fetch_rows
from acquit.history import unit
from acquit.history.facts import Recorded
from acquit.stages.masterdata.queries import rates
from acquit.stages.matching.commands.given_back import give_back, note
from acquit.stages.matching.facts import ReturnUndone
from acquit.stages.matching.models import Return
from acquit.stages.matching.rules.returns import charge_worth, shares, worth
from acquit.stages.receipts.facts import AdviceLinked, AdviceWithdrawn, MoneyLeft
from acquit.stages.receipts.queries import advices
from acquit.stages.receipts.rules.advising import BALANCE, gross
from acquit.stages.receivables.commands import NewAdjustment, settle
from acquit.stages.receivables.facts import AllocationUndone
from acquit.stages.receivables.reactions import functional
from acquit.stages.receivables.rules.adjustment import RETURNED, TRANSFERRED


def note_returns(ctx: Context, left: Sequence[Recorded[MoneyLeft]]) -> None:
    """The debits that the bank calls returns or reversals, their receipt known or not."""
    lines = fetch_rows(
        "SELECT id, booked_on, return_reason, charges_minor FROM receipts_bank_line"
        " WHERE company_id = %s AND id = ANY(%s) AND (return_reason <> '' OR is_reversal)"
        " ORDER BY id",
        [ctx.company_id, [item.fact.subject_id for item in left]],
    )
    if not lines:
        return
    facts = {item.fact.subject_id: item.fact for item in left}
    home = home_of(ctx.company_id).currency
    rows = []
    for line_id, booked_on, reason, charges in lines:
        fact = facts[line_id]
        rows.append(
            Return(
                id=ctx.ids.new(),
                company_id=ctx.company_id,
                bank_line_id=line_id,
                booked_on=booked_on,
                amount_minor=fact.amount_minor,
                currency=fact.currency,
                told_charges_minor=charges,
                worth_minor=functional(fact.amount_minor, fact.currency, fact.rate, home),
                reason=reason,
                recorded_at=ctx.now,
            )
        )
    note(ctx, rows)


# Payouts that were just linked to their movement, or that have none, but those whose movement was
# taken apart before: the same report, taken back and taken in again, says nothing new.
_TAKEN_APART = (
    "SELECT a.id, coalesce(l.booked_on, a.paid_on), coalesce(l.amount_minor, 0),"
    " i.original_minor, i.functional_minor FROM receipts_advice a"
    " LEFT JOIN receipts_bank_line l ON l.company_id = a.company_id AND l.id = a.bank_line_id"
    " LEFT JOIN receipts_receipt r ON r.company_id = a.company_id"
    "  AND (r.bank_line_id = a.bank_line_id OR r.advice_id = a.id)"
    " LEFT JOIN receivables_open_item i ON i.company_id = r.company_id AND i.receipt_id = r.id"
    " WHERE a.company_id = %s AND a.id = ANY(%s) AND a.kind IN ('payout', 'balance')"
    " AND NOT EXISTS ("
    "  SELECT 1 FROM matching_return t WHERE t.company_id = a.company_id"
    "  AND t.bank_line_id = a.bank_line_id AND t.advice_part_id IS NOT NULL) ORDER BY a.id"
)


def note_taken_back(ctx: Context, linked: Sequence[Recorded[AdviceLinked]]) -> None:
    """What payouts took back of earlier ones: each part waits for the money that paid it. A payout
    was smaller by it, so nothing is booked here: what that money settles is closed against
    suspense (netted), and the return gives suspense the other side."""
    ids = [one.fact.subject_id for one in linked]
    rows = {row[0]: row for row in fetch_rows(_TAKEN_APART, [ctx.company_id, ids])}
    if not rows:
        return
    told = [
        (advice, back)
        for advice in advices(company_id=ctx.company_id, ids=list(rows))
        if (back := advice.taken_back())
    ]
    home = home_of(ctx.company_id).currency
    rate = rates(
        company_id=ctx.company_id,
        pairs=sorted({(advice.currency, rows[advice.id][1]) for advice, _back in told}),
    )
    returns: list[Return] = []
    for advice, back in told:
        _id, booked_on, minor, paid, paid_worth = rows[advice.id]
        parts = [one.minor for one in back]
        if advice.kind == BALANCE:
            at = rate[advice.currency, booked_on]
            all_worth = functional(sum(parts), advice.currency, at, home)
        elif minor <= 0:
            # The debit and the receipt beside it are on suspense, and the fees left it: the parts
            # are worth the rest.
            whole, at = gross(advice.parts), rate[advice.currency, booked_on]
            debit, fee, kept = (
                functional(one, advice.currency, at, home)
                for one in (-minor, whole.fee, whole.kept)
            )
            all_worth = debit + (paid_worth or 0) - fee - kept
        else:
            # As what is closed against suspense, at the rate of the payout's money.
            all_worth = worth(whole_worth=paid_worth, whole_minor=paid, part_minor=sum(parts))
        returns += [
            Return(
                id=ctx.ids.new(),
                company_id=ctx.company_id,
                bank_line_id=advice.bank_line_id,
                advice_part_id=one.part.id,
                booked_on=booked_on,
                amount_minor=one.minor,
                told_charges_minor=one.fee_minor,
                currency=advice.currency,
                worth_minor=worth_minor,
                reason=one.part.kind.upper(),
                recorded_at=ctx.now,
            )
            for one, worth_minor in zip(
                back, shares(whole_worth=all_worth, parts=parts), strict=True
            )
        ]
    note(ctx, returns)


# The receipts of movements that are transfers of a balance, if nothing was done with them yet.
_TRANSFERS = (
    "SELECT i.id, i.currency, i.open_minor FROM receipts_advice a JOIN receipts_receipt r"
    "  ON r.company_id = a.company_id AND r.bank_line_id = a.bank_line_id"
    " JOIN receivables_open_item i ON i.company_id = r.company_id AND i.receipt_id = r.id"
    " WHERE a.company_id = %s AND a.id = ANY(%s) AND i.open_minor = i.original_minor"
    " AND EXISTS (SELECT 1 FROM receipts_advice_part p WHERE p.company_id = a.company_id"
    "  AND p.advice_id = a.id AND p.kind = 'transfer') ORDER BY i.id"
)


def move_transferred(ctx: Context, linked: Sequence[Recorded[AdviceLinked]]) -> None:
    """What a provider transferred of our balance is no customer's: it moves from suspense, where
    the balance stands, to the bank."""
    ids = [one.fact.subject_id for one in linked]
    wishes = [
        NewAdjustment(
            key=f"transfer:{item_id}",
            item_id=item_id,
            amount=Money(minor, currency),
            adjustment=TRANSFERRED,
        )
        for item_id, currency, minor in fetch_rows(_TRANSFERS, [ctx.company_id, ids])
    ]
    if wishes:
        settle(ctx, wishes).or_refuse()


def forget_payouts(ctx: Context, gone: Sequence[Recorded[AdviceWithdrawn]]) -> None:
    """What no bank tells of stands on the provider's reports alone, and goes with them."""
    give_back(ctx, [one.fact.subject_id for one in gone])


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
                charge_worth_minor=charge_worth(
                    whole_worth=row.worth_minor,
                    whole_minor=row.amount_minor,
                    principal_minor=row.principal_minor,
                    charge_minor=row.charge_minor,
                ),
                currency=row.currency,
                reason=row.reason,
            )
        )
    Return.objects.bulk_update(rows, ["state", "decided_at", "decided_by"])
    unit.record(ctx, facts)
