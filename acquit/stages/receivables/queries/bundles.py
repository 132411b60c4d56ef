"""What customers declared that one transfer of theirs will be for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.core.money import Money
from acquit.database.copy import fetch_rows

Parts = tuple[tuple[str, int], ...]
# A bundle is whose documents it names; their numbers are the company's own.
_BUNDLES = (
    "SELECT a.id, a.number, a.currency, a.amount_minor, a.paid_on, a.bank_line_id IS NOT NULL,"
    " i.customer_id, array_agg(p.document ORDER BY p.position),"
    " array_agg(p.amount_minor ORDER BY p.position)"
    " FROM receipts_advice a"
    " JOIN receipts_advice_part p ON p.company_id = a.company_id AND p.advice_id = a.id"
    " JOIN receivables_open_item i ON i.company_id = a.company_id AND i.number = p.document"
    "  AND i.document_id IS NOT NULL AND i.customer_id = ANY(%(customers)s)"
    " WHERE a.company_id = %(company)s AND a.kind = 'bundle' AND a.withdrawn_at IS NULL AND {what}"
    " GROUP BY a.company_id, a.id, i.customer_id HAVING count(*) = a.parts"
)


@dataclass(frozen=True, slots=True)
class BundleView:
    """``parts`` are numbers of documents with what is paid of each, negative where it is set off.
    ``is_paid``: the money came."""

    id: UUID
    reference: str
    amount: Money
    declared_on: date
    is_paid: bool
    parts: tuple[tuple[str, Money], ...]


def bundle(*, company_id: UUID, customer_id: UUID, bundle_id: UUID) -> BundleView | None:
    """One bundle of the customer."""
    rows = fetch_rows(
        _BUNDLES.format(what="a.id = %(id)s"),
        {"company": company_id, "customers": [customer_id], "id": bundle_id},
    )
    if not rows:
        return None
    id, reference, currency, minor, on, is_paid, _customer, numbers, amounts = rows[0]
    parts = tuple(
        (number, Money(part, currency)) for number, part in zip(numbers, amounts, strict=True)
    )
    return BundleView(id, reference, Money(minor, currency), on, is_paid, parts)


def waiting(
    *, company_id: UUID, customer_ids: Collection[UUID], since: date
) -> dict[tuple[UUID, Parts], UUID]:
    """The bundles that these customers declared since the day and whose money has not come, by
    customer and parts."""
    rows = fetch_rows(
        _BUNDLES.format(what="a.bank_line_id IS NULL AND a.paid_on >= %(since)s"),
        {"company": company_id, "customers": list(customer_ids), "since": since},
    )
    return {(row[6], tuple(zip(row[7], row[8], strict=True))): row[0] for row in rows}
