"""Documents that the tax office wants: how the lists join their clocks, and how many run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.database.copy import fetch_rows, uuid_array
from acquit.database.together import Read

# To the document ``d``; most companies have no clocks, and documents of others may have none.
JOIN = (
    " LEFT JOIN invoices_reporting clock"
    " ON clock.company_id = d.company_id AND clock.document_id = d.id"
)
CONDITIONS = {
    "due": "clock.reported_on IS NULL",
    "late": "clock.reported_on IS NULL AND clock.report_by < %(today)s",
    "reported": "clock.reported_on IS NOT NULL",
}
ORDER = " ORDER BY clock.issued_on DESC, clock.document_id DESC"


def clocks_first(*, reporting: str, after: str | None) -> str:
    """FROM, with the clocks of one kind and each its document ``d``, in the ORDER of the list and
    from its cursor on: a page reads as many as it shows. What is read of all is joined by JOIN.

    ``OFFSET 0`` keeps the planner from reading all documents, or all clocks, to sort them.
    """
    place = " AND (clock.issued_on, clock.document_id) < (%(after_day)s, %(after_id)s)"
    return (
        " FROM (SELECT * FROM invoices_reporting clock WHERE company_id = %(company)s"
        f" AND {CONDITIONS[reporting]}{place if after else ''}{ORDER} OFFSET 0) clock"
        " CROSS JOIN LATERAL (SELECT * FROM invoices_document"
        "  WHERE company_id = clock.company_id AND id = clock.document_id OFFSET 0) d"
    )


@dataclass(frozen=True, slots=True)
class Clocks:
    """How many documents wait to be reported; ``late`` of them should have been by yesterday."""

    due: int
    late: int


def wanted_since(*, company_id: UUID, document_ids: Collection[UUID]) -> dict[UUID, date]:
    """Which of these documents the tax office wants or has, by their day of issue."""
    rows = fetch_rows(
        "SELECT document_id, issued_on FROM invoices_reporting"
        " WHERE company_id = %s AND document_id = ANY(%s::uuid[])",
        [company_id, uuid_array(document_ids)],
    )
    return dict(rows)


def clocks(*, company_id: UUID, today: date) -> Read[Clocks]:
    """One look at the index of running clocks."""
    return Read(
        "SELECT count(*) AS due, count(*) FILTER (WHERE report_by < %(today)s) AS late"
        " FROM invoices_reporting WHERE company_id = %(company)s AND reported_on IS NULL",
        {"company": company_id, "today": today},
        lambda rows: Clocks(**rows[0]),
    )
