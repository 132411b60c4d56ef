"""The language of cells: what each spelling means, what is refused, and that nothing crashes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.money import Money
from acquit.core.tables.cells import ANY, Condition, Operator, parse_cell
from acquit.core.tables.values import BadCell, FactSpec, Kind, Value, checked, format_value

COUNTRY = FactSpec("customer.country", Kind.TEXT)
AMOUNT = FactSpec("amount", Kind.MONEY, currency="EUR")
DAYS = FactSpec("days", Kind.DECIMAL)
DUE = FactSpec("due", Kind.DATE)
PAID = FactSpec("paid", Kind.BOOL)
STATE = FactSpec("state", Kind.ENUM, choices=("open", "in dispute", "paid"))
SPECS = [COUNTRY, AMOUNT, DAYS, DUE, PAID, STATE, FactSpec("price", Kind.MONEY)]


@pytest.mark.parametrize(
    ("spec", "cell", "value", "expected"),
    [
        (COUNTRY, "", None, True),
        (COUNTRY, "-", "FR", True),
        (COUNTRY, "any", "FR", True),
        (COUNTRY, "FR", "fr ", True),
        (COUNTRY, "= FR", "DE", False),
        (COUNTRY, "!= FR", "DE", True),
        (COUNTRY, "≠ FR", "FR", False),
        (COUNTRY, "not FR", None, True),
        (COUNTRY, "in FR, DE", "DE", True),
        (COUNTRY, "in FR, DE", None, False),
        (COUNTRY, "not in FR, DE", "RO", True),
        (COUNTRY, 'in "a, b", c', "A, B", True),
        (COUNTRY, '"in FR"', "in fr", True),
        (COUNTRY, "matches INV-*", "inv-2026", True),
        (COUNTRY, "matches INV-*", "xINV-2026", False),
        (COUNTRY, "matches 45??????", "45001234", True),
        (COUNTRY, "matches 45??????", "4500123", False),
        (COUNTRY, "matches [A-C]*", "beta", True),
        (COUNTRY, "matches a.c", "abc", False),
        (COUNTRY, "not matches *,*", "a,b", False),
        (COUNTRY, "empty", "  ", True),
        (COUNTRY, "not empty", "x", True),
        (AMOUNT, ">= 100", Money(10000, "EUR"), True),
        (AMOUNT, "≥ 100.01 EUR", Money(10000, "EUR"), False),
        (AMOUNT, ">= 100", Money(999999, "USD"), False),
        (AMOUNT, "= USD 5", Money(500, "USD"), True),
        (AMOUNT, "-5..5", Money(-500, "EUR"), True),
        (DAYS, "between 10 and 20", Decimal(20), True),
        (DAYS, "10..20", Decimal("20.01"), False),
        (DAYS, "< 5", 4, True),
        (DAYS, "<= 5", None, False),
        (DAYS, "in 1, 2.50", Decimal("2.5"), True),
        (DUE, ">= 2026-01-31", date(2026, 1, 31), True),
        (DUE, "2026-01-01 .. 2026-01-31", date(2026, 2, 1), False),
        (PAID, "yes", True, True),
        (PAID, "no", True, False),
        (STATE, "in dispute", "in dispute", True),
        (STATE, "in open, paid", "paid", True),
        (STATE, "matches in*", "in dispute", True),
    ],
)
def test_meaning(spec: FactSpec, cell: str, value: Value | None, expected: bool) -> None:
    if cell == "in dispute":
        with pytest.raises(BadCell, match="dispute"):
            parse_cell(cell, spec=spec)  # reads as the list "dispute": quoting settles it
        cell = '"in dispute"'
    condition = parse_cell(cell, spec=spec)
    assert condition.holds(checked(value, spec=spec), kind=spec.kind) is expected


@pytest.mark.parametrize(
    ("spec", "cell", "message"),
    [
        (DAYS, "1.000,50", "not a number"),
        (DAYS, ">= ", "missing"),
        (DAYS, "between 20 and 10", "above"),
        (DAYS, "between 20", "LOW and HIGH"),
        (DAYS, "1e5", "not a number"),
        (DAYS, "matches 1*", "works on text"),
        (COUNTRY, "FR, DE", "in a, b"),
        (COUNTRY, ">= FR", "no order"),
        (COUNTRY, '"FR', "do not close"),
        (COUNTRY, "not not FR", "twice"),
        (COUNTRY, "not any", "never true"),
        (COUNTRY, "in ", "at least one"),
        (COUNTRY, "in FR,,DE", "missing"),
        (COUNTRY, "any FR", "nothing may follow"),
        (COUNTRY, '""', "empty"),
        (COUNTRY, "matches " + "*a" * 150, "at most"),
        (DUE, "2026-02-30", "calendar"),
        (PAID, "maybe", "neither"),
        (STATE, "closed", "not one of"),
        (AMOUNT, "10.001", "more decimals"),
        (AMOUNT, "between 1 EUR and 2 USD", "bounds"),
        (FactSpec("price", Kind.MONEY), ">= 5", "names no currency"),
        (COUNTRY, "x" * 5000, "longer"),
    ],
)
def test_refused(spec: FactSpec, cell: str, message: str) -> None:
    with pytest.raises(BadCell, match=message):
        parse_cell(cell, spec=spec)


FRAGMENTS = st.sampled_from(
    ["in ", "not ", "between ", " and ", "matches ", "empty", "any", '"', '""', ",", ">=", "..",
     "[", "]", "!", "*", "?", "1", "-", "2026-01-01", " EUR", "FR", "yes", "[z-a]", "\\", "(", "\n"]
)  # fmt: skip


@given(
    spec=st.sampled_from(SPECS),
    cell=st.one_of(st.text(max_size=60), st.lists(FRAGMENTS, max_size=8).map("".join)),
)
def test_any_text_is_understood_or_refused(spec: FactSpec, cell: str) -> None:
    try:
        condition = parse_cell(cell, spec=spec)
    except BadCell:
        return
    assert parse_cell(condition.text(), spec=spec) == condition
    assert condition.holds(None, kind=spec.kind) in (True, False)


@given(text=st.text(min_size=1, max_size=40).filter(lambda text: text.strip()))
def test_any_text_value_can_be_written(text: str) -> None:
    condition = Condition(Operator.EQUAL, (text,))
    assert parse_cell(condition.text(), spec=COUNTRY) == condition
    assert parse_cell(format_value(text), spec=COUNTRY) == condition
    assert condition.holds(checked(text, spec=COUNTRY), kind=Kind.TEXT)


def test_blank_is_any() -> None:
    assert parse_cell("  ", spec=DAYS) is ANY


def test_patterns_do_not_backtrack() -> None:
    condition = parse_cell("matches " + "*a" * 60 + "b", spec=COUNTRY)
    assert not condition.holds("a" * 5_000, kind=Kind.TEXT)
