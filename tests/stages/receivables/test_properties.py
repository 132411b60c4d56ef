"""Whatever is applied and undone in whatever order: no cent is lost, and the past stays put."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from acquit.core.money import Money
from acquit.database.copy import fetch_rows
from acquit.stages.receivables.commands import NewAllocation, Undo, allocate, undo
from acquit.stages.receivables.models import Allocation, OpenItem
from acquit.stages.receivables.queries import (
    ageing,
    ageing_page,
    ageing_totals,
    balances,
    customer_statement,
)
from acquit.stages.receivables.queries.as_at import positions
from tests.support.money import Doc, Incoming, customers, issue, receive
from tests.support.world import TODAY, World, new_world

pytestmark = pytest.mark.django_db

RATES = {"EUR": Decimal(1), "USD": Decimal("0.9137")}
_step = st.tuples(
    st.sampled_from(["apply", "apply", "apply", "undo", "undo_receipt"]),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(1, 700),
    st.integers(0, 12),
)


class Scene:
    """Three customers, claims and credits in two currencies; steps spread over weeks."""

    number = 0

    def __init__(self) -> None:
        Scene.number += 1
        self.world = new_world(seed=f"scene{Scene.number}", slug=f"scene-{Scene.number}")
        people = customers(self.world, 3)
        docs = [
            Doc(
                people[n % 3].id,
                minor,
                "credit_note" if n in (2, 7) else "invoice",
                due_on=TODAY + timedelta(days=5 * n - 20),
                currency=currency,
                rate=RATES[currency],
            )
            for n, (minor, currency) in enumerate(
                [
                    (300, "EUR"),
                    (499, "EUR"),
                    (120, "EUR"),
                    (77, "USD"),
                    (801, "EUR"),
                    (333, "USD"),
                    (1, "EUR"),
                    (50, "USD"),
                    (650, "EUR"),
                ]
            )
        ]
        money = [
            Incoming(400, people[0].id),
            Incoming(901),
            Incoming(311, None, "USD", RATES["USD"]),
            Incoming(55, people[2].id, "USD", Decimal("0.88")),
        ]
        items = issue(self.world, docs) + receive(self.world, money)
        self.debits = [item.id for item in items if item.side == "debit"]
        self.credits = [item.id for item in items if item.side == "credit"]
        self.reports: dict[tuple[date, object], object] = {}

    def step(self, verb: str, first: int, second: int, minor: int, days: int, n: int) -> None:
        world = self.world.later(days // 4)
        ctx = world.ctx()
        if verb == "apply":
            credit = self.credits[first % len(self.credits)]
            debit = self.debits[second % len(self.debits)]
            currency = OpenItem.objects.of(world.company_id).get(id=debit).currency
            wish = NewAllocation(
                key=f"k{n}",
                credit_item_id=credit,
                debit_item_id=debit,
                amount=Money(minor, currency),
                third_party=True,
            )
            allocate(ctx=ctx, items=[wish])
        elif verb == "undo":
            rows = list(
                Allocation.objects.of(world.company_id).filter(reverses=None).order_by("id")
            )
            if rows:
                undo(ctx=ctx, items=[Undo(allocation_id=rows[first % len(rows)].id)])
        else:
            receipts = OpenItem.objects.of(world.company_id).filter(kind="receipt").order_by("id")
            receipt = receipts[second % 4]
            undo(ctx=ctx, items=[Undo(receipt_id=receipt.receipt_id)])

    def check(self) -> None:
        self.check_conservation()
        self.check_fast_equals_log()
        self.check_reports_agree()

    def check_conservation(self) -> None:
        company = self.world.company_id
        moved: dict[object, list[int]] = defaultdict(lambda: [0, 0])
        for a in Allocation.objects.of(company):
            for item, functional in (
                (a.debit_item_id, a.debit_functional_minor),
                (a.credit_item_id, a.credit_functional_minor),
            ):
                moved[item][0] += a.amount_minor
                moved[item][1] += functional
        for item in OpenItem.objects.of(company):
            assert 0 <= item.open_minor <= item.original_minor
            assert item.original_minor - item.open_minor == moved[item.id][0]
            assert item.functional_minor - item.open_functional_minor == moved[item.id][1]
            if item.open_minor == 0:
                assert item.open_functional_minor == 0

    def check_fast_equals_log(self) -> None:
        def rows(from_log: bool) -> list[tuple]:
            relation = positions(
                company_id=self.world.company_id,
                as_at=self.world.today,
                known_at=None,
                from_log=from_log,
            )
            return fetch_rows(
                f"{relation.with_sql} SELECT * FROM position ORDER BY id", relation.parameters
            )

        assert rows(False) == rows(True)

    def report(self, day: date, known_at: object = None) -> object:
        return ageing(company_id=self.world.company_id, as_at=day, known_at=known_at)

    def check_reports_agree(self) -> None:
        company, today = self.world.company_id, self.world.today
        for back in (0, 1, 3, 7):
            day = today - timedelta(days=back)
            report = self.report(day)
            totals = ageing_totals(company_id=company, as_at=day, known_at=None)
            assert totals == report.totals
            sub = balances(company_id=company, as_at=day, known_at=None)
            for currency, buckets in totals.by_currency.items():
                claims = sum(
                    (-1 if kind == "credit_note" else 1) * minor
                    for (kind, unit), (minor, _home) in sub.items()
                    if unit == currency and kind != "receipt"
                )
                assert buckets.receivable_minor == claims
                assert buckets.unapplied_minor == sub.get(("receipt", currency), (0, 0))[0]
            known = [row for row in report.rows if row.customer_id]
            paged = []
            after = ""
            while True:
                page = ageing_page(
                    company_id=company, as_at=day, known_at=None, limit=2, after=after
                )
                paged += page.rows
                after = page.next
                if not after:
                    break
            assert tuple(paged) == report.rows
            for row in known:
                statement = customer_statement(
                    company_id=company,
                    customer_id=row.customer_id,
                    currency=row.currency,
                    from_on=day - timedelta(days=4),
                    to_on=day,
                    known_at=None,
                )
                assert statement.closing_minor == row.amounts.balance_minor
                last = statement.lines[-1].balance_minor if statement.lines else None
                assert last in (None, statement.closing_minor)
                if last is None:
                    assert statement.opening_minor == statement.closing_minor


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # shrinking over a real database takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(_step, min_size=4, max_size=12))
def test_no_cent_is_lost_and_all_reports_agree(db: None, steps: list[tuple]) -> None:
    scene = Scene()
    past: dict[date, object] = {}
    for n, step in enumerate(steps):
        before = scene.world.today
        scene.step(*step, n=n)
        if scene.world.today > before:
            past[before] = scene.report(before)
    scene.check()
    for day, report in past.items():
        assert scene.report(day) == report


def test_undo_of_everything_restores_everything(world: World) -> None:
    scene = Scene()
    fresh = scene.report(scene.world.today).rows
    for n in range(8):
        scene.step("apply", n, n * 3, 40 + n, 0, n)
    assert scene.report(scene.world.today).rows != fresh
    rows = Allocation.objects.of(scene.world.company_id).filter(reverses=None)
    undo(ctx=scene.world.ctx(), items=[Undo(allocation_id=row.id) for row in rows])
    assert scene.report(scene.world.today).rows == fresh
    scene.check()


def test_what_was_known_then_is_reported_as_then(world: World) -> None:
    (kunde,) = customers(world, 1)
    (invoice,) = issue(world, [Doc(kunde.id, 100)])
    (money,) = receive(world, [Incoming(100)])
    world.later(5)
    evening = world.ctx().now
    before = ageing(company_id=world.company_id, as_at=world.today, known_at=evening)
    world.later(1)
    wish = NewAllocation(
        key="k", credit_item_id=money.id, debit_item_id=invoice.id, amount=Money(100, "EUR")
    )
    allocate(ctx=world.ctx(), items=[wish])
    same = ageing(company_id=world.company_id, as_at=world.today, known_at=evening)
    assert same.rows == before.rows
    assert [row.customer_id for row in before.rows] == [kunde.id, None]
    now = ageing(company_id=world.company_id, as_at=world.today, known_at=None)
    assert now.rows == ()


@pytest.mark.parametrize(
    ("days", "column"),
    [
        (0, "not_due_minor"),
        (1, "days_1_30_minor"),
        (30, "days_1_30_minor"),
        (31, "days_31_60_minor"),
        (60, "days_31_60_minor"),
        (61, "days_61_90_minor"),
        (90, "days_61_90_minor"),
        (91, "over_90_minor"),
    ],
)
def test_the_bucket_of_a_day(world: World, days: int, column: str) -> None:
    (kunde,) = customers(world, 1)
    issue(world, [Doc(kunde.id, 100, due_on=world.today - timedelta(days=days))])
    report = ageing(company_id=world.company_id, as_at=world.today, known_at=None)
    assert getattr(report.totals.home, column) == report.totals.home.balance_minor == 100
    assert report.customers == 1
