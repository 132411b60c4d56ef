"""What the console says to people: reports as tables, amounts that cannot be limits."""

from __future__ import annotations

import doctest

import pytest

from acquit.core.money import Money
from acquit.entrypoints.console import company, tables, work


def test_amounts_of_limits_are_read_exactly() -> None:
    assert company._limit_amount("500.00", "GBP") == Money(50_000, "GBP")
    assert company._limit_amount("0", "JPY") == Money(0, "JPY")


@pytest.mark.parametrize("text", ["", "much", "1.005", "-1", "NaN", "Infinity", "1,000"])
def test_what_is_no_amount_is_refused_in_words(text: str) -> None:
    with pytest.raises(company.CannotLimit) as refusal:
        company._limit_amount(text, "GBP")
    (fault,) = refusal.value.faults
    assert (fault.code, fault.path) == ("limit.amount", "AMOUNT")
    assert repr(text) in fault.message


def test_examples_in_the_words_hold() -> None:
    assert doctest.testmod(tables).failed == 0


def test_a_statement_reads_from_opening_to_closing() -> None:
    line = {
        "on": "2026-03-06",
        "kind": "credit_note",
        "number": "CN-1",
        "due_on": None,
        "amount": "-5.00",
        "balance": "7.00",
    }
    text = tables.table(
        "statement",
        {
            "customer": {"number": "1001", "name": "Mill Lane Books Ltd"},
            "currency": "GBP",
            "from": "2026-03-01",
            "to": "2026-03-31",
            "opening": "12.00",
            "closing": "7.00",
            "lines": [line],
        },
    ).splitlines()
    assert text[0] == "1001 Mill Lane Books Ltd, GBP"
    assert text[1].split() == ["2026-03-01", "opening", "balance", "12.00"]
    assert text[2].split() == ["2026-03-06", "credit", "note", "CN-1", "-5.00", "7.00"]
    assert text[3].split() == ["2026-03-31", "closing", "balance", "7.00"]
    assert len({len(row) for row in text[1:]}) == 1, "the columns stand under each other"


def test_sending_names_what_went_wrong() -> None:
    figures = {"sent": 3, "waiting": 0, "exceptions": 2, "reasons": {"dispatch.try_failed": 2}}
    assert work._sending_text(figures).splitlines() == [
        "3 sent, 0 waiting for another try, 2 exceptions.",
        "  2 x dispatch.try_failed",
    ]
