"""What is written behind is there for whoever looks next, in order, or not at all."""

from __future__ import annotations

import signal
from collections.abc import Iterable

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from acquit.database import behind
from acquit.database.copy import copy_text, fetch_rows, fetch_sets
from acquit.stages.invoices.models import PartySnapshot
from tests.support.world import World

pytestmark = pytest.mark.django_db
COLUMNS = ("id", "company_id", "digest", "party")


def keep(world: World, digests: Iterable[str]) -> None:
    own = world.company_id
    rows = (f'{world.ids.new().hex}\t{own.hex}\t{one}\t{{"a": "%s\\\\\\\\"}}\n' for one in digests)
    copy_text(PartySnapshot, COLUMNS, rows)


def kept() -> list[str]:
    return [row[0] for row in fetch_rows("SELECT digest FROM invoices_party ORDER BY digest")]


def test_the_next_question_takes_along_what_waits(world: World) -> None:
    with behind.writing_behind():
        with CaptureQueriesContext(connection) as captured:
            keep(world, ["a'", "b%s"])
            behind.write("UPDATE access_company SET name = %s", ["It's 100 %"])
            assert len(captured) == 0
            assert kept() == ["a'", "b%s"]
        assert len(captured) == 1
        keep(world, ["c"])
        many = [f"m{n:03}" for n in range(300)]
        keep(world, many)  # by COPY, and what waited stands before it
        assert PartySnapshot.objects.count() == 303
        assert list(PartySnapshot.objects.filter(digest="c").values_list("party", flat=True)) == [
            {"a": "%s\\"}
        ]
        keep(world, ["z"])
        assert fetch_sets(
            ("SELECT max(digest) FROM invoices_party", []),
            ("SELECT name, %s::int FROM access_company", [7]),
        ) == [[("z",)], [("It's 100 %", 7)]]
        keep(world, ["zz"])
    assert kept()[-1] == "zz"


def fails(world: World, *digests: str) -> None:
    """A transaction, or the savepoint of one, that writes and then fails."""
    with transaction.atomic(), behind.writing_behind():
        for digest in digests:
            keep(world, [digest])
        if len(set(digests)) == len(digests):
            raise LookupError


def test_what_fails_raises_and_leaves_nothing(world: World) -> None:
    with pytest.raises(IntegrityError):
        fails(world, "a", "a")
    with pytest.raises(LookupError):
        fails(world, "b")
    assert kept() == []


def test_a_savepoint_parts_what_is_written_behind(world: World) -> None:
    with transaction.atomic(), behind.writing_behind():
        keep(world, ["before"])
        with pytest.raises(LookupError):
            fails(world, "inside")
        with pytest.raises(IntegrityError):
            fails(world, "twice", "twice")
        keep(world, ["later"])
    assert kept() == ["before", "later"]


def digests(start: int) -> list[str]:
    """More than one piece of COPY."""
    return [f"{start + n:06}" for n in range(1_000)]


def test_many_rows_are_stored_beside_the_program_and_in_their_order(world: World) -> None:
    with behind.writing_behind():
        keep(world, ["few"])
        with CaptureQueriesContext(connection) as captured:
            keep(world, digests(0))
            behind.write("UPDATE access_company SET name = (SELECT count(*) FROM invoices_party)")
            keep(world, digests(10_000))
            assert len(captured) == 0
        assert kept() == sorted(["few", *digests(0), *digests(10_000)])
        assert fetch_rows("SELECT name FROM access_company") == [("1001",)]
        keep(world, digests(20_000))
    assert len(kept()) == 3_001


def stores(world: World, *batches: Iterable[str]) -> None:
    """Batches in a savepoint, and then a question."""
    with transaction.atomic():
        for batch in batches:
            keep(world, batch)
        kept()


def broken() -> Iterable[str]:
    yield from digests(5_000)
    raise LookupError


def fails_on_the_way(world: World) -> None:
    with transaction.atomic():
        keep(world, digests(50_000))
        raise LookupError


def test_a_row_that_the_database_refuses_raises_with_the_next_question(world: World) -> None:
    with transaction.atomic(), behind.writing_behind():
        keep(world, digests(0))
        with pytest.raises(IntegrityError):
            # Nobody waits for room behind what failed.
            stores(world, digests(500), *(digests(n * 1_000) for n in range(2, 90)))
        with pytest.raises(IntegrityError):
            stores(world, digests(999))
    assert kept() == digests(0)


def test_rows_that_are_taken_back_on_their_way_are_as_none(world: World) -> None:
    with transaction.atomic(), behind.writing_behind():
        keep(world, digests(0))
        with pytest.raises(LookupError):
            stores(world, broken())
        keep(world, digests(1_000))
        with pytest.raises(LookupError):
            fails_on_the_way(world)
    assert kept() == [*digests(0), *digests(1_000)]


def breaks_off(*_: object) -> None:
    raise KeyboardInterrupt


def takes_long(world: World) -> None:
    with transaction.atomic():
        behind.write("SELECT pg_sleep(600)")
        keep(world, digests(1_000))
        kept()


def test_who_waits_for_rows_can_break_off(world: World) -> None:
    before = signal.signal(signal.SIGALRM, breaks_off)
    try:
        with transaction.atomic(), behind.writing_behind():
            keep(world, digests(0))
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(KeyboardInterrupt):
                takes_long(world)
            keep(world, digests(2_000))
    finally:
        signal.signal(signal.SIGALRM, before)
    assert kept() == [*digests(0), *digests(2_000)]
