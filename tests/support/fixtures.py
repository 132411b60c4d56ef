from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

from tests.support.world import World, new_world


@pytest.fixture
def world(db: None) -> World:
    """A German company on 2 March 2026."""
    return new_world()


@pytest.fixture(scope="session", autouse=True)
def emptying_between_tests() -> Iterator[None]:
    """Tests that commit are cleaned up by TRUNCATE, which our append-only tables refuse; only
    that clean-up, inside its own transaction, runs with the triggers switched off."""
    original = DatabaseOperations.sql_flush

    def sql_flush(self: Any, *args: Any, **options: Any) -> list[str]:
        statements = original(self, *args, **options)
        return ["SET LOCAL session_replication_role = replica;", *statements]

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign]
    yield
    DatabaseOperations.sql_flush = original  # type: ignore[method-assign]
