"""Open items as movements, whole columns in one statement: what the columnar cache is made of.

A movement adds to what one customer owes (or has unapplied) from a day on: an item when it came to
be, an allocation on both its items, a receipt that changed its payer. What was open on a day is the
sum of the movements up to it, so new facts only ever append.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import Cursor

from acquit.database import behind

# A day before all of the calendar: it holds what was open before the first day asked for.
CARRIED = -(2**30)
# A due day after all of the calendar: that of money which settles nothing yet, and has none.
UNAPPLIED = 2**30
_EPOCH = date(2000, 1, 1)
# The facts after which something is open that was not, or the other way round.
_ISSUED, _RECEIVED = "invoices.DocumentIssued", "receipts.ReceiptRecorded"
_APPLIED = ("receivables.CashApplied", "receivables.AllocationUndone")
_NAMED, _WITHDRAWN = "receivables.PayerIdentified", "receivables.PayerWithdrawn"


def _day(column: str) -> str:
    return f"{column} - DATE '{_EPOCH}'"


# Where an item begins: on its own day, or before all others.
_BEGIN = f"CASE WHEN i.effective_on < %(first)s THEN {CARRIED} ELSE {_day('i.effective_on')} END"
# Moved since the first day; what moved after the last one is taken back only.
_MOVED = "{0}.effective_on >= %(first)s AND (at.day <= " + _day("%(last)s::date") + ")"


@dataclass(frozen=True, slots=True)
class Mark:
    """A link of the company's chain of facts. Commands of a company commit in the order of their
    links, so whoever sees a link sees everything before it and nothing after it; the hash tells
    a link from another of the same number (a database restored, a transaction taken back)."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Movements:
    """Columns of equal length. ``person`` counts from 1 into ``people`` (0: payer not known),
    ``people`` are (id, number) in the order of numbers; ``unit`` counts from 0 into
    ``currencies``; amounts in minor units, signed."""

    mark: Mark
    people: tuple[tuple[UUID, str], ...]
    currencies: tuple[str, ...]
    day: NDArray[np.int32]
    person: NDArray[np.int32]
    unit: NDArray[np.int64]
    due: NDArray[np.int32]
    minor: NDArray[np.int64]
    home: NDArray[np.int64]


def number_of(day: date) -> int:
    """The day as the columns count it."""
    return (day - _EPOCH).days


def between(*, company_id: UUID, first: date, last: date, limit: int) -> Movements | None:
    """Everything open before ``first`` and what moved from then up to ``last``. None where there
    are more than ``limit`` movements, or no chain of facts.

    Read from what is open now, which an index holds, and not from what was ever paid: whatever
    moved since ``first`` is taken back where its item began, and counted on its own day.
    """
    within = "i.effective_on <= %(last)s"
    is_open = (
        f"SELECT {_BEGIN}, i.customer_id, i.currency, i.kind, i.due_on, i.open_minor,"
        " i.open_functional_minor FROM receivables_open_item i"
        f" WHERE i.company_id = %(company)s AND i.open_minor > 0 AND {within}"
    )
    allocations = [
        f"SELECT at.day, a.{side}_customer_id, i.currency, i.kind, i.due_on,"
        f" at.sign * a.amount_minor, at.sign * a.{side}_functional_minor"
        " FROM receivables_allocation a JOIN receivables_open_item i"
        f" ON i.company_id = a.company_id AND i.id = a.{side}_item_id"
        f" CROSS JOIN LATERAL (VALUES (1, {_BEGIN}), (-1, {_day('a.effective_on')}))"
        f" AS at (sign, day) WHERE a.company_id = %(company)s AND {_MOVED.format('a')} AND {within}"
        for side in ("debit", "credit")
    ]
    payers = (
        "SELECT at.day, at.customer_id, i.currency, i.kind, i.due_on,"
        " at.sign * c.amount_minor, at.sign * c.functional_minor"
        " FROM receivables_payer_change c JOIN receivables_open_item i"
        " ON i.company_id = c.company_id AND i.id = c.item_id CROSS JOIN LATERAL (VALUES"
        f" (-1, c.customer_id, {_BEGIN}), (1, c.customer_before_id, {_BEGIN}),"
        f" (1, c.customer_id, {_day('c.effective_on')}),"
        f" (-1, c.customer_before_id, {_day('c.effective_on')})) AS at (sign, customer_id, day)"
        f" WHERE c.company_id = %(company)s AND {_MOVED.format('c')} AND {within}"
    )
    values = {"company": company_id, "first": first, "last": last, "limit": limit + 1}
    return _columns("WITH", [is_open, *allocations, payers], values, limit)[0]


