"""The little language of condition cells, and what a condition means.

    (blank)  -  any              always true
    FR       = FR                equal          != FR    not FR      anything else
    in FR, DE, "a, b"            one of         not in FR, DE        none of
    >= 100   > 100   <= 5   < 5  ordered (decimal, money, date)
    between 10 and 20            both ends included; also written 10..20
    matches INV-*                * any text, ? one character, [0-9] a class; the whole text
    empty    not empty           nothing there

A condition on a fact that is empty does not hold, so its negation does. Money of another
currency than the cell's is neither equal to it nor larger nor smaller.
"""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from acquit.core.money import Money
from acquit.core.tables.values import (
    BadCell,
    FactSpec,
    Kind,
    Value,
    comparable,
    format_value,
    parse_value,
)

CELL_LENGTH_MAX = 4_000
PATTERN_LENGTH_MAX = 200
Predicate = Callable[[Value | None], bool]


class Operator(StrEnum):
    ANY = "any"
    EMPTY = "empty"
    EQUAL = "="
    IN = "in"
    BETWEEN = "between"
    AT_LEAST = ">="
    MORE = ">"
    AT_MOST = "<="
    LESS = "<"
    MATCHES = "matches"


_ORDERED: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.AT_LEAST: operator.ge,
    Operator.MORE: operator.gt,
    Operator.AT_MOST: operator.le,
    Operator.LESS: operator.lt,
}
_SIGNS = (
    (">=", Operator.AT_LEAST, False),
    ("≥", Operator.AT_LEAST, False),
    ("<=", Operator.AT_MOST, False),
    ("≤", Operator.AT_MOST, False),
    ("!=", Operator.EQUAL, True),
    ("<>", Operator.EQUAL, True),
    ("≠", Operator.EQUAL, True),
    (">", Operator.MORE, False),
    ("<", Operator.LESS, False),
    ("=", Operator.EQUAL, False),
)
_WORD = re.compile(r"(any|empty|not|in|between|matches)(?=\s|\"|$)", re.IGNORECASE)
_RANGE = re.compile(r"(?P<low>[^\"]+?)\s*\.\.\s*(?P<high>[^\"]+)")


@dataclass(frozen=True, slots=True)
class Condition:
    """One cell, understood. ``values`` holds one value, two bounds, or the members of a list."""

    operator: Operator
    values: tuple[Value, ...] = ()
    is_negated: bool = False

    @property
    def is_any(self) -> bool:
        return self.operator is Operator.ANY and not self.is_negated

    def holds(self, value: Value | None, *, kind: Kind) -> bool:
        """Whether the condition holds for a fact as ``values.checked`` returns it."""
        return predicate(self, kind=kind)(value)

    def text(self) -> str:
        """The cell in its canonical spelling; parsing it gives this condition again."""
        prefix = "not " if self.is_negated else ""
        shown = [format_value(value) for value in self.values]
        match self.operator:
            case Operator.ANY | Operator.EMPTY:
                return f"{prefix}{self.operator}"
            case Operator.BETWEEN:
                return f"{prefix}between {shown[0]} and {shown[1]}"
            case Operator.EQUAL:
                return f"{'!=' if self.is_negated else '='} {shown[0]}"
            case _:
                return f"{prefix}{self.operator} {', '.join(shown)}"


ANY = Condition(Operator.ANY)


def parse_cell(text: str, *, spec: FactSpec) -> Condition:
    """The condition a cell stands for; BadCell with a message for its author otherwise."""
    cell = text.strip()
    if len(cell) > CELL_LENGTH_MAX:
        raise BadCell(f"the cell is longer than {CELL_LENGTH_MAX} characters")
    if cell in ("", "-"):
        return ANY
    word, rest = _first_word(cell)
    if word != "not":
        return _parse_positive(cell, spec=spec)
    inner = _parse_positive(rest, spec=spec)
    if inner.operator is Operator.ANY:
        raise BadCell("'not any' is never true")
    return Condition(inner.operator, inner.values, not inner.is_negated)


def predicate(condition: Condition, *, kind: Kind) -> Predicate:
    """The condition as a function of one fact."""
    positive = _positive(condition, kind=kind)
    if condition.is_negated:
        return lambda value: not positive(value)
    return positive


def _first_word(cell: str) -> tuple[str, str]:
    match = _WORD.match(cell)
    return (match[1].casefold(), cell[match.end() :].strip()) if match else ("", cell)


