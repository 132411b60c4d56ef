"""A customer's account: what is open, what is unapplied, what happened, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.database.together import Read, views
from acquit.stages.receivables.queries.ageing import AgeingRow, Buckets, ageing_of

Cursor = tuple[date, UUID]


@dataclass(frozen=True, slots=True)
class ItemView:
    """An open item; amounts positive, ``side`` says who owes. ``days_overdue`` may be negative."""

    id: UUID
    customer_id: UUID | None
    kind: str
    side: str
    number: str
    document_id: UUID | None
    receipt_id: UUID | None
    effective_on: date
    due_on: date
    moved_on: date
    currency: str
    original_minor: int
    open_minor: int

    def days_overdue(self, on: date) -> int:
        return (on - self.due_on).days


@dataclass(frozen=True, slots=True)
class Page:
    """Items and the cursor of the next page, None at the end."""

    items: tuple[ItemView, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class CurrencyBalance:
    currency: str
    amounts: Buckets
    home: Buckets


@dataclass(frozen=True, slots=True)
class Account:
    """The head of a customer's page: balances per currency, first pages of both lists."""

    customer_id: UUID
    as_at: date
    balances: tuple[CurrencyBalance, ...]
    open: Page
    history: Page


@dataclass(frozen=True, slots=True)
class AllocationView:
    """One link between a credit and a claim; ``undone_by`` is the reversal that took it back,
    ``reverses_id`` is set on reversals themselves (their amounts are negative). An ``adjustment``
    names the reason for which one item was settled alone; the other side is empty."""

    id: UUID
    debit_item_id: UUID | None
    debit_number: str
    document_id: UUID | None
    credit_item_id: UUID | None
    credit_number: str
    credit_kind: str
    receipt_id: UUID | None
    debit_customer_id: UUID | None
    credit_customer_id: UUID | None
    amount_minor: int
    currency: str
    effective_on: date
    recorded_at: datetime
    reverses_id: UUID | None
    undone_by: UUID | None
    proposal_id: UUID | None
    adjustment: str
    reason: str
    rule: str

    @property
    def is_active(self) -> bool:
        return self.reverses_id is None and self.undone_by is None


ITEM = (
    "i.id, i.customer_id, i.kind, i.side, i.number, i.document_id, i.receipt_id, i.effective_on,"
    " i.due_on, i.moved_on, i.currency, i.original_minor, i.open_minor"
)


_MINE = (
    f", {ITEM} FROM receivables_open_item i"
    " WHERE i.company_id = %(company)s AND i.customer_id = %(customer)s"
)
_OPEN, _OPEN_ORDER = (
    f"SELECT 'open'{_MINE} AND i.open_minor > 0",
    "ORDER BY i.due_on, i.id LIMIT %(limit)s",
)
_ALL, _ALL_ORDER = (
    f"SELECT 'all'{_MINE}",
    "ORDER BY i.effective_on DESC, i.id DESC LIMIT %(limit)s",
)


def account(*, company_id: UUID, customer_id: UUID, as_at: date, limit: int) -> Account:
    """Everything the account page shows first."""
    rows: Sequence[AgeingRow] = ageing_of(
        company_id=company_id, customer_ids=[customer_id], as_at=as_at, known_at=None
    )
    values = {"company": company_id, "customer": customer_id, "limit": limit + 1}
    found = fetch_rows(f"({_OPEN} {_OPEN_ORDER}) UNION ALL ({_ALL} {_ALL_ORDER})", values)
    return Account(
        customer_id,
        as_at,
        tuple(CurrencyBalance(row.currency, row.amounts, row.home) for row in rows),
        _open_page([row[1:] for row in found if row[0] == "open"], limit),
        _history_page([row[1:] for row in found if row[0] == "all"], limit),
    )


def open_items(*, company_id: UUID, customer_id: UUID, limit: int, after: Cursor | None) -> Page:
    """What is open now, claims and credits, oldest due day first."""
    values: dict[str, Any] = {"company": company_id, "customer": customer_id, "limit": limit + 1}
    later = ""
    if after:
        values |= {"day": after[0], "last": after[1]}
        later = " AND (i.due_on, i.id) > (%(day)s, %(last)s)"
    rows = fetch_rows(f"{_OPEN}{later} {_OPEN_ORDER}", values)
    return _open_page([row[1:] for row in rows], limit)


