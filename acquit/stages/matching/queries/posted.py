"""What rules posted with undo and nobody has looked at yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.database.copy import fetch_rows

UNSEEN = (
    "p.company_id = %(company)s AND p.state = 'accepted' AND p.action = 'post_undo'"
    " AND p.seen_at IS NULL"
)
# Counted by an index alone.
COUNT = f"SELECT count(*) FROM matching_proposal p WHERE {UNSEEN}"


@dataclass(frozen=True, slots=True)
class Unseen:
    """Money that a rule applied; ``amount_minor`` is the receipt's."""

    proposal_id: UUID
    receipt_id: UUID
    received_on: date
    payer_name: str
    amount_minor: int
    currency: str


def unseen(*, company_id: UUID, limit: int) -> list[Unseen]:
    """The oldest of them first."""
    rows = fetch_rows(
        "SELECT p.id, p.receipt_id, r.received_on, r.payer_name, r.amount_minor,"
        " r.currency FROM matching_proposal p JOIN receipts_receipt r"
        f" ON r.company_id = p.company_id AND r.id = p.receipt_id WHERE {UNSEEN}"
        " ORDER BY p.created_at, p.id LIMIT %(limit)s",
        {"company": company_id, "limit": limit},
    )
    return [Unseen(*row) for row in rows]
