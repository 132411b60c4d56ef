"""Which sets of items come to an amount, and how many do: counted, never only the first.

Above some twenty open items an equal sum proves nothing: the expected number of accidental sets
is about 2^n times the density of sums at the target. So structure is looked for first (all that
is due, a run of the oldest), and free sets only among few items, up to a bound of solutions.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

FREE_MAX = 22  # items among which any set is looked for: 2 x 2^11 sums
RUNS_MAX = 400  # items among which runs are looked for


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
    list), because an equal sum would prove nothing.
    """
    if len(amounts) > FREE_MAX or len(amounts) < least or sum(amounts) < target:
        return []
    half = len(amounts) // 2
    left = _sums(amounts[:half], target)
    right = sorted(_sums(amounts[half:], target))
    totals = [total for total, _ in right]
    found: list[tuple[int, ...]] = []
    for total, mask in left:
        at = bisect_left(totals, target - total)
        while at < len(totals) and totals[at] == target - total:
            whole = mask | right[at][1] << half
            if whole.bit_count() >= least:
                found.append(tuple(i for i in range(len(amounts)) if whole >> i & 1))
                if len(found) == most:
                    return found
            at += 1
    return found


def _sums(amounts: Sequence[int], target: int) -> list[tuple[int, int]]:
    found = [(0, 0)]
    for at, amount in enumerate(amounts):
        found += [
            (total + amount, mask | 1 << at) for total, mask in found if total + amount <= target
        ]
    return found
