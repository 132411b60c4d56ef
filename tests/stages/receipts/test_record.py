"""Money by hand: a receipt, an unapplied credit, a quittance with the next number."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.stages.receipts.commands import NewReceipt, record
from acquit.stages.receivables.models import OpenItem
from tests.support.money import customers
from tests.support.world import World

pytestmark = pytest.mark.django_db


def _wish(world: World, customer_id, minor: int = 100, method: str = "cash", key: str = "k"):
    return NewReceipt(
        key=key,
        customer_id=customer_id,
        method=method,
        amount=Money(minor, "EUR"),
        received_on=world.today,
    )


def test_cash_gets_a_quittance_and_is_unapplied(world: World) -> None:
    (kunde,) = customers(world, 1)
    outcome = record(ctx=world.ctx(), items=[_wish(world, kunde.id), _wish(world, kunde.id, 5)])
    assert outcome.figures == {
        "receipts": 2,
        "quittances": ["QU2026-000001", "QU2026-000002"],
    }
    item = OpenItem.objects.of(world.company_id).get(receipt_id=outcome.items[0].id)
    assert (item.customer_id, item.open_minor, item.number) == (kunde.id, 100, "QU2026-000001")


def test_a_rollback_gives_the_number_back(world: World) -> None:
    (kunde,) = customers(world, 1)
    with transaction.atomic():
        record(ctx=world.ctx(), items=[_wish(world, kunde.id)])
        transaction.set_rollback(True)
    again = record(ctx=world.ctx(), items=[_wish(world, kunde.id)])
    assert again.figures["quittances"] == ["QU2026-000001"]


def test_the_same_request_twice_is_one_receipt(world: World) -> None:
    (kunde,) = customers(world, 1)
    first = record(ctx=world.ctx(key="r1"), items=[_wish(world, kunde.id)])
    assert record(ctx=world.ctx(key="r1"), items=[_wish(world, kunde.id)]) == first
    assert OpenItem.objects.of(world.company_id).count() == 1


def test_everything_wrong_is_said_at_once(world: World) -> None:
    wrong = NewReceipt(
        key="w",
        customer_id=world.ids.new(),
        method="shells",
        amount=Money(0, "EUR"),
        received_on=world.today + timedelta(days=1),
    )
    (kunde,) = customers(world, 1)
    outcome = record(ctx=world.ctx(), items=[wrong, _wish(world, kunde.id)])
    assert [f.code for f in outcome.items[0].faults] == [
        "customer.unknown",
        "receipt.method",
        "receipt.amount",
        "receipt.day",
    ]
    assert outcome.items[1].state is ItemState.DONE


def test_the_number_of_queries_does_not_grow(world: World) -> None:
    (kunde,) = customers(world, 1)
    counts = []
    for n in (1, 1_000):
        with CaptureQueriesContext(connection) as captured:
            record(ctx=world.ctx(), items=[_wish(world, kunde.id)] * n)
        counts.append(len(captured))
    assert counts[0] == counts[1]
