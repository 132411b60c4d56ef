"""Allocation by examples: partial, overpaid, netted, third party, undone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.history import queries as history
from acquit.stages.receivables.commands import (
    Identification,
    NewAllocation,
    Undo,
    allocate,
    identify,
    undo,
)
from acquit.stages.receivables.models import Allocation, OpenItem
from acquit.stages.receivables.queries import allocations_of
from tests.support.money import Doc, Incoming, customers, issue, receive
from tests.support.world import World, new_world

pytestmark = pytest.mark.django_db


def _apply(world: World, credit: OpenItem, debit: OpenItem, minor: int, key: str = "a", **more):
    wish = NewAllocation(
        key=key,
        credit_item_id=credit.id,
        debit_item_id=debit.id,
        amount=Money(minor, debit.currency),
        **more,
    )
    return allocate(ctx=world.ctx(), items=[wish])


def _codes(outcome) -> list[str]:
    return [fault.code for fault in outcome.faults]


def test_a_part_is_paid_and_the_rest_stays_open(world: World) -> None:
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 10_000)])
    (money,) = receive(world, [Incoming(4_000, kunde.id)])
    outcome = _apply(world, money, invoice, 4_000)
    assert outcome.items[0].state is ItemState.DONE
    invoice.refresh_from_db()
    money.refresh_from_db()
    assert (invoice.open_minor, money.open_minor) == (6_000, 0)


def test_what_is_too_much_stays_unapplied(world: World) -> None:
    (kunde,) = customers(world, 1)
    first, second = issue(world, [Doc(kunde.id, 3_000), Doc(kunde.id, 2_000)])
    (money,) = receive(world, [Incoming(6_000, kunde.id)])
    wishes = [
        NewAllocation(
            key="k", credit_item_id=money.id, debit_item_id=d.id, amount=Money(d.open_minor, "EUR")
        )
        for d in (first, second)
    ]
    allocate(ctx=world.ctx(), items=wishes)
    money.refresh_from_db()
    assert money.open_minor == 1_000


def test_a_credit_note_settles_an_invoice(world: World) -> None:
    (kunde,) = customers(world, 1)
    invoice, note = issue(world, [Doc(kunde.id, 500), Doc(kunde.id, 200, "credit_note")])
    _apply(world, note, invoice, 200)
    invoice.refresh_from_db()
    note.refresh_from_db()
    assert (invoice.open_minor, note.open_minor) == (300, 0)


@pytest.mark.parametrize(
    ("minor", "code"), [(5_001, "allocation.too_much"), (0, "allocation.amount")]
)
def test_amounts_that_do_not_fit_are_refused(world: World, minor: int, code: str) -> None:
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 5_000)])
    (money,) = receive(world, [Incoming(9_000, kunde.id)])
    assert _codes(_apply(world, money, invoice, minor)) == [code]
    assert not Allocation.objects.of(world.company_id).exists()


def test_other_sides_currencies_customers_and_companies_are_refused(world: World) -> None:
    one, other = customers(world, 2)
    invoice, foreign = issue(
        world, [Doc(one.id, 100), Doc(one.id, 100, currency="USD", rate=Decimal("0.9"))]
    )
    money, strange = receive(world, [Incoming(100, one.id), Incoming(100, other.id)])
    assert _codes(_apply(world, invoice, money, 50)) == ["allocation.wrong_side"]
    assert _codes(_apply(world, money, foreign, 50)) == ["allocation.currency"]
    assert _codes(_apply(world, strange, invoice, 50)) == ["allocation.other_customer"]
    outside = new_world(seed="outside", slug="outside")
    (far,) = issue(outside, [Doc(customers(outside, 1)[0].id, 100)])
    assert _codes(_apply(world, money, far, 50)) == ["allocation.unknown_item"]


def test_a_third_party_may_pay_when_it_is_said(world: World) -> None:
    one, other = customers(world, 2)
    (invoice,) = issue(world, [Doc(one.id, 100)])
    (money,) = receive(world, [Incoming(100, other.id)])
    assert not _apply(world, money, invoice, 100, third_party=True).faults
    row = Allocation.objects.of(world.company_id).get()
    assert (row.debit_customer_id, row.credit_customer_id) == (one.id, other.id)
    money.refresh_from_db()
    assert money.customer_id == other.id


def test_an_unknown_payer_gets_the_customer_and_loses_him_by_undo(world: World) -> None:
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 100)])
    (money,) = receive(world, [Incoming(150)])
    made = _apply(world, money, invoice, 100)
    money.refresh_from_db()
    assert money.customer_id == kunde.id
    undo(ctx=world.ctx(), items=[Undo(allocation_id=made.items[0].id)])
    money.refresh_from_db()
    assert (money.customer_id, money.open_minor) == (None, 150)
    kinds = [f.kind for f in history.timeline(company_id=world.company_id, subject_ids=[money.id])]
    assert kinds == ["receivables.PayerIdentified", "receivables.PayerWithdrawn"]


def test_money_for_several_customers_stays_nobodys(world: World) -> None:
    one, other = customers(world, 2)
    items = issue(world, [Doc(one.id, 100), Doc(other.id, 100)])
    (money,) = receive(world, [Incoming(200)])
    wishes = [
        NewAllocation(
            key="k", credit_item_id=money.id, debit_item_id=i.id, amount=Money(100, "EUR")
        )
        for i in items
    ]
    assert allocate(ctx=world.ctx(), items=wishes).figures["allocated"] == 2
    money.refresh_from_db()
    assert (money.customer_id, money.open_minor) == (None, 0)


def test_the_same_key_works_once_and_another_amount_is_refused(world: World) -> None:
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 100)])
    (money,) = receive(world, [Incoming(100, kunde.id)])
    first = _apply(world, money, invoice, 60)
    again = _apply(world, money, invoice, 60)
    assert (again.items[0].state, again.items[0].id) == (ItemState.DUPLICATE, first.items[0].id)
    assert _codes(_apply(world, money, invoice, 40)) == ["allocation.key_reused"]
    invoice.refresh_from_db()
    assert invoice.open_minor == 40


def test_together_means_all_or_nothing(world: World) -> None:
    (kunde,) = customers(world, 1)
    good, small = issue(world, [Doc(kunde.id, 100), Doc(kunde.id, 10)])
    (money,) = receive(world, [Incoming(200, kunde.id)])
    wishes = [
        NewAllocation(
            key=key,
            credit_item_id=money.id,
            debit_item_id=item.id,
            amount=Money(minor, "EUR"),
            together=group,
        )
        for key, item, minor, group in (
            ("1", good, 80, "g"),
            ("2", small, 20, "g"),
            ("3", good, 100, ""),
        )
    ]
    outcome = allocate(ctx=world.ctx(), items=wishes)
    assert _codes(outcome) == ["allocation.together", "allocation.too_much"]
    assert outcome.figures["allocated"] == 1
    good.refresh_from_db()
    assert good.open_minor == 0


def test_undo_by_receipt_and_by_proposal_once(world: World) -> None:
    (kunde,) = customers(world, 1)
    items = issue(world, [Doc(kunde.id, 100), Doc(kunde.id, 50)])
    (money,) = receive(world, [Incoming(150, kunde.id)])
    proposal = world.ids.new()
    for item in items:
        _apply(world, money, item, item.open_minor, proposal_id=proposal)
    world.later(3)
    done = undo(ctx=world.ctx(reason="wrong invoice"), items=[Undo(proposal_id=proposal)])
    assert done.figures == {"undone": 2, "already_undone": 0}
    again = undo(ctx=world.ctx(), items=[Undo(receipt_id=money.receipt_id)])
    assert again.items[0].state is ItemState.DUPLICATE
    nothing = undo(ctx=world.ctx(), items=[Undo(), Undo(allocation_id=world.ids.new())])
    assert _codes(nothing) == ["allocation.undo_what", "allocation.unknown"]
    views = allocations_of(company_id=world.company_id, item_ids=[money.id])
    assert [v.is_active for v in views] == [False] * 4
    assert {v.effective_on for v in views if v.reverses_id} == {world.today}
    for item in [*items, money]:
        item.refresh_from_db()
        assert item.open_minor == item.original_minor


def test_an_allocation_never_takes_effect_before_its_items(world: World) -> None:
    (kunde,) = customers(world, 1)
    later = world.today + timedelta(days=10)
    (invoice,) = issue(world, [Doc(kunde.id, 100, issued_on=later)])
    (money,) = receive(world, [Incoming(100, kunde.id)])
    _apply(world, money, invoice, 100)
    assert Allocation.objects.of(world.company_id).get().effective_on == later


def test_foreign_currency_is_settled_to_the_last_cent(world: World) -> None:
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 100, currency="USD", rate=Decimal("0.3333"))])
    (money,) = receive(world, [Incoming(100, kunde.id, currency="USD", rate=Decimal("0.7777"))])
    for n, minor in enumerate((33, 33, 34)):
        _apply(world, money, invoice, minor, key=str(n))
    rows = Allocation.objects.of(world.company_id)
    assert sum(r.debit_functional_minor for r in rows) == invoice.functional_minor == 33
    assert sum(r.credit_functional_minor for r in rows) == money.functional_minor == 78


def _queries(world: World, count: int) -> int:
    (kunde,) = customers(world, 1)
    items = issue(world, [Doc(kunde.id, 100)] * count)
    (money,) = receive(world, [Incoming(100 * count)])
    wishes = [
        NewAllocation(
            key="k", credit_item_id=money.id, debit_item_id=i.id, amount=Money(100, "EUR")
        )
        for i in items
    ]
    with CaptureQueriesContext(
        connection,
    ) as applied:
        outcome = allocate(ctx=world.ctx(), items=wishes)
    assert outcome.figures["allocated"] == count
    with CaptureQueriesContext(connection) as undone:
        undo(ctx=world.ctx(), items=[Undo(receipt_id=money.receipt_id)])
    return len(applied) * 1000 + len(undone)


def test_the_number_of_queries_does_not_grow(world: World) -> None:
    assert _queries(world, 1) == _queries(world, 1_000)


def test_a_payer_whom_a_person_named_stays_after_undo(world: World) -> None:
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 100)])
    (money,) = receive(world, [Incoming(150)])
    named = Identification(receipt_id=money.receipt_id, customer_id=kunde.id)
    identify(ctx=world.ctx(), items=[named]).or_refuse()
    world.later(1)
    _apply(world, money, invoice, 100)
    undo(ctx=world.ctx(), items=[Undo(receipt_id=money.receipt_id)])
    money.refresh_from_db()
    assert (money.customer_id, money.open_minor) == (kunde.id, 150)


def test_the_same_move_twice_in_one_batch_happens_once(world: World) -> None:
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 10_000)])
    (money,) = receive(world, [Incoming(10_000, kunde.id)])
    wish = NewAllocation(
        key="a", credit_item_id=money.id, debit_item_id=invoice.id, amount=Money(4_000, "EUR")
    )
    outcome = allocate(ctx=world.ctx(), items=[wish, wish])
    assert [item.state for item in outcome.items] == [ItemState.DONE, ItemState.REFUSED]
    assert _codes(outcome) == ["allocation.twice"]
    invoice.refresh_from_db()
    assert invoice.open_minor == 6_000
