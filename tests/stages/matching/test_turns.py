"""Whose turn it is: money times how long it waits, page by page along an index."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.urls import reverse

from acquit.stages.matching.commands import propose
from acquit.stages.matching.queries import waiting
from acquit.stages.matching.queries.waiting import Group, QueueRow
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receivables.queries import TURN_SQL
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.pages import browser
from tests.support.world import World

pytestmark = pytest.mark.django_db

# Minor units and the days that they wait: each week counts as much as twice the money.
WAITING = [(100_00, 0), (99_00, 8), (40_00, 13), (5_000_00, 1), (13_00, 20), (1, 150)]
TURNS = [1, 5_000_00, 99_00, 40_00, 100_00, 13_00]


def bring(world: World) -> None:
    """Money of nobody that is known."""
    opening = 0
    for at, (minor, days) in enumerate(sorted(WAITING, key=lambda one: -one[1])):
        body = statement_bytes(
            [Movement(minor, f"w{at}")],
            on=world.today - timedelta(days=days),
            reference=f"S{at}",
            opening_minor=opening,
        )
        opening += minor
        file = StatementFile(key=f"{at}.xml", body=body)
        import_statement(ctx=world.ctx(), items=[file]).or_refuse()


def pages(world: World, *, limit: int) -> list[list[QueueRow]]:
    since = datetime.combine(world.today, time(), UTC)
    found, after = [], None
    while True:
        page = waiting.queue(
            company_id=world.company_id,
            group=Group.NEEDS_YOU,
            since=since,
            limit=limit,
            after=after,
        )
        found.append(list(page.rows))
        after = page.next
        if after is None:
            return found


def test_what_needs_you_comes_by_money_and_by_how_long_it_waits(world: World) -> None:
    bring(world)
    assert [row.open_minor for row in pages(world, limit=9)[0]] == TURNS
    by_two = pages(world, limit=2)
    assert [len(rows) for rows in by_two] == [2, 2, 2]
    assert [row.open_minor for rows in by_two for row in rows] == TURNS


def test_turns_are_read_along_their_index(world: World) -> None:
    bring(world)
    asked = (
        "SELECT receipt_id, open_minor FROM receivables_open_item WHERE company_id = %s"
        f" AND kind = 'receipt' AND open_minor > 0 ORDER BY {TURN_SQL}, id LIMIT 3"
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {asked}", [world.company_id])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "receivables_item_turn" in plan and "Sort" not in plan, plan


def test_each_row_says_why_it_waits(world: World) -> None:
    (kunde,) = customers(world, 1)
    issue(world, [Doc(kunde.id, 5_000) for _ in range(3)])
    moves = [
        Movement(10_000, "", payer=kunde.name, iban=kunde.iban),
        Movement(777, "who am I"),
    ]
    body = statement_bytes(moves, on=world.today, reference="S1")
    import_statement(ctx=world.ctx(), items=[StatementFile(key="S1.xml", body=body)]).or_refuse()
    clerk = browser(world, "cash_clerk")

    def said() -> dict[str, str]:
        groups = clerk.get(reverse("apply")).context["groups"]
        return {str(row["open"]): row["why"] for group in groups for row in group["rows"]}

    assert set(said().values()) == {"Not looked at yet"}
    propose(ctx=world.ctx(), items=[])
    now = said()
    assert now["100.00 EUR"].startswith("Ambiguous: ") and "ways fit" in now["100.00 EUR"]
    assert now["7.77 EUR"] == "Belongs to no document"
