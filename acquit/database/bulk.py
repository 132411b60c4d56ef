"""Changing many rows by one statement: ``UPDATE ... FROM unnest``."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import inf
from threading import Lock
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import models

from acquit.database.copy import execute, fetch_sets
from acquit.database.scope import is_behind_wall


def update_rows(
    model: type[models.Model],
    *,
    company_id: UUID,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[Any]],
) -> int:
    """Set the columns of many rows of one company; the number of rows found.

    ``columns`` maps column names to their SQL types (``{"name": "text"}``); each row is the id
    and then one value per column, in that order.
    """
    if not rows:
        return 0
    types = ["uuid[]", *(f"{kind}[]" for kind in columns.values())]
    arrays = ", ".join(f"%s::{kind}" for kind in types)
    names = ", ".join(["id", *columns])
    assignments = ", ".join(f"{name} = n.{name}" for name in columns)
    return execute(
        f'UPDATE "{model._meta.db_table}" AS t SET {assignments}'
        f" FROM unnest({arrays}) AS n({names}) WHERE t.company_id = %s AND t.id = n.id",
        [*(list(column) for column in zip(*rows, strict=True)), company_id],
    )


MANY = 200  # rows added by one COPY from which the planner must hear of them


def refresh_statistics(table: type[models.Model], *, added: int) -> None:
    """Tell the planner what a larger COPY brought, at once and inside the transaction.

    Until it knows, it plans joins and the checks of references for the table as it was before,
    often empty: thousands of rows are then looked up by reading the whole table each time.
    """
    if added >= MANY:
        execute(f'ANALYZE "{table._meta.db_table}"')


GUESSED_MIN = 100  # rows of a company below which the planner's guess is looked at
KEPT_MIN = 1_000  # rows of a company that the planner must know of
_AGAIN_SECONDS = 600.0  # until a company is made known again that is too few among all to be
_ROWS = re.compile(r" rows=(\d+)")
_in_vain: dict[UUID, float] = {}  # companies that were not known after it, and when


def make_known(company_id: UUID, *tables: type[models.Model]) -> None:
    """Have the planner know the company, where the tables have many rows of it and the statistics
    none: they were made before it came, of rows of others.

    It takes each of the tables for one row then, and joins them by reading all of one for each row
    of the others: minutes for what is done in half a second. Two questions where all is well.
    """
    if is_behind_wall():  # who may not tell it
        return
    unknown = _unknown(company_id, [table._meta.db_table for table in tables])
    if unknown and monotonic() - _in_vain.get(company_id, -inf) > _AGAIN_SECONDS:
        execute(f"ANALYZE (SKIP_LOCKED) {', '.join(unknown)}")
        if _unknown(company_id, unknown):
            _in_vain[company_id] = monotonic()


def _unknown(company_id: UUID, tables: Sequence[str]) -> list[str]:
    """The tables that have ``KEPT_MIN`` rows of the company and are taken for nearly none."""
    guess = 'EXPLAIN SELECT 1 FROM "{}" WHERE company_id = %s'
    count = 'SELECT count(*) FROM (SELECT 1 FROM "{}" WHERE company_id = %s LIMIT %s) AS few'
    guesses = fetch_sets(*((guess.format(table), [company_id]) for table in tables))
    few = [
        table
        for table, rows in zip(tables, guesses, strict=True)
        if int(_ROWS.findall(rows[0][0])[0]) < GUESSED_MIN
    ]
    if not few:
        return []
    counts = fetch_sets(*((count.format(table), [company_id, KEPT_MIN]) for table in few))
    return [table for table, rows in zip(few, counts, strict=True) if rows[0][0] >= KEPT_MIN]


def lock(company_id: UUID, purpose: str) -> None:
    """Until the end of the transaction, one command of this purpose runs in the company."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{purpose} of {company_id}"])


_collector = Lock()
_bulks: list[None] = []  # one entry per bulk under way in any thread


@contextmanager
def many_objects() -> Iterator[None]:
    """For a block that holds hundreds of thousands of rows: no search for reference cycles.

    The rows have no cycles, and looking through all of them again and again costs a quarter of
    the time. Memory is given back by reference counting as always.
    """
    with _collector:
        if not _bulks:
            gc.disable()
        _bulks.append(None)
    try:
        yield
    finally:
        with _collector:
            _bulks.pop()
            if not _bulks:
                gc.enable()