def _open_page(rows: Sequence[tuple[Any, ...]], limit: int) -> Page:
    items = tuple(ItemView(*row) for row in rows)
    last = items[limit - 1] if len(items) > limit else None
    return Page(items[:limit], (last.due_on, last.id) if last else None)


def history(*, company_id: UUID, customer_id: UUID, limit: int, after: Cursor | None) -> Page:
    """All items of the customer, newest first."""
    values: dict[str, Any] = {"company": company_id, "customer": customer_id, "limit": limit + 1}
    earlier = ""
    if after:
        values |= {"day": after[0], "last": after[1]}
        earlier = " AND (i.effective_on, i.id) < (%(day)s, %(last)s)"
    rows = fetch_rows(f"{_ALL}{earlier} {_ALL_ORDER}", values)
    return _history_page([row[1:] for row in rows], limit)


def _history_page(rows: Sequence[tuple[Any, ...]], limit: int) -> Page:
    items = tuple(ItemView(*row) for row in rows)
    last = items[limit - 1] if len(items) > limit else None
    return Page(items[:limit], (last.effective_on, last.id) if last else None)


def items_by_id(*, company_id: UUID, item_ids: Sequence[UUID]) -> dict[UUID, ItemView]:
    rows = fetch_rows(
        f"SELECT {ITEM} FROM receivables_open_item i WHERE i.company_id = %s AND i.id = ANY(%s)",
        [company_id, list(item_ids)],
    )
    return {row[0]: ItemView(*row) for row in rows}


def items_of(
    *, company_id: UUID, document_ids: Sequence[UUID], receipt_ids: Sequence[UUID]
) -> list[ItemView]:
    """The items that documents and receipts made, by due day."""
    rows = fetch_rows(
        f"SELECT {ITEM} FROM receivables_open_item i"
        " WHERE i.company_id = %(company)s AND i.document_id = ANY(%(documents)s)"
        f" UNION ALL SELECT {ITEM} FROM receivables_open_item i"
        " WHERE i.company_id = %(company)s AND i.receipt_id = ANY(%(receipts)s)"
        " ORDER BY due_on, id",
        {
            "company": company_id,
            "documents": list(document_ids),
            "receipts": list(receipt_ids),
        },
    )
    return [ItemView(*row) for row in rows]


def allocations_of(*, company_id: UUID, item_ids: Sequence[UUID]) -> list[AllocationView]:
    """Every link of these items, reversals too, in the order in which they were recorded."""
    rows = fetch_rows(
        _ALLOCATIONS.format(mine="SELECT unnest(%(items)s::uuid[])"),
        {"company": company_id, "items": list(item_ids)},
    )
    return [AllocationView(*row) for row in rows]


def allocations_of_receipt(*, company_id: UUID, receipt_id: UUID) -> Read[list[AllocationView]]:
    """The same of the item that a receipt made."""
    return Read(
        _ALLOCATIONS.format(
            mine="SELECT id FROM receivables_open_item"
            " WHERE company_id = %(company)s AND receipt_id = %(receipt)s"
        ),
        {"company": company_id, "receipt": receipt_id},
        lambda rows: views(AllocationView, rows),
    )


_ALLOCATIONS = (
    "SELECT a.id, a.debit_item_id, coalesce(d.number, '') AS debit_number, d.document_id,"
    " a.credit_item_id, coalesce(c.number, '') AS credit_number,"
    " coalesce(c.kind, '') AS credit_kind, c.receipt_id, a.debit_customer_id,"
    " a.credit_customer_id, a.amount_minor, a.currency, a.effective_on, a.recorded_at,"
    " a.reverses_id, r.id AS undone_by, a.proposal_id, a.adjustment, a.reason, a.rule"
    " FROM (SELECT id FROM receivables_allocation"
    "  WHERE company_id = %(company)s AND debit_item_id IN ({mine})"
    "  UNION SELECT id FROM receivables_allocation"
    "  WHERE company_id = %(company)s AND credit_item_id IN ({mine})) AS wanted"
    " JOIN receivables_allocation a ON a.company_id = %(company)s AND a.id = wanted.id"
    " LEFT JOIN receivables_open_item d"
    "  ON d.company_id = %(company)s AND d.id = a.debit_item_id"
    " LEFT JOIN receivables_open_item c"
    "  ON c.company_id = %(company)s AND c.id = a.credit_item_id"
    " LEFT JOIN receivables_allocation r"
    "  ON r.company_id = %(company)s AND r.reverses_id = a.id"
    " ORDER BY a.recorded_at, a.reverses_id NULLS FIRST, a.id"
)
