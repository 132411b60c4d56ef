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
_DEFAULT_LOCALES = {"en": "en_GB", "fr": "fr_FR", "de": "de_DE", "ro": "ro_RO"}


@dataclass(frozen=True, slots=True)
class Display:
    """One reader: the language of the labels and the locale of figures and dates."""

    language: str
    locale: Locale
    labels: dict[str, Any]

    def label(self, key: str) -> str:
        return str(self.labels[key])

    def unit(self, code: str) -> str:
        """The short name of a UN/ECE unit code, or the code itself where it has none here."""
        return str(self.labels["units"].get(code, code))

    def money(self, amount: Money) -> str:
        """With the currency, as in ``1 234,50 €``."""
        pattern = None if exponent(amount.currency) == 2 else self._pattern(amount.currency)
        return format_currency(
            amount.decimal,
            amount.currency,
            format=pattern,
            locale=self.locale,
            currency_digits=pattern is None,
        )

    def figure(self, amount: Money) -> str:
        """Without the currency, for columns that name it in their head."""
        places = exponent(amount.currency)
        text: str = format_decimal(
            amount.decimal,
            format="#,##0" + ("." + "0" * places if places else ""),
            locale=self.locale,
        )
        return text

    def price(self, value: Decimal, currency: str) -> str:
        """A unit price: at least the decimals of the currency, at most six."""
        least = exponent(currency)
        pattern = "#,##0" + ("." + "0" * least + "#" * (6 - least))
        text: str = format_decimal(value, format=pattern, locale=self.locale)
        return text

    def quantity(self, value: Decimal) -> str:
        text: str = format_decimal(value, format="#,##0.######", locale=self.locale)
        return text

    def percent(self, value: Decimal) -> str:
        """A rate in percent, as in ``19 %`` or ``19%``."""
        number = format_decimal(value, format="#,##0.##", locale=self.locale)
        return f"{number}%" if self.language == "en" else f"{number}\u00a0%"

    def date(self, day: date) -> str:
        text: str = format_date(day, format=_DATE_FORMATS[self.language], locale=self.locale)
        return text

    def period(self, period: Period) -> str:
        days = [self.date(day) for day in (period.start, period.end) if day]
        return " – ".join(days)

    def country(self, code: str) -> str:
        """The country in the reader's language, or the code where CLDR does not know it."""
        return str(self.locale.territories.get(code, code))

    def _pattern(self, currency: str) -> str:
        pattern: str = self.locale.currency_formats["standard"].pattern
        places = exponent(currency)
        return pattern.replace("0.00", "0" + ("." + "0" * places if places else ""))


def display_for(locale: str) -> Display:
    """The reader of a locale such as ``fr-CH`` or ``de``; English for languages without labels."""
    parts = locale.replace("-", "_").split("_")
    language = parts[0].lower() if parts[0].lower() in LANGUAGES else "en"
    wanted = "_".join([language, *parts[1:]])
    return _display(language, wanted if len(parts) > 1 and language == parts[0].lower() else "")


@cache
def _display(language: str, wanted: str) -> Display:
    try:
        locale = Locale.parse(wanted or _DEFAULT_LOCALES[language])
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse(_DEFAULT_LOCALES[language])
    path = files("acquit.core.codecs.pdf") / "labels" / f"{language}.json"
    return Display(language, locale, json.loads(path.read_text(encoding="utf-8")))
