"""What an address or a form asks for: days, instants and amounts as people write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from acquit.core.faults import Fault, Refused
from acquit.core.money import Money
from acquit.entrypoints.ui.frame import Frame

# Decimal also reads 1e3, 1_000, Infinity, and more digits than a column of money holds.
_FIGURE = re.compile(r"[+-]?(?=\.?[0-9])[0-9]{0,15}(?:\.[0-9]*)?")
_SPACES = re.compile(r"[\s\u00a0\u202f'’]")


class CannotRead(Refused):
    """A value of the address or the form is not what its field needs."""


def day(frame: Frame, name: str, default: date) -> date:
    """The day of a query field, ``default`` where it is empty."""
    text = frame.request.GET.get(name, "").strip()
    return day_of(text, path=name) if text else default


def day_of(text: str, *, path: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise CannotRead(
            (
                Fault(
                    "date.unreadable", f"{text!r} is not a day", path, fix="write it as 2026-01-31"
                ),
            )
        ) from None


def instant(frame: Frame, name: str) -> datetime | None:
    """The instant of a query field in the company's own time zone, None where it is empty.

    A day alone means its end: what was known when that day was over, and now where it is
    today: what is known later today cannot be told yet.
    """
    text = frame.request.GET.get(name, "").strip()
    if not text:
        return None
    zone = ZoneInfo(frame.company.timezone)
    try:
        if len(text) == 10:
            over = date.fromisoformat(text) + timedelta(days=1)
            end = datetime(over.year, over.month, over.day, tzinfo=zone).astimezone(UTC)
            return frame.ctx.now if date.fromisoformat(text) == frame.ctx.today else end
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):  # the last day of all has no end
        raise CannotRead(
            (
                Fault(
                    "instant.unreadable",
                    f"{text!r} is not an instant",
                    name,
                    fix="write it as 2026-01-31 or 2026-01-31T18:00",
                ),
            )
        ) from None


def amount(text: str, currency: str, *, path: str) -> Money:
    """An amount as people type it: ``1250.50``, ``1.250,50``, ``1 250,5``.

    A single mark is the decimal mark; where both stand, the last one is. ``1,250`` in a currency
    of two decimals is refused rather than guessed.

    >>> amount("1.250,50", "EUR", path="amount")
    Money(minor=125050, currency='EUR')
    """
    plain = _SPACES.sub("", text).removesuffix(currency)
    marks = [mark for mark in plain if mark in ",."]
    if len(set(marks)) == 2:
        plain = plain.replace(next(m for m in ",." if m != marks[-1]), "")
    elif len(marks) > 1:
        plain = plain.replace(marks[0], "")
    plain = plain.replace(",", ".")
    try:
        if not _FIGURE.fullmatch(plain):
            raise ValueError(text)
        return Money.of(plain, currency)
    except ValueError:
        raise CannotRead(
            (
                Fault(
                    "amount.unreadable",
                    f"{text!r} is not an amount in {currency}",
                    path,
                    fix="write it as 1250.50",
                ),
            )
        ) from None
