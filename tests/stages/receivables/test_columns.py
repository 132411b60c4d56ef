"""Columns in memory: whatever happens in whatever order, they say what the plain SQL says."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from acquit.core.money import Money
from acquit.history import unit
from acquit.stages.receivables.commands import (
    Identification,
    NewAllocation,
    allocate,
    identify,
)
from acquit.stages.receivables.queries import (
    Buckets,
    ageing,
    ageing_by_sql,
    ageing_page,
    ageing_totals,
    cache,
)
from acquit.stages.receivables.queries.columns import columns_of, sheet
from acquit.stages.receivables.queries.movements import CARRIED, UNAPPLIED, Mark, Movements
from tests.stages.receivables.test_properties import RATES, Scene, _step
from tests.support.money import Doc, Incoming, customers, issue, receive
from tests.support.world import World, new_world

pytestmark = pytest.mark.django_db

_event = st.one_of(
    _step.map(lambda step: ("step", *step)),
    st.tuples(
        st.just("issue"),
        st.sampled_from(["invoice", "credit_note", "debit_note"]),
        st.sampled_from(["EUR", "USD"]),
        st.integers(1, 900),
        st.integers(-70, 40),
        st.booleans(),
    ),
    st.tuples(
        st.just("receive"), st.integers(1, 900), st.booleans(), st.sampled_from(["EUR", "USD"])
    ),
    st.tuples(st.just("identify"), st.integers(0, 9), st.integers(0, 9)),
)


class Books(Scene):
    """The scene of the properties, with new documents, new customers and new payers as well."""

    def happen(self, n: int, verb: str, *values: object) -> None:
        world = self.world
        if verb == "step":
            self.step(*values, n=n)  # type: ignore[arg-type]
        elif verb == "issue":
            kind, currency, minor, days, is_new = values
            one = customers(world, 1, prefix=f"{'AZ'[n % 2]}{n}")[0] if is_new else None
            who = one.id if one else self.someone(n)
            day = world.today + timedelta(days=int(str(days)) - 30)
            doc = Doc(
                who, int(str(minor)), str(kind), day, day, str(currency), RATES[str(currency)]
            )
            (item,) = issue(world, [doc])
            (self.debits if item.side == "debit" else self.credits).append(item.id)
        elif verb == "receive":
            minor, is_known, currency = values
            payer = self.someone(n) if is_known else None
            rate = Decimal("0.88") if currency == "USD" else Decimal(1)
            (item,) = receive(world, [Incoming(int(str(minor)), payer, str(currency), rate)])
            self.credits.append(item.id)
            self.receipts.append(item.receipt_id)
        else:
            first, second = (int(str(value)) for value in values)
            wish = Identification(
                receipt_id=self.receipts[first % len(self.receipts)],
                customer_id=None if second > 6 else self.someone(second),
            )
            identify(ctx=world.ctx(), items=[wish])

    def __init__(self) -> None:
        super().__init__()
        (item,) = receive(self.world, [Incoming(77)])
        self.credits.append(item.id)
        self.receipts = [item.receipt_id]

    def someone(self, n: int) -> UUID:
        rows = ageing_by_sql(
            company_id=self.world.company_id, as_at=date(2030, 1, 1), known_at=None
        ).rows
        known = [row.customer_id for row in rows if row.customer_id]
        return known[n % len(known)] if known else customers(self.world, 1, prefix=f"M{n}")[0].id


def _same(company: UUID, day: date) -> None:
    assert cache.columns(company_id=company, as_at=day) is not None
    found = ageing(company_id=company, as_at=day, known_at=None)
    plain = ageing_by_sql(company_id=company, as_at=day, known_at=None)
    assert found.rows == plain.rows
    assert found.totals == plain.totals
    assert found.customers == plain.customers
    assert ageing_totals(company_id=company, as_at=day, known_at=None) == plain.totals


def _same_by_pages(company: UUID, day: date) -> None:
    paged, after = [], ""
    while True:
        page = ageing_page(company_id=company, as_at=day, known_at=None, limit=2, after=after)
        paged += page.rows
        after = page.next
        if not after:
            break
    assert tuple(paged) == ageing_by_sql(company_id=company, as_at=day, known_at=None).rows


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # shrinking over a real database takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    events=st.lists(
        st.tuples(_event, st.lists(st.integers(-90, 60), max_size=2)), min_size=4, max_size=14
    )
)
def test_columns_say_what_the_log_says(
    db: None, events: list[tuple[tuple[object, ...], list[int]]]
) -> None:
    """Read now and then, so that columns catch up over one fact or over many, on any day."""
    books = Books()
    company = books.world.company_id
    for n, ((verb, *values), days) in enumerate(events):
        books.happen(n, str(verb), *values)
        for back in days:
            _same(company, books.world.today + timedelta(days=back))
    for back in (-60, -31, -1, 0, 40):
        _same(company, books.world.today + timedelta(days=back))
    _same_by_pages(company, books.world.today)


@pytest.fixture
def billed(world: World) -> World:
    cache.forget()
    one, two = customers(world, 2)
    issue(world, [Doc(one.id, 100), Doc(two.id, 250)])
    return world


def _owed(world: World) -> int:
    totals = ageing_totals(company_id=world.company_id, as_at=world.today, known_at=None)
    return totals.home.receivable_minor


def test_what_was_taken_back_by_a_rollback_is_forgotten(billed: World) -> None:
    """The chain goes on with another fact of the same number: its hash tells them apart."""
    (kunde,) = customers(billed, 1, prefix="N")
    with transaction.atomic():
        issue(billed, [Doc(kunde.id, 7)])
        assert _owed(billed) == 357
        transaction.set_rollback(True)
    assert _owed(billed) == 350
    with transaction.atomic():
        issue(billed, [Doc(kunde.id, 7)])
        assert _owed(billed) == 357
        transaction.set_rollback(True)
    issue(billed, [Doc(kunde.id, 9)])
    assert _owed(billed) == 359
    _same(billed.company_id, billed.today)


def test_a_moment_before_the_columns_is_read_by_sql(billed: World) -> None:
    with transaction.atomic():
        issue(billed, [Doc(customers(billed, 1, prefix="N")[0].id, 7)])
        assert _owed(billed) == 357
        transaction.set_rollback(True)
    assert cache.columns(company_id=billed.company_id, as_at=billed.today) is None
    assert _owed(billed) == 350


def test_a_command_reads_what_it_wrote_itself(billed: World) -> None:
    assert _owed(billed) == 350
    with transaction.atomic():
        unit.begin(company_id=billed.company_id, command="tests.reading")
        try:
            assert cache.columns(company_id=billed.company_id, as_at=billed.today) is None
            assert _owed(billed) == 350
        finally:
            unit.end()


def test_more_rows_than_memory_is_set_aside_for(
    billed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_ROWS_MAX", 1)
    assert _owed(billed) == 350
    assert cache.columns(company_id=billed.company_id, as_at=billed.today) is None
    assert cache.kept() == []
    with CaptureQueriesContext(connection) as queries:
        _owed(billed)
    assert not any("int8send" in query["sql"] for query in queries.captured_queries)


def test_the_oldest_columns_go_first(billed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(days: int) -> None:
        ageing_totals(
            company_id=billed.company_id,
            as_at=billed.today + timedelta(days=days),
            known_at=None,
        )

    read(0)
    (first,) = cache.kept()
    monkeypatch.setattr(cache, "MEGABYTES", (first.bytes * 2.5) / 2**20)
    for days in (40, 0, 80):
        read(days)
    assert len(cache.kept()) == 2
    assert first in cache.kept()


def test_one_allocation_is_caught_up_by_reading_no_other_item(
    billed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _owed(billed) == 350
    (money,) = receive(billed, [Incoming(60)])
    (claim,) = issue(billed, [Doc(customers(billed, 1, prefix="N")[0].id, 60)])
    wish = NewAllocation(
        key="k", credit_item_id=money.id, debit_item_id=claim.id, amount=Money(60, "EUR")
    )
    allocate(ctx=billed.ctx(), items=[wish])
    with monkeypatch.context() as without:
        without.delattr(cache, "between")
        assert cache.columns(company_id=billed.company_id, as_at=billed.today) is not None
        assert _owed(billed) == 350
    _same(billed.company_id, billed.today)


def test_each_side_keeps_its_own_rate(billed: World) -> None:
    """A claim at one rate settled in part by money at another, caught up and read anew."""
    kunde = customers(billed, 1, prefix="N")[0].id
    (claim,) = issue(billed, [Doc(kunde, 1_000, currency="USD", rate=Decimal("0.9"))])
    (money,) = receive(billed, [Incoming(600, kunde, "USD", Decimal("0.8"))])
    _same(billed.company_id, billed.today)
    wish = NewAllocation(
        key="k", credit_item_id=money.id, debit_item_id=claim.id, amount=Money(400, "USD")
    )
    allocate(ctx=billed.ctx(), items=[wish])
    for read in (lambda: None, cache.forget):
        read()
        _same(billed.company_id, billed.today)
        totals = ageing_totals(company_id=billed.company_id, as_at=billed.today, known_at=None)
        assert totals.by_currency["USD"] == Buckets(not_due_minor=600, unapplied_minor=200)
        assert totals.home == Buckets(not_due_minor=350 + 540, unapplied_minor=160)


def test_the_rows_that_a_company_of_the_same_numbers_has_are_its_own(billed: World) -> None:
    other = new_world(seed="neighbour", slug="neighbour")
    issue(other, [Doc(customers(other, 1)[0].id, 4)])
    assert (_owed(billed), _owed(other)) == (350, 4)


def _movements(minor: list[int], due: list[int]) -> Movements:
    count = len(minor)
    return Movements(
        Mark(1, "a"),
        ((UUID(int=1), "K1"),),
        ("EUR",),
        np.full(count, CARRIED, np.int32),
        np.ones(count, np.int32),
        np.zeros(count, np.int64),
        np.array(due, np.int32),
        np.array(minor, np.int64),
        np.array(minor, np.int64),
    )


def test_sums_beyond_64_bits_are_left_to_sql() -> None:
    assert columns_of(_movements([2**61, -(2**61), 2**61], [0, 0, 0])) is None
    assert columns_of(_movements([2**60], [0])) is not None


def test_cents_beyond_a_float_are_exact() -> None:
    large = 2**53
    found = columns_of(_movements([large, 1, large, 1, 5], [0, 0, -1, -1, UNAPPLIED]))
    assert found is not None
    assert sheet(found, date(2000, 1, 1)).amounts[:, 0].tolist() == [
        large + 1,
        large + 1,
        0,
        0,
        0,
        5,
    ]
