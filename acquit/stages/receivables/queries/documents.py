"""Documents with what is open of them: the list of invoices, filtered by how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from acquit.core.money import Money
from acquit.database.copy import fetch_rows

STATES = ("open", "overdue", "paid", "credited")
_CONDITIONS = {
    "open": "i.open_minor > 0",
    "overdue": "i.open_minor > 0 AND i.side = 'debit' AND i.due_on < %(today)s",
    "paid": "i.open_minor = 0",
    "credited": "EXISTS (SELECT 1 FROM invoices_document n WHERE n.company_id = d.company_id"
    " AND n.corrects_id = d.id)",
}


@dataclass(frozen=True, slots=True)
class DocumentBalance:
    """A document and what is open of it. ``is_credited``: a credit note corrects it."""

    id: UUID
    kind: str
    number: str
    issued_on: date
    due_on: date
    customer_id: UUID
    customer_number: str
    customer_name: str
    gross: Money
    open: Money
    is_credited: bool

    def status(self, today: date) -> str:
        """``paid``, ``overdue``, ``partly_paid`` or ``open``; of credit notes ``applied``..."""
        if self.kind == "credit_note":
            if not self.open:
                return "applied"
            return "unapplied" if self.open == self.gross else "partly_applied"
        if not self.open:
            return "credited" if self.is_credited else "paid"
        if self.due_on < today:
            return "overdue"
        return "open" if self.open == self.gross else "partly_paid"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list shows; empty means all. ``text`` finds parts of number and customer."""

    text: str = ""
    customer_id: UUID | None = None
    state: str = ""
    kind: str = ""
    issued_from: date | None = None
    issued_to: date | None = None


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Rows and the cursor of the next page; ``after`` is None on the last one."""

    rows: tuple[DocumentBalance, ...]
    after: str | None


def documents(
    *, company_id: UUID, wanted: Wanted, today: date, limit: int = 50, after: str | None = None
) -> DocumentPage:
    """Newest first, one query. ValueError for a cursor that is none, KeyError for a state."""
    values: dict[str, Any] = {
        "company": company_id,
        "today": today,
        "text": f"%{_escaped(wanted.text)}%",
        "customer": wanted.customer_id,
        "kind": wanted.kind,
        "from": wanted.issued_from,
        "to": wanted.issued_to,
        "limit": limit + 1,
    }
    conditions = ["d.company_id = %(company)s"]
    for present, condition in (
        (
            wanted.text,
            "(d.number ILIKE %(text)s OR c.name ILIKE %(text)s OR c.number ILIKE %(text)s)",
        ),
        (wanted.customer_id, "d.customer_id = %(customer)s"),
        (wanted.kind, "d.kind = %(kind)s"),
        (wanted.issued_from, "d.issued_on >= %(from)s"),
        (wanted.issued_to, "d.issued_on <= %(to)s"),
    ):
        if present:
            conditions.append(condition)
    if wanted.state:
        conditions.append(_CONDITIONS[wanted.state])
    if after:
        day, _, last = after.partition("_")
        values |= {"after_day": date.fromisoformat(day), "after_id": UUID(last)}
        conditions.append("(d.issued_on, d.id) < (%(after_day)s, %(after_id)s)")
    rows = fetch_rows(
        "SELECT d.id, d.kind, d.number, d.issued_on, i.due_on, d.customer_id, c.number, c.name,"
        " d.currency, d.gross_minor, i.open_minor, EXISTS (SELECT 1 FROM invoices_document n"
        "  WHERE n.company_id = d.company_id AND n.corrects_id = d.id)"
        " FROM invoices_document d"
        " JOIN masterdata_customer c ON c.company_id = d.company_id AND c.id = d.customer_id"
        " JOIN receivables_open_item i ON i.company_id = d.company_id AND i.document_id = d.id"
        f" WHERE {' AND '.join(conditions)} ORDER BY d.issued_on DESC, d.id DESC LIMIT %(limit)s",
        values,
    )
    shown = tuple(_row(row) for row in rows[:limit])
    cursor = f"{shown[-1].issued_on.isoformat()}_{shown[-1].id}" if len(rows) > limit else None
    return DocumentPage(shown, cursor)


def _row(row: Sequence[Any]) -> DocumentBalance:
    return DocumentBalance(
        *row[:8],
        gross=Money(row[9], row[8]),
        open=Money(row[10], row[8]),
        is_credited=row[11],
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
