"""What is written behind is there for whoever looks next, in order, or not at all."""

from __future__ import annotations

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
    rows = [f'{world.ids.new().hex}\t{own.hex}\t{one}\t{{"a": "%s\\\\\\\\"}}\n' for one in digests]
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
