"""What a payer or a provider says money is for settles it, whichever of the two came first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from acquit.core.codecs import formats
from acquit.core.documents.remittance import RemittanceLine
from acquit.core.money import Money
from acquit.entrypoints.taking_in import take_in
from acquit.stages.matching.commands import ProposalChoice, accept, propose
from acquit.stages.matching.models import Proposal
from acquit.stages.matching.queries.lessons import aliases
from acquit.stages.receivables.models import Allocation, OpenItem
from tests.core.documents.trade_samples import remittance_advice
from tests.properties.invariants import broken
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.world import World

pytestmark = pytest.mark.django_db


def _bring(world: World, kind: str, body: bytes) -> None:
    take_in(
        ctx=world.ctx(), kind=kind, profile="", filename="f", content=body, options={}
    ).or_refuse()


def _left(items: list[OpenItem]) -> list[int]:
    for item in items:
        item.refresh_from_db()
    return [item.open_minor for item in items]


def _first(world: World) -> Proposal:
    return Proposal.objects.of(world.company_id).exclude(state="superseded").get(rank=1)


@pytest.mark.parametrize("money_first", [True, False])
@pytest.mark.parametrize("syntax", ["edifact", "x12", "ubl"])
def test_a_remittance_advice_settles_a_lump_sum(
    world: World, syntax: str, money_first: bool
) -> None:
    """Twelve invoices of one amount each: neither text nor amount says which three are paid, and
    of a fourth a part, less a credit note."""
    (kunde,) = customers(world, 1)
    items = issue(world, [Doc(kunde.id, 10_000) for _ in range(12)])
    (note,) = issue(world, [Doc(kunde.id, 3_000, kind="credit_note")])
    chosen = [items[1], items[4], items[7]]
    lines = [RemittanceLine(item.number, Money(10_000, "EUR"), "380") for item in chosen]
    lines.append(RemittanceLine(items[9].number, Money(4_000, "EUR"), "380"))
    lines.append(RemittanceLine(note.number, Money(-3_000, "EUR"), "381"))
    advice = replace(
        remittance_advice(),
        number="ZA-4711",
        issue_date=world.today,
        paid_on=world.today,
        payments=Money(31_000, "EUR"),
        lines=tuple(lines),
    )
    says = formats.write(document=advice, to=syntax).data
    money = statement_bytes([Movement(31_000, "Zahlung ZA-4711", payer=kunde.name)], on=world.today)
    if money_first:
        _bring(world, "bank", money)
        propose(ctx=world.ctx(), items=[])
        assert _first(world).reason != "advice"
        _bring(world, "remittance", says)
    else:
        _bring(world, "remittance", says)
        _bring(world, "bank", money)
    propose(ctx=world.ctx(), items=[])
    best = _first(world)
    assert (best.reason, best.state) == ("advice", "accepted")
    left = [0 if item in chosen else 6_000 if item == items[9] else 10_000 for item in items]
    assert _left([*items, note]) == [*left, 0]
    assert broken(company_id=world.company_id) == []


def test_a_payout_settles_its_orders_and_closes_the_fee(world: World) -> None:
    """The provider's fee is kept back of the sum; an order nobody knows leaves its money over."""
    (kunde,) = customers(world, 1)
    items = issue(world, [Doc(kunde.id, 10_000), Doc(kunde.id, 25_000), Doc(kunde.id, 25_000)])
    head = "payout,paid_on,type,document,reference,payer,gross,fee,net,currency\n"
    day = world.today
    rows = "".join(
        f"po_1,{day},payment,{item.number},ch_{n},,{item.open_minor / 100:.2f},"
        f"1.00,{item.open_minor / 100 - 1:.2f},EUR\n"
        for n, item in enumerate(items[:2])
    )
    _bring(world, "bank", (head + rows).encode())
    _bring(world, "bank", statement_bytes([Movement(34_800, "PSP PO_1")], on=day))
    propose(ctx=world.ctx(), items=[])
    best = _first(world)
    assert (best.reason, best.state) == ("advice", "proposed")
    accept(ctx=world.ctx(), items=[ProposalChoice(id=best.id)]).or_refuse()
    assert _left(items) == [0, 0, 25_000]
    fee = Allocation.objects.of(world.company_id).get(adjustment="bank_fee")
    assert (fee.amount_minor, fee.debit_item_id) == (200, items[1].id)

    world.on(day + timedelta(days=1))
    rows = f"po_2,{day},payment,{items[2].number},a,,250.00,0,250.00,EUR\n"
    rows += f"po_2,{day},payment,ORDER-UNKNOWN-77,b,,30.00,0,30.00,EUR\n"
    _bring(world, "bank", (head + rows).encode())
    _bring(world, "bank", statement_bytes([Movement(28_000, "PSP PO_2")], on=day, reference="S2"))
    propose(ctx=world.ctx(), items=[])
    waiting = Proposal.objects.of(world.company_id).get(rank=1, state="proposed")
    assert (waiting.reason, waiting.action) == ("advice", "suggest")
    assert waiting.total_minor == 25_000


def test_a_payout_teaches_nothing_of_who_paid(world: World) -> None:
    """The provider pays for everybody: after the order of one customer its name is not his."""
    (one,) = customers(world, 1)
    items = issue(world, [Doc(one.id, 10_000), Doc(one.id, 25_000)])
    head = "payout,paid_on,type,document,reference,payer,gross,fee,net,currency\n"
    row = f"po_1,{world.today},payment,{items[0].number},ch_1,,100.00,0,100.00,EUR\n"
    _bring(world, "bank", (head + row).encode())
    moves = [
        Movement(10_000, "payout po_1", payer="Provider Ltd"),
        Movement(25_000, items[1].number, payer="Own Name"),
    ]
    _bring(world, "bank", statement_bytes(moves, on=world.today))
    propose(ctx=world.ctx(), items=[])
    left = Proposal.objects.of(world.company_id).filter(rank=1, state="proposed")
    accept(ctx=world.ctx(), items=[ProposalChoice(id=each.id) for each in left]).or_refuse()
    assert _left(items) == [0, 0]
    learnt = aliases(company_id=world.company_id, since=world.today).alone()
    assert [each.value for each in learnt] == ["Own Name"]


def test_a_discount_is_closed_where_the_advice_puts_it(world: World) -> None:
    (kunde,) = customers(world, 1)
    small, large = issue(world, [Doc(kunde.id, 20_000), Doc(kunde.id, 90_000)])
    advice = replace(
        remittance_advice(),
        number="ZA-4712",
        issue_date=world.today,
        paid_on=world.today,
        payments=Money(109_400, "EUR"),
        lines=(
            RemittanceLine(small.number, Money(19_400, "EUR"), "380", discount=Money(600, "EUR")),
            RemittanceLine(large.number, Money(90_000, "EUR"), "380"),
        ),
    )
    _bring(world, "remittance", formats.write(document=advice, to="edifact").data)
    _bring(world, "bank", statement_bytes([Movement(109_400, "Avis ZA-4712")], on=world.today))
    propose(ctx=world.ctx(), items=[])
    best = _first(world)
    assert (best.reason, best.state) == ("advice", "proposed")
    accept(ctx=world.ctx(), items=[ProposalChoice(id=best.id)]).or_refuse()
    assert _left([small, large]) == [0, 0]
    closed = Allocation.objects.of(world.company_id).get(adjustment="discount")
    assert (closed.amount_minor, closed.debit_item_id) == (600, small.id)
