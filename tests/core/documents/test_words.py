"""Amounts in words, checked against how the languages count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.money import Money
from acquit.core.words import LANGUAGES, LIMIT, amount_in_words, number_in_words

CASES = [
    ("en", 0, "EUR", "zero euros"),
    ("en", 100, "GBP", "one pound sterling"),
    ("en", 110_005, "USD", "one thousand one hundred US dollars and five cents"),
    ("en", 100_500, "EUR", "one thousand and five euros"),
    ("en", -2_150, "EUR", "minus twenty-one euros and fifty cents"),
    ("fr", 0, "EUR", "zéro euro"),
    ("fr", 8_000, "EUR", "quatre-vingts euros"),
    ("fr", 8_100, "EUR", "quatre-vingt-un euros"),
    ("fr", 7_100, "EUR", "soixante et onze euros"),
    ("fr", 9_199, "EUR", "quatre-vingt-onze euros et quatre-vingt-dix-neuf centimes"),
    ("fr", 20_000, "EUR", "deux cents euros"),
    ("fr", 20_100, "GBP", "deux cent une livres sterling"),
    ("fr", 8_000_000, "EUR", "quatre-vingt mille euros"),
    ("fr", 100_000_000, "EUR", "un million d'euros"),
    ("fr", 200_000_000, "RON", "deux millions de lei roumains"),
    ("fr", 8_000_000_000, "EUR", "quatre-vingts millions d'euros"),
    ("de", 100, "EUR", "ein Euro"),
    ("de", 10_100, "EUR", "einhunderteins Euro"),
    ("de", 110_000, "EUR", "eintausendeinhundert Euro"),
    ("de", 1_617, "EUR", "sechzehn Euro und siebzehn Cent"),
    ("de", 200_000_100, "EUR", "zwei Millionen eins Euro"),
    ("ro", 100, "RON", "un leu"),
    ("ro", 200, "RON", "doi lei"),
    ("ro", 201, "RON", "doi lei și un ban"),
    ("ro", 1_900, "RON", "nouăsprezece lei"),
    ("ro", 2_000, "RON", "douăzeci de lei"),
    ("ro", 10_100, "RON", "o sută unu lei"),
    ("ro", 10_000, "RON", "o sută de lei"),
    ("ro", 12_000, "RON", "o sută douăzeci de lei"),
    ("ro", 100_000, "RON", "o mie de lei"),
    ("ro", 100_100, "RON", "o mie unu lei"),
    ("ro", 1_200_000, "RON", "douăsprezece mii de lei"),
    ("ro", 2_200_000, "RON", "douăzeci și două de mii de lei"),
    ("ro", 100_000_000, "RON", "un milion de lei"),
    ("ro", 200_000_000, "RON", "două milioane de lei"),
    ("ro", 2_100_000_000, "RON", "douăzeci și unu de milioane de lei"),
    ("ro", 4_200, "GBP", "patruzeci și două de lire sterline"),
    ("ro", 100, "GBP", "o liră sterlină"),
    ("en", 11_250, "CHF", "one hundred and twelve CHF and 50/100"),
    ("ro", 1_500, "JPY", "o mie cinci sute JPY"),
]


@pytest.mark.parametrize(("language", "minor", "currency", "words"), CASES)
def test_amounts(language: str, minor: int, currency: str, words: str) -> None:
    assert amount_in_words(amount=Money(minor, currency), language=language) == words


@given(st.sampled_from(LANGUAGES), st.integers(0, LIMIT - 1), st.integers(0, LIMIT - 1))
def test_two_numbers_never_share_their_words(language: str, one: int, other: int) -> None:
    same = number_in_words(value=one, language=language) == number_in_words(
        value=other, language=language
    )
    assert same == (one == other)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_ten_thousand_are_all_different(language: str) -> None:
    assert len({number_in_words(value=n, language=language) for n in range(10_000)}) == 10_000


def test_what_cannot_be_said_is_refused() -> None:
    with pytest.raises(ValueError, match="no words in 'es'"):
        amount_in_words(amount=Money(1, "EUR"), language="es")
    with pytest.raises(ValueError, match="not between"):
        number_in_words(value=LIMIT, language="en")
