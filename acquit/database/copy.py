"""Loading many rows at once: PostgreSQL's COPY, with the model's own column names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from itertools import islice
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection, models
from psycopg import ClientCursor
from psycopg.pq import Escaping
from psycopg.types.json import Jsonb

from acquit.database import behind
from acquit.database.scope import is_behind_wall

_LINES_AT_ONCE = 200
_FEW = 20  # rows; up to here one INSERT that nobody waits for is quicker than COPY
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
_ESCAPED = re.compile(r"\\(.)")
NULL = "\\N"  # in COPY's text format


def copy_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """COPY tuples into the model's table inside the present transaction.

    ``columns`` are database column names (``company_id``, not ``company``). Values are passed as
    Python objects; dictionaries and lists for jsonb columns must come as ``Jsonb``, lists are
    arrays. TypeError for what no column takes.
    """
    forms = _FORMS
    copy_text(
        model,
        columns,
        ("\t".join([forms[value.__class__](value) for value in row]) + "\n" for row in rows),
    )


def copy_text(model: type[models.Model], columns: Sequence[str], lines: Iterable[str]) -> None:
    """COPY ready-made lines of PostgreSQL's text format: for the widest tables of a run.

    A line is its values joined by tabs and ended by a newline, ``\\N`` for NULL. Numbers, dates,
    ids and codes go in as they are; free text goes through :func:`escaped`. Inside a command
    and behind the wall a few rows are sent as one INSERT, with the same effect.
    """
    whole = iter(lines)
    piece = list(islice(whole, _LINES_AT_ONCE))
    if len(piece) <= _FEW and (behind.is_writing_behind() or is_behind_wall()):
        rows = "".join(piece).split("\n")[:-1]
        if len(rows) <= _FEW:
            _insert(model, columns, rows)
            return
    with _rows_into(model, columns, is_many=len(piece) == _LINES_AT_ONCE) as put:
        while piece:
            put("".join(piece))
            piece = list(islice(whole, _LINES_AT_ONCE))


def _insert(model: type[models.Model], columns: Sequence[str], lines: Sequence[str]) -> None:
    """The database reads the values as texts of the columns' own types, as COPY does."""
    if lines:
        connection.ensure_connection()
        quote = Escaping(connection.connection.pgconn).escape_literal
        rows = (",".join([_literal(text, quote) for text in row.split("\t")]) for row in lines)
        names = ", ".join(f'"{column}"' for column in columns)
        values = "),(".join(rows)
        behind.write_text(f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({values})')


def _literal(text: str, quote: Callable[[bytes], bytes]) -> str:
    if text == NULL:
        return "NULL"
    if "\0" in text:  # quoting would end there
        raise ValueError("a text for the database has no NUL (0x00) in it")
    return bytes(quote(unescaped(text).encode())).decode()


@contextmanager
def _rows_into(
    model: type[models.Model], columns: Sequence[str], *, is_many: bool
) -> Iterator[Callable[[str], None]]:
    """The open COPY, as what takes its text; many rows of a command are stored beside it.

    PostgreSQL refuses COPY into tables with row-level security, so behind the wall the rows go
    through a table of the transaction's own and from there by one INSERT, which the policies
    check row by row."""
    quoted = ", ".join(f'"{column}"' for column in columns)
    table = f'"{model._meta.db_table}"'
    own = f'pg_temp."copy_{model._meta.db_table}"' if is_behind_wall() else ""
    copying = f"COPY {own or table} ({quoted}) FROM STDIN"
    if is_many and not own and behind.is_writing_behind():
        with behind.copying(copying) as put:
            yield put
        return
    connection.ensure_connection()
    behind.send()
    with connection.cursor() as cursor:
        if own:
            cursor.execute(f"CREATE TABLE {own} AS SELECT {quoted} FROM {table} WITH NO DATA")
        with cursor.cursor.copy(copying) as copy:  # type: ignore[attr-defined]
            yield copy.write
        if own:
            cursor.execute(f"INSERT INTO {table} ({quoted}) SELECT {quoted} FROM {own}")
            cursor.execute(f"DROP TABLE {own}")


def escaped(text: str) -> str:
    """Free text as a value of COPY's text format."""
    if text.isprintable() and "\\" not in text:
        return text
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def unescaped(text: str) -> str:
    """The free text of a value of COPY's text format."""
    if "\\" in text:
        return _ESCAPED.sub(lambda found: _ESCAPES[found[1]], text)
    return text


def json_text(value: Any) -> str:
    """Plain JSON values as a value of COPY's text format for a jsonb column."""
    return json_escaped(_encoded(value))


def json_escaped(text: str) -> str:
    """JSON as a value of COPY's text format."""
    # Control characters are escaped in JSON already: only its backslashes are left.
    return text.replace("\\", "\\\\")


_encoded = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def _json(value: Jsonb) -> str:
    return json_text(value.obj)


def _array(values: Sequence[Any]) -> str:
    """Each value in quotation marks, so that commas, braces and empty texts are none of ours."""
    quoted = []
    for value in values:
        text = "" if value is None else unescaped(_FORMS[value.__class__](value))
        text = text.replace("\\", "\\\\").replace('"', '\\"')
        quoted.append("NULL" if value is None else f'"{text}"')
    return escaped("{" + ",".join(quoted) + "}")


class _Forms(dict[type[Any], Callable[[Any], str]]):
    """How values of a class are written in COPY's text format, found once per class."""

    def __missing__(self, kind: type[Any]) -> Callable[[Any], str]:
        for base, form in list(self.items()):
            if issubclass(kind, base):
                self[kind] = form
                return form
        raise TypeError(f"{kind.__name__} is no value of a column")


_FORMS = _Forms(
    {
        type(None): lambda _value: NULL,
        str: escaped,
        bool: lambda value: "t" if value else "f",
        int: int.__repr__,
        Decimal: str,
        UUID: attrgetter("hex"),
        date: str,  # and datetime
        Jsonb: _json,
        bytes: lambda value: rf"\\x{value.hex()}",
        list: _array,
        tuple: _array,
    }
)


def uuid_array(ids: Iterable[UUID | None]) -> str:
    """Many ids as one text for ``%s::uuid[]``: a list is written id by id, at ten times that."""
    return "{" + ",".join([id.hex if id else "NULL" for id in ids]) + "}"


def plain_array(values: Iterable[int | date]) -> str:
    """As :func:`uuid_array`, for ``%s::bigint[]`` and ``%s::date[]``."""
    return "{" + ",".join(map(str, values)) + "}"


def fetch_rows(sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a read, as tuples."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def stream_rows(
    sql: str, parameters: Sequence[Any] | dict[str, Any] = (), *, at_once: int = 2000
) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a read, some thousand at a time, by a cursor of the server: neither side holds
    all of them. The caller's transaction must last until the last one is read."""
    connection.ensure_connection()
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(at_once):
            yield rows


Asked = tuple[str, Sequence[Any] | dict[str, Any]]  # a read and its values


def fetch_sets(*reads: Asked) -> list[list[tuple[Any, ...]]]:
    """All rows of each of several reads, asked by one message; each sees what was committed
    when its turn comes."""
    with connection.cursor() as cursor:
        own = cursor.cursor  # type: ignore[attr-defined]
        if not isinstance(own, ClientCursor):
            return [fetch_rows(*read) for read in reads]
        cursor.execute(";".join([own.mogrify(*read) for read in reads]))
        found: list[list[tuple[Any, ...]]] = [own.fetchall()]
        for _ in reads[1:]:
            own.nextset()
            found.append(own.fetchall())
        return found


def execute(sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> int:
    """Run one statement; the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)
