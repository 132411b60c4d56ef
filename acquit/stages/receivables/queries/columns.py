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
_BOUND = float(2**62)
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
class Columns:
    """Movements by day, each with the row it belongs to. Never changed: :func:`extended` makes
    new ones. ``codes`` gives the place of each group in ``groups``."""

    mark: Mark
    groups: tuple[Group, ...]
    codes: dict[tuple[UUID | None, str], int]
    order: Order
    day: NDArray[np.int32]
    group: NDArray[np.int32]
    due: NDArray[np.int32]
    minor: Ints
    home: Ints  # the very same array where nothing is in a foreign currency
    size: float  # the sum of all sizes of amounts

    def rank_of(self, number: str) -> int | None:
        """The rank of the customer with this number; None: no group is his."""
        for place, group in enumerate(self.groups):
            if group.number == number:
                return int(self.order.rank[place])
        return None

    @property
    def bytes(self) -> int:
        """Memory, roughly: the arrays, and some 300 bytes for each group."""
        arrays = {id(one): one.nbytes for one in (self.day, self.group, self.due, self.minor)}
        return sum((arrays | {id(self.home): self.home.nbytes}).values()) + 300 * len(self.groups)


def columns_of(found: Movements) -> Columns | None:
    """None where a sum might not fit 64 bits."""
    money, days = np.zeros(0, np.int64), np.zeros(0, np.int32)
    order = Order(money, money, 0, money, ())
    empty = Columns(found.mark, (), {}, order, days, days, days, money, money, 0.0)
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
    groups, codes = list(before.groups), dict(before.codes)
    group = np.concatenate([before.group, _placed(found, groups, codes)])
    day = np.concatenate([before.day, found.day])
    minor = np.concatenate([before.minor, found.minor])
    sorting = np.argsort(day, kind="stable")
    is_home = before.home is before.minor and np.array_equal(found.minor, found.home)
    sorted_minor = minor[sorting]
    return Columns(
        found.mark,
        tuple(groups),
        codes,
        before.order,
        day[sorting],
        group[sorting],
        np.concatenate([before.due, found.due])[sorting],
        sorted_minor,
        sorted_minor if is_home else np.concatenate([before.home, found.home])[sorting],
        size,
    )


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
    (6, groups); ``places`` are the groups that are not even, in their order."""

    columns: Columns
    on: date
    amounts: Ints
    home: Ints
    places: Ints

    @property
    def customers(self) -> int:
        rank = self.columns.order.rank[self.places]
        return len(np.unique(rank[rank < self.columns.order.nobody]))

    def group(self, place: int) -> Group:
        return self.columns.groups[place]

    def totals(self) -> dict[str, tuple[list[int], list[int]]]:
        """Per currency that has a row, both six sums over all customers."""
        order, found = self.columns.order, {}
        for code in np.unique(order.unit[self.places]).tolist():
            mine = order.unit == code
            amounts, home = (a[:, mine].sum(axis=1) for a in (self.amounts, self.home))
            found[order.units[code]] = (amounts.tolist(), home.tolist())
        return found


def sheet(columns: Columns, on: date) -> Sheet:
    """What is open at the end of the day: every movement up to it, by group and bucket."""
    today, width = number_of(on), len(columns.groups)
    until = int(np.searchsorted(columns.day, today, side="right"))
    due = columns.due[:until]
    place = (due < today).astype(np.int64)
    for days in (30, 60, 90):
        place += due < today - days
    place[due == UNAPPLIED] = BUCKETS - 1
    place *= width
    place += columns.group[:until]
    amounts = home = _added(place, columns.minor[:until], width)
    if columns.home is not columns.minor:
        home = _added(place, columns.home[:until], width)
    filled = np.logical_or(amounts.any(axis=0), home.any(axis=0))
    places = columns.order.places
    return Sheet(columns, on, amounts, home, places[filled[places]])


def _added(place: Ints, minor: Ints, width: int) -> Ints:
    flat = np.zeros(BUCKETS * width, np.int64)
    np.add.at(flat, place, minor)
    return flat.reshape(BUCKETS, width)


def _size(minor: Ints) -> float:
    return float(np.abs(minor.astype(np.float64)).sum())


def _placed(
    found: Movements, groups: list[Group], codes: dict[tuple[UUID | None, str], int]
) -> NDArray[np.int32]:
    """The place of each movement's group; groups that are new are added."""
    currencies, currency = np.unique(found.currency, return_inverse=True)
    keys = found.person.astype(np.int64) * len(currencies) + currency
    pairs, pair = np.unique(keys, return_inverse=True)
    places = np.empty(len(pairs), np.int32)
    for index, key in enumerate(pairs.tolist()):
        person, unit = divmod(key, len(currencies))
        customer_id, number = found.people[person - 1] if person else (None, "")
        name = currencies[unit].decode()
        code = codes.setdefault((customer_id, name), len(groups))
        if code == len(groups):
            groups.append(Group(customer_id, number, name))
        places[index] = code
    return places[pair]
