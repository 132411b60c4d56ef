"""Everything that customers owe now, in one read: for exports and simulations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.database.copy import fetch_rows


@dataclass(frozen=True, slots=True)
class Owed:
    """An open claim with the customer's own number."""

    id: UUID
    customer: str
    number: str
    due_on: date
    open_minor: int
    currency: str


def owed_now(*, company_id: UUID) -> list[Owed]:
    """Open claims by document number."""
    rows = fetch_rows(
        "SELECT i.id, c.number, i.number, i.due_on, i.open_minor, i.currency"
        " FROM receivables_open_item AS i JOIN masterdata_customer AS c"
        " ON c.company_id = i.company_id AND c.id = i.customer_id"
        " WHERE i.company_id = %s AND i.side = 'debit' AND i.open_minor > 0 ORDER BY i.number",
        [company_id],
    )
    return [Owed(*row) for row in rows]
