"""The billing page: counts, header figures, and drafts with their checks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from acquit.core.documents.invoice import Invoice
from acquit.core.faults import Fault, Severity
from acquit.core.money import Money
from acquit.database.copy import fetch_rows
from acquit.database.listing import Listing, Page
from acquit.database.prepared import fetch_prepared
from acquit.database.together import Read, Rows
from acquit.stages.invoices.models import Draft
from acquit.stages.invoices.queries import work
from acquit.stages.invoices.rules.amounts import from_micro
from acquit.stages.invoices.rules.plan import from_json
from acquit.stages.invoices.rules.prospect import prospect

TABS = {"review": ("review", "held"), "ready": ("ready",)}
UNNUMBERED = "–"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many drafts are in one state, and their gross amount per currency."""

    state: str
    count: int
    gross: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One draft in the list. ``checks`` reads "3 passed, 1 failed: buyer reference missing"."""

    id: UUID
    state: str
    kind: str
    customer_id: UUID
    customer_number: str
    customer_name: str
    channel: str
    order: str
    gross: Money
    checks: str
    passed: int
    faults: tuple[Fault, ...]
    held_reason: str
    rule: str
    sources: dict[str, Any]
    created_at: datetime
    issue_at: datetime | None
    issue_on: date | None
    tax_point: date | None


@dataclass(frozen=True, slots=True)
class OpenDeliveries:
    """What a run would take up: lines and customers not yet billed."""

    lines: int
    customers: int


def waiting(*, company_id: UUID) -> Read[dict[str, Waiting]]:
    """Counts and amounts of the drafts that wait, by state: review, held, ready, scheduled."""
    return Read(
        "SELECT state, currency, count(*), sum(gross_minor)::bigint AS gross FROM invoices_draft"
        " WHERE company_id = %(company)s AND state IN ('review', 'held', 'ready', 'scheduled')"
        " GROUP BY state, currency ORDER BY state, currency",
        {"company": company_id},
        _waiting,
    )


def _waiting(rows: Rows) -> dict[str, Waiting]:
    result: dict[str, Waiting] = {}
    for state in ("review", "held", "ready", "scheduled"):
        mine = [row for row in rows if row["state"] == state]
        gross = tuple(Money(row["gross"], row["currency"]) for row in mine)
        result[state] = Waiting(state, sum(row["count"] for row in mine), gross)
    return result


def open_deliveries(*, company_id: UUID, as_of: date) -> Read[OpenDeliveries]:
    """Delivery lines up to a day that no draft or document claims."""
    # Few deliveries are of a later day: those are looked up, and taken from the index of all.
    return Read(
        "SELECT count(*) AS lines, count(DISTINCT u.customer_id) AS customers"
        " FROM orders_unbilled u"
        " WHERE u.company_id = %(company)s AND u.billing = 'open' AND NOT EXISTS ("
        "SELECT FROM orders_delivery d JOIN orders_delivery_line l"
        " ON l.company_id = d.company_id AND l.delivery_id = d.id"
        " WHERE d.company_id = u.company_id AND d.delivered_on > %(as_of)s AND l.id = u.id)",
        {"company": company_id, "as_of": as_of},
        lambda rows: OpenDeliveries(**rows[0]),
    )


def issued_on(*, company_id: UUID, day: date) -> int:
    """How many documents carry this date."""
    rows = fetch_rows(
        "SELECT count(*) FROM invoices_document WHERE company_id = %s AND issued_on = %s",
        [company_id, day],
    )
    return int(rows[0][0])


_COLUMNS = (
    "d.id, d.state, d.kind, d.customer_id, c.number, c.name,"
    " coalesce(d.content->'header'->>'channel', c.channel),"
    " coalesce(d.content->'header'->>'sales_order', ''), d.gross_minor, d.currency,"
    " d.checks_passed, d.faults, d.held_reason, d.rule, d.sources, d.created_at,"
    " d.issue_at, d.issue_on, (d.content->'header'->>'tax_point')::date"
)
_SOURCE = (
    "FROM invoices_draft d JOIN masterdata_customer c"
    " ON c.company_id = d.company_id AND c.id = d.customer_id WHERE d.company_id = %(company)s"
)
_DRAFT = f"SELECT {_COLUMNS} {_SOURCE}"


def drafts(
    *, company_id: UUID, states: Sequence[str], limit: int = 50, after: str | None = None
) -> Page[DraftRow]:
    """Drafts in the given states, newest first; ``after`` is the cursor of the page before."""
    values: dict[str, Any] = {"company": company_id}
    condition = ""
    if after:
        at, _, last = after.partition("_")
        values |= {"at": datetime.fromisoformat(at), "last": UUID(last)}
        condition = " AND (created_at, id) < (%(at)s, %(last)s)"
    parts = []
    for number, state in enumerate(states):
        values[f"state{number}"] = state
        parts.append(
            "(SELECT id FROM invoices_draft WHERE company_id = %(company)s"
            f" AND state = %(state{number})s{condition}"
            f" ORDER BY created_at DESC, id DESC LIMIT {limit + 1:d})"
        )
    # The newest of each state by its index; only those of the page are read whole.
    rows = fetch_prepared(
        f"{_DRAFT} AND d.id = ANY(ARRAY({' UNION ALL '.join(parts)}))"
        f" ORDER BY d.created_at DESC, d.id DESC LIMIT {limit + 1:d}",
        values,
    )
    shown = tuple(_row(row) for row in rows[:limit])
    more = len(rows) > limit
    cursor = f"{shown[-1].created_at.isoformat()}_{shown[-1].id}" if more else None
    return Page(shown, cursor)


def draft(*, company_id: UUID, draft_id: UUID) -> DraftRow | None:
    """One draft as the list shows it."""
    found = Draft.objects.of(company_id).filter(id=draft_id).values_list("state", flat=True).first()
    if found is None:
        return None
    rows = fetch_rows(f"{_DRAFT} AND d.id = %(id)s", {"company": company_id, "id": draft_id})
    return _row(rows[0])


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line of a draft; ``position`` counts from 1 as on the paper."""

    id: UUID
    position: int
    item_code: str
    description: str
    quantity: Decimal
    unit: str
    net: Money


