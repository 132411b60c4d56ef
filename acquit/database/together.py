"""Several reads in one statement, for pages that show figures from many places.

Each part stays where it belongs, with its own SQL and its own reader; a page asks them together::

    asked = Together()
    drafts = asked.add(invoices.waiting_read(company_id=...))
    sent = asked.add(dispatch.counts_read(company_id=...))
    drafts.value, sent.value  # one statement, sent when the first value is looked at

The rows travel as JSON: whole numbers come as they are, others as ``Decimal``; ids, days and
instants come as text, which :func:`views` makes into the types of a dataclass. For long lists of
many types a statement of their own is better.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Generic, TypeVar, cast, get_args, get_type_hints
from uuid import UUID

from acquit.database.prepared import fetch_prepared

T = TypeVar("T")
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """A SELECT with named parameters and unique column names, and what its rows are made into."""

    sql: str
    values: Mapping[str, Any]
    read: Callable[[Rows], T]

    def alone(self) -> T:
        """The answer by a statement of its own."""
        return Together().add(self).value


class Answer(Generic[T]):
    """The answer of one part; there once the statement was sent."""

    __slots__ = ("_together", "_value")

    def __init__(self, together: Together) -> None:
        self._together: Together | None = together

    @property
    def value(self) -> T:
        if self._together is not None:
            self._together.send()
        return self._value

    def fill(self, value: T) -> None:
        self._value: T = value
        self._together = None


class Together:
    """Collects reads until the first answer is looked at."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Read[Any], Answer[Any]]] = []

    def add(self, read: Read[T]) -> Answer[T]:
        answer: Answer[T] = Answer(self)
        self._waiting.append((read, answer))
        return answer

    def send(self) -> None:
        """Ask everything that waits."""
        waiting, self._waiting = self._waiting, []
        parts, values = list[str](), dict[str, Any]()
        for n, (read, _) in enumerate(waiting):
            # Each part has its own names: two may mean different things by one.
            parts.append(_AS_JSON.format(sql=read.sql.replace("%(", f"%(_{n}_")))
            values |= {f"_{n}_{name}": value for name, value in read.values.items()}
        (row,) = fetch_prepared(f"SELECT {', '.join(parts)}", values)
        for (read, answer), rows in zip(waiting, row, strict=True):
            answer.fill(read.read(json.loads(rows, parse_float=Decimal)))


_AS_JSON = "(SELECT coalesce(json_agg(part), '[]')::text FROM ({sql}) AS part)"


def count(sql: str, values: Mapping[str, Any]) -> Read[int]:
    """A read of one whole number; its column must be called ``count``."""
    return Read(sql, values, lambda rows: int(rows[0]["count"]))


def views(view: type[T], rows: Rows) -> list[T]:
    """Rows made into a dataclass whose fields are named as the columns, by the fields' types."""
    kinds = _kinds(cast(Hashable, view))
    return [
        view(
            **{
                name: kinds[name](value) if name in kinds and value is not None else value
                for name, value in row.items()
            }
        )
        for row in rows
    ]


_KINDS: dict[object, Callable[[Any], object]] = {
    UUID: UUID,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    Decimal: Decimal,
}


@cache
def _kinds(view: Hashable) -> dict[str, Callable[[Any], object]]:
    """The fields that JSON has no type for; those that may be empty too."""
    found = {}
    for name, hint in get_type_hints(view).items():
        for kind in get_args(hint) if isinstance(hint, UnionType) else (hint,):
            if kind in _KINDS:
                found[name] = _KINDS[kind]
    return found
