from __future__ import annotations

import signal
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

from tests.support.world import World, new_world

# Tables with a trigger on TRUNCATE (bit 5 of pg_trigger.tgtype).
_GUARDED = """
    SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger
    WHERE NOT tgisinternal AND (tgtype & 32) <> 0
"""


@pytest.fixture
def world(db: None) -> World:
    """A German company on 2 March 2026."""
    return new_world()


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C does here what it does at a terminal: a shell that runs the tests in the background
    has it ignored by all its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The codes of second factors change with the clock, also between taking one and giving it;
    here their clock stands still."""
    standing = SimpleNamespace(time=lambda: 1_800_000_000.0)
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", standing)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Worlds are made from seeds: the same company with the same facts comes back in test after
    test, also where a test changed rows behind them. No process in the field sees that."""
    from acquit.history import kept
    from acquit.stages.dispatch.queries import unsent
    from acquit.stages.receivables.queries import billed, cache

    for memo in (kept, unsent, billed, cache):
        memo.forget()


@pytest.fixture(scope="session", autouse=True)
def emptying_between_tests() -> Iterator[None]:
    """Tests that commit are cleaned up by TRUNCATE, which our append-only tables refuse; only
    that clean-up, inside its own transaction, runs with their triggers switched off, as the
    owner of the tables may."""
    original = DatabaseOperations.sql_flush

    def sql_flush(self: Any, *args: Any, **options: Any) -> list[str]:
        statements = original(self, *args, **options)
        with connection.cursor() as cursor:
            cursor.execute(_GUARDED)
            tables = [row[0] for row in cursor.fetchall()]
        off = [f"ALTER TABLE {table} DISABLE TRIGGER USER;" for table in tables]
        on = [f"ALTER TABLE {table} ENABLE TRIGGER USER;" for table in tables]
        return [*off, *statements, *on]

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign]
    yield
    DatabaseOperations.sql_flush = original  # type: ignore[method-assign]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How far the state machine went, all its parts together."""
    steps = sum(
        value
        for report in terminalreporter.stats.get("passed", [])
        if report.when == "call"
        for name, value in report.user_properties
        if name == "steps"
    )
    if steps:
        terminalreporter.write_line(f"state machine: {steps:,} steps, every one checked")
