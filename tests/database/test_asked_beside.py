"""What is asked beside the program is answered from its own transaction, and leaves no thread."""

from __future__ import annotations

import threading

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from acquit.database import behind
from acquit.database.ahead import asked_beside
from acquit.database.copy import fetch_rows
from tests.support.world import World

pytestmark = pytest.mark.django_db
NAME = "SELECT name FROM access_company WHERE id = %s"


def test_it_sees_what_was_written_before_and_waits(world: World) -> None:
    own = [world.company_id]
    with behind.writing_behind():
        behind.write("UPDATE access_company SET name = 'Beside' WHERE id = %s", own)
        with CaptureQueriesContext(connection) as captured:
            answer = asked_beside(
                lambda: (fetch_rows("SELECT pg_sleep(0.05)"), fetch_rows(NAME, own))
            )
            assert fetch_rows("SELECT 1") == [(1,)]
            assert answer()[1] == [("Beside",)]
        assert len(captured) == 3
    assert threading.active_count() == 1


def test_what_fails_is_raised_where_the_answer_is_wanted(world: World) -> None:
    with transaction.atomic():
        answer = asked_beside(lambda: fetch_rows("SELECT 1 / 0"))
        with pytest.raises(DataError):
            answer()
        transaction.set_rollback(True)
    assert threading.active_count() == 1
    assert fetch_rows(NAME, [world.company_id])
