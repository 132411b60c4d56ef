"""Billing runs that were made: when, by whom, by which policy, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from acquit.core.money import Money
from acquit.database.copy import fetch_rows

WAITING = ("review", "ready", "held", "scheduled")
# What a run made and nobody has pressed to be sent: it can be taken back without a trace in the
# books, for nothing of it has a number.
RECALLABLE = ("review", "ready", "held")


@dataclass(frozen=True, slots=True)
class RunTotal:
    """What a run issued in one currency: invoices less credit notes."""

    net: Money
    tax: Money

    @property
    def gross(self) -> Money:
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run over the deliveries up to ``as_of``. ``held`` drafts waited for a person when it ended,
    ``waiting`` of them wait still. Without ``finished_at`` it was interrupted."""

    id: UUID
    as_of: date
    started_at: datetime
    finished_at: datetime | None
    actor_name: str
    policy: str
    invoices: int
    credit_notes: int
    held: int
    waiting: int
    totals: tuple[RunTotal, ...]


@dataclass(frozen=True, slots=True)
class RunPage:
    rows: tuple[RunRow, ...]
    after: str | None


_RUNS = (
    "SELECT id, as_of, started_at, finished_at, actor_name, policy_version, invoices,"
    " credit_notes, held FROM invoices_run WHERE company_id = %(company)s"
)


def runs(*, company_id: UUID, limit: int, after: str | None = None) -> RunPage:
    """The runs, newest first; ``after`` is the cursor of the page before. Three queries."""
    values: dict[str, object] = {"company": company_id, "limit": limit + 1}
    condition = ""
    if after:
        at, _, last = after.partition("_")
        values |= {"at": datetime.fromisoformat(at), "last": UUID(last)}
        condition = " AND (started_at, id) < (%(at)s, %(last)s)"
    rows = fetch_rows(
        f"{_RUNS}{condition} ORDER BY started_at DESC, id DESC LIMIT %(limit)s", values
    )
    shown = _views(company_id, rows[:limit])
    more = len(rows) > limit
    cursor = f"{shown[-1].started_at.isoformat()}_{shown[-1].id}" if more else None
    return RunPage(tuple(shown), cursor)


def run(*, company_id: UUID, run_id: UUID) -> RunRow | None:
    """One run, or None when the company has none of that id."""
    rows = fetch_rows(f"{_RUNS} AND id = %(id)s", {"company": company_id, "id": run_id})
    return _views(company_id, rows)[0] if rows else None


def waiting_drafts(*, company_id: UUID, run_id: UUID) -> list[UUID]:
    """The drafts of a run that nobody has pressed to be sent yet."""
    rows = fetch_rows(
        "SELECT id FROM invoices_draft WHERE company_id = %s AND state = ANY(%s) AND run_id = %s"
        " ORDER BY created_at, id",
        [company_id, list(RECALLABLE), run_id],
    )
    return [row[0] for row in rows]


def _views(company_id: UUID, rows: list[tuple[object, ...]]) -> list[RunRow]:
    ids = [row[0] for row in rows]
    # A run dates what it issues on its day, and the documents of a day are found by an index.
    sums = fetch_rows(
        "SELECT d.run_id, d.currency,"
        " sum(CASE d.kind WHEN 'credit_note' THEN -d.net_minor ELSE d.net_minor END)::bigint,"
        " sum(CASE d.kind WHEN 'credit_note' THEN -d.tax_minor ELSE d.tax_minor END)::bigint"
        " FROM invoices_document d WHERE d.company_id = %s AND d.run_id = ANY(%s)"
        " AND d.issued_on = ANY(%s) GROUP BY d.run_id, d.currency ORDER BY d.run_id, d.currency",
        [company_id, ids, sorted({row[1] for row in rows})],  # type: ignore[type-var]
    )
    totals: dict[object, list[RunTotal]] = {}
    for run_id, currency, net, tax in sums:
        totals.setdefault(run_id, []).append(RunTotal(Money(net, currency), Money(tax, currency)))
    waiting = dict(
        fetch_rows(
            "SELECT run_id, count(*) FROM invoices_draft"
            " WHERE company_id = %s AND state = ANY(%s) AND run_id = ANY(%s) GROUP BY run_id",
            [company_id, list(WAITING), ids],
        )
    )
    return [
        RunRow(*row, waiting=waiting.get(row[0], 0), totals=tuple(totals.get(row[0], ())))  # type: ignore[arg-type]
        for row in rows
    ]
