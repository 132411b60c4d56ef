"""What the console says to people: reports as tables, amounts that cannot be limits."""

from __future__ import annotations

import doctest

import pytest

from acquit.core.faults import Fault
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState
from acquit.entrypoints import sending
from acquit.entrypoints.console import company, reports, tables, work


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


def test_sending_says_by_which_way_and_why_not() -> None:
    def refused(number: str, message: str) -> ItemResult:
        fault = Fault("dispatch.try_failed", message)
        return ItemResult(number, ItemState.REFUSED, faults=(fault,))

    full = "552 mailbox full"
    items = [refused("R1", "550 unknown"), *(refused(f"R{n}", full) for n in range(2, 6))]
    invalid = Fault("judge", "no VAT id", rule="BR-IC-3", fix="enter the VAT id")
    items.append(ItemResult("R6", ItemState.REFUSED, faults=(invalid, invalid)))
    figures = {
        "sent_by": {"email": 3, "portal": 88},
        "questions": 0,
        "waiting": 1,
        "exceptions": 5,
        "reasons": sending.grouped(items),
    }
    assert work._sending_text(figures).splitlines() == [
        "3 sent by e-mail, 88 only put in the portal (no message went out); "
        "1 waiting for another try, 5 exceptions.",
        "  4 x 552 mailbox full [dispatch.try_failed]: R2, R3, R4, ...",
        "  1 x no VAT id (and 1 more) [BR-IC-3]: R6",
        "    -> enter the VAT id",
        "  1 x 550 unknown [dispatch.try_failed]: R1",
    ]
    nothing = {"sent_by": {}, "questions": 0, "waiting": 0, "exceptions": 0, "reasons": []}
    assert work._sending_text(nothing) == "0 sent; 0 waiting for another try, 0 exceptions."


def test_a_broken_proof_says_its_unit() -> None:
    broken = {"invariant": "I1", "record": "item 7", "message": "says 16694 GBP"}
    text = reports._verdict({"ok": False, "checked": {}, "broken": [broken]})
    assert "1 is 0.01 EUR" in text
    assert "0.01" not in reports._verdict({"ok": True, "checked": {}, "broken": []})
