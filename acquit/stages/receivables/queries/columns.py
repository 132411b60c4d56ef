"""The open items of one company around one month, as columns in memory: ageing at any of its days.

Sums are of 64-bit integers in minor units and exact; what could overflow is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from acquit.stages.receivables.queries.movements import UNAPPLIED, Mark, Movements, number_of

BUCKETS = 6  # not due, four of thirty days, unapplied
# No sum of some of the amounts can be larger than the sum of all their sizes.
_BOUND = 2**62
_BLOCK = 2**15  # rows that are worked on without leaving the processor's cache
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Group:
    """A row of the report: a customer (None: payer not known) in one currency."""

    customer_id: UUID | None
    number: str
    currency: str


@dataclass(frozen=True, slots=True)
class Order:
    """The places of the groups by customer number and currency, money of unknown payers last;
    and, for each place, the rank of its customer (``nobody``: none) and its currency in
    ``units``."""

    places: Ints
    rank: Ints
    nobody: int
    unit: Ints
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Movements by day, each with the place of its group."""

    day: NDArray[np.int32]
    group: NDArray[np.int32]
    due: NDArray[np.int32]
    minor: Ints
    home: Ints  # the very same array where nothing is in a foreign currency

    @property
    def bytes(self) -> int:
        arrays = {id(a): a.nbytes for a in (self.day, self.group, self.due, self.minor, self.home)}
        return sum(arrays.values())


@dataclass(frozen=True, slots=True)
class Columns:
    """Everything that is open in a month, as parts. Never changed: :func:`extended` makes new
    ones. ``codes`` gives the place of each group in ``groups``."""

    mark: Mark
    groups: tuple[Group, ...]
    codes: dict[tuple[UUID | None, str], int]
    order: Order
    parts: tuple[Part, ...]
    size: int  # the sum of all sizes of amounts

    def rank_of(self, number: str) -> int | None:
        """The rank of the customer with this number; None: no group is his."""
        for place, group in enumerate(self.groups):
            if group.number == number:
                return int(self.order.rank[place])
        return None

    @property
    def bytes(self) -> int:
        """Memory, roughly: the arrays, and some 300 bytes for each group."""
        return sum(part.bytes for part in self.parts) + 300 * len(self.groups)


def columns_of(found: Movements) -> Columns | None:
    """None where a sum might not fit 64 bits."""
    nothing = np.zeros(0, np.int64)
    empty = Columns(found.mark, (), {}, Order(nothing, nothing, 0, nothing, ()), (), 0)
    made = extended(empty, found)
    return made and ordered(made, {id: n for n, (id, _number) in enumerate(found.people)})


def extended(before: Columns, found: Movements) -> Columns | None:
    """With the movements that came after; None as in :func:`columns_of`. Where there are new
    groups (:func:`is_ordered` says so), :func:`ordered` comes next."""
    size = before.size + _size(found.minor) + _size(found.home)
    if size > _BOUND:
        return None
    if not len(found.day):
        return replace(before, mark=found.mark)
    groups, codes, group = _placed(before, found)
    is_home = np.array_equal(found.minor, found.home)
    new = _by_day(
        Part(found.day, group, found.due, found.minor, found.minor if is_home else found.home)
    )
    parts = [*before.parts, new]
    # A part is at least twice the next one: a few of them, and each movement is copied seldom.
    while len(parts) > 1 and len(parts[-2].day) <= 2 * len(parts[-1].day):
        parts[-2:] = [_joined(parts[-2], parts[-1])]
    return Columns(found.mark, groups, codes, before.order, tuple(parts), size)


def _by_day(part: Part) -> Part:
    sorting = np.argsort(part.day, kind="stable")
    minor = part.minor[sorting]
    home = minor if part.home is part.minor else part.home[sorting]
    return Part(part.day[sorting], part.group[sorting], part.due[sorting], minor, home)


def _joined(first: Part, second: Part) -> Part:
    day, group, due, minor, home = (
        np.concatenate([getattr(part, name) for part in (first, second)])
        for name in ("day", "group", "due", "minor", "home")
    )
    is_home = first.home is first.minor and second.home is second.minor
    return _by_day(Part(day, group, due, minor, minor if is_home else home))


def is_ordered(columns: Columns) -> bool:
    return len(columns.order.places) == len(columns.groups)