def since(*, company_id: UUID, mark: Mark, last: date, limit: int) -> tuple[Movements | None, bool]:
    """What the facts after the mark moved with effect up to ``last``, and whether the mark is
    still a link of the chain; None as in :func:`between`."""
    news = (
        "WITH news AS MATERIALIZED (SELECT kind, subject_id, effective_on, payload"
        " FROM history_fact WHERE company_id = %(company)s AND seq > %(seq)s"
        " AND kind = ANY(%(kinds)s) AND effective_on <= %(last)s),"
    )
    payers = (
        f"SELECT {_day('n.effective_on')}, side.customer_id, i.currency, i.kind, i.due_on,"
        " side.sign * (n.payload->>'amount_minor')::bigint,"
        " side.sign * (n.payload->>'functional_minor')::bigint"
        " FROM news n JOIN receivables_open_item i ON i.company_id = %(company)s"
        " AND i.id = n.subject_id CROSS JOIN LATERAL (VALUES (1,"
        "  CASE n.kind WHEN %(named)s THEN (n.payload->>'customer_id')::uuid END), (-1,"
        "  CASE n.kind WHEN %(withdrawn)s THEN (n.payload->>'customer_id')::uuid END))"
        " AS side (sign, customer_id) WHERE n.kind IN (%(named)s, %(withdrawn)s)"
    )
    parts = [
        # An item of a locked month takes effect later than its fact.
        _items(f"i.document_id = ANY({_subjects('issued')}) AND i.effective_on <= %(last)s"),
        _items(f"i.receipt_id = ANY({_subjects('received')}) AND i.effective_on <= %(last)s"),
        *_allocations(f"a.id = ANY({_subjects('applied')})"),
        payers,
    ]
    values = {
        "company": company_id,
        "seq": mark.seq,
        "last": last,
        "limit": limit + 1,
        "issued": [_ISSUED],
        "received": [_RECEIVED],
        "applied": list(_APPLIED),
        "named": _NAMED,
        "withdrawn": _WITHDRAWN,
        "kinds": [_ISSUED, _RECEIVED, *_APPLIED, _NAMED, _WITHDRAWN],
    }
    found, hash = _columns(news, parts, values, limit)
    return found, hash == mark.hash


def _subjects(name: str) -> str:
    """As an array, so that the items are found by index however many facts there are."""
    return f"ARRAY(SELECT subject_id FROM news WHERE kind = ANY(%({name})s))"


def _items(condition: str) -> str:
    """Items as they came to be, with the customer of then."""
    owner = "CASE WHEN c.item_id IS NULL THEN i.customer_id ELSE c.customer_before_id END"
    return (
        f"SELECT {_day('i.effective_on')}, {owner}, i.currency, i.kind, i.due_on,"
        " i.original_minor, i.functional_minor FROM receivables_open_item i"
        " LEFT JOIN receivables_payer_change c ON c.company_id = i.company_id"
        " AND c.item_id = i.id AND c.position = 1 AND i.kind = 'receipt'"
        f" WHERE i.company_id = %(company)s AND {condition}"
    )


def _allocations(condition: str) -> list[str]:
    """Each allocation lessens both its items, with the customers of then."""
    return [
        f"SELECT {_day('a.effective_on')}, a.{side}_customer_id, i.currency, i.kind, i.due_on,"
        f" -a.amount_minor, -a.{side}_functional_minor FROM receivables_allocation a"
        f" JOIN receivables_open_item i ON i.company_id = a.company_id AND i.id = a.{side}_item_id"
        f" WHERE a.company_id = %(company)s AND {condition}"
        for side in ("debit", "credit")
    ]


_NOBODY = UUID(int=0)
_FEW = 1_000


