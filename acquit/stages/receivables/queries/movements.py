"""Open items as movements, whole columns in one statement: what the columnar cache is made of.

A movement adds to what one customer owes (or has unapplied) from a day on: an item when it came to
be, an allocation on both its items, a receipt that changed its payer. What was open on a day is the
sum of the movements up to it, so new facts only ever append.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from acquit.database.copy import fetch_rows
from acquit.stages.receivables.queries.as_at import positions

# A day before all of the calendar: it holds what was open before the first day asked for.
CARRIED = -(2**30)
# A due day after all of the calendar: that of money which settles nothing yet, and has none.
UNAPPLIED = 2**30
_EPOCH = date(2000, 1, 1)
# The facts after which something is open that was not, or the other way round.
_ISSUED, _RECEIVED = "invoices.DocumentIssued", "receipts.ReceiptRecorded"
_APPLIED = ("receivables.CashApplied", "receivables.AllocationUndone")
_NAMED, _WITHDRAWN = "receivables.PayerIdentified", "receivables.PayerWithdrawn"


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
    ``people`` are (id, number) in the order of numbers; amounts in minor units, signed."""

    mark: Mark
    people: tuple[tuple[UUID, str], ...]
    day: NDArray[np.int32]
    person: NDArray[np.int32]
    currency: NDArray[np.bytes_]
    due: NDArray[np.int32]
    minor: NDArray[np.int64]
    home: NDArray[np.int64]


def number_of(day: date) -> int:
    """The day as the columns count it."""
    return (day - _EPOCH).days


def between(*, company_id: UUID, first: date, last: date, limit: int) -> Movements | None:
    """Everything open before ``first``, as the as-at engine says, and what moved up to ``last``.
    None where there are more than ``limit`` movements, or no chain of facts."""
    relation = positions(
        company_id=company_id, as_at=first - timedelta(days=1), known_at=None, from_log=True
    )
    carried = (
        f"SELECT {CARRIED}, p.customer_id, p.currency, p.kind, p.due_on, p.open_minor,"
        " p.open_functional_minor FROM position p"
    )
    within = "BETWEEN %(first)s AND %(last)s"
    payers = (
        f"SELECT {_day('c.effective_on')}, side.customer_id, i.currency, i.kind, i.due_on,"
        " side.sign * c.amount_minor, side.sign * c.functional_minor"
        " FROM receivables_payer_change c JOIN receivables_open_item i"
        " ON i.company_id = c.company_id AND i.id = c.item_id CROSS JOIN LATERAL"
        " (VALUES (-1, c.customer_before_id), (1, c.customer_id)) AS side (sign, customer_id)"
        f" WHERE c.company_id = %(company)s AND c.effective_on {within}"
    )
    parts = [
        carried,
        _items(f"i.effective_on {within}"),
        *_allocations(f"a.effective_on {within}"),
        payers,
    ]
    values = {**relation.parameters, "first": first, "last": last, "limit": limit + 1}
    return _columns(relation.with_sql, parts, "true", values, limit)[0]


def since(*, company_id: UUID, mark: Mark, last: date, limit: int) -> tuple[Movements | None, bool]:
    """What the facts after the mark moved with effect up to ``last``, and whether the mark is
    still a link of the chain; None as in :func:`between`."""
    news = (
        "WITH news AS MATERIALIZED (SELECT kind, subject_id, effective_on, payload"
        " FROM history_fact WHERE company_id = %(company)s AND seq > %(seq)s"
        " AND kind = ANY(%(kinds)s) AND effective_on <= %(last)s)"
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
    people = "c.id IN (SELECT customer_id FROM movement)"
    found, hash = _columns(news, parts, people, values, limit)
    return found, hash == mark.hash


def _day(column: str) -> str:
    return f"{column} - DATE '{_EPOCH}'"


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


def _columns(
    with_sql: str, parts: Sequence[str], people: str, values: dict[str, Any], limit: int
) -> tuple[Movements | None, str | None]:
    """One row with whole columns as bytes, and the hash of the link ``seq``: a million rows as
    Python objects would cost more than the report. One statement sees one snapshot, so the
    columns are exactly what the head of the chain stands for."""
    signed = "CASE m.kind WHEN 'credit_note' THEN -m.{0} ELSE m.{0} END"
    sql = (
        f"{with_sql}, movement (day, customer_id, currency, kind, due_on, minor, home)"
        f" AS ({' UNION ALL '.join(parts)} LIMIT %(limit)s)"
        " SELECT head.seq, head.hash, (SELECT f.hash FROM history_fact f"
        "  WHERE f.company_id = %(company)s AND f.seq = %(seq)s), people.*, columns.*"
        " FROM history_head head, (SELECT array_agg(c.id ORDER BY c.number),"
        "  array_agg(c.number ORDER BY c.number) FROM masterdata_customer c"
        f"  WHERE c.company_id = %(company)s AND {people}) AS people,"
        " (SELECT count(*), string_agg(int4send(m.day), ''),"
        f" string_agg(uuid_send(coalesce(m.customer_id, '{_NOBODY}')), ''),"
        "  string_agg(convert_to(m.currency, 'UTF8'), ''),"
        f" string_agg(int4send(CASE m.kind WHEN 'receipt' THEN {UNAPPLIED}"
        f"  ELSE {_day('m.due_on')} END), ''),"
        f" string_agg(int8send({signed.format('minor')}), ''),"
        f" string_agg(int8send({signed.format('home')}), '') FROM movement m) AS columns"
        " WHERE head.company_id = %(company)s"
    )
    rows = fetch_rows(sql, {"seq": None, **values})
    if not rows:
        return None, None
    seq, hash, before, ids, numbers, count, *columns = rows[0]
    if count > limit:
        return None, before
    day, customer, currency, due, minor, home = (column or b"" for column in columns)
    person = _persons(customer, ids or ())
    if person is None:
        return None, before
    return (
        Movements(
            Mark(seq, hash),
            tuple(zip(ids or (), numbers or (), strict=True)),
            _ints(day, np.int32),
            person,
            np.frombuffer(currency, dtype="S3"),
            _ints(due, np.int32),
            _ints(minor, np.int64),
            _ints(home, np.int64),
        ),
        before,
    )


def _ints(column: bytes, kind: type[Any]) -> NDArray[Any]:
    """PostgreSQL sends integers with the highest byte first."""
    return np.frombuffer(column, dtype=np.dtype(kind).newbyteorder(">")).astype(kind)


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
