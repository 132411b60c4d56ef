"""On which day a fact enters the books when its own month is locked."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from datetime import date, timedelta


def month_of(day: date) -> date:
    """The first day of the month, which names the period."""
    return day.replace(day=1)


def last_day(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


def next_month(month: date) -> date:
    return last_day(month) + timedelta(days=1)


def booking_day(day: date, *, locked: Collection[date]) -> date:
    """The day itself, or the first day of the next month that is not locked.

    >>> booking_day(date(2026, 2, 10), locked={date(2026, 2, 1), date(2026, 3, 1)})
    datetime.date(2026, 4, 1)
    """
    month = month_of(day)
    if month not in locked:
        return day
    while month in locked:
        month = next_month(month)
    return month
