"""Posting into the real database: balances, replay, locked months, reversal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acquit.access.commands.approve import Decision, approve
from acquit.core.faults import Refused
from acquit.core.outcome import ItemState
from acquit.database.copy import fetch_rows
from acquit.history import unit
from acquit.history.facts import Fact, Recorded
from acquit.stages.ledger import queries
from acquit.stages.ledger.commands.lock import Month, Reopening, lock, reopen
from acquit.stages.ledger.commands.post import post
from acquit.stages.ledger.commands.reverse import Reversal, reverse
from tests.support.books import (
    ALICE,
    BOB,
    applied,
    issued,
    left,
    named,
    only_the_ledger_reacts,
    received,
    record,
    undone,
)
from tests.support.world import World, new_world, someone

MARCH = date(2026, 3, 2)


@pytest.fixture
def books(db: None) -> Iterator[World]:
    with only_the_ledger_reacts():
        yield new_world()


def figures(world: World, day: str) -> dict[str, int]:
    found = queries.trial_balance(company_id=world.company_id, as_at=date.fromisoformat(day))
    assert found.debit_minor == found.credit_minor
    return {row.code: row.debit_minor - row.credit_minor for row in found.accounts}


def story(world: World) -> None:
    """Two months: an invoice in January, part of it paid in February, undone in March."""
    world.on("2026-01-15")
    record(world, issued("RE1", 10_000, 1_900, on=world.today))
    world.on("2026-02-10")
    cash = applied("A1", 5_000, on=world.today)
    record(world, received("R1", 5_000, on=world.today), cash)
    world.on("2026-03-02")
    record(world, undone("U1", cash, on=world.today))


def test_the_trial_balance_at_any_day(books: World) -> None:
    story(books)
    assert figures(books, "2026-01-14") == {}
    assert figures(books, "2026-01-31") == {"1200": 11_900, "3806": -1_900, "4400": -10_000}
    assert figures(books, "2026-02-28")["1200"] == 6_900
    assert figures(books, "2026-03-31") == {
        "1200": 11_900,
        "1800": 5_000,
        "3250": -5_000,
        "3806": -1_900,
        "4400": -10_000,
    }


def test_what_was_known_then(books: World) -> None:
    story(books)
    books.on("2026-03-20")
    record(books, issued("RE2", 100, 19, on=date(2026, 1, 20)))  # recorded late, dated January
    before = books.on("2026-03-10").ctx().now
    january = date(2026, 1, 31)
    then = queries.trial_balance(company_id=books.company_id, as_at=january, known_at=before)
    now = queries.trial_balance(company_id=books.company_id, as_at=january)
    assert (then.debit_minor, now.debit_minor) == (11_900, 12_019)


def test_the_cached_sums_are_the_sums_of_the_postings(books: World) -> None:
    story(books)
    rows = fetch_rows(
        "SELECT account_id, day, currency, debit_minor, credit_minor, functional_minor"
        " FROM ledger_balance WHERE company_id = %(c)s EXCEPT"
        " SELECT account_id, booked_on, currency, sum(debit_minor),"
        " sum(credit_minor), sum(functional_minor) FROM ledger_posting"
        " WHERE company_id = %(c)s GROUP BY 1, 2, 3",
        {"c": books.company_id},
    )
    assert rows == []


def test_a_fact_is_booked_once(books: World) -> None:
    fact = issued("RE1", 10_000, 1_900, on=MARCH)
    again = Recorded(named("fact"), fact)
    with transaction.atomic():
        opened = unit.begin(company_id=books.company_id, command="test")
        assert opened is not None
        try:
            first = post(ctx=books.ctx(), facts=[again])
            second = post(ctx=books.ctx(), facts=[again])
        finally:
            unit.end()
    assert (len(first), len(second)) == (1, 0)


def test_an_undoing_points_at_the_entry_it_takes_back(books: World) -> None:
    story(books)
    (application,) = queries.entries_about(company_id=books.company_id, subject_ids=[named("A1")])
    (undoing,) = queries.entries_about(company_id=books.company_id, subject_ids=[named("U1")])
    assert undoing.reverses_id == application.id
    assert application.reversed_by_id == undoing.id
    assert application.text == "Receipt applied"


def test_an_account_page_runs_on_from_its_cursor(books: World) -> None:
    story(books)
    whole = _page(books, limit=10, after=None)
    assert [line.balance_minor for line in whole.lines] == [11_900, 6_900, 11_900]
    first = _page(books, limit=2, after=None)
    second = _page(books, limit=2, after=first.next)
    assert first.next is not None
    assert second.next is None
    assert first.lines + second.lines == whole.lines


def test_an_account_page_opens_with_what_was_before(books: World) -> None:
    story(books)
    page = queries.account_ledger(
        company_id=books.company_id,
        account="1200",
        since=date(2026, 2, 5),
        until=date(2026, 2, 28),
    )
    assert page is not None
    assert (page.opening_minor, page.lines[-1].balance_minor) == (11_900, 6_900)


def _page(world: World, *, limit: int, after: queries.Cursor | None) -> queries.AccountPage:
    page = queries.account_ledger(
        company_id=world.company_id,
        account="1200",
        since=date(2026, 1, 1),
        until=date(2026, 12, 31),
        limit=limit,
        after=after,
    )
    assert page is not None
    return page


def test_control_accounts_are_kept_per_customer(books: World) -> None:
    record(
        books,
        issued("RE1", 100, 0, on=MARCH),
        issued("RE2", 200, 0, on=MARCH, customer=BOB),
        issued("GS1", 50, 0, on=MARCH, customer=BOB, kind="credit_note"),
    )
    found = queries.control_balances(
        company_id=books.company_id, control="receivables", as_at=MARCH
    )
    assert {row.customer_id: row.minor for row in found} == {ALICE: 100, BOB: 150}


def test_an_unknown_account_is_refused_by_name(books: World) -> None:
    fact = issued("RE1", 100, 19, on=MARCH, taxes=[("9999", 19)])
    with pytest.raises(Refused, match="no account 9999"):
        record(books, fact)
    assert figures(books, "2026-12-31") == {}


# --- months ---------------------------------------------------------------------------------


def _lock(world: World, month: str) -> ItemState:
    outcome = lock(ctx=world.ctx(), items=[Month(month=date.fromisoformat(month))])
    return outcome.items[0].state


def test_a_fact_of_a_locked_month_is_booked_on_the_first_open_day(books: World) -> None:
    assert _lock(books, "2026-02-01") is ItemState.DONE
    record(books, issued("RE1", 100, 19, on=date(2026, 2, 27)))
    (entry,) = queries.entries_about(company_id=books.company_id, subject_ids=[named("RE1")])
    assert entry.booked_on == date(2026, 3, 1)
    assert entry.text == "Invoice RE1 (dated 2026-02-27; that month is locked)"


def test_the_database_refuses_a_locked_month(books: World) -> None:
    record(books, issued("RE1", 100, 19, on=date(2026, 2, 27)))
    _lock(books, "2026-02-01")
    for table, columns in (
        ("ledger_entry", "recorded_at, fact_id, posting_rule, subject_id, text"),
        (
            "ledger_posting",
            "entry_id, line_no, account_id, debit_minor, credit_minor, currency, functional_minor",
        ),
    ):
        new = columns.replace("fact_id", "gen_random_uuid()").replace("line_no", "line_no + 9")
        with pytest.raises(DatabaseError, match="period is locked"), transaction.atomic():
            _sql(
                f"INSERT INTO {table} (id, company_id, booked_on, {columns})"
                f" SELECT gen_random_uuid(), company_id, booked_on, {new} FROM {table}"
            )


def test_the_database_refuses_what_does_not_balance(books: World) -> None:
    record(books, issued("RE1", 100, 19, on=MARCH))
    with pytest.raises(DatabaseError, match="does not balance"), transaction.atomic():
        _sql(
            "INSERT INTO ledger_posting (id, company_id, entry_id, line_no, account_id, booked_on,"
            " debit_minor, credit_minor, currency, functional_minor)"
            " SELECT gen_random_uuid(), company_id, entry_id, 9, account_id, booked_on, 1, 0,"
            " 'EUR', 1 FROM ledger_posting LIMIT 1"
        )


@pytest.mark.parametrize(
    ("entry", "account", "day", "why"),
    [
        ("other", "account_id", "booked_on", "without its entry"),
        ("entry_id", "account_id", "booked_on + 1", "without its entry"),
        ("entry_id", "other", "booked_on", "unknown account"),
    ],
)
def test_the_database_refuses_lines_that_belong_to_nothing(
    books: World, entry: str, account: str, day: str, why: str
) -> None:
    record(books, issued("RE1", 100, 19, on=MARCH))
    with pytest.raises(DatabaseError, match=why), transaction.atomic():
        _sql(
            "INSERT INTO ledger_posting (id, company_id, entry_id, line_no, account_id, booked_on,"
            " debit_minor, credit_minor, currency, functional_minor)"
            f" SELECT gen_random_uuid(), company_id, {entry}, line_no + 9, {account}, {day},"
            " debit_minor, credit_minor, currency, functional_minor"
            f" FROM ledger_posting, (VALUES ('{named('made up')}'::uuid)) AS made (other)"
        )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_posting SET debit_minor = debit_minor + 1",
        "DELETE FROM ledger_posting",
        "TRUNCATE ledger_posting",
        "UPDATE ledger_entry SET text = ''",
        "DELETE FROM ledger_entry",
    ],
)
def test_the_books_are_added_to_only(books: World, sql: str) -> None:
    record(books, issued("RE1", 100, 19, on=MARCH))
    with pytest.raises(DatabaseError), transaction.atomic():
        _sql(sql)


def test_only_months_that_are_over_are_locked_and_twice_changes_nothing(books: World) -> None:
    assert _lock(books, "2026-03-01") is ItemState.REFUSED
    assert _lock(books, "2026-02-14") is ItemState.DONE
    assert _lock(books, "2026-02-01") is ItemState.DUPLICATE
    (period,) = queries.periods(company_id=books.company_id).alone()
    assert (period.starts_on, period.ends_on) == (date(2026, 2, 1), date(2026, 2, 28))


def test_reopening_needs_a_second_person(books: World) -> None:
    _lock(books, "2026-02-01")
    first = someone("accountant", name="Ana")
    asked = reopen(
        ctx=books.ctx(actor=first), items=[Reopening(month=date(2026, 2, 1), why="late invoice")]
    )
    assert asked.items[0].state is ItemState.AWAITING
    assert queries.periods(company_id=books.company_id).alone()[0].state == "locked"
    request = asked.items[0].id
    assert isinstance(request, UUID)
    second = someone("accountant", name="Bob")
    approve(ctx=books.ctx(actor=second), items=[Decision(request, "seen")])
    assert queries.periods(company_id=books.company_id).alone()[0].state == "open"


# --- reversal -------------------------------------------------------------------------------


def test_an_entry_is_reversed_once(books: World) -> None:
    record(books, left("L1", 4_200, on=MARCH))
    (entry,) = queries.entries_about(company_id=books.company_id, subject_ids=[named("L1")])
    wrong = Reversal(id=entry.id, why="explained")
    assert reverse(ctx=books.ctx(), items=[wrong]).items[0].state is ItemState.DONE
    assert figures(books, "2026-03-31") == {}
    again = reverse(ctx=books.ctx(), items=[wrong])
    assert again.faults[0].code == "entry.reversed"


@pytest.mark.parametrize(
    ("why", "code"), [("x", "entry.follows_subledger"), (" ", "entry.no_reason")]
)
def test_a_reversal_that_would_part_the_books_is_refused(books: World, why: str, code: str) -> None:
    record(books, issued("RE1", 100, 19, on=MARCH))
    (entry,) = queries.entries_about(company_id=books.company_id, subject_ids=[named("RE1")])
    outcome = reverse(ctx=books.ctx(), items=[Reversal(id=entry.id, why=why)])
    assert outcome.faults[0].code == code


def test_a_reversal_of_nothing_is_refused(books: World) -> None:
    outcome = reverse(ctx=books.ctx(), items=[Reversal(id=named("none"), why="x")])
    assert outcome.faults[0].code == "entry.unknown"


# --- any sequence, and any number -----------------------------------------------------------

DAYS = st.dates(date(2025, 11, 1), date(2026, 3, 2))
SMALL = st.integers(min_value=1, max_value=10**9)


@st.composite
def facts(draw: st.DrawFn) -> list[Fact]:
    made: list[Fact] = []
    for i in range(draw(st.integers(1, 6))):
        day, amount = draw(DAYS), draw(SMALL)
        currency, rate = draw(st.sampled_from([("EUR", "1"), ("USD", "0.9137"), ("JPY", "0.0061")]))
        kind = draw(st.sampled_from(["invoice", "credit_note", "receipt", "left", "applied"]))
        if kind in ("invoice", "credit_note"):
            tax = draw(SMALL)
            made.append(
                issued(f"D{i}", amount, tax, on=day, kind=kind, currency=currency, rate=rate)
            )
        elif kind == "receipt":
            made.append(received(f"R{i}", amount, on=day, currency=currency, rate=rate))
        elif kind == "left":
            made.append(left(f"L{i}", amount, on=day))
        else:
            cash = applied(
                f"A{i}", amount, on=day, debit_functional=draw(SMALL), credit_functional=draw(SMALL)
            )
            made += [cash, undone(f"U{i}", cash, on=day)] if draw(st.booleans()) else [cash]
    return made


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=facts(), locked=st.sampled_from([None, "2025-12-01", "2026-01-01"]))
def test_any_story_balances_at_any_day(books: World, story: list[Fact], locked: str | None) -> None:
    with transaction.atomic():
        if locked:
            _lock(books, locked)
        record(books, *story)
        for day in ("2025-11-30", "2025-12-15", "2026-01-01", "2026-03-31"):
            figures(books, day)
        transaction.set_rollback(True)


def test_the_number_of_queries_does_not_grow(books: World) -> None:
    few, many = (_queries(books, name, count) for name, count in (("a", 1), ("b", 1_000)))
    assert few == many


def _queries(world: World, name: str, count: int) -> int:
    made = [issued(f"{name}{i}", 100 + i, 19, on=MARCH) for i in range(count)]
    with CaptureQueriesContext(connection) as captured:
        record(world, *made)
    return len(captured)


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
