"""Rows stored beside the program: a thread sends them while the next ones are made.

A command of a hundred thousand rows would otherwise wait at the end of every COPY until the
database has brought its indexes and checks up to date, and the database would wait for rows.
"""

from __future__ import annotations

from enum import Enum
from queue import Queue
from threading import Event, Thread
from typing import Any

from psycopg import Connection

from acquit.database.turns import quick_turns

_PIECES_MAX = 128  # that may wait for the database: what is made ahead of it is held in memory
Piece = str | bytes | memoryview  # of a COPY's text, or of its binary format


class _Sign(Enum):
    END_OF_COPY = 1
    DONE = 2
    GIVEN_UP = 3


class _GivenUp(Exception):
    """The program failed while its rows were on their way; ends the COPY that is under way."""


class Sender:
    """Sends statements and COPYs in their order. Until :meth:`finish` or :meth:`give_up` nobody
    else may use the connection."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._given: Queue[Piece | _Sign] = Queue(_PIECES_MAX)
        self._failed: BaseException | None = None
        self._last: _Sign | None = None
        self._ended = Event()
        self._thread = Thread(target=self._run, name="beside", daemon=True)
        self._thread.start()

    def begin(self, statement: str) -> None:
        """A statement, or the first of several parted by semicolons; a COPY takes pieces next."""
        self._given.put(statement)

    def put(self, piece: Piece) -> None:
        """Some of the rows, never empty; waits where the database is far behind."""
        self._given.put(piece)

    def end(self) -> None:
        """The COPY has all its rows."""
        self._given.put(_Sign.END_OF_COPY)

    def finish(self) -> None:
        """Wait until everything is stored; what failed raises, as psycopg raised it."""
        self._given.put(_Sign.DONE)
        self._wait()
        if self._failed is not None:
            raise self._failed

    def give_up(self) -> None:
        """Nobody needs the rows any more, because their transaction is taken back."""
        if not self._ended.is_set():
            self._connection.cancel_safe()
            self._given.put(_Sign.GIVEN_UP)
            self._wait()

    def _wait(self) -> None:
        # A thread whose join is broken off counts as ended in Python 3.11, which it is not.
        self._ended.wait()
        self._thread.join()

    def _run(self) -> None:
        try:
            with quick_turns(), self._connection.cursor() as cursor:
                while isinstance(statement := self._next(), str) and statement:
                    if statement.startswith("COPY "):
                        with cursor.copy(statement) as copy:
                            while piece := self._next():
                                copy.write(piece)
                            if self._last is _Sign.GIVEN_UP:
                                raise _GivenUp
                    else:
                        cursor.execute(statement)
        except BaseException as failed:  # noqa: BLE001 - it is raised where somebody waits
            self._failed = failed
            while self._last not in (_Sign.DONE, _Sign.GIVEN_UP):
                self._next()  # whoever gives more must not wait for room
        finally:
            self._ended.set()

    def _next(self) -> Piece:
        """The next text or piece; "" for a sign, which is kept."""
        given = self._given.get()
        if isinstance(given, _Sign):
            self._last = given
            return ""
        return given
