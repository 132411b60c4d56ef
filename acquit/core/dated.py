"""Values that the law changes: each with the day it starts, the day it ends and its source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Generic, TypeVar

V = TypeVar("V")


class NoValue(LookupError):
    """No row of the table is in force on the day; add one with its source."""


@dataclass(frozen=True, slots=True)
class Dated(Generic[V]):
    """One value in force from ``valid_from`` up to and including ``valid_to`` (None: open)."""

    value: V
    valid_from: date
    source: str
    valid_to: date | None = None

    def covers(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Timeline(Generic[V]):
    """A dated table of one figure; overlapping rows are refused when it is built."""

    name: str
    rows: tuple[Dated[V], ...]

    @classmethod
    def of(cls, name: str, rows: Iterable[Dated[V]]) -> Timeline[V]:
        ordered = tuple(sorted(rows, key=lambda row: row.valid_from))
        for earlier, later in pairwise(ordered):
            if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
                raise ValueError(f"{name}: rows overlap on {later.valid_from}")
        return cls(name, ordered)

    def on(self, day: date) -> Dated[V]:
        """The row in force on the day, with its source; NoValue where there is none."""
        for row in reversed(self.rows):
            if row.covers(day):
                return row
        raise NoValue(f"{self.name} has no value for {day.isoformat()}")
