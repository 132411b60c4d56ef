"""Money that a person applies to a claim of another currency: what it gives for what it settles."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.stages.masterdata.commands.save_rates import RateData, save_rates
from acquit.stages.masterdata.models import Customer
from acquit.stages.receivables.commands import NewAllocation, Undo, allocate, undo
from acquit.stages.receivables.commands.exchanging import exchange_of
from acquit.stages.receivables.models import Allocation, OpenItem
from tests.properties.invariants import broken, check_reports
from tests.support.money import Doc, Incoming, customers, issue, receive
from tests.support.settling import settled
from tests.support.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def kunde(world: World) -> Customer:
    """A dollar is 0.92 euro on the day."""
    rate = RateData(day=world.today, base="USD", target="EUR", rate=Decimal("0.92"), source="test")
    save_rates(ctx=world.ctx(), items=[rate]).or_refuse()
    (one,) = customers(world, 1)
    return one


def _wish(money: OpenItem, claim: OpenItem, given: int, amount: int, **more: Any) -> NewAllocation:
    return NewAllocation(
        key=more.pop("key", "k"),
        credit_item_id=money.id,
        debit_item_id=claim.id,
        amount=Money(amount, more.pop("unit", claim.currency)),
        given=Money(given, money.currency),
        **more,
    )


def _left(*items: OpenItem) -> list[tuple[int, int]]:
    for item in items:
        item.refresh_from_db()
    return [(item.open_minor, item.open_functional_minor) for item in items]


def _holds(world: World, kunde: Customer) -> None:
    assert broken(company_id=world.company_id) == []
    check_reports(company_id=world.company_id, today=world.today, customer=kunde.id)


def test_nothing_is_left_in_either_currency(world: World, kunde: Customer) -> None:
    """1,190 dollars, claimed at 0.90, for 1,080 euros and 9 that stay: 9 more than claimed."""
    (claim,) = issue(world, [Doc(kunde.id, 119_000, currency="USD", rate=Decimal("0.90"))])
    (money,) = receive(world, [Incoming(108_900)])
    wish = _wish(money, claim, 108_000, 119_000)
    for state in (ItemState.DONE, ItemState.DUPLICATE):
        assert [one.state for one in allocate(ctx=world.ctx(), items=[wish]).items] == [state]
        assert _left(claim, money) == [(0, 0), (900, 900)]
    assert money.customer_id == kunde.id
    _holds(world, kunde)
    (half, other) = Allocation.objects.of(world.company_id).order_by("id")
    assert half.group_id == other.group_id is not None
    undo(ctx=world.ctx(), items=[Undo(allocation_id=other.id)]).or_refuse()
    assert _left(claim, money) == [(119_000, 107_100), (108_900, 108_900)]
    _holds(world, kunde)


def test_parts_of_two_claims_and_a_reason_are_one_step(world: World, kunde: Customer) -> None:
    claims = issue(
        world,
        [
            Doc(kunde.id, 60_000, currency="USD", rate=Decimal("0.90")),
            Doc(kunde.id, 50_500, currency="USD", rate=Decimal("0.90")),
        ],
    )
    (money,) = receive(world, [Incoming(101_200)])
    closing = {"closing": Money(500, "USD"), "adjustment": "small_difference"}
    wishes = [
        _wish(money, claims[0], 55_200, 60_000, key="one", together="t"),
        _wish(money, claims[1], 46_000, 50_000, key="two", together="t", **closing),
    ]
    allocate(ctx=world.ctx(), items=wishes).or_refuse()
    assert _left(*claims, money) == [(0, 0)] * 3
    _holds(world, kunde)
    undo(ctx=world.ctx(), items=[Undo(receipt_id=money.receipt_id)]).or_refuse()
    assert [minor for minor, _own in _left(*claims, money)] == [60_000, 50_500, 101_200]
    _holds(world, kunde)


@pytest.mark.parametrize("key", ["", "idem-1"])
def test_what_was_done_is_answered_again_whatever_became_of_the_rate(
    world: World, kunde: Customer, key: str
) -> None:
    (claim,) = issue(world, [Doc(kunde.id, 119_000, currency="USD", rate=Decimal("0.90"))])
    (money,) = receive(world, [Incoming(108_900)])
    wish = _wish(money, claim, 54_000, 59_500)
    ctx = replace(world.ctx(), idempotency_key=key)
    assert allocate(ctx=ctx, items=[wish]).items[0].state is ItemState.DONE
    rate = RateData(day=world.today, base="USD", target="EUR", rate=Decimal("0.80"), source="test")
    save_rates(ctx=world.ctx(), items=[rate]).or_refuse()
    (again,) = allocate(ctx=replace(world.ctx(), idempotency_key=key), items=[wish]).items
    assert again.state is (ItemState.DONE if key else ItemState.DUPLICATE)
    for other in (_wish(money, claim, 54_000, 59_500, key="new"), replace(wish, key="x")):
        (refused,) = allocate(ctx=world.ctx(), items=[other]).items
        assert [one.code for one in refused.faults] == ["exchange.off_rate"]
    assert _left(claim, money) == [(59_500, 53_550), (54_900, 54_900)]


@pytest.mark.parametrize(
    ("given", "amount", "more", "code"),
    [
        (55_200, 61_300, {}, "exchange.off_rate"),  # 600 dollars, and more than a rate explains
        (100, 119_000, {}, "exchange.off_rate"),
        (55_200, 55_200, {"unit": "EUR"}, "exchange.one_currency"),
        (55_200, 60_000, {"third_party": False}, "allocation.other_customer"),
        (200_000, 217_391, {}, "allocation.too_much"),
    ],
)
def test_what_no_rate_explains_is_refused(
    world: World, kunde: Customer, given: int, amount: int, more: dict[str, Any], code: str
) -> None:
    (claim,) = issue(world, [Doc(kunde.id, 119_000, currency="USD", rate=Decimal("0.90"))])
    (other,) = customers(world, 1)
    (money,) = receive(world, [Incoming(150_000, other.id)])
    wish = _wish(money, claim, given, amount, **({"third_party": True} | more))
    (answer,) = allocate(ctx=world.ctx(), items=[wish]).items
    assert (answer.state, answer.faults[0].code) == (ItemState.REFUSED, code)
    assert _left(claim, money) == [(119_000, 107_100), (150_000, 150_000)]


def test_whose_money_it_is_is_asked_once_nobody_can_change_it(
    world: World, kunde: Customer
) -> None:
    """Somebody may name its payer between the look at the rate and the lock."""
    (claim,) = issue(world, [Doc(kunde.id, 119_000, currency="USD", rate=Decimal("0.90"))])
    (other,) = customers(world, 1)
    (money,) = receive(world, [Incoming(150_000, other.id)])
    (answer,) = settled(world, [exchange_of(_wish(money, claim, 55_200, 60_000))]).items
    assert [one.code for one in answer.faults] == ["allocation.other_customer"]
    assert _left(claim, money) == [(119_000, 107_100), (150_000, 150_000)]
    wish = exchange_of(_wish(money, claim, 55_200, 60_000, third_party=True))
    assert settled(world, [wish]).items[0].state is ItemState.DONE


def test_without_a_rate_nothing_is_exchanged(world: World) -> None:
    (kunde,) = customers(world, 1)
    (claim,) = issue(world, [Doc(kunde.id, 119_000, currency="GBP", rate=Decimal("1.1"))])
    (money,) = receive(world, [Incoming(130_900)])
    (answer,) = allocate(ctx=world.ctx(), items=[_wish(money, claim, 130_900, 119_000)]).items
    assert [one.code for one in answer.faults] == ["exchange.no_rate"]
