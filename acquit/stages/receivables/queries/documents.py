"""Documents with what is open of them: the list of invoices, filtered by how they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from acquit.core.money import Money
from acquit.database.copy import fetch_rows, stream_rows, uuid_array
from acquit.database.listing import Page
from acquit.database.parts import SHORTEST, has_part, parameters
from acquit.database.prepared import fetch_prepared
from acquit.stages.invoices.queries import reporting
from acquit.stages.masterdata.queries import CUSTOMER_PARTS

# How many of the newest documents are looked at one by one for a text. One of two characters is in
# every hundredth number, and no index finds it.
NEWEST, NEWEST_SHORT = 2_000, 20_000
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
    """A document and what is open of it. ``is_credited``: a credit note corrects it. ``report_by``
    is the last day on which the tax office wants it, None where it does not."""

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
    report_by: date | None
    reported_on: date | None

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

    def reporting(self, today: date) -> str:
        """``reported``, ``late_to_report`` or ``to_report``; "" where no tax office wants it."""
        if self.report_by is None or self.reported_on:
            return "reported" if self.reported_on else ""
        return "late_to_report" if self.report_by < today else "to_report"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list shows; empty means all. ``text`` finds parts of number and customer."""

    text: str = ""
    customer_id: UUID | None = None
    state: str = ""
    reporting: str = ""
    kind: str = ""
    issued_from: date | None = None
    issued_to: date | None = None


def documents(
    *, company_id: UUID, wanted: Wanted, today: date, limit: int = 50, after: str | None = None
) -> Page[DocumentBalance]:
    """Newest first. ValueError for a cursor that is none, KeyError for a state. One query, with a
    text sometimes two: what many have is found among the newest ones, which come first anyway; only
    where these do not fill the page, all are looked through by the indexes of parts."""
    values, conditions = _conditions(company_id, wanted, today)
    values["limit"] = limit + 1
    if after:
        day, _, last = after.partition("_")
        values |= {"after_day": date.fromisoformat(day), "after_id": UUID(last)}
        conditions.append("(d.issued_on, d.id) < (%(after_day)s, %(after_id)s)")
    where = " AND ".join(conditions)
    state = _state(wanted)
    rows: list[tuple[Any, ...]] = []
    if wanted.text:
        is_short = len(wanted.text) < SHORTEST
        values |= parameters(wanted.text) | {"newest": NEWEST_SHORT if is_short else NEWEST}
        rows = fetch_rows(_among_newest(where, state), values)
        where = _with_text(where, state, wanted.text)
    if len(rows) <= limit:
        # What all look at; what a filter leaves over decides how it is best read.
        fetch = fetch_prepared if wanted == Wanted() else fetch_rows
        source, order = f"{_FROM}{_CUSTOMER}{_ITEM}", _ORDER
        if wanted.reporting and not wanted.text:
            clocks = reporting.clocks_first(reporting=wanted.reporting, after=after)
            source, order = f"{clocks}{_CUSTOMER}{_OPEN}", reporting.ORDER
        page = f"{order} LIMIT {limit + 1:d}"
        rows = fetch(f"{_SELECT}{source} WHERE {where} AND {state}{page}", values)
    shown = tuple(_row(row) for row in rows[:limit])
    cursor = f"{shown[-1].issued_on.isoformat()}_{shown[-1].id}" if len(rows) > limit else None
    return Page(shown, cursor)


def every_document(
    *, company_id: UUID, wanted: Wanted, today: date, ids: Sequence[UUID] | None = None
) -> Iterator[DocumentBalance]:
    """All that match, newest first, or of these ``ids`` alone, read as they are taken: the
    caller's transaction must last that long."""
    where, state, values = _every(company_id, wanted, today, ids)
    for rows in stream_rows(
        f"{_SELECT}{_FROM}{_CUSTOMER}{_ITEM} WHERE {where} AND {state}{_ORDER}", values
    ):
        yield from map(_row, rows)


def matching(*, company_id: UUID, wanted: Wanted, today: date) -> tuple[int, list[Money]]:
    """How many match, and their sums by currency; credit notes count against."""
    where, state, values = _every(company_id, wanted, today, None)
    rows = fetch_rows(
        "SELECT d.currency, count(*), sum(CASE d.kind WHEN 'credit_note' THEN -d.gross_minor"
        f" ELSE d.gross_minor END)::bigint{_FROM}{_ITEM}"
        f" WHERE {where} AND {state} GROUP BY d.currency ORDER BY d.currency",
        values,
    )
    return sum(row[1] for row in rows), [Money(row[2], row[0]) for row in rows]


