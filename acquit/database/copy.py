"""Loading many rows at once: PostgreSQL's COPY, with the model's own column names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connection, models

_LINES_AT_ONCE = 1_000


def copy_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """COPY tuples into the model's table inside the present transaction.

    ``columns`` are database column names (``company_id``, not ``company``). Values are passed as
    Python objects; dictionaries and lists for jsonb columns must come as ``Jsonb``.
    """
    quoted = ", ".join(f'"{column}"' for column in columns)
    statement = f'COPY "{model._meta.db_table}" ({quoted}) FROM STDIN'
    connection.ensure_connection()
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:  # type: ignore[attr-defined]
        for row in rows:
            copy.write_row(row)


def copy_text(model: type[models.Model], columns: Sequence[str], lines: Iterable[str]) -> None:
    """COPY ready-made lines of PostgreSQL's text format: for the widest tables of a run.

    A line is its values joined by tabs and ended by a newline, ``\\N`` for NULL. Numbers, dates,
    ids and codes go in as they are; free text goes through :func:`escaped`.
    """
    quoted = ", ".join(f'"{column}"' for column in columns)
    statement = f'COPY "{model._meta.db_table}" ({quoted}) FROM STDIN'
    connection.ensure_connection()
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:  # type: ignore[attr-defined]
        whole = iter(lines)
        while block := list(islice(whole, _LINES_AT_ONCE)):
            copy.write("".join(block))


def escaped(text: str) -> str:
    """Free text as a value of COPY's text format."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def fetch_rows(sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a read, as tuples."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def execute(sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> int:
    """Run one statement; the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)
