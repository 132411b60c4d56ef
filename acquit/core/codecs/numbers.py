"""Figures as the text of a document: plain decimal notation, never an exponent."""

from __future__ import annotations

from decimal import Decimal

from acquit.core.money import Money, exponent

_STEPS = {0: 1, 2: 100, 3: 1000}


def money_text(amount: Money) -> str:
    """The amount with the currency's own decimals, as in ``12.30``.

    >>> money_text(Money(-5, "EUR")), money_text(Money(1200, "JPY"))
    ('-0.05', '1200')
    """
    places = exponent(amount.currency)
    if places == 0:
        return str(amount.minor)
    whole, part = divmod(abs(amount.minor), _STEPS[places])
    return f"{'-' if amount.minor < 0 else ''}{whole}.{part:0{places}d}"


def decimal_text(value: Decimal) -> str:
    """Plain notation without needless zeros at the end.

    >>> decimal_text(Decimal("19.00")), decimal_text(Decimal("1E+2")), decimal_text(Decimal("-0"))
    ('19', '100', '0')
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
