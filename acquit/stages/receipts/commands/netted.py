"""Payouts that took back more than they paid: on the bank they are one debit.

What such a payout paid is a receipt all the same, so that it settles its documents like any other
money. It is on suspense, where the debit stands; what went back gives suspense the other side.
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
from acquit.stages.masterdata.queries import rates
from acquit.stages.receipts.commands.movements import RECEIPT_COLUMNS
from acquit.stages.receipts.facts import ReceiptRecorded
from acquit.stages.receipts.models import Receipt
from acquit.stages.receipts.queries import advices

METHOD = "payout"
# Debits that advices were just linked to, if nothing was received of them before.
_DEBITS = (
    "SELECT l.id, l.booked_on, l.currency, l.amount_minor, l.payer_name, l.payer_iban, l.text"
    " FROM receipts_bank_line l JOIN receipts_advice a"
    "  ON a.company_id = l.company_id AND a.bank_line_id = l.id AND a.kind = 'payout'"
    " WHERE a.company_id = %s AND a.id = ANY(%s) AND l.amount_minor < 0 AND NOT EXISTS ("
    "  SELECT 1 FROM receipts_receipt r"
    "  WHERE r.company_id = l.company_id AND r.bank_line_id = l.id) ORDER BY l.id"
)


def receive_netted(ctx: Context, advice_ids: Iterable[UUID]) -> None:
    """A receipt for each of these payouts that is a debit: what it paid, less its fees."""
    rows = fetch_rows(_DEBITS, [ctx.company_id, list(advice_ids)])
    if not rows:
        return
    back: dict[UUID | None, int] = {
        advice.bank_line_id: sum(one.minor for one in advice.taken_back())
        for advice in advices(company_id=ctx.company_id, bank_line_ids=[row[0] for row in rows])
        if advice.kind == "payout"
    }
    account = packs.get(
        Company.objects.values_list("country", flat=True).get(id=ctx.company_id)
    ).account("suspense")
    made: list[tuple[object, ...]] = []
    facts = []
    pairs: list[tuple[str, date]] = sorted({(row[2], row[1]) for row in rows})
    rate = rates(company_id=ctx.company_id, pairs=pairs)
    for line_id, day, currency, minor, name, iban, text in rows:
        paid = minor + back[line_id]
        if paid <= 0:
            continue  # it paid nothing, or less than it kept as fees
        fact = ReceiptRecorded(
            subject_id=ctx.ids.new(),
            effective_on=day,
            method=METHOD,
            amount_minor=paid,
            currency=currency,
            rate=rate[currency, day],
            account=account,
            bank_line_id=line_id,
        )
        facts.append(fact)
        made.append(
            (
                fact.subject_id, ctx.company_id, line_id, METHOD, day, paid, currency, None,
                name, iban, text, account, "", ctx.now,
            )
        )  # fmt: skip
    copy_rows(Receipt, RECEIPT_COLUMNS, made)
    unit.record(ctx, facts)
