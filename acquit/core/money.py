"""Money as whole minor units of one currency, and the two decimals that are not money.

``Money`` is what is claimed, paid and booked. ``UnitPrice`` and ``Rate`` are decimals with a
declared scale: a price may carry six decimals where a booking may not. Rounding is always named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import (
    MAX_EMAX,
    MAX_PREC,
    MIN_EMIN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
)
from enum import StrEnum

# ISO 4217 amendment 177: currencies whose minor unit is not two digits. All others have two.
_EXPONENTS: dict[str, int] = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}
NO_CURRENCY = "XXX"  # ISO 4217: no currency is involved
PRICE_SCALE = 6
RATE_SCALE = 10
# A figure is moved by places without losing any; the usual context keeps 28 digits.
_EXACT = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX)
_PLACES_MAX = 30  # before the decimal mark; no sum of money comes near
_PRICE_STEP = Decimal(1).scaleb(-PRICE_SCALE)
_RATE_STEP = Decimal(1).scaleb(-RATE_SCALE)


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met. Convert one with a recorded rate first."""


class Rounding(StrEnum):
    """The rounding modes that law and standards ask for, by name."""

    HALF_UP = "half_up"  # EN 16931 (BR-DEC), half away from zero
    HALF_EVEN = "half_even"  # bankers' rounding, some ERP exports

    @property
    def mode(self) -> str:
        return ROUND_HALF_UP if self is Rounding.HALF_UP else ROUND_HALF_EVEN


def exponent(currency: str) -> int:
    """Number of decimals of the currency's minor unit (ISO 4217).

    >>> exponent("EUR"), exponent("JPY"), exponent("KWD")
    (2, 0, 3)
    """
    return _EXPONENTS.get(currency, 2)


def round_to_minor(value: Decimal, *, currency: str, rounding: Rounding = Rounding.HALF_UP) -> int:
    """The decimal amount in minor units, rounded by the named rule.

    >>> round_to_minor(Decimal("2.345"), currency="EUR")
    235
    """
    scaled = value.scaleb(exponent(currency))
    return int(scaled.quantize(Decimal(1), rounding=rounding.mode))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units of one currency. There is no division: use :meth:`allocate`."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError(f"minor must be an int, not {type(self.minor).__name__}")
        if len(self.currency) != 3 or not self.currency.isupper():
            raise ValueError(f"not an ISO 4217 code: {self.currency!r}")

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    @classmethod
    def of(cls, amount: str | Decimal | int, currency: str) -> Money:
        """Exact reading of a decimal; raises ValueError where the currency has no such decimals,
        or where it is no number or none that money has.

        >>> Money.of("12.30", "EUR")
        Money(minor=1230, currency='EUR')
        """
        number = Decimal(amount)
        if not number.is_finite() or number.adjusted() > _PLACES_MAX:
            raise ValueError(f"{str(amount)[:40]} is no amount of money")
        scaled = number.scaleb(exponent(currency), _EXACT)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{str(amount)[:40]} has more decimals than {currency} allows")
        return cls(int(scaled), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, always with the currency's own number of decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.minor), self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other).minor

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other).minor

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other).minor

    def times(self, factor: Decimal, *, rounding: Rounding = Rounding.HALF_UP) -> Money:
        """This amount times a factor, rounded by the named rule to whole minor units."""
        exact = Decimal(self.minor) * factor
        return Money(int(exact.quantize(Decimal(1), rounding=rounding.mode)), self.currency)

    def allocate(self, weights: Sequence[Decimal | int]) -> tuple[Money, ...]:
        """Split in proportion to the weights so that the parts sum to the whole, to the cent.

        The largest remainder gets the next cent; ties go to the earlier part, so the result
        depends on nothing but its input.

        >>> [part.minor for part in Money(100, "EUR").allocate([1, 1, 1])]
        [34, 33, 33]
        """
        if not weights or any(w < 0 for w in weights) or not any(weights):
            raise ValueError("weights must be non-negative and not all zero")
        return tuple(Money(m, self.currency) for m in split_minor(self.minor, weights))

    def _same(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} met {other.currency}")
        return other

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"


def split_minor(total_minor: int, weights: Sequence[Decimal | int]) -> list[int]:
    """Largest-remainder split of an integer; the parts always sum to the total."""
    whole = sum((Decimal(w) for w in weights), Decimal(0))
    shares = [Decimal(abs(total_minor)) * Decimal(w) / whole for w in weights]
    parts = [int(share) for share in shares]
    missing = abs(total_minor) - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - shares[i], i))
    for index in by_remainder[:missing]:
        parts[index] += 1
    sign = -1 if total_minor < 0 else 1
    return [sign * part for part in parts]


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of the amounts, zero of ``currency`` when there is none."""
    result = Money.zero(currency)
    for amount in amounts:
        result = result + amount
    return result


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """A price for one unit: up to six decimals, not yet money (EN 16931 BT-146)."""

    value: Decimal
    currency: str

    def __post_init__(self) -> None:
        if self.value != self.value.quantize(_PRICE_STEP):
            raise ValueError(f"a unit price has at most {PRICE_SCALE} decimals: {self.value}")

    def extend(self, quantity: Decimal, *, rounding: Rounding = Rounding.HALF_UP) -> Money:
        """Quantity times price as money (EN 16931 BT-131 before allowances)."""
        minor = round_to_minor(self.value * quantity, currency=self.currency, rounding=rounding)
        return Money(minor, self.currency)


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of ``target`` for one unit of ``base``, at most ten decimals."""

    value: Decimal
    base: str
    target: str

    def __post_init__(self) -> None:
        if self.value <= 0 or self.value != self.value.quantize(_RATE_STEP):
            raise ValueError(f"a rate is positive with at most {RATE_SCALE} decimals: {self.value}")

    def convert(self, amount: Money, *, rounding: Rounding = Rounding.HALF_UP) -> Money:
        """The amount in the target currency (invariant I22: amount x recorded rate, rounded)."""
        if amount.currency != self.base:
            raise CurrencyMismatch(f"rate is for {self.base}, amount is {amount.currency}")
        minor = round_to_minor(amount.decimal * self.value, currency=self.target, rounding=rounding)
        return Money(minor, self.target)


def by_currency(*amounts: Money) -> list[Money]:
    """One sum per currency, in the order of their codes.

    >>> by_currency(Money(100, "RON"), Money(5, "EUR"), Money(20, "RON"))
    [Money(minor=5, currency='EUR'), Money(minor=120, currency='RON')]
    """
    codes = sorted({amount.currency for amount in amounts})
    return [total((a for a in amounts if a.currency == code), code) for code in codes]
