"""The posting table, as an accountant would check it: a fact, and the lines it must give."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.money import Money
from acquit.history.facts import Fact
from acquit.stages.ledger.rules.periods import booking_day
from acquit.stages.ledger.rules.posting import BY_KIND, Books, Line, as_markdown
from tests.support.books import (
    ALICE,
    BOB,
    applied,
    identified,
    issued,
    left,
    received,
    undone,
)

DAY = date(2026, 3, 2)
BOOKS = Books(
    "EUR",
    {
        "receivables": "receivables",
        "unapplied": "unapplied",
        "suspense": "suspense",
        "revenue": "revenue",
        "fx_gain": "gain",
        "fx_loss": "loss",
    },
)
NAMES = {ALICE: "alice", BOB: "bob", None: "-"}


def shown(line: Line) -> str:
    side = "Dr" if line.debit_minor else "Cr" if line.credit_minor else "fx"
    amount = Money(line.debit_minor + line.credit_minor, line.currency)
    own = Money(line.functional_minor, BOOKS.currency)
    return f"{side} {line.account} {NAMES[line.customer_id]} {amount} ({own})"


def lines_of(fact: Fact) -> list[Line]:
    return BY_KIND[fact.KIND].lines(BOOKS, fact)


FX = applied("a", 10_000, on=DAY, currency="USD", debit_functional=9200, credit_functional=9000)
CASES = {
    "an invoice": (
        issued("RE1", 10_000, 1_900, on=DAY),
        """
        Dr receivables alice 119.00 EUR (119.00 EUR)
        Cr revenue - 100.00 EUR (-100.00 EUR)
        Cr 3806 - 19.00 EUR (-19.00 EUR)
        """,
    ),
    "a debit note": (
        issued("BL1", 1_000, 190, on=DAY, kind="debit_note"),
        """
        Dr receivables alice 11.90 EUR (11.90 EUR)
        Cr revenue - 10.00 EUR (-10.00 EUR)
        Cr 3806 - 1.90 EUR (-1.90 EUR)
        """,
    ),
    "a credit note is the reverse": (
        issued("GS1", 10_000, 1_900, on=DAY, kind="credit_note"),
        """
        Cr receivables alice 119.00 EUR (-119.00 EUR)
        Dr revenue - 100.00 EUR (100.00 EUR)
        Dr 3806 - 19.00 EUR (19.00 EUR)
        """,
    ),
    "two tax accounts, and two rows on one of them": (
        issued("RE2", 20_000, 2_600, on=DAY, taxes=[("3806", 1_900), ("3801", 500), ("3801", 200)]),
        """
        Dr receivables alice 226.00 EUR (226.00 EUR)
        Cr revenue - 200.00 EUR (-200.00 EUR)
        Cr 3806 - 19.00 EUR (-19.00 EUR)
        Cr 3801 - 7.00 EUR (-7.00 EUR)
        """,
    ),
    "no tax, no tax line": (
        issued("RE3", 5_000, 0, on=DAY),
        """
        Dr receivables alice 50.00 EUR (50.00 EUR)
        Cr revenue - 50.00 EUR (-50.00 EUR)
        """,
    ),
    "nothing charged, nothing booked": (issued("RE4", 0, 0, on=DAY), ""),
    # 0.11 / 0.09 / 0.02 USD at 0.7 are 0.08 / 0.06 / 0.01 EUR: a cent is missing. Revenue takes it,
    # and the receivable stays what the open item says.
    "rounding: the largest other line takes the cent": (
        issued("RE5", 9, 2, on=DAY, currency="USD", rate="0.7"),
        """
        Dr receivables alice 0.11 USD (0.08 EUR)
        Cr revenue - 0.09 USD (-0.07 EUR)
        Cr 3806 - 0.02 USD (-0.01 EUR)
        """,
    ),
    "a receipt of a known payer": (
        received("R1", 11_900, on=DAY),
        """
        Dr 1800 - 119.00 EUR (119.00 EUR)
        Cr unapplied alice 119.00 EUR (-119.00 EUR)
        """,
    ),
    "a receipt of an unknown payer in yen": (
        received("R2", 11_900, on=DAY, customer=None, currency="JPY", rate="0.0061"),
        """
        Dr 1800 - 11900 JPY (72.59 EUR)
        Cr unapplied - 11900 JPY (-72.59 EUR)
        """,
    ),
    "money left": (
        left("L1", 4_200, on=DAY),
        """
        Dr suspense - 42.00 EUR (42.00 EUR)
        Cr 1800 - 42.00 EUR (-42.00 EUR)
        """,
    ),
    "a receipt applied": (
        applied("A1", 11_900, on=DAY),
        """
        Dr unapplied alice 119.00 EUR (119.00 EUR)
        Cr receivables alice 119.00 EUR (-119.00 EUR)
        """,
    ),
    "applied at an exchange loss": (
        FX,
        """
        Dr unapplied alice 100.00 USD (90.00 EUR)
        Cr receivables alice 100.00 USD (-92.00 EUR)
        fx loss - 0.00 USD (2.00 EUR)
        """,
    ),
    "applied at an exchange gain": (
        applied(
            "A2", 10_000, on=DAY, currency="USD", debit_functional=9200, credit_functional=9500
        ),
        """
        Dr unapplied alice 100.00 USD (95.00 EUR)
        Cr receivables alice 100.00 USD (-92.00 EUR)
        fx gain - 0.00 USD (-3.00 EUR)
        """,
    ),
    "undone: the exact reverse": (
        undone("U1", FX, on=DAY),
        """
        Cr unapplied alice 100.00 USD (-90.00 EUR)
        Dr receivables alice 100.00 USD (92.00 EUR)
        fx loss - 0.00 USD (-2.00 EUR)
        """,
    ),
    "a credit note of the same customer moves nothing": (
        applied("A3", 500, on=DAY, from_kind="credit_note"),
        "",
    ),
    "a credit note of another customer moves the claim": (
        applied("A4", 500, on=DAY, from_kind="credit_note", credit_customer=BOB),
        """
        Dr receivables bob 5.00 EUR (5.00 EUR)
        Cr receivables alice 5.00 EUR (-5.00 EUR)
        """,
    ),
    "a credit note at another rate": (
        applied(
            "A5",
            500,
            on=DAY,
            from_kind="credit_note",
            currency="USD",
            debit_functional=460,
            credit_functional=450,
        ),
        """
        Dr receivables alice 5.00 USD (4.50 EUR)
        Cr receivables alice 5.00 USD (-4.60 EUR)
        fx loss - 0.00 USD (0.10 EUR)
        """,
    ),
    "the payer becomes known": (
        identified("P1", 700, on=DAY, customer=BOB),
        """
        Dr unapplied - 7.00 EUR (7.00 EUR)
        Cr unapplied bob 7.00 EUR (-7.00 EUR)
        """,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_posting_table(case: str) -> None:
    fact, expected = CASES[case]
    wanted = [line.strip() for line in expected.strip().splitlines()]
    assert [shown(line) for line in lines_of(fact)] == wanted


RATES = st.decimals(min_value=Decimal("0.0001"), max_value=Decimal(500), places=6)
AMOUNTS = st.integers(min_value=0, max_value=10**12)


def assert_balanced(lines: list[Line]) -> None:
    assert sum(line.debit_minor - line.credit_minor for line in lines) == 0
    assert sum(line.functional_minor for line in lines) == 0
    for line in lines:
        assert line.debit_minor == 0 or line.credit_minor == 0
        assert line.debit_minor or line.credit_minor or line.functional_minor


@given(
    net=AMOUNTS,
    taxes=st.lists(st.integers(min_value=-(10**6), max_value=10**9), max_size=5),
    rate=RATES,
    currency=st.sampled_from(["EUR", "USD", "JPY", "KWD"]),
    kind=st.sampled_from(["invoice", "credit_note", "debit_note"]),
)
def test_any_document_balances_and_keeps_its_claim(
    net: int, taxes: list[int], rate: Decimal, currency: str, kind: str
) -> None:
    rows = [(f"38{i:02}", minor) for i, minor in enumerate(taxes)]
    fact = issued(
        "X",
        net,
        sum(taxes),
        on=DAY,
        taxes=rows,
        rate=str(rate),
        currency=currency,
        kind=kind,
    )
    lines = lines_of(fact)
    assert_balanced(lines)
    claim = sum(line.functional_minor for line in lines if line.account == "receivables")
    side = -1 if kind == "credit_note" else 1
    assert claim == side * BOOKS.functional(fact.gross_minor, currency, rate)


@given(
    amount=st.integers(min_value=1, max_value=10**12),
    debit=AMOUNTS,
    credit=AMOUNTS,
    from_kind=st.sampled_from(["receipt", "credit_note"]),
    other=st.sampled_from([ALICE, BOB, None]),
)
def test_any_application_balances_and_its_undoing_is_its_mirror(
    amount: int, debit: int, credit: int, from_kind: str, other: object
) -> None:
    fact = applied(
        "X",
        amount,
        on=DAY,
        currency="USD",
        from_kind=from_kind,
        debit_functional=debit,
        credit_functional=credit,
        credit_customer=other,  # type: ignore[arg-type]
    )
    lines = lines_of(fact)
    assert_balanced(lines)
    assert [line.turned() for line in lines_of(undone("U", fact, on=DAY))] == lines


def test_the_readme_shows_the_table_that_runs() -> None:
    readme = Path(__file__).parents[3] / "acquit/stages/ledger/README.md"
    assert as_markdown() in readme.read_text("utf-8")


@pytest.mark.parametrize(
    ("day", "locked", "booked"),
    [
        ("2026-02-10", [], "2026-02-10"),
        ("2026-02-10", ["2026-01-01"], "2026-02-10"),
        ("2026-02-10", ["2026-02-01"], "2026-03-01"),
        ("2025-12-31", ["2025-12-01", "2026-01-01"], "2026-02-01"),
        ("2025-12-31", ["2025-12-01", "2026-02-01"], "2026-01-01"),
    ],
)
def test_a_late_fact_is_booked_on_the_first_open_day(
    day: str, locked: list[str], booked: str
) -> None:
    months = {date.fromisoformat(month) for month in locked}
    assert booking_day(date.fromisoformat(day), locked=months) == date.fromisoformat(booked)
