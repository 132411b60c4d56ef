"""A run that posts by several rules and a clerk who works on the same customers."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from django.db import connection, transaction

from acquit.access.commands.grant import NewLimit, save_limit
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.core.tables import Row
from acquit.database.copy import fetch_rows
from acquit.policy.commands.save import NewVersion, save
from acquit.policy.defaults import shipped
from acquit.stages.matching.commands import AskCustomer, ask, propose
from acquit.stages.matching.models import Question
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receivables.commands import (
    NewAdjustment,
    NewAllocation,
    adjust,
    allocate,
    lock_items,
)
from acquit.stages.receivables.models import OpenItem
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.racing import own, wait_until_it_waits_for_us
from tests.support.world import new_world, someone

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("first", [0, 1])
def test_a_run_holds_nothing_while_it_waits_for_the_first_item(first: int) -> None:
    """Two customers, a rule for each. While somebody holds the first of them, the run must not
    hold the second, whichever rule comes first: he may want it next."""
    world = new_world()
    people = sorted(customers(world, 2), key=lambda one: one.id)
    rows = [Row((one.number,), ("post",)) for one in people]
    table = replace(
        shipped("matching"),
        inputs=("customer.number",),
        rows=(*rows, Row(("",), ("leave",))),
    )
    version = NewVersion(name="matching", table=table.to_dict(), valid_from=world.today)
    save(ctx=world.ctx(), items=[version]).or_refuse()
    claims = issue(world, [Doc(people[0].id, 10_000), Doc(people[1].id, 20_000)])
    moves = [
        Movement(claim.open_minor, claim.number, payer=one.name, iban=one.iban)
        for one, claim in zip(people, claims, strict=True)
    ]
    moves = [moves[first], moves[1 - first]]
    body = statement_bytes(moves, on=world.today)
    import_statement(ctx=world.ctx(), items=[StatementFile(key="s", body=body)]).or_refuse()
    posted: list[int] = []

    def run() -> None:
        try:
            mine = own(world, "run")
            posted.append(propose(ctx=mine.ctx(), items=[]).figures["posted"])
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        lock_items(company_id=world.company_id, item_ids=[claims[0].id])
        thread.start()
        wait_until_it_waits_for_us()
        held = "SELECT id FROM masterdata_customer WHERE id = %s FOR NO KEY UPDATE NOWAIT"
        assert len(fetch_rows(held, [people[1].id])) == 1
    thread.join()
    assert posted == [2]


def test_two_parts_closed_at_once_count_together() -> None:
    """Ana may close up to five: three in one window and three in another are six, also where the
    second is asked before the first is done."""
    world = new_world()
    (kunde,) = customers(world, 1)
    (claim,) = issue(world, [Doc(kunde.id, 10_000)])
    limit = NewLimit(role="cash_clerk", command="receivables.adjust", amount=Money(500, "EUR"))
    save_limit(ctx=world.ctx(), items=[limit]).or_refuse()
    ana = someone("cash_clerk")
    states: list[ItemState] = []

    def part(key: str) -> NewAdjustment:
        return NewAdjustment(
            key=key, item_id=claim.id, amount=Money(300, "EUR"), adjustment="small_difference"
        )

    def second() -> None:
        try:
            mine = own(world, "second")
            states.extend(
                one.state for one in adjust(ctx=mine.ctx(actor=ana), items=[part("b")]).items
            )
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        (done,) = adjust(ctx=world.ctx(actor=ana), items=[part("a")]).items
        assert done.state is ItemState.DONE
        thread.start()
        wait_until_it_waits_for_us()
    thread.join()
    assert states == [ItemState.AWAITING]


def test_nobody_is_asked_about_money_that_is_applied_just_now() -> None:
    """A clerk applies what another one asks about: who comes second finds nothing left to ask."""
    world = new_world()
    (kunde,) = customers(world, 1)
    kunde.email = "a@kunde.example"
    kunde.save()
    (claim,) = issue(world, [Doc(kunde.id, 10_000)])
    body = statement_bytes([Movement(10_000, "x", payer=kunde.name)], on=world.today)
    import_statement(ctx=world.ctx(), items=[StatementFile(key="s", body=body)]).or_refuse()
    money = OpenItem.objects.of(world.company_id).get(kind="receipt")
    assert money.receipt_id
    move = NewAllocation(
        key="a", credit_item_id=money.id, debit_item_id=claim.id, amount=Money(10_000, "EUR")
    )
    wish = AskCustomer(receipt_id=money.receipt_id, customer_id=kunde.id)
    found: list[str] = []

    def second() -> None:
        try:
            mine = own(world, "second")
            found.extend(fault.code for fault in ask(ctx=mine.ctx(), items=[wish]).faults)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        allocate(ctx=world.ctx(), items=[move]).or_refuse()
        thread.start()
        wait_until_it_waits_for_us()
    thread.join()
    assert found == ["question.nothing_left"]
    assert not Question.objects.of(world.company_id).exists()
