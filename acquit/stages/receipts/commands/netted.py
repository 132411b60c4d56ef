"""Payouts that bring no money to the bank: they took back as much as they paid, or more, or they
stay on a balance at the provider.

On the bank there is nothing of them, or a debit. What such a payout paid is a receipt all the same,
so that it settles its documents like any other money. It is on suspense, where the debit stands;
the fees leave suspense at once, what went back does with its return, and what is transferred to
the bank does with the receipt that the bank tells of.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from acquit.access.models import Company
from acquit.core import packs
from acquit.core.context import Context
from acquit.database.copy import copy_rows, fetch_rows
from acquit.history import unit
from acquit.history.facts import Fact
from acquit.stages.masterdata.queries import rates
from acquit.stages.receipts.commands.movements import RECEIPT_COLUMNS
from acquit.stages.receipts.facts import PayoutCharged, ReceiptRecorded
from acquit.stages.receipts.models import Receipt
from acquit.stages.receipts.queries import advices
from acquit.stages.receipts.rules.advising import Gross, gross

METHOD = "payout"
# Payouts that are known to bring no money to the bank, but those whose report was taken back and
# comes again: what they paid was received when they came first.
_EMPTY = (
    "SELECT a.id, a.bank_line_id, coalesce(l.booked_on, a.paid_on), a.currency,"
    " coalesce(l.payer_name, CASE a.kind WHEN 'balance' THEN p.payer_name END, ''),"
    " coalesce(l.payer_iban, ''), coalesce(l.text, concat_ws(' ', a.number,"
    "  CASE a.kind WHEN 'balance' THEN nullif(p.document, '') END))"
    " FROM receipts_advice a LEFT JOIN receipts_bank_line l"
    "  ON l.company_id = a.company_id AND l.id = a.bank_line_id"
    " LEFT JOIN receipts_advice_part p"
    "  ON p.company_id = a.company_id AND p.advice_id = a.id AND p.position = 1"
    " WHERE a.company_id = %s AND a.id = ANY(%s)"
    " AND (a.kind = 'balance' OR a.kind = 'payout' AND a.amount_minor <= 0)"
    " AND NOT EXISTS (SELECT 1 FROM receipts_advice other WHERE other.company_id = a.company_id"
    "  AND other.bank_line_id = a.bank_line_id AND other.kind = 'payout' AND other.id <> a.id)"
    " ORDER BY a.id"
)
# Payouts without a movement on the bank whose fees stand in the books.
_CHARGED = (
    "SELECT f.subject_id, f.effective_on, (f.payload->>'amount_minor')::bigint,"
    " f.payload->>'currency', (f.payload->>'rate')::numeric FROM history_fact f"
    " JOIN receipts_advice a ON a.company_id = f.company_id AND a.id = f.subject_id"
    " WHERE f.company_id = %s AND f.subject_id = ANY(%s) AND f.kind = %s"
    " AND a.bank_line_id IS NULL ORDER BY f.seq"
)


def receive_netted(ctx: Context, advice_ids: Iterable[UUID]) -> None:
    """A receipt for what each of these payouts paid, if it brought no money, and its fees."""
    rows = fetch_rows(_EMPTY, [ctx.company_id, list(advice_ids)])
    if not rows:
        return
    made_of: dict[UUID, Gross] = {
        advice.id: gross(advice.parts)
        for advice in advices(company_id=ctx.company_id, ids=[row[0] for row in rows])
    }
    account = packs.get(
        Company.objects.values_list("country", flat=True).get(id=ctx.company_id)
    ).account("suspense")
    made: list[tuple[object, ...]] = []
    facts: list[Fact] = []
    pairs: list[tuple[str, date]] = sorted({(row[3], row[2]) for row in rows})
    rate = rates(company_id=ctx.company_id, pairs=pairs)
    for advice_id, line_id, day, currency, name, iban, text in rows:
        whole = made_of[advice_id]
        if whole.fee:
            facts.append(
                PayoutCharged(
                    subject_id=advice_id,
                    effective_on=day,
                    amount_minor=whole.fee,
                    currency=currency,
                    rate=rate[currency, day],
                )
            )
        if not whole.paid:
            continue
        fact = ReceiptRecorded(
            subject_id=ctx.ids.new(),
            effective_on=day,
            method=METHOD,
            amount_minor=whole.paid,
            currency=currency,
            rate=rate[currency, day],
            account=account,
            bank_line_id=line_id,
        )
        facts.append(fact)
        made.append(
            (
                fact.subject_id, ctx.company_id, line_id, METHOD, day, whole.paid, currency, None,
                name, iban, text, account, "", ctx.now, advice_id,
            )
        )  # fmt: skip
    copy_rows(Receipt, (*RECEIPT_COLUMNS, "advice_id"), made)
    unit.record(ctx, facts)


def give_back_fees(ctx: Context, advice_ids: Iterable[UUID]) -> None:
    """These payouts count no longer: the fees of those that moved no money are given back."""
    rows = fetch_rows(_CHARGED, [ctx.company_id, list(advice_ids), PayoutCharged.KIND])
    facts = [
        PayoutCharged(
            subject_id=advice_id,
            effective_on=day,
            amount_minor=-minor,
            currency=currency,
            rate=rate,
        )
        for advice_id, day, minor, currency, rate in rows
    ]
    unit.record(ctx, facts)
