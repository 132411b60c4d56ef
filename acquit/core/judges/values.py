"""Values as the official rules see them: XPath 2.0 over text that no schema has typed.

Numbers are Decimal, never float. What XPath cannot evaluate (a cast of text that is no number, two
values where one may stand) raises ``Unevaluable``, for the official stylesheet stops there too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from functools import lru_cache

SPACES = " \t\r\n"
ZERO = Decimal(0)
ONE = Decimal(1)
_HALF = Decimal("0.5")
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_DOUBLE = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_DATE = re.compile(r"(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_DIGITS_MAX = 200
# xs:decimal of the official engine has no limit of digits; 28 would round long sums.
EXACT = Context(prec=500)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Unevaluable(Exception):
    """A rule takes for granted what this value does not give; the message says which."""


@lru_cache(maxsize=4_096)
def spaced(text: str) -> str:
    """``normalize-space``: only the four white spaces of XML count."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    return " ".join(re.split(f"[{SPACES}]+", text.strip(SPACES)))


def decimal(text: str) -> Decimal:
    """``xs:decimal``; Unevaluable where the text is no decimal number."""
    if _is_usual(text):
        return Decimal(text)
    text = text.strip(SPACES)
    if not _DECIMAL.fullmatch(text) or len(text) > _DIGITS_MAX:
        raise Unevaluable(f"{text[:40]!r} is not a decimal number")
    return Decimal(text)


def double(text: str) -> Decimal | None:
    """A number compared without a cast; None for NaN, Unevaluable where it is no number."""
    if _is_usual(text):
        return Decimal(text)
    text = text.strip(SPACES)
    if _DOUBLE.fullmatch(text) and len(text) <= _DIGITS_MAX:
        found = Decimal(text)
        # A whole number is read as one, and there is no whole number "minus zero".
        return ZERO if not found and text.lstrip("+-").isdigit() else found
    if text == "NaN":
        return None
    if text in ("INF", "+INF", "-INF"):
        return Decimal(("-" if text.startswith("-") else "") + "1E+400")
    raise Unevaluable(f"{text[:40]!r} is not a number")


def _is_usual(text: str) -> bool:
    """Digits and at most one full stop, as nearly all numbers are."""
    return text.isascii() and text.replace(".", "", 1).isdigit() and len(text) <= _DIGITS_MAX


def equal(left: Decimal, right: Decimal) -> bool:
    """Equal as the official engine takes it for numbers without a cast: -0.00 is not 0."""
    return left == right and (left != ZERO or left.is_signed() is right.is_signed())


def not_below_zero(number: Decimal) -> bool:
    """Zero or more as the official engine takes it: -0.00 is less than 0."""
    return number > ZERO or (number == ZERO and not number.is_signed())


def near(total: str | None, parts: Iterable[str], tolerance: Decimal) -> bool:
    """``abs(xs:decimal(total) - sum(parts)) <= tolerance``; Unevaluable where one is no number.

    Text that no schema has typed is summed in binary with 53 digits (IEEE 754), so a difference of
    a cent may come out as a hair more than a cent there. Fractions tell the same without floats.
    """
    numbers = [double(part) for part in parts]
    if total is None:
        return False
    if not numbers:
        return abs(decimal(total)) <= tolerance
    summed = Fraction(0)
    for number in numbers:
        if number is None:
            return False
        summed = binary(summed + binary(Fraction(number)))
    difference = binary(binary(Fraction(decimal(total))) - summed)
    return abs(difference) <= binary(Fraction(tolerance))


def binary(number: Fraction) -> Fraction:
    """The nearest number of 53 binary digits, of two as near the even one."""
    shift = 53 - abs(number.numerator).bit_length() + number.denominator.bit_length()
    unit = Fraction(2) ** (shift - (abs(number) * Fraction(2) ** shift >= 2**53))
    return round(number * unit) / unit


def boolean(text: str) -> bool:
    """``xs:boolean``; Unevaluable where the text is neither true nor false."""
    try:
        return _BOOLEANS[text.strip(SPACES)]
    except KeyError:
        raise Unevaluable(f"{text[:40]!r} is neither true nor false") from None


def day(text: str) -> tuple[int, int, int]:
    """``xs:date`` for comparing (a time zone is read over); Unevaluable where it is no day."""
    match = _DATE.fullmatch(text.strip(SPACES))
    if match is None:
        raise Unevaluable(f"{text[:40]!r} is not a date")
    year, month, number = int(match[1]), int(match[2]), int(match[3])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if number > _MONTH_DAYS[month - 1] or (month == 2 and number == 29 and not leap):
        raise Unevaluable(f"{text[:40]!r} is not a date")
    return year, month, number


def whole(number: Decimal) -> Decimal:
    """``round``: to the nearest whole number, a half goes up (also below zero)."""
    return (number + _HALF).to_integral_value(ROUND_FLOOR)


def cents(number: Decimal) -> Decimal:
    """Rounded to two decimals as the rules do it: times 100, ``round``, divided by 100."""
    return whole(number.scaleb(2)).scaleb(-2)


def places(text: str) -> int:
    """How many characters follow the first full stop, as BR-DEC counts decimals."""
    return len(text.partition(".")[2])
