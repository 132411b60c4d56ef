"""Reads whose plan the server keeps on the connection: to plan one of many parts takes several
times as long as to answer it.

After five times the server may keep one plan for all values, so such a read has few texts and one
best way whatever the values are: by keys, by the whole of a company, the first rows along an index
(with the limit in the text: of a limit it does not know the server thinks badly). It plans anew
when a table was changed or analysed, and for each role behind the wall.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, models

from acquit.database import behind

M = TypeVar("M", bound=models.Model)


class _Prepared(psycopg.Cursor[tuple[Any, ...]]):
    """Django's cursors write the values into the text; this one sends them apart from it."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> _Prepared:
        return super().execute(query, params, **{"prepare": True, **options})


def fetch_prepared(
    sql: str, parameters: Sequence[Any] | dict[str, Any] = ()
) -> list[tuple[Any, ...]]:
    """All rows of a read, as tuples, by a plan that is kept. Where the settings keep none (behind
    a proxy of connections), and where writes wait to go along, it is planned like any other."""
    with connection.cursor() as cursor:
        if not behind.is_writing_behind():
            cursor.cursor = _Prepared(connection.connection)  # type: ignore[attr-defined]
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def names_of(model: type[models.Model]) -> list[str]:
    """The model's columns, in the order in which :func:`made` wants their values."""
    return [field.attname for field in model._meta.concrete_fields]


def made(model: type[M], names: Sequence[str], values: Sequence[Any]) -> M:
    """An instance of a row, as a query of Django's makes it; JSON comes as text."""
    return model.from_db(DEFAULT_DB_ALIAS, names, values)
