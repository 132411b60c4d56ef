"""What was closed without money lately, as the policy of adjustments is asked about it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from acquit.database.copy import fetch_rows


class Adjusted(NamedTuple):
    """A rest that was closed: why, in company currency, and its per cent of the item."""

    effective_on: date
    number: str
    reason: str
    home_minor: int
    share: Decimal


_RECENT = """
SELECT a.effective_on, coalesce(i.number, ''), a.adjustment,
    abs(greatest(a.debit_functional_minor, a.credit_functional_minor)),
    round(100.0 * abs(a.amount_minor) / i.original_minor, 2)
FROM receivables_allocation a
JOIN receivables_open_item i ON i.company_id = a.company_id
    AND i.id = coalesce(a.debit_item_id, a.credit_item_id)
WHERE a.company_id = %(company)s AND a.adjustment NOT IN ('', 'returned', 'transferred')
AND a.reverses_id IS NULL AND i.original_minor > 0
ORDER BY a.id DESC LIMIT %(limit)s
"""


def recently_adjusted(*, company_id: UUID, limit: int) -> list[Adjusted]:
    """The latest adjustments first, taken back or not; one query."""
    return [Adjusted(*row) for row in fetch_rows(_RECENT, {"company": company_id, "limit": limit})]
