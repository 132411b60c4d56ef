"""Charges that the statement tells of money that came in: so much banks on the way kept of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from acquit.core.money import exponent
from acquit.stages.matching.rules.hints import CHARGES
from acquit.stages.matching.rules.inputs import BankLine
from acquit.stages.matching.rules.reading import Text

_UNIT = (
    "EUR|USD|GBP|CHF|RON|LEI|PLN|HUF|CZK|SEK|NOK|DKK|BGN|TRY|SGD|HKD|CNY|JPY|AUD|CAD|NZD|ZAR|INR"
    "|AED|ILS|MXN|BRL|UAH|RSD|MDL|THB"
)
_PLACES = 2  # decimals of the amounts that are found
_AMOUNT = re.compile(
    rf"(?:{CHARGES})[A-Z]*\W{{0,3}}(?:(?:DE|OF|VON) )?(?:({_UNIT}) ?)?"
    rf"(\d[\d.]*,\d\d|\d[\d,]*\.\d\d)(?!\d)(?: ?({_UNIT})\b)?"
)


def told_charges(line: BankLine, text: Text) -> int:
    """Minor units, less than what arrived: by a field of the statement, else by its words. 0 where
    it tells nothing."""
    found = line.charges
    if found <= 0 and "charges" in text.words:
        found = sum(_amounts(text.folded, line.currency))
    return found if 0 < found < line.amount else 0


def amounts_of(lines: Iterable[BankLine], texts: Iterable[Text]) -> set[tuple[str, int]]:
    """Currency and minor units that documents of the lines may have: as they came, and with the
    charges that the statement tells."""
    found = set()
    for line, text in zip(lines, texts, strict=True):
        found.add((line.currency, line.amount))
        if charges := told_charges(line, text):
            found.add((line.currency, line.amount + charges))
    return found


def _amounts(folded: str, currency: str) -> list[int]:
    """What stands behind words for charges with two decimals, in the currency of the money.

    >>> _amounts("RE 1001 SPESEN EUR 8,00, FREMDE KOSTEN: 1.50 UND", "EUR")
    [800, 150]
    >>> _amounts("KOSTENSTELLE 4711, CHARGES 8.00 USD, FEES SGD 2.00", "EUR")
    []
    >>> _amounts("CHARGES 8.00", "JPY")
    []
    """
    if exponent(currency) != _PLACES:
        return []
    own = ("LEI", "RON") if currency == "RON" else (currency,)
    return [
        int(re.sub(r"\D", "", amount))
        for before, amount, behind in _AMOUNT.findall(folded)
        if (before or behind or currency) in own
    ]
