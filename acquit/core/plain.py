"""Frozen dataclasses to plain JSON values and back, by their type hints.

Used where a command waits on paper (approvals, idempotent answers): what comes back is the same
dataclass, not a dictionary that looks like it.
"""

from __future__ import annotations

import types
from base64 import b64decode, b64encode
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from acquit.core.money import Money

_PLAIN = frozenset({str, int, bool, type(None)})  # most values, told apart by one look


def to_plain(value: Any) -> Any:
    """JSON values only: text, int, bool, None, list, dict."""
    if value.__class__ in _PLAIN:
        return value
    if isinstance(value, bool | int | str) and not isinstance(value, Enum):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if is_dataclass(value) and not isinstance(value, type):
        return {name: to_plain(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    raise TypeError(f"no plain form for {type(value).__name__}")


@lru_cache(maxsize=256)
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@lru_cache(maxsize=256)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def from_plain(kind: Any, value: Any) -> Any:
    """The value as ``kind``; TypeError or ValueError where it does not fit."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        return from_plain(next(a for a in get_args(kind) if a is not type(None)), value)
    if origin in (tuple, list, frozenset, set):
        inner = get_args(kind)
        if origin is tuple and inner[-1] is not Ellipsis:  # each place has a type of its own
            return tuple(from_plain(one, item) for one, item in zip(inner, value, strict=True))
        return origin(from_plain(inner[0], item) for item in value)
    if origin is dict:
        return {key: from_plain(get_args(kind)[1], item) for key, item in value.items()}
    if kind is Any:
        return value
    if kind is Money:
        return Money(value["minor"], value["currency"])
    if kind is date or kind is datetime:
        return kind.fromisoformat(value)
    if kind is bytes:
        return b64decode(value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: from_plain(hints[name], item) for name, item in value.items()})
    return value if isinstance(value, kind) else kind(value)
