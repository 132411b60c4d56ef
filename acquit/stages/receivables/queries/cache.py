"""Columns of the ageing, kept per process, each as far as the chain of facts it was read to.

The plain SQL of :mod:`as_at` is the truth, and answers wherever this module gives None: for what
was known at an earlier instant, inside a command, for more rows than memory is set aside for.
"""

from __future__ import annotations

from calendar import monthrange
from collections import OrderedDict
from datetime import date
from threading import Lock
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.database.prepared import fetch_prepared
from acquit.history import unit
from acquit.stages.receivables.queries.columns import (
    Columns,
    Sheet,
    columns_of,
    extended,
    is_ordered,
    ordered,
    sheet,
)
from acquit.stages.receivables.queries.movements import Mark, between, since

WAIT_SECONDS = 3.0
MEGABYTES = 256  # of each process, for all companies and months together
_ROWS_MAX = MEGABYTES * 2**20 // 40
# After so many facts a new reading is quicker than catching up.
_FACTS_MAX = 50_000
_Key = tuple[UUID, date]


class _Kept:
    """The columns in the order of their last use; the oldest go when memory runs out."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._columns: OrderedDict[_Key, Columns | None] = OrderedDict()
        self.last: Sheet | None = None
        # One thread reads the database for all; the others wait for it a moment.
        self.reading = Lock()

    def get(self, key: _Key) -> tuple[bool, Columns | None]:
        """Whether the key is known, and its columns: None where they would be too large."""
        with self._lock:
            if key not in self._columns:
                return False, None
            self._columns.move_to_end(key)
            return True, self._columns[key]

    def put(self, key: _Key, columns: Columns | None) -> None:
        with self._lock:
            self._columns[key] = columns
            self._columns.move_to_end(key)
            while self._bytes() > MEGABYTES * 2**20:
                self._columns.popitem(last=False)

    def all(self) -> list[Columns]:
        with self._lock:
            return [one for one in self._columns.values() if one]

    def clear(self) -> None:
        with self._lock:
            self._columns.clear()
            self.last = None

    def _bytes(self) -> int:
        return sum(one.bytes if one else 0 for one in self._columns.values())


_kept = _Kept()


def kept() -> list[Columns]:
    """What this process keeps now."""
    return _kept.all()


def forget() -> None:
    """Drop everything that this process keeps."""
    _kept.clear()


def sheet_of(*, company_id: UUID, as_at: date) -> Sheet | None:
    """The ageing of the day as of now, or None where the plain SQL must answer. The last sheet
    is kept too: a page asks for the totals and for some rows of one day."""
    found = columns(company_id=company_id, as_at=as_at)
    if found is None:
        return None
    last = _kept.last
    if last is None or last.columns is not found or last.on != as_at:
        last = _kept.last = sheet(found, as_at)
    return last


def columns(*, company_id: UUID, as_at: date) -> Columns | None:
    """The columns of the day's month as of now, or None where the plain SQL must answer."""
    first = as_at.replace(day=1)
    if unit.is_open() or first == date.min:
        return None  # a command has written what its chain does not say yet
    key = (company_id, first)
    is_settled, found = _current(key)
    if is_settled:
        return found
    # The plain SQL costs the database more than waiting for who reads costs us.
    if not _kept.reading.acquire(timeout=WAIT_SECONDS):
        return None
    try:
        is_settled, found = _current(key)  # somebody read it meanwhile
        if is_settled:
            return found
        last = as_at.replace(day=monthrange(as_at.year, as_at.month)[1])
        made = _caught_up(company_id, found, last) if found else None
        if made is None:
            made = _read(company_id, first, last)
        _kept.put(key, made)
        return made
    finally:
        _kept.reading.release()


def _current(key: _Key) -> tuple[bool, Columns | None]:
    """Whether nothing is to be read, and the columns of now: None where the plain SQL must answer.
    Else what is kept, for catching up."""
    is_known, kept = _kept.get(key)
    if kept is None:
        return is_known, None
    head = _head(key[0])
    if head == kept.mark:
        return True, kept
    if head is None or head.seq < kept.mark.seq:
        return True, None  # an older snapshot than ours
    return False, kept


def _head(company_id: UUID) -> Mark | None:
    rows = fetch_prepared("SELECT seq, hash FROM history_head WHERE company_id = %s", [company_id])
    return Mark(*rows[0]) if rows else None


def _read(company_id: UUID, first: date, last: date) -> Columns | None:
    found = between(company_id=company_id, first=first, last=last, limit=_ROWS_MAX)
    return columns_of(found) if found else None


def _caught_up(company_id: UUID, kept: Columns, last: date) -> Columns | None:
    """The kept columns and what the facts since then moved; None where they must be read anew:
    far behind, or no part of this chain."""
    found, is_link = since(company_id=company_id, mark=kept.mark, last=last, limit=_FACTS_MAX)
    made = extended(kept, found) if found and is_link else None
    if made and not is_ordered(made):
        people = fetch_rows(
            "SELECT id FROM masterdata_customer WHERE company_id = %s ORDER BY number", [company_id]
        )
        made = ordered(made, {id: n for n, (id,) in enumerate(people)})
    return made
