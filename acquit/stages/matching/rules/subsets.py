"""Which sets of items come to an amount, and how many do: counted, never only the first.

Above some twenty open items an equal sum proves nothing: the expected number of accidental sets
is about 2^n times the density of sums at the target. So structure is looked for first (all that
is due, a run of the oldest), and free sets only among few items, up to a bound of solutions.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FREE_MAX = 22  # items among which any set is looked for: 2 x 2^11 sums
RUNS_MAX = 400  # items among which runs are looked for
SMALL_MAX = 13  # of them, among which plain numbers are quicker than arrays
SORTED_MAX = 24  # sets that are put in order; of more, the first are looked for again
_SLOTS, _PRIME = 2**15, 32_749  # of remainders; the greatest prime below
_SUM_MAX = 2**62  # sums are 64 bits wide


class Sums:
    """Positive amounts in their order, and which of them come to a target. What does not depend
    on the target is worked out once: many receipts are asked of the same claims."""

    def __init__(self, amounts: Sequence[int]) -> None:
        self.amounts = amounts
        self.total = sum(amounts)

    @cached_property
    def _ends(self) -> dict[int, int]:
        """How many amounts come to each running total."""
        totals = itertools.accumulate(self.amounts[:RUNS_MAX], initial=0)
        return {total: count for count, total in enumerate(totals)}

    def runs(self, target: int, *, least: int = 2, most: int = 8) -> list[range]:
        """Neighbours that come to the target, in the order given; at most ``most``."""
        ends = self._ends
        found: list[range] = []
        for end in [end for end in ends if end - target in ends]:
            run = range(ends[end - target], ends[end])
            if len(run) >= least:
                found.append(run)
                if len(found) == most:
                    break
        return found

    @cached_property
    def _halves(self) -> _Few | _Many:
        return _halved(self.amounts)

    def sets(self, target: int, *, least: int = 2, most: int = 8) -> list[tuple[int, ...]]:
        """Sets of at least ``least`` amounts that come to the target, at most ``most`` of them.

        Meet in the middle over at most ``FREE_MAX`` amounts; of more it says nothing (an empty
        list), because an equal sum would prove nothing. What is above the target is in no set.
        """
        amounts = self.amounts
        if not least <= len(amounts) <= FREE_MAX or not target <= self.total < _SUM_MAX:
            return []
        places = [at for at, amount in enumerate(amounts) if amount <= target]
        if len(places) < least:
            return []
        found: list[tuple[int, ...]] = []
        for whole in self._wholes(places, target):
            if whole.bit_count() >= least:
                found.append(tuple(at for i, at in enumerate(places) if whole >> i & 1))
                if len(found) == most:
                    break
        return found

    def count(self, target: int) -> int | None:
        """How many sets of any size come to the target; None where nobody counts: of more than
        ``FREE_MAX`` amounts, or of sums that are too large.

        >>> Sums([100, 100, 100, 200]).count(200)
        4
        """
        if len(self.amounts) > FREE_MAX or self.total >= _SUM_MAX:
            return None
        return self._halves.count(target) if target <= self.total else 0

    def _wholes(self, places: Sequence[int], target: int) -> Iterator[int]:
        """The sets as bits over these places, which are all that may be in one. What is known of
        all amounts is used where that is quicker, and put in the order of these alone."""
        few = [self.amounts[at] for at in places]
        if len(few) == len(self.amounts):
            return self._halves.come_to(target)
        if len(few) > SMALL_MAX:
            known = list(itertools.islice(self._halves.come_to(target), SORTED_MAX))
            if len(known) < SORTED_MAX:
                half = len(few) // 2
                inside = [sum(1 << i for i, at in enumerate(places) if w >> at & 1) for w in known]
                return iter(sorted(inside, key=lambda w: (w & (1 << half) - 1, w >> half)))
        return _halved(few).come_to(target)


def runs(amounts: Sequence[int], target: int, *, least: int = 2, most: int = 8) -> list[range]:
    """As :meth:`Sums.runs`, of amounts that are asked of once."""
    return Sums(amounts).runs(target, least=least, most=most)


def sets(
    amounts: Sequence[int], target: int, *, least: int = 2, most: int = 8
) -> list[tuple[int, ...]]:
    """As :meth:`Sums.sets`, of amounts that are asked of once."""
    return Sums(amounts).sets(target, least=least, most=most)


def _halved(amounts: Sequence[int]) -> _Few | _Many:
    return (_Few if len(amounts) <= SMALL_MAX else _Many)(amounts)


class _Few:
    """Sets of few amounts: their sums are quicker looked up one by one than made an array of."""

    def __init__(self, amounts: Sequence[int]) -> None:
        self._half = len(amounts) // 2
        self._left = _sums_of(amounts[: self._half])
        self._right: dict[int, list[int]] = {}
        for other, total in enumerate(_sums_of(amounts[self._half :])):
            self._right.setdefault(total, []).append(other)

    def come_to(self, target: int) -> Iterator[int]:
        """The sets as bits."""
        right = self._right
        fits = [at for at, total in enumerate(self._left) if target - total in right]
        for mask in fits:
            for other in right[target - self._left[mask]]:
                yield mask | other << self._half

    def count(self, target: int) -> int:
        """How many there are."""
        return sum(len(self._right.get(target - total, ())) for total in self._left)


class _Many:
    """The same of more amounts: two remainders of the sums say at once which sets of one half
    cannot be made whole by the other; hardly any is left to be looked at."""

    def __init__(self, amounts: Sequence[int]) -> None:
        self._half = len(amounts) // 2
        self._left, self._right = _array(amounts[: self._half]), _array(amounts[self._half :])
        self._first, self._second = np.zeros(_SLOTS, np.bool_), np.zeros(_SLOTS, np.bool_)
        self._first[self._right & _SLOTS - 1] = True
        self._second[self._right % _PRIME] = True

    def come_to(self, target: int) -> Iterator[int]:
        """As :meth:`_Few.come_to`, in the same order."""
        missing = target - self._left
        likely = np.flatnonzero(self._first[missing & _SLOTS - 1])
        likely = likely[self._second[missing[likely] % _PRIME]]
        for mask in likely.tolist():
            for other in np.flatnonzero(self._right == missing[mask]).tolist():
                yield mask | other << self._half

    def count(self, target: int) -> int:
        """As :meth:`_Few.count`."""
        missing, there = target - self._left, np.sort(self._right)
        ends = np.searchsorted(there, missing, "right") - np.searchsorted(there, missing, "left")
        return int(ends.sum())


def _sums_of(amounts: Sequence[int]) -> list[int]:
    """The sum of each set; bit i of its place says whether item i is in it."""
    found = [0]
    for amount in amounts:
        found += [total + amount for total in found]
    return found


def _array(amounts: Sequence[int]) -> NDArray[np.int64]:
    """As :func:`_sums_of`."""
    half = len(amounts) // 2
    low, high = _sums_of(amounts[:half]), _sums_of(amounts[half:])
    return np.add.outer(np.array(high, np.int64), np.array(low, np.int64)).ravel()