def _conditions(company_id: UUID, wanted: Wanted, today: date) -> tuple[dict[str, Any], list[str]]:
    """The values, and what is asked of the document itself; text and state stand apart."""
    values: dict[str, Any] = {
        "company": company_id,
        "today": today,
        "customer": wanted.customer_id,
        "kind": wanted.kind,
        "from": wanted.issued_from,
        "to": wanted.issued_to,
    }
    conditions = ["d.company_id = %(company)s"]
    for present, condition in (
        (wanted.customer_id, "d.customer_id = %(customer)s"),
        (wanted.kind, "d.kind = %(kind)s"),
        (wanted.issued_from, "d.issued_on >= %(from)s"),
        (wanted.issued_to, "d.issued_on <= %(to)s"),
    ):
        if present:
            conditions.append(condition)
    return values, conditions


def _every(
    company_id: UUID, wanted: Wanted, today: date, ids: Sequence[UUID] | None
) -> tuple[str, str, dict[str, Any]]:
    """What is asked of all documents, without pages: of the document, of its state; the values."""
    values, conditions = _conditions(company_id, wanted, today)
    if ids is not None:
        conditions.append("d.id = ANY(%(ids)s::uuid[])")
        values["ids"] = uuid_array(ids)
    where = " AND ".join(conditions)
    state = _state(wanted)
    if wanted.text:
        values |= parameters(wanted.text)
        where = _with_text(where, state, wanted.text, page="")
    return where, state, values


def _state(wanted: Wanted) -> str:
    """What is asked of the item and of the clock of a document."""
    found = [_CONDITIONS[wanted.state]] if wanted.state else []
    found += [reporting.CONDITIONS[wanted.reporting]] if wanted.reporting else []
    return " AND ".join(found) or "true"


def _row(row: Sequence[Any]) -> DocumentBalance:
    return DocumentBalance(
        *row[:8],
        gross=Money(row[9], row[8]),
        open=Money(row[10], row[8]),
        is_credited=row[11],
        report_by=row[12],
        reported_on=row[13],
    )


# A value of one row and no EXISTS: for that the planner reads every document there is.
_SELECT = (
    "SELECT d.id, d.kind, d.number, d.issued_on, i.due_on, d.customer_id, c.number, c.name,"
    " d.currency, d.gross_minor, i.open_minor, coalesce((SELECT true FROM invoices_document n"
    "  WHERE n.company_id = d.company_id AND n.corrects_id = d.id LIMIT 1), false),"
    " clock.report_by, clock.reported_on"
)
_OPEN = " JOIN receivables_open_item i ON i.company_id = d.company_id AND i.document_id = d.id"
_ITEM = f"{_OPEN}{reporting.JOIN}"
_FROM = " FROM invoices_document d"
_CUSTOMER = " JOIN masterdata_customer c ON c.company_id = d.company_id AND c.id = d.customer_id"
_ORDER = " ORDER BY d.issued_on DESC, d.id DESC"
_PAGE = f"{_ORDER} LIMIT %(limit)s"
_NAMED = "(c.number ILIKE %(like)s OR c.name ILIKE %(like)s)"


def _among_newest(where: str, state: str) -> str:
    """Some thousand documents looked at one by one. ``OFFSET 0`` keeps the planner from reading all
    customers for the sake of a few."""
    newest = f""" FROM (
        SELECT d.* FROM invoices_document d WHERE {where}
        ORDER BY d.issued_on DESC, d.id DESC LIMIT %(newest)s
    ) d CROSS JOIN LATERAL (
        SELECT c.number, c.name FROM masterdata_customer c
        WHERE c.company_id = d.company_id AND c.id = d.customer_id OFFSET 0
    ) c"""
    return (
        f"{_SELECT}{newest}{_ITEM} WHERE (d.number ILIKE %(like)s OR {_NAMED}) AND {state}{_PAGE}"
    )


def _with_text(where: str, state: str, text: str, *, page: str = _PAGE) -> str:
    """The condition to be of the first page of those whose number or customer has it, out of all
    there are, by the indexes of parts; without a ``page`` of all of them."""
    item = _ITEM if state != "true" else ""
    return f"""d.company_id = %(company)s AND d.id IN (SELECT d.id FROM (
        SELECT d.id, d.company_id, d.issued_on FROM invoices_document d
        WHERE {where} AND {has_part("d.number", text=text)} AND d.number ILIKE %(like)s
        UNION
        SELECT d.id, d.company_id, d.issued_on FROM invoices_document d
        WHERE {where} AND d.customer_id = ANY(ARRAY(
            SELECT c.id FROM masterdata_customer c WHERE c.company_id = %(company)s
            AND {has_part(CUSTOMER_PARTS, text=text)} AND {_NAMED}))
        ) d{item} WHERE {state}{page})"""
