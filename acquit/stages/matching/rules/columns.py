"""Many values of one kind, kept column by column; one of them is made anew when it is looked at.

A value with its texts is a dozen objects, and half of a million of them are most of a run's memory.
In columns they take a third. A copy of the process goes on sharing them, where every look at an
object writes into memory that was shared who uses it.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate, islice
from operator import attrgetter
from typing import Any, Generic, TypeVar, overload

from acquit.stages.matching.rules.inputs import OpenItem, PaidItem

T = TypeVar("T")
_TOGETHER = 1_024  # texts that are joined, values that are put into columns at once


class Texts(Sequence[str]):
    """A column of texts, each of which hardly ever stands in it twice: joined by ``_TOGETHER``."""

    def __init__(self) -> None:
        self._joined: list[str] = []
        self._ends = array("I")  # of each text within those it is joined with

    def extend(self, texts: Iterable[str]) -> None:
        several = iter(texts)
        while some := list(islice(several, _TOGETHER - len(self._ends) % _TOGETHER)):
            begun = self._joined.pop() if len(self._ends) % _TOGETHER else ""
            self._joined.append(begun + "".join(some))
            ends = accumulate(map(len, some), initial=len(begun))
            self._ends.extend(islice(ends, 1, None))

    def __len__(self) -> int:
        return len(self._ends)

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self._ends), _TOGETHER):
            yield from self._part(start, start + _TOGETHER)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return self._slice(*at.indices(len(self)))
        if at < 0:
            at += len(self._ends)
        start = self._ends[at - 1] if at % _TOGETHER else 0
        return self._joined[at // _TOGETHER][start : self._ends[at]]

    def _slice(self, start: int, stop: int, step: int) -> list[str]:
        found: list[str] = []
        for first in range(start - start % _TOGETHER, stop, _TOGETHER):
            found += self._part(max(start, first), min(stop, first + _TOGETHER))
        return found[::step]

    def _part(self, start: int, stop: int) -> list[str]:
        """Some of those that are joined together."""
        found = []
        joined = self._joined[start // _TOGETHER]
        begin = self._ends[start - 1] if start % _TOGETHER else 0
        for end in self._ends[start:stop]:
            found.append(joined[begin:end])
            begin = end
        return found


class Columns(Sequence[T], Generic[T]):
    """Values of a class with the columns they are kept in, one for each of its fields in their
    order."""

    def __init__(self, kind: Callable[..., T], columns: Mapping[str, Callable[[], Any]]) -> None:
        self._make, self._kinds = kind, columns
        self._columns = {name: make() for name, make in columns.items()}
        self._size = 0

    def extend(self, values: Iterable[T]) -> None:
        several = iter(values)
        while some := list(islice(several, _TOGETHER)):
            for name, column in self._columns.items():
                column.extend(map(attrgetter(name), some))
            self._size += len(some)

    def column(self, name: str) -> Sequence[Any]:
        found: Sequence[Any] = self._columns[name]
        return found

    def arranged(self, order: Sequence[int]) -> Columns[T]:
        """The same values in another order."""
        other = Columns(self._make, self._kinds)
        for name, column in other._columns.items():
            values = list(self._columns[name])
            column.extend(map(values.__getitem__, order))
        other._size = len(order)
        return other

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        columns = self._columns.values()
        if isinstance(at, slice):
            cut = [column[at] for column in columns]
            return [self._make(*row) for row in zip(*cut, strict=True)]
        return self._make(*[column[at] for column in columns])


def column(values: Sequence[Any], name: str) -> Sequence[Any]:
    """One field of all values, however they are kept."""
    if isinstance(values, Columns):
        return values.column(name)
    return [getattr(one, name) for one in values]


_Minors, _Small = partial(array, "q"), partial(array, "i")


def open_items() -> Columns[OpenItem]:
    """Open items, none yet; customers, currencies and days are what many have in common."""
    columns: dict[str, Callable[[], Any]] = {
        "id": Texts,
        "customer": list,
        "number": Texts,
        "amount": _Minors,
        "open": _Minors,
        "currency": list,
        "issued": list,
        "due": list,
        "discount_bp": _Small,
        "discount_until": _Small,
        "references": Texts,
    }
    return Columns(OpenItem, columns)


def paid_items() -> Columns[PaidItem]:
    """Paid items, none yet; who paid and when is what many have in common."""
    columns: dict[str, Callable[[], Any]] = {
        "customer": list,
        "number": Texts,
        "amount": _Minors,
        "currency": list,
        "due": list,
        "paid_on": list,
        "paid": _Minors,
        "payer_name": list,
        "payer_iban": list,
        "text": Texts,
    }
    return Columns(PaidItem, columns)
