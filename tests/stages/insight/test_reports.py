"""The reports agree with each other, at any date; what the system did can be listed and undone."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquit.access.roles import ROLES
from acquit.core.faults import Refused
from acquit.core.money import Money
from acquit.stages.insight import reports
from acquit.stages.insight.queries import acts
from acquit.stages.insight.queries.acts import UNDO
from acquit.stages.insight.rules.dso import Month, count_back, simple_days
from acquit.stages.ledger.queries import control_balances, entries_about, origins
from acquit.stages.receivables.commands import NewAllocation, Undo, allocate, undo
from acquit.stages.receivables.models import Allocation
from tests.support.house import House, build, item
from tests.support.money import Doc, Incoming, customers, issue, receive
from tests.support.world import World

DAYS = [date(2026, 1, 31), date(2026, 2, 9), date(2026, 2, 28), date(2026, 3, 31)]


@pytest.fixture
def house(world: World) -> House:
    return build(world)


def test_ageing_is_the_control_account_at_any_date(house: House) -> None:
    company = house.world.company_id
    for day in DAYS:
        ageing = reports.ageing(company_id=company, as_at=day, known_at=None)
        books = reports.trial_balance(company_id=company, as_at=day, known_at=None)
        accounts = {row["code"]: row for row in books["accounts"]}
        assert books["debit"] == books["credit"]
        assert ageing["total"] == accounts["1200"]["debit"]
        assert Decimal(ageing["total"]) == sum(map(Decimal, ageing["buckets"].values()))
        unapplied = accounts.get("3250", {"credit": "0.00"})["credit"]
        assert ageing["unapplied"] == unapplied


def test_statements_sum_to_the_ageing(house: House) -> None:
    company, day = house.world.company_id, date(2026, 3, 31)
    closing = Decimal(0)
    for number in ("C-1", "C-2"):
        statement = reports.statement(
            company_id=company,
            customer=number,
            currency="EUR",
            from_on=date(2026, 1, 1),
            to_on=day,
            known_at=None,
        )
        moved = sum(Decimal(line["amount"]) for line in statement["lines"])
        assert Decimal(statement["opening"]) + moved == Decimal(statement["closing"])
        closing += Decimal(statement["closing"])
    ageing = reports.ageing(company_id=company, as_at=day, known_at=None)
    unknown = control_balances(company_id=company, control="unapplied", as_at=day)
    nobody = sum(row.minor for row in unknown if row.customer_id is None)
    owed = Decimal(ageing["total"]) - Decimal(ageing["unapplied"])
    assert closing == owed - Money(nobody, "EUR").decimal


def test_undoing_in_march_leaves_february_as_it_was(house: House) -> None:
    world, february = house.world, date(2026, 2, 28)
    (link,) = Allocation.objects.of(world.company_id).filter(amount_minor=5_000)
    before = reports.ageing(company_id=world.company_id, as_at=february, known_at=None)
    undo(ctx=world.ctx(reason="wrong"), items=[Undo(allocation_id=link.id)])
    after = reports.ageing(company_id=world.company_id, as_at=february, known_at=None)
    march = reports.ageing(company_id=world.company_id, as_at=world.today, known_at=None)
    assert before == after
    assert Decimal(march["total"]) == Decimal(after["total"]) + 50 + 40


def test_a_statement_of_nobody_is_refused(house: House) -> None:
    with pytest.raises(Refused, match="no customer 'C-9'"):
        reports.statement(
            company_id=house.world.company_id,
            customer="C-9",
            currency="EUR",
            from_on=DAYS[0],
            to_on=DAYS[1],
            known_at=None,
        )


def test_the_way_from_an_entry_to_the_bytes_of_the_bank_file(house: House) -> None:
    world = house.world
    link = Allocation.objects.of(world.company_id).get(amount_minor=5_000)
    (entry,) = entries_about(company_id=world.company_id, subject_ids=[link.id])
    found = origins(company_id=world.company_id, subject_ids=[entry.subject_id])
    (money,) = [one for one in found if one.kind == "receipt"]
    assert money.statement == "S1"
    assert money.byte_end > money.byte_start > 0


# --- days sales outstanding -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("receivable", "billed", "days", "whole"),
    [
        (0, [1000], "0.0", True),
        (500, [1000], "15.5", True),
        (1000, [1000], "31.0", True),
        (1500, [1000, 2000], "38.8", True),
        (1500, [1000, -200, 2000], "69.8", True),
        (9999, [1000], "31.0", False),
        (-50, [1000], "0.0", True),
    ],
)
def test_count_back(receivable: int, billed: list[int], days: str, whole: bool) -> None:
    months = [Month(f"m{i}", 31, minor) for i, minor in enumerate(billed)]
    result = count_back(receivable_minor=receivable, months=months)
    assert (str(result.days), result.is_whole) == (days, whole)


def test_the_simple_figure_needs_billing() -> None:
    assert simple_days(receivable_minor=500, billed_minor=0, period_days=90) is None
    assert simple_days(receivable_minor=500, billed_minor=1000, period_days=90) == Decimal("45.0")


def test_dso_says_what_it_was_counted_from(house: House) -> None:
    report = reports.dso(company_id=house.world.company_id, as_at=date(2026, 1, 31), known_at=None)
    ageing = reports.ageing(
        company_id=house.world.company_id, as_at=date(2026, 1, 31), known_at=None
    )
    assert report["receivable"] == ageing["total"]
    # Nothing was paid in January, so all its billing is outstanding: all its days.
    assert report["count_back"]["days"] == "31.0"
    assert report["simple"]["days"] == "90.0"
    assert report["simple"]["billed"] == ageing["total"]


# --- automatic acts -------------------------------------------------------------------------


def test_automatic_acts_are_listed_explained_and_undone(world: World) -> None:
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 10_000)])
    (money,) = receive(world, [Incoming(10_000, kunde.id)])
    wish = NewAllocation(
        key="k", credit_item_id=money.id, debit_item_id=invoice.id, amount=Money(10_000, "EUR")
    )
    by_rule = world.ctx().because(rule="matching v1 row 2", reason="number and amount agree")
    allocate(ctx=by_rule, items=[wish])
    (act,) = _acts(world)
    assert act.why == "matching v1 row 2: number and amount agree"
    assert act.undo is not None
    assert (act.undo.command, act.undo.argument) == ("receivables.undo", "allocation_id")
    undo(ctx=world.ctx(), items=[Undo(**{act.undo.argument: act.undo.id})])
    (after,) = _acts(world)
    assert after.undo is None
    assert after.is_undone
    assert item(world, id=invoice.id).open_minor == 10_000


def test_every_hint_names_a_command_that_exists() -> None:
    # A permission is the name of a command, and the owner has them all.
    assert {command for command, _argument in UNDO.values()} <= ROLES["owner"]


def test_listing_acts_takes_two_queries(world: World) -> None:
    (kunde,) = customers(world, 1)
    claims = issue(world, [Doc(kunde.id, 100) for _ in range(30)])
    monies = receive(world, [Incoming(100, kunde.id) for _ in range(30)])
    wishes = [
        NewAllocation(key="k", credit_item_id=m.id, debit_item_id=c.id, amount=Money(100, "EUR"))
        for m, c in zip(monies, claims, strict=True)
    ]
    allocate(ctx=world.ctx().because(rule="r"), items=wishes)
    with CaptureQueriesContext(connection) as captured:
        assert len(_acts(world)) == 30
    assert len(captured) == 2


def _acts(world: World) -> list:
    now = world.ctx().now
    day = timedelta(days=1)
    return acts(company_id=world.company_id, since=now - day, until=now + day)
