"""Legal numbers under fire: threads, rollbacks, two runs at once (invariants I16, I23, I28)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from acquit.core.ids import IdSource
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, CreditedLine, credit
from acquit.stages.invoices.commands.draft import draft
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.invoices.models import Document, Draft, Series
from acquit.stages.invoices.rules.numbering import future_fault
from tests.support.invoices import Sold, broken, customer, deliver
from tests.support.world import World, new_world

THREADS = 8
pytestmark = pytest.mark.django_db(transaction=True)


def _together(world: World, act: Callable[[World, int], Any]) -> list[Any]:
    """Run an act in several threads that start at the same moment; results or exceptions."""
    barrier = Barrier(THREADS)

    def run(index: int) -> Any:
        ids = IdSource.seeded(instant=world.ctx().now, seed=f"thread {index}")
        mine = World(world.company_id, ids, world.today, world.actor)
        barrier.wait()
        try:
            return act(mine, index)
        except Exception as error:  # noqa: BLE001  # the test looks at what came
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_numbers_have_no_gap_when_many_issue_and_some_roll_back() -> None:
    world = new_world(seed="numbers")
    per_thread = 4
    buyers = [customer(world, f"C-{n}") for n in range(THREADS * per_thread)]
    for buyer in buyers:
        deliver(world, buyer)
    draft(ctx=world.ctx(), items=[buyer.id for buyer in buyers], as_of=world.today)
    ids = list(Draft.objects.order_by("id").values_list("id", flat=True))

    class Crash(Exception):
        pass

    def act(mine: World, index: int) -> int:
        from django.db import transaction

        for step in range(per_thread):
            item = Issuing(draft_id=ids[index * per_thread + step])
            try:
                with transaction.atomic():
                    issue(ctx=mine.ctx(), items=[item])
                    if step == 1:
                        raise Crash
            except Crash:
                issue(ctx=mine.ctx(), items=[item])
        return per_thread

    results = _together(world, act)
    assert results == [per_thread] * THREADS
    numbers = sorted(Document.objects.values_list("series_number", flat=True))
    assert numbers == list(range(1, THREADS * per_thread + 1))
    assert Series.objects.get().last_number == len(numbers)
    assert broken(world) == []


def test_runs_at_the_same_time_bill_each_delivery_once() -> None:
    world = new_world(seed="runs")
    for number in range(12):
        deliver(world, customer(world, f"C-{number}"))
    results = _together(
        world, lambda mine, _: bill(ctx=mine.ctx(), as_of=mine.today).figures["invoices"]
    )
    assert sum(results) == Document.objects.count() == 12
    assert sorted(Document.objects.values_list("series_number", flat=True)) == list(range(1, 13))


def test_credits_at_the_same_time_never_exceed_the_line() -> None:
    world = new_world(seed="credits")
    deliver(world, customer(world), [Sold("3", "10.00")])
    bill(ctx=world.ctx(), as_of=world.today)
    document = Document.objects.get()
    item = Credit(document_id=document.id, reason="race", lines=(CreditedLine(1, Decimal("1")),))
    results = _together(world, lambda mine, _: len(credit(ctx=mine.ctx(), items=[item]).ids))
    assert sorted(results) == [0] * (THREADS - 3) + [1] * 3
    notes = Document.objects.filter(kind="credit_note")
    assert sum(note.gross_minor for note in notes) == document.gross_minor


def test_a_date_of_the_future_is_refused() -> None:
    """One typing error must not hold back a series until its day comes."""
    fault = future_fault(issued_on=date(2026, 12, 31), today=date(2026, 3, 2))
    assert fault is not None
    assert fault.fix == "issue on 2026-03-02 or before"
    assert future_fault(issued_on=date(2026, 3, 2), today=date(2026, 3, 2)) is None