def draft_lines(*, company_id: UUID, draft_id: UUID) -> list[DraftLine]:
    """The lines of a draft in the order of the paper; empty when there is no such draft."""
    row = Draft.objects.of(company_id).filter(id=draft_id).first()
    if row is None:
        return []
    return [
        DraftLine(
            line.id,
            position,
            line.item_code,
            line.description,
            from_micro(line.quantity),
            line.unit,
            Money(line.net_minor, row.currency),
        )
        for position, line in enumerate(from_json(row.content).lines, start=1)
    ]


def ready_ids(*, company_id: UUID, limit: int = 5000) -> list[UUID]:
    """The ready drafts in the order they would be issued: what "Send 42" sends."""
    rows = fetch_rows(
        "SELECT id FROM invoices_draft WHERE company_id = %s AND state = 'ready'"
        " ORDER BY created_at, id LIMIT %s",
        [company_id, limit],
    )
    return [row[0] for row in rows]


def preview(*, company_id: UUID, draft_id: UUID, on: date) -> Invoice | None:
    """The canonical document a draft would become if it were issued on a day; no number yet."""
    row = Draft.objects.of(company_id).filter(id=draft_id).first()
    if row is None:
        return None
    on = row.issue_on or on
    plan = from_json(row.content)
    setup = work.setup(company_id=company_id, on=on)
    customer = work.customers(company_id=company_id, ids=[row.customer_id])[row.customer_id]
    return prospect(
        plan=plan,
        customer=customer,
        company=setup.company,
        pack=setup.pack,
        terms=setup.terms,
        on=on,
        number=UNNUMBERED,
    )


def _row(row: Sequence[Any]) -> DraftRow:
    faults = tuple(Fault.from_dict(fault) for fault in json.loads(row[11]))
    return DraftRow(
        *row[:8],
        gross=Money(row[8], row[9]),
        checks=checks_text(passed=row[10], faults=faults),
        passed=row[10],
        faults=faults,
        held_reason=row[12],
        rule=row[13],
        sources=json.loads(row[14]),
        created_at=row[15],
        issue_at=row[16],
        issue_on=row[17],
        tax_point=row[18],
    )


def _made(*row: Any) -> DraftRow:
    return _row(row)


# What waits to be issued; with a text few are left, so they need no index of their own.
DRAFTS = Listing(
    columns=_COLUMNS,
    source=f"{_SOURCE} AND d.state IN ('review', 'held', 'ready')",
    newest=("d.created_at", "d.id"),
    make=_made,
    conditions={
        "tab": {"review": "d.state IN ('review', 'held')", "ready": "d.state = 'ready'"},
        "q": "(c.name ILIKE %(like)s OR c.number ILIKE %(like)s"
        " OR d.content->'header'->>'sales_order' ILIKE %(like)s)",
    },
    amount=("d.currency", "d.gross_minor"),
)


def checks_text(*, passed: int, faults: Sequence[Fault]) -> str:
    """The checks in one line: "3 passed, 1 failed: buyer reference missing"."""
    failed = [fault.message for fault in faults if fault.severity is Severity.FATAL]
    warned = [fault.message for fault in faults if fault.severity is not Severity.FATAL]
    parts = [f"{passed} passed"]
    if failed:
        parts.append(f"{len(failed)} failed: {'; '.join(failed)}")
    if warned:
        parts.append(f"{len(warned)} to note: {'; '.join(warned)}")
    return ", ".join(parts)
