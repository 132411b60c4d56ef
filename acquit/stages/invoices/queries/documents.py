"""Issued documents: the list, one page, and the canonical form that every codec takes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from acquit.core.documents.invoice import Invoice
from acquit.core.money import Money
from acquit.database.copy import fetch_rows
from acquit.database.parts import has_part, parameters
from acquit.stages.invoices.queries import reporting
from acquit.stages.invoices.queries.rows import parties, stored
from acquit.stages.invoices.rules.document import build

_COLUMNS = """
SELECT d.id, d.kind, d.number, d.issued_on, d.due_on, d.customer_id, c.number, c.name,
       d.currency, d.net_minor, d.tax_minor, d.gross_minor, d.rule, d.corrects_id, d.recorded_at,
       clock.report_by, clock.reported_on"""
_CUSTOMER = " JOIN masterdata_customer c ON c.company_id = d.company_id AND c.id = d.customer_id"
_SELECT = f"{_COLUMNS} FROM invoices_document d{_CUSTOMER}{reporting.JOIN}"


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One line of the invoice list. ``report_by`` is the last day on which the tax office wants it,
    None where it does not."""

    id: UUID
    kind: str
    number: str
    issued_on: date
    due_on: date
    customer_id: UUID
    customer_number: str
    customer_name: str
    net: Money
    tax: Money
    gross: Money
    rule: str
    corrects_id: UUID | None
    recorded_at: datetime
    report_by: date | None
    reported_on: date | None


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Rows and the cursor of the next page; ``after`` is None on the last one."""

    rows: tuple[DocumentRow, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list shows; empty means all. ``number`` finds a part of the number, ``reporting`` is
    a key of ``reporting.CONDITIONS``, of which ``late`` is asked on a day: ``today``."""

    kind: str = ""
    customer_id: UUID | None = None
    number: str = ""
    issued_from: date | None = None
    issued_to: date | None = None
    run_id: UUID | None = None
    reporting: str = ""
    today: date | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """A credit note over a document, and what it took back."""

    id: UUID
    number: str
    issued_on: date
    gross: Money


@dataclass(frozen=True, slots=True)
class LineView:
    """A line as shown, with what may still be credited of it."""

    id: UUID
    line_no: int
    item_code: str
    description: str
    quantity: str
    unit: str
    unit_price: str
    net: Money
    tax: Money
    tax_category: str
    tax_rate: str
    creditable_quantity: str
    delivery_line_id: UUID | None


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One document with everything its page shows. ``document`` is the canonical form."""

    row: DocumentRow
    document: Invoice
    lines: tuple[LineView, ...]
    original: DocumentRow | None
    corrections: tuple[Correction, ...]
    digest: str
    locale: str
    email: str  # the buyer's address at issue; empty when he had none


def documents(
    *, company_id: UUID, filters: Filters, limit: int = 50, after: str | None = None
) -> DocumentPage:
    """Newest first. ``after`` is the cursor of the page before; ValueError when it is none."""
    conditions, values = ["d.company_id = %(company)s"], _values(company_id, filters)
    for present, condition in (
        (filters.kind, "d.kind = %(kind)s"),
        (filters.customer_id, "d.customer_id = %(customer)s"),
        (filters.number, f"{has_part('d.number', text=filters.number)} AND {_LIKE}"),
        (filters.issued_from, "d.issued_on >= %(issued_from)s"),
        (filters.issued_to, "d.issued_on <= %(issued_to)s"),
        (filters.run_id, "d.run_id = %(run)s"),
        (filters.reporting, reporting.CONDITIONS.get(filters.reporting, "true")),
    ):
        if present:
            conditions.append(condition)
    if after:
        day, _, last = after.partition("_")
        values |= {"after_day": date.fromisoformat(day), "after_id": UUID(last)}
        conditions.append("(d.issued_on, d.id) < (%(after_day)s, %(after_id)s)")
    select, order = _SELECT, " ORDER BY d.issued_on DESC, d.id DESC"
    if filters.reporting and not filters.number:
        clocks = reporting.clocks_first(reporting=filters.reporting, after=after)
        select, order = f"{_COLUMNS}{clocks}{_CUSTOMER}", reporting.ORDER
    sql = f"{select} WHERE {' AND '.join(conditions)}{order} LIMIT %(limit)s"
    rows = [_row(row) for row in fetch_rows(sql, values | {"limit": limit + 1})]
    shown = rows[:limit]
    more = len(rows) > limit
    cursor = f"{shown[-1].issued_on.isoformat()}_{shown[-1].id}" if more else None
    return DocumentPage(tuple(shown), cursor)


_LIKE = "d.number ILIKE %(like)s"


def _values(company_id: UUID, filters: Filters) -> dict[str, Any]:
    return parameters(filters.number) | {
        "company": company_id,
        "kind": filters.kind,
        "customer": filters.customer_id,
        "issued_from": filters.issued_from,
        "issued_to": filters.issued_to,
        "run": filters.run_id,
        "today": filters.today,
    }


def _row(row: Sequence[Any]) -> DocumentRow:
    currency = row[8]
    amounts = [Money(minor, currency) for minor in row[9:12]]
    values: list[Any] = [*row[:8], *amounts, *row[12:]]
    return DocumentRow(*values)


def rows_by_id(*, company_id: UUID, ids: Collection[UUID]) -> dict[UUID, DocumentRow]:
    """List rows of given documents, by id."""
    sql = f"{_SELECT} WHERE d.company_id = %s AND d.id = ANY(%s)"
    return {row[0]: _row(row) for row in fetch_rows(sql, [company_id, list(ids)])}


def ids_by_number(*, company_id: UUID, numbers: Collection[str]) -> dict[str, UUID]:
    """Document ids by their legal number, written exactly as printed."""
    rows = fetch_rows(
        "SELECT number, id FROM invoices_document WHERE company_id = %s AND number = ANY(%s)",
        [company_id, list(numbers)],
    )
    return dict(rows)


def payers_by_number(*, company_id: UUID, numbers: Collection[str]) -> dict[str, tuple[str, str]]:
    """Name and account of the customer of each document, by its legal number as printed."""
    rows = fetch_rows(
        "SELECT d.number, c.name, c.iban FROM invoices_document d JOIN masterdata_customer c"
        " ON c.company_id = d.company_id AND c.id = d.customer_id"
        " WHERE d.company_id = %s AND d.number = ANY(%s)",
        [company_id, list(numbers)],
    )
    return {number: (name, iban) for number, name, iban in rows}


def currencies_by_number(*, company_id: UUID, numbers: Collection[str]) -> dict[str, str]:
    """The currency of each document, by its legal number as printed."""
    rows = fetch_rows(
        "SELECT number, currency FROM invoices_document WHERE company_id = %s AND number = ANY(%s)",
        [company_id, list(numbers)],
    )
    return dict(rows)


def canonical(*, company_id: UUID, document_ids: Sequence[UUID]) -> list[Invoice]:
    """The canonical documents in the order asked for; LookupError names one that is not there.

    Four queries whatever their number.
    """
    found = stored(company_id=company_id, ids=document_ids)
    missing = [str(one) for one in document_ids if one not in found]
    if missing:
        raise LookupError(f"no document {', '.join(missing)} in this company")
    digests = {d for s in found.values() for d in (s.head.seller_digest, s.head.buyer_digest)}
    known = parties(company_id=company_id, digests=digests)
    return [
        build(
            head=one.head,
            lines=one.lines,
            taxes=one.taxes,
            seller=known[one.head.seller_digest],
            buyer=known[one.head.buyer_digest],
        )
        for one in (found[document_id] for document_id in document_ids)
    ]


def buyers(*, company_id: UUID, document_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The buyer snapshot of each document: ``party`` and ``locale`` as they were at issue, and
    ``channel`` where a person chose the way this one document goes."""
    rows = fetch_rows(
        "SELECT id, buyer_digest, coalesce(header->>'channel', '') FROM invoices_document"
        " WHERE company_id = %s AND id = ANY(%s)",
        [company_id, list(document_ids)],
    )
    known = parties(company_id=company_id, digests={row[1] for row in rows})
    return {row[0]: known[row[1]] | {"channel": row[2]} for row in rows}


