"""Which deliveries a document bills."""

from __future__ import annotations

from uuid import UUID

from acquit.database.copy import fetch_rows


def deliveries_of(*, company_id: UUID, document_id: UUID) -> list[str]:
    """The numbers of the deliveries behind the lines of a document, in order. One query."""
    rows = fetch_rows(
        "SELECT DISTINCT d.number FROM invoices_line l"
        " JOIN orders_delivery_line n ON (n.company_id, n.id) = (l.company_id, l.delivery_line_id)"
        " JOIN orders_delivery d ON (d.company_id, d.id) = (n.company_id, n.delivery_id)"
        " WHERE l.company_id = %s AND l.document_id = %s ORDER BY 1",
        [company_id, document_id],
    )
    return [row[0] for row in rows]
