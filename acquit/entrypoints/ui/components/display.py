"""Amounts and dates in the words of the reader's language, by Babel (CLDR)."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
from babel.numbers import (
    format_decimal,
    format_percent,
    get_decimal_symbol,
    get_group_symbol,
)
from django.utils import timezone
from django.utils.translation import gettext

from acquit.core.money import Money, exponent

# English pages are read in Europe: day before month, 24 hours.
_LOCALES = {"en": "en_GB", "fr": "fr_FR", "de": "de_DE", "ro": "ro_RO"}
_SECTOR = re.compile(r"SECTOR ?([1-6])")
MINUS = "\N{MINUS SIGN}"


@lru_cache(maxsize=32)
def locale_of(language: str) -> Locale:
    """The formatting locale of a page language such as ``de`` or ``fr-be``."""
    base = language.replace("_", "-").split("-")[0].lower()
    return Locale.parse(_LOCALES.get(base, "en_GB"))


@lru_cache(maxsize=32)
def _signs(language: str) -> tuple[str, str]:
    """What stands between thousands and before the decimals."""
    locale = locale_of(language)
    return get_group_symbol(locale), get_decimal_symbol(locale)


def plain_amount(money: Money, *, language: str) -> str:
    """The absolute amount with all decimals of its currency, without sign and code.

    Lists write hundreds of amounts: put together from CLDR's signs, as its patterns would.

    >>> plain_amount(Money(-123450, "EUR"), language="de")
    '1.234,50'
    """
    group, point = _signs(language)
    decimals = exponent(money.currency)
    whole, part = divmod(abs(money.minor), 10**decimals)
    text = f"{whole:,}".replace(",", group)
    return f"{text}{point}{part:0{decimals}}" if decimals else text


def amount(money: Money, *, language: str) -> str:
    """The amount as plain text with sign and code, for titles and messages.

    >>> amount(Money(-123450, "EUR"), language="en")
    '−1,234.50 EUR'
    """
    sign = MINUS if money.minor < 0 else ""
    return f"{sign}{plain_amount(money, language=language)}\u00a0{money.currency}"


def town(name: str) -> str:
    """A town as people write it: ``SECTOR3``, the code of CIUS-RO (BR-RO-100), is Sector 3.

    >>> town("SECTOR3")
    'Sector 3'
    """
    found = _SECTOR.fullmatch(name)
    return f"Sector {found[1]}" if found else name


def count(number: int, *, language: str) -> str:
    """A whole number with the separators of the language."""
    return str(format_decimal(number, locale=locale_of(language)))


def number(value: Decimal, *, language: str) -> str:
    """A decimal with all its own decimals and no needless zeros: ``1.273,5``."""
    return str(format_decimal(value, locale=locale_of(language), decimal_quantization=False))


def percent(share: Decimal, *, language: str) -> str:
    """A share of one, as per cent with at most one decimal: ``60%``, in German ``60 %``."""
    locale = locale_of(language)
    pattern = locale.percent_formats[None].pattern.replace("#,##0", "#,##0.#")
    return str(format_percent(share, format=pattern, locale=locale))


def local(value: date | datetime) -> date | datetime:
    """A moment in the current time zone; a day as it is."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def day(value: date | datetime, *, language: str) -> str:
    """The day, as the language writes it: ``21 Nov 2026``, ``21.11.2026``."""
    return str(format_date(local(value), format="medium", locale=locale_of(language)))


def month(name: str, *, language: str) -> str:
    """A month named ``2026-10`` in words: ``October 2026``, ``Oktober 2026``."""
    first = date.fromisoformat(f"{name}-01")
    return str(format_skeleton("yMMMM", first, locale=locale_of(language)))


def moment(value: datetime, *, language: str) -> str:
    """Day and minute: ``21 Nov 2026, 08:15``."""
    when = local(value)
    clock = format_datetime(when, "HH:mm", locale=locale_of(language))
    return f"{day(value, language=language)}, {clock}"


def relative(value: date | datetime, *, today: date, language: str) -> str:
    """Whole days between, in the words of CLDR: ``in 3 days``, ``12 days ago``, or today."""
    when = local(value)
    distance = (when.date() if isinstance(when, datetime) else when) - today
    if not distance:
        return gettext("today")
    locale = locale_of(language)
    return str(
        format_timedelta(
            distance, granularity="day", threshold=99_999, add_direction=True, locale=locale
        )
    )
