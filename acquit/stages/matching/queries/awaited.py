"""Money for which something was asked for that waits for a second person: until he decides it is
for nobody to do again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.database.together import Read, views

# What is asked for: an answer that was accepted, or documents chosen by hand.
AWAITED = (
    "SELECT w.id, p.receipt_id FROM access_approval w JOIN matching_proposal p"
    " ON p.company_id = w.company_id"
    " AND p.id = CASE w.command WHEN 'matching.accept' THEN (w.item ->> 'id')::uuid END"
    " WHERE w.company_id = %(company)s AND w.state = 'waiting'"
    " UNION ALL SELECT w.id, i.receipt_id FROM access_approval w"
    " CROSS JOIN LATERAL jsonb_path_query(w.item, '$.**.credit_item_id') AS named (id)"
    " JOIN receivables_open_item i ON i.company_id = w.company_id"
    " AND i.id = CASE w.command WHEN 'receivables.allocate'"
    " THEN trim('\"' FROM named.id::text)::uuid END"
    " WHERE w.company_id = %(company)s AND w.state = 'waiting' AND i.receipt_id IS NOT NULL"
)
_VIEW = (
    "SELECT w.maker_name AS asked_by, w.created_at AS asked_at, w.why FROM access_approval w"
    f" JOIN ({AWAITED}) AS awaited ON awaited.id = w.id AND awaited.receipt_id = %(receipt)s"
    " WHERE w.company_id = %(company)s ORDER BY w.id DESC LIMIT 1"
)


_MONEY = (
    "SELECT DISTINCT ON (awaited.id) awaited.id AS request_id, r.id AS receipt_id, r.payer_name,"
    f" r.amount_minor, r.currency FROM ({AWAITED}) AS awaited"
    " JOIN receipts_receipt r ON r.company_id = %(company)s AND r.id = awaited.receipt_id"
    " ORDER BY awaited.id, r.id"
)


@dataclass(frozen=True, slots=True)
class AwaitedView:
    """Who asked for it, and why it waits."""

    asked_by: str
    asked_at: datetime
    why: str


def awaited_receipts(*, company_id: UUID) -> set[UUID]:
    """Whose money waits."""
    rows = fetch_rows(f"SELECT receipt_id FROM ({AWAITED}) AS awaited", {"company": company_id})
    return {receipt_id for (receipt_id,) in rows}


def awaited_of(*, company_id: UUID, receipt_id: UUID) -> Read[AwaitedView | None]:
    """The last thing of the receipt that waits for a second person; None where nothing does."""

    def read(rows: Any) -> AwaitedView | None:
        return next(iter(views(AwaitedView, rows)), None)

    return Read(_VIEW, {"company": company_id, "receipt": receipt_id}, read)


@dataclass(frozen=True, slots=True)
class AwaitedMoney:
    """The receipt that a request is about."""

    request_id: UUID
    receipt_id: UUID
    payer_name: str
    amount_minor: int
    currency: str


def money_awaited(*, company_id: UUID) -> dict[UUID, AwaitedMoney]:
    """The receipt of each request about money that waits, by the request's id."""
    rows = Read(_MONEY, {"company": company_id}, lambda found: views(AwaitedMoney, found)).alone()
    return {one.request_id: one for one in rows}
