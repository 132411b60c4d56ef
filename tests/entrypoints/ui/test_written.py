"""Codes of documents as people read them: VAT, prices, countries, towns."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation

from acquit.core.documents.parties import Address
from acquit.core.money import Money
from acquit.entrypoints.ui.components.display import percent
from acquit.entrypoints.ui.paper import PaperTax, address_lines
from acquit.entrypoints.ui.templatetags.acquit import country, price, town, vat
from acquit.entrypoints.ui.words import import_title

NONE = Money(0, "EUR")


@pytest.mark.parametrize(
    ("language", "category", "rate", "shown"),
    [
        ("ro", "S", "21", "21\u00a0%"),
        ("en", "S", "5.5", "5.5%"),
        ("de", "K", "0", "innergemeinschaftliche Lieferung"),
        ("de", "O", None, "nicht steuerbar"),
        ("de", "E", "0.00", "steuerfrei"),
    ],
)
def test_the_vat_of_a_row(language: str, category: str, rate: str | None, shown: str) -> None:
    row = PaperTax(category, Decimal(rate) if rate else None, NONE, NONE, "")
    with translation.override(language):
        assert vat(row) == shown


def test_prices_have_the_decimals_of_their_currency_at_least() -> None:
    with translation.override("fr"):
        assert price(Decimal("93"), "EUR") == "93,00"
        assert price(Decimal("59.5"), "EUR") == "59,50"
        assert price(Decimal("0.0125"), "EUR") == "0,0125"
        assert price(Decimal("1200"), "JPY") == "1\u202f200"


def test_shares_have_the_space_of_their_language() -> None:
    shown = [percent(Decimal("0.605"), language=one) for one in ("en", "de", "fr", "ro")]
    assert shown == ["60.5%", "60,5\u00a0%", "60,5\u00a0%", "60,5\u00a0%"]


def test_addresses_name_country_and_sector() -> None:
    address = Address(street="Strada Lungă 1", city="SECTOR3", postcode="031234", country="RO")
    with translation.override("fr"):
        assert address_lines(address) == ("Strada Lungă 1", "031234 Sector 3", "Roumanie")
        assert country("XX") == "XX"
        assert import_title("bank") == "Relevé bancaire"
    assert town("Cluj-Napoca") == "Cluj-Napoca"
