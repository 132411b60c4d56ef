"""The items of one customer that were open on a day, as the as-at engine knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.core.money import Money
from acquit.database.copy import fetch_rows
from acquit.stages.receivables.queries.as_at import positions


@dataclass(frozen=True, slots=True)
class OpenAt:
    """An item as it stood on the day; plus: the customer owes, minus: to his credit."""

    item_id: UUID
    kind: str
    number: str
    issued_on: date
    due_on: date
    original: Money
    open: Money


def open_at(
    *, company_id: UUID, customer_id: UUID, currency: str, as_at: date
) -> tuple[OpenAt, ...]:
    """Oldest due day first; the open amounts sum to the balance of that day."""
    relation = positions(
        company_id=company_id, as_at=as_at, known_at=None, customer_ids=[customer_id]
    )
    rows = fetch_rows(
        f"{relation.with_sql} SELECT p.id, p.kind, i.number,"
        " coalesce(d.issued_on, i.effective_on), p.due_on,"
        " i.original_minor, p.open_minor FROM position p JOIN receivables_open_item i"
        " ON i.company_id = %(company)s AND i.id = p.id LEFT JOIN invoices_document d"
        " ON d.company_id = i.company_id AND d.id = i.document_id"
        " WHERE p.currency = %(currency)s AND p.open_minor > 0 ORDER BY p.due_on, i.number",
        {**relation.parameters, "currency": currency},
    )
    result = []
    for item_id, kind, number, issued_on, due_on, original, open_minor in rows:
        sign = -1 if kind in ("credit_note", "receipt") else 1
        amounts = Money(sign * original, currency), Money(sign * open_minor, currency)
        result.append(OpenAt(item_id, kind, number, issued_on, due_on, *amounts))
    return tuple(result)
