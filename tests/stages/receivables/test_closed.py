"""The rests closed without money in a month: by rule, by a person, taken back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from acquit.access.commands.approve import Decision, approve
from acquit.access.commands.grant import Grant, NewLimit, grant, save_limit
from acquit.access.models import ApprovalRequest
from acquit.core.context import Context
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState
from acquit.stages.insight import reports
from acquit.stages.ledger.models import Posting
from acquit.stages.receivables.commands import NewAdjustment, Undo, adjust, undo
from acquit.stages.receivables.models import OpenItem
from acquit.stages.receivables.queries.closed import closed_sums
from tests.entrypoints.console.test_work import typed
from tests.support.money import Doc, customers, issue
from tests.support.world import World, someone

pytestmark = pytest.mark.django_db
RULE = "adjusting shipped row 5"


def _close(ctx: Context, item: OpenItem, minor: int, why: str = "small_difference") -> ItemResult:
    amount = Money(minor, item.currency)
    wish = NewAdjustment(key=f"{why}{minor}", item_id=item.id, amount=amount, adjustment=why)
    return adjust(ctx=ctx, items=[wish]).items[0]


@pytest.fixture
def closed(world: World) -> list[OpenItem]:
    """0.03 by rule, 2.38 of discount by Ana, 30.00 of hers after Maria's approval, 1.00 by Ana and
    taken back in the next month."""
    (kunde,) = customers(world, 1)
    docs = [Doc(kunde.id, 11_900, tax_minor=1_900), Doc(kunde.id, 50_000), Doc(kunde.id, 60_000)]
    short, *items = issue(world, [Doc(kunde.id, 10_000), *docs])
    by_rule = world.ctx().because(rule=RULE)
    assert _close(by_rule, short, 3).state is ItemState.DONE
    for role, minor in (("cash_clerk", 500), ("receivables_manager", 100_000)):
        limit = NewLimit(role=role, command="receivables.adjust", amount=Money(minor, "EUR"))
        save_limit(ctx=world.ctx(), items=[limit]).or_refuse()
    roles = {"ana": "cash_clerk", "maria": "receivables_manager"}
    grants = [Grant(email=f"{n}@muster.example", name=n, role=role) for n, role in roles.items()]
    ids = grant(ctx=world.ctx(), items=grants).ids
    ana, maria = (
        someone(role, name=name, id=id_)
        for (name, role), id_ in zip(roles.items(), ids, strict=True)
    )
    his, hers = world.ctx(actor=ana), world.ctx(actor=maria)
    assert _close(his, items[0], 238, "discount").state is ItemState.DONE
    assert _close(his, items[1], 3_000).state is ItemState.AWAITING
    request = ApprovalRequest.objects.of(world.company_id).get(state="waiting")
    approve(ctx=hers, items=[Decision(request.id, "Agreed.")]).or_refuse()
    mistake = _close(his, items[2], 100)
    world.on(date(world.today.year, world.today.month + 1, 3))
    undo(ctx=world.ctx(actor=maria), items=[Undo(allocation_id=mistake.id)]).or_refuse()
    return [short, *items]


def _report(world: World, day: date) -> dict[str, Any]:
    return reports.closed_rests(company_id=world.company_id, month_of=day, currency="EUR")


def test_a_month_tells_who_closed_what(world: World, closed: list[OpenItem]) -> None:
    short, first, second, third = (one.number for one in closed)
    before = world.today.replace(month=world.today.month - 1)
    told = _report(world, before)
    assert [
        (one["number"], one["reason"], one["by"], one["who"], one["asked_by"], one["amount"])
        for one in reversed(told["closed"])
    ] == [
        (short, "small_difference", "rule", RULE, "", "0.03"),
        (first, "discount", "person", "ana", "", "2.38"),
        (second, "small_difference", "approval", "maria", "ana", "30.00"),
        (third, "small_difference", "person", "ana", "", "1.00"),
    ]
    assert [one["tax"] for one in reversed(told["closed"])] == ["0.00", "0.38", "0.00", "0.00"]
    assert [one["is_undone"] for one in told["closed"]] == [True, False, False, False]
    assert [(one["who"], one["reason"], one["count"], one["amount"]) for one in told["sums"]] == [
        ("maria", "small_difference", 1, "30.00"),
        ("ana", "discount", 1, "2.38"),
        ("ana", "small_difference", 1, "1.00"),
        (RULE, "small_difference", 1, "0.03"),
    ]
    assert (told["total"], told["tax"]) == ("33.41", "0.38")

    later = _report(world, world.today)
    (back,) = later["closed"]
    assert (back["number"], back["who"], back["amount"]) == (third, "ana", "-1.00")
    assert (back["is_taking_back"], back["is_undone"]) == (True, False)
    (one,) = later["sums"]
    assert (one["count"], one["taken_back"], one["amount_home"]) == (0, 1, "-1.00")
    assert later["total"] == "-1.00"


def test_the_months_are_what_the_accounts_of_the_reasons_bear(
    world: World, closed: list[OpenItem]
) -> None:
    before = world.today.replace(month=world.today.month - 1)
    told = [_report(world, day) for day in (before, world.today)]
    net = sum(Decimal(one["total"]) - Decimal(one["tax"]) for one in told)
    borne = sum(
        line.functional_minor
        for line in Posting.objects.of(world.company_id).filter(account__code__in=["4730", "6300"])
    )
    assert net * 100 == borne == 3_203


def test_a_credit_let_go_counts_the_other_way_and_dollars_in_both_currencies(world: World) -> None:
    (kunde,) = customers(world, 1)
    note, dollars = issue(
        world,
        [
            Doc(kunde.id, 11_900, kind="credit_note", tax_minor=1_900),
            Doc(kunde.id, 20_000, currency="USD", rate=Decimal("0.9")),
        ],
    )
    for item, why in ((note, "discount"), (dollars, "bank_fee")):
        assert _close(world.ctx(), item, 238, why).state is ItemState.DONE
    sums = closed_sums(company_id=world.company_id, wanted={})
    assert {
        one.currency: (one.amount_minor, one.home_minor, one.tax_minor, one.tax_home_minor)
        for one in sums
    } == {"EUR": (-238, -238, -38, -38), "USD": (238, 214, 0, 0)}


def test_the_console_tells_it(
    world: World, closed: list[OpenItem], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "the connection of this process is used")
    monkeypatch.setenv("ACQUIT_DATA", str(tmp_path))
    before = world.today.replace(month=world.today.month - 1).isoformat()
    said = typed("report", "closed-rests", "--as-at", before).stdout
    assert "30.00 EUR  tax      0.00  by approval: maria, asked by ana" in said
    assert "1.00 EUR  tax      0.00  by person: ana, taken back" in said
    assert said.splitlines()[-1].split()[:5] == ["total", "33.41", "EUR", "tax", "0.38"]
    assert "no rest was closed" in typed("report", "closed-rests", "--as-at", "2020-01-31").stdout
    words = ("report", "closed-rests", "--known-at", "2026-01-01")
    assert "told as they are known now" in typed(*words).stderr
