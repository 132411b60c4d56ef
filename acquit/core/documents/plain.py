"""Frozen dataclasses to plain JSON values and back, without losing or guessing anything.

Decimals become text, dates ISO 8601, money ``{"amount", "currency"}``, bytes base64, tuples
lists. A field that holds its default is left out, so that a field added later does not change the
canonical form, and with it the hash, of the documents that exist. Reading is strict: an unknown
field, a float, or a missing field is a fault with its path, and all faults come together.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from acquit.core.faults import Fault, Refused
from acquit.core.money import Money

T = TypeVar("T")
_PLACES_MAX = 40  # 1E+999999999 is short to write, and fills the memory when it is written out
Reader = Callable[[Any, str, list[Fault]], Any]


class NotReadable(Refused):
    """The data is no such document; the faults name every place that is wrong."""


def to_plain(document: Any) -> dict[str, Any]:
    """The dataclass as JSON values. Fields that hold their default are left out."""
    result: dict[str, Any] = {}
    kind: Any = type(document)
    for name, default in _fields(kind):
        value = getattr(document, name)
        if value != default:
            result[name] = _value(value)
    return result


def from_plain(kind: type[T], data: Mapping[str, Any]) -> T:
    """The dataclass again; NotReadable with all faults when the data does not fit it."""
    faults: list[Fault] = []
    hashable: Any = kind
    document = _reader(hashable)(data, "", faults)
    if faults:
        raise NotReadable(faults)
    return typing.cast(T, document)


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in dataclasses.fields(kind))


def _value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Money):
        return {"amount": str(value.decimal), "currency": value.currency}
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_value(part) for part in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return to_plain(value)


@cache
def _reader(kind: Any) -> Reader:
    """The reader of one type, made once: dataclass, tuple, optional or a single value."""
    if isinstance(kind, types.UnionType):
        (inner,) = (part for part in typing.get_args(kind) if part is not types.NoneType)
        return _reader_of_optional(_reader(inner))
    if typing.get_origin(kind) is tuple:
        return _reader_of_tuple(_reader(typing.get_args(kind)[0]))
    if kind in _SINGLE:
        return _reader_of_single(*_SINGLE[kind])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _reader_of_single(str, kind, "one of " + ", ".join(m.value for m in kind))
    return _reader_of_dataclass(kind)


def _reader_of_optional(inner: Reader) -> Reader:
    return lambda value, path, faults: None if value is None else inner(value, path, faults)


def _reader_of_tuple(inner: Reader) -> Reader:
    def read(value: Any, path: str, faults: list[Fault]) -> Any:
        if not isinstance(value, list | tuple):
            return _refuse(faults, path, "a list", value)
        return tuple(inner(part, f"{path}[{i}]", faults) for i, part in enumerate(value))

    return read


def _reader_of_single(accepts: type, convert: Callable[[Any], Any], wanted: str) -> Reader:
    def read(value: Any, path: str, faults: list[Fault]) -> Any:
        # A bool is an int to Python; a flag where a figure belongs is a mistake all the same.
        if not isinstance(value, accepts) or (isinstance(value, bool) and accepts is not bool):
            return _refuse(faults, path, wanted, value)
        try:
            return convert(value)
        except (ValueError, InvalidOperation, binascii.Error, KeyError, TypeError):
            return _refuse(faults, path, wanted, value)

    return read


def _reader_of_dataclass(kind: Any) -> Reader:
    hints = typing.get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in dataclasses.fields(kind)}
    required = [f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING]

    def read(value: Any, path: str, faults: list[Fault]) -> Any:
        if not isinstance(value, Mapping):
            return _refuse(faults, path, "an object", value)
        dot = f"{path}." if path else ""
        before = len(faults)
        for name in value.keys() - readers.keys():
            known = ", ".join(readers)
            message = f"unknown field {name!r}"
            faults.append(Fault("document.field", message, f"{dot}{name}", fix=f"use {known}"))
        for name in required:
            if name not in value:
                message = f"field {name!r} is missing"
                faults.append(Fault("document.missing", message, f"{dot}{name}"))
        found = {
            name: readers[name](part, f"{dot}{name}", faults)
            for name, part in value.items()
            if name in readers
        }
        return kind(**found) if len(faults) == before else None

    return read


def _refuse(faults: list[Fault], path: str, wanted: str, value: Any) -> None:
    faults.append(Fault("document.value", f"expected {wanted}, found {value!r:.60}", path))


def _money(value: Mapping[str, Any]) -> Money:
    if not isinstance(value["amount"], str):
        raise TypeError("an amount is written as text")
    return Money.of(_decimal(value["amount"]), value["currency"])


def _decimal(value: str) -> Decimal:
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > _PLACES_MAX:
        raise ValueError(f"no number that a document has: {value}")
    return number


_SINGLE: dict[Any, tuple[type, Callable[[Any], Any], str]] = {
    str: (str, str, "text"),
    bool: (bool, bool, "true or false"),
    int: (int, int, "a whole number"),
    Decimal: (str, _decimal, "a decimal as text"),
    date: (str, date.fromisoformat, "a date as YYYY-MM-DD"),
    datetime: (str, datetime.fromisoformat, "a time as YYYY-MM-DDTHH:MM:SS"),
    bytes: (str, lambda text: base64.b64decode(text, validate=True), "base64 text"),
    Money: (Mapping, _money, 'money as {"amount": "1.00", "currency": "EUR"}'),
}
