"""Amounts and days of bank files, exactly: no float, no rounding, no guess."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from acquit.core.money import exponent

DIGITS_MAX = 18  # ISO 20022 totalDigits; also what fits a 64-bit integer column


class BadAmount(ValueError):
    """The text is not an amount of the currency; the message says what is wrong with it."""


@lru_cache(maxsize=256)
def _exponent(currency: str) -> int:
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        raise BadAmount(f"{currency!r} is not a currency code")
    if not currency.isupper():
        raise BadAmount(f"the currency code {currency!r} is not in capitals")
    return exponent(currency)


def minor_of(text: str, currency: str) -> int:
    """The unsigned amount in minor units; BadAmount where that is not exact.

    ISO 20022 allows five decimals; zeros beyond the currency's own are harmless, other digits
    are a fault, because no booking can carry them.

    >>> minor_of("8.85", "EUR"), minor_of("1200", "JPY"), minor_of("1.50000", "EUR")
    (885, 1200, 150)
    """
    places = _exponent(currency)
    whole, _, decimals = text.partition(".")
    if not whole and not decimals:
        raise BadAmount(f"{text!r} has no digits")
    if len(decimals) > places:
        if decimals[places:].strip("0"):
            raise BadAmount(f"{text!r} has more decimals than {currency} has ({places})")
        decimals = decimals[:places]
    digits = (whole or "0") + decimals + "0" * (places - len(decimals))
    if len(digits) > DIGITS_MAX:
        digits = digits.lstrip("0") or "0"
        if len(digits) > DIGITS_MAX:
            raise BadAmount(f"{text[:40]!r} is longer than {DIGITS_MAX} digits")
    if not digits.isascii() or not digits.isdigit() or not text[:1].isascii():
        raise BadAmount(f"{text[:40]!r} is not an unsigned decimal number")
    return int(digits)


@lru_cache(maxsize=4096)
def day_of(text: str) -> date:
    """The calendar day of an ISO date or date-time, as the bank wrote it; ValueError otherwise.

    The offset is left alone: a booking of 23:30+01:00 is of that day in the bank's books.
    """
    return date.fromisoformat(text[:10])
