"""Countries: their codes and names, and which of them share a tax territory on a day."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale

from acquit.core.text import fold

# Two-letter codes of the CLDR that name no country of ISO 3166-1.
_NOT_COUNTRIES = frozenset(
    ["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"]
)
_LOCALES = {
    "DE": "de_DE",
    "AT": "de_DE",
    "FR": "fr_FR",
    "MC": "fr_FR",
    "RO": "ro_RO",
    "MD": "ro_RO",
    "US": "en_US",
}


def is_country(code: str) -> bool:
    """Whether this is a country code of ISO 3166-1 alpha-2 (or XK, Kosovo)."""
    return code in _codes()


def country_code(text: str) -> str | None:
    """The code of a country given by code or English name; None when it is neither.

    >>> country_code("EIRE"), country_code("United Kingdom"), country_code("fr")
    ('IE', 'GB', 'FR')
    """
    folded = fold(text).strip()
    return folded if folded in _codes() else _names().get(folded)


def in_eu(country: str, on: date) -> bool:
    """Whether the country belongs to the VAT territory of the EU on the day."""
    data = _data()
    span = data["members"].get(data["treated_as"].get(country, country))
    return span is not None and span["from"] <= on and on <= span.get("to", on)


def is_domestic(country: str, *, of: str) -> bool:
    """Whether a supply to ``country`` is one inside the tax territory of ``of``."""
    return str(_data()["treated_as"].get(country, country)) == of


def locale_of(country: str) -> str:
    """The language in which a customer there gets his documents until he says otherwise."""
    return _LOCALES.get(country, "en_GB")


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "territory.toml").read_text("utf-8"))


@cache
def _territories() -> dict[str, str]:
    """Code -> English name of every country, from the Unicode CLDR."""
    known = ((str(code), str(name)) for code, name in Locale("en").territories.items())
    return {
        code: name
        for code, name in known
        if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES
    }


@cache
def _codes() -> frozenset[str]:
    return frozenset(_territories())


@cache
def _names() -> dict[str, str]:
    names = {fold(name): code for code, name in _territories().items()}
    return names | dict(_data()["names"])