def ordered(columns: Columns, ranks: Mapping[UUID, int]) -> Columns:
    """With the groups in the order of their customers' ranks, then of currencies."""
    groups, nobody = columns.groups, len(ranks)
    units = tuple(sorted({group.currency for group in groups}))
    codes = {name: code for code, name in enumerate(units)}
    rank = np.array([ranks[g.customer_id] if g.customer_id else nobody for g in groups], np.int64)
    unit = np.array([codes[group.currency] for group in groups], np.int64)
    return replace(columns, order=Order(np.lexsort((unit, rank)), rank, nobody, unit, units))


@dataclass(frozen=True, slots=True)
class Sheet:
    """The ageing of one day: six sums per group, in the item's and in home currency, as arrays of
    (6, groups), the same one where nothing is foreign; ``places`` are the groups that are not
    even, in their order."""

    columns: Columns
    on: date
    amounts: Ints
    home: Ints
    places: Ints

    @property
    def customers(self) -> int:
        """How many have a row; their rows stand together."""
        rank = self.columns.order.rank[self.places]
        rank = rank[rank < self.columns.order.nobody]
        return int(np.count_nonzero(np.diff(rank))) + bool(len(rank))

    def group(self, place: int) -> Group:
        return self.columns.groups[place]

    def totals(self) -> dict[str, tuple[list[int], list[int]]]:
        """Per currency that has a row, both six sums over all customers."""
        order = self.columns.order
        has_row = np.bincount(order.unit[self.places], minlength=len(order.units))
        found = {}
        for code in np.flatnonzero(has_row).tolist():
            mine = order.unit == code
            sums = [np.where(mine, a, 0).sum(axis=1).tolist() for a in (self.amounts, self.home)]
            found[order.units[code]] = (sums[0], sums[1])
        return found


def sheet(columns: Columns, on: date) -> Sheet:
    """What is open at the end of the day: every movement up to it, by group and bucket."""
    width = len(columns.groups)
    is_home = all(part.home is part.minor for part in columns.parts)
    flat = [np.zeros(BUCKETS * width, np.int64) for _ in range(1 if is_home else 2)]
    for part in columns.parts:
        until = int(np.searchsorted(part.day, number_of(on), side="right"))
        for first in range(0, until, _BLOCK):
            rows = slice(first, min(first + _BLOCK, until))
            cells = _cells(part, rows, number_of(on), width)
            for sums, minor in zip(flat, (part.minor, part.home), strict=False):
                np.add.at(sums, cells, minor[rows])
    tables = [sums.reshape(BUCKETS, width) for sums in flat]
    filled = np.logical_or.reduce([table.any(axis=0) for table in tables])
    places = columns.order.places
    return Sheet(columns, on, tables[0], tables[-1], places[filled[places]])


def _cells(part: Part, rows: slice, today: int, width: int) -> Ints:
    """Of each movement the cell it adds to: bucket by bucket, in each group by group."""
    due = part.due[rows]
    bucket = (due < today).view(np.int8)
    for days in (30, 60, 90):
        bucket += (due < today - days).view(np.int8)
    bucket += (due == UNAPPLIED).view(np.int8) * np.int8(BUCKETS - 1)
    cells = bucket * np.int64(width)
    cells += part.group[rows]
    return cells


def _size(minor: Ints) -> int:
    """No less than what all of them come to without their signs; itself it cannot overflow."""
    return int(max(minor.max(initial=0), -int(minor.min(initial=0)))) * len(minor)


def _placed(
    before: Columns, found: Movements
) -> tuple[tuple[Group, ...], dict[tuple[UUID | None, str], int], NDArray[np.int32]]:
    """The groups with those that are new, their codes, and the place of each movement's group."""
    names = found.currencies
    keys = found.person * np.int64(len(names)) + found.unit
    is_used = np.zeros((len(found.people) + 1) * len(names), bool)
    is_used[keys] = True
    places = np.zeros(len(is_used), np.int32)
    codes = before.codes
    new: list[Group] = []
    for key in np.flatnonzero(is_used).tolist():
        person, unit = divmod(key, len(names))
        customer_id, number = found.people[person - 1] if person else (None, "")
        pair = (customer_id, names[unit])
        place = codes.get(pair)
        if place is None:
            codes = codes if new else dict(codes)  # the columns before keep theirs
            place = codes[pair] = len(before.groups) + len(new)
            new.append(Group(customer_id, number, names[unit]))
        places[key] = place
    return (*before.groups, *new) if new else before.groups, codes, places[keys]
