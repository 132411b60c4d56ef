"""A customer's statement between two days: opening + movements = closing, equal to ageing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.stages.receivables.queries.as_at import positions


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement; plus: the customer owes more. ``kind`` is invoice, debit_note, credit_note,
    receipt, payer (a receipt became or ceased to be his), third_party (another paid, or was paid
    for), adjustment (closed or exchanged without another item) or returned (the bank took the
    receipt's money back)."""

    on: date
    kind: str
    number: str
    due_on: date
    amount_minor: int
    balance_minor: int
    item_id: UUID


@dataclass(frozen=True, slots=True)
class CustomerStatement:
    customer_id: UUID
    currency: str
    from_on: date
    to_on: date
    opening_minor: int
    closing_minor: int
    lines: tuple[StatementLine, ...]


def customer_statement(
    *,
    company_id: UUID,
    customer_id: UUID,
    currency: str,
    from_on: date,
    to_on: date,
    known_at: datetime | None,
) -> CustomerStatement:
    """Opening of the morning of ``from_on``, closing of the evening of ``to_on``.

    Opening and closing come from the as-at engine; the lines come from the log by themselves, so
    that their agreement proves something.
    """
    opening = _balance(company_id, customer_id, currency, from_on - timedelta(days=1), known_at)
    closing = _balance(company_id, customer_id, currency, to_on, known_at)
    rows = fetch_rows(
        _movements(known_at is not None),
        {
            "company": company_id,
            "customer": customer_id,
            "currency": currency,
            "from": from_on,
            "to": to_on,
            "known_at": known_at,
        },
    )
    lines, running = [], opening
    for on, kind, number, due_on, minor, item_id, _recorded_at in rows:
        running += minor
        lines.append(StatementLine(on, kind, number, due_on, minor, running, item_id))
    return CustomerStatement(customer_id, currency, from_on, to_on, opening, closing, tuple(lines))


def _balance(
    company_id: UUID, customer_id: UUID, currency: str, day: date, known_at: datetime | None
) -> int:
    relation = positions(
        company_id=company_id, as_at=day, known_at=known_at, customer_ids=[customer_id]
    )
    ((minor,),) = fetch_rows(
        f"{relation.with_sql} SELECT coalesce(sum(CASE WHEN kind IN ('credit_note', 'receipt')"
        " THEN -open_minor ELSE open_minor END), 0)::bigint FROM position"
        " WHERE currency = %(currency)s",
        {**relation.parameters, "currency": currency},
    )
    return int(minor)


def _movements(known: bool) -> str:
    def within(table: str) -> str:
        text = f"{table}.effective_on BETWEEN %(from)s AND %(to)s"
        return f"{text} AND {table}.recorded_at <= %(known_at)s" if known else text

    changed = (
        "SELECT 1 FROM receivables_payer_change c"
        " WHERE c.company_id = i.company_id AND c.item_id = i.id"
    )
    signed = "CASE WHEN i.side = 'credit' THEN -i.original_minor ELSE i.original_minor END"
    item = "i.company_id = %(company)s AND i.currency = %(currency)s"
    return (
        # Items that came to be as this customer's.
        f"SELECT i.effective_on, i.kind, i.number, i.due_on, {signed}, i.id, i.recorded_at AS at"
        f" FROM receivables_open_item i WHERE {item} AND {within('i')}"
        f" AND i.customer_id = %(customer)s AND NOT EXISTS ({changed})"
        f" UNION ALL SELECT i.effective_on, i.kind, i.number, i.due_on, {signed}, i.id,"
        f" i.recorded_at FROM receivables_payer_change c JOIN receivables_open_item i"
        f" ON i.company_id = c.company_id AND i.id = c.item_id WHERE {item} AND {within('i')}"
        " AND c.company_id = %(company)s AND c.customer_before_id = %(customer)s"
        " AND c.position = 1"
        # Receipts that became his, or ceased to be.
        " UNION ALL SELECT c.effective_on, 'payer', i.number, i.due_on, CASE WHEN c.customer_id ="
        " %(customer)s THEN -c.amount_minor ELSE c.amount_minor END, i.id, c.recorded_at"
        " FROM receivables_payer_change c JOIN receivables_open_item i"
        " ON i.company_id = c.company_id AND i.id = c.item_id"
        f" WHERE c.company_id = %(company)s AND {item} AND {within('c')}"
        " AND %(customer)s IN (c.customer_id, c.customer_before_id)"
        # Money of one customer on the claim of another.
        " UNION ALL SELECT a.effective_on, 'third_party', i.number, i.due_on, -a.amount_minor,"
        " i.id, a.recorded_at FROM receivables_open_item i JOIN receivables_allocation a"
        " ON a.company_id = i.company_id AND a.debit_item_id = i.id"
        f" WHERE {item} AND {within('a')} AND i.customer_id = %(customer)s"
        " AND a.credit_customer_id IS DISTINCT FROM %(customer)s"
        " UNION ALL SELECT a.effective_on, 'third_party', i.number, i.due_on, a.amount_minor,"
        " i.id, a.recorded_at FROM receivables_allocation a JOIN receivables_open_item i"
        " ON i.company_id = a.company_id AND i.id = a.credit_item_id"
        f" WHERE {item} AND a.company_id = %(company)s AND {within('a')}"
        " AND a.credit_customer_id = %(customer)s AND a.debit_customer_id <> %(customer)s"
        " AND a.credit_item_id IN (SELECT o.id FROM receivables_open_item o"
        "  WHERE o.company_id = %(company)s AND o.customer_id = %(customer)s"
        "  UNION SELECT p.item_id FROM receivables_payer_change p"
        "  WHERE p.company_id = %(company)s AND p.customer_id = %(customer)s)"
        # What was closed without another item.
        " UNION ALL SELECT a.effective_on,"
        " CASE a.adjustment WHEN 'returned' THEN 'returned' ELSE 'adjustment' END,"
        " i.number, i.due_on,"
        " CASE WHEN a.credit_item_id IS NULL THEN -a.amount_minor ELSE a.amount_minor END,"
        " i.id, a.recorded_at FROM receivables_open_item i JOIN receivables_allocation a"
        " ON a.company_id = i.company_id AND (a.debit_item_id = i.id AND a.credit_item_id IS NULL"
        "  OR a.credit_item_id = i.id AND a.debit_item_id IS NULL)"
        f" WHERE {item} AND {within('a')} AND i.id IN (SELECT o.id FROM receivables_open_item o"
        "  WHERE o.company_id = %(company)s AND o.customer_id = %(customer)s"
        "  UNION SELECT p.item_id FROM receivables_payer_change p"
        "  WHERE p.company_id = %(company)s AND p.customer_id = %(customer)s)"
        " AND a.credit_customer_id = %(customer)s"
        " ORDER BY 1, at, 3, 5, 6"
    )
