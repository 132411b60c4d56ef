"""What was closed without money lately, as the policy of adjustments is asked about it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from acquit.database.copy import fetch_rows


class Adjusted(NamedTuple):
    """A rest that was closed: why, in company currency and in its own, its per cent of the item,
    and how many of the customer were closed for the reason in the twelve months before it."""

    effective_on: date
    number: str
    reason: str
    home_minor: int
    minor: int
    currency: str
    share: Decimal
    times: int | None


# An adjustment is of the customer of the one item it closes, as he was known then.
_CUSTOMER = "coalesce({0}.debit_customer_id, {0}.credit_customer_id)"
_STANDS = """{0}.reverses_id IS NULL AND NOT EXISTS (SELECT 1 FROM receivables_allocation undone
        WHERE undone.company_id = {0}.company_id AND undone.reverses_id = {0}.id)"""
_RECENT = f"""
SELECT a.effective_on, coalesce(i.number, ''), a.adjustment,
    abs(greatest(a.debit_functional_minor, a.credit_functional_minor)),
    abs(a.amount_minor), a.currency,
    round(100.0 * abs(a.amount_minor) / i.original_minor, 2),
    CASE WHEN {_CUSTOMER.format("a")} IS NOT NULL THEN (
        SELECT count(*) FROM receivables_allocation b
        WHERE b.company_id = a.company_id AND {_CUSTOMER.format("b")} = {_CUSTOMER.format("a")}
        AND b.adjustment = a.adjustment AND b.adjustment <> '' AND b.id < a.id
        AND b.effective_on > a.effective_on - interval '1 year' AND {_STANDS.format("b")}) END
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


_TIMES = f"""
SELECT asked.customer, asked.reason, count(*)
FROM unnest(%(customers)s::uuid[], %(reasons)s::text[]) AS asked (customer, reason)
JOIN receivables_allocation a ON a.company_id = %(company)s
    AND {_CUSTOMER.format("a")} = asked.customer
    AND a.adjustment = asked.reason AND a.adjustment <> ''
    AND a.effective_on > %(on)s::date - interval '1 year' AND {_STANDS.format("a")}
GROUP BY asked.customer, asked.reason
"""


def times_adjusted(
    *, company_id: UUID, wanted: Collection[tuple[UUID, str]], on: date
) -> dict[tuple[UUID, str], int]:
    """How many rests of each customer were closed for each reason in the twelve months before a
    day and stand; none is no entry. One query."""
    keys = sorted(wanted)
    asked = {
        "company": company_id,
        "customers": [customer for customer, _reason in keys],
        "reasons": [reason for _customer, reason in keys],
        "on": on,
    }
    rows = fetch_rows(_TIMES, asked) if keys else []
    return {(customer, reason): count for customer, reason, count in rows}
