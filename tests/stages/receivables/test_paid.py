"""What was paid before, looked up or gone through: the same documents."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acquit.core.money import Money
from acquit.core.text import normalize_reference
from acquit.stages.receivables.commands import NewAllocation, allocate
from acquit.stages.receivables.models import OpenItem
from acquit.stages.receivables.queries import is_few_settled, paid_claims
from tests.support.money import Doc, Incoming, customers, issue, receive
from tests.support.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(world: World) -> list[OpenItem]:
    """Documents of two customers, all but the last one paid."""
    first, second = customers(world, 2)
    docs = issue(
        world,
        [Doc(first.id, 1_000), Doc(first.id, 2_000), Doc(second.id, 2_000), Doc(second.id, 9)],
    )
    credits = receive(world, [Incoming(doc.open_minor, doc.customer_id) for doc in docs[:-1]])
    wishes = [
        NewAllocation(
            key="k",
            credit_item_id=credit.id,
            debit_item_id=doc.id,
            amount=Money(doc.open_minor, "EUR"),
        )
        for credit, doc in zip(credits, docs, strict=False)
    ]
    allocate(ctx=world.ctx(), items=wishes).or_refuse()
    return docs


@pytest.mark.parametrize(
    ("named", "amounts", "found"),
    [
        ("whole", [], {0}),
        ("digits", [], {0}),
        ("serial", [], {0}),
        ("", [("EUR", 2_000)], {1, 2}),
        ("", [("USD", 2_000), ("EUR", 9)], set()),
        ("whole", [("EUR", 1_000), ("EUR", 2_000)], {0, 1, 2}),
        ("", [], set()),
    ],
)
def test_what_is_gone_through_is_what_would_be_looked_up(
    world: World,
    paid: list[OpenItem],
    named: str,
    amounts: list[tuple[str, int]],
    found: set[int],
) -> None:
    number = paid[0].number
    digits = "".join(filter(str.isdecimal, number))
    serial = number.split("-")[-1].zfill(6)
    keys = {"whole": normalize_reference(number), "digits": digits, "serial": serial, "": ""}
    answers = [
        paid_claims(
            company_id=world.company_id,
            since=world.today - timedelta(days=30),
            keys={keys[named]} - {""},
            customer_ids=people,
            amounts=amounts,
        )
        for people in ([doc.customer_id for doc in paid], None)
    ]
    assert answers[0] == answers[1]
    assert {one.id for one in answers[0]} == {paid[at].id for at in found}


def test_few_is_no_more_than_so_many(world: World, paid: list[OpenItem]) -> None:
    since, company = world.today - timedelta(days=30), world.company_id
    assert is_few_settled(company_id=company, since=since, limit=3)
    assert not is_few_settled(company_id=company, since=since, limit=2)
    assert is_few_settled(company_id=company, since=world.today + timedelta(days=1), limit=0)
