"""Writing behind: what is written without asking for an answer goes to the server together with
the next question. A command of a few rows is mostly the way to the server and back.

Inside :func:`writing_behind` a statement given to :func:`write` waits. The next statement on the
connection, whoever sends it, takes all that wait along in front of it, in their order and in one
message; so nobody sees a table without what was written before. What fails raises with the
statement that took it along, at the latest at the end of the block.

The rows of :func:`copying` go to the server at once, but beside the program (``beside.py``): the
next statement waits until they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from psycopg import ClientCursor

from acquit.database.beside import Piece, Sender

Execute = Callable[[Any, Any, bool, Any], Any]


@dataclass(slots=True)
class _Behind:
    """What is not at the server yet: statements, after the rows that a sender has."""

    waiting: list[str] = field(default_factory=list)
    sender: Sender | None = None

    def taken(self) -> list[str]:
        """The statements, which wait no longer; the rows before them are stored."""
        self.store()
        taken, self.waiting = self.waiting, []
        return taken

    def store(self) -> None:
        if self.sender is not None:
            try:
                with connection.wrap_database_errors:
                    self.sender.finish()
            except BaseException:
                self.forget()  # somebody may have broken off the waiting
                raise
            self.sender = None

    def forget(self) -> None:
        self.waiting = []
        if self.sender is not None:
            sender, self.sender = self.sender, None
            sender.give_up()


_behind: ContextVar[_Behind | None] = ContextVar("acquit_writing_behind", default=None)


@contextmanager
def writing_behind() -> Iterator[None]:
    """Around the work of one transaction. What the block leaves is written as it ends, and
    forgotten when it fails; a block inside another joins it."""
    if _behind.get() is not None:
        yield
        return
    behind = _Behind()
    token = _behind.set(behind)
    try:
        with connection.execute_wrapper(_take_along):
            yield
            send()
    finally:
        behind.forget()
        _behind.reset(token)


def is_writing_behind() -> bool:
    return _behind.get() is not None


def write(sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> None:
    """One statement whose answer nobody needs; outside the block it is sent at once."""
    with connection.cursor() as cursor:
        own = cursor.cursor  # type: ignore[attr-defined]
        if is_writing_behind() and isinstance(own, ClientCursor):
            write_text(own.mogrify(sql, parameters))
        else:
            cursor.execute(sql, parameters)


def write_text(sql: str) -> None:
    """As :func:`write`, for a statement that has its values in it."""
    behind = _behind.get()
    if behind is None:
        _send(sql)
    else:
        behind.waiting.append(sql)


@contextmanager
def copying(copy: str) -> Iterator[Callable[[Piece], None]]:
    """The rows of a COPY, as pieces given to the function, of its text or of its binary format;
    inside the block only. What waits stands before them."""
    behind = _behind.get()
    assert behind is not None, "rows are written behind inside the block"
    if behind.sender is None:
        connection.ensure_connection()
        behind.sender = Sender(connection.connection)
    sender = behind.sender
    if behind.waiting:
        sender.begin(";".join(behind.waiting))
        behind.waiting = []
    sender.begin(copy)
    try:
        yield sender.put
    except BaseException:
        behind.forget()  # half of the rows are as none: the transaction can only be taken back
        raise
    sender.end()


def send() -> None:
    """Write what waits now: before the connection is used in a way of its own, such as COPY."""
    behind = _behind.get()
    if behind is not None and (before := behind.taken()):
        _send(";".join(before))


def _send(sql: str) -> None:
    """As COPY is sent, past what watches the questions of the program."""
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(sql)


def _take_along(execute: Execute, sql: Any, parameters: Any, many: bool, context: Any) -> Any:
    """Sends what waits in front of the statement. Its answers come first and are passed over."""
    behind = _behind.get()
    if behind is None:
        return execute(sql, parameters, many, context)
    if str(sql).startswith("ROLLBACK TO"):
        # What stood before the savepoint was written with it; this is what it takes back.
        behind.forget()
        return execute(sql, parameters, many, context)
    before = behind.taken()
    if not before:
        return execute(sql, parameters, many, context)
    own = context["cursor"].cursor
    if many or not isinstance(own, ClientCursor):  # a cursor of the server's names its statement
        _send(";".join(before))
        return execute(sql, parameters, many, context)
    answer = execute(";".join([*before, own.mogrify(sql, parameters)]), None, many, context)
    for _ in before:
        own.nextset()
    return answer
