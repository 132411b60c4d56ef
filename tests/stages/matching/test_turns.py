"""Whose turn it is: money times how long it waits, page by page along an index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse

from acquit.core.money import Money
from acquit.stages.matching.commands import propose
from acquit.stages.matching.models import Proposal
from acquit.stages.matching.queries import waiting
from acquit.stages.matching.queries.waiting import Group, QueueRow
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receivables.commands import NewAllocation, Undo, allocate, undo
from acquit.stages.receivables.models import OpenItem
from acquit.stages.receivables.queries import TURN_SQL, turn_of
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.pages import browser
from tests.support.world import World

pytestmark = pytest.mark.django_db

# Minor units and the days that they wait: each week counts as much as twice the money.
WAITING = [(100_13, 0), (99_00, 8), (40_00, 13), (5_000_13, 1), (13_00, 20), (1, 150)]
TURNS = [1, 5_000_13, 99_00, 40_00, 100_13, 13_00]


def _oldest_first() -> list[tuple[int, int]]:
    return sorted(WAITING, key=lambda one: -one[1])


def bring(world: World, *, texts: Sequence[str] = ()) -> None:
    """Money of nobody that is known, unless its text says so."""
    opening = 0
    for at, (minor, days) in enumerate(_oldest_first()):
        body = statement_bytes(
            [Movement(minor, texts[at] if texts else f"w{at}")],
            on=world.today - timedelta(days=days),
            reference=f"S{at}",
            opening_minor=opening,
        )
        opening += minor
        file = StatementFile(key=f"{at}.xml", body=body)
        import_statement(ctx=world.ctx(), items=[file]).or_refuse()


def suggest(world: World) -> None:
    """The same money, each a part of a document that it names."""
    (kunde,) = customers(world, 1)
    issued = world.today - timedelta(days=200)
    docs = [Doc(kunde.id, minor * 2 + 1_234, issued_on=issued) for minor, _days in _oldest_first()]
    bring(world, texts=[f"part of {item.number}" for item in issue(world, docs)])
    propose(ctx=world.ctx(), items=[])
    assert list(_standing().values_list("action", flat=True)) == ["suggest"] * len(WAITING)


def _standing() -> QuerySet[Proposal]:
    return Proposal.objects.filter(state="proposed", rank=1)


def pages(world: World, *, limit: int, group: Group = Group.NEEDS_YOU) -> list[list[QueueRow]]:
    since = datetime.combine(world.today, time(), UTC)
    found, after = [], None
    while True:
        page = waiting.queue(
            company_id=world.company_id,
            group=group,
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


def test_what_is_suggested_comes_in_the_same_order(world: World) -> None:
    suggest(world)
    suggested = Group.SUGGESTED
    assert [row.open_minor for row in pages(world, limit=9, group=suggested)[0]] == TURNS
    by_two = pages(world, limit=2, group=suggested)
    assert [row.open_minor for rows in by_two for row in rows] == TURNS


@pytest.mark.parametrize("minor", [0, 1, 2, 99, 100, 12_345, 10**9, 2**40, 10**15])
@pytest.mark.parametrize("days", [0, 1, 6, 9_000, 9_999])
def test_a_turn_is_the_same_in_both_languages(world: World, minor: int, days: int) -> None:
    on = date(2000, 1, 1) + timedelta(days=days)
    with connection.cursor() as cursor:
        given = "SELECT %s::date AS effective_on, %s::bigint AS open_functional_minor"
        cursor.execute(f"SELECT {TURN_SQL} FROM ({given}) AS item", [on, minor])
        (told,) = cursor.fetchone()
    assert turn_of(effective_on=on, open_functional_minor=minor) == told


def test_what_is_left_of_money_has_another_turn(world: World) -> None:
    """An answer about less money is another one; of money that is applied by hand none stands."""
    suggest(world)
    receipt = OpenItem.objects.get(kind="receipt", original_minor=5_000_13)
    item = OpenItem.objects.get(kind="invoice", original_minor=10_012_60)

    def apply(minor: int) -> None:
        wish = NewAllocation(
            key=f"h{minor}",
            credit_item_id=receipt.id,
            debit_item_id=item.id,
            amount=Money(minor, "EUR"),
            third_party=True,
        )
        allocate(ctx=world.ctx(), items=[wish]).or_refuse()

    before = _standing().get(receipt_id=receipt.receipt_id)
    apply(4_990_13)
    propose(ctx=world.ctx(), items=[])
    after = _standing().get(receipt_id=receipt.receipt_id)
    receipt.refresh_from_db()
    assert after.id != before.id and after.turn > before.turn
    assert after.turn == turn_of(
        effective_on=receipt.effective_on, open_functional_minor=receipt.open_functional_minor
    )
    propose(ctx=world.ctx(), items=[])
    assert _standing().get(receipt_id=receipt.receipt_id).id == after.id, "nothing moved since"
    apply(10_00)
    assert not _standing().filter(receipt_id=receipt.receipt_id).exists()
    undo(ctx=world.ctx(), items=[Undo(receipt_id=receipt.receipt_id)]).or_refuse()
    propose(ctx=world.ctx(), items=[])
    assert _standing().get(receipt_id=receipt.receipt_id).turn == before.turn


def test_suggestions_are_read_along_their_index(world: World) -> None:
    suggest(world)
    since = datetime.combine(world.today, time(), UTC)
    asked: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        waiting.queue(
            company_id=world.company_id,
            group=Group.SUGGESTED,
            since=since,
            limit=2,
            after=(0, world.today, world.company_id),
        )
    ((sql, values),) = asked
    found = sql[sql.index("FROM (SELECT p.receipt_id") + 6 : sql.index(") AS found")]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {found}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "matching_proposal_turn" in plan and "Sort" not in plan, plan
    assert "ROW(turn, id) >" in plan, "the page begins where the last one ended"


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
