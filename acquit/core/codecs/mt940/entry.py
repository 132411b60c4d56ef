"""Field 61 of MT940: the days, the amount and the references of one movement."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from acquit.core.codecs.amounts import DIGITS_MAX, BadAmount, minor_of

FIELD_61 = re.compile(
    r"(\d{6})(\d{4})?\s*(R?[CD]|E[CD])[A-Z]?\s*(\d[\d.]*,?\d*)\s*"
    r"(?:([A-Z][A-Z0-9]{3})([^\n/]*(?:/(?!/)[^\n/]*)*)(?://([^\n]*))?)?\s*(?:\n(.*))?\Z",
    re.DOTALL,
)
_TOLD = re.compile(r"([A-Z]{3})? ?(\d+(?:,\d*)?)")
_HALF_YEAR_DAYS = 183
_CENTURY_FROM = 80  # 80-99 are of the last century


@lru_cache(maxsize=4096)
def days(value: str, entry: str) -> tuple[date, date, bool]:
    """Value date, booking date, and whether the value date had to be shortened. The booking date
    has no year: the one nearest to the value date is meant. ValueError where the calendar has no
    such day."""
    valued = day(value)
    is_shortened = valued.day != int(value[4:])
    if not entry:
        return valued, valued, is_shortened
    month, month_day = int(entry[:2]), int(entry[2:])
    years = (valued.year - 1, valued.year, valued.year + 1)
    near = (_in_month(year, month, month_day) for year in years)
    booked = min(near, key=lambda each: abs((each - valued).days))
    if abs((booked - valued).days) > _HALF_YEAR_DAYS:
        raise ValueError(entry)
    return valued, booked, is_shortened


def day(text: str) -> date:
    """The day of six digits, YYMMDD; ValueError where the calendar has none."""
    year = int(text[:2])
    return _in_month(
        year + (1900 if year >= _CENTURY_FROM else 2000), int(text[2:4]), int(text[4:6])
    )


def _in_month(year: int, month: int, day: int) -> date:
    """The day; banks that count 30 days a month write 30 February, which means its last day."""
    if month == 2 and 29 <= day <= 30:
        day = min(day, monthrange(year, 2)[1])
    return date(year, month, day)


def minor(amount: str, currency: str) -> int:
    """Minor units of an amount with a decimal comma; BadAmount where that is not exact."""
    is_plain = amount[-3:-2] == "," and "." not in amount and len(amount) <= DIGITS_MAX
    if is_plain and has_cents(currency):
        return int(amount.replace(",", ""))
    return minor_of(amount.replace(",", "."), currency)


def kept(charges: str, sent: str, arrived_minor: int, currency: str) -> int:
    """Minor units that banks kept of a credit: what was sent in its currency less what arrived,
    else the charges that are told. Both are written with their currency, which may be missing.

    >>> kept("EUR8,00", "", 9_200, "EUR"), kept("EUR3,00", "EUR100,00", 9_200, "EUR")
    (800, 800)
    >>> kept("USD8,00", "USD100,00", 9_200, "EUR")
    0
    """
    before = sum(_told(sent, currency))
    return before - arrived_minor if before > arrived_minor else sum(_told(charges, currency))


def _told(text: str, currency: str) -> Iterator[int]:
    for unit, amount in _TOLD.findall(text):
        if unit in ("", currency) and len(amount) <= DIGITS_MAX:
            try:
                yield minor(amount, currency)
            except BadAmount:
                continue


@lru_cache(maxsize=256)
def has_cents(currency: str) -> bool:
    """Whether it is a currency of two decimals."""
    try:
        return minor_of("0.01", currency) == 1
    except BadAmount:
        return False
