"""Whose money went back, where it never was applied: so that his account shows both movements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from acquit.access import actors
from acquit.core.context import Context
from acquit.core.outcome import ItemState
from acquit.database.copy import fetch_rows
from acquit.stages.receivables.commands import Identification, identify

# The one customer who has the account that the money came from, or whose money came from it before.
_PAYERS = (
    "SELECT r.id, (array_agg(DISTINCT p.customer_id))[1] FROM receipts_receipt r"
    " JOIN receivables_open_item i ON i.company_id = r.company_id AND i.receipt_id = r.id"
    "  AND i.customer_id IS NULL AND i.open_minor = i.original_minor"
    " CROSS JOIN LATERAL (SELECT c.id AS customer_id FROM masterdata_customer c"
    "   WHERE c.company_id = r.company_id AND c.iban = r.payer_iban"
    "  UNION SELECT j.customer_id FROM receipts_receipt o JOIN receivables_open_item j"
    "    ON j.company_id = o.company_id AND j.receipt_id = o.id"
    "   WHERE o.company_id = r.company_id AND o.payer_iban = r.payer_iban"
    "    AND j.customer_id IS NOT NULL) AS p"
    " WHERE r.company_id = %s AND r.id = ANY(%s) AND r.payer_iban <> ''"
    " GROUP BY r.id HAVING count(DISTINCT p.customer_id) = 1 ORDER BY r.id"
)


def name_payers(ctx: Context, receipt_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Give these receipts, if nothing of them was applied and nobody has them, the one customer
    whose account they came from; receipt -> customer. Two that share an account are not guessed.
    Whoever settles a return has no right of his own for it: Acquit does it for him."""
    wanted = [
        Identification(receipt_id=receipt_id, customer_id=customer_id)
        for receipt_id, customer_id in fetch_rows(_PAYERS, [ctx.company_id, list(receipt_ids)])
    ]
    if not wanted:
        return {}
    acting = replace(actors.system(), on_behalf_of=ctx.actor.name)
    outcome = identify(ctx=replace(ctx.without_key(), actor=acting), items=wanted)
    return {
        one.receipt_id: one.customer_id
        for one, result in zip(wanted, outcome.items, strict=True)
        if result.state is ItemState.DONE and one.customer_id
    }
