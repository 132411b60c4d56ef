"""Writing behind: what is written without asking for an answer goes to the server together with
the next question. A command of a few rows is mostly the way to the server and back.

Inside :func:`writing_behind` a statement given to :func:`write` waits. The next statement on the
connection, whoever sends it, takes all that wait along in front of it, in their order and in one
message; so nobody sees a table without what was written before. What fails raises with the
statement that took it along, at the latest at the end of the block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection
from psycopg import ClientCursor

Execute = Callable[[Any, Any, bool, Any], Any]
_waiting: ContextVar[list[str] | None] = ContextVar("acquit_writing_behind", default=None)


@contextmanager
def writing_behind() -> Iterator[None]:
    """Around the work of one transaction. What the block leaves is written as it ends, and
    forgotten when it fails; a block inside another joins it."""
    if _waiting.get() is not None:
        yield
        return
    waiting: list[str] = []
    token = _waiting.set(waiting)
    try:
        with connection.execute_wrapper(_take_along):
            yield
            send()
    finally:
        _waiting.reset(token)


def is_writing_behind() -> bool:
    return _waiting.get() is not None


def write(sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> None:
    """One statement whose answer nobody needs; outside the block it is sent at once."""
    with connection.cursor() as cursor:
        own = cursor.cursor  # type: ignore[attr-defined]
        if _waiting.get() is not None and isinstance(own, ClientCursor):
            write_text(own.mogrify(sql, parameters))
        else:
            cursor.execute(sql, parameters)


def write_text(sql: str) -> None:
    """As :func:`write`, for a statement that has its values in it."""
    waiting = _waiting.get()
    if waiting is None:
        _send(sql)
    else:
        waiting.append(sql)


def send() -> None:
    """Write what waits now: before the connection is used in a way of its own, such as COPY."""
    waiting = _waiting.get()
    if waiting:
        before = waiting.copy()
        waiting.clear()
        _send(";".join(before))


def _send(sql: str) -> None:
    """As COPY is sent, past what watches the questions of the program."""
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(sql)


def _take_along(execute: Execute, sql: Any, parameters: Any, many: bool, context: Any) -> Any:
    """Sends what waits in front of the statement. Its answers come first and are passed over."""
    waiting = _waiting.get()
    if not waiting:
        return execute(sql, parameters, many, context)
    before = waiting.copy()
    waiting.clear()
    if str(sql).startswith("ROLLBACK TO"):
        # What stood before the savepoint was written with it; this is what it takes back.
        return execute(sql, parameters, many, context)
    own = context["cursor"].cursor
    if many or not isinstance(own, ClientCursor):  # a cursor of the server's names its statement
        _send(";".join(before))
        return execute(sql, parameters, many, context)
    answer = execute(";".join([*before, own.mogrify(sql, parameters)]), None, many, context)
    for _ in before:
        own.nextset()
    return answer
