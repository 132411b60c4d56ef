"""Late things in a locked month: sub-ledger and books take them on the same day, for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from acquit.core.money import Money
from acquit.stages.insight import verify
from acquit.stages.ledger.commands.lock import Month, Reopening, lock, reopen
from acquit.stages.ledger.queries import control_balances
from acquit.stages.receipts.commands import StatementFile, import_statement
from acquit.stages.receipts.models import Receipt
from acquit.stages.receivables.commands import NewAllocation, Undo, allocate, undo
from acquit.stages.receivables.models import OpenItem
from acquit.stages.receivables.queries import customer_statement
from acquit.stages.receivables.queries.as_at import balances
from acquit.stages.receivables.queries.open_at import open_at
from tests.support.money import Doc, Movement, customers, issue, statement_bytes
from tests.support.world import World

pytestmark = pytest.mark.django_db
FEBRUARY = date(2026, 2, 28)
LATE = date(2026, 2, 20)


def _days(world: World) -> Iterator[date]:
    return (date(2026, 2, 1) + timedelta(days=n) for n in range(40))


def _agree(world: World) -> None:
    """The open items and the control accounts, on every day of the story."""
    signs = {"invoice": 1, "credit_note": -1, "receipt": -1}
    for day in _days(world):
        owed = {"receivables": 0, "unapplied": 0}
        found = balances(company_id=world.company_id, as_at=day, known_at=None)
        for (kind, _currency), (minor, _own) in found.items():
            owed["unapplied" if kind == "receipt" else "receivables"] += signs[kind] * minor
        for control, minor in owed.items():
            rows = control_balances(company_id=world.company_id, control=control, as_at=day)
            assert sum(row.minor for row in rows) == minor, (control, day)


def _lock(world: World) -> None:
    lock(ctx=world.ctx(), items=[Month(month=date(2026, 2, 1))]).or_refuse()


def test_late_money_and_documents_count_where_the_books_have_them(world: World) -> None:
    (kunde,) = customers(world, 1)
    (early,) = issue(world, [Doc(kunde.id, 10_000, issued_on=date(2026, 2, 3))])
    closing = balances(company_id=world.company_id, as_at=FEBRUARY, known_at=None)
    _lock(world)
    body = statement_bytes([Movement(4_000, "late")], on=LATE)
    import_statement(ctx=world.ctx(), items=[StatementFile(key="s", body=body)]).or_refuse()
    (late,) = issue(world, [Doc(kunde.id, 2_500, issued_on=LATE)])
    money = OpenItem.objects.of(world.company_id).get(kind="receipt")
    assert (late.effective_on, money.effective_on) == (date(2026, 3, 1), date(2026, 3, 1))
    assert Receipt.objects.of(world.company_id).get().received_on == LATE
    assert balances(company_id=world.company_id, as_at=FEBRUARY, known_at=None) == closing
    _agree(world)
    wish = NewAllocation(
        key="a", credit_item_id=money.id, debit_item_id=early.id, amount=Money(4_000, "EUR")
    )
    (done,) = allocate(ctx=world.ctx(), items=[wish]).or_refuse().ids
    _agree(world)
    undo(ctx=world.ctx(), items=[Undo(allocation_id=done)]).or_refuse()
    _agree(world)
    shown = open_at(
        company_id=world.company_id, customer_id=kunde.id, currency="EUR", as_at=world.today
    )
    assert [(item.number, item.issued_on) for item in shown if item.kind == "invoice"] == [
        (early.number, date(2026, 2, 3)),
        (late.number, LATE),
    ]
    statement = customer_statement(
        company_id=world.company_id,
        customer_id=kunde.id,
        currency="EUR",
        from_on=date(2026, 3, 1),
        to_on=world.today,
        known_at=None,
    )
    assert statement.opening_minor == 10_000
    assert statement.opening_minor + sum(x.amount_minor for x in statement.lines) == (
        statement.closing_minor
    )
    report = verify.run(company_id=world.company_id, now=world.ctx().now)
    assert [one for one in report["broken"] if one["invariant"] in ("I7", "I35")] == []


def test_reopening_a_month_moves_nothing(world: World) -> None:
    (kunde,) = customers(world, 1)
    _lock(world)
    (late,) = issue(world, [Doc(kunde.id, 2_500, issued_on=LATE)])
    approved = replace(world.ctx(), approval_id=world.ids.new())
    wish = Reopening(month=date(2026, 2, 1), why="the auditor asked")
    reopen(ctx=approved, items=[wish]).or_refuse()
    (open_again,) = issue(world, [Doc(kunde.id, 300, issued_on=LATE)])
    assert (late.effective_on, open_again.effective_on) == (date(2026, 3, 1), LATE)
    _agree(world)
