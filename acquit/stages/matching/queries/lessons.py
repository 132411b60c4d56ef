"""What the matcher learnt: which switches people moved, and the accounts, names and patterns of
texts it knows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from acquit.core.text import fold
from acquit.database.copy import fetch_rows
from acquit.database.together import Read, Rows, views
from acquit.history.kept import unless_kept
from acquit.stages.matching.rules.inputs import SettledText
from acquit.stages.matching.rules.learning import ACCOUNT, NAME, TEXT, Lessons, Switch
from acquit.stages.matching.rules.patterns import NUMBER, Told
from acquit.stages.receivables.queries import OF_ONE_PAYER, make_readable, texts_sql

SHOWN_MAX = 200
TEXTS_MAX = 20_000  # the latest receipts whose texts are read for the list


@dataclass(frozen=True, slots=True)
class LessonView:
    """A switch that a person moved."""

    switch: Switch
    customer_name: str
    decided_at: datetime
    decided_by: str


@dataclass(frozen=True, slots=True)
class Alias:
    """An account or name under which money was applied for a customer, or a pattern of the texts
    of such money, from so many receipts. ``is_on`` while it counts."""

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
    f"  AND {OF_ONE_PAYER}"
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
    another fact is recorded. It joins what the matcher joins, so it is made readable before."""
    make_readable(company_id)
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


# The latest receipts, and of their customers the names and switches.
_SAID = (
    "SELECT t.*, c.number AS customer_number, c.name AS customer_name,"
    " coalesce((SELECT json_agg(l.value) FROM matching_lesson l WHERE l.company_id = c.company_id"
    "  AND l.kind = %(kind)s AND l.customer_id = c.id AND NOT l.is_on), '[]') AS dropped"
    " FROM ({texts}) AS t"
    " JOIN masterdata_customer c ON c.company_id = %(company)s AND c.id = t.customer_id"
).format(
    texts=texts_sql(
        "SELECT id FROM receipts_receipt WHERE company_id = %(company)s"
        " AND received_on >= %(since)s ORDER BY received_on DESC, id DESC LIMIT %(most)s"
    )
)


def patterns(
    *, company_id: UUID, since: date, text: str = "", limit: int = 50
) -> Read[list[Alias]]:
    """Patterns of customers' texts that the latest receipts since a day show, the last seen first;
    kept and made readable as :func:`aliases` are."""
    make_readable(company_id)
    values = {"company": company_id, "since": since, "kind": TEXT, "most": TEXTS_MAX}

    def read(rows: Rows) -> list[Alias]:
        sought = text.casefold()
        found = [
            one
            for one in _patterns(rows)
            if any(
                sought in where.casefold()
                for where in (one.value, one.customer_name, one.customer_number)
            )
        ]
        found.sort(key=lambda one: (one.last_on, one.value, one.customer_number), reverse=True)
        return found[:limit]

    return unless_kept(Read(_SAID, values, read), company_id=company_id)


def _patterns(rows: Rows) -> list[Alias]:
    said = sorted(rows, key=lambda row: str(row["received_on"]))
    of: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in said:
        of[row["customer_id"]].append(row)
    told = Told(
        SettledText(row["customer_id"], row["payer_iban"], row["text"], tuple(row["numbers"]))
        for row in said
    )
    found = []
    for customer, value, times in told.patterns():
        mine, word = of[customer], value.removesuffix(f" {NUMBER}")
        last = next(row for row in reversed(mine) if word in fold(row["text"]))
        found.append(
            Alias(
                TEXT,
                value,
                UUID(customer),
                last["customer_number"],
                last["customer_name"],
                times,
                date.fromisoformat(last["received_on"]),
                value not in last["dropped"],
            )
        )
    return found


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
