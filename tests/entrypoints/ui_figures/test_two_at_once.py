"""Two people, one receipt, one moment: one of them wins, the other is told, nothing is twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.core.outcome import ItemState, Outcome
from acquit.stages.matching.commands import (
    CustomerAnswer,
    ProposalChoice,
    accept,
    answer,
    propose,
)
from acquit.stages.matching.models import Proposal, Question
from acquit.stages.receivables.commands import NewAllocation, allocate
from acquit.stages.receivables.models import Allocation, OpenItem
from tests.entrypoints.portal.test_questions import links
from tests.stages.matching.test_questions import Case
from tests.support.money import Doc, Movement, issue
from tests.support.pages import browser
from tests.support.racing import own, together, wait_until_it_waits_for_us
from tests.support.world import living_today, new_world

pytestmark = pytest.mark.django_db(transaction=True)


class Desk(Case):
    """One receipt after the other, each fits either of two invoices and is asked about."""

    def another(self, minor: int) -> None:
        self.claims = issue(self.world, [Doc(self.kunde.id, minor), Doc(self.kunde.id, minor)])
        self.world.later(1)
        self.bank(Movement(minor, "merci", payer=self.kunde.name))
        self.receipt = OpenItem.objects.get(kind="receipt", original_minor=minor)

    def asked(self) -> None:
        propose(ctx=self.world.ctx(), items=[])
        self.ask().or_refuse()

    @property
    def best(self) -> Proposal:
        return Proposal.objects.get(receipt_id=self.receipt.receipt_id, rank=1, state="proposed")

    def given(self) -> int:
        """All that was ever given of the receipt, less what was taken back."""
        found = Allocation.objects.filter(credit_item=self.receipt).aggregate(
            all=Sum("amount_minor")
        )
        return int(found["all"] or 0)

    def url(self, name: str) -> str:
        return reverse(name, args=[to_public("receipt", self.receipt.receipt_id)])  # type: ignore[arg-type]

    def by_hand(self, claim: OpenItem, key: str) -> dict[str, Any]:
        public = to_public("open_item", claim.id)
        amount = f"{self.receipt.original_minor / 100:.2f}"
        return {"item": [public], f"amount-{public}": amount, "key": key}


# What each page says to who lost: to the customer, to the one who accepts, to the one who types.
TOLD = (
    "needs no answer any more",
    "Nothing was applied twice",
    "it no longer fits",
    "is more than",
)


def test_the_customer_answers_while_the_clerk_applies() -> None:
    """On the pages, at one moment, by proposal and by hand, two clerks too."""
    desk = Desk(living_today(), "en_GB")
    clerk, second = (browser(desk.world, "cash_clerk", name=name) for name in ("Ana", "Bob"))
    for number, minor in enumerate((7_700, 7_801, 7_902, 8_003, 8_104)):
        if number:
            desk.another(minor)
        desk.asked()
        proposal = {"proposal": to_public("proposal", desk.best.id)}
        accepting = (desk.url("apply_acceptance"), proposal)
        typing = (desk.url("apply_allocation"), desk.by_hand(desk.claims[1], f"k{number}"))
        path = links(desk)[0].rpartition("/")[0] + "/answer"
        mine = accepting if number % 2 else typing
        other: tuple[Client, tuple[str, dict[str, Any]]] = (
            (second, accepting if mine is typing else typing)
            if number > 2
            else (Client(), (path, {"choice": "1"}))
        )
        answers = together([_posting(clerk, *mine), _posting(other[0], *other[1])])
        pages = [page for page in answers if isinstance(page, HttpResponse)]
        codes = [page.status_code for page in pages if isinstance(page, HttpResponse)]
        assert sorted(codes) == [302, 422], (number, codes)
        (lost,) = (
            page for page in pages if isinstance(page, HttpResponse) and page.status_code == 422
        )
        assert any(words in lost.content.decode() for words in TOLD), lost.content.decode()
        assert (desk.given(), sorted(desk.open())) == (minor, [0, 0, minor])
        question = Question.objects.get(receipt_id=desk.receipt.receipt_id)
        assert question.state == ("applied" if number <= 2 and codes[1] == 302 else "withdrawn")
    desk.holds()


def _posting(client: Client, path: str, form: dict[str, Any]) -> Callable[[], object]:
    return lambda: client.post(path, form)


@pytest.mark.parametrize("first", ["customer", "clerk"])
@pytest.mark.parametrize("way", ["proposal", "by hand"])
def test_who_comes_second_waits_and_is_told(first: str, way: str) -> None:
    """The second begins while the first has not committed: he waits, and then finds it done."""
    desk = Desk(new_world())
    desk.asked()
    world, best, question = desk.world, desk.best, desk.question
    wish = NewAllocation(
        key="k",
        credit_item_id=desk.receipt.id,
        debit_item_id=desk.claims[1].id,
        amount=Money(7_700, "EUR"),
    )

    def customer() -> Outcome:
        item = CustomerAnswer(question_id=question.id, choice=1)
        contact = desk.contact().actor
        return answer(ctx=own(world, "customer").ctx(actor=contact), items=[item])

    def clerk() -> Outcome:
        ctx = own(world, "clerk").ctx()
        if way == "proposal":
            return accept(ctx=ctx, items=[ProposalChoice(id=best.id)])
        return allocate(ctx=ctx, items=[wish])

    works = (customer, clerk) if first == "customer" else (clerk, customer)
    late: list[Outcome] = []

    def second() -> None:
        try:
            late.append(works[1]())
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        (done,) = works[0]().items
        thread.start()
        wait_until_it_waits_for_us()
    thread.join()
    ((lost,),) = (outcome.items for outcome in late)
    assert (done.state, lost.state) == (ItemState.DONE, ItemState.REFUSED)
    told = {
        ("customer", "proposal"): "proposal.not_allowed",
        ("customer", "by hand"): "allocation.too_much",
        ("clerk", "proposal"): "question.withdrawn",
        ("clerk", "by hand"): "question.withdrawn",
    }
    assert [fault.code for fault in lost.faults] == [told[first, way]]
    assert (desk.given(), sorted(desk.open())) == (7_700, [0, 0, 7_700])
    desk.holds()
