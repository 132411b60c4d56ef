"""The arithmetic of EN 16931 in whole numbers, for billing many documents at once.

Quantities and prices are millionths (six decimals), rates ten-thousandths of a percent, money
minor units. The results are those of ``acquit.core.documents.totals`` to the cent: rounding is
half up, away from zero, only where the standard rounds (BT-131, BT-117).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

MICRO = 1_000_000
RATE_UNIT = 10_000  # a rate of 20 percent is 200_000
_RATE_DIVISOR = 100 * RATE_UNIT


def micro(value: Decimal) -> int:
    """The decimal in millionths; ValueError when it has more than six decimals."""
    scaled = value.scaleb(6)
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{value} has more than six decimals")
    return whole


def from_micro(value: int) -> Decimal:
    """Millionths as a decimal without needless zeros: 2500000 is 2.5.

    >>> from_micro(2_500_000), from_micro(30_000_000)
    (Decimal('2.5'), Decimal('30'))
    """
    whole, rest = divmod(abs(value), MICRO)
    text = f"{whole}.{rest:06}".rstrip("0").rstrip(".")
    return Decimal(f"-{text}" if value < 0 else text)


def rate_units(rate: Decimal) -> int:
    """A rate in percent as ten-thousandths of a percent."""
    return int(rate.scaleb(4))


def from_rate_units(units: int) -> Decimal:
    """The rate in percent without needless zeros."""
    return from_micro(units * (MICRO // RATE_UNIT))


def divide_half_up(numerator: int, divisor: int) -> int:
    """The quotient rounded half away from zero; ``divisor`` is positive.

    >>> divide_half_up(25, 10), divide_half_up(-25, 10), divide_half_up(24, 10)
    (3, -3, 2)
    """
    if numerator >= 0:
        return (2 * numerator + divisor) // (2 * divisor)
    return -((-2 * numerator + divisor) // (2 * divisor))


def line_net(*, quantity_micro: int, price_micro: int, decimals: int) -> int:
    """BT-131 in minor units of a currency with so many decimals."""
    exact = quantity_micro * price_micro * int(10**decimals)
    return divide_half_up(exact, MICRO * MICRO)


def tax_of(*, taxable_minor: int, rate: int) -> int:
    """BT-117: the rounded tax of the sum of one category and rate; ``rate`` in rate units."""
    return divide_half_up(taxable_minor * rate, _RATE_DIVISOR)


def share_tax(*, nets: Sequence[int], rate: int) -> list[int]:
    """The rounded tax of the sum, shared over the lines by largest remainder.

    Each share is the floor or the ceiling of its exact tax; ties go to the earlier line.
    """
    tax = tax_of(taxable_minor=sum(nets), rate=rate)
    if len(nets) == 1:
        return [tax]
    parts, remainders = [], []
    for index, net in enumerate(nets):
        whole, rest = divmod(net * rate, _RATE_DIVISOR)
        parts.append(whole)
        if rest:
            remainders.append((-rest, index))
    missing = tax - sum(parts)
    if missing:
        remainders.sort()
        for _, index in remainders[:missing]:
            parts[index] += 1
    return parts


def up_to(*, whole: int, done: int, total: int) -> int:
    """How much of ``whole`` belongs to the first ``done`` of ``total``, rounded half up.

    Differences of two points always add up to the whole when the last point is the total: so
    partial credits in any number and size take back exactly the cents of the original.
    """
    return divide_half_up(whole * done, total) if total else 0
