"""Works at the same time, each on its own connection."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import TypeVar

from django.db import connection

from acquit.core.faults import Refused
from acquit.core.ids import IdSource
from acquit.database.copy import fetch_rows
from tests.support.world import World

PATIENCE = 30.0  # seconds until a work that never waits fails the test
WORK_MAX = 120.0  # seconds of a work
_NOTHING = Refused(())
T = TypeVar("T")


def own(world: World, seed: str) -> World:
    """The same company, with ids of its own for another thread."""
    ids = IdSource.seeded(instant=datetime(2026, 3, 2, 9, tzinfo=UTC), seed=seed)
    return World(world.company_id, ids, world.today)


def together(works: Sequence[Callable[[], T]]) -> list[T | Refused]:
    """All works start at one gate; their answers in order. A refusal is an answer; any other error
    is raised here, so a deadlock or a broken constraint fails the test."""
    answers: list[T | Refused] = [_NOTHING] * len(works)
    errors: list[BaseException] = []
    gate = threading.Barrier(len(works))

    def run(index: int, work: Callable[[], T]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")  # connected before the gate opens
            gate.wait(timeout=PATIENCE)
            answers[index] = work()
        except Refused as refusal:
            answers[index] = refusal
        except BaseException as error:  # noqa: BLE001 - raised in the main thread
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=WORK_MAX)
        assert not thread.is_alive(), "somebody still waits"
    for error in errors:
        raise error
    return answers


def wait_until_it_waits_for_us() -> None:
    """Until another connection waits for what this one has locked."""
    end = monotonic() + PATIENCE
    blocked = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids"
    while not fetch_rows(f"{blocked}(pid)) LIMIT 1", []):
        assert monotonic() < end, "the other one does not wait for what is locked"
        sleep(0.01)
