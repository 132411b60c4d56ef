"""What persons did to drafts, as far as it can be taken back."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from acquit.database.copy import fetch_rows


def last_acts(*, company_id: UUID, draft_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The last act on each draft that was not taken back; drafts without one are left out."""
    rows = fetch_rows(
        "SELECT DISTINCT ON (b.draft_id) b.draft_id, b.act FROM invoices_draft_before b"
        " WHERE b.company_id = %s AND b.draft_id = ANY(%s) AND b.undoes IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM invoices_draft_before u WHERE u.company_id = b.company_id"
        "  AND u.undoes = b.act AND u.draft_id = b.draft_id)"
        " ORDER BY b.draft_id, b.id DESC",
        [company_id, list(draft_ids)],
    )
    return dict(rows)


def can_undo(*, company_id: UUID, draft_id: UUID) -> bool:
    """Whether an act on the draft could be taken back and nothing happened to it since."""
    rows = fetch_rows(
        "SELECT 1 FROM invoices_draft_before b"
        " JOIN invoices_draft d ON d.company_id = b.company_id AND d.id = b.draft_id"
        " WHERE b.company_id = %s AND b.draft_id = %s AND b.act = ANY(%s) AND b.at = d.updated_at",
        [
            company_id,
            draft_id,
            list(last_acts(company_id=company_id, draft_ids=[draft_id]).values()),
        ],
    )
    return bool(rows)
