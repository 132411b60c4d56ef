"""Two clerks, one invoice: exactly one of them gets the money applied."""

from __future__ import annotations

import pytest

from acquit.core.money import Money
from acquit.stages.receivables.commands import NewAllocation, Undo, allocate, undo
from acquit.stages.receivables.models import Allocation, OpenItem
from tests.support.money import Doc, Incoming, customers, issue, receive
from tests.support.racing import own, together
from tests.support.world import new_world

pytestmark = pytest.mark.django_db(transaction=True)


def test_sixty_of_a_hundred_is_applied_once() -> None:
    world = new_world()
    (kunde,) = customers(world, 1)
    for round_ in range(5):
        (invoice,) = issue(world, [Doc(kunde.id, 100)])
        first, second = receive(world, [Incoming(60, kunde.id), Incoming(60, kunde.id)])

        def work(money: OpenItem, seed: str, invoice: OpenItem = invoice, n: int = round_):
            wish = NewAllocation(
                key="race",
                credit_item_id=money.id,
                debit_item_id=invoice.id,
                amount=Money(60, "EUR"),
            )
            mine = own(world, f"{seed}{n}")
            return lambda: allocate(ctx=mine.ctx(), items=[wish]).figures["allocated"]

        assert sorted(together([work(first, "a"), work(second, "b")])) == [0, 1]
        invoice.refresh_from_db()
        assert invoice.open_minor == 40


def test_opposite_orders_do_not_lock_each_other_out() -> None:
    world = new_world()
    one, other = customers(world, 2)
    items = issue(world, [Doc(one.id, 1_000), Doc(other.id, 1_000)])
    money = receive(world, [Incoming(1_000, one.id), Incoming(1_000, other.id)])

    def work(order: int, seed: str):
        wishes = [
            NewAllocation(
                key=f"{seed}{n}",
                credit_item_id=money[n].id,
                debit_item_id=items[n].id,
                amount=Money(10, "EUR"),
            )
            for n in (0, 1)[::order]
        ]
        mine = own(world, seed)
        return lambda: allocate(ctx=mine.ctx(), items=wishes).figures["allocated"]

    assert together([work(1 - 2 * (n % 2), f"s{n}") for n in range(6)]) == [2] * 6


def test_one_allocation_is_undone_once() -> None:
    world = new_world()
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 100)])
    (money,) = receive(world, [Incoming(100, kunde.id)])
    wish = NewAllocation(
        key="k", credit_item_id=money.id, debit_item_id=invoice.id, amount=Money(100, "EUR")
    )
    made = allocate(ctx=world.ctx(), items=[wish]).items[0].id

    def work(seed: str):
        mine = own(world, seed)
        return lambda: undo(ctx=mine.ctx(), items=[Undo(allocation_id=made)]).figures["undone"]

    assert sorted(together([work("x"), work("y")])) == [0, 1]
    assert Allocation.objects.of(world.company_id).count() == 2
