"""Changing many rows by one statement: ``UPDATE ... FROM unnest``."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any
from uuid import UUID

from django.db import models

from acquit.database.copy import execute


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
