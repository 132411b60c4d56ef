"""Which sets of items come to an amount, and how many do: counted, never only the first.

Above some twenty open items an equal sum proves nothing: the expected number of accidental sets
is about 2^n times the density of sums at the target. So structure is looked for first (all that
is due, a run of the oldest), and free sets only among few items, up to a bound of solutions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

FREE_MAX = 22  # items among which any set is looked for: 2 x 2^11 sums
RUNS_MAX = 400  # items among which runs are looked for
SMALL_MAX = 13  # of them, among which plain numbers are quicker than arrays
_SUM_MAX = 2**62  # sums are 64 bits wide


def runs(amounts: Sequence[int], target: int, *, least: int = 2, most: int = 8) -> list[range]:
    """Neighbouring items that come to the target, in the order given; at most ``most``."""
    seen: dict[int, list[int]] = {0: [0]}
    total = 0
    found: list[range] = []
    for at, amount in enumerate(amounts[:RUNS_MAX], 1):
        total += amount
        for start in seen.get(total - target, ()):
            if at - start >= least:
                found.append(range(start, at))
                if len(found) == most:
                    return found
        seen.setdefault(total, []).append(at)
    return found


def sets(
    amounts: Sequence[int], target: int, *, least: int = 2, most: int = 8
) -> list[tuple[int, ...]]:
    """Sets of at least ``least`` positive items that come to the target, at most ``most`` of them.

    Meet in the middle over at most ``FREE_MAX`` items; for more items it says nothing (an empty
    list), because an equal sum would prove nothing. Items above the target are in no set.
    """
    if not least <= len(amounts) <= FREE_MAX:
        return []
    places = [at for at, amount in enumerate(amounts) if amount <= target]
    few = [amounts[at] for at in places]
    total = sum(few)
    if len(few) < least or total < target or total >= _SUM_MAX:
        return []
    found: list[tuple[int, ...]] = []
    for whole in _few(few, target) if len(few) <= SMALL_MAX else _many(few, target):
        if whole.bit_count() >= least:
            found.append(tuple(at for i, at in enumerate(places) if whole >> i & 1))
            if len(found) == most:
                break
    return found


def _few(amounts: Sequence[int], target: int) -> Iterator[int]:
    """The sets as bits. Few sums are quicker looked up one by one than made an array of."""
    half = len(amounts) // 2
    right: dict[int, list[int]] = {}
    for other, total in enumerate(_sums_of(amounts[half:])):
        right.setdefault(total, []).append(other)
    for mask, total in enumerate(_sums_of(amounts[:half])):
        for other in right.get(target - total, ()):
            yield mask | other << half


def _sums_of(amounts: Sequence[int]) -> list[int]:
    """The sum of each set; bit i of its place says whether item i is in it."""
    found = [0]
    for amount in amounts:
        found += [total + amount for total in found]
    return found


def _many(amounts: Sequence[int], target: int) -> Iterator[int]:
    half = len(amounts) // 2
    left, right = _sums(amounts[:half]), _sums(amounts[half:])
    order = np.argsort(right, kind="stable")
    rest = right[order]
    first = np.searchsorted(rest, target - left, side="left")
    after = np.searchsorted(rest, target - left, side="right")
    for mask in np.flatnonzero(after > first).tolist():
        for other in order[first[mask] : after[mask]].tolist():
            yield mask | other << half


def _sums(amounts: Sequence[int]) -> NDArray[np.int64]:
    """As :func:`_sums_of`."""
    found = np.zeros(1, np.int64)
    for amount in amounts:
        found = np.concatenate((found, found + amount))
    return found
