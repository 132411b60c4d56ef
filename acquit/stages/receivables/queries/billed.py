"""What was billed on each day, kept per process as far as the chain of facts it was read to.

A document's day and amount never change, so only documents issued after the last link that was seen
are read. Commands of a company commit in the order of their links, and one statement reads the
head of the chain together with the documents: nothing is missed, nothing counts twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Any
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.database.prepared import fetch_prepared
from acquit.history import unit
from acquit.stages.invoices.facts import DocumentIssued

_SUMS = """
SELECT i.effective_on, count(*) AS documents, sum(
    CASE i.kind WHEN 'credit_note' THEN -i.functional_minor ELSE i.functional_minor END
)::bigint AS minor
FROM receivables_open_item i WHERE i.company_id = %(company)s AND i.kind <> 'receipt' {condition}
GROUP BY i.effective_on
"""
_NEW = """AND i.document_id = ANY(ARRAY(SELECT subject_id FROM history_fact
    WHERE company_id = %(company)s AND kind = %(kind)s AND seq > %(seq)s))"""
_WITH_HEAD = """
SELECT h.seq, h.hash, coalesce(f.hash, ''), s.effective_on, s.documents, s.minor
FROM history_head h LEFT JOIN history_fact f ON f.company_id = h.company_id AND f.seq = %(seq)s
LEFT JOIN ({sums}) AS s ON true WHERE h.company_id = %(company)s
"""


@dataclass(frozen=True, slots=True)
class Billed:
    """Documents of a day and their sum in the company's currency; credit notes lessen it."""

    documents: int = 0
    minor: int = 0

    def __add__(self, other: Billed) -> Billed:
        return Billed(self.documents + other.documents, self.minor + other.minor)


@dataclass(slots=True)
class _Kept:
    """The days up to a link; the hash tells it from another of the same number (a database
    restored, a transaction taken back)."""

    seq: int = 0
    hash: str = ""
    days: dict[date, Billed] = field(default_factory=dict)


_kept: dict[UUID, _Kept] = {}
_lock = Lock()


def billed(*, company_id: UUID, since: date, until: date) -> dict[date, Billed]:
    """The days on which something was billed, both ends included. One query."""
    if unit.is_open():  # what this command issued is no link of the chain yet
        days = {day: Billed(*rest) for day, *rest in _plain(company_id)}
    else:
        with _lock:
            days = dict(_followed(company_id))
    return {day: one for day, one in days.items() if since <= day <= until}


def _plain(company_id: UUID) -> list[tuple[Any, ...]]:
    return fetch_rows(_SUMS.format(condition=""), {"company": company_id})


def _followed(company_id: UUID) -> dict[date, Billed]:
    kept = _kept.get(company_id)
    if kept is not None:
        rows = _read(company_id, kept, _NEW)
        if rows and rows[0][2] == kept.hash:
            return _add(kept, rows)
    kept = _kept[company_id] = _Kept()
    return _add(kept, _read(company_id, kept, ""))


def _read(company_id: UUID, kept: _Kept, condition: str) -> list[tuple[Any, ...]]:
    values = {"company": company_id, "seq": kept.seq, "kind": DocumentIssued.KIND}
    return fetch_prepared(_WITH_HEAD.format(sums=_SUMS.format(condition=condition)), values)


def _add(kept: _Kept, rows: list[tuple[Any, ...]]) -> dict[date, Billed]:
    for seq, link, _, day, documents, minor in rows:
        kept.seq, kept.hash = seq, link
        if day is not None:
            kept.days[day] = kept.days.get(day, Billed()) + Billed(documents, minor)
    return kept.days


def forget() -> None:
    """Look at everything again. Needed only where rows were changed behind the chain of facts."""
    _kept.clear()
