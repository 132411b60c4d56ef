"""A balance at a payment provider: payments count when they happen, transfers move money."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from acquit.core.outcome import ItemState
from acquit.intake.commands.run import RunToUndo, undo_import
from acquit.stages.matching.models import Return
from acquit.stages.receipts.commands.advice import AdviceFile, take_advice
from acquit.stages.receipts.models import Advice, Receipt
from acquit.stages.receivables.models import OpenItem
from tests.core.banking.test_paypal import HOLD, PAYMENT, report
from tests.stages.matching.test_chargebacks import match
from tests.stages.matching.test_returns import BANK, FEES, SUSPENSE, Books
from tests.support.money import Doc, Movement, customers, issue
from tests.support.world import World

pytestmark = pytest.mark.django_db
CONVERSION, WITHDRAWAL = "General Currency Conversion", "General Withdrawal"
Row = tuple[int, str, str, int, int, str, str, str]


@pytest.fixture
def books(world: World) -> Books:
    world.later((date(2026, 11, 10) - world.today).days)
    return Books(world)


def rows_of(numbers: list[str]) -> list[Row]:
    """A balance that nothing is taken of for days, and then only a part."""
    first, second, third, _fourth = numbers
    return [
        (13, PAYMENT, "EUR", 125_000, -4_340, "1AAAA", "", first),
        (14, PAYMENT, "USD", 10_000, -400, "2BBBB", "", second),
        (14, CONVERSION, "USD", -9_600, 0, "3CCCC", "2BBBB", ""),
        (14, CONVERSION, "EUR", 8_800, 0, "4DDDD", "2BBBB", ""),
        (15, HOLD, "EUR", -3_000, 0, "5EEEE", "1AAAA", ""),
        (16, "Payment Refund", "EUR", -25_000, 870, "6FFFF", "1AAAA", first),
        (17, WITHDRAWAL, "EUR", -50_000, 0, "7GGGG", "", ""),
        (18, PAYMENT, "EUR", 30_000, -1_000, "8HHHH", "", third),
    ]


def take(books: Books, rows: list[Row]) -> Any:
    body = report(rows, german=False)
    return take_advice(ctx=books.world.ctx(), items=[AdviceFile(key=f"{len(rows)}.csv", body=body)])


def balance(rows: list[Row], *, held: int) -> int:
    return sum(gross + fee for _d, _k, currency, gross, fee, *_ in rows if currency == "EUR") + held


def test_a_balance_that_is_kept_is_money_of_ours_when_it_comes(books: Books) -> None:
    world = books.world
    (kunde,) = customers(world, 1)
    claims = issue(world, [Doc(kunde.id, minor) for minor in (125_000, 8_800, 30_000, 7_000)])
    rows = rows_of([claim.number for claim in claims])
    # Nothing went to the bank yet: two documents are paid all the same, on their day.
    run = take(books, rows[:5]).or_refuse().items[0].id
    assert match(books)
    assert books.open(*claims) == [0, 0, 30_000, 7_000]
    days = Receipt.objects.order_by("received_on").values_list("received_on", flat=True)
    assert list(days) == [date(2026, 11, 13), date(2026, 11, 14)]
    assert books.account(FEES) == 4_340
    assert books.account(SUSPENSE) == balance(rows[:5], held=3_000)
    books.holds()
    # The next report tells the same again, a refund, and a transfer of a part of it.
    world.later(7)
    again = take(books, rows).or_refuse()
    assert again.figures["duplicate"] == 3
    assert match(books)["returns_settled"] == 1
    assert books.open(*claims) == [25_000, 0, 0, 7_000]
    assert Return.objects.get().evidence == ["document", "payout_reference"]
    assert books.account(SUSPENSE) == balance(rows, held=3_000) + 50_000
    books.bank(Movement(50_000, "PAYPAL 7GGGG", payer="PayPal Europe"))
    money = OpenItem.objects.get(kind="receipt", original_minor=50_000)
    assert (money.open_minor, money.customer_id) == (0, None)
    assert books.account(BANK) == 50_000
    assert books.account(SUSPENSE) == balance(rows, held=3_000)
    assert books.account(FEES) == 4_340 + 1_000 - 870
    books.holds()
    assert take(books, rows).or_refuse().items[0].state is ItemState.DUPLICATE
    # Both reports were of another company: what the bank told stays, and is nobody's.
    for one in (again.items[0].id, run):
        undo_import(ctx=world.ctx(), items=[RunToUndo(id=one)]).or_refuse()
    assert books.open(*claims) == [125_000, 8_800, 30_000, 7_000]
    assert books.open(money) == [50_000]
    assert (books.account(SUSPENSE), books.account(FEES), books.account(BANK)) == (0, 0, 50_000)
    books.holds()


def test_a_balance_that_its_rows_do_not_make_is_refused(books: Books) -> None:
    rows = rows_of(["RE-1", "RE-2", "RE-3", "RE-4"])
    lines = report(rows, german=False).splitlines(keepends=True)
    lost = b"".join(line for line in lines if b'"6FFFF"' not in line)
    (fault,) = take_advice(ctx=books.world.ctx(), items=[AdviceFile(key="p.csv", body=lost)]).faults
    assert fault.code == "payouts.balance"
    assert fault.message == (
        "the balance ends with 813.30 EUR, 0.00 EUR before the first row and all rows make"
        " 1054.60 EUR: first at row 3"
    )
    assert not Advice.objects.exists() and not Receipt.objects.exists()
