"""Amounts in texts: exactly what the digits say, or refused."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from acquit.core.codecs.amounts import DIGITS_MAX, BadAmount, minor_of
from acquit.core.money import Money, exponent

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])
FIGURES = st.from_regex(r"[0-9]{0,32}\.?[0-9]{0,34}", fullmatch=True)
BENT = st.text("019.,+-eE_ \u0661\u00b2", max_size=8)


def exactly(text: str, currency: str) -> Fraction:
    return Fraction(text) * 10 ** exponent(currency)


@given(FIGURES | BENT, CURRENCIES)
@example("", "EUR")
@example(".", "EUR")
@example(".0", "JPY")
def test_a_figure_of_a_bank_is_read_exactly_or_refused(text: str, currency: str) -> None:
    is_figure = re.fullmatch(r"(?=\.?[0-9])[0-9]*\.?[0-9]*", text) is not None
    exact = exactly(f"0{text}0" if "." in text else text, currency) if is_figure else Fraction(1, 7)
    if exact.denominator == 1 and exact < 10**DIGITS_MAX:
        assert minor_of(text, currency) == exact
    else:
        with pytest.raises(BadAmount):
            minor_of(text, currency)


@given(
    FIGURES | st.sampled_from(["1e30", "1e31", "1e999999", "-7e-2", "Infinity", "-inf"]), CURRENCIES
)
@example("1" * 27 + ".12", "EUR")  # one digit more than the usual context keeps
@example("1." + "0" * 30 + "1", "EUR")
@example("Infinity", "EUR")
@example("NaN", "EUR")
def test_money_is_read_exactly_or_refused(text: str, currency: str) -> None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return
    if number.is_finite() and abs(number) < 10**31:
        exact = exactly(text, currency)
        if exact.denominator == 1:
            assert Money.of(number, currency).minor == Money.of(text, currency).minor == exact
            return
    with pytest.raises(ValueError, match="no amount of money|more decimals"):
        Money.of(number, currency)
