"""Documents that went to nobody, found without looking at all that went before.

What was sent once stays sent. So each process remembers up to which link of the company's chain of
facts it has looked, and what was unsent then; afterwards only those and what was issued since can
be unsent. Commands of a company commit in the order of their links, so nothing slips in before one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.database.prepared import fetch_prepared
from acquit.stages.dispatch.queries import undispatched
from acquit.stages.invoices.facts import DocumentIssued

_NEW = """
SELECT h.seq, h.hash, coalesce(f.hash, ''), ARRAY(
    SELECT d.id FROM invoices_document d
    WHERE d.company_id = %(company)s AND d.issued_on >= %(from)s
    AND d.id IN (
        SELECT unnest(%(ids)s::uuid[]) UNION ALL SELECT subject_id FROM history_fact
        WHERE company_id = %(company)s AND kind = %(kind)s AND seq > %(seq)s
    )
    AND NOT EXISTS (
        SELECT 1 FROM dispatch_dispatch x
        WHERE x.company_id = d.company_id AND x.document_id = d.id
    )
    ORDER BY d.issued_on, d.id LIMIT %(limit)s
)
FROM history_head h LEFT JOIN history_fact f ON f.company_id = h.company_id AND f.seq = %(seq)s
WHERE h.company_id = %(company)s
"""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was unsent when the chain ended with this link. The hash tells a link from another of
    the same number (a database restored, a transaction taken back)."""

    seq: int
    hash: str
    issued_from: date
    ids: tuple[UUID, ...]


_seen: dict[UUID, _Seen] = {}


def recently_undispatched(*, company_id: UUID, limit: int, issued_from: date) -> list[UUID]:
    """Documents issued from that day on that were never queued for anybody, oldest first.

    For pages that ask again and again: only what is new since the last time is read, by one query.
    More than ``limit`` are not remembered."""
    seen = _seen.get(company_id)
    values = {
        "company": company_id,
        "from": issued_from,
        "ids": list(seen.ids) if seen else [],
        "kind": DocumentIssued.KIND,
        "seq": seen.seq if seen else None,
        "limit": limit,
    }
    rows = fetch_prepared(_NEW, values)
    found: list[UUID]
    seq, link, kept, found = rows[0] if rows else (0, "", "", [])
    if not (seen and kept == seen.hash and seen.issued_from <= issued_from):
        found = undispatched(company_id=company_id, limit=limit, issued_from=issued_from)
    if seq and len(found) < limit:
        _seen[company_id] = _Seen(seq, link, issued_from, tuple(found))
    return found


def forget() -> None:
    """Look at everything again. Needed only where rows were changed behind the chain of facts."""
    _seen.clear()