def document(*, company_id: UUID, document_id: UUID) -> DocumentView | None:
    """Everything about one document, None when this company has none of that id."""
    found = rows_by_id(company_id=company_id, ids=[document_id])
    if document_id not in found:
        return None
    row = found[document_id]
    (form,) = canonical(company_id=company_id, document_ids=[document_id])
    ((digest,),) = fetch_rows(
        "SELECT digest FROM invoices_document WHERE company_id = %s AND id = %s",
        [company_id, document_id],
    )
    buyer = buyers(company_id=company_id, document_ids=[document_id])[document_id]
    original = None
    if row.corrects_id:
        original = rows_by_id(company_id=company_id, ids=[row.corrects_id])[row.corrects_id]
    return DocumentView(
        row=row,
        document=form,
        lines=_lines(company_id, document_id, row.gross.currency),
        original=original,
        corrections=_corrections(company_id, document_id),
        digest=digest,
        locale=buyer["locale"],
        email=(buyer["party"].get("contact") or {}).get("email", ""),
    )


def _corrections(company_id: UUID, document_id: UUID) -> tuple[Correction, ...]:
    rows = fetch_rows(
        "SELECT id, number, issued_on, gross_minor, currency FROM invoices_document"
        " WHERE company_id = %s AND corrects_id = %s ORDER BY issued_on, number",
        [company_id, document_id],
    )
    return tuple(
        Correction(id=row[0], number=row[1], issued_on=row[2], gross=Money(row[3], row[4]))
        for row in rows
    )


def _lines(company_id: UUID, document_id: UUID, currency: str) -> tuple[LineView, ...]:
    rows = fetch_rows(
        "SELECT l.id, l.line_no, l.item_code, l.description, trim_scale(l.quantity)::text, l.unit,"
        " trim_scale(l.unit_price)::text, l.net_minor,"
        " (d.rounding_plan->'tax'->>(l.line_no - 1))::bigint, l.tax_category,"
        " trim_scale(l.tax_rate)::text,"
        " trim_scale(l.quantity - coalesce((SELECT sum(c.quantity) FROM invoices_line c"
        "  WHERE c.company_id = l.company_id AND c.corrects_id = l.id), 0))::text,"
        " l.delivery_line_id FROM invoices_line l"
        " JOIN invoices_document d ON d.company_id = l.company_id AND d.id = l.document_id"
        " WHERE l.company_id = %s AND l.document_id = %s ORDER BY l.line_no",
        [company_id, document_id],
    )
    shown: list[list[Any]] = [
        [*row[:7], Money(row[7], currency), Money(row[8], currency), *row[9:]] for row in rows
    ]
    return tuple(LineView(*values) for values in shown)
