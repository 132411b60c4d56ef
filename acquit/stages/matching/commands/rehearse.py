"""What matching would do, before it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from acquit.core.context import Context
from acquit.core.money import Money
from acquit.core.outcome import Outcome
from acquit.database.copy import fetch_rows
from acquit.history import unit
from acquit.stages.matching.commands.propose import MatchReceipt, propose


def rehearse(*, ctx: Context, items: Sequence[MatchReceipt]) -> Outcome:
    """The outcome that ``propose`` would have; nothing is written.

    The figures have ``differences`` besides, one row per receipt: ``received_on``, ``payer``,
    ``amount`` and ``currency``, what would become of it (``action``: post, suggest, ask or leave),
    the ``reason``, and the numbers of the ``documents`` that it would settle.
    """
    with unit.taken_back(company_id=ctx.company_id, command="matching.rehearse"):
        outcome = propose(ctx=ctx.without_key(), items=items)
        rows = _answers(ctx.company_id, outcome.ids)
    return Outcome(outcome.items, {**outcome.figures, "differences": rows})


def _answers(company_id: UUID, proposal_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    rows = fetch_rows(
        "SELECT r.received_on, r.payer_name, r.amount_minor, r.currency, p.action, p.reason,"
        " ARRAY(SELECT share->>'number' FROM jsonb_array_elements(p.items) AS share)"
        " FROM matching_proposal p"
        " JOIN receipts_receipt r ON r.company_id = p.company_id AND r.id = p.receipt_id"
        " WHERE p.company_id = %s AND p.id = ANY(%s) ORDER BY r.received_on, r.id",
        [company_id, list(proposal_ids)],
    )
    return [
        {
            "received_on": day.isoformat(),
            "payer": payer,
            "amount": str(Money(minor, currency).decimal),
            "currency": currency,
            "action": action,
            "reason": reason,
            "documents": documents,
        }
        for day, payer, minor, currency, action, reason, documents in rows
    ]