def _columns(
    with_sql: str, parts: Sequence[str], values: dict[str, Any], limit: int
) -> tuple[Movements | None, str | None]:
    """A row per currency with whole columns as bytes, and the hash of the link ``seq``: a million
    rows as Python objects would cost more than the report. One statement sees one snapshot, so
    the columns are exactly what the head of the chain stands for."""
    signed = "CASE m.kind WHEN 'credit_note' THEN -m.{0} ELSE m.{0} END"
    due = f"CASE m.kind WHEN 'receipt' THEN {UNAPPLIED} ELSE {_day('m.due_on')} END"
    sql = (
        f"{with_sql} movement (day, customer_id, currency, kind, due_on, minor, home)"
        f" AS ({' UNION ALL '.join(parts)} LIMIT %(limit)s)"
        " SELECT head.seq, head.hash, (SELECT f.hash FROM history_fact f"
        "  WHERE f.company_id = %(company)s AND f.seq = %(seq)s), columns.*"
        " FROM history_head head LEFT JOIN (SELECT m.currency, count(*),"
        f" string_agg(uuid_send(coalesce(m.customer_id, '{_NOBODY}')), ''),"
        f" string_agg(int8send((m.day::bigint << 32) + {due}), ''),"
        f" string_agg(int8send({signed.format('minor')}), ''),"
        f" string_agg(int8send({signed.format('home')}), '')"
        "  FILTER (WHERE m.currency <> (SELECT currency FROM access_company"
        "   WHERE id = %(company)s))"
        " FROM movement m GROUP BY m.currency) AS columns ON true"
        " WHERE head.company_id = %(company)s"
    )
    rows = _fetched(sql, {"seq": None, **values})
    if not rows:
        return None, None
    seq, hash, before, *_ = rows[0]
    found = [row[3:] for row in rows if row[4]]
    if sum(count for _, count, *_ in found) > limit:
        return None, before
    owners = b"".join(row[2] for row in found)
    people = _people(values["company"], owners)
    person = _persons(owners, [id for id, _ in people])
    if person is None:
        return None, before
    both = _ints(b"".join(row[3] for row in found))
    day = (both + 2**31) >> 32
    return (
        Movements(
            Mark(seq, hash),
            people,
            tuple(row[0] for row in found),
            day.astype(np.int32),
            person,
            np.repeat(np.arange(len(found)), [row[1] for row in found]),
            (both - (day << 32)).astype(np.int32),
            _ints(b"".join(row[4] for row in found)),
            # In the company's own currency both are the same (invariant I22).
            _ints(b"".join(row[5] or row[4] for row in found)),
        ),
        before,
    )


def _people(company_id: UUID, owners: bytes) -> tuple[tuple[UUID, str], ...]:
    """Customers by number: those who are named where they are few, else all of the company. None
    of them can have gone since."""
    few = {owners[at : at + 16] for at in range(0, min(len(owners), 16 * _FEW), 16)}
    chosen = " AND c.id = ANY(%(few)s)" if len(owners) < 16 * _FEW else ""
    rows = _fetched(
        "SELECT c.id, c.number FROM masterdata_customer c WHERE c.company_id = %(company)s"
        f"{chosen} ORDER BY c.number",
        {"company": company_id, "few": [UUID(bytes=id) for id in few]},
    )
    return tuple(rows)


def _fetched(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows as the database holds them: written out as text, bytes take twice the room."""
    connection.ensure_connection()
    behind.send()
    with Cursor(connection.connection) as cursor:
        return cursor.execute(sql, values, binary=True).fetchall()


def _ints(column: bytes) -> NDArray[np.int64]:
    """PostgreSQL sends integers with the highest byte first."""
    return np.frombuffer(column, dtype=">i8").astype(np.int64)


_HALVES = np.dtype([("high", ">u8"), ("low", ">u8")])


def _persons(column: bytes, people: Sequence[UUID]) -> NDArray[np.int32] | None:
    """The place of each customer in ``people``, counted from 1; nobody is 0. Found by a number
    made of both halves of the id, then compared in full: None where two ids make the same."""
    known = np.frombuffer(b"".join([_NOBODY.bytes, *(id.bytes for id in people)]), _HALVES)
    wanted = np.frombuffer(column, _HALVES)
    numbers = _mixed(known)
    sorting = np.argsort(numbers)
    place = sorting[np.searchsorted(numbers[sorting], _mixed(wanted)) % len(known)]
    return place.astype(np.int32) if np.array_equal(known[place], wanted) else None


def _mixed(ids: NDArray[Any]) -> NDArray[np.uint64]:
    low, high = (ids[half].astype(np.uint64) for half in ("low", "high"))
    mixed: NDArray[np.uint64] = low + high * np.uint64(0x9E3779B97F4A7C15)
    return mixed
