"""Loading many rows at once: PostgreSQL's COPY, with the model's own column names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection, models

from acquit.database.scope import is_behind_wall

_LINES_AT_ONCE = 200
_FEW = 20  # rows; up to here, behind the wall, one INSERT is quicker than a table of their own
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
_ESCAPED = re.compile(r"\\(.)")
NULL = "\\N"  # in COPY's text format


def copy_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """COPY tuples into the model's table inside the present transaction.

    ``columns`` are database column names (``company_id``, not ``company``). Values are passed as
    Python objects; dictionaries and lists for jsonb columns must come as ``Jsonb``.
    """
    with _stream(model, columns) as copy:
        for row in rows:
            copy.write_row(row)


def copy_text(model: type[models.Model], columns: Sequence[str], lines: Iterable[str]) -> None:
    """COPY ready-made lines of PostgreSQL's text format: for the widest tables of a run.

    A line is its values joined by tabs and ended by a newline, ``\\N`` for NULL. Numbers, dates,
    ids and codes go in as they are; free text goes through :func:`escaped`. Behind the wall a
    few rows are sent as one INSERT, with the same effect.
    """
    whole = iter(lines)
    piece = list(islice(whole, _LINES_AT_ONCE))
    if is_behind_wall() and len(piece) <= _FEW:
        rows = "".join(piece).split("\n")[:-1]
        if len(rows) <= _FEW:
            _insert(model, columns, rows)
            return
    with _stream(model, columns) as copy:
        while piece:
            copy.write("".join(piece))
            piece = list(islice(whole, _LINES_AT_ONCE))


def _insert(model: type[models.Model], columns: Sequence[str], lines: Sequence[str]) -> None:
    """The database reads the values as texts of the columns' own types, as COPY does."""
    if lines:
        quoted = ", ".join(f'"{column}"' for column in columns)
        row = f"({', '.join(['%s'] * len(columns))})"
        rows = ", ".join([row] * len(lines))
        sql = f'INSERT INTO "{model._meta.db_table}" ({quoted}) VALUES {rows}'
        values = [_value(text) for line in lines for text in line.split("\t")]
        with connection.cursor() as cursor:
            cursor.cursor.execute(sql, values)  # type: ignore[attr-defined]  # as COPY is sent


def _value(text: str) -> str | None:
    if text == NULL:
        return None
    return _ESCAPED.sub(lambda found: _ESCAPES[found[1]], text) if "\\" in text else text


@contextmanager
def _stream(model: type[models.Model], columns: Sequence[str]) -> Iterator[Any]:
    """The open COPY. PostgreSQL refuses COPY into tables with row-level security, so behind the
    wall the rows go through a table of the transaction's own and from there by one INSERT, which
    the policies check row by row."""
    quoted = ", ".join(f'"{column}"' for column in columns)
    table = f'"{model._meta.db_table}"'
    own = f'pg_temp."copy_{model._meta.db_table}"' if is_behind_wall() else ""
    connection.ensure_connection()
    with connection.cursor() as cursor:
        if own:
            cursor.execute(f"CREATE TABLE {own} AS SELECT {quoted} FROM {table} WITH NO DATA")
        with cursor.cursor.copy(f"COPY {own or table} ({quoted}) FROM STDIN") as copy:  # type: ignore[attr-defined]
            yield copy
        if own:
            cursor.execute(f"INSERT INTO {table} ({quoted}) SELECT {quoted} FROM {own}")
            cursor.execute(f"DROP TABLE {own}")


def escaped(text: str) -> str:
    """Free text as a value of COPY's text format."""
    if text.isprintable() and "\\" not in text:
        return text
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def uuid_array(ids: Iterable[UUID]) -> str:
    """Many ids as one text for ``%s::uuid[]``: a list is written id by id, at ten times that."""
    return "{" + ",".join([id.hex for id in ids]) + "}"


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
