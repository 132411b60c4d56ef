"""The typed values of decision tables: what a fact may be, and how it is written in a cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from acquit.core.money import Money

Value = str | Decimal | int | Money | date | bool

_DECIMAL = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,20})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONEY = re.compile(r"(?P<amount>\S+)\s+(?P<currency>[A-Z]{3})|(?P<first>[A-Z]{3})\s+(?P<last>\S+)")
_PLAIN_TEXT = re.compile(r"[^\s\"'<>=!≥≤≠,-][^\",<>=!≥≤≠]*")
_WORDS = frozenset({"any", "empty", "not", "in", "between", "matches", "and"})
_YES_NO = {"true": True, "yes": True, "false": False, "no": False}


class Kind(StrEnum):
    """The types of columns."""

    TEXT = "text"  # compared without regard to case and outer white space
    DECIMAL = "decimal"
    MONEY = "money"
    DATE = "date"
    BOOL = "bool"
    ENUM = "enum"  # one of the declared choices, exactly

    @property
    def is_ordered(self) -> bool:
        return self in (Kind.DECIMAL, Kind.MONEY, Kind.DATE)


class BadCell(ValueError):
    """A cell does not say what its column needs; the message is for the person who edits it."""


class WrongFact(TypeError):
    """A table was given a fact of another type than the registry declares: a programming error."""


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact that tables may ask about, such as ``customer.country``.

    ``currency`` lets money cells of the column leave the currency out.
    """

    name: str
    kind: Kind
    title: str = ""
    choices: tuple[str, ...] = ()
    currency: str = ""


def parse_value(text: str, *, kind: Kind, choices: tuple[str, ...], currency: str) -> Value:
    """The value a literal stands for; BadCell says what was expected.

    Text may stand in double quotes (a quote inside is doubled) and must, when it contains a
    comma, a sign of comparison, or is one of the words of the language.
    """
    literal = text.strip()
    if not literal:
        raise BadCell("a value is missing")
    if kind in (Kind.TEXT, Kind.ENUM):
        value = _parse_text(literal)
        if kind is Kind.ENUM and value not in choices:
            raise BadCell(f"{value!r} is not one of {', '.join(choices)}")
        return value
    if kind is Kind.DECIMAL:
        return _parse_decimal(literal)
    if kind is Kind.MONEY:
        return _parse_money(literal, currency)
    if kind is Kind.DATE:
        try:
            if _DAY.fullmatch(literal):
                return date.fromisoformat(literal)
        except ValueError:
            pass
        raise BadCell(f"{literal!r} is not a day of the calendar such as 2026-01-31")
    if literal.casefold() in _YES_NO:
        return _YES_NO[literal.casefold()]
    raise BadCell(f"{literal!r} is neither yes nor no")


def format_value(value: Value) -> str:
    """The value as it is written in a cell; ``parse_value`` reads the same value back."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        is_plain = _PLAIN_TEXT.fullmatch(value) and value == value.strip()
        words = value.casefold().split()
        if is_plain and words and words[0] not in _WORDS and "and" not in words:
            return value
        return '"' + value.replace('"', '""') + '"'
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def checked(value: Value | None, *, spec: FactSpec) -> Value | None:
    """The fact as the table compares it: None when empty; WrongFact when of another type."""
    if value is None:
        return None
    kind = spec.kind
    if kind in (Kind.TEXT, Kind.ENUM):
        if isinstance(value, str):
            return comparable(value, kind=kind) or None
    elif kind is Kind.DECIMAL:
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        if isinstance(value, Decimal) and value.is_finite():
            return value
    elif (
        (kind is Kind.MONEY and isinstance(value, Money))
        or (kind is Kind.DATE and isinstance(value, date) and not isinstance(value, datetime))
        or (kind is Kind.BOOL and isinstance(value, bool))
    ):
        return value
    raise WrongFact(f"{spec.name} must be {kind.value}, not {type(value).__name__} {value!r}")


def comparable(value: Value, *, kind: Kind) -> Value:
    """Text folds case and outer white space, enums outer white space; the rest stays."""
    if isinstance(value, str):
        return value.strip().casefold() if kind is Kind.TEXT else value.strip()
    return value


def _parse_text(literal: str) -> str:
    if literal[0] == '"':
        if len(literal) < 2 or literal[-1] != '"' or '"' in literal[1:-1].replace('""', ""):
            raise BadCell(f"the quotes of {literal} do not close; double a quote inside text")
        return literal[1:-1].replace('""', '"')
    if '"' in literal:
        raise BadCell(f"a quote inside {literal}: put the whole text in quotes and double it")
    if "," in literal:
        raise BadCell(f'{literal!r} has a comma: write "in a, b" for a list, or quote the text')
    if literal[0] in "=<>!≥≤≠":
        raise BadCell(f"{literal!r} starts with a sign of comparison: quote the text")
    return literal


def _parse_decimal(literal: str) -> Decimal:
    if not _DECIMAL.fullmatch(literal):
        raise BadCell(f"{literal!r} is not a number such as 1000 or -12.50 (no thousands mark)")
    return Decimal(literal)


def _parse_money(literal: str, currency: str) -> Money:
    match = _MONEY.fullmatch(literal)
    amount = (match["amount"] or match["last"]) if match else literal
    unit = (match["currency"] or match["first"]) if match else currency
    if not unit:
        raise BadCell(f"{literal!r} names no currency: write such as 100 EUR")
    number = _parse_decimal(amount)
    try:
        return Money.of(number, unit)
    except ValueError as bad:
        raise BadCell(str(bad)) from None
