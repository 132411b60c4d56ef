"""Changing what may not change, the way a database owner could: with the triggers off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

_TABLE = re.compile(r"\s*(?:UPDATE|DELETE FROM|INSERT INTO)\s+\"?(\w+)", re.IGNORECASE)


@contextmanager
def triggers_off(*tables: str) -> Iterator[None]:
    """Our own triggers on these tables are off inside the block; constraints stay."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


def change(table: str, sql: str, parameters: Sequence[Any] = ()) -> None:
    """Run one statement behind the triggers of ``table``."""
    with triggers_off(table), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def change_one(sql: str) -> None:
    """Run a statement that touches one row, with the triggers and the references of its table
    off. The references come back with the rollback of the test, so it must be in one."""
    assert connection.in_atomic_block
    found = _TABLE.match(sql)
    assert found, sql
    table = found.group(1)
    with triggers_off(table), connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f'"
            " AND %s::regclass IN (conrelid, confrelid)",
            [table],
        )
        for other, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {other} DROP CONSTRAINT "{name}"')
        cursor.execute(sql)
        assert cursor.rowcount == 1, sql
