"""Figures, dates and labels as a reader of one language expects them (CLDR by babel)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from acquit.core.documents.amounts import Period
from acquit.core.money import Money, exponent

LANGUAGES = ("en", "fr", "de", "ro")
# Full years everywhere: CLDR's short form of German and its medium form of French differ in that.
_DATE_FORMATS = {"en": "medium", "fr": "short", "de": "medium", "ro": "short"}
_PRICE_PLACES = 6
_SALES_TAX = frozenset({"US"})
_DEFAULT_LOCALES = {"en": "en_GB", "fr": "fr_FR", "de": "de_DE", "ro": "ro_RO"}


@dataclass(frozen=True, slots=True)
class Display:
    """One reader: the language of the labels and the locale of figures and dates."""

    language: str
    locale: Locale
    labels: dict[str, Any]

    def label(self, key: str) -> str:
        return str(self.labels[key])

    def beside(self, category: str, reason: str) -> str | None:
        """The reason of an exemption, unless the category is called so: what the law wants said
        often is, and is said once."""
        named = str(self.labels.get(f"category_{category}", ""))
        return reason if reason.lower() != named.lower() and reason else None

    def unit(self, code: str) -> str:
        """The short name of a UN/ECE unit code, or the code itself where it has none here."""
        return str(self.labels["units"].get(code, code))

    def money(self, amount: Money) -> str:
        """With the currency, as in ``1 234,50 €``."""
        before, after = _affixes(self.locale, amount.currency, amount.minor < 0)
        return f"{before}{self.figure(abs(amount))}{after}"

    def figure(self, amount: Money) -> str:
        """Without the currency, for columns that name it in their head."""
        return self._grouped(amount.decimal, exponent(amount.currency))

    def price(self, value: Decimal, currency: str) -> str:
        """A unit price: at least the decimals of the currency, at most six."""
        least = exponent(currency)
        shown = round(value, _PRICE_PLACES).normalize()
        return self._grouped(value, min(_PRICE_PLACES, max(least, _places(shown))))

    def quantity(self, value: Decimal) -> str:
        shown = round(value, _PRICE_PLACES).normalize()
        return self._grouped(value, _places(shown))

    def percent(self, value: Decimal) -> str:
        """A rate in percent, as in ``19 %`` or ``19%``."""
        number = self._grouped(value, _places(value.normalize()))
        return f"{number}%" if self.language == "en" else f"{number}\u00a0%"

    def _grouped(self, value: Decimal, places: int) -> str:
        """By the locale's separators. Babel's own formatting is right too, and 20 times slower."""
        group, point = _separators(self.locale)
        text = f"{value:,.{places}f}"
        return text.replace(",", "\0").replace(".", point).replace("\0", group)

    def date(self, day: date) -> str:
        text: str = format_date(day, format=_DATE_FORMATS[self.language], locale=self.locale)
        return text

    def period(self, period: Period) -> str:
        days = [self.date(day) for day in (period.start, period.end) if day]
        return " – ".join(days)

    def country(self, code: str) -> str:
        """The country in the reader's language, or the code where CLDR does not know it."""
        return str(self.locale.territories.get(code, code))


def _places(value: Decimal) -> int:
    exponent_found = value.as_tuple().exponent
    return max(0, -exponent_found) if isinstance(exponent_found, int) else 0


@cache
def _separators(locale: Locale) -> tuple[str, str]:
    """The group and decimal separators of the locale, as babel writes them."""
    text: str = format_decimal(Decimal("1111.5"), format="#,##0.0", locale=locale)
    return text[1:-5], text[-2]


@cache
def _affixes(locale: Locale, currency: str, negative: bool) -> tuple[str, str]:
    """What babel writes before and after the figure of an amount in this currency."""
    value = Decimal(-1 if negative else 1)
    text: str = format_currency(value, currency, locale=locale, currency_digits=True)
    first = text.index("1")
    last = max(i for i, character in enumerate(text) if character.isdigit())
    return text[:first], text[last + 1 :]


def display_for(locale: str, *, seller: str = "") -> Display:
    """The reader of a locale such as ``fr-CH`` or ``de``; English for languages without labels.

    Papers of a ``seller`` in a country without VAT speak of its sales tax instead.
    """
    parts = locale.replace("-", "_").split("_")
    language = parts[0].lower() if parts[0].lower() in LANGUAGES else "en"
    wanted = "_".join([language, *parts[1:]])
    known = wanted if len(parts) > 1 and language == parts[0].lower() else ""
    return _display(language, known, seller in _SALES_TAX)


@cache
def _display(language: str, wanted: str, has_sales_tax: bool) -> Display:
    try:
        locale = Locale.parse(wanted or _DEFAULT_LOCALES[language])
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse(_DEFAULT_LOCALES[language])
    path = files("acquit.core.codecs.pdf") / "labels" / f"{language}.json"
    labels = json.loads(path.read_text(encoding="utf-8"))
    other = labels.pop("sales_tax")
    return Display(language, locale, labels | other if has_sales_tax else labels)
