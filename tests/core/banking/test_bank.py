"""Counted de-duplication and the control of a statement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from acquit.core.documents.bank import (
    BankLine,
    BankStatement,
    LineStatus,
    StatementKind,
    check_sum,
    content_key,
    foreign_lines,
)
from acquit.core.money import Money

LINE = BankLine(
    position=1,
    entry_number=1,
    booking_date=date(2026, 3, 2),
    value_date=date(2026, 3, 2),
    amount_minor=11900,
    currency="EUR",
    payer_name="Müller & Söhne GmbH",
    payer_iban="DE89370400440532013000",
    end_to_end_id="E2E-1",
    remittance="INV-2026-000123\nthank you",
    bank_reference="REF1",
)


@pytest.mark.parametrize(
    "same",
    [
        LINE._replace(position=9, entry_number=7, byte_start=5, byte_end=90),
        LINE._replace(value_date=None),
        LINE._replace(payer_name="MÜLLER &  SÖHNE GMBH"),
        LINE._replace(remittance="INV-2026-\n000123 thank you"),
    ],
)
def test_the_same_movement_has_the_same_key(same: BankLine) -> None:
    assert content_key(same) == content_key(LINE)


@pytest.mark.parametrize(
    "other",
    [
        LINE._replace(booking_date=date(2027, 3, 2)),
        LINE._replace(amount_minor=-11900),
        LINE._replace(currency="USD"),
        LINE._replace(status=LineStatus.PENDING),
        LINE._replace(is_reversal=True),
        LINE._replace(bank_reference="REF2"),
        LINE._replace(end_to_end_id="E2E-2"),
        LINE._replace(payer_iban="FR7630006000011234567890189"),
        LINE._replace(payer_name="", remittance=LINE.payer_name + LINE.remittance),
        LINE._replace(structured_references=("RF16INV20260001",)),
        LINE._replace(remittance="INV-2026-000124"),
    ],
)
def test_another_movement_has_another_key(other: BankLine) -> None:
    assert content_key(other) != content_key(LINE)


def statement(*lines: BankLine, opening: int | None, closing: int | None) -> BankStatement:
    return BankStatement(
        kind=StatementKind.STATEMENT,
        account_iban="DE89370400440532013000",
        currency="EUR",
        reference="2026-03",
        lines=lines,
        opening_minor=opening,
        closing_minor=closing,
    )


def test_control() -> None:
    good = statement(LINE, opening=-100, closing=11800)
    assert check_sum(good, sum_minor=11900) == ()
    (fault,) = check_sum(good, sum_minor=11899)
    assert fault.code == "bank.totals_differ"
    assert "0.01 EUR" in fault.message
    for broken in (replace(good, opening_minor=None), replace(good, closing_minor=None)):
        (fault,) = check_sum(broken, sum_minor=11900)
        assert fault.code == "bank.balance_missing"
        assert check_sum(replace(broken, kind=StatementKind.REPORT), sum_minor=11900) == ()
    dollars = [LINE._replace(currency="USD"), LINE]
    assert [f.code for f in foreign_lines(dollars, currency="EUR")] == ["bank.line_currency"]
    assert foreign_lines([dollars[0]._replace(status=LineStatus.PENDING)], currency="EUR") == ()
    assert LINE.amount == Money(11900, "EUR")
    assert replace(good, account_iban="", account_other="12-3").account == "12-3"
