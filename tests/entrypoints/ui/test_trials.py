"""Every policy can be tried on what really happened."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from acquit.core.money import Money
from acquit.core.tables import compile_table
from acquit.entrypoints.ui.frame import Frame
from acquit.entrypoints.ui.trials import recent
from acquit.policy.defaults import shipped
from acquit.policy.registry import SPECS
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.matching.commands import ReturnChoice, propose, settle_return
from acquit.stages.matching.models import Return
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receivables.commands import NewAdjustment, NewAllocation, adjust, allocate
from acquit.stages.receivables.models import OpenItem
from tests.support.invoices import customer, deliver
from tests.support.money import Incoming, Movement, receive, statement_bytes
from tests.support.world import World


@pytest.fixture
def frame(world: World) -> Frame:
    """A company that billed, was paid in full and in part, closed a rest and lost money again."""
    buyer = customer(world, "C-1")
    other = customer(world, "C-2")
    deliver(world, buyer)
    deliver(world, other)
    bill(ctx=world.ctx(), as_of=world.today)
    item = OpenItem.objects.of(world.company_id).get(customer_id=buyer.id)
    wish = NewAdjustment(
        key="k", item_id=item.id, amount=Money(100, "EUR"), adjustment="small_difference"
    )
    adjust(ctx=world.ctx(), items=[wish])
    receive(world, [Incoming(item.original_minor - 100, buyer.id)])
    propose(ctx=world.ctx(), items=[])
    claim = OpenItem.objects.of(world.company_id).get(customer_id=other.id)
    (money,) = receive(world, [Incoming(8_000, other.id)])
    part = NewAllocation(
        key="k", credit_item_id=money.id, debit_item_id=claim.id, amount=Money(8_000, "EUR")
    )
    allocate(ctx=world.ctx(), items=[part]).or_refuse()
    body = statement_bytes([Movement(-8_000, returned="MD06")], on=world.today)
    import_statement(ctx=world.ctx(), items=[StatementFile(key="s", body=body)]).or_refuse()
    assert money.receipt_id is not None
    back = ReturnChoice(id=Return.objects.get().id, receipt_id=money.receipt_id)
    settle_return(ctx=world.ctx(), items=[back]).or_refuse()
    request = RequestFactory().get("/")
    return Frame(request=request, company=world.company, companies=(), ctx=world.ctx())


@pytest.mark.parametrize("name", SPECS)
def test_a_policy_is_tried_on_what_was_decided(frame: Frame, name: str) -> None:
    inputs = recent(frame, name)
    assert inputs
    known = {spec.name for spec in SPECS[name].facts}
    table = compile_table(table=shipped(name), registry=SPECS[name].registry)
    for label, facts in inputs:
        assert label
        assert set(facts) <= known
        table.decide(facts)


def test_where_nothing_happened_there_is_nothing_to_try(world: World) -> None:
    request = RequestFactory().get("/")
    empty = Frame(request=request, company=world.company, companies=(), ctx=world.ctx())
    assert {name: recent(empty, name) for name in SPECS} == {name: [] for name in SPECS}
