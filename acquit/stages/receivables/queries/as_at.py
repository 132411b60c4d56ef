"""The as-at engine: what was open on a day, as it was known at an instant. One SQL for all reports.

What was open then = what is open now + everything that was allocated since. ``since`` means
effective after the day, or recorded after the instant. For a recent day that is next to nothing,
and for the present it is nothing: then the items' own ``open_minor`` is the answer and the
allocation log is not read at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.history.known import told

_COLUMNS = "i.id, i.kind, i.currency, i.due_on"


@dataclass(frozen=True, slots=True)
class Positions:
    """A relation ``position`` (customer_id, id, kind, currency, due_on, open_minor,
    open_functional_minor) as a WITH clause, and its parameters. Amounts are positive; the kind
    gives the side."""

    with_sql: str
    parameters: dict[str, Any]


def positions(
    *,
    company_id: UUID,
    as_at: date,
    known_at: datetime | None,
    customer_ids: Sequence[UUID] | None = None,
    from_log: bool | None = None,
) -> Positions:
    """The open items of the company, or of some customers. One small query decides whether the
    log must be read; ``from_log`` decides it instead."""
    if from_log is None:
        from_log = known_at is not None or _moved_since(company_id, as_at)
    parameters: dict[str, Any] = {"company": company_id, "as_at": as_at}
    if known_at is not None:
        told(company_id=company_id, known_at=known_at)
        parameters["known_at"] = known_at
    if customer_ids is not None:
        parameters["customers"] = list(customer_ids)
    if not from_log:
        return Positions(_now(customer_ids is not None), parameters)
    if customer_ids is None:
        return Positions(_whole_log(known_at is not None), parameters)
    return Positions(_log_of_customers(known_at is not None), parameters)


def balances(
    *, company_id: UUID, as_at: date, known_at: datetime | None
) -> dict[tuple[str, str], tuple[int, int]]:
    """(kind, currency) -> (open, open in company currency): the sub-ledger that the control
    accounts must equal (invariant I7)."""
    relation = positions(company_id=company_id, as_at=as_at, known_at=known_at)
    rows = fetch_rows(
        f"{relation.with_sql} SELECT kind, currency, sum(open_minor), sum(open_functional_minor)"
        " FROM position GROUP BY kind, currency",
        relation.parameters,
    )
    return {(kind, currency): (int(minor), int(home)) for kind, currency, minor, home in rows}


def _moved_since(company_id: UUID, as_at: date) -> bool:
    values = {"company": company_id, "as_at": as_at}
    ((moved,),) = fetch_rows(f"SELECT {MOVED_SINCE}", values)
    return bool(moved)


# Whether the log says anything about the time after the day: then the present is not the answer.
MOVED_SINCE = (
    "(EXISTS (SELECT 1 FROM receivables_allocation"
    "  WHERE company_id = %(company)s AND effective_on > %(as_at)s)"
    " OR EXISTS (SELECT 1 FROM receivables_payer_change"
    "  WHERE company_id = %(company)s AND effective_on > %(as_at)s))"
)


def _now(of_customers: bool) -> str:
    scope = " AND i.customer_id = ANY(%(customers)s)" if of_customers else ""
    return (
        f"WITH position AS (SELECT i.customer_id, {_COLUMNS}, i.open_minor,"
        " i.open_functional_minor FROM receivables_open_item i"
        " WHERE i.company_id = %(company)s AND i.open_minor > 0"
        f" AND i.effective_on <= %(as_at)s{scope})"
    )


def _later(table: str, known: bool) -> str:
    """The condition of a row of the log that had not happened, or was not known, yet."""
    if not known:
        return f"{table}.effective_on > %(as_at)s"
    return f"({table}.effective_on > %(as_at)s OR {table}.recorded_at > %(known_at)s)"


def _there(known: bool) -> str:
    text = "i.company_id = %(company)s AND i.effective_on <= %(as_at)s"
    return f"{text} AND i.recorded_at <= %(known_at)s" if known else text


def _later_sums(known: bool, mine: str) -> str:
    """Per item, what was allocated since; ``mine`` narrows both sides of the log to some items."""
    sides = (
        f"SELECT a.{side}_item_id AS item_id, a.amount_minor,"
        f" a.{side}_functional_minor AS functional_minor FROM receivables_allocation a"
        f"{mine.format(side=side)} WHERE a.company_id = %(company)s AND {_later('a', known)}"
        for side in ("debit", "credit")
    )
    return (
        "SELECT item_id, sum(amount_minor)::bigint AS minor,"
        " sum(functional_minor)::bigint AS functional"
        f" FROM ({' UNION ALL '.join(sides)}) AS side GROUP BY item_id"
    )


def _moved(known: bool, mine: str) -> str:
    """Per item, whose it was before the first change of payer since; ``mine`` narrows the items."""
    return (
        "SELECT DISTINCT ON (c.item_id) c.item_id, c.customer_before_id"
        f" FROM receivables_payer_change c{mine}"
        f" WHERE c.company_id = %(company)s AND {_later('c', known)}"
        " ORDER BY c.item_id, c.position"
    )


_CUSTOMER = "CASE WHEN m.item_id IS NULL THEN i.customer_id ELSE m.customer_before_id END"
_OPEN = (
    "i.open_minor + coalesce(l.minor, 0) AS open_minor,"
    " i.open_functional_minor + coalesce(l.functional, 0) AS open_functional_minor"
)


def _whole_log(known: bool) -> str:
    """Items open now by the partial index, plus those closed since, found through the log."""
    there = _there(known)
    return (
        f"WITH later AS MATERIALIZED ({_later_sums(known, '')}),"
        f" moved AS MATERIALIZED ({_moved(known, '')}),"
        f" position AS (SELECT {_CUSTOMER} AS customer_id, {_COLUMNS}, {_OPEN}"
        " FROM receivables_open_item i LEFT JOIN later l ON l.item_id = i.id"
        f" LEFT JOIN moved m ON m.item_id = i.id WHERE {there} AND i.open_minor > 0"
        " AND i.open_minor + coalesce(l.minor, 0) > 0"
        f" UNION ALL SELECT {_CUSTOMER}, {_COLUMNS}, {_OPEN}"
        " FROM later l JOIN receivables_open_item i ON i.id = l.item_id"
        f" LEFT JOIN moved m ON m.item_id = i.id"
        f" WHERE {there} AND i.open_minor = 0 AND l.minor > 0)"
    )


def _log_of_customers(known: bool) -> str:
    """The same for a few customers: their items, and those that were theirs before. What was
    closed by the day and has not moved since was closed then too, as far as is known now: paid
    history is not looked up in the log."""
    live = "" if known else " AND (i.open_minor > 0 OR i.moved_on > %(as_at)s)"
    mine = " JOIN mine ON mine.id = a.{side}_item_id"
    return (
        "WITH mine AS MATERIALIZED (SELECT i.id FROM receivables_open_item i"
        f" WHERE {_there(known)}{live} AND i.customer_id = ANY(%(customers)s)"
        " UNION SELECT c.item_id FROM receivables_payer_change c"
        " WHERE c.company_id = %(company)s AND c.customer_before_id = ANY(%(customers)s)),"
        f" later AS MATERIALIZED ({_later_sums(known, mine)}),"
        f" moved AS MATERIALIZED ({_moved(known, ' JOIN mine ON mine.id = c.item_id')}),"
        " position AS (SELECT * FROM ("
        f"SELECT {_CUSTOMER} AS customer_id, {_COLUMNS}, {_OPEN}"
        " FROM mine JOIN receivables_open_item i ON i.id = mine.id"
        " LEFT JOIN later l ON l.item_id = i.id LEFT JOIN moved m ON m.item_id = i.id"
        f" WHERE {_there(known)}) AS candidate"
        " WHERE open_minor > 0 AND customer_id = ANY(%(customers)s))"
    )
