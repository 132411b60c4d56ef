"""What is wrong with an order line: amounts that no document can carry."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from acquit.core.faults import Fault
from acquit.core.money import PRICE_SCALE

_LARGEST = Decimal(10) ** 12
_LARGEST_AMOUNT = Decimal(10) ** 15
QUANTITY_SCALE = 6


def fits(value: Decimal, *, scale: int) -> bool:
    """Whether the column holds the number exactly: below 10^12, at most ``scale`` decimals."""
    return value.is_finite() and abs(value) < _LARGEST and value == round(value, scale)


def number_faults(
    *, quantity: Decimal, unit_price: Decimal | None, path: str = ""
) -> Iterator[Fault]:
    """Faults of one line; quantity in units, price per unit in major units of the currency."""
    if not fits(quantity, scale=QUANTITY_SCALE):
        message = f"a quantity of {quantity} does not fit (10^12, {QUANTITY_SCALE} decimals)"
        yield Fault("line.quantity", message, f"{path}quantity")
    elif quantity <= 0:
        message = "a line needs a quantity above zero"
        fix = "record goods that came back as a return"
        yield Fault("line.quantity", message, f"{path}quantity", fix=fix)
    if unit_price is None:
        return
    if not fits(unit_price, scale=PRICE_SCALE):
        message = f"a price of {unit_price} does not fit (10^12, {PRICE_SCALE} decimals)"
        yield Fault("line.price", message, f"{path}unit_price")
    elif unit_price < 0:
        message = "a price is not negative"
        yield Fault("line.price", message, f"{path}unit_price", fix="record a return instead")
    elif fits(quantity, scale=QUANTITY_SCALE) and quantity * unit_price >= _LARGEST_AMOUNT:
        message = f"{quantity} x {unit_price} is larger than any amount can be"
        yield Fault("line.amount", message, f"{path}quantity")
