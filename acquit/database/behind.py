"""Writing behind: what is written without asking for an answer goes to the server together with
the next question. A command of a few rows is mostly the way to the server and back.

Inside :func:`writing_behind` a statement given to :func:`write` waits. The next statement on the
connection, whoever sends it, takes all that wait along in front of it, in their order and in one
message; so nobody sees a table without what was written before. Many rows given to :func:`copy`
are sent by a thread while the caller goes on, and the next statement waits for them: the server
takes rows in while the next ones are made. What fails raises with the statement that took it
along, at the latest at the end of the block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from django.db import connection
from psycopg import ClientCursor, Connection

Execute = Callable[[Any, Any, bool, Any], Any]
_Pieces = SimpleQueue[str | BaseException | None]  # the last is None


@dataclass(slots=True)
class _Behind:
    """What is not written yet: statements that wait, and the COPY that is on its way."""

    statements: list[str] = field(default_factory=list)
    sending: Future[None] | None = None
    is_making: bool = False  # its rows, which must not ask the database: it waits for them
    thread: ThreadPoolExecutor | None = None

    def taken(self) -> list[str]:
        """The statements, which wait no longer."""
        before, self.statements = self.statements, []
        return before

    def arrive(self) -> None:
        """Wait for the COPY that is on its way; raises what the server said of it."""
        if self.is_making:
            raise RuntimeError("what makes rows for COPY asks the database, which waits for them")
        if self.sending is not None:
            # Whoever is broken off here leaves it noted, so that nobody speaks into the COPY.
            wait([self.sending])
            sent, self.sending = self.sending, None
            with connection.wrap_database_errors:
                sent.result()

    def forget(self) -> None:
        """Drop what waits, and let a COPY end whatever becomes of it: it is taken back."""
        self.statements = []
        if self.sending is not None:
            wait([self.sending])
            self.sending = None

    def close(self) -> None:
        """The connection is the caller's alone again."""
        self.forget()
        if self.thread is not None:
            self.thread.shutdown()


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
        behind.close()
        _behind.reset(token)


def is_writing_behind() -> bool:
    return _behind.get() is not None


def write(sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> None:
    """One statement whose answer nobody needs; outside the block it is sent at once."""
    with connection.cursor() as cursor:
        own = cursor.cursor  # type: ignore[attr-defined]
        if _behind.get() is not None and isinstance(own, ClientCursor):
            write_text(own.mogrify(sql, parameters))
        else:
            cursor.execute(sql, parameters)


def write_text(sql: str) -> None:
    """As :func:`write`, for a statement that has its values in it."""
    behind = _behind.get()
    if behind is None:
        _send(sql)
    else:
        behind.statements.append(sql)


def copy(sql: str, pieces: Iterable[str]) -> None:
    """``COPY ... FROM STDIN`` of ready-made text. Inside the block it returns when the last piece
    is made, not when the server has them; outside it waits."""
    send()
    connection.ensure_connection()
    behind = _behind.get()
    if behind is None:
        with connection.wrap_database_errors:
            _copy(connection.connection, sql, pieces)
        return
    made: _Pieces = SimpleQueue()
    if behind.thread is None:
        behind.thread = ThreadPoolExecutor(1, "behind")
    try:
        behind.is_making = True
        behind.sending = behind.thread.submit(_copy, connection.connection, sql, _as_made(made))
        for piece in pieces:
            made.put(piece)
        made.put(None)
    except BaseException as failed:
        made.put(failed)  # half a table must not stay: the COPY fails, and the transaction
        raise
    finally:
        behind.is_making = False


def _as_made(made: _Pieces) -> Iterator[str]:
    while (piece := made.get()) is not None:
        if isinstance(piece, BaseException):
            raise piece
        yield piece


def _copy(to: Connection[Any], sql: str, pieces: Iterable[str]) -> None:
    with to.cursor() as cursor, cursor.copy(sql.encode()) as copying:
        for piece in pieces:
            copying.write(piece)


def send() -> None:
    """Write what waits now: before the connection is used in a way of its own."""
    behind = _behind.get()
    if behind is not None:
        behind.arrive()
        if behind.statements:
            _send(";".join(behind.taken()))


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
    behind.arrive()
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
