"""What a person says of a return: up to his limit, and what taking it back cannot make good."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from acquit.access.commands.approve import Decision, approve
from acquit.access.commands.grant import NewLimit, save_limit
from acquit.access.models import ApprovalRequest
from acquit.core.faults import Severity
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.stages.masterdata.models import Customer
from acquit.stages.matching.commands import (
    ReturnChoice,
    ReturnNamed,
    settle_return,
    undo_return,
)
from acquit.stages.matching.queries import returns as queries
from acquit.stages.matching.queries.waiting import key_numbers
from acquit.stages.receivables.commands import NewAllocation, allocate
from acquit.stages.receivables.models import OpenItem
from acquit.stages.receivables.queries import customer_statement, unapplied
from tests.stages.matching.test_returns import BANK, SUSPENSE, Books
from tests.support.money import Doc, Incoming, Movement, customers, issue, receive
from tests.support.world import World, someone

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(world: World) -> Books:
    return Books(world)


def limit(world: World, role: str, minor: int) -> None:
    amount = Money(minor, "EUR")
    found = NewLimit(role=role, command="matching.settle_return", amount=amount)
    save_limit(ctx=world.ctx(), items=[found]).or_refuse()


def test_above_the_limit_a_second_person_says_yes(books: Books) -> None:
    world = books.world
    (kunde,) = customers(world, 1)
    claims = issue(world, [Doc(kunde.id, 2_000), Doc(kunde.id, 2_000)])
    books.bank(*(Movement(2_000, f"invoice {c.number}", mandate="MANDATE") for c in claims))
    assert books.match()["posted"] == 2
    limit(world, "cash_clerk", 1_999)
    limit(world, "receivables_manager", 2_000)
    world.later(2)
    books.bank(Movement(-2_000, "back", mandate="MANDATE", returned="MS03"))
    assert books.match()["returns_waiting"] == 1
    (row,) = queries.undecided(company_id=world.company_id)
    receipt = OpenItem.objects.filter(kind="receipt").earliest("id").receipt_id
    assert receipt is not None
    wish = ReturnChoice(id=row.id, receipt_id=receipt)
    clerk, boss = someone("cash_clerk"), someone("receivables_manager", name="Bob")
    (held,) = settle_return(ctx=world.ctx(actor=clerk), items=[wish]).items
    (again,) = settle_return(ctx=world.ctx(actor=clerk), items=[wish]).items
    assert (held.state, again.id) == (ItemState.AWAITING, held.id)
    assert books.open(*claims) == [0, 0]
    request = ApprovalRequest.objects.get()
    assert (request.amount_minor, request.why) == (
        2_000,
        "20.00 EUR is above the limit of 19.99 EUR",
    )
    # Nobody says yes beyond his own limit.
    decision = [Decision(held.id or UUID(int=0))]
    poor = world.ctx(actor=someone("accountant", name="Eve"))
    assert approve(ctx=poor, items=decision).faults[0].code == "approval.above_limit"
    (done,) = approve(ctx=world.ctx(actor=boss), items=decision).items
    assert done.state is ItemState.DONE
    assert sorted(books.open(*claims)) == [0, 2_000]
    books.holds()


def test_taking_a_return_back_says_what_it_cannot_settle_again(books: Books) -> None:
    world = books.world
    (kunde,) = customers(world, 1)
    claim, other = issue(world, [Doc(kunde.id, 6_000), Doc(kunde.id, 4_000)])
    text = f"invoices {claim.number} {other.number}"
    books.bank(Movement(10_000, text, end_to_end="E2E-9"))
    assert books.match()["posted"] == 1
    world.later(1)
    books.bank(Movement(-10_000, "back", end_to_end="E2E-9", returned="AC04"))
    assert books.match()["returns_settled"] == 1
    # Somebody pays a part of one of them meanwhile.
    (money,) = receive(world, [Incoming(1_500, kunde.id)])
    wish = NewAllocation(
        key="k", credit_item_id=money.id, debit_item_id=claim.id, amount=Money(1_500, "EUR")
    )
    allocate(ctx=world.ctx(), items=[wish]).or_refuse()
    outcome = undo_return(ctx=world.ctx(), items=[ReturnNamed(id=books.returned().id)])
    assert outcome.items[0].state is ItemState.DONE
    assert outcome.figures == {"undone": 1, "left_open": 1}
    (fault,) = outcome.faults
    assert (fault.code, fault.severity) == ("return.left_open", Severity.WARNING)
    why = "60.00 EUR is more than the 45.00 EUR open"
    assert fault.message == f"60.00 EUR of {claim.number} stays open: {why} of {claim.number}"
    assert books.open(claim, other) == [4_500, 0]
    books.holds()


def test_money_that_went_back_before_it_settled_anything_is_on_the_account(books: Books) -> None:
    world, account = books.world, "DE02500105170137075030"
    (kunde,) = customers(world, 1)
    Customer.objects.filter(id=kunde.id).update(iban=account)
    issue(world, [Doc(kunde.id, 11_900)])
    came = Movement(5_000, "Teilzahlung", end_to_end="E2E-5", iban=account)
    books.bank(came, Movement(700, "von wem auch immer", end_to_end="E2E-6"))
    money, stray = OpenItem.objects.filter(kind="receipt").order_by("-original_minor")
    assert [money.customer_id, stray.customer_id] == [None, None]
    assert books.match()["receipts"] == 2  # both are offered, and nothing of them applied
    paid_on = world.today
    world.later(3)
    books.bank(
        Movement(-5_000, "Rueckgabe", end_to_end="E2E-5", returned="AC04"),
        Movement(-700, "Rueckgabe", end_to_end="E2E-6", returned="AC04"),
    )
    assert books.match()["returns_settled"] == 2
    assert books.open(money, stray) == [0, 0]
    assert [money.customer_id, stray.customer_id] == [kunde.id, None]
    said = customer_statement(
        company_id=world.company_id,
        customer_id=kunde.id,
        currency="EUR",
        from_on=paid_on,
        to_on=world.today,
        known_at=None,
    )
    moved = [(line.kind, line.amount_minor) for line in said.lines]
    assert moved == [("invoice", 11_900), ("payer", -5_000), ("returned", 5_000)]
    assert said.closing_minor == 11_900
    assert (books.account(SUSPENSE), books.account(BANK)) == (0, 0)
    # Nothing of it is offered any more, neither by the matcher nor by what it proposed before.
    assert unapplied(company_id=world.company_id, receipt_ids=[]) == []
    assert books.match()["receipts"] == 0
    now = world.ctx().now
    shown = key_numbers(
        company_id=world.company_id, since=now - timedelta(days=30), today=now.date()
    )
    assert (shown.totals, shown.oldest_on, shown.returns) == ((), None, 0)
    books.holds()
