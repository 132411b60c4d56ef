"""What money of one currency is worth in another, and how far the payer's rate may be from ours."""

from __future__ import annotations

from decimal import Decimal

from acquit.core.money import Money, round_to_minor

RATE_BAND = 20  # thousandths between the payer's rate and ours


def worth(money: Money, *, rate: Decimal, currency: str, other: Decimal) -> Money:
    """What the money is in ``currency``, half up. Both rates are units of one third currency.

    >>> worth(Money(55_200, "EUR"), rate=Decimal(1), currency="USD", other=Decimal("0.92"))
    Money(minor=60000, currency='USD')
    """
    return Money(round_to_minor(money.decimal * rate / other, currency=currency), currency)


def is_near(said: Money, fair: Money) -> bool:
    """Whether nothing but another rate is between the two; one unit may be its rounding.

    >>> [is_near(Money(said, "USD"), Money(10_000, "USD")) for said in (9_799, 9_800, 10_200)]
    [False, True, True]
    >>> is_near(Money(2, "USD"), Money(1, "USD"))
    True
    """
    off = abs((said - fair).minor)
    return off <= 1 or off * 1000 <= abs(fair.minor) * RATE_BAND