def _parse_positive(cell: str, *, spec: FactSpec) -> Condition:
    word, rest = _first_word(cell)
    if word == "not":
        raise BadCell("'not' stands twice")
    if word in ("any", "empty"):
        if rest:
            raise BadCell(f"nothing may follow {word!r}; quote text that starts with this word")
        return Condition(Operator(word))
    if word == "in":
        values = tuple(_value(item, spec=spec) for item in _items(rest))
        if not values:
            raise BadCell("'in' needs at least one value")
        return Condition(Operator.IN, values)
    if word == "between":
        bounds = re.split(r"\s+and\s+", rest, maxsplit=1, flags=re.IGNORECASE)
        if len(bounds) != 2:
            raise BadCell("write 'between LOW and HIGH'")
        return _between(bounds[0], bounds[1], spec=spec)
    if word == "matches":
        return _matches(rest, spec=spec)
    for sign, meaning, is_negated in _SIGNS:
        if cell.startswith(sign):
            if meaning is not Operator.EQUAL:
                _need_order(spec)
            value = _value(cell[len(sign) :], spec=spec)
            return Condition(meaning, (value,), is_negated)
    if spec.kind.is_ordered and (found := _RANGE.fullmatch(cell)):
        return _between(found["low"], found["high"], spec=spec)
    return Condition(Operator.EQUAL, (_value(cell, spec=spec),))


def _value(text: str, *, spec: FactSpec) -> Value:
    value = parse_value(text, kind=spec.kind, choices=spec.choices, currency=spec.currency)
    if isinstance(value, str) and not value.strip():
        raise BadCell("write 'empty' for a fact that is not there")
    return value


def _need_order(spec: FactSpec) -> None:
    if not spec.kind.is_ordered:
        raise BadCell(f"{spec.kind.value} has no order: use =, in or matches")


def _between(low_text: str, high_text: str, *, spec: FactSpec) -> Condition:
    _need_order(spec)
    low, high = _value(low_text, spec=spec), _value(high_text, spec=spec)
    if isinstance(low, Money) and isinstance(high, Money) and low.currency != high.currency:
        raise BadCell(f"the bounds are in {low.currency} and {high.currency}")
    if high < low:  # type: ignore[operator]  # both are of the column's one ordered kind
        raise BadCell(f"the lower bound {low_text.strip()} is above {high_text.strip()}")
    return Condition(Operator.BETWEEN, (low, high))


def _matches(text: str, *, spec: FactSpec) -> Condition:
    if spec.kind not in (Kind.TEXT, Kind.ENUM):
        raise BadCell(f"'matches' works on text, and this column is {spec.kind.value}")
    # A pattern may hold commas; only quotes are taken off it.
    pattern = parse_value(
        text if text.startswith('"') else '"' + text.replace('"', '""') + '"',
        kind=Kind.TEXT,
        choices=(),
        currency="",
    )
    if not pattern:
        raise BadCell("'matches' needs a pattern such as INV-*")
    if len(str(pattern)) > PATTERN_LENGTH_MAX:
        raise BadCell(f"a pattern has at most {PATTERN_LENGTH_MAX} characters")
    try:
        _compiled(str(pattern))
    except re.error:
        raise BadCell(f"the character class in {pattern!r} is not one") from None
    return Condition(Operator.MATCHES, (pattern,))


def _items(text: str) -> list[str]:
    """The members of a list, cut at commas outside quotes; blank members are a fault."""
    items, start, is_quoted = [], 0, False
    for index, character in enumerate(text):
        if character == '"':
            is_quoted = not is_quoted
        elif character == "," and not is_quoted:
            items.append(text[start:index])
            start = index + 1
    items.append(text[start:])
    if len(items) == 1 and not items[0].strip():
        return []
    return items


def _positive(condition: Condition, *, kind: Kind) -> Predicate:
    values = tuple(comparable(value, kind=kind) for value in condition.values)
    match condition.operator:
        case Operator.ANY:
            return lambda value: True
        case Operator.EMPTY:
            return lambda value: value is None
        case Operator.EQUAL:
            only = values[0]
            return lambda value: value == only
        case Operator.IN:
            members = frozenset(values)
            return lambda value: value in members
        case Operator.MATCHES:
            pattern = _compiled(str(values[0]))
            return lambda value: isinstance(value, str) and pattern.match(value) is not None
        case Operator.BETWEEN:
            low = _compared(Operator.AT_LEAST, values[0])
            high = _compared(Operator.AT_MOST, values[1])
            return lambda value: low(value) and high(value)
        case ordered:
            return _compared(ordered, values[0])


def _compiled(pattern: str) -> re.Pattern[str]:
    """A glob as an anchored expression; the translation never backtracks over a star twice."""
    return re.compile(fnmatch.translate(pattern))


def _compared(meaning: Operator, bound: Value) -> Predicate:
    compare = _ORDERED[meaning]
    if isinstance(bound, Money):
        minor, currency = bound.minor, bound.currency
        return lambda value: (
            isinstance(value, Money) and value.currency == currency and compare(value.minor, minor)
        )
    return lambda value: value is not None and compare(value, bound)
