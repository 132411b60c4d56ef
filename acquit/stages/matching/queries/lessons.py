"""What the matcher learnt: which switches people moved, and the accounts and names it knows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.database.together import Read, views
from acquit.history.kept import unless_kept
from acquit.stages.matching.rules.learning import ACCOUNT, NAME, Lessons, Switch

SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class LessonView:
    """A switch that a person moved."""

    switch: Switch
    customer_name: str
    decided_at: datetime
    decided_by: str


@dataclass(frozen=True, slots=True)
class Alias:
    """An account or name under which money was applied for a customer; ``is_own`` where the
    customer's own data say so too. ``is_on`` while it counts."""

    kind: str
    value: str
    customer_id: UUID
    customer_number: str
    customer_name: str
    receipts: int
    last_on: date
    is_on: bool


def lessons(*, company_id: UUID) -> Lessons:
    """What of the learnt counts today. One query."""
    rows = fetch_rows(
        "SELECT kind, is_on, value, customer_id, counts FROM matching_lesson"
        " WHERE company_id = %s ORDER BY id",
        [company_id],
    )
    return Lessons().after([_switch(row) for row in rows])


def moved(*, company_id: UUID) -> list[LessonView]:
    """The switches that people moved, the last one first."""
    rows = fetch_rows(
        "SELECT l.kind, l.is_on, l.value, l.customer_id, l.counts, coalesce(c.name, ''),"
        " l.decided_at, l.decided_by FROM matching_lesson l LEFT JOIN masterdata_customer c"
        "  ON c.company_id = l.company_id AND c.id = l.customer_id"
        " WHERE l.company_id = %s ORDER BY l.decided_at DESC, l.id DESC LIMIT %s",
        [company_id, SHOWN_MAX],
    )
    return [LessonView(_switch(row), *row[5:]) for row in rows]


# Money that stands applied tells whose the account and name are, unless the customer's own data do.
_ALIASES = (
    "WITH told AS (SELECT k.kind, k.value, a.debit_customer_id AS customer_id,"
    " count(DISTINCT r.id) AS receipts, max(r.received_on) AS last_on"
    " FROM receipts_receipt r JOIN receivables_open_item i"
    "  ON i.company_id = r.company_id AND i.receipt_id = r.id"
    " JOIN receivables_allocation a ON a.company_id = i.company_id AND a.credit_item_id = i.id"
    "  AND a.amount_minor > 0 AND a.debit_customer_id IS NOT NULL AND NOT EXISTS (SELECT 1"
    "   FROM receivables_allocation u WHERE u.company_id = a.company_id AND u.reverses_id = a.id)"
    " CROSS JOIN LATERAL (VALUES (%(account)s, r.payer_iban), (%(name)s, r.payer_name))"
    "  AS k (kind, value)"
    " WHERE r.company_id = %(company)s AND r.received_on >= %(since)s AND k.value <> ''"
    " GROUP BY 1, 2, 3)"
    " SELECT t.kind, t.value, t.customer_id, c.number AS customer_number,"
    "  c.name AS customer_name, t.receipts, t.last_on, coalesce(l.is_on, true) AS is_on"
    " FROM told t"
    " JOIN masterdata_customer c ON c.company_id = %(company)s AND c.id = t.customer_id"
    " LEFT JOIN matching_lesson l ON l.company_id = %(company)s AND l.kind = t.kind"
    "  AND l.value = t.value AND l.customer_id = t.customer_id"
    " WHERE NOT (t.kind = %(account)s AND c.iban = t.value)"
    "  AND NOT (t.kind = %(name)s AND lower(c.name) = lower(t.value))"
    "  AND (%(text)s = '' OR t.value ILIKE %(like)s OR c.name ILIKE %(like)s"
    "   OR c.number ILIKE %(like)s)"
    " ORDER BY t.last_on DESC, t.kind, t.value, c.number LIMIT %(limit)s"
)


def aliases(*, company_id: UUID, since: date, text: str = "", limit: int = 50) -> Read[list[Alias]]:
    """Accounts and names that were learnt since a day and that the customers' own data do not
    tell, the last seen first. Two years of matches are read, so what they tell is kept until
    another fact is recorded."""
    like = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    values = {
        "company": company_id,
        "since": since,
        "account": ACCOUNT,
        "name": NAME,
        "text": text,
        "like": f"%{like}%",
        "limit": limit,
    }
    told = Read(_ALIASES, values, lambda rows: views(Alias, rows))
    return unless_kept(told, company_id=company_id)


def _switch(row: Sequence[Any]) -> Switch:
    kind, is_on, value, customer_id, counts = row[:5]
    kept = json.loads(counts) if isinstance(counts, str) else counts
    return Switch(
        kind,
        is_on,
        value,
        customer_id,
        {evidence: (right, given) for evidence, (right, given) in kept.items()},
    )
