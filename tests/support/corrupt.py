"""Changing what may not change, the way a database owner could: with the triggers off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def triggers_off(*tables: str) -> Iterator[None]:
    """Our own triggers on these tables are off inside the block; constraints stay."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
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
