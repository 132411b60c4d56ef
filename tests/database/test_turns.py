"""Threads that talk with the database do not wait for a turn, and leave no trace."""

from __future__ import annotations

import sys
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from django.db import connection, transaction

from acquit.database.ahead import asked_beside
from acquit.database.behind import copying, writing_behind
from acquit.database.copy import fetch_rows
from acquit.database.turns import TURN_SECONDS, quick_turns


def test_turns_are_short_as_long_as_somebody_talks() -> None:
    usual = sys.getswitchinterval()
    go_on, talks = Event(), Event()

    def other() -> None:
        with quick_turns():
            talks.set()
            go_on.wait(10)

    thread = Thread(target=other)
    with quick_turns():
        thread.start()
        assert talks.wait(10)
    assert sys.getswitchinterval() == pytest.approx(TURN_SECONDS)  # the other one still talks
    go_on.set()
    thread.join()
    assert sys.getswitchinterval() == usual


def test_turns_are_as_before_where_the_talk_failed() -> None:
    usual = sys.getswitchinterval()
    with pytest.raises(ZeroDivisionError), quick_turns():
        _ = 1 / 0
    assert sys.getswitchinterval() == usual


@pytest.mark.django_db
def test_who_asks_or_writes_beside_the_program_has_short_turns() -> None:
    usual = sys.getswitchinterval()

    def ask() -> float:
        fetch_rows("SELECT 1")
        return sys.getswitchinterval()

    assert asked_beside(ask)() == pytest.approx(TURN_SECONDS)
    with transaction.atomic(), writing_behind():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE turns (n int)")
        with copying("COPY turns FROM STDIN") as put:
            put("1\n")
            deadline = monotonic() + 10
            while sys.getswitchinterval() == usual and monotonic() < deadline:
                sleep(0.001)
            assert sys.getswitchinterval() == pytest.approx(TURN_SECONDS)
        assert fetch_rows("SELECT n FROM turns") == [(1,)]
    assert sys.getswitchinterval() == usual
