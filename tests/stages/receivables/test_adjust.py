"""What is settled without another item: discounts with their tax, fees, exchanged money."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from acquit.access.commands.grant import Grant, NewLimit, grant, save_limit
from acquit.core.context import Actor
from acquit.core.money import Money
from acquit.core.outcome import ItemState, Outcome
from acquit.core.tables import Row
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped
from acquit.stages.ledger.models import Posting
from acquit.stages.masterdata.models import TaxCode
from acquit.stages.receivables.commands import (
    NewAdjustment,
    NewAllocation,
    NewExchange,
    Undo,
    adjust,
    judge_adjustments,
    undo,
)
from acquit.stages.receivables.models import Allocation, OpenItem
from acquit.stages.receivables.queries import customer_statement
from acquit.stages.receivables.queries.adjusted import recently_adjusted
from tests.properties.invariants import broken, check_reports
from tests.support.money import Doc, Incoming, customers, issue, receive
from tests.support.settling import settled
from tests.support.world import World, someone

pytestmark = pytest.mark.django_db


def _adjust(world: World, item: OpenItem, minor: int, why: str, **more: Any) -> Outcome:
    amount = Money(minor, item.currency)
    wish = NewAdjustment(key="k", item_id=item.id, amount=amount, adjustment=why, **more)
    return adjust(ctx=world.ctx(), items=[wish])


def _moved(world: World, rule: str) -> dict[str, int]:
    """What the entries of a posting rule moved on each account, debit plus, in home currency."""
    sums: dict[str, int] = {}
    for line in Posting.objects.of(world.company_id).filter(entry__posting_rule=rule):
        code = line.account.code
        sums[code] = sums.get(code, 0) + line.functional_minor
    return sums


def _holds(world: World, customer: Any) -> None:
    assert broken(company_id=world.company_id) == []
    check_reports(company_id=world.company_id, today=world.today, customer=customer.id)


def test_a_discount_reduces_the_tax_by_its_share(world: World) -> None:
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 11_900, tax_minor=1_900)])
    outcome = _adjust(world, invoice, 238, "discount")
    assert outcome.items[0].state is ItemState.DONE
    invoice.refresh_from_db()
    assert invoice.open_minor == 11_662
    assert _moved(world, "application") == {"1200": -238, "3806": 38, "4730": 200}
    _holds(world, kunde)
    statement = customer_statement(
        company_id=world.company_id,
        customer_id=kunde.id,
        currency="EUR",
        from_on=world.today,
        to_on=world.today,
        known_at=None,
    )
    assert sorted((one.kind, one.amount_minor) for one in statement.lines) == [
        ("adjustment", -238),
        ("invoice", 11_900),
    ]
    assert statement.closing_minor == 11_662
    assert _adjust(world, invoice, 238, "discount").items[0].state is ItemState.DUPLICATE
    undo(ctx=world.ctx(), items=[Undo(allocation_id=outcome.items[0].id)])
    invoice.refresh_from_db()
    assert invoice.open_minor == 11_900
    assert _moved(world, "undo") == {"1200": 238, "3806": -38, "4730": -200}
    _holds(world, kunde)


def test_a_large_discount_reduces_the_tax_too(world: World) -> None:
    """A tenth is more than a rule gives; who gives it lowers the tax by its share all the same
    (Directive 2006/112/EC, art. 90)."""
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 11_900, tax_minor=1_900)])
    _adjust(world, invoice, 1_190, "discount").or_refuse()
    assert _moved(world, "application") == {"1200": -1_190, "3806": 190, "4730": 1_000}
    _holds(world, kunde)


def test_a_discount_off_a_credit_note_gives_its_tax_back(world: World) -> None:
    (kunde,) = customers(world, 1)
    (note,) = issue(world, [Doc(kunde.id, 11_900, kind="credit_note", tax_minor=1_900)])
    outcome = _adjust(world, note, 238, "discount")
    assert _moved(world, "application") == {"1200": 238, "3806": -38, "4730": -200}
    _holds(world, kunde)
    undo(ctx=world.ctx(), items=[Undo(allocation_id=outcome.items[0].id)])
    assert _moved(world, "undo") == {"1200": -238, "3806": 38, "4730": 200}
    _holds(world, kunde)


def test_the_tax_goes_where_the_rate_of_the_document_went(world: World) -> None:
    """Delivered under the rate of the old year, issued in the new one."""
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 11_900, tax_minor=1_900)])
    old = TaxCode.objects.of(world.company_id).get(code="S", rate=19, valid_to=None)
    TaxCode.objects.create(
        id=world.ids.new(),
        company_id=world.company_id,
        code="S",
        category="S",
        rate=21,
        valid_from=world.today,
        account="3801",
        source="a new law",
    )
    TaxCode.objects.of(world.company_id).filter(id=old.id).update(
        valid_to=world.today - timedelta(days=1)
    )
    _adjust(world, invoice, 238, "discount")
    assert _moved(world, "application") == {"1200": -238, "3806": 38, "4730": 200}


@pytest.mark.parametrize(("why", "account"), [("bank_fee", "6855"), ("small_difference", "6300")])
def test_a_fee_leaves_the_tax_alone(world: World, why: str, account: str) -> None:
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 11_900, tax_minor=1_900)])
    _adjust(world, invoice, 100, why)
    assert _moved(world, "application") == {"1200": -100, account: 100}
    _holds(world, kunde)


def test_what_is_too_much_or_has_no_reason_is_refused(world: World) -> None:
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 100)])
    codes = [
        fault.code
        for minor, why in ((101, "bank_fee"), (10, "because"), (0, "bank_fee"))
        for fault in _adjust(world, invoice, minor, why).faults
    ]
    assert codes == ["allocation.too_much", "adjustment.reason", "allocation.amount"]


def test_above_the_limit_a_second_person_decides(world: World) -> None:
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 10_000)])
    limit = NewLimit(role="cash_clerk", command="receivables.adjust", amount=Money(500, "EUR"))
    save_limit(ctx=world.ctx(), items=[limit]).or_refuse()
    ctx = world.ctx(actor=someone("cash_clerk"))
    wish = NewAdjustment(
        key="k", item_id=invoice.id, amount=Money(3_000, "EUR"), adjustment="bank_fee"
    )
    assert adjust(ctx=ctx, items=[wish]).items[0].state is ItemState.AWAITING
    invoice.refresh_from_db()
    assert invoice.open_minor == 10_000


def test_a_large_amount_in_small_parts_is_as_large(world: World) -> None:
    """What one person closed of an item before counts, in this batch too, until it is undone."""
    (kunde,) = customers(world, 1)
    one, other = issue(world, [Doc(kunde.id, 10_000), Doc(kunde.id, 10_000)])
    limit = NewLimit(role="cash_clerk", command="receivables.adjust", amount=Money(500, "EUR"))
    save_limit(ctx=world.ctx(), items=[limit]).or_refuse()
    people = [
        Grant(email=f"{name}@muster.example", name=name, role="cash_clerk")
        for name in ("ana", "bogdan")
    ]
    ids = grant(ctx=world.ctx(), items=people).ids
    ana, bogdan = (someone("cash_clerk", id=id_) for id_ in ids)

    def states(who: Actor, *wished: tuple[str, OpenItem, int]) -> list[ItemState]:
        wishes = [
            NewAdjustment(
                key=key, item_id=item.id, amount=Money(minor, "EUR"), adjustment="bank_fee"
            )
            for key, item, minor in wished
        ]
        outcome = adjust(ctx=world.ctx(actor=who), items=wishes)
        return [{one.key: one.state for one in outcome.items}[key] for key, *_ in wished]

    done, waits = ItemState.DONE, ItemState.AWAITING
    parts = [(f"k{n}", one, 200) for n in range(4)]
    assert states(ana, *parts, ("other", other, 500)) == [done, done, waits, waits, done]
    assert states(ana, ("later", one, 101)) == [waits]
    assert states(ana, ("minus", one, -100), ("plus", one, 200)) == [ItemState.REFUSED, waits]
    assert states(ana, parts[0]) == [ItemState.DUPLICATE]
    assert states(bogdan, ("his", one, 500)) == [done]
    first = Allocation.objects.of(world.company_id).get(key="k0")
    undo(ctx=world.ctx(), items=[Undo(allocation_id=first.id)]).or_refuse()
    assert states(ana, ("again", one, 300)) == [done]


def _seldom(world: World) -> None:
    """A rule closes a small difference of a customer twice in twelve months."""
    rows = (Row(("= small_difference", "< 2"), ("close", "none")), Row(("", ""), ("keep", "none")))
    inputs = ("adjustment.reason", "adjustment.times")
    table = replace(shipped("adjusting"), inputs=inputs, rows=rows)
    version = NewVersion(name="adjusting", table=table.to_dict(), valid_from=world.today)
    save(ctx=world.ctx(), items=[version]).or_refuse()


def test_how_often_a_customer_is_let_off_is_counted_with_the_batch(
    world: World, django_assert_num_queries: Any
) -> None:
    """Of the reason, of the customer, of the twelve months before, and not what was undone."""
    one, other = customers(world, 2)
    claims = issue(world, [Doc(one.id, 10_000)] * 6 + [Doc(other.id, 10_000)])
    _seldom(world)

    def judged(*items: OpenItem, why: str = "small_difference") -> list[str]:
        wishes = [
            NewAdjustment(key="j", item_id=item.id, amount=Money(3, "EUR"), adjustment=why)
            for item in items
        ]
        return [action for action, _tax, _rule in judge_adjustments(world.ctx(), wishes)]

    assert judged(*claims) == ["close", "close", "keep", "keep", "keep", "keep", "close"]
    _adjust(world, claims[0], 3, "small_difference").or_refuse()
    _adjust(world, claims[1], 3, "bank_fee").or_refuse()
    assert judged(*claims[2:]) == ["close", "keep", "keep", "keep", "close"]
    done = _adjust(world, claims[2], 3, "small_difference").or_refuse()
    assert judged(*claims[3:]) == ["keep", "keep", "keep", "close"]
    with django_assert_num_queries(4):
        judged(*claims[3:])
    undo(ctx=world.ctx(), items=[Undo(allocation_id=done.items[0].id)]).or_refuse()
    assert judged(*claims[3:]) == ["close", "keep", "keep", "close"]
    told = [
        (row.reason, row.times) for row in recently_adjusted(company_id=world.company_id, limit=9)
    ]
    assert told == [("small_difference", 1), ("bank_fee", 0), ("small_difference", 0)]
    world.on(world.today.replace(year=world.today.year + 1) - timedelta(days=1))
    assert judged(*claims[3:]) == ["close", "keep", "keep", "close"]
    world.on(world.today + timedelta(days=1))
    assert judged(*claims[3:]) == ["close", "close", "keep", "close"]


def test_money_of_another_currency_settles_a_claim_without_a_rest(world: World) -> None:
    """50 dollars for 45 euros, which the books valued at 44.10: ninety cents are lost."""
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 4_500)])
    (money,) = receive(world, [Incoming(5_000, currency="USD", rate=Decimal("0.882"))])
    wish = NewExchange(
        key="k",
        credit_item_id=money.id,
        debit_item_id=invoice.id,
        given=Money(5_000, "USD"),
        amount=Money(4_500, "EUR"),
    )
    assert settled(world, [wish]).items[0].state is ItemState.DONE
    for item in (invoice, money):
        item.refresh_from_db()
        assert (item.open_minor, item.open_functional_minor) == (0, 0)
    assert money.customer_id == kunde.id
    assert _moved(world, "application") == {"3250": 4_410, "1460": 0, "1200": -4_500, "6880": 90}
    _holds(world, kunde)
    undo(ctx=world.ctx(), items=[Undo(receipt_id=money.receipt_id)])
    for item, minor in ((invoice, 4_500), (money, 5_000)):
        item.refresh_from_db()
        assert item.open_minor == minor
    assert money.customer_id is None
    assert Allocation.objects.of(world.company_id).count() == 4
    _holds(world, kunde)


def test_a_key_of_an_exchange_is_good_for_its_two_items_only(world: World) -> None:
    """With another claim, or other money, half of it would be known and half worth nothing."""
    (kunde,) = customers(world, 1)
    claims = issue(world, [Doc(kunde.id, 4_500), Doc(kunde.id, 4_500)])
    paid = receive(world, [Incoming(5_000, currency="USD", rate=Decimal("0.9"))] * 2)

    def wish(money: OpenItem, claim: OpenItem) -> NewExchange:
        return NewExchange(
            key="k",
            credit_item_id=money.id,
            debit_item_id=claim.id,
            given=Money(5_000, "USD"),
            amount=Money(4_500, "EUR"),
        )

    assert settled(world, [wish(paid[0], claims[0])]).items[0].state is ItemState.DONE
    for money, claim in ((paid[0], claims[1]), (paid[1], claims[0])):
        (answer,) = settled(world, [wish(money, claim)]).items
        assert (answer.state, answer.faults[0].code) == (
            ItemState.REFUSED,
            "allocation.key_reused",
        )
    assert settled(world, [wish(paid[0], claims[0])]).items[0].state is ItemState.DUPLICATE
    for item, minor in ((claims[0], 0), (claims[1], 4_500), (paid[0], 0), (paid[1], 5_000)):
        item.refresh_from_db()
        assert item.open_minor == minor
    _holds(world, kunde)


def test_what_was_kept_back_falls_with_the_money(world: World) -> None:
    """A payment less a discount is one group: nothing of it is done or undone alone."""
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 11_900, tax_minor=1_900)])
    (money,) = receive(world, [Incoming(11_662, kunde.id)])

    def wishes(minor: int) -> list[NewAllocation | NewAdjustment]:
        return [
            NewAdjustment(
                key=f"k{minor}",
                item_id=invoice.id,
                amount=Money(238, "EUR"),
                adjustment="discount",
                reduces_tax=True,
                together="one",
            ),
            NewAllocation(
                key=f"k{minor}",
                credit_item_id=money.id,
                debit_item_id=invoice.id,
                amount=Money(minor, "EUR"),
                together="one",
            ),
        ]

    refused = settled(world, wishes(11_663))
    assert {one.state for one in refused.items} == {ItemState.REFUSED}
    assert not Allocation.objects.of(world.company_id).exists()
    settled(world, wishes(11_662))
    invoice.refresh_from_db()
    assert invoice.open_minor == 0
    _holds(world, kunde)
    undo(ctx=world.ctx(), items=[Undo(receipt_id=money.receipt_id)])
    invoice.refresh_from_db()
    assert invoice.open_minor == 11_900
    _holds(world, kunde)
