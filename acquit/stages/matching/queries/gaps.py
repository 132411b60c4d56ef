"""Gaps as a list: what money left open, whose question it is, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from acquit.core.money import Money
from acquit.database.copy import fetch_rows, uuid_array
from acquit.database.parts import parameters
from acquit.database.together import Read, count
from acquit.history.kept import unless_kept

STATES = ("open", "overdue", "adjusted", "paid", "credited", "withdrawn")
MINE = "mine"  # the owner that means who asks
CLEARED = "cleared"  # the state that means all but open


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list shows; empty means all. ``owner`` is a role, or :data:`MINE`: the gaps of
    ``person_id`` and those of ``roles`` that nobody is named for."""

    state: str = "open"
    kind: str = ""
    owner: str = ""
    currency: str = ""
    customer_id: UUID | None = None
    text: str = ""  # in the document's number or the customer's name or number
    ids: tuple[UUID, ...] = ()
    person_id: UUID | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GapView:
    """A gap as it stands. ``amount`` is what is open of the item now, of a cleared gap what it was;
    ``number`` is the document's, of money left over the receipt's."""

    id: UUID
    state: str
    kind: str
    item_id: UUID
    item_kind: str
    number: str
    document_id: UUID | None
    receipt_id: UUID
    customer_id: UUID | None
    customer_number: str
    customer_name: str
    amount: Money
    original: Money
    worth_minor: int  # of what is open, in the company's currency
    owner: str
    person_id: UUID | None
    due_on: date
    rule: str
    noted_on: date
    closed_on: date | None
    payer_name: str
    person_name: str

    def age(self, today: date) -> int:
        """Days since it was left open; of a cleared one until it was cleared."""
        return ((self.closed_on or today) - self.noted_on).days

    def is_overdue(self, today: date) -> bool:
        return self.state == "open" and self.due_on < today


@dataclass(frozen=True, slots=True)
class GapSum:
    """Gaps of one kind and currency."""

    kind: str
    count: int
    total: Money


_NOW = "CASE WHEN g.state = 'open' THEN i.open_minor ELSE g.amount_minor END"
_FROM = (
    " FROM matching_gap g JOIN receivables_open_item i"
    " ON i.company_id = g.company_id AND i.id = g.item_id"
    " LEFT JOIN masterdata_customer c ON c.company_id = i.company_id AND c.id = i.customer_id"
)
_SELECT = (
    "SELECT g.id, g.state, g.kind, i.id, i.kind, i.number, i.document_id, g.receipt_id,"
    " i.customer_id, coalesce(c.number, ''), coalesce(c.name, ''), g.currency,"
    f" {_NOW}, i.original_minor, i.open_functional_minor, g.owner, g.person_id, g.due_on, g.rule,"
    f" g.noted_on, g.closed_on, r.payer_name, coalesce(u.name, ''){_FROM}"
    " JOIN receipts_receipt r ON r.company_id = g.company_id AND r.id = g.receipt_id"
    " LEFT JOIN access_user u ON u.id = g.person_id"
)


def gaps(
    *, company_id: UUID, wanted: Wanted, today: date, limit: int = 50, after: str | None = None
) -> tuple[list[GapView], str | None]:
    """The first deadlines first, with the cursor of the next page; None on the last one. One query.
    ValueError for a cursor that is none."""
    where, values = _where(company_id, wanted, today)
    if after:
        day, _, last = after.partition("_")
        values |= {"after_day": date.fromisoformat(day), "after_id": UUID(last)}
        where += " AND (g.due_on, g.id) > (%(after_day)s, %(after_id)s)"
    order = " ORDER BY g.due_on, g.id LIMIT %(limit)s"
    rows = fetch_rows(f"{_SELECT}{where}{order}", values | {"limit": limit + 1})
    found = [_view(row) for row in rows[:limit]]
    more = f"{found[-1].due_on.isoformat()}_{found[-1].id}" if len(rows) > limit else None
    return found, more


Sums = Read[list[GapSum]]


def sums(*, company_id: UUID, wanted: Wanted, today: date) -> Sums:
    """What matches by kind and currency, the most money first within a currency."""
    where, values = _where(company_id, wanted, today)
    return Read(
        f"SELECT g.kind, g.currency, count(*) AS count, sum({_NOW})::bigint AS minor{_FROM}{where}"
        " GROUP BY g.kind, g.currency ORDER BY 2, 4 DESC, 1",
        values,
        lambda rows: [
            GapSum(row["kind"], row["count"], Money(row["minor"], row["currency"])) for row in rows
        ],
    )


def overdue(*, company_id: UUID, today: date) -> Read[int]:
    """How many open gaps should be cleared by now; counted when facts were recorded since."""
    asked = count(
        "SELECT count(*) FROM matching_gap"
        " WHERE company_id = %(company)s AND state = 'open' AND due_on < %(today)s",
        {"company": company_id, "today": today},
    )
    return unless_kept(asked, company_id=company_id)


def gap(*, company_id: UUID, gap_id: UUID) -> GapView | None:
    rows = fetch_rows(
        f"{_SELECT} WHERE g.company_id = %(company)s AND g.id = %(id)s",
        {"company": company_id, "id": gap_id},
    )
    return _view(rows[0]) if rows else None


def recent_gaps(*, company_id: UUID, limit: int) -> list[GapView]:
    """The latest gaps, cleared or not, as the policy was asked about them."""
    rows = fetch_rows(
        f"{_SELECT} WHERE g.company_id = %(company)s ORDER BY g.noted_on DESC, g.id DESC"
        " LIMIT %(limit)s",
        {"company": company_id, "limit": limit},
    )
    return [_view(row) for row in rows]


def _where(company_id: UUID, wanted: Wanted, today: date) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {
        "company": company_id,
        "today": today,
        "state": "open" if wanted.state == "overdue" else wanted.state,
        "kind": wanted.kind,
        "owner": wanted.owner,
        "currency": wanted.currency,
        "customer": wanted.customer_id,
        "ids": uuid_array(wanted.ids),
        **parameters(wanted.text),
        "person": wanted.person_id,
        "roles": list(wanted.roles),
    }
    is_mine = wanted.owner == MINE
    conditions = ["g.company_id = %(company)s"]
    for present, condition in (
        (wanted.state == CLEARED, "g.state <> 'open'"),
        (wanted.state and wanted.state != CLEARED, "g.state = %(state)s"),
        (wanted.state == "overdue", "g.due_on < %(today)s"),
        (wanted.kind, "g.kind = %(kind)s"),
        (wanted.owner and not is_mine, "g.owner = %(owner)s"),
        (
            is_mine,
            "(g.person_id = %(person)s OR g.person_id IS NULL AND g.owner = ANY(%(roles)s))",
        ),
        (wanted.currency, "g.currency = %(currency)s"),
        (wanted.customer_id, "i.customer_id = %(customer)s"),
        (wanted.ids, "g.id = ANY(%(ids)s::uuid[])"),
        (
            wanted.text,
            "(i.number ILIKE %(like)s OR c.name ILIKE %(like)s OR c.number ILIKE %(like)s)",
        ),
    ):
        if present:
            conditions.append(condition)
    return f" WHERE {' AND '.join(conditions)}", values


def _view(row: Sequence[Any]) -> GapView:
    currency, now, original = row[11:14]
    values = (*row[:11], Money(now, currency), Money(original, currency), *row[14:])
    return GapView(*values)
