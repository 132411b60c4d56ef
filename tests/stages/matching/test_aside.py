"""Money that settles nothing leaves the queue with its reason, and comes when it is taken up."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from acquit.core.outcome import ItemState
from acquit.stages.masterdata.models import Customer
from acquit.stages.matching.commands import (
    AskCustomer,
    MatchReceipt,
    PutAside,
    TakeUp,
    ask,
    propose,
    put_aside,
    take_up,
)
from acquit.stages.matching.models import Aside
from acquit.stages.matching.queries import receipt_detail, waiting
from acquit.stages.matching.queries.waiting import Group
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receipts.models import Receipt
from acquit.stages.receivables.commands import Identification, identify
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(world: World) -> World:
    """A part payment that is suggested, and money of which nothing is known."""
    (one,) = customers(world, 1)
    Customer.objects.filter(id=one.id).update(email="pay@one.example")
    (item,) = issue(world, [Doc(one.id, 8_000)])
    moves = [Movement(3_000, f"{item.number} part"), Movement(999, "who am I"), Movement(555, "x")]
    body = statement_bytes(moves, on=world.today, reference="S1")
    file = StatementFile(key="S1.xml", body=body)
    import_statement(ctx=world.ctx(), items=[file]).or_refuse()
    propose(ctx=world.ctx(), items=[]).or_refuse()
    return world


def receipt(minor: int) -> Receipt:
    return Receipt.objects.get(amount_minor=minor)


def groups(world: World) -> dict[Group, list[int]]:
    """What is open of the receipts of each group; the same as its counts and sums say."""
    since = datetime.combine(world.today, time(), UTC)
    pages = waiting.queues(company_id=world.company_id, since=since, limit=9, turned=None)
    found = {group: sorted(row.open_minor for row in page.rows) for group, page in pages.items()}
    numbers = waiting.key_numbers(company_id=world.company_id, since=since, today=world.today)
    told = {one.group: (one.count, one.minor) for one in numbers.totals}
    assert told == {group: (len(rows), sum(rows)) for group, rows in found.items() if rows}
    return found


def test_what_is_put_aside_leaves_the_queue_and_comes_back(scene: World) -> None:
    ctx = scene.ctx()
    assert groups(scene)[Group.SUGGESTED] == [3_000]
    assert groups(scene)[Group.NEEDS_YOU] == [555, 999]
    wishes = [
        PutAside(receipt_id=receipt(3_000).id, reason="foreign"),
        PutAside(receipt_id=receipt(999).id, reason="foreign", note="a neighbour's rent"),
        PutAside(receipt_id=receipt(999).id, reason="foreign"),
    ]
    outcome = put_aside(ctx=ctx, items=wishes).or_refuse()
    assert [one.state for one in outcome.items] == [
        ItemState.DONE, ItemState.DONE, ItemState.DUPLICATE,
    ]  # fmt: skip
    propose(ctx=ctx, items=[MatchReceipt(receipt_id=receipt(3_000).id)])
    now = groups(scene)
    assert (now[Group.SUGGESTED], now[Group.NEEDS_YOU], now[Group.ASIDE]) == (
        [],
        [555],
        [999, 3_000],
    )
    assert waiting.suggested_totals(company_id=scene.company_id, over=0) == []  # type: ignore[arg-type]
    detail = receipt_detail(company_id=scene.company_id, receipt_id=receipt(999).id)
    assert detail is not None
    assert detail.aside is not None
    assert (detail.aside.reason, detail.aside.note) == ("foreign", "a neighbour's rent")

    taken = take_up(ctx=ctx, items=[TakeUp(receipt_id=receipt(n).id) for n in (3_000, 555)])
    assert [one.state for one in taken.items] == [ItemState.DONE, ItemState.DUPLICATE]
    assert groups(scene)[Group.SUGGESTED] == [3_000]
    put_aside(ctx=ctx, items=wishes[:1]).or_refuse()
    assert groups(scene)[Group.ASIDE] == [999, 3_000]


def test_money_on_account_has_a_customer(scene: World) -> None:
    wish = PutAside(receipt_id=receipt(999).id, reason="account")
    (fault,) = put_aside(ctx=scene.ctx(), items=[wish]).faults
    assert (fault.code, fault.fix) == ("aside.customer", "say who paid first")
    named = Identification(receipt_id=receipt(999).id, customer_id=Customer.objects.first().id)  # type: ignore[union-attr]
    identify(ctx=scene.ctx(), items=[named]).or_refuse()
    put_aside(ctx=scene.ctx(), items=[wish]).or_refuse()
    other = PutAside(receipt_id=receipt(999).id, reason="foreign")
    unknown = PutAside(receipt_id=scene.company_id, reason="account")
    wrong = PutAside(receipt_id=receipt(555).id, reason="lunch")
    refused = put_aside(ctx=scene.ctx(), items=[other, unknown, wrong])
    assert [fault.code for fault in refused.faults] == [
        "aside.other_reason", "aside.nothing_left", "aside.reason",
    ]  # fmt: skip
    row = Aside.objects.get()
    row.id = scene.company_id
    with pytest.raises(IntegrityError, match="matching_aside_one"), transaction.atomic():
        row.save(force_insert=True)


def test_who_was_asked_is_waited_for_until_his_time_is_over(scene: World) -> None:
    wish = AskCustomer(
        receipt_id=receipt(999).id, customer_id=Customer.objects.get(email="pay@one.example").id
    )
    ask(ctx=scene.ctx(), items=[wish]).or_refuse()
    assert groups(scene)[Group.NEEDS_YOU] == [555]
    assert groups(scene)[Group.ASIDE] == [999]
    scene.today += timedelta(days=400)
    assert groups(scene)[Group.NEEDS_YOU] == [555, 999]
