"""Working ahead: the next piece is made while the database writes the one before, and what is asked
of it is answered while the program goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections

from acquit.database import behind
from acquit.database.turns import quick_turns

T = TypeVar("T")
R = TypeVar("R")


def made_ahead(make: Callable[[T], R], items: Sequence[T]) -> Iterator[R | None]:
    """What ``make`` gives for each item, in order; made in a thread with a connection of its own
    while the caller works with the result before.

    ``make`` reads only: it sees what was committed when it ran, and the caller has to make sure
    that this still holds. None for every item where nothing can be made ahead: there is only one,
    or the caller is inside a transaction, whose rows another connection does not see.
    """
    if len(items) < 2 or connection.in_atomic_block:
        yield from (None for _ in items)
        return
    with ThreadPoolExecutor(1, "ahead") as thread:
        try:
            following: Future[R] = thread.submit(make, items[0])
            for item in items[1:]:
                made = following.result()
                following = thread.submit(make, item)
                yield made
            yield following.result()
        finally:
            thread.submit(connection.close)


def asked_beside(ask: Callable[[], T]) -> Callable[[], T]:
    """What ``ask`` reads, read in a thread while the caller goes on; the function waits for it.

    The connection and the transaction are the caller's: the rows are those he would see now, and
    whatever he asks meanwhile is answered before or after them. Large questions only, because a
    thread costs a tenth of a millisecond.
    """
    behind.send()
    connection.ensure_connection()
    own, context = connections[DEFAULT_DB_ALIAS], copy_context()
    own.inc_thread_sharing()

    def run() -> T:
        connections[DEFAULT_DB_ALIAS] = own
        try:
            with quick_turns():
                return context.run(ask)
        finally:
            own.dec_thread_sharing()

    thread = ThreadPoolExecutor(1, "beside")
    asked = thread.submit(run)
    thread.shutdown(wait=False)

    def answer() -> T:
        thread.shutdown()
        return asked.result()

    return answer
